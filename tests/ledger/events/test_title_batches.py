"""A batch of titles: each judged as a single import would be, after those before it, and all entered or none."""

import random
from typing import Any

import msgspec
import pytest

from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.events.title_batches import KIND, TITLES_MAX, TYPE, part_of
from dengbu.ledger.events.titles import RULES
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.entry import LEAF_BYTES_MAX
from dengbu.ledger.log.envelope import ENVELOPE_BYTES_MAX
from dengbu.ledger.register.members import POLICY_KEY, Policy
from dengbu.ledger.register.record import Record
from dengbu.ledger.register.records import Right, Unit
from tests.ledger.cases.test_cases import IMPORT, IMPORT_MORTGAGES, OLD_LOAN, title_data
from tests.worlds import DISTRICT, UNIT, World, codes, holder, world

R = "hz-registry"
PLACES = (1, 2, 3)
REFUSED = [
    *(
        (what, {**changed, "right": title_data()["right"] | right}, expected)
        for what, changed, right, expected in IMPORT
        if expected
    ),
    *(
        (what, {"mortgages": mortgages}, expected)
        for what, mortgages, expected in IMPORT_MORTGAGES
        if expected
    ),
]


def code(n: int) -> str:
    return f"{DISTRICT}001001GB{90_000 + n:05}F00010001"


def number(n: int) -> str:
    return f"粤(2021)惠州市不动产权第{n + 1:07}号"


def sound(n: int, **changed: Any) -> dict[str, Any]:
    """The n-th of a row of titles that nothing speaks against."""
    right = title_data()["right"] | {"certificate": number(n)}
    return title_data(unit=code(n), right=right) | changed


def batch(town: World, *titles: dict[str, Any]) -> Any:
    return town.do(R, TYPE, {"titles": list(titles)})


def named(decision: Any) -> list[tuple[str, list[int]]]:
    """The codes of a refusal with the places that each names."""
    return [(one, reason.at["titles"]) for one, reason in zip(codes(decision), decision.reasons, strict=True)]


def registered(town: World) -> dict[tuple[str, str], Record]:
    """The register without what names the entry in which a title came: its index and its time."""
    found = {}
    for key, record in town.register.items().items():
        names = {name: 0 for name in ("head", "since", "time") if name in record.__struct_fields__}
        found[key] = msgspec.structs.replace(record, **names)
    return found


def test_every_title_of_a_batch_is_entered(town: World) -> None:
    done = batch(town, sound(0), sound(1, mortgages=[OLD_LOAN]), sound(2))
    assert (done.outcome, done.result) == ("recorded", {"imported": 3})
    for n in range(3):
        unit = town.one(Unit, code(n))
        assert (unit.status, unit.head, unit.right) == ("active", town.index - 1, f"R-{code(n)}-1")
        assert town.one(Right, f"R-{code(n)}-1").cause == "import"
    assert town.one(Unit, code(1)).mortgages == (f"M-{code(1)}-1",)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("what", "changed", "expected"), REFUSED, ids=[one[0] for one in REFUSED])
def test_a_title_that_is_refused_alone_refuses_the_batch(
    town: World, what: str, changed: dict[str, Any], expected: list[str], place: int
) -> None:
    titles = [sound(n) for n in PLACES]
    titles[place - 1] = title_data(**changed)
    before = town.register.items().copy()
    assert named(batch(town, *titles)) == [(one, [place]) for one in expected]
    assert town.register.items() == before


def test_every_rule_of_a_title_is_one_of_the_batch_and_refuses_here() -> None:
    assert [(one.code, one.law, one.since, one.until) for one in KIND.rules] == [
        (one.code, one.law, one.since, one.until) for one in RULES
    ]
    fired = {one for _, _, expected in REFUSED for one in expected}
    assert fired == {rule.code.name.lower().replace("_", "-") for rule in RULES}


@pytest.mark.parametrize("second", PLACES[1:])
def test_a_title_is_judged_after_those_before_it(town: World, second: int) -> None:
    twice = [sound(0), *(sound(n) for n in range(1, second - 1)), sound(7, unit=code(0))]
    assert named(batch(town, *twice)) == [("unit-registered", [second])]
    right = sound(8)["right"] | {"certificate": number(0).replace("(", "（").replace(")", "）")}
    twice[-1] = sound(8, right=right)
    assert named(batch(town, *twice)) == [("certificate-used", [second])]
    loans = [sound(n, mortgages=[OLD_LOAN]) for n in range(second)]
    assert named(batch(town, *loans)) == [("certificate-used", list(range(2, second + 1)))]
    assert batch(town, *loans[:1]).outcome == "recorded"


def test_a_refused_title_leaves_nothing_that_a_later_one_could_meet(town: World) -> None:
    bad = sound(0, area_cm2=7, mortgages=[OLD_LOAN | {"mortgagee": "bank-z"}])
    assert named(batch(town, bad, sound(0))) == [("mortgagee-unknown", [1])]


