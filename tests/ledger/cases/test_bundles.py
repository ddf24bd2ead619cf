"""Bundles 一并申请: several acts in one case, entered all or none.

Each member is made to fail in turn, before acceptance and after it. A reason is written as the place of its act and its
code.
"""

from collections.abc import Callable
from typing import Any

import pytest

from dengbu.ledger.law.verdict import name
from dengbu.ledger.register.encumbrances import Mortgage
from dengbu.ledger.register.members import Institution
from dengbu.ledger.register.notations import Notice
from dengbu.ledger.register.records import Case, Deal, Right, Unit
from dengbu.ledger.tax.tax import owed
from dengbu.ledger.transition import Decision
from tests.ledger.states import dispute
from tests.worlds import (
    UNIT,
    World,
    codes,
    holder,
    mortgage_act,
    ref,
    seized,
    signer,
    the_right,
    transfer_act,
    world,
)

R, T, B1, B2, WATER, POWER = "hz-registry", "hz-tax", "bank-a", "bank-b", "hz-water", "hz-power"
PARCEL = "441302001001GB00009"
LAND, TOWER = f"{PARCEL}W00000000", f"{PARCEL}F00010001"
X = [ref("X")]
Acts = list[dict[str, Any]]
Made = tuple[Acts, tuple[str, ...]]
Given = Callable[[World], object]


@pytest.fixture
def town() -> World:
    """A network with two utility companies, a title, and a developer's land."""
    made = world()
    for company in (WATER, POWER):
        made.join(company, "utility")
    made.title(UNIT)
    made.title(LAND, holders=[holder("developer")])
    return made


# ---- the bundles: their acts, and which institutions sign beside the registry ---------------------------------------


def loan(town: World, bank: str = B2, nth: int = 2, unit: str = UNIT) -> dict[str, Any]:
    """Return X's mortgage to a bank, on the right that an earlier act of the case creates."""
    new = f"R-{unit}-{nth}"
    return {**mortgage_act(the_right(town), bank), "unit": unit, "right": new, "consent": X}


def announced(*told: tuple[str, str]) -> dict[str, Any]:
    """Return the announcement to the utility companies."""
    accounts = [{"service": service, "to": to} for service, to in told]
    return {"act": "utilities.announce", "unit": UNIT, "accounts": accounts}


def discharge(mortgage: str) -> dict[str, Any]:
    """Return a discharge of a mortgage."""
    return {"act": "mortgage.discharge", "mortgage": mortgage}


def first(unit: str) -> dict[str, Any]:
    """Return the developer's first registration of a unit."""
    act = {"act": "unit.first", "unit": unit, "use": "dwelling", "area_cm2": 900_000}
    return {**act, "mode": "single", "holders": [holder("developer")]}


def sale_and_mortgage(town: World) -> Made:
    """The buyer mortgages what he buys."""
    return [transfer_act(the_right(town), "X"), loan(town)], (B2,)


def paid_off(town: World) -> Made:
    """带押过户, combined: the unit is sold and mortgaged by the buyer, and the old mortgage is discharged."""
    old = town.mortgage(B1)
    return [transfer_act(the_right(town), "X"), loan(town), discharge(old)], (B1, B2)


def kept_for_now(town: World) -> Made:
    """带押过户, in steps: the old mortgage stays at rank 1 until its bank is paid."""
    town.mortgage(B1, no_transfer=True)
    return [transfer_act(the_right(town), "X"), loan(town)], (B1, B2)


def taken_over(town: World) -> Made:
    """带押过户, by alteration: the bank stays the same and the buyer becomes its debtor."""
    old = town.mortgage(B1)
    altered = {"act": "mortgage.alter", "mortgage": old, "consent": X, "debtor": "replaced"}
    return [transfer_act(the_right(town), "X"), altered], (B1,)


