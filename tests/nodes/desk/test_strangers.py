"""Attacks with an institution's key: the desk mortgages, sells or burdens no home unless its holders back the act.

The network lets its desk enter every act, so that nothing but the desk's own doubts stands in the way.
"""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from dengbu.ledger.catalogue import ACTS
from dengbu.ledger.register.records import Case, Certificate, Right, Unit
from dengbu.nodes.answers import Final
from dengbu.nodes.node import Node
from dengbu.nodes.private.findings import Blocked
from dengbu.nodes.private.package import PrivatePart, private_of
from tests.nodes.town import BUYER, SELLER, Town, running
from tests.waiting import WAIT_S_MAX, until

BANK, REGISTRY, TAX = "bank-a", "hz-registry", "hz-tax"
STRANGER = {"name": "路人", "id_type": "2", "id_no": "TEST-STRANGER"}
TERMS, CONTRACT = {"amount_fen": 80_000_000}, {"price_fen": 120_000_000}
HOMES = 154
OF_BANK = {"mortgagee": BANK, "kind": "ordinary", "no_transfer": False}
COUNT = count(1)
Wiring = dict[str, PrivatePart]
Made = tuple[dict[str, Any], dict[str, list[dict[str, str]]]]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with running(tmp_path_factory.mktemp("town"), sorted(ACTS)) as made:
        yield made


class Homes:
    """Units of the town, each used once."""

    used = 0

    @classmethod
    def code(cls) -> str:
        """Return the code of a unit to which nothing has been done."""
        cls.used += 1
        return f"441302001001GB{cls.used:05}F00010001"

    @classmethod
    def held(cls, town: Town, *holders: dict[str, str]) -> dict[str, Any]:
        """Return a unit and a right on it, with the consent of all its holders: two unless told otherwise."""
        unit, (first, *others) = cls.code(), holders or (SELLER, BUYER)
        right = town.title(unit, first, cls.used, *others)
        return {"unit": unit, "right": right, "consent": [town.ref(unit, one) for one in (first, *others)]}


def parts(values: dict[str, Any], to: tuple[str, ...] = (BANK, REGISTRY)) -> Wiring:
    """Return private parts for the applicant and the registry."""
    return {name: PrivatePart(value, to) for name, value in values.items()}


def apply(town: Town, who: str, act: dict[str, Any], private: Wiring) -> str:
    """Apply for an act, a bank with software that checks nothing; the ledger accepts. Return the case number."""
    data = {"district": "441302", "channel": "outlet", "acts": [act]}
    node = town[who]
    if who != REGISTRY:
        ticket = node.submit(unchecked(node, data, private))
    else:
        raw = node.sign("case.apply", data, event_id=f"s-{next(COUNT)}", private=private)
        ticket = node.submit(town[BANK].cosign_event(raw) if BANK in str(act) else raw)
    final = node.wait_final(ticket, WAIT_S_MAX)
    assert isinstance(final, Final)
    assert final.entry.decision["outcome"] == "accepted", final.entry.decision
    return str(final.entry.decision["result"]["case"])


def unchecked(node: Node, data: dict[str, Any], private: Wiring) -> bytes:
    """Return an application as the node signs it, without the checks it makes before."""
    event_id, inside = f"s-{next(COUNT)}", node._wiring
    packages = inside.payloads.make(event_id, private)
    shown = {"private": private_of(packages)} if packages else {}
    raw = inside.home.seal({"type": "case.apply", "id": event_id, "data": data, **shown})
    inside.payloads.keep(packages)
    return raw


def decided(town: Town, number: str) -> tuple[str, tuple[str, ...]]:
    """Return what the desk has done with a case: the case's state, and the doubts on the log."""
    register = town[REGISTRY].register

    def found() -> tuple[str, tuple[str, ...]]:
        case = register.get(Case, number)
        return (case.state, case.handed_over) if case else ("", ())

    until(lambda: found()[0] == "entered" or bool(found()[1]), f"{number}: the desk does nothing")
    return found()


def mortgage(town: Town, *holders: dict[str, str]) -> dict[str, Any]:
    """Return a mortgage of a home, as a bank asks for it."""
    return {"act": "mortgage.set", **Homes.held(town, *holders), **OF_BANK}


# ---- mortgages with what a key can read ----------------------------------------------------------------------------


