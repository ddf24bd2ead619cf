"""Refund and recovery 退税与补缴: before entry if the contract fails, after it only once the title has gone back.

An overpayment is paid back without touching the clearance (Tax Collection Law 51). If an exemption falls away after
entry because the use has changed, the tax that it had spared is claimed (Deed Tax Law 8).
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from dengbu.ledger.law import law
from dengbu.ledger.law.calendar import IsoDate, as_date, is_over, legal_date, next_working_day, years_later
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register import co_ownership
from dengbu.ledger.register.members import KeyClass
from dengbu.ledger.register.records import ENTERED, Case, Deal, Right, Unit, Voucher
from dengbu.ledger.register.register import Register
from dengbu.ledger.register.shapes import CaseNumber, ListCode
from dengbu.ledger.rules import payload_shapes, roles
from dengbu.ledger.rules.policies import policy_in_force
from dengbu.ledger.rules.rule import Compared, Data, Does, Effects, EventKind, Rule, Title, View
from dengbu.ledger.rules.taxes import TAXPAYER, FoundBy, Tax
from dengbu.ledger.tax import tax
from dengbu.ledger.tax.assessment import VOUCHERS_MAX, VoucherNumber
from dengbu.ledger.tax.deals import (
    V,
    case_is_unknown,
    case_of,
    deal_of,
    named,
    nothing_to_tax,
    recorded,
    stands_in_none,
)
from dengbu.ledger.tax.tax import (
    CLAWBACK_DUE,
    CLEARED,
    CONSUMED,
    LOCKED,
    PART_PAID,
    PAYMENT,
    REFUND_REQUESTED,
    REFUNDED,
)

# After entry a refund needs an annulment by a court or by arbitration, and the title back with its former holder.
ANNULMENTS = ("judgment-annulled", "award-annulled")
CLAIM_YEARS = 3


class RefundRequest(Data, frozen=True):
    """A refund is requested, on a ground given by its code; from then on the deal clears nothing."""

    case: CaseNumber
    ground: ListCode


class RefundNamed(Data, frozen=True):
    """The tax bureau refunds, and the vouchers can never be used again; or it declines, and the deal stands again."""

    case: CaseNumber


class Overpayment(Data, frozen=True):
    """The tax bureau pays back an overpayment of one tax; amounts are private, and the clearance stays."""

    case: CaseNumber
    tax: Tax
    paid_on: IsoDate
    found_by: FoundBy


class Clawback(Data, frozen=True):
    """Deed tax that an exemption had spared falls due after entry because the use has changed; `ground` is a code."""

    case: CaseNumber
    ground: ListCode


class ClawbackPaid(Data, frozen=True):
    """The deed tax that fell due after entry is paid, by these vouchers."""

    case: CaseNumber
    vouchers: Annotated[tuple[VoucherNumber, ...], Meta(min_length=1, max_length=VOUCHERS_MAX)]


# ---- refund ---------------------------------------------------------------------------------------------------------


def _is_not_refundable(view: V) -> bool:
    deal = deal_of(view)
    if deal is not None and tax.has_carried(deal):
        return False
    return stands_in_none(view, CLEARED, PART_PAID, LOCKED, CONSUMED)


def _is_locked(view: V) -> bool:
    deal = deal_of(view)
    return deal is not None and deal.state == LOCKED


def _is_no_annulment(view: View[RefundRequest]) -> bool:
    deal = deal_of(view)
    return deal is not None and deal.state == CONSUMED and view.data.ground not in ANNULMENTS


def _title_has_not_gone_back(view: View[RefundRequest]) -> bool:
    deal, case = deal_of(view), case_of(view)
    if deal is None or case is None or deal.state != CONSUMED:
        return False
    return not all(_gone_back(view.register, act) for act in tax.transfers_of(case, deal, view.at))


def _gone_back(register: Register, act: dict[str, Any]) -> bool:
    """Whether the holders of the right that was transferred hold the unit again, each with the same share."""
    unit, before = register.get(Unit, act["unit"]), register.get(Right, act["right"])
    now = register.get(Right, unit.right) if unit and unit.right else None
    if now is None or before is None:
        return False
    return co_ownership.is_the_same(before, now.mode, now.holders)


def _refund_was_not_asked_for(view: V) -> bool:
    return stands_in_none(view, REFUND_REQUESTED)


def _request(view: View[RefundRequest]) -> Effects:
    return recorded(msgspec.structs.replace(named(view), state=REFUND_REQUESTED))


def _refund(view: View[RefundNamed]) -> Effects:
    deal = named(view)
    vouchers = tax.vouchers_as("refunded", view.register, deal)
    return recorded(msgspec.structs.replace(deal, state=REFUNDED), *vouchers)


def _decline(view: View[RefundNamed]) -> Effects:
    deal, case = named(view), case_of(view)
    assert case is not None
    return recorded(msgspec.structs.replace(deal, state=_before(case, deal)))


def _before(case: Case, deal: Deal) -> str:
    """The state to which the deal returns when the refund is declined."""
    if case.state == ENTERED:
        return CONSUMED
    return CLEARED if tax.is_cleared(deal) else PART_PAID


# ---- overpayment ----------------------------------------------------------------------------------------------------


def _clears_nothing(view: V) -> bool:
    return stands_in_none(view, PART_PAID, CLEARED, LOCKED, CONSUMED, CLAWBACK_DUE)


def _was_not_paid(view: View[Overpayment]) -> bool:
    deal = deal_of(view)
    if deal is None:
        return False
    voucher = view.register.get(Voucher, deal.cleared.get(view.data.tax, ""))
    return voucher is None or voucher.kind != PAYMENT


def _date_is_impossible(view: View[Overpayment]) -> bool:
    paid = as_date(view.data.paid_on)
    return paid is None or paid > legal_date(view.at.time)


def _is_claimed_too_late(view: View[Overpayment]) -> bool:
    """The taxpayer claims after three years, which end on a working day.

    What the bureau itself finds is paid back at any time.
    """
    paid = as_date(view.data.paid_on)
    if paid is None or view.data.found_by != TAXPAYER:
        return False
    last = next_working_day(years_later(paid, CLAIM_YEARS), policy_in_force(view.register))
    return is_over(last.isoformat(), view.at.time)


def _repay(view: View[Overpayment]) -> Effects:
    deal = named(view)
    return recorded(msgspec.structs.replace(deal, repaid=(*deal.repaid, view.data.tax)))


# ---- clawback -------------------------------------------------------------------------------------------------------


def _is_not_entered(view: V) -> bool:
    return stands_in_none(view, CONSUMED)


def _owes_nothing(view: V) -> bool:
    return stands_in_none(view, CLAWBACK_DUE)


def _voucher_is_used(view: View[ClawbackPaid]) -> bool:
    numbers = view.data.vouchers
    twice = any(one in numbers[:place] for place, one in enumerate(numbers))
    return twice or any(view.register.get(Voucher, one) is not None for one in numbers)


def _claw_back(view: View[Clawback]) -> Effects:
    return recorded(msgspec.structs.replace(named(view), state=CLAWBACK_DUE))


def _settle(view: View[ClawbackPaid]) -> Effects:
    deal = named(view)
    paid = [Voucher(one, "deed", PAYMENT, deal.case, deal.version, "consumed") for one in view.data.vouchers]
    others = (*deal.others, *view.data.vouchers)
    return recorded(msgspec.structs.replace(deal, state=CONSUMED, others=others), *paid)


REQUEST_RULES: tuple[Rule[View[RefundRequest]], ...] = (
    Rule(Code.CASE_UNKNOWN, (law.DT_12,), case_is_unknown),
    Rule(Code.DEAL_UNKNOWN, (law.DT_12,), nothing_to_tax),
    Rule(Code.DEAL_STATE, (law.DT_12,), _is_not_refundable),
    Rule(Code.DEAL_LOCKED, (law.DT_12,), _is_locked),
    Rule(Code.REFUND_GROUND, (law.MOF23,), _is_no_annulment),
    Rule(Code.TITLE_NOT_RESTORED, (law.MOF23,), _title_has_not_gone_back),
)
REFUND_RULES: tuple[Rule[View[RefundNamed]], ...] = (
    Rule(Code.CASE_UNKNOWN, (law.DT_12,), case_is_unknown),
    Rule(Code.DEAL_UNKNOWN, (law.DT_12,), nothing_to_tax),
    Rule(Code.DEAL_STATE, (law.DT_12,), _refund_was_not_asked_for),
)
OVERPAYMENT_RULES: tuple[Rule[View[Overpayment]], ...] = (
    Rule(Code.CASE_UNKNOWN, (law.TAL_51,), case_is_unknown),
    Rule(Code.DEAL_UNKNOWN, (law.TAL_51,), nothing_to_tax),
    Rule(Code.DEAL_STATE, (law.TAL_51,), _clears_nothing),
    Rule(Code.DEAL_LOCKED, (law.TAL_51,), _is_locked),
    Rule(Code.TAX_NOT_PAID, (law.TAL_51,), _was_not_paid),
    Rule(Code.PAYMENT_DATE, (law.TAL_51,), _date_is_impossible),
    Rule(Code.OVERPAYMENT_LATE, (law.TAL_51,), _is_claimed_too_late),
)
CLAWBACK_RULES: tuple[Rule[View[Clawback]], ...] = (
    Rule(Code.CASE_UNKNOWN, (law.DT_8,), case_is_unknown),
    Rule(Code.DEAL_UNKNOWN, (law.DT_8,), nothing_to_tax),
    Rule(Code.DEAL_STATE, (law.DT_8,), _is_not_entered),
)
SETTLE_RULES: tuple[Rule[View[ClawbackPaid]], ...] = (
    Rule(Code.CASE_UNKNOWN, (law.DT_8,), case_is_unknown),
    Rule(Code.DEAL_UNKNOWN, (law.DT_8,), nothing_to_tax),
    Rule(Code.DEAL_STATE, (law.DT_8,), _owes_nothing),
    Rule(Code.RECEIPT_USED, (law.DT_8,), _voucher_is_used),
)

KINDS: tuple[EventKind[Any], ...] = (
    EventKind(
        type="tax.refund-request",
        title=Title("申请退税", "request for a refund"),
        senders=roles.TAX,
        signed_by=KeyClass.EVENT,
        open=False,
        compared=Compared.NOTHING,
        does=Does.AWAITS_TAX,
        parts={},
        data=RefundRequest,
        rules=REQUEST_RULES,
        effects=_request,
    ),
    EventKind(
        type="tax.refund",
        title=Title("退税", "refund"),
        senders=roles.TAX,
        signed_by=KeyClass.EVENT,
        open=False,
        compared=Compared.NOTHING,
        does=Does.NOTHING,
        parts={},
        data=RefundNamed,
        rules=REFUND_RULES,
        effects=_refund,
    ),
    EventKind(
        type="tax.refund-decline",
        title=Title("不予退税", "refund declined"),
        senders=roles.TAX,
        signed_by=KeyClass.EVENT,
        open=False,
        compared=Compared.NOTHING,
        does=Does.CLEARS_TAX,
        parts={},
        data=RefundNamed,
        rules=REFUND_RULES,
        effects=_decline,
    ),
    EventKind(
        type="tax.overpayment",
        title=Title("退还多缴税款", "repayment of overpaid tax"),
        senders=roles.TAX,
        signed_by=KeyClass.EVENT,
        open=False,
        compared=Compared.PAID,
        does=Does.NOTHING,
        parts={"repayment": payload_shapes.Repayment},
        data=Overpayment,
        rules=OVERPAYMENT_RULES,
        effects=_repay,
    ),
    EventKind(
        type="tax.clawback",
        title=Title("追缴免征减征税款", "clawback"),
        senders=roles.TAX,
        signed_by=KeyClass.EVENT,
        open=False,
        compared=Compared.NOTHING,
        does=Does.NOTHING,
        parts={},
        data=Clawback,
        rules=CLAWBACK_RULES,
        effects=_claw_back,
    ),
    EventKind(
        type="tax.clawback-paid",
        title=Title("补缴完毕", "clawback paid"),
        senders=roles.TAX,
        signed_by=KeyClass.EVENT,
        open=False,
        compared=Compared.NOTHING,
        does=Does.NOTHING,
        parts={},
        data=ClawbackPaid,
        rules=SETTLE_RULES,
        effects=_settle,
    ),
)