def finished(town: World) -> Made:
    """A finished building is registered and carries its construction mortgage."""
    land = the_right(town, LAND)
    act = {"act": "mortgage.set-construction", "unit": LAND, "right": land.id, "buildings": [TOWER]}
    act |= {"mortgagee": B1, "kind": "ordinary", "no_transfer": False, "permits": True}
    done = town.entered(B1, {**act, "consent": [ref("developer")]})
    convert = {"act": "mortgage.convert", "mortgage": done.result["mortgages"][0]["id"], "unit": TOWER}
    return [first(TOWER), convert], (B1,)


def presold(town: World) -> Made:
    """A presold dwelling is registered, sold and mortgaged as its advance notices promised."""
    both = keys(B1)
    notice = {"act": "notice.set", "unit": TOWER, "filed": True}
    sold = {**notice, "kind": "presale", "consent": [ref("developer")], "beneficiary": ref("X")}
    lent = {**notice, "kind": "presale-mortgage", "consent": X, "mortgagee": B1}
    purchase, mortgage = (town.entered(R, one, signers=both).result["notices"][0] for one in (sold, lent))
    bought = {**transfer_act(the_right(town, LAND), "X", seller="enterprise"), "unit": TOWER}
    bought |= {"right": f"R-{TOWER}-1"}
    acts = [first(TOWER), bought, {"act": "notice.convert", "notice": purchase}]
    return [*acts, loan(town, B1, unit=TOWER), {"act": "notice.convert", "notice": mortgage}], (B1,)


def heir_sells(town: World) -> Made:
    """An heir is registered and sells at once (Civil Code 232)."""
    old = the_right(town)
    inherited = transfer_act(old, "heir", cause="inheritance", consent=[])
    sold = transfer_act(old, "X", right=f"R-{UNIT}-2", consent=[ref("heir")])
    return [inherited, sold], ()


def one_thing(town: World) -> Made:
    """一件事: the unit is sold and the utility companies are told."""
    return [transfer_act(the_right(town), "X"), announced(("water", WATER), ("power", POWER))], ()


Bundle = Callable[[World], Made]
BUNDLES: dict[str, Bundle] = {
    one.__name__: one
    for one in (
        sale_and_mortgage, paid_off, kept_for_now, taken_over, finished, presold, heir_sells, one_thing
    )
}  # fmt: skip


def keys(*institutions: str) -> list[Any]:
    """Return the event keys that sign at the registry's counter."""
    return [signer(one, "event") for one in (R, *institutions)]


def reasons(done: Decision) -> list[str]:
    """Return each reason as the place of its act and its code."""
    return [
        f"{reason.at['act']} {name(reason.code)}" if reason.at else name(reason.code)
        for reason in done.reasons
    ]


def accepted(town: World, made: Made) -> str:
    """Apply for the bundle and clear its taxes; return its case."""
    acts, by = made
    case = town.accepted(R, *acts, signers=keys(*by))
    clear(town, case)
    return case


def clear(town: World, case: str) -> None:
    """Assess and clear whatever the case's deal must show."""
    deal = town.register.get(Deal, case)
    if deal is None:
        return
    town.do(T, "tax.assess", {"case": case, "version": 1, "gates": dict.fromkeys(deal.required, "due")})
    vouchers = [
        {"tax": tax, "number": f"{tax}-{case}-{nth}", "kind": "payment"}
        for tax in deal.required
        for nth in range(owed(town.case(case), deal, tax, town.at()))
    ]
    done = town.do(T, "tax.clear", {"case": case, "version": 1, "vouchers": vouchers})
    assert town.one(Deal, case).state == "CLEARED", codes(done)


# ---- all ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bundle", BUNDLES.values(), ids=BUNDLES)
def test_a_bundle_is_entered_whole(town: World, bundle: Bundle) -> None:
    case = accepted(town, bundle(town))
    done = town.enter(case)
    assert (done.outcome, codes(done)) == ("entered", [])
    assert [town.one(Unit, code).open_cases for code in town.case(case).units] == [()] * len(
        town.case(case).units
    )


