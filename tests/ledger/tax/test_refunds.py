"""Money back and money owed: parts, carried payments, a deal applied for again, refunds, overpayment, clawback."""

from typing import Any

import pytest

from dengbu.ledger.register.records import Deal, Right, Unit, Voucher
from dengbu.ledger.tax import tax
from dengbu.ledger.transition import Decision
from tests.ledger.deal_steps import (
    DEED,
    IIT,
    NO_CASE,
    STATES,
    assess,
    bring_to,
    claw_back,
    clear,
    decline,
    refund,
    registry,
    request_refund,
    sale,
    state,
    voucher,
)
from tests.worlds import DAY_MS, UNIT, UNIT_2, World, codes, holder, ref, the_right, transfer_act, world

ANNULLED = "judgment-annulled"


@pytest.fixture
def town() -> World:
    """A network with a title on each of two units."""
    made = world()
    made.title()
    made.title(UNIT_2)
    return made


def vouchers(town: World, *numbers: str) -> list[str]:
    """Return the states of vouchers."""
    return [town.one(Voucher, number).state for number in numbers]


# ---- parts and carried payments -------------------------------------------------------------------------------------


def test_a_tax_paid_in_parts_is_cleared_by_the_last(town: World) -> None:
    case = bring_to(town, tax.ASSESSED)
    first = clear(town, case, voucher("deed", "P-1", "part"), IIT)
    assert first.result["state"] == tax.PART_PAID
    assert codes(town.enter(case)) == ["tax-not-cleared"]
    assert clear(town, case, voucher("deed", "P-2", "part")).result["state"] == tax.PART_PAID
    assert clear(town, case, voucher("deed", "P-3")).result["state"] == tax.CLEARED
    assert town.one(Deal, case).cleared == {"deed": "P-3", "iit": "N-2"}
    assert town.one(Deal, case).others == ("P-1", "P-2")
    assert town.enter(case).outcome == "entered"
    assert vouchers(town, "P-1", "P-2", "P-3", "N-2") == ["consumed"] * 4


def test_a_part_and_the_rest_may_come_together(town: World) -> None:
    case = bring_to(town, tax.ASSESSED)
    done = clear(town, case, voucher("deed", "P-1", "part"), voucher("deed", "P-2"), IIT)
    assert done.result["state"] == tax.CLEARED


@pytest.mark.parametrize(
    ("cited", "expected"),
    [
        ([voucher("deed", "P-9", "part")], ["gate-cleared"]),
        ([voucher("iit", "N-1", "part")], ["receipt-used"]),
        ([voucher("iit", "P-1", "part"), voucher("iit", "P-1")], ["receipt-used"]),
        ([voucher("lvat", "P-1", "part")], ["gate-not-due"]),
    ],
    ids=["a tax already cleared", "a voucher already cited", "one number twice", "a tax not due"],
)
def test_a_part_is_refused_like_a_payment(
    town: World, cited: list[dict[str, str]], expected: list[str]
) -> None:
    case = bring_to(town, tax.PART_PAID)
    assert codes(clear(town, case, *cited)) == expected


def test_what_was_paid_is_carried_into_the_next_version_and_used_up_with_it(town: World) -> None:
    case = bring_to(town, tax.PART_PAID)
    assess(town, case, 2)
    assert (town.one(Deal, case).cleared, town.one(Deal, case).others) == ({}, ("N-1",))
    done = clear(town, case, voucher("deed", "N-9"), IIT, version=2)
    assert done.result["state"] == tax.CLEARED
    assert town.one(Deal, case).others == ("N-1",)
    assert town.enter(case).outcome == "entered"
    assert vouchers(town, "N-1", "N-9", "N-2") == ["consumed"] * 3


def test_a_carried_voucher_that_is_stated_anew_counts_once(town: World) -> None:
    case = bring_to(town, tax.PART_PAID)
    assess(town, case, 2)
    assess(town, case, 3)
    clear(town, case, DEED, IIT, version=3)
    assert (town.one(Deal, case).cleared, town.one(Deal, case).others) == ({"deed": "N-1", "iit": "N-2"}, ())


