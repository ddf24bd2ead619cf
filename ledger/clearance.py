"""Tax events 核税与完税: the bureau assesses a deal, clears it by vouchers, and refunds it."""

from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from ledger import law, tax
from ledger.records import Case, Deal, Record, Voucher
from ledger.rule import Data, Effects, EventKind, Rule, View
from ledger.tax import ASSESSED, CLEARED, DECLARED, LOCKED, PART_PAID, REFUND_REQUESTED, REFUNDED, Tax
from ledger.verdict import Code

CaseNumber = Annotated[str, Meta(min_length=1, max_length=64)]
Version = Annotated[int, Meta(ge=1)]
# Vouchers are opaque, but a blank inside or around would make two numbers of one.
VoucherNumber = Annotated[str, Meta(pattern=r"^[^\s\x00-\x1f\x7f]{1,32}\Z")]
VOUCHERS_MAX = 16


class Assess(Data, frozen=True):
    """The tax bureau states, as the next version, which taxes are due; one not named is none."""

    case: CaseNumber
    version: Annotated[int, Meta(ge=1)]
    gates: dict[Tax, Literal["due", "none"]]


class Cited(Data, frozen=True):
    """A voucher: which tax it clears, its number, and whether it shows a payment or an exemption."""

    tax: Tax
    number: VoucherNumber
    kind: Literal["payment", "exemption"]


class Clear(Data, frozen=True):
    """The tax bureau confirms taxes of the current version by their vouchers."""

    case: CaseNumber
    version: Annotated[int, Meta(ge=1)]
    vouchers: Annotated[tuple[Cited, ...], Meta(min_length=1, max_length=VOUCHERS_MAX)]


class RefundRequest(Data, frozen=True):
    """A refund is asked for, by a code of the ground: from here on the deal clears nothing."""

    case: CaseNumber
    ground: Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,64}\Z")]


class Refund(Data, frozen=True):
    """The tax bureau refunds; the vouchers can never be used again."""

    case: CaseNumber


N = TypeVar("N", Assess, Clear, RefundRequest, Refund)
V = TypeVar("V", Assess, Clear)


def _case(view: View[N]) -> Case | None:
    return view.register.get(Case, view.data.case)


def _deal(view: View[N]) -> Deal | None:
    return view.register.get(Deal, view.data.case)


def _case_is_unknown(view: View[N]) -> bool:
    return _case(view) is None


def _nothing_to_tax(view: View[N]) -> bool:
    return _case(view) is not None and _deal(view) is None


def _case_is_decided(view: View[V]) -> bool:
    case = _case(view)
    return case is not None and case.state != "accepted"


def _stands_in_none(view: View[N], *states: str) -> bool:
    deal = _deal(view)
    return deal is not None and deal.state not in states


def _is_not_assessable(view: View[Assess]) -> bool:
    return _stands_in_none(view, DECLARED, ASSESSED, PART_PAID)


def _is_not_clearable(view: View[Clear]) -> bool:
    return _stands_in_none(view, ASSESSED, PART_PAID)


def _is_not_refundable(view: View[RefundRequest]) -> bool:
    return _stands_in_none(view, CLEARED, PART_PAID, LOCKED)


def _is_locked(view: View[RefundRequest]) -> bool:
    deal = _deal(view)
    return deal is not None and deal.state == LOCKED


def _refund_was_not_asked_for(view: View[Refund]) -> bool:
    return _stands_in_none(view, REFUND_REQUESTED)


def _is_not_the_next_version(view: View[Assess]) -> bool:
    deal = _deal(view)
    return deal is not None and view.data.version != deal.version + 1


def _is_not_the_current_version(view: View[Clear]) -> bool:
    deal = _deal(view)
    return deal is not None and view.data.version != deal.version


def _leaves_out_a_required_tax(view: View[Assess]) -> bool:
    deal = _deal(view)
    return deal is not None and any(
        one in deal.required and view.data.gates.get(one) != tax.DUE for one in tax.TAXES
    )


def _clears_what_is_not_due(view: View[Clear]) -> bool:
    deal = _deal(view)
    return deal is not None and any(one.tax not in tax.due(deal) for one in view.data.vouchers)


def _clears_twice(view: View[Clear]) -> bool:
    deal, taxes = _deal(view), [one.tax for one in view.data.vouchers]
    cleared = deal.cleared if deal else {}
    return any(one in cleared or one in taxes[:place] for place, one in enumerate(taxes))


def _voucher_is_used(view: View[Clear]) -> bool:
    numbers = [one.number for one in view.data.vouchers]
    twice = any(one in numbers[:place] for place, one in enumerate(numbers))
    return twice or any(_is_used(view, one) for one in view.data.vouchers)