def test_in_steps_the_new_mortgage_moves_up_when_the_old_bank_is_paid(town: World) -> None:
    done = town.enter(accepted(town, kept_for_now(town)))
    old, new = town.one(Unit, UNIT).mortgages
    assert [town.one(Mortgage, one).rank for one in (old, new)] == [1, 2]
    assert done.result["mortgages"] == [{"id": new, "rank": 2}]
    assert town.one(Mortgage, old).right == the_right(town).id
    town.entered(B1, discharge(old))
    assert (town.one(Unit, UNIT).mortgages, town.one(Mortgage, new).rank) == ((new,), 1)


def test_combined_the_new_mortgage_is_alone_and_first(town: World) -> None:
    town.enter(accepted(town, paid_off(town)))
    (left,) = town.one(Unit, UNIT).mortgages
    row = town.one(Mortgage, left)
    assert (row.mortgagee, row.rank, row.right) == (B2, 1, the_right(town).id)


def test_an_heir_who_sells_leaves_both_rights_in_the_book(town: World) -> None:
    town.enter(accepted(town, heir_sells(town)))
    held = [town.one(Right, f"R-{UNIT}-{nth}") for nth in (1, 2, 3)]
    assert [(one.status, one.holders[0].ref) for one in held] == [
        ("ended", ref("owner")),
        ("ended", ref("heir")),
        ("current", ref("X")),
    ]


def test_the_companies_are_told_by_the_entry(town: World) -> None:
    done = town.enter(accepted(town, one_thing(town)))
    assert done.result["utilities"] == [
        {"unit": UNIT, "service": "water", "to": WATER},
        {"unit": UNIT, "service": "power", "to": POWER},
    ]


# ---- or none: refused when applied for ------------------------------------------------------------------------------

# bundle, the act that is spoilt, how, every reason: later acts miss what a refused act would have created.
SPOILT: list[tuple[Bundle, int, dict[str, Any], list[str]]] = [
    (sale_and_mortgage, 1, {"consent": []}, ["1 co-owner-consent", "2 right-unknown"]),
    (sale_and_mortgage, 2, {"consent": []}, ["2 co-owner-consent"]),
    (paid_off, 1, {"right": f"R-{LAND}-1"}, ["1 right-unknown", "2 right-unknown"]),
    (paid_off, 2, {"mortgagee": T}, ["2 mortgagee-unknown", "2 mortgagee-did-not-sign"]),
    (paid_off, 3, {"mortgage": "M-none"}, ["3 mortgage-unknown"]),
    (kept_for_now, 1, {"holders": [holder("X"), holder("X")], "mode": "joint"}, ["1 holder-repeated", "2 right-unknown"]),
    (kept_for_now, 2, {"consent": [ref("owner")]}, ["2 not-holder", "2 co-owner-consent"]),
    (taken_over, 1, {"consent": []}, ["1 co-owner-consent", "2 not-holder", "2 co-owner-consent"]),
    (taken_over, 2, {"debtor": None}, ["2 mortgage-unchanged"]),
    (taken_over, 2, {"consent": [ref("owner")]}, ["2 not-holder", "2 co-owner-consent"]),
    (finished, 1, {"holders": [holder("developer", "1/2")]}, ["1 shares-sum", "2 unit-unknown"]),
    (finished, 2, {"unit": LAND}, ["2 not-under-construction"]),
    (presold, 1, {"land_until": "2026-02-30"}, [
        "1 bad-date", "2 unit-unknown", "2 right-unknown", "3 notice-mismatch", "4 unit-unknown", "4 right-unknown",
        "5 notice-mismatch",
    ]),
    (presold, 2, {"holders": [holder("Y")]}, [
        "2 advance-notice", "3 notice-mismatch", "4 right-unknown", "5 notice-mismatch",
    ]),
    (presold, 3, {"notice": "N-0-0"}, ["3 notice-unknown"]),
    (presold, 4, {"consent": []}, ["4 co-owner-consent", "5 notice-mismatch"]),
    (presold, 5, {"notice": "N-0-0"}, ["5 notice-unknown"]),
    (heir_sells, 1, {"heirs": None}, ["1 heirs-not-declared", "2 right-unknown"]),
    (heir_sells, 2, {"consent": [ref("owner")]}, ["2 not-holder", "2 co-owner-consent"]),
    (one_thing, 1, {"consent": []}, ["1 co-owner-consent", "2 holder-stays"]),
    (one_thing, 2, announced(("water", B1)), ["2 utility-unknown"]),
    (one_thing, 2, announced(("water", "nobody")), ["2 utility-unknown"]),
    (one_thing, 2, announced(("water", WATER), ("water", POWER)), ["2 service-repeated"]),
    (one_thing, 2, {"unit": LAND}, ["2 holder-stays"]),
    (one_thing, 2, {"unit": TOWER}, ["2 unit-unknown"]),
]  # fmt: skip
REFUSED_WITHOUT: list[tuple[Bundle, str, list[str]]] = [
    (sale_and_mortgage, B2, ["2 mortgagee-did-not-sign"]),
    (paid_off, B1, ["3 not-mortgagee"]),
    (paid_off, B2, ["2 mortgagee-did-not-sign"]),
    (kept_for_now, B1, ["1 mortgagee-consent", "2 right-unknown"]),
    (taken_over, B1, ["2 not-mortgagee"]),
    (finished, B1, ["2 not-mortgagee"]),
    (
        presold,
        B1,
        [
            "2 advance-notice",
            "3 notice-mismatch",
            "4 right-unknown",
            "4 advance-notice",
            "4 mortgagee-did-not-sign",
            "5 notice-mismatch",
        ],
    ),
]