def test_all_reasons_come_in_the_order_of_the_rules_with_every_place(town: World) -> None:
    wrong = sound(4, right=sound(4)["right"] | {"certificate": "no. 1", "registered_on": "2026-11-23"})
    taken = sound(5, unit=UNIT)
    found = batch(town, taken, sound(1), wrong, sound(2, unit=UNIT), sound(3))
    assert named(found) == [("unit-registered", [1, 4]), ("bad-certificate", [3]), ("bad-date", [3])]
    assert [reason.as_json()["law"] for reason in found.reasons] == [["REG-10"], ["REG-21"], ["REG-10"]]


@pytest.mark.parametrize("seed", range(12))
def test_a_batch_does_what_single_imports_do(seed: int) -> None:
    """The same titles one by one refuse at the same places for the same reasons; the others give the same register."""
    rng = random.Random(seed)
    titles = [any_title(rng) for _ in range(rng.randint(1, 20))]
    singly, together = world(), world()
    alone = [singly.do(R, "title.import", title) for title in titles]
    found = batch(together, *titles)
    reasons = {}
    for place, one in enumerate(alone, 1):
        for name in codes(one):
            reasons.setdefault(name, []).append(place)
    assert dict(named(found)) == reasons
    if reasons:
        assert registered(together) == registered(world())
        batch(together, *(title for title, one in zip(titles, alone, strict=True) if not codes(one)))
    assert registered(together) == registered(singly)


def any_title(rng: random.Random) -> dict[str, Any]:
    """A title that is often sound, and often meets another."""
    n = rng.randrange(12)
    title = sound(n)
    title["right"] = title["right"] | {"certificate": number(rng.choice((n, n, n, rng.randrange(12))))}
    if rng.random() < 0.2:
        title |= rng.choice([one for _, one, _ in REFUSED])
    if rng.random() < 0.2:
        title["mortgages"] = [
            OLD_LOAN | {"certificate": f"粤(2019)惠州市不动产证明第{rng.randrange(1, 4):07}号"}
        ]
    return title


@pytest.mark.parametrize("count", [0, TITLES_MAX + 1])
def test_a_batch_has_at_least_one_title_and_at_most_so_many(town: World, count: int) -> None:
    with pytest.raises(NotAdmitted, match="titles") as caught:
        batch(town, *(small(n) for n in range(count)))
    assert (caught.value.code, caught.value.where) == (Code.MALFORMED_DATA, "/body/data/titles")


def small(n: int) -> dict[str, Any]:
    return sound(n, right=sound(n)["right"] | {"holders": [holder("x")]})


def test_the_largest_batch_has_room_with_a_private_part_for_each_title(town: World) -> None:
    parts = {part_of(place): [R] for place in range(1, TITLES_MAX + 1)}
    titles = [small(n) for n in range(TITLES_MAX)]
    envelope = town.envelope(R, TYPE, {"titles": titles}, private=parts, officer="o" * 64, office="o" * 64)
    assert 0.8 * ENVELOPE_BYTES_MAX < len(envelope.raw) <= ENVELOPE_BYTES_MAX
    assert [one.name for one in envelope.body.private] == sorted(parts)
    assert town.judge(envelope).result == {"imported": TITLES_MAX}


def test_a_refusal_of_every_title_for_every_reason_fits_into_an_entry(town: World) -> None:
    """Reasons name places, so that no batch gives an entry that is too large, whatever is wrong with it."""
    every = {rule.code: list(range(1, TITLES_MAX + 1)) for rule in RULES}
    reasons = [
        {"code": int(one), "name": one.name, "law": ["REG-10"] * 3, "at": {"titles": of}}
        for one, of in every.items()
    ]
    assert len(msgspec.json.encode(reasons)) < LEAF_BYTES_MAX - ENVELOPE_BYTES_MAX - 1_000


def test_other_events_have_no_more_private_parts_than_before(town: World) -> None:
    parts = {f"p{place:02}": [R] for place in range(17)}
    with pytest.raises(NotAdmitted, match="at most 16") as caught:
        town.do(R, "title.import", sound(0), private=parts)
    assert (caught.value.code, caught.value.where) == (Code.MALFORMED, "/body/private")
    assert town.do(R, "title.import", sound(0), private=dict(list(parts.items())[:16])).outcome == "recorded"


def test_an_earlier_rule_set_has_no_batches() -> None:
    with pytest.raises(NotAdmitted) as caught:
        batch(world(rule_set=""), sound(0))
    assert caught.value.code is Code.UNKNOWN_TYPE


def test_a_batch_is_judged_by_the_policy_in_force(town: World) -> None:
    town.change(town.one(Policy, POLICY_KEY), districts=("441303",))
    assert named(batch(town, sound(0), sound(1))) == [("not-competent", [1, 2])]