def test_one_who_has_read_certificate_numbers_mortgages_no_home(town: Town) -> None:
    numbers = [f"粤(2020)惠州市不动产权第{5000 + n:07}号" for n in range(HOMES)]
    registry, bank = town[REGISTRY], town[BANK]
    imported = []
    for number in numbers:
        unit = Homes.code()
        right = {
            "mode": "single",
            "holders": [{"ref": town.ref(unit, SELLER), "share": "1/1"}],
            "certificate": number,
            "registered_on": "2020-05-06",
        }
        data = {"unit": unit, "use": "dwelling", "area_cm2": 980_000, "right": right}
        raw = registry.sign("title.import", data, event_id=f"home-{number[-8:-1]}")
        imported.append(registry.submit(raw))
    assert isinstance(registry.wait_final(imported[-1], WAIT_S_MAX), Final)
    until(lambda: bank.register.get(Certificate, numbers[-1]) is not None)
    asked, units = [], []
    for number in numbers:
        certificate = bank.register.get(Certificate, number)
        assert certificate is not None
        right = bank.register.get(Right, certificate.of)
        assert right is not None
        units.append(right.unit)
        act = {"act": "mortgage.set", "unit": right.unit, "right": right.id, **OF_BANK}
        act["consent"] = [one.ref for one in right.holders]
        data = {"district": "441302", "channel": "outlet", "acts": [act]}
        asked.append(bank.submit(bank.sign("case.apply", data, event_id=f"attack-{number[-8:-1]}")))
    last = bank.wait_final(asked[-1], WAIT_S_MAX)
    assert isinstance(last, Final)
    cases = [unit.open_cases for code in units if (unit := registry.register.get(Unit, code))]
    assert len(cases) == HOMES
    assert all(len(one) == 1 for one in cases)
    for (number,) in cases:
        assert decided(town, number) == ("accepted", ("parties-missing", "terms-missing"))
    mortgages = [unit.mortgages for code in units if (unit := registry.register.get(Unit, code))]
    assert mortgages == [()] * HOMES