def refused_whole(town: World, acts: Acts, by: tuple[str, ...]) -> list[str]:
    """Return why these acts are refused; nothing of them may be in the register."""
    before = dict(town.register.items())
    done = town.apply(R, *acts, signers=keys(*by))
    assert (done.outcome, done.changes) == ("refused", ())
    assert dict(town.register.items()) == before
    return reasons(done)


@pytest.mark.parametrize(
    ("bundle", "place", "how", "expected"),
    SPOILT,
    ids=[f"{one[0].__name__} {one[1]} {one[3][0]}" for one in SPOILT],
)
def test_one_act_refused_refuses_all(
    town: World, bundle: Bundle, place: int, how: dict[str, Any], expected: list[str]
) -> None:
    acts, by = bundle(town)
    changed = {**acts[place - 1], **how}
    acts[place - 1] = {key: value for key, value in changed.items() if value is not None}
    assert refused_whole(town, acts, by) == expected


@pytest.mark.parametrize(
    ("bundle", "silent", "expected"),
    REFUSED_WITHOUT,
    ids=[f"{one[0].__name__} without {one[1]}" for one in REFUSED_WITHOUT],
)
def test_one_institution_silent_refuses_all(
    town: World, bundle: Bundle, silent: str, expected: list[str]
) -> None:
    acts, by = bundle(town)
    assert refused_whole(town, acts, tuple(one for one in by if one != silent)) == expected


ANNOUNCED: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["holder-stays"]),
    ({"unit": TOWER}, ["unit-unknown"]),
    (announced(("water", R)), ["holder-stays", "utility-unknown"]),
    (announced(("gas", POWER), ("gas", POWER)), ["holder-stays", "service-repeated"]),
]


@pytest.mark.parametrize(("changed", "expected"), ANNOUNCED)
def test_without_a_transfer_nobody_is_told(town: World, changed: dict[str, Any], expected: list[str]) -> None:
    assert codes(town.apply(R, {**announced(("water", WATER)), **changed})) == expected


def test_a_company_that_left_the_network_is_told_nothing(town: World) -> None:
    suspended(WATER)(town)
    acts, _ = one_thing(town)
    assert codes(town.apply(R, *acts)) == ["utility-unknown"]


def test_every_act_of_every_bundle_is_spoilt_once(town: World) -> None:
    asked = [(bundle.__name__, place) for bundle, place, _, _ in SPOILT]
    for bundle in BUNDLES.values():
        acts, _ = bundle(world_again())
        assert [place for place in range(1, len(acts) + 1) if (bundle.__name__, place) not in asked] == []


def world_again() -> World:
    """Return another network like the fixture's."""
    made = world()
    made.title(UNIT)
    made.title(LAND, holders=[holder("developer")])
    return made


