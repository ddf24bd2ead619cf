"""Assessment and clearance 核税与完税: the bureau states what is due, and confirms each tax by its voucher.

Each transfer of a case needs its own voucher (Deed Tax Law 1; STA notice [2021] no. 25: taxes are declared by unit):
an heir who sells at once shows his exemption and his buyer's payment. A tax paid in parts is cleared by the voucher
of the last part. What was paid stays paid when the bureau assesses anew, but each tax must be cleared again under the
new version. Vouchers of a case that ended without entry may clear the same deal when it is applied for again, and
then no longer count for the old one.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register.members import KeyClass
from dengbu.ledger.register.records import ACCEPTED, REFUSED, WITHDRAWN, Case, Deal, Voucher
from dengbu.ledger.register.register import Register
from dengbu.ledger.rules import payload_shapes, roles
from dengbu.ledger.rules.rule import Compared, Data, Does, Effects, EventKind, Rule, Title, View
from dengbu.ledger.rules.taxes import TAXES, Tax
from dengbu.ledger.tax import tax
from dengbu.ledger.tax.deals import V as AnyView
from dengbu.ledger.tax.deals import (
    case_is_unknown,
    case_of,
    deal_of,
    named,
    nothing_to_tax,
    recorded,
    stands_in_none,
)
from dengbu.ledger.tax.tax import ASSESSED, CANCELLED, CLEARED, DECLARED, PART, PART_PAID, PAYMENT

CaseNumber = Annotated[str, Meta(min_length=1, max_length=64)]
# Vouchers are opaque, but no two numbers may look alike: no blanks, no invisible and no full-width characters.
VoucherNumber = Annotated[str, Meta(pattern=r"^[0-9A-Za-z\u4e00-\u9fff()\[\]\u3014\u3015/._-]{1,32}\Z")]
VOUCHERS_MAX = 16


class Assess(Data, frozen=True):
    """The tax bureau states, as the next version, which taxes are due; a tax that is not named is not due."""

    case: CaseNumber
    version: Annotated[int, Meta(ge=1)]
    gates: dict[Tax, Literal["due", "none"]]


class Cited(Data, frozen=True):
    """A voucher of a tax: its number, and whether it shows the payment (or the rest of it), a part, or an exemption."""

    tax: Tax
    number: VoucherNumber
    kind: Literal["payment", "part", "exemption"]


class Clear(Data, frozen=True):
    """The tax bureau confirms taxes of the current version by their vouchers."""

    case: CaseNumber
    version: Annotated[int, Meta(ge=1)]
    vouchers: Annotated[tuple[Cited, ...], Meta(min_length=1, max_length=VOUCHERS_MAX)]


V = TypeVar("V", Assess, Clear)


def _case_is_decided(view: AnyView) -> bool:
    case = case_of(view)
    return case is not None and case.state != ACCEPTED


def _is_not_assessable(view: View[Assess]) -> bool:
    return stands_in_none(view, DECLARED, ASSESSED, PART_PAID)


def _is_not_clearable(view: View[Clear]) -> bool:
    return stands_in_none(view, ASSESSED, PART_PAID)


def _is_not_the_next_version(view: View[Assess]) -> bool:
    deal = deal_of(view)
    return deal is not None and view.data.version != deal.version + 1


def _is_not_the_current_version(view: View[Clear]) -> bool:
    deal = deal_of(view)
    return deal is not None and view.data.version != deal.version


def _leaves_out_a_required_tax(view: View[Assess]) -> bool:
    deal = deal_of(view)
    return deal is not None and any(
        one in deal.required and view.data.gates.get(one) != tax.DUE for one in TAXES
    )


def _clears_what_is_not_due(view: View[Clear]) -> bool:
    deal = deal_of(view)
    return deal is not None and any(one.tax not in tax.due(deal) for one in view.data.vouchers)


def _clears_twice(view: View[Clear]) -> bool:
    case, deal = case_of(view), deal_of(view)
    if case is None or deal is None:
        return False
    taxes = dict.fromkeys(one.tax for one in view.data.vouchers)
    too_many = any(len(_clearing(view, deal, one)) > tax.owed(case, deal, one, view.at) for one in taxes)
    return too_many or any(one in deal.cleared for one in taxes)


def _clearing(view: View[Clear], deal: Deal, of: Tax) -> list[Cited]:
    """Return what clears a tax under this version, one voucher a transfer: those shown before, then those cited now."""
    known = [view.register.get(Voucher, number) for number in deal.others]
    before = [
        Cited(of, one.number, "payment" if one.kind == PAYMENT else "exemption")
        for one in known
        if one is not None and (one.tax, one.version) == (of, deal.version) and one.kind != PART
    ]
    return [*before, *(one for one in view.data.vouchers if one.tax == of and one.kind != PART)]


def _voucher_is_used(view: View[Clear]) -> bool:
    numbers = [one.number for one in view.data.vouchers]
    twice = any(one in numbers[:place] for place, one in enumerate(numbers))
    return twice or any(_is_used(view, one) for one in view.data.vouchers)


def _is_used(view: View[Clear], cited: Cited) -> bool:
    """Whether a voucher was used before.

    Not so if it cleared an earlier version of this assessment, or the same deal in a case that ended.
    """
    known = view.register.get(Voucher, cited.number)
    if known is None:
        return False
    if (known.tax, known.kind, known.state) != (cited.tax, cited.kind, "issued"):
        return True
    if known.case == view.data.case:
        return known.version >= view.data.version
    return not _is_the_same_deal(view, known.case)


def _is_the_same_deal(view: View[Clear], ended: str) -> bool:
    """Whether a case that ended without entry asked for the same as this one, and its taxes are not refunded."""
    before, deal, now = view.register.get(Case, ended), view.register.get(Deal, ended), case_of(view)
    if before is None or deal is None or now is None:
        return False
    asked = tax.transfers_of(before, deal, view.at)
    asks = tax.transfers_of(now, named(view), view.at)
    ended_so = before.state in (REFUSED, WITHDRAWN) and deal.state in (CLEARED, PART_PAID)
    return ended_so and tax.terms(asked) == tax.terms(asks)


def _assess(view: View[Assess]) -> Effects:
    deal = named(view)
    gates: dict[str, str] = {one: view.data.gates.get(one, "none") for one in TAXES}
    carried = (*deal.others, *(deal.cleared[one] for one in TAXES if one in deal.cleared))
    assessed = msgspec.structs.replace(
        deal, state=ASSESSED, version=view.data.version, gates=gates, cleared={}, others=carried
    )
    return recorded(assessed)


def _clear(view: View[Clear]) -> Effects:
    deal, cited, case = named(view), view.data.vouchers, case_of(view)
    assert case is not None
    shown = {one.tax: _clearing(view, deal, one.tax) for one in cited}
    whole = {
        of: _shown_as(found) for of, found in shown.items() if len(found) == tax.owed(case, deal, of, view.at)
    }
    cleared = deal.cleared | whole
    others = _without((*deal.others, *(one.number for one in cited)), cleared)
    vouchers = [Voucher(one.number, one.tax, one.kind, deal.case, deal.version, "issued") for one in cited]
    changed = msgspec.structs.replace(deal, cleared=cleared, others=others)
    state = CLEARED if tax.is_cleared(changed) else PART_PAID
    left = _left(view.register, deal.case, [one.number for one in cited])
    return recorded(msgspec.structs.replace(changed, state=state), *vouchers, *left)


def _shown_as(found: Sequence[Cited]) -> str:
    """The voucher that stands for a cleared tax: a payment if there is one, to be compared with what is due."""
    paid = [one.number for one in found if one.kind == PAYMENT]
    return (paid or [one.number for one in found])[-1]


def _without(numbers: Sequence[str], cleared: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in numbers if one not in cleared.values()))


def _left(register: Register, case: str, taken: Sequence[str]) -> tuple[Deal, ...]:
    """Return the deals of ended cases without the vouchers taken: part paid if any voucher remains, otherwise cancelled."""
    known = [register.get(Voucher, number) for number in taken]
    ended = dict.fromkeys(one.case for one in known if one is not None and one.case != case)
    return tuple(_robbed(register, one, taken) for one in ended)


def _robbed(register: Register, case: str, taken: Sequence[str]) -> Deal:
    deal = register.get(Deal, case)
    assert deal is not None, "its voucher was looked at by a rule"
    cleared = {one: number for one, number in deal.cleared.items() if number not in taken}
    others = tuple(one for one in deal.others if one not in taken)
    state = PART_PAID if cleared or others else CANCELLED
    return msgspec.structs.replace(deal, state=state, cleared=cleared, others=others)


ASSESS_RULES: tuple[Rule[View[Assess]], ...] = (
    Rule(Code.CASE_UNKNOWN, (law.DT_10,), case_is_unknown),
    Rule(Code.DEAL_UNKNOWN, (law.DT_10,), nothing_to_tax),
    Rule(Code.CASE_DECIDED, (law.DT_10,), _case_is_decided),
    Rule(Code.DEAL_STATE, (law.DT_10,), _is_not_assessable),
    Rule(Code.ASSESSMENT_VERSION, (law.DT_4,), _is_not_the_next_version),
    Rule(Code.GATE_MANDATORY, (law.DT_11, law.IIT_15, law.LVAT_12), _leaves_out_a_required_tax),
)
CLEAR_RULES: tuple[Rule[View[Clear]], ...] = (
    Rule(Code.CASE_UNKNOWN, (law.DT_11,), case_is_unknown),
    Rule(Code.DEAL_UNKNOWN, (law.DT_11,), nothing_to_tax),
    Rule(Code.CASE_DECIDED, (law.DT_11,), _case_is_decided),
    Rule(Code.DEAL_STATE, (law.DT_11,), _is_not_clearable),
    Rule(Code.ASSESSMENT_VERSION, (law.DT_11,), _is_not_the_current_version),
    Rule(Code.GATE_NOT_DUE, (law.DT_11,), _clears_what_is_not_due),
    Rule(Code.GATE_CLEARED, (law.DT_11,), _clears_twice),
    Rule(Code.RECEIPT_USED, (law.DT_11,), _voucher_is_used),
)

KINDS: tuple[EventKind[Any], ...] = (
    EventKind(
        type="tax.assess",
        title=Title("税额核定", "assessment"),
        senders=roles.TAX,
        signed_by=KeyClass.EVENT,
        open=False,
        compared=Compared.DECLARED,
        does=Does.NOTHING,
        parts={"amounts": payload_shapes.Amounts},
        data=Assess,
        rules=ASSESS_RULES,
        effects=_assess,
    ),
    EventKind(
        type="tax.clear",
        title=Title("完税确认", "clearance"),
        senders=roles.TAX,
        signed_by=KeyClass.EVENT,
        open=False,
        compared=Compared.PAID,
        does=Does.CLEARS_TAX,
        parts={"payments": payload_shapes.Payments},
        data=Clear,
        rules=CLEAR_RULES,
        effects=_clear,
    ),
)