BAD: dict[str, tuple[Wiring, set[str]]] = {
    "no parts": ({}, {"parties-missing", "terms-missing"}),
    "no parties": (parts({"terms": TERMS}), {"parties-missing"}),
    "nobody": (parts({"parties": {}, "terms": TERMS}), {"parties-missing"}),
    "no mortgagors": (parts({"parties": {"mortgagors": []}, "terms": TERMS}), {"parties-missing"}),
    "a stranger": (parts({"parties": {"mortgagors": [STRANGER]}, "terms": TERMS}), {"identity-mismatch"}),
    "one of two": (parts({"parties": {"mortgagors": [SELLER]}, "terms": TERMS}), {"identity-mismatch"}),
    "one twice": (parts({"parties": {"mortgagors": [SELLER] * 2}, "terms": TERMS}), {"identity-mismatch"}),
    "a third": (
        parts({"parties": {"mortgagors": [SELLER, BUYER, STRANGER]}, "terms": TERMS}),
        {"identity-mismatch"},
    ),
    "in another role": (
        parts({"parties": {"holders": [SELLER, BUYER]}, "terms": TERMS}),
        {"parties-missing", "role-unasked"},
    ),
    "past the registry": (
        parts({"parties": {"mortgagors": [SELLER, BUYER]}, "terms": TERMS}, (BANK,)),
        {"parties-missing", "terms-missing"},
    ),
    "null": (parts({"parties": None, "terms": TERMS}), {"payload-shape"}),
    "a list": (parts({"parties": [SELLER, BUYER], "terms": TERMS}), {"payload-shape"}),
    **{
        f"terms {terms}": (
            parts({"parties": {"mortgagors": [SELLER, BUYER]}, "terms": terms}),
            {"terms-shape"},
        )
        for terms in ({"amount_fen": -5}, {"amount_fen": 0}, {"amount_fen": "80"}, {"amount_fen": True}, {}, [TERMS],
                      "x", None)
    },
    "no terms": (parts({"parties": {"mortgagors": [SELLER, BUYER]}}), {"terms-missing"}),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_a_mortgage_that_the_holders_do_not_back_is_for_a_person(town: Town, what: str) -> None:
    private, doubts = BAD[what]
    state, found = decided(town, apply(town, BANK, mortgage(town), private))
    assert (state, set(found)) == ("accepted", doubts)
    assert town.failures == []


GOOD = parts({"parties": {"mortgagors": [SELLER, BUYER]}, "terms": TERMS})


def test_the_same_application_again_is_a_second_mortgage(town: Town) -> None:
    asked = mortgage(town)
    first, second = (apply(town, BANK, asked, GOOD) for _ in range(2))
    assert decided(town, first) == ("entered", ())
    assert decided(town, second) == ("accepted", ("second-mortgage",))
    unit = town[REGISTRY].register.get(Unit, asked["unit"])
    assert unit is not None
    assert len(unit.mortgages) == 1
    assert town.do(REGISTRY, "case.enter", {"case": second}).decision["outcome"] == "entered", "a person may"


def test_a_second_mortgage_after_the_first_is_for_a_person_and_another_banks_is_not(town: Town) -> None:
    asked = mortgage(town)
    assert decided(town, apply(town, BANK, asked, GOOD)) == ("entered", ())
    maximum = {**asked, "kind": "maximum"}
    assert decided(town, apply(town, BANK, maximum, GOOD)) == ("accepted", ("second-mortgage",))
    others = {**mortgage(town), "mortgagee": "bank-b"}
    first = apply(town, BANK, {**others, "mortgagee": BANK}, GOOD)
    assert decided(town, first) == ("entered", ())
    assert decided(town, apply(town, "bank-b", others, GOOD)) == ("entered", ())


def test_parts_that_come_again_with_a_later_step_are_for_a_person(town: Town) -> None:
    act = mortgage(town)
    number = apply(town, BANK, act, parts({"parties": {"mortgagors": [STRANGER]}, "terms": TERMS}))
    assert decided(town, number) == ("accepted", ("identity-mismatch",))
    asked = {"case": number, "ground": "requisition", "items": ["identity"]}
    assert town.do(REGISTRY, "case.suspend", asked).decision["outcome"] == "recorded"
    assert town.do(BANK, "case.resume", {"case": number}, GOOD).decision["outcome"] == "recorded"
    case = town[REGISTRY].register.get(Case, number)
    assert case is not None
    assert (case.state, case.handed_over) == ("accepted", ("identity-mismatch",)), (
        "what a person has, he keeps"
    )


# ---- every other act that takes or burdens a right -----------------------------------------------------------------


def joint(town: Town) -> Made:
    """Return a mortgage on two homes of different holders."""
    pieces = [Homes.held(town), Homes.held(town, STRANGER)]
    return {"act": "mortgage.set-joint", "pieces": pieces, **OF_BANK}, {
        "mortgagors": [SELLER, BUYER, STRANGER]
    }


def construction(town: Town) -> Made:
    """Return a mortgage on land and on what is being built there."""
    Homes.used += 1
    parcel = f"441302001001GB{Homes.used:05}"
    land = f"{parcel}W00000000"
    held = {"unit": land, "right": town.title(land, SELLER, Homes.used), "consent": [town.ref(land, SELLER)]}
    buildings = [f"{parcel}F00010001"]
    act = {"act": "mortgage.set-construction", **held, "buildings": buildings, "permits": True, **OF_BANK}
    return act, {"mortgagors": [SELLER]}


def notice_of_sale(town: Town) -> Made:
    """Return an advance notice of a sale to a stranger."""
    held = Homes.held(town)
    act = {"act": "notice.set", **held, "kind": "sale", "beneficiary": town.ref(held["unit"], STRANGER)}
    return act, {"grantors": [SELLER, BUYER], "takers": [STRANGER]}


def notice_of_mortgage(town: Town) -> Made:
    """Return an advance notice of a mortgage for a bank."""
    act = {"act": "notice.set", **Homes.held(town), "kind": "mortgage", "mortgagee": BANK}
    return act, {"grantors": [SELLER, BUYER]}


def habitation(town: Town) -> Made:
    """Return a right of habitation for a stranger."""
    held = Homes.held(town)
    act = {"act": "habitation.set", **held, "ground": "contract", "taker": "person"}
    act["beneficiaries"] = [town.ref(held["unit"], STRANGER)]
    return act, {"grantors": [SELLER, BUYER], "takers": [STRANGER]}


def easement(town: Town) -> Made:
    """Return an easement that burdens a unit in favour of a stranger's."""
    dominant = Homes.held(town, STRANGER)
    act = {"act": "easement.set", **Homes.held(town), "dominant": dominant}
    return act, {"grantors": [SELLER, BUYER], "takers": [STRANGER]}


def transfer(town: Town) -> Made:
    """Return a sale of a home to a stranger."""
    held = Homes.held(town)
    holders = [{"ref": town.ref(held["unit"], STRANGER), "share": "1/1"}]
    act = {
        "act": "transfer",
        **held,
        "cause": "sale",
        "seller": "person",
        "mode": "single",
        "holders": holders,
    }
    return act, {"transferors": [SELLER, BUYER], "transferees": [STRANGER]}


Act = Callable[[Town], Made]
TOLD: dict[Act, dict[str, Any]] = {
    joint: {"terms": TERMS},
    construction: {"terms": TERMS},
    notice_of_mortgage: {"terms": TERMS},
    notice_of_sale: {"contract": CONTRACT},
    habitation: {"contract": {"price_fen": 0}},
    easement: {"contract": {"price_fen": 0}},
    transfer: {"contract": CONTRACT},
}
EACH = pytest.mark.parametrize("make", TOLD, ids=lambda one: one.__name__)
OF_BANKS = (joint, construction, notice_of_mortgage)
EVERYONE = (REGISTRY, BANK, TAX)


def applicant(make: Act) -> str:
    """Return who applies: a bank where it may."""
    return BANK if make in OF_BANKS else REGISTRY


@EACH
def test_no_right_is_taken_or_burdened_without_those_who_lose_by_it(town: Town, make: Act) -> None:
    (told,) = TOLD[make]
    act, persons = make(town)
    state, found = decided(town, apply(town, applicant(make), act, {}))
    assert (state, set(found)) == ("accepted", {"parties-missing", f"{told}-missing"})
    for role in persons:
        act, persons = make(town)
        rest = {"parties": {**persons, role: []}, **TOLD[make]}
        state, found = decided(town, apply(town, applicant(make), act, parts(rest, EVERYONE)))
        assert (state, found) == ("accepted", ("parties-missing",))


@EACH
def test_nor_without_price_or_amount(town: Town, make: Act) -> None:
    ((told, value),) = TOLD[make].items()
    for wrong in (dict.fromkeys(value, -5), dict.fromkeys(value, True), None):
        act, persons = make(town)
        given = parts({"parties": persons, told: wrong}, EVERYONE)
        assert decided(town, apply(town, applicant(make), act, given)) == ("accepted", (f"{told}-shape",))


OTHER = {"name": "另一人", "id_type": "2", "id_no": "TEST-OTHER"}
CHANGES: dict[str, Callable[[list[dict[str, str]]], list[dict[str, str]]]] = {
    "one less": lambda named: named[1:] or [OTHER],
    "one more": lambda named: [*named, OTHER],
    "others": lambda named: [OTHER] * len(named),
}


@EACH
@pytest.mark.parametrize("change", CHANGES)
def test_nor_with_one_of_them_or_with_strangers(town: Town, make: Act, change: str) -> None:
    """A bank cannot tell who the holders are; the registry does not even sign such an application."""
    act, persons = make(town)
    for role, named in persons.items():
        given = parts({"parties": {**persons, role: CHANGES[change](named)}, **TOLD[make]}, EVERYONE)
        if make in OF_BANKS:
            number = apply(town, BANK, act, given)
            assert decided(town, number) == ("accepted", ("identity-mismatch",))
            continue
        with pytest.raises(Blocked) as blocked:
            apply(town, REGISTRY, act, given)
        assert {one.code for one in blocked.value.problems} == {"identity-mismatch"}


@EACH
def test_what_they_back_is_entered_at_once(town: Town, make: Act) -> None:
    act, persons = make(town)
    number = apply(town, applicant(make), act, parts({"parties": persons, **TOLD[make]}, EVERYONE))
    if make is transfer:
        both, due = (REGISTRY, TAX), {"due_fen": {"deed": 3, "iit": 1}}
        assessed = {"case": number, "version": 1, "gates": {"deed": "due", "iit": "due", "lvat": "none"}}
        town.do(TAX, "tax.assess", assessed, parts({"amounts": due}, both))
        vouchers = [{"tax": tax, "number": f"v-{tax}", "kind": "payment"} for tax in ("deed", "iit")]
        paid = parts({"payments": {"paid_fen": due["due_fen"]}}, both)
        town.do(TAX, "tax.clear", {"case": number, "version": 1, "vouchers": vouchers}, paid)
    assert decided(town, number) == ("entered", ())


def test_an_heir_is_for_a_person_though_everyone_is_named(town: Town) -> None:
    act, persons = transfer(town)
    act |= {"cause": "inheritance", "consent": [act["consent"][1]], "heirs": "notarised"}
    act |= {"mode": "shares", "holders": [
        {"ref": act["holders"][0]["ref"], "share": "1/2"}, {"ref": act["consent"][0], "share": "1/2"}
    ]}  # fmt: skip
    persons["transferees"] = [STRANGER, BUYER]
    number = apply(town, REGISTRY, act, parts({"parties": persons}, EVERYONE))
    assert decided(town, number) == ("accepted", ("paper-to-see",))