@pytest.mark.parametrize("change", [{"state": "consumed"}, {"case": NO_CASE}], ids=["consumed", "another's"])
def test_entry_looks_at_every_voucher_of_the_deal(town: World, change: dict[str, Any]) -> None:
    case = bring_to(town, tax.ASSESSED)
    clear(town, case, voucher("deed", "P-1", "part"), DEED, IIT)
    town.change(town.one(Voucher, "P-1"), **change)
    assert codes(town.enter(case)) == ["receipt-used"]


# ---- the same deal, applied for again -------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["refuse", "withdraw"])
@pytest.mark.parametrize("where", [tax.CLEARED, tax.LOCKED])
def test_a_clearance_serves_the_same_deal_applied_for_again(town: World, where: str, how: str) -> None:
    before = bring_to(town, where)
    registry(town, how, before)
    again = sale(town)
    assess(town, again)
    assert clear(town, again).result["state"] == tax.CLEARED
    assert (state(town, before), town.one(Deal, before).cleared) == (tax.CANCELLED, {})
    assert codes(request_refund(town, before)) == ["deal-state"]
    assert town.enter(again).outcome == "entered"
    assert vouchers(town, "N-1", "N-2") == ["consumed", "consumed"]


def test_what_stays_with_the_old_deal_can_be_refunded_there(town: World) -> None:
    before = bring_to(town, tax.ASSESSED)
    clear(town, before, voucher("deed", "P-1", "part"), DEED, IIT)
    registry(town, "withdraw", before)
    again = sale(town)
    assess(town, again)
    assert clear(town, again, DEED).outcome == "recorded"
    left = town.one(Deal, before)
    assert (left.state, left.cleared, left.others) == (tax.PART_PAID, {"iit": "N-2"}, ("P-1",))
    request_refund(town, before)
    assert refund(town, before).outcome == "recorded"
    assert vouchers(town, "N-1", "N-2", "P-1") == ["issued", "refunded", "refunded"]
    assert codes(clear(town, again, IIT)) == ["receipt-used"]


@pytest.mark.parametrize(
    "changed",
    [{"holders": [holder("another")]}, {"cause": "gift"}, {"unit": UNIT_2}],
    ids=["another buyer", "another cause", "another unit"],
)
def test_another_deal_is_not_the_same(town: World, changed: dict[str, Any]) -> None:
    registry(town, "withdraw", bring_to(town, tax.CLEARED))
    unit = changed.pop("unit", UNIT)
    other = sale(town, unit, **changed)
    assess(town, other)
    assert codes(clear(town, other)) == ["receipt-used"]


@pytest.mark.parametrize(
    ("where", "ended"),
    [
        (tax.CLEARED, False),
        (tax.REFUND_REQUESTED, True),
        (tax.REFUNDED, True),
        (tax.CONSUMED, False),
    ],
)
def test_only_what_lies_idle_is_taken_over(town: World, where: str, ended: bool) -> None:
    before = bring_to(town, where)
    if ended:
        assert registry(town, "withdraw", before).outcome == "recorded"
    right = town.one(Right, f"R-{UNIT}-1")
    if where == tax.CONSUMED:
        town.change(right, status="current")  # as if the same right could be sold twice
    again = town.accepted("hz-registry", transfer_act(right))
    assess(town, again)
    assert codes(clear(town, again)) == ["receipt-used"]
    assert state(town, before) == where


@pytest.mark.parametrize("cited", [voucher("deed", "N-1", "exemption"), voucher("iit", "N-1")])
def test_a_voucher_taken_over_keeps_its_meaning(town: World, cited: dict[str, str]) -> None:
    registry(town, "withdraw", bring_to(town, tax.CLEARED))
    again = sale(town)
    assess(town, again)
    assert codes(clear(town, again, cited)) == ["receipt-used"]


def test_a_voucher_whose_case_is_gone_is_nobodys(town: World) -> None:
    case = bring_to(town, tax.CLEARED)
    town.change(town.one(Voucher, "N-1"), case=NO_CASE)
    registry(town, "withdraw", case)
    again = sale(town)
    assess(town, again)
    assert codes(clear(town, again, DEED)) == ["receipt-used"]


# ---- refund ---------------------------------------------------------------------------------------------------------


def sold(town: World, case: str) -> str:
    """The title goes back: the buyer sells it to the seller. Return the second case."""
    right = the_right(town)
    back = town.accepted("hz-registry", transfer_act(right, "owner"))
    assess(town, back)
    clear(town, back, voucher("deed", "N-3"), voucher("iit", "N-4"))
    assert town.enter(back).outcome == "entered"
    return back


