"""Alteration, split and merger: what is entered, and every refusal. The last column of a table lists every reason."""

from typing import Any

import pytest

from dengbu.ledger.register.encumbrances import Mortgage, Seizure
from dengbu.ledger.register.members import POLICY_KEY, Policy
from dengbu.ledger.register.records import Certificate, Right, Unit
from tests.ledger.states import by_shares, dispute, end_right, joint, nothing
from tests.worlds import UNIT, UNIT_2, World, codes, holder, mortgage_act, ref, seized, signer, the_right

R, B1, B2, C1 = "hz-registry", "bank-a", "bank-b", "court-1"
PLACE = "c" * 64  # a commitment
UNIT_3 = "441302001001GB00001F00010003"
UNIT_4 = "441302001001GB00001F00010004"


def keys(*institutions: str) -> list[Any]:
    """Return the event keys that sign an application at the registry's counter."""
    return [signer(one, "event") for one in (R, *institutions)]


# ---- alteration -----------------------------------------------------------------------------------------------------


def alter_act(town: World, **changed: Any) -> dict[str, Any]:
    """Return an alteration by the owner."""
    right = the_right(town)
    return {"act": "unit.alter", "unit": UNIT, "right": right.id, "consent": [ref("owner")], **changed}


RENAMED = {"renamed": [{"old": ref("owner"), "new": ref("owner renamed")}]}
SHOP = {"use": "shop"}
ALTER: list[tuple[str, Any, dict[str, Any], list[str]]] = [
    ("use", nothing, SHOP, []),
    ("area", nothing, {"area_cm2": 990_000}, []),
    ("location", nothing, {"location": PLACE}, []),
    ("name", nothing, RENAMED, []),
    ("all of them", nothing, {**SHOP, **RENAMED, "area_cm2": 1, "location": PLACE}, []),
    ("nothing", nothing, {}, ["nothing-changes"]),
    ("the use it has", nothing, {"use": "dwelling"}, ["nothing-changes"]),
    ("the area it has, and a use", nothing, {**SHOP, "area_cm2": 980_000}, ["nothing-changes"]),
    ("the name one has", nothing, {"renamed": [{"old": ref("owner"), "new": ref("owner")}]}, ["nothing-changes"]),
    ("unknown unit", nothing, {**SHOP, "unit": UNIT_2}, ["unit-unknown", "right-unknown"]),
    ("unknown right", nothing, {**RENAMED, "right": "R-9"}, ["right-unknown"]),
    ("ended right", end_right, SHOP, ["right-ended"]),
    ("a stranger", nothing, {**SHOP, "consent": [ref("x")]}, ["not-holder", "co-owner-consent"]),
    ("a stranger's name", nothing, {"renamed": [{"old": ref("x"), "new": ref("y")}], "consent": [ref("owner")]},
     ["holders-differ", "co-owner-consent"]),
    ("one of two joint owners, use", joint, SHOP, ["co-owner-consent"]),
    ("one of two joint owners, his name", joint, RENAMED, []),
    ("one of two joint owners, the other's name", joint, {"renamed": [{"old": ref("spouse"), "new": ref("x")}]},
     ["co-owner-consent"]),
    ("the other's name for one's own", joint, {"renamed": [{"old": ref("owner"), "new": ref("spouse")}]},
     ["holders-differ"]),
    ("one name twice", nothing, {"renamed": [*RENAMED["renamed"], {"old": ref("owner"), "new": ref("z")}]},
     ["holders-differ"]),
    ("two thirds, use", by_shares, {**SHOP, "consent": [ref("owner"), ref("two")]}, []),
    ("one third, use", by_shares, SHOP, ["co-owner-consent"]),
    ("disputed, use", dispute, SHOP, ["disputed"]),
    ("disputed, name", dispute, RENAMED, []),
    ("seized, use", seized, SHOP, ["seized"]),
    ("seized, name", seized, RENAMED, ["seized"]),
    ("disputed and seized", lambda town: (dispute(town), seized(town)), SHOP, ["disputed", "seized"]),
    ("mortgaged", lambda town: town.mortgage(), SHOP, []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "changed", "expected"), [row[1:] for row in ALTER], ids=[row[0] for row in ALTER]
)
def test_unit_alter(town: World, given: Any, changed: dict[str, Any], expected: list[str]) -> None:
    given(town)
    assert codes(town.apply(R, alter_act(town, **changed))) == expected