# ---- or none: something happens between acceptance and entry --------------------------------------------------------


def suspended(institution: str) -> Given:
    """An institution's membership has ended."""
    return lambda town: town.change(town.one(Institution, institution), status="suspended")


def discharged(town: World) -> None:
    """The mortgage on UNIT has ended."""
    (old,) = town.one(Unit, UNIT).mortgages
    town.entered(B1, discharge(old))


def taken(town: World) -> None:
    """The finished building has come into the book in another way."""
    town.change(town.one(Unit, TOWER), status="active", right=f"R-{LAND}-1")


def freed(town: World) -> None:
    """The construction mortgage no longer covers the building."""
    (row,) = town.one(Unit, LAND).mortgages
    town.change(town.one(Mortgage, row), covers=())


def cancelled(nth: int) -> Given:
    """The first or the second notice on the building has been cancelled."""

    def given(town: World) -> None:
        notice = town.one(Notice, town.one(Unit, TOWER).notices[nth])
        town.change(notice, status="cancelled")

    return given


LATE: list[tuple[Bundle, str, Given, list[str]]] = [
    (sale_and_mortgage, "the unit is seized", seized, ["1 seized", "2 right-unknown", "2 seized"]),
    (sale_and_mortgage, "the bank leaves", suspended(B2), ["2 mortgagee-unknown"]),
    (paid_off, "the unit is disputed", dispute, ["1 disputed", "2 right-unknown", "2 disputed"]),
    (paid_off, "the new bank leaves", suspended(B2), ["2 mortgagee-unknown"]),
    (paid_off, "the old mortgage has ended", discharged, ["3 mortgage-discharged"]),
    (kept_for_now, "the unit is seized", seized, ["1 seized", "2 right-unknown", "2 seized"]),
    (kept_for_now, "the bank leaves", suspended(B2), ["2 mortgagee-unknown"]),
    (taken_over, "the unit is seized", seized, ["1 seized", "2 not-holder", "2 co-owner-consent"]),
    (taken_over, "the mortgage has ended", discharged, ["2 mortgage-discharged"]),
    (finished, "the building is registered", taken, ["1 unit-registered"]),
    (finished, "the mortgage covers it no more", freed, ["2 not-under-construction"]),
    (presold, "the building is registered", taken, [
        "1 unit-registered", "2 right-unknown", "3 notice-mismatch", "4 right-unknown", "5 notice-mismatch",
    ]),
    (presold, "the purchase's notice has ended", cancelled(0), ["3 notice-ended"]),
    (presold, "the bank leaves", suspended(B1), ["4 mortgagee-unknown", "5 notice-mismatch"]),
    (presold, "the mortgage's notice has ended", cancelled(1), ["5 notice-ended"]),
    (heir_sells, "the unit is disputed", dispute, ["1 disputed", "2 right-unknown", "2 disputed"]),
    (one_thing, "the unit is seized", seized, ["1 seized", "2 holder-stays"]),
    (one_thing, "a company leaves", suspended(POWER), ["2 utility-unknown"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("bundle", "given", "expected"),
    [(one[0], *one[2:]) for one in LATE],
    ids=[f"{one[0].__name__}: {one[1]}" for one in LATE],
)
def test_what_comes_between_leaves_the_whole_case_unentered(
    town: World, bundle: Bundle, given: Given, expected: list[str]
) -> None:
    case = accepted(town, bundle(town))
    given(town)
    before = dict(town.register.items())
    done = town.enter(case)
    assert (done.outcome, reasons(done), done.changes) == ("refused", expected, ())
    assert dict(town.register.items()) == before
    assert town.one(Case, case).state == "accepted"


def test_a_bundle_whose_tax_is_open_is_not_entered_in_part(town: World) -> None:
    acts, by = paid_off(town)
    case = town.accepted(R, *acts, signers=keys(*by))
    before = dict(town.register.items())
    done = town.enter(case)
    assert reasons(done) == ["tax-not-cleared", "iit-not-cleared"]
    assert dict(town.register.items()) == before