@pytest.mark.parametrize("ground", ["judgment-annulled", "award-annulled"])
def test_after_entry_a_refund_needs_an_annulment_and_the_title_back(town: World, ground: str) -> None:
    case = bring_to(town, tax.CONSUMED)
    assert codes(request_refund(town, case)) == ["refund-ground", "title-not-restored"]
    assert codes(request_refund(town, case, ground)) == ["title-not-restored"]
    sold(town, case)
    assert codes(request_refund(town, case)) == ["refund-ground"]
    assert request_refund(town, case, ground).outcome == "recorded"
    assert vouchers(town, "N-1", "N-2") == ["consumed", "consumed"]
    assert refund(town, case).result["state"] == tax.REFUNDED
    assert vouchers(town, "N-1", "N-2") == ["refunded", "refunded"]


@pytest.mark.parametrize(
    "changed",
    [
        {"holders": ()},
        {"mode": "joint"},
        {"right": None},
    ],
    ids=["others hold it", "held in another way", "nobody holds it"],
)
def test_the_title_is_back_only_when_the_same_hold_the_same(town: World, changed: dict[str, Any]) -> None:
    case = bring_to(town, tax.CONSUMED)
    sold(town, case)
    unit = town.one(Unit, UNIT)
    town.change(unit if "right" in changed else town.one(Right, unit.right), **changed)
    assert codes(request_refund(town, case, ANNULLED)) == ["title-not-restored"]


@pytest.mark.parametrize("where", [tax.PART_PAID, tax.CLEARED, tax.CONSUMED])
def test_a_declined_refund_leaves_the_deal_as_it_was(town: World, where: str) -> None:
    case = bring_to(town, where)
    if where == tax.CONSUMED:
        sold(town, case)
    assert request_refund(town, case, ANNULLED).outcome == "recorded"
    assert decline(town, case).result["state"] == where
    assert state(town, case) == where
    if where == tax.CLEARED:
        assert town.enter(case).outcome == "entered"


@pytest.mark.parametrize("where", STATES)
def test_only_what_was_asked_for_is_declined(town: World, where: str) -> None:
    case = bring_to(town, where)
    assert codes(decline(town, case)) == ([] if where == tax.REFUND_REQUESTED else ["deal-state"])


def test_a_seizure_that_stops_a_locked_deal_opens_the_way_to_a_refund(town: World) -> None:
    town.court()
    case = bring_to(town, tax.LOCKED)
    town.do("court-1", "court.seize", {"unit": UNIT, "document": "1号", "until": "2027-01-01"})
    assert codes(town.enter(case)) == ["seized"]
    assert codes(request_refund(town, case)) == ["deal-locked"]
    registry(town, "withdraw", case)
    assert request_refund(town, case).outcome == "recorded"
    assert refund(town, case).outcome == "recorded"


# ---- overpayment ----------------------------------------------------------------------------------------------------


def overpaid(town: World, case: str, **changed: str) -> Decision:
    """Have the bureau pay back what was overpaid; return the decision."""
    data = {"case": case, "tax": "deed", "paid_on": "2026-11-20", "found_by": "taxpayer", **changed}
    return town.do("hz-tax", "tax.overpayment", data)


@pytest.mark.parametrize("where", STATES)
def test_an_overpayment_is_paid_back_and_the_clearance_stays(town: World, where: str) -> None:
    case = bring_to(town, where)
    done = overpaid(town, case)
    if where in (tax.PART_PAID, tax.CLEARED, tax.CONSUMED, tax.CLAWBACK_DUE):
        assert done.outcome == "recorded", codes(done)
        assert (state(town, case), town.one(Deal, case).repaid) == (where, ("deed",))
        assert town.one(Voucher, "N-1").state == (
            "issued" if where in (tax.PART_PAID, tax.CLEARED) else "consumed"
        )
    elif where == tax.LOCKED:
        assert codes(done) == ["deal-locked"]
    else:
        assert codes(done)[0] == "deal-state"
    if where == tax.CLEARED:
        assert town.enter(case).outcome == "entered"


