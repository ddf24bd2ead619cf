"""The tax side of a case 涉税交易: no transfer is entered until each tax that the law names is cleared.

A deal opens with the case. The tax bureau assesses and clears it; the registry locks it during its review, and
consumes it in the same commit that enters the transfer. A deal is bound to its units, rights, new holders, shares and
contract: another contract needs another case with another deal.

    DECLARED -> ASSESSED -> (PART_PAID ->) CLEARED -> LOCKED -> CONSUMED
    ASSESSED | PART_PAID -> ASSESSED (next version)
    LOCKED -> CLEARED, DECLARED | ASSESSED -> CANCELLED (refused or withdrawn before entry)
    ASSESSED -> PART_PAID (likewise, if something was paid under an earlier version)
    CLEARED | PART_PAID | ASSESSED (if something was paid under an earlier version) -> REFUND_REQUESTED
    CONSUMED -> REFUND_REQUESTED (annulled by judgment or award, and the title back with its former holder)
    REFUND_REQUESTED -> REFUNDED
    REFUND_REQUESTED -> CLEARED | PART_PAID | CONSUMED (the bureau declines)
    CONSUMED -> CLAWBACK_DUE -> CONSUMED (an exemption falls away after entry)
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from dengbu.ledger.catalogue import ACTS
from dengbu.ledger.law import law
from dengbu.ledger.law.articles import Article
from dengbu.ledger.law.verdict import Code, Reason
from dengbu.ledger.log.encoding import canonical
from dengbu.ledger.log.envelope import Private
from dengbu.ledger.register.dated import row_in
from dengbu.ledger.register.record import Record
from dengbu.ledger.register.records import Case, Deal, Voucher
from dengbu.ledger.register.register import Register
from dengbu.ledger.rules.rule import LogPosition, Rule, refusals
from dengbu.ledger.rules.rule_sets import FIRST, NEWEST
from dengbu.ledger.rules.taxes import BOUND, TAXES, Tax, required

DECLARED, ASSESSED, PART_PAID, CLEARED = "DECLARED", "ASSESSED", "PART_PAID", "CLEARED"
LOCKED, CONSUMED, CANCELLED = "LOCKED", "CONSUMED", "CANCELLED"
REFUND_REQUESTED, REFUNDED = "REFUND_REQUESTED", "REFUNDED"
CLAWBACK_DUE = "CLAWBACK_DUE"
STATES = (
    DECLARED, ASSESSED, PART_PAID, CLEARED, LOCKED, CONSUMED, REFUND_REQUESTED, REFUNDED, CANCELLED, CLAWBACK_DUE,
)  # fmt: skip
# What the bureau has to act on, or the taxpayers have to pay.
WAITING = (DECLARED, ASSESSED, PART_PAID, REFUND_REQUESTED, CLAWBACK_DUE)
PAYMENT, PART = "payment", "part"  # kinds of voucher, besides the exemption
BINDING_TAG = "dengbu-deal/v1"
CONTRACT = "contract"  # the private part that holds price and contract
DUE = "due"


@dataclass(frozen=True, slots=True)
class DealView:
    """What a rule about entering a case with a deal may look at."""

    register: Register
    case: Case
    deal: Deal
    at: LogPosition


def declare(case: Case, private: Sequence[Private], rule_set: int) -> Deal | None:
    """Return the deal that a new case opens, or None without a transfer; `private` are the parts of its application."""
    transfers = taxed(case.acts, rule_set)
    if not transfers:
        return None
    contract = next((part.commitment for part in private if part.name == CONTRACT), None)
    return Deal(
        case=case.number,
        units=tuple(dict.fromkeys(act["unit"] for act in transfers)),
        state=DECLARED,
        version=0,
        binding=binding(transfers, contract),
        required=_required(transfers, rule_set),
        contract=contract,
    )


def taxed(acts: Sequence[dict[str, Any]], rule_set: int) -> list[dict[str, Any]]:
    """The transfers among acts: those that the rule set with this number taxes."""
    return [act for act in acts if row_in(rule_set, ACTS[act["act"]]).taxed]


def binding(transfers: Sequence[Mapping[str, Any]], contract: str | None) -> str:
    """The hex hash over what is assessed: each transfer's terms and the commitment to the contract.

    Any change to them gives another hash, so a clearance cannot serve another deal.
    """
    value = canonical({"transfers": terms(transfers), CONTRACT: contract})
    return hashlib.sha256(BINDING_TAG.encode() + b"\n" + value).hexdigest()


def terms(transfers: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The terms of a deal, whichever case asks for it: unit, right, cause, sides and shares of each transfer."""
    return [{name: act[name] for name in BOUND} for act in transfers]


def transfers_of(case: Case, deal: Deal, at: LogPosition) -> list[dict[str, Any]]:
    """The transfers of a case that its deal taxes; none if the deal is not the case's."""
    rules = declared_under(case, deal, at)
    return [] if rules is None else taxed(case.acts, rules)


def declared_under(case: Case, deal: Deal, at: LogPosition) -> int | None:
    """Return the number of the rule set under which a case opened this deal; None if there is none.

    A case keeps the taxes with which it was accepted, whatever set is in force by the time it is entered. A set beyond
    that in force counts only if no other fits, which is so after a vote for an earlier set: older software may lack it.
    """
    sets: list[int] = [*range(at.rule_set, FIRST.number - 1, -1), *range(at.rule_set + 1, NEWEST.number + 1)]
    for number in sets:
        transfers = taxed(case.acts, number)
        opened = binding(transfers, deal.contract), _required(transfers, number)
        if opened == (deal.binding, deal.required):
            return number
    return None


