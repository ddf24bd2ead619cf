"""Reads a case's private payloads; who reads them and for what purpose is on the disk before anything is returned."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dengbu.ledger.log.encoding import JSONValue, Malformed
from dengbu.ledger.log.entry import Entry
from dengbu.ledger.register.records import Case, Right, Unit
from dengbu.ledger.register.register import Register
from dengbu.nodes.home.config import Officer
from dengbu.nodes.private.access_log import NO_CASE, AccessLog
from dengbu.nodes.private.package import Keyring
from dengbu.nodes.private.vault import Vault


@dataclass(frozen=True)
class PrivatePayload:
    """One private part of a case as an entitled reader sees it; value is None if it is not here."""

    name: str
    commitment: str
    index: int
    event_type: str
    state: str  # present | missing | erased | mismatched
    value: JSONValue


class PersonalData:
    """The only way for people to read private payloads: purpose and case are logged first."""

    def __init__(
        self,
        keyring: Keyring,
        vault: Vault,
        log: AccessLog,
        register: Callable[[], Register],
        case_entries: Callable[[str], Sequence[Entry]],
        size: Callable[[], int],
    ) -> None:
        self._keyring = keyring
        self._vault = vault
        self._log = log
        self._register = register
        self._case_entries = case_entries
        self._size = size

    def of_case(self, number: str, purpose: str, by: Officer) -> tuple[PrivatePayload, ...]:
        """Return the payloads of a case that this institution is entitled to.

        Raises KeyError without such a case, ValueError without a purpose, or AccessLogBroken.
        """
        register = self._register()
        case = register.get(Case, number)
        if case is None:
            raise KeyError(number)
        parts = [
            (entry, part)
            for entry in self._case_entries(number)
            for part in entry.envelope.body.private
            if self._keyring.institution in part.to
        ]
        self._log.record(
            by,
            purpose,
            index=self._size(),
            case=number,
            subjects=_subjects(register, case.acts, case.units),
            fields=sorted({part.name for _, part in parts}),
        )
        return tuple(self._payload(entry, part.name, part.commitment) for entry, part in parts)

    def note(
        self, purpose: str, by: Officer, *, acts: Sequence[Mapping[str, Any]], units: Sequence[str]
    ) -> None:
        """Log that somebody asked about units with acts that are no case; the row's fields are the units.

        Raises AccessLogBroken.
        """
        subjects = _subjects(self._register(), acts, units)
        self._log.record(by, purpose, index=self._size(), case=NO_CASE, subjects=subjects, fields=units)

    def _payload(self, entry: Entry, name: str, commitment: str) -> PrivatePayload:
        value: JSONValue = None
        try:
            opened = self._vault.get(commitment, self._keyring)
        except Malformed:
            state = "mismatched"
        else:
            state = "present" if opened else "erased" if self._vault.erased(commitment) else "missing"
            value = opened.value if opened else None
        return PrivatePayload(name, commitment, entry.index, entry.envelope.body.type, state, value)


def _subjects(register: Register, acts: Sequence[Mapping[str, Any]], codes: Sequence[str]) -> list[str]:
    """Return the references that acts are about: the holders of rights on their units, and those they name."""
    refs = {str(holder["ref"]) for act in acts for holder in act.get("holders", ())}
    units = [register.get(Unit, code) for code in codes]
    rights = [unit.right for unit in units if unit] + [act.get("right") for act in acts]
    for name in rights:
        right = register.get(Right, name) if isinstance(name, str) else None
        if right is not None:
            refs.update(holder.ref for holder in right.holders)
    return sorted(refs)