def test_the_seizing_court_agrees_to_an_alteration(town: World) -> None:
    seized(town)
    for changed in (SHOP, RENAMED):
        assert codes(town.apply(R, alter_act(town, **changed), signers=keys(C1))) == []
        assert codes(town.apply(R, alter_act(town, **changed), signers=keys(B1))) == ["seized"]


def test_the_policy_may_leave_names_free_under_a_seizure(town: World) -> None:
    seized(town)
    town.change(town.one(Policy, POLICY_KEY), altering_seized="names-free")
    assert codes(town.apply(R, alter_act(town, **RENAMED))) == []
    assert codes(town.apply(R, alter_act(town, **RENAMED, **SHOP))) == ["seized"]


def test_an_altered_unit_keeps_its_right_and_burdens_under_a_new_certificate(town: World) -> None:
    mortgage, before = town.mortgage(), the_right(town)
    done = town.entered(R, alter_act(town, **SHOP, **RENAMED, area_cm2=990_000, location=PLACE))
    unit, after = town.one(Unit, UNIT), the_right(town)
    assert (unit.use, unit.area_cm2, unit.location, unit.described) == (
        "shop",
        990_000,
        PLACE,
        town.index - 1,
    )
    assert (after.id, after.since, after.status) == (before.id, before.since, "current")
    assert [one.ref for one in after.holders] == [ref("owner renamed")]
    assert (unit.mortgages, town.one(Mortgage, mortgage).right) == ((mortgage,), after.id)
    assert done.result["certificates"] == [{"act": 1, "number": after.certificate}]
    assert after.certificate != before.certificate
    assert (
        town.one(Certificate, after.certificate).of
        == town.one(Certificate, before.certificate).of
        == after.id
    )


def test_a_name_alone_does_not_describe_the_unit_anew(town: World) -> None:
    town.entered(R, alter_act(town, **RENAMED))
    assert town.one(Unit, UNIT).described is None


# ---- split ----------------------------------------------------------------------------------------------------------


def part(unit: str, *holders: dict[str, str], **changed: Any) -> dict[str, Any]:
    """Return one part of a split."""
    held = list(holders) or [holder(f"owner of {unit}")]
    return {"unit": unit, "use": "dwelling", "area_cm2": 490_000, "holders": held, **changed}


def split_act(town: World, **changed: Any) -> dict[str, Any]:
    """Return a split into two parts by the owner."""
    right = the_right(town)
    parts = [part(UNIT_2), part(UNIT_3, location=PLACE)]
    made = {"act": "unit.split", "unit": UNIT, "right": right.id, "consent": [ref("owner")], "parts": parts}
    return {**made, **changed}


def thirds(unit: str, *shares: str) -> dict[str, Any]:
    """Return a part with several holders."""
    return part(unit, *(holder(f"{nth} of {unit}", share) for nth, share in enumerate(shares)))


def tolerant(town: World) -> None:
    """Surveys may differ by three thousandths: on 980 000 cm2, by 2 940."""
    town.change(town.one(Policy, POLICY_KEY), area_tolerance_ppm=3000)


