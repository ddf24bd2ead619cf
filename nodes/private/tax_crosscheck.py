"""Cross-checks an assessment against the rate table, over opened payloads. It warns the tax officer and blocks nothing.

The bureau may know better than the table: it may assess a price above the declared one (Deed Tax Law 4). Only one
finding is not a matter of opinion and stops the bureau's own signature: a relief that this buyer cannot claim.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dengbu.ledger.advisory.calculator import Line, NotCalculable, Transfer, calculate, may_claim
from dengbu.ledger.advisory.rates import ENTERPRISE, PERSON, Kind
from dengbu.ledger.law.calendar import as_date
from dengbu.ledger.law.documents import OF_ORGANISATIONS, document_kind
from dengbu.ledger.log.entry import Entry
from dengbu.ledger.register.records import Case, Deal, Unit
from dengbu.ledger.register.register import Register
from dengbu.ledger.rules.payload_shapes import Amounts, Contract, Parties, Payments, Person, Repayment
from dengbu.ledger.rules.rule_sets import in_force
from dengbu.ledger.tax.tax import taxed
from dengbu.nodes.private.findings import Finding
from dengbu.nodes.private.parts import Misshapen, Part, T, shaped
from dengbu.nodes.private.personal import PrivatePayload

RELIEF_NOT_ELIGIBLE = Finding(
    "relief-not-eligible",
    "amounts.facts.relief",
    "不符合所申请的税收减免条件",
    "the conditions of the claimed relief are not met",
)


@dataclass(frozen=True)
class CrossCheck:
    """The result for a case: the table's lines, the assessed amounts (tax -> fen), and the disagreements."""

    lines: tuple[Line, ...]
    assessed_fen: Mapping[str, int]
    warnings: tuple[Finding, ...]


def cross_check(register: Register, number: str, parts: Sequence[Part]) -> CrossCheck:
    """Compare the current assessment of a case with the rate table and with what was paid."""
    deal = register.get(Deal, number)
    amounts = current_amounts(deal, parts)
    if deal is None or amounts is None:
        return CrossCheck((), {}, ())
    warnings = list(_overpaid(amounts, parts))
    transfer = transfer_of(register, number, amounts, parts)
    if transfer is None:
        return CrossCheck((), amounts.due_fen, (*warnings, _warning("not-calculated", "amounts.facts")))
    if not may_claim(transfer):
        warnings.append(RELIEF_NOT_ELIGIBLE)
    try:
        lines = calculate(transfer)
    except NotCalculable:
        return CrossCheck((), amounts.due_fen, (*warnings, _warning("not-calculated", "amounts.facts")))
    warnings += [
        _warning("differs-from-table", line.tax)
        for line in lines
        if line.tax in amounts.due_fen and amounts.due_fen[line.tax] != line.due_fen
    ]
    return CrossCheck(lines, amounts.due_fen, tuple(warnings))


def opened(payloads: Sequence[PrivatePayload], entries: Sequence[Entry]) -> list[Part]:
    """Return the parts that are present, from entries that were not refused, with the versions of their events."""
    versions = {
        entry.index: entry.envelope.body.data.get("version") for entry in entries if not entry.is_refused
    }
    return [
        Part(one.event_type, one.name, versions[one.index], one.value)
        for one in payloads
        if one.state == "present" and one.index in versions
    ]


def current_amounts(deal: Deal | None, parts: Sequence[Part]) -> Amounts | None:
    """Return the amounts of the current version, or of one about to be signed: the last in order. None without any."""
    version = deal.version if deal else 0
    found = [
        _lenient(part, "amounts", Amounts)
        for part in parts
        if part.version is None or part.version >= version
    ]
    return next((one for one in reversed(found) if one is not None), None)


def transfer_of(register: Register, number: str, amounts: Amounts, parts: Sequence[Part]) -> Transfer | None:
    """Return the transfer as the tax rules see it; None without facts, or if the case has not exactly one transfer."""
    case, facts = register.get(Case, number), amounts.facts
    acts = taxed(case.acts, in_force(register).number) if case else []
    signed = as_date(facts.signed_on) if facts else None
    price = _price(amounts, parts)
    unit = register.get(Unit, str(acts[0]["unit"])) if len(acts) == 1 else None
    if facts is None or signed is None or price is None or unit is None:
        return None
    act: Mapping[str, Any] = acts[0]
    return Transfer(
        on=signed,
        price_fen=price,
        area_cm2=unit.area_cm2,
        use=unit.use,
        cause=str(act["cause"]),
        buyer=_buyer(parts),
        seller=ENTERPRISE if act["seller"] == ENTERPRISE else PERSON,
        vat_included=facts.vat_included,
        relief=facts.relief,
        held_since=_day(facts.held_since),
        sole_home=facts.sole_home,
        cost_fen=facts.cost_fen,
    )


def _price(amounts: Amounts, parts: Sequence[Part]) -> int | None:
    if amounts.facts is not None and amounts.facts.price_fen is not None:
        return amounts.facts.price_fen
    contracts = [_lenient(part, "contract", Contract) for part in parts]
    return next((one.price_fen for one in reversed(contracts) if one is not None), None)


def _buyer(parts: Sequence[Part]) -> Kind:
    parties = [one for part in parts if (one := _lenient(part, "parties", Parties)) is not None]
    buyers: list[Person] = [person for one in parties for person in one.transferees]
    return (
        ENTERPRISE if any(document_kind(person.id_type) in OF_ORGANISATIONS for person in buyers) else PERSON
    )


def paid_fen(parts: Sequence[Part]) -> dict[str, int]:
    """Return the amount paid of each tax over all versions, less what was paid back."""
    paid: dict[str, int] = {}
    for part in parts:
        payments = _lenient(part, "payments", Payments) if part.is_expected else None
        repayment = _lenient(part, "repayment", Repayment)
        for tax, fen in (payments.paid_fen if payments else {}).items():
            paid[tax] = paid.get(tax, 0) + fen
        for tax, fen in (repayment.repaid_fen if repayment else {}).items():
            paid[tax] = paid.get(tax, 0) - fen
    return paid


def _overpaid(amounts: Amounts, parts: Sequence[Part]) -> list[Finding]:
    """Return a warning for each tax of which more was paid than is due (Tax Collection Law 51)."""
    paid = sorted(paid_fen(parts).items())
    return [_warning("overpaid", tax) for tax, fen in paid if fen > amounts.due_fen.get(tax, 0)]


_WORDS = {
    "overpaid": ("已缴税款多于应缴，应依法退还", "more was paid than is due: the excess must be refunded"),
    "differs-from-table": ("核定税额与税率表测算不一致", "the assessment differs from the rate table"),
    "not-calculated": (
        "缺少测算所需的事实，未作比对",
        "facts for the calculation are missing: nothing was compared",
    ),
}


def _warning(code: str, where: str) -> Finding:
    return Finding(code, where, *_WORDS[code])


def _lenient(part: Part, name: str, kind: type[T]) -> T | None:
    """Return the part if it has this name and shape, else None; a misshapen one blocks the signature elsewhere."""
    try:
        return shaped(part, name, kind)
    except Misshapen:
        return None


def _day(text: str | None) -> date | None:
    return None if text is None else as_date(text)