def _is_used(view: View[Clear], cited: Cited) -> bool:
    """Known already, unless an earlier version of this very assessment was cleared by it."""
    known = view.register.get(Voucher, cited.number)
    if known is None:
        return False
    restated = (known.case, known.tax, known.kind) == (view.data.case, cited.tax, cited.kind)
    return not restated or known.state != "issued" or known.version >= view.data.version


def _assess(view: View[Assess]) -> Effects:
    deal = _deal(view)
    assert deal is not None
    gates: dict[str, str] = {one: view.data.gates.get(one, "none") for one in tax.TAXES}
    assessed = msgspec.structs.replace(
        deal, state=ASSESSED, version=view.data.version, gates=gates, cleared={}
    )
    return _recorded(assessed)


def _clear(view: View[Clear]) -> Effects:
    deal = _deal(view)
    assert deal is not None
    cleared = deal.cleared | {one.tax: one.number for one in view.data.vouchers}
    complete = all(one in cleared for one in tax.due(deal))
    vouchers = [
        Voucher(one.number, one.tax, one.kind, deal.case, deal.version, "issued")
        for one in view.data.vouchers
    ]
    state = CLEARED if complete else PART_PAID
    return _recorded(msgspec.structs.replace(deal, state=state, cleared=cleared), *vouchers)


def _request_refund(view: View[RefundRequest]) -> Effects:
    deal = _deal(view)
    assert deal is not None
    return _recorded(msgspec.structs.replace(deal, state=REFUND_REQUESTED))


def _refund(view: View[Refund]) -> Effects:
    deal = _deal(view)
    assert deal is not None
    vouchers = tax.vouchers_as("refunded", view.register, deal)
    return _recorded(msgspec.structs.replace(deal, state=REFUNDED), *vouchers)


def _recorded(deal: Deal, *more: Record) -> Effects:
    result = {"case": deal.case, "state": deal.state, "version": deal.version}
    return Effects("recorded", (deal, *more), result)


ASSESS_RULES: tuple[Rule[View[Assess]], ...] = (
    Rule(Code.CASE_UNKNOWN, (law.DT_10,), _case_is_unknown),
    Rule(Code.DEAL_UNKNOWN, (law.DT_10,), _nothing_to_tax),
    Rule(Code.CASE_DECIDED, (law.DT_10,), _case_is_decided),
    Rule(Code.DEAL_STATE, (law.DT_10,), _is_not_assessable),
    Rule(Code.ASSESSMENT_VERSION, (law.DT_4,), _is_not_the_next_version),
    Rule(Code.GATE_MANDATORY, (law.DT_11, law.IIT_15, law.LVAT_12), _leaves_out_a_required_tax),
)
CLEAR_RULES: tuple[Rule[View[Clear]], ...] = (
    Rule(Code.CASE_UNKNOWN, (law.DT_11,), _case_is_unknown),
    Rule(Code.DEAL_UNKNOWN, (law.DT_11,), _nothing_to_tax),
    Rule(Code.CASE_DECIDED, (law.DT_11,), _case_is_decided),
    Rule(Code.DEAL_STATE, (law.DT_11,), _is_not_clearable),
    Rule(Code.ASSESSMENT_VERSION, (law.DT_11,), _is_not_the_current_version),
    Rule(Code.GATE_NOT_DUE, (law.DT_11,), _clears_what_is_not_due),
    Rule(Code.GATE_CLEARED, (law.DT_11,), _clears_twice),
    Rule(Code.RECEIPT_USED, (law.DT_11,), _voucher_is_used),
)
REQUEST_RULES: tuple[Rule[View[RefundRequest]], ...] = (
    Rule(Code.CASE_UNKNOWN, (law.DT_12,), _case_is_unknown),
    Rule(Code.DEAL_UNKNOWN, (law.DT_12,), _nothing_to_tax),
    Rule(Code.DEAL_STATE, (law.DT_12,), _is_not_refundable),
    Rule(Code.DEAL_LOCKED, (law.DT_12,), _is_locked),
)
REFUND_RULES: tuple[Rule[View[Refund]], ...] = (
    Rule(Code.CASE_UNKNOWN, (law.DT_12,), _case_is_unknown),
    Rule(Code.DEAL_UNKNOWN, (law.DT_12,), _nothing_to_tax),
    Rule(Code.DEAL_STATE, (law.DT_12,), _refund_was_not_asked_for),
)

KINDS: tuple[EventKind[Any], ...] = (
    EventKind("tax.assess", Assess, ASSESS_RULES, _assess),
    EventKind("tax.clear", Clear, CLEAR_RULES, _clear),
    EventKind("tax.refund-request", RefundRequest, REQUEST_RULES, _request_refund),
    EventKind("tax.refund", Refund, REFUND_RULES, _refund),
)