@pytest.mark.parametrize(
    ("days", "changed", "expected"),
    [
        (0, {"paid_on": "2026-11-22"}, []),
        (0, {"paid_on": "2026-11-23"}, ["payment-date"]),
        (0, {"paid_on": "2026-02-30"}, ["payment-date"]),
        (0, {"tax": "lvat"}, ["tax-not-paid"]),
        (0, {"tax": "lvat", "paid_on": "2030-01-01"}, ["tax-not-paid", "payment-date"]),
        (1096, {"paid_on": "2026-11-22"}, []),
        (1097, {"paid_on": "2026-11-22"}, ["overpayment-late"]),
        (1097, {"paid_on": "2026-11-22", "found_by": "bureau"}, []),
        (0, {"paid_on": "2023-11-22"}, []),  # the third anniversary, 2026-11-22, is a Sunday
        (1, {"paid_on": "2023-11-22"}, []),
        (2, {"paid_on": "2023-11-22"}, ["overpayment-late"]),
    ],
)
def test_when_an_overpayment_may_be_claimed(
    town: World, days: int, changed: dict[str, str], expected: list[str]
) -> None:
    case = bring_to(town, tax.CONSUMED)
    town.time += days * DAY_MS
    assert codes(overpaid(town, case, **changed)) == expected


def test_an_exemption_is_no_payment(town: World) -> None:
    case = bring_to(town, tax.ASSESSED)
    clear(town, case, voucher("deed", "E-1", "exemption"), IIT)
    assert codes(overpaid(town, case)) == ["tax-not-paid"]


# ---- clawback -------------------------------------------------------------------------------------------------------


def settle(town: World, case: str, *numbers: str) -> Decision:
    """Record that what fell due has been paid; return the decision."""
    return town.do("hz-tax", "tax.clawback-paid", {"case": case, "vouchers": list(numbers or ("B-1",))})


@pytest.mark.parametrize("where", STATES)
def test_claw_back_in_each_state(town: World, where: str) -> None:
    case = bring_to(town, where)
    assert codes(claw_back(town, case)) == ([] if where == tax.CONSUMED else ["deal-state"])


@pytest.mark.parametrize("where", STATES)
def test_settle_in_each_state(town: World, where: str) -> None:
    case = bring_to(town, where)
    done = settle(town, case, "B-1", "B-2")
    assert codes(done) == ([] if where == tax.CLAWBACK_DUE else ["deal-state"])
    if where == tax.CLAWBACK_DUE:
        assert state(town, case) == tax.CONSUMED
        assert vouchers(town, "B-1", "B-2") == ["consumed", "consumed"]
        assert claw_back(town, case).outcome == "recorded", "the use may change again"


@pytest.mark.parametrize("numbers", [("N-1",), ("B-1", "N-2"), ("B-1", "B-1")])
def test_a_clawback_is_paid_by_fresh_vouchers(town: World, numbers: tuple[str, ...]) -> None:
    case = bring_to(town, tax.CLAWBACK_DUE)
    assert codes(settle(town, case, *numbers)) == ["receipt-used"]


def test_a_clawback_does_not_touch_the_title(town: World) -> None:
    case = bring_to(town, tax.CLAWBACK_DUE)
    right = the_right(town)
    assert [one.ref for one in right.holders] == [ref("buyer")]
    assert sold(town, case)


@pytest.mark.parametrize("case", [NO_CASE, None], ids=["no case", "no deal"])
@pytest.mark.parametrize(
    ("type_", "data"),
    [
        ("tax.refund-decline", {}),
        ("tax.overpayment", {"tax": "deed", "paid_on": "2026-11-20", "found_by": "bureau"}),
        ("tax.clawback", {"ground": "use-changed"}),
        ("tax.clawback-paid", {"vouchers": ["B-1"]}),
        ("tax.refund-request", {"ground": ANNULLED}),
    ],
)
def test_a_case_without_a_deal_has_nothing_to_tax(
    town: World, case: str | None, type_: str, data: dict[str, Any]
) -> None:
    right = the_right(town)
    discharge = {"act": "mortgage.discharge", "mortgage": town.mortgage(right=right)}
    named = case or town.accepted("bank-a", discharge)
    expected = "case-unknown" if case else "deal-unknown"
    assert codes(town.do("hz-tax", type_, {"case": named, **data})) == [expected]