ALIKE = [thirds(unit, "1/3", "1/3", "1/3") for unit in (UNIT_2, UNIT_3)]
UNLIKE = [ALIKE[0], thirds(UNIT_3, "1/2", "1/4", "1/4")]
TWO = [ref("owner"), ref("two")]
SPLIT: list[tuple[str, Any, dict[str, Any], list[str]]] = [
    ("in two", nothing, {}, []),
    ("in three", nothing, {"parts": [part(UNIT_2), part(UNIT_3, area_cm2=1), part(UNIT_4, area_cm2=489_999)]}, []),
    ("in three of a half each", nothing, {"parts": [part(UNIT_2), part(UNIT_3), part(UNIT_4)]}, ["area-exceeded"]),
    ("one square centimetre less", nothing, {"parts": [part(UNIT_2), part(UNIT_3, area_cm2=489_999)]}, []),
    ("one square centimetre more", nothing, {"parts": [part(UNIT_2), part(UNIT_3, area_cm2=490_001)]}, ["area-exceeded"]),
    ("within the tolerance", tolerant, {"parts": [part(UNIT_2), part(UNIT_3, area_cm2=492_940)]}, []),
    ("beyond the tolerance", tolerant, {"parts": [part(UNIT_2), part(UNIT_3, area_cm2=492_941)]}, ["area-exceeded"]),
    ("unknown unit", nothing, {"unit": UNIT_2}, ["unit-unknown", "right-unknown"]),
    ("unknown right", nothing, {"right": "R-9"}, ["right-unknown"]),
    ("ended right", end_right, {}, ["right-ended"]),
    ("a stranger", nothing, {"consent": [ref("x")]}, ["not-holder", "co-owner-consent"]),
    ("by shares, two thirds agree", by_shares, {"parts": ALIKE, "consent": TWO}, []),
    ("by shares, one third agrees", by_shares, {"parts": ALIKE}, ["co-owner-consent"]),
    ("the shares change", by_shares, {"parts": UNLIKE, "consent": TWO}, ["holders-differ"]),
    ("another holder comes in", nothing, {"parts": [part(UNIT_2), thirds(UNIT_3, "1/2", "1/2")]}, ["holders-differ"]),
    ("one holder twice", by_shares, {"consent": TWO, "parts": [ALIKE[0], part(UNIT_3, *[holder("x", "1/3")] * 3)]},
     ["holders-differ"]),
    ("a bad code", nothing, {"parts": [part(UNIT_2), part("441302001001GB00000F00010002")]}, ["bad-unit-code"]),
    ("one code twice", nothing, {"parts": [part(UNIT_2), part(UNIT_2)]}, ["unit-repeated"]),
    ("the old code again", nothing, {"parts": [part(UNIT_2), part(UNIT)]}, ["unit-registered"]),
    ("another county", nothing, {"parts": [part(UNIT_2), part("441303001001GB00001F00010001")]}, ["not-competent"]),
    ("disputed", dispute, {}, ["disputed"]),
    ("seized", seized, {}, ["seized"]),
    ("mortgaged", lambda town: town.mortgage(), {}, ["consent-missing"]),
    ("everything at once", lambda town: (town.mortgage(), dispute(town), seized(town)),
     {"consent": [], "parts": [thirds(UNIT, "1/2", "1/2"), part(UNIT)]},
     ["co-owner-consent", "unit-repeated", "unit-registered", "holders-differ", "disputed", "seized", "consent-missing"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "changed", "expected"), [row[1:] for row in SPLIT], ids=[row[0] for row in SPLIT]
)
def test_unit_split(town: World, given: Any, changed: dict[str, Any], expected: list[str]) -> None:
    given(town)
    assert codes(town.apply(R, split_act(town, **changed))) == expected


def test_parts_begin_where_the_unit_ends(town: World) -> None:
    before = the_right(town)
    done = town.entered(R, split_act(town))
    old = town.one(Unit, UNIT)
    assert (old.status, old.right, old.successors) == ("retired", None, (UNIT_2, UNIT_3))
    assert town.one(Right, before.id).status == "ended"
    for code, place in ((UNIT_2, None), (UNIT_3, PLACE)):
        unit, right = town.one(Unit, code), the_right(town, code)
        assert (unit.status, unit.predecessors, unit.location) == ("active", (UNIT,), place)
        assert (right.id, right.cause) == (f"R-{code}-1", done.result["case"])
        assert right.holders[0].ref == ref(f"owner of {code}")
    assert [one["number"][-8:] for one in done.result["certificates"]] == ["0000001号", "0000002号"]
    assert codes(town.apply(R, split_act_again(before))) == ["unit-unknown", "right-ended"]


def split_act_again(right: Right) -> dict[str, Any]:
    """Return a split of the retired unit."""
    parts = [part(UNIT_4), part("441302001001GB00001F00010005")]
    return {"act": "unit.split", "unit": UNIT, "right": right.id, "consent": [ref("owner")], "parts": parts}


def test_a_retired_code_is_not_given_again(town: World) -> None:
    town.entered(R, split_act(town))
    first = {"act": "unit.first", "unit": UNIT, "use": "shop", "area_cm2": 1, "mode": "single"}
    assert codes(town.apply(R, {**first, "holders": [holder("x")]})) == ["unit-registered"]


def test_with_everybodys_consent_burdens_go_on_upon_every_part(town: World) -> None:
    first, second, seizure = town.mortgage(B1, no_transfer=True), town.mortgage(B2), seized(town)
    assert codes(town.apply(R, split_act(town), signers=keys(B1, C1))) == ["consent-missing"]
    done = town.entered(R, split_act(town), signers=keys(B1, B2, C1))
    assert len(done.result["certificates"]) == 6
    for code in (UNIT_2, UNIT_3):
        unit = town.one(Unit, code)
        rows = [town.one(Mortgage, one) for one in unit.mortgages]
        assert [(one.rank, one.mortgagee, one.origin) for one in rows] == [(1, B1, first), (2, B2, second)]
        assert [(one.unit, one.right, one.status, one.no_transfer) for one in rows] == [
            (code, unit.right, "active", True),
            (code, unit.right, "active", False),
        ]
        assert all(town.one(Certificate, one.certificate).of == one.id for one in rows)
        (held,) = unit.seizures
        assert (town.one(Seizure, held).status, town.one(Seizure, held).origin) == ("effective", seizure)
        assert codes(town.apply(B1, mortgage_act(the_right(town, code)))) == ["seized"]
    assert [town.one(Mortgage, one).status for one in (first, second)] == ["carried", "carried"]
    assert town.one(Seizure, seizure).status == "carried"
    gone = town.do(C1, "court.release", {"seizure": seizure, "document": "x"})
    assert codes(gone) == ["seizure-ended"]
    lifted = town.do(C1, "court.release", {"seizure": town.one(Unit, UNIT_2).seizures[0], "document": "x"})
    assert lifted.outcome == "recorded"
    assert codes(town.apply(B1, mortgage_act(the_right(town, UNIT_2)))) == []


def test_what_was_measured_larger_is_altered_before_it_is_split(town: World) -> None:
    larger = split_act(town, parts=[part(UNIT_2), part(UNIT_3, area_cm2=500_000)])
    assert codes(town.apply(R, larger)) == ["area-exceeded"]
    assert codes(town.apply(R, larger, alter_act(town, area_cm2=990_000))) == ["area-exceeded"]
    assert codes(town.apply(R, alter_act(town, area_cm2=990_000), larger)) == []


def test_an_area_that_shrinks_before_entry_stops_the_split(town: World) -> None:
    case = town.accepted(R, split_act(town))
    town.change(town.one(Unit, UNIT), area_cm2=979_999)
    assert codes(town.enter(case)) == ["area-exceeded"]


def test_a_part_registered_in_the_meantime_stops_the_split(town: World) -> None:
    case = town.accepted(R, split_act(town))
    town.change(town.one(Unit, UNIT_2), status="active")
    assert codes(town.enter(case)) == ["unit-registered"]


# ---- merge ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def two(town: World) -> World:
    """Another title of the same owner, on UNIT_2."""
    town.title(UNIT_2, holders=[holder("owner of 2")])
    return town


def source(town: World, of: str, who: str, **changed: Any) -> dict[str, Any]:
    """Return a unit that goes into a merger."""
    return {"unit": of, "right": the_right(town, of).id, "consent": [ref(who)], **changed}


def merge_act(town: World, **changed: Any) -> dict[str, Any]:
    """Return a merger of two units by their owner."""
    made = {
        "act": "unit.merge",
        "into": UNIT_3,
        "use": "dwelling",
        "area_cm2": 1_960_000,
        "mode": "single",
        "holders": [holder("owner of 3")],
        **changed,
    }
    if "sources" not in made:
        made["sources"] = [source(town, UNIT, "owner"), source(town, UNIT_2, "owner of 2")]
    return made


def of_first(**changed: Any) -> Any:
    """Return the sources of a merger, with the first one changed."""
    return lambda town: {
        "sources": [source(town, UNIT, "owner", **changed), source(town, UNIT_2, "owner of 2")]
    }


HALVES = {"mode": "shares", "holders": [holder("x", "1/2"), holder("y", "1/2")]}
MERGE: list[tuple[str, Any, Any, list[str]]] = [
    ("of one owner", nothing, {}, []),
    ("unknown unit", nothing, of_first(unit=UNIT_4), ["unit-unknown", "right-unknown"]),
    ("one unit twice", nothing, lambda town: {"sources": [source(town, UNIT, "owner")] * 2}, ["unit-repeated"]),
    ("into itself", nothing, {"into": UNIT_2}, ["unit-repeated", "unit-registered"]),
    ("unknown right", nothing, of_first(right="R-9"), ["right-unknown"]),
    ("ended right", end_right, {}, ["right-ended"]),
    ("a stranger", nothing, of_first(consent=[ref("x")]), ["not-holder", "co-owner-consent"]),
    ("nobody", nothing, of_first(consent=[]), ["co-owner-consent"]),
    ("a bad code", nothing, {"into": "441302001001GB00000F00010002"}, ["bad-unit-code"]),
    ("another county", nothing, {"into": "441303001001GB00001F00010001"}, ["not-competent"]),
    ("a joint unit and a single one", joint, of_first(consent=[ref("owner"), ref("spouse")]), ["holders-differ"]),
    ("into other shares", nothing, HALVES, ["holders-differ"]),
    ("less area than both", nothing, {"area_cm2": 1_959_999}, []),
    ("more area than both", nothing, {"area_cm2": 1_960_001}, ["area-exceeded"]),
    ("within the tolerance", tolerant, {"area_cm2": 1_965_880}, []),
    ("beyond the tolerance", tolerant, {"area_cm2": 1_965_881}, ["area-exceeded"]),
    ("one disputed", dispute, {}, ["disputed"]),
    ("the other disputed", lambda town: dispute(town, UNIT_2), {}, ["disputed"]),
    ("one seized", seized, {}, ["seized"]),
    ("the other seized", lambda town: seized(town, unit=UNIT_2), {}, ["seized"]),
    ("one mortgaged", lambda town: town.mortgage(), {}, ["consent-missing"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "changed", "expected"), [row[1:] for row in MERGE], ids=[row[0] for row in MERGE]
)
def test_unit_merge(two: World, given: Any, changed: Any, expected: list[str]) -> None:
    given(two)
    more = changed(two) if callable(changed) else changed
    assert codes(two.apply(R, merge_act(two, **more))) == expected


def test_the_merged_unit_has_what_lay_on_both_in_the_order_of_registration(two: World) -> None:
    late = two.mortgage(B2, the_right(two, UNIT_2))
    two.time += 1000
    later = two.mortgage(B1, the_right(two, UNIT))
    waits, binds = seized(two, unit=UNIT_2), None
    two.court("court-2")
    two.time += 1000
    binds = two.do("court-2", "court.seize", {"unit": UNIT, "document": "2", "until": "2027-11-22"}).result
    merge = merge_act(two)
    assert codes(two.apply(R, merge, signers=keys(B1, B2, C1))) == ["seized"]
    two.entered(R, merge, signers=keys(B1, B2, C1, "court-2"))
    unit = two.one(Unit, UNIT_3)
    assert (unit.predecessors, unit.right) == ((UNIT, UNIT_2), f"R-{UNIT_3}-1")
    rows = [two.one(Mortgage, one) for one in unit.mortgages]
    assert [(one.rank, one.origin) for one in rows] == [(1, late), (2, later)]
    seizures = [two.one(Seizure, one) for one in unit.seizures]
    assert [(one.status, one.origin) for one in seizures] == [
        ("effective", waits),
        ("waiting", binds["seizure"]),
    ]
    for code in (UNIT, UNIT_2):
        old = two.one(Unit, code)
        assert (old.status, old.successors, old.mortgages, old.seizures) == ("retired", (UNIT_3,), (), ())


def test_a_split_unit_may_be_merged_again(town: World) -> None:
    town.entered(R, split_act(town))
    sources = [source(town, code, f"owner of {code}") for code in (UNIT_2, UNIT_3)]
    town.entered(R, merge_act(town, sources=sources, into=UNIT_4, area_cm2=980_000))
    assert town.one(Unit, UNIT_4).predecessors == (UNIT_2, UNIT_3)
    assert [town.one(Unit, one).predecessors for one in (UNIT_2, UNIT_3)] == [(UNIT,), (UNIT,)]
