"""The checks that only an entitled node can make before its institution signs something that depends on a payload.

The rules that all nodes run see commitments; this node sees values. It checks that each payload it is entitled to is
here and is the one the log committed to, that the persons in it have valid identity numbers and hold the right, and
that at least the tax due was paid. The rows of the events name the parts that are looked into.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from dengbu.ledger.advisory.calculator import may_claim
from dengbu.ledger.cases import entering
from dengbu.ledger.cases.cases import APPLICATION
from dengbu.ledger.log.encoding import JSONValue, Malformed
from dengbu.ledger.log.entry import Entry
from dengbu.ledger.register.dated import row_in
from dengbu.ledger.register.members import Institution, Role
from dengbu.ledger.register.records import Case, Deal, Voucher
from dengbu.ledger.register.register import Register
from dengbu.ledger.rules.payload_shapes import Amounts, Contract, Payments, Repayment
from dengbu.ledger.rules.rule import Compared
from dengbu.ledger.rules.rule_sets import in_force
from dengbu.ledger.tax.tax import CLEARED, LOCKED, PAYMENT, taxed
from dengbu.ledger.transition import EVENTS
from dengbu.nodes.home.clock import now_ms
from dengbu.nodes.private.findings import Finding, said
from dengbu.nodes.private.manual_review import Asking, Shown, asking, doubts
from dengbu.nodes.private.package import Keyring, PrivatePart
from dengbu.nodes.private.parts import Part, looked_into
from dengbu.nodes.private.persons import Persons
from dengbu.nodes.private.tax_crosscheck import RELIEF_NOT_ELIGIBLE, cross_check, paid_fen, transfer_of
from dengbu.nodes.private.vault import Vault


class Checks:
    """The checks of one institution over its vault, the register and the entries of a case."""

    def __init__(
        self,
        role: str,
        keyring: Keyring,
        vault: Vault,
        register: Callable[[], Register],
        case_entries: Callable[[str], Sequence[Entry]],
        holder_key: bytes | None,
    ) -> None:
        self._role = role
        self._keyring = keyring
        self._vault = vault
        self._register = register
        self._case_entries = case_entries
        self._persons = Persons(register, holder_key)

    def before(
        self, event_type: str, data: Mapping[str, Any], private: Mapping[str, PrivatePart]
    ) -> tuple[Finding, ...]:
        """Return the problems that speak against signing this event; empty if there are none."""
        own, kind = self._own(event_type, data, private), EVENTS.get(event_type)
        if kind is None or kind.compared is Compared.NOTHING:
            return ()
        if kind.compared is Compared.PARTIES:
            return tuple(self._persons.of_acts(data.get("acts", ()), own))
        if self._role not in row_in(in_force(self._register()).number, kind).senders:
            return ()
        if kind.compared is Compared.TITLE:
            return tuple(self._persons.of_title(data, own))
        if kind.compared is Compared.TITLES:
            return tuple(self._persons.of_titles(data, own))
        case = self._register().get(Case, str(data.get("case")))
        if case is None:
            return ()  # the rules refuse the event, and say so on the log
        return self._against(case, kind.compared, self._parts(case.number), own, _cited(data))

    def warnings(
        self, event_type: str, data: Mapping[str, Any], private: Mapping[str, PrivatePart]
    ) -> tuple[Finding, ...]:
        """Return warnings for the officer, which block nothing (see `dengbu.nodes.private.tax_crosscheck`)."""
        number = str(data.get("case"))
        _, parts = self._parts(number)
        found = cross_check(self._register(), number, [*parts, *self._own(event_type, data, private)])
        return found.warnings

    def for_desk(self, number: str) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        """Return the problems that speak against entering a case, and the doubts for which a person should decide it.

        A doubt stops only the automatic desk, nobody else, from signing.
        """
        case = self._register().get(Case, number)
        if case is None:
            return (), ()
        opened = self._parts(number)
        against = self._against(case, entering.KIND.compared, opened, (), ())
        shown = Shown(tuple(opened[1]), tuple(one.where for one in opened[0]), self._named(number))
        return against, tuple(doubts(self._register(), asking(case), shown, now_ms()))

    def of_application(
        self, asked: Asking, data: Mapping[str, Any], private: Mapping[str, PrivatePart]
    ) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        """Return the problems that speak against signing an application, and the doubts that its desk would have.

        A part that no registry may read is missing for its desk, as when the application is made.
        """
        register = self._register()
        readable = [
            Part(APPLICATION.type, name, None, part.value)
            for name, part in sorted(private.items())
            if any(_is_registry(register, one) for one in part.to)
        ]
        found = doubts(register, asked, Shown(tuple(readable), (), tuple(private)), now_ms())
        return self.before(APPLICATION.type, data, private), tuple(found)

    def _named(self, number: str) -> tuple[str, ...]:
        """Return the names of all private parts of the case, whoever may read them."""
        entries = [one for one in self._case_entries(number) if not one.is_refused]
        return tuple(part.name for entry in entries for part in entry.envelope.body.private)

    def _own(
        self, event_type: str, data: Mapping[str, Any], private: Mapping[str, PrivatePart]
    ) -> list[Part]:
        """Return the parts of this institution's own event that it is itself entitled to read."""
        return [
            Part(event_type, name, data.get("version"), part.value)
            for name, part in sorted(private.items())
            if self._keyring.institution in part.to
        ]

    def _against(
        self,
        case: Case,
        compared: Compared,
        opened: tuple[Sequence[Finding], Sequence[Part]],
        own: Sequence[Part],
        cited: Sequence[str],
    ) -> tuple[Finding, ...]:
        """Return the problems that speak against deciding a case.

        own: the parts signed with the decision. cited: the taxes that the decision says are paid.
        """
        problems, parts = list(opened[0]), [*opened[1], *own]
        problems.extend(self._persons.of_acts(case.acts, parts))
        if compared is Compared.DECLARED:
            problems.extend(self._declared(case, parts))
            problems.extend(self._relief(case, parts))
        else:
            taxes = tuple(dict.fromkeys((*self._paid_taxes(case.number), *cited)))
            problems.extend(self._amounts(case.number, taxes, parts))
        return tuple(problems)

    def _parts(self, number: str) -> tuple[list[Finding], list[Part]]:
        """Open every part of the case that this institution is entitled to; return the problems and the parts."""
        problems: list[Finding] = []
        parts: list[Part] = []
        for entry in self._case_entries(number):
            body = entry.envelope.body
            if entry.is_refused:
                continue
            for private in body.private:
                if self._keyring.institution not in private.to:
                    continue
                opened = self._open(private.name, private.commitment, body.actor)
                if isinstance(opened, Finding):
                    problems.append(opened)
                else:
                    parts.append(Part(body.type, private.name, body.data.get("version"), opened[0]))
        return problems, parts

    def _open(self, name: str, commitment: str, actor: str) -> Finding | tuple[JSONValue]:
        try:
            opened = self._vault.get(commitment, self._keyring)
        except Malformed:
            return said("payload-mismatch", name)
        if opened is not None:
            return (opened.value,)
        if self._vault.erased(commitment):
            return said("payload-erased", name)
        return Finding(
            "payload-missing",
            name,
            "材料尚未送达",
            f"the payload has not arrived from {actor} yet; it has been requested",
        )

    def _declared(self, case: Case, parts: Sequence[Part]) -> Iterator[Finding]:
        """Yield a problem if the case declares no parties or no price to assess tax on (Deed Tax Law 4)."""
        causes = [act["cause"] for act in taxed(case.acts, in_force(self._register()).number)]
        names = {part.name for part in parts if part.is_of_application}
        if causes and "parties" not in names:
            yield Finding(
                "parties-missing",
                "parties",
                "申报材料未列明当事人",
                "the case does not declare its parties to the tax bureau",
            )
        if "sale" not in causes:
            return
        contracts = [looked_into(part, "contract", Contract) for part in parts]
        yield from (contract for contract in contracts if isinstance(contract, Finding))
        if not any(contracts):
            yield Finding(
                "price-missing",
                "contract",
                "申报材料缺少成交价格",
                "the case does not declare its price to the tax bureau",
            )

    def _relief(self, case: Case, parts: Sequence[Part]) -> Iterator[Finding]:
        """Yield a problem if this buyer may not claim the relief for this transfer.

        Source: Deed Tax Law 6; only natural persons may claim reliefs on homes.
        """
        amounts = [one for part in parts if isinstance(one := looked_into(part, "amounts", Amounts), Amounts)]
        transfer = transfer_of(self._register(), case.number, amounts[-1], parts) if amounts else None
        if transfer is not None and not may_claim(transfer):
            yield RELIEF_NOT_ELIGIBLE

    def _amounts(self, number: str, taxes: Sequence[str], parts: Sequence[Part]) -> Iterator[Finding]:
        """Yield a problem for each tax shown as paid of which less was paid than the current assessment says is due.

        Source: Deed Tax Law 11.
        """
        deal = self._register().get(Deal, number)
        version = deal.version if deal else None
        due: dict[str, int] = {}
        for part in parts:
            amounts = looked_into(part, "amounts", Amounts)
            shapes = (
                amounts,
                looked_into(part, "payments", Payments),
                looked_into(part, "repayment", Repayment),
            )
            yield from (fault for fault in shapes if isinstance(fault, Finding))
            if isinstance(amounts, Amounts) and part.is_expected and part.version == version:
                due |= amounts.due_fen
        paid = paid_fen(parts)
        for tax in taxes:
            if paid.get(tax, 0) < due.get(tax, 0):
                yield Finding("paid-short", tax, "已缴税款少于应缴", "less was paid than is due")

    def _paid_taxes(self, number: str) -> tuple[str, ...]:
        """Return the taxes that a payment cleared; none before clearance, when the rules refuse anyway."""
        deal = self._register().get(Deal, number)
        if deal is None or deal.state not in (CLEARED, LOCKED):
            return ()
        vouchers = {tax: self._register().get(Voucher, voucher) for tax, voucher in deal.cleared.items()}
        return tuple(sorted(tax for tax, found in vouchers.items() if found and found.kind == PAYMENT))


def _is_registry(register: Register, institution: str) -> bool:
    found = register.get(Institution, institution)
    return found is not None and found.role == Role.REGISTRY


def _cited(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the taxes that an event says are paid: that of an overpayment, or those of the payments it cites."""
    paid = [str(one["tax"]) for one in data.get("vouchers", ()) if one["kind"] == PAYMENT]
    return (*([str(data["tax"])] if "tax" in data else ()), *paid)