def _required(transfers: Sequence[Mapping[str, Any]], rule_set: int) -> tuple[Tax, ...]:
    named = [tax for act in transfers for tax in _required_by(act, rule_set)]
    return tuple(tax for tax in TAXES if tax in named)


def _required_by(act: Mapping[str, Any], rule_set: int) -> tuple[Tax, ...]:
    return required(act["cause"], act["seller"], rule_set) or ()


def tax_reasons(register: Register, case: Case, at: LogPosition) -> tuple[Reason, ...]:
    """Return the reasons for which the taxes of a case bar its entry; none for a case without a deal."""
    deal = register.get(Deal, case.number)
    return () if deal is None else refusals(ENTRY_RULES, DealView(register, case, deal, at), at)


def lock(register: Register, case: str) -> tuple[Record, ...]:
    """Return the records that lock a cleared deal against a refund, as the registry begins its review."""
    return _moved(register, case, {CLEARED: LOCKED})


def unwind(register: Register, case: str) -> tuple[Record, ...]:
    """Return the records of a deal whose case ends without entry.

    What was paid can be refunded; a deal with nothing paid is cancelled.
    """
    deal = register.get(Deal, case)
    assessed = PART_PAID if deal is not None and has_carried(deal) else CANCELLED
    return _moved(register, case, {LOCKED: CLEARED, DECLARED: CANCELLED, ASSESSED: assessed})


def has_carried(deal: Deal) -> bool:
    """Whether something was paid or exempted before a new assessment, which does not take that back."""
    return deal.state == ASSESSED and bool(deal.others)


def is_refunded(register: Register, case: str) -> bool:
    """Whether the taxes of a case were refunded; such a deal never clears again, and the case cannot be entered."""
    deal = register.get(Deal, case)
    return deal is not None and deal.state == REFUNDED


def consume(register: Register, case: str) -> tuple[Record, ...]:
    """Return the records that use up deal and vouchers, in the same commit that enters the case."""
    moved = _moved(register, case, {CLEARED: CONSUMED, LOCKED: CONSUMED})
    deal = register.get(Deal, case)
    return moved if deal is None else (*moved, *vouchers_as("consumed", register, deal))


def vouchers_as(state: str, register: Register, deal: Deal) -> tuple[Record, ...]:
    """Return the vouchers of a deal, changed to another state."""
    numbers = (*(deal.cleared[tax] for tax in TAXES if tax in deal.cleared), *deal.others)
    cited = [register.get(Voucher, number) for number in numbers]
    return tuple(msgspec.structs.replace(one, state=state) for one in cited if one is not None)


def _moved(register: Register, case: str, to: Mapping[str, str]) -> tuple[Record, ...]:
    deal = register.get(Deal, case)
    if deal is None or deal.state not in to:
        return ()
    return (msgspec.structs.replace(deal, state=to[deal.state]),)


def owed(case: Case, deal: Deal, tax: Tax, at: LogPosition) -> int:
    """The number of vouchers that clear a tax of a case: one for each transfer that requires the tax, but at least one.

    A tax that no transfer requires may have been assessed as due.
    """
    rules = declared_under(case, deal, at)
    assert rules is not None, "the case opened the deal"
    return max(1, sum(tax in _required_by(act, rules) for act in taxed(case.acts, rules)))


def due(deal: Deal) -> list[Tax]:
    """The taxes that must be cleared: what the law requires and what was assessed as due."""
    return [tax for tax in TAXES if tax in deal.required or deal.gates.get(tax) == DUE]


def is_cleared(deal: Deal) -> bool:
    """Whether a voucher clears each tax that must be cleared."""
    return all(one in deal.cleared for one in due(deal))


def _uncleared(tax: Tax, code: Code, *articles: Article) -> Rule[DealView]:
    def refuses(view: DealView) -> bool:
        """This tax is required or due, and no voucher shows it cleared."""
        return tax in due(view.deal) and tax not in view.deal.cleared

    return Rule(code, articles, refuses)


def _voucher_is_not_the_deals(view: DealView) -> bool:
    """A voucher was used before, or was issued for another case, or clears a tax of another version."""
    deal = view.deal
    clearing = [view.register.get(Voucher, number) for number in deal.cleared.values()]
    others = [view.register.get(Voucher, number) for number in deal.others]
    if any(one is not None and one.version != deal.version for one in clearing):
        return True
    return any(
        one is None or one.state == "consumed" or one.case != deal.case for one in (*clearing, *others)
    )


def _refund_is_pending(view: DealView) -> bool:
    return view.deal.state == REFUND_REQUESTED


def _is_refunded(view: DealView) -> bool:
    return view.deal.state == REFUNDED


def _is_cancelled(view: DealView) -> bool:
    return view.deal.state == CANCELLED


def _is_another_deal(view: DealView) -> bool:
    return declared_under(view.case, view.deal, view.at) is None


ENTRY_RULES: tuple[Rule[DealView], ...] = (
    _uncleared("deed", Code.TAX_NOT_CLEARED, law.DT_11),
    _uncleared("iit", Code.IIT_NOT_CLEARED, law.IIT_15),
    _uncleared("lvat", Code.LVAT_NOT_CLEARED, law.LVAT_12),
    Rule(Code.RECEIPT_USED, (law.DT_11,), _voucher_is_not_the_deals),
    Rule(Code.TAX_REFUND_PENDING, (law.DT_12,), _refund_is_pending),
    Rule(Code.TAX_REFUNDED, (law.DT_12,), _is_refunded),
    Rule(Code.DEAL_CANCELLED, (law.DT_10,), _is_cancelled),
    Rule(Code.DEAL_CHANGED, (law.DT_10,), _is_another_deal),
)
