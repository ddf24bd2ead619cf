"""The deal beside a transfer: gates by law, versions, vouchers used once, lock, refund, and what entry requires."""

from typing import Any

import msgspec
import pytest

from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register.records import Case, Deal, Voucher
from dengbu.ledger.rules.rule_sets import NEWEST
from dengbu.ledger.rules.taxes import REQUIRED
from dengbu.ledger.tax import tax
from dengbu.ledger.tax.assessment import Clear
from tests.ledger.deal_steps import (
    DEED,
    DUE,
    IIT,
    NO_CASE,
    STATES,
    UNCLEARED,
    act_of,
    assess,
    bring_to,
    clear,
    refund,
    registry,
    request_refund,
    sale,
    state,
    voucher,
)
from tests.worlds import UNIT, UNIT_2, World, codes, holder, mortgage_act, ref, the_right, world


@pytest.fixture
def town() -> World:
    """A network with a title on each of two units."""
    made = world()
    made.title()
    made.title(UNIT_2)
    return made


# ---- what a transfer must have ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cause", "seller", "gates", "expected"),
    [
        ("sale", "person", {"deed": "due", "iit": "due"}, []),
        ("sale", "person", {"deed": "due", "iit": "none"}, ["gate-mandatory"]),
        ("sale", "person", {"deed": "none", "iit": "due"}, ["gate-mandatory"]),
        ("sale", "person", {"deed": "due"}, ["gate-mandatory"]),
        ("sale", "person", {}, ["gate-mandatory"]),
        ("sale", "person", {"deed": "due", "iit": "due", "lvat": "due"}, []),
        ("sale", "enterprise", {"deed": "due", "lvat": "due"}, []),
        ("sale", "enterprise", {"deed": "due", "iit": "due", "lvat": "none"}, ["gate-mandatory"]),
        ("gift", "person", {"deed": "due", "iit": "due"}, []),
        ("gift", "person", {"deed": "due"}, ["gate-mandatory"]),
        ("gift", "enterprise", {"deed": "due"}, ["gate-mandatory"]),
        ("gift", "enterprise", {"deed": "due", "lvat": "due"}, []),
        ("inheritance", "person", {"deed": "due"}, []),
        ("inheritance", "person", {"iit": "due"}, ["gate-mandatory"]),
        ("merger", "enterprise", {}, ["gate-mandatory"]),
    ],
)
def test_the_law_says_which_taxes_are_assessed(
    town: World, cause: str, seller: str, gates: dict[str, str], expected: list[str]
) -> None:
    case = sale(town, cause=cause, seller=seller)
    done = town.do("hz-tax", "tax.assess", {"case": case, "version": 1, "gates": gates})
    assert codes(done) == expected
    assert state(town, case) == (tax.DECLARED if expected else tax.ASSESSED)


CAUSES = (
    "sale", "gift", "exchange", "contribution", "merger", "inheritance", "legacy", "judgment", "share-change",
    "court-order",
)  # fmt: skip


CANNOT_BE = (("merger", "person"), ("inheritance", "enterprise"), ("legacy", "enterprise"))


def test_every_cause_and_seller_has_its_row() -> None:
    pairs = [(cause, seller) for cause in CAUSES for seller in ("person", "enterprise")]
    assert list(REQUIRED) == [pair for pair in pairs if pair not in CANNOT_BE]
    assert all("deed" in taxes for taxes in REQUIRED.values())


def test_a_case_of_several_transfers_needs_the_taxes_of_all(town: World) -> None:
    case = town.accepted("hz-registry", act_of(town), act_of(town, UNIT_2, seller="enterprise"))
    assert town.one(Deal, case).required == ("deed", "iit", "lvat")
    assert codes(assess(town, case)) == ["gate-mandatory"]
    assert assess(town, case, lvat="due").outcome == "recorded"


def test_an_heir_clears_by_an_exemption_voucher(town: World) -> None:
    case = sale(town, cause="inheritance", consent=[])
    assess(town, case, iit="none")
    assert codes(town.enter(case)) == ["tax-not-cleared"]
    assert clear(town, case, voucher("deed", "E-1", "exemption")).result["state"] == tax.CLEARED
    assert town.enter(case).outcome == "entered"


# ---- entry --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (tax.DECLARED, UNCLEARED),
        (tax.ASSESSED, UNCLEARED),
        (tax.PART_PAID, ["iit-not-cleared"]),
        (tax.CLEARED, []),
        (tax.LOCKED, []),
        (tax.REFUND_REQUESTED, ["tax-refund-pending"]),
        (tax.REFUNDED, ["tax-refunded"]),
        (tax.CANCELLED, ["case-decided"]),
        (tax.CONSUMED, ["case-decided"]),
    ],
)
def test_only_a_cleared_deal_lets_a_transfer_be_entered(town: World, where: str, expected: list[str]) -> None:
    case = bring_to(town, where)
    done = town.enter(case)
    assert codes(done) == expected
    if not expected:
        assert state(town, case) == tax.CONSUMED
        assert [town.one(Voucher, one).state for one in ("N-1", "N-2")] == ["consumed", "consumed"]


def test_each_tax_cites_its_own_statute(town: World) -> None:
    case = sale(town, seller="enterprise")
    assess(town, case, lvat="due")
    refused = town.enter(case)
    cited = [(reason.code, [one.id for one in reason.law]) for reason in refused.reasons]
    assert cited == [
        (Code.TAX_NOT_CLEARED, ["DT-11"]),
        (Code.IIT_NOT_CLEARED, ["IIT-15"]),
        (Code.LVAT_NOT_CLEARED, ["LVAT-12"]),
    ]


def test_entry_and_consumption_are_one_commit(town: World) -> None:
    case = bring_to(town, tax.LOCKED)
    done = town.judge(town.envelope("hz-registry", "case.enter", {"case": case}))
    changed = {record.TABLE: record for record in done.changes}
    assert {"right", "case", "deal", "voucher"} <= set(changed)
    assert state(town, case) == tax.LOCKED, "judging writes nothing"


def test_a_seizure_stops_the_entry_of_a_cleared_deal_and_the_tax_can_be_refunded(town: World) -> None:
    town.court()
    case = bring_to(town, tax.CLEARED)
    town.do("court-1", "court.seize", {"unit": UNIT, "document": "1号", "until": "2027-01-01"})
    assert codes(town.enter(case)) == ["seized"]
    assert request_refund(town, case).outcome == "recorded"
    assert codes(town.enter(case)) == ["seized", "tax-refund-pending"]


def test_a_case_without_a_transfer_has_no_deal(town: World) -> None:
    right = the_right(town)
    case = town.accepted("bank-a", mortgage_act(right))
    assert town.register.get(Deal, case) is None
    for done in (assess(town, case), clear(town, case), request_refund(town, case), refund(town, case)):
        assert codes(done) == ["deal-unknown"]
    registry(town, "review", case)
    assert town.enter(case).outcome == "entered"


@pytest.mark.parametrize(
    ("what", "deal", "vouchers", "expected"),
    [
        ("a consumed voucher", {}, {"state": "consumed"}, ["receipt-used"]),
        ("a voucher of another case", {}, {"case": NO_CASE}, ["receipt-used"]),
        ("a voucher of an older version", {"version": 2}, {}, ["receipt-used"]),
        ("a voucher nobody issued", {"cleared": {"deed": "X", "iit": "N-2"}}, {}, ["receipt-used"]),
        ("a gate taken out", {"cleared": {"deed": "N-1"}}, {}, ["iit-not-cleared"]),
        ("gates said to be none", {"gates": {}, "cleared": {}}, {}, UNCLEARED),
        ("cancelled after all", {"state": tax.CANCELLED}, {}, ["deal-cancelled"]),
        ("another contract", {"contract": ref("other")}, {}, ["deal-changed"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_entry_trusts_no_row_alone(
    town: World, what: str, deal: dict[str, Any], vouchers: dict[str, Any], expected: list[str]
) -> None:
    case = bring_to(town, tax.CLEARED)
    town.change(town.one(Deal, case), **deal)
    town.change(town.one(Voucher, "N-1"), **vouchers)
    assert codes(town.enter(case)) == expected


# ---- the binding --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [
        {"unit": UNIT_2},
        {"right": "R-9"},
        {"cause": "gift"},
        {"seller": "enterprise"},
        {"mode": "joint"},
        {"holders": [holder("other")]},
        {"holders": [holder("buyer", "1/2")]},
        {"holders": [holder("buyer"), holder("other")]},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_any_other_deal_has_another_binding(town: World, changed: dict[str, Any]) -> None:
    case = sale(town)
    act = act_of(town)
    contract = town.one(Deal, case).contract
    assert tax.binding([act], contract) == town.one(Deal, case).binding
    assert tax.binding([act | changed], contract) != town.one(Deal, case).binding


def test_the_binding_covers_the_contract_and_every_transfer(town: World) -> None:
    act, other = act_of(town), act_of(town, UNIT_2)
    found = [
        tax.binding([act], ref("one")),
        tax.binding([act], ref("two")),
        tax.binding([act], None),
        tax.binding([act, other], ref("one")),
        tax.binding([other, act], ref("one")),
    ]
    assert len(set(found)) == len(found)
    discharge = {"act": "mortgage.discharge", "mortgage": "M-1"}
    assert tax.taxed([act, discharge], NEWEST.number) == [act], "other acts are not taxed"


def test_acts_changed_behind_the_deal_are_noticed(town: World) -> None:
    case = bring_to(town, tax.CLEARED)
    acts = ({**act_of(town), "holders": [holder("someone else")]},)
    town.change(town.one(Case, case), acts=acts)
    assert codes(town.enter(case)) == ["deal-changed"]


# ---- assessment ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", STATES)
def test_assess_in_each_state(town: World, where: str) -> None:
    case = bring_to(town, where)
    version = town.one(Deal, case).version + 1
    open_ = where in (tax.DECLARED, tax.ASSESSED, tax.PART_PAID)
    decided = ["case-decided"] if where in (tax.CONSUMED, tax.CANCELLED, tax.CLAWBACK_DUE) else []
    done = assess(town, case, version)
    assert codes(done) == ([] if open_ else [*decided, "deal-state"])
    if open_:
        assert (state(town, case), town.one(Deal, case).cleared) == (tax.ASSESSED, {})


@pytest.mark.parametrize(("version", "expected"), [(1, False), (2, True), (3, False)])
def test_versions_follow_one_another(town: World, version: int, expected: bool) -> None:
    case = bring_to(town, tax.ASSESSED)
    done = assess(town, case, version)
    assert codes(done) == ([] if expected else ["assessment-version"])


@pytest.mark.parametrize(
    ("type_", "data"),
    [
        ("tax.assess", {"version": 1, "gates": DUE}),
        ("tax.clear", {"version": 1, "vouchers": [DEED]}),
        ("tax.refund-request", {"ground": "void"}),
        ("tax.refund", {}),
    ],
)
def test_an_unknown_case_has_nothing_to_tax(town: World, type_: str, data: dict[str, Any]) -> None:
    assert codes(town.do("hz-tax", type_, {"case": NO_CASE, **data})) == ["case-unknown"]


# ---- clearance ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", STATES)
def test_clear_in_each_state(town: World, where: str) -> None:
    case = bring_to(town, where)
    version = max(1, town.one(Deal, case).version)
    done = clear(town, case, voucher("iit", "N-9"), version=version)
    if where in (tax.ASSESSED, tax.PART_PAID):
        assert done.outcome == "recorded", codes(done)
    else:
        assert "deal-state" in codes(done)


def test_part_and_rest(town: World) -> None:
    case = bring_to(town, tax.ASSESSED)
    assert clear(town, case, DEED).result == {"case": case, "state": tax.PART_PAID, "version": 1}
    assert clear(town, case, IIT).result["state"] == tax.CLEARED
    assert town.one(Deal, case).cleared == {"deed": "N-1", "iit": "N-2"}


@pytest.mark.parametrize(
    ("what", "vouchers", "version", "expected"),
    [
        ("an older version", [DEED], 1, ["assessment-version"]),
        ("a version to come", [DEED], 3, ["assessment-version"]),
        ("a tax not due", [voucher("lvat", "N-3")], 2, ["gate-not-due"]),
        ("a tax twice", [DEED, voucher("deed", "N-3")], 2, ["gate-cleared"]),
        ("a number twice", [DEED, voucher("deed", "N-1")], 2, ["gate-cleared", "receipt-used"]),
        ("a tax cleared before", [voucher("iit", "N-8")], 2, ["gate-cleared"]),
        ("the same voucher again", [voucher("iit", "N-7")], 2, ["gate-cleared", "receipt-used"]),
        ("all at once", [voucher("lvat", "N-7"), voucher("lvat", "N-7")], 1,
         ["assessment-version", "gate-not-due", "gate-cleared", "receipt-used"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_clear(
    town: World, what: str, vouchers: list[dict[str, str]], version: int, expected: list[str]
) -> None:
    case = bring_to(town, tax.ASSESSED)
    assess(town, case, 2)
    assert clear(town, case, voucher("iit", "N-7"), version=2).result["state"] == tax.PART_PAID
    before = dict(town.register.items())
    assert codes(clear(town, case, *vouchers, version=version)) == expected
    assert dict(town.register.items()) == before


def test_a_new_version_wants_its_vouchers_stated_anew(town: World) -> None:
    case = bring_to(town, tax.PART_PAID)
    assess(town, case, 2)
    assert codes(town.enter(case)) == UNCLEARED
    assert clear(town, case, DEED, IIT, version=2).result["state"] == tax.CLEARED
    assert town.one(Voucher, "N-1").version == 2
    assert town.enter(case).outcome == "entered"


@pytest.mark.parametrize(
    "cited", [voucher("iit", "N-1"), voucher("deed", "N-1", "exemption")], ids=["other tax", "other kind"]
)
def test_a_voucher_does_not_change_its_meaning_between_versions(town: World, cited: dict[str, str]) -> None:
    case = bring_to(town, tax.PART_PAID)
    assess(town, case, 2)
    assert codes(clear(town, case, cited, version=2)) == ["receipt-used"]


@pytest.mark.parametrize("where", [tax.CLEARED, tax.CONSUMED, tax.REFUNDED])
def test_a_voucher_number_serves_one_deal_on_the_whole_ledger(town: World, where: str) -> None:
    bring_to(town, where)
    other = sale(town, UNIT_2)
    assess(town, other)
    assert codes(clear(town, other, DEED, voucher("iit", "N-3"))) == ["receipt-used"]


ALIKE = [
    "N-1\u200b",
    "\ufeffN-1",
    "N\u00ad-1",
    "N-1\u0301",
    "\uff2e-1",
    "N\uff0d1",
    "N-\uff11",
    "N\u2060-1",
    "N-1\n",
]


@pytest.mark.parametrize("number", ["", " N-1", "N-1\t", "N 1", "N" * 33, "N\u00a01", "N\u3000", *ALIKE])
def test_a_voucher_number_is_one_word(number: str) -> None:
    kind = {"case": NO_CASE, "version": 1, "vouchers": [voucher("deed", number)]}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(kind, Clear)


@pytest.mark.parametrize("number", ["344010260000000001", "(2026)粤地税No.12/3", "粤税〔2026〕7_a"])
def test_a_voucher_number_is_kept_as_it_is_printed(town: World, number: str) -> None:
    case = bring_to(town, tax.ASSESSED)
    assert clear(town, case, voucher("deed", number)).outcome == "recorded"
    assert town.one(Voucher, number).case == case


# ---- the end of a case --------------------------------------------------------------------------------------------

AFTER = {
    tax.DECLARED: tax.CANCELLED,
    tax.ASSESSED: tax.CANCELLED,
    tax.PART_PAID: tax.PART_PAID,
    tax.CLEARED: tax.CLEARED,
    tax.LOCKED: tax.CLEARED,
    tax.REFUND_REQUESTED: tax.REFUND_REQUESTED,
}


@pytest.mark.parametrize("how", ["refuse", "withdraw"])
@pytest.mark.parametrize("where", list(AFTER))
def test_a_case_that_ends_without_entry_lets_its_deal_go(town: World, where: str, how: str) -> None:
    case = bring_to(town, where)
    assert registry(town, how, case).outcome == "recorded"
    assert state(town, case) == AFTER[where]
    if AFTER[where] in (tax.PART_PAID, tax.CLEARED):
        assert request_refund(town, case).outcome == "recorded"
        assert refund(town, case).outcome == "recorded"


def test_a_closed_case_is_neither_assessed_nor_cleared(town: World) -> None:
    case = bring_to(town, tax.PART_PAID)
    registry(town, "withdraw", case)
    assert codes(assess(town, case, 2)) == ["case-decided"]
    assert codes(clear(town, case, IIT)) == ["case-decided"]


def test_review_locks_only_what_is_cleared(town: World) -> None:
    case = bring_to(town, tax.ASSESSED)
    assert registry(town, "review", case).outcome == "recorded"
    assert state(town, case) == tax.ASSESSED


# ---- refund -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", STATES)
def test_request_a_refund_in_each_state(town: World, where: str) -> None:
    case = bring_to(town, where)
    other = {tax.LOCKED: ["deal-locked"], tax.CONSUMED: ["refund-ground", "title-not-restored"]}
    expected = [] if where in (tax.PART_PAID, tax.CLEARED) else other.get(where, ["deal-state"])
    assert codes(request_refund(town, case)) == expected
    assert state(town, case) == (where if expected else tax.REFUND_REQUESTED)


@pytest.mark.parametrize("where", STATES)
def test_refund_in_each_state(town: World, where: str) -> None:
    case = bring_to(town, where)
    done = refund(town, case)
    assert codes(done) == ([] if where == tax.REFUND_REQUESTED else ["deal-state"])
    if where == tax.REFUND_REQUESTED:
        assert [town.one(Voucher, one).state for one in ("N-1", "N-2")] == ["refunded", "refunded"]


def test_only_the_bureau_assesses_clears_and_refunds(town: World) -> None:
    case = bring_to(town, tax.ASSESSED)
    for type_, data in (
        ("tax.assess", {"version": 2, "gates": DUE}),
        ("tax.clear", {"version": 1, "vouchers": [DEED, IIT]}),
        ("tax.refund-request", {"ground": "void"}),
        ("tax.refund", {}),
    ):
        done = town.do("hz-registry", type_, {"case": case, **data})
        assert codes(done)[0] == "not-authorised"
    assert state(town, case) == tax.ASSESSED
