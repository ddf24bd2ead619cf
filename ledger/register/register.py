"""The register as rules see it, which is read-only. Rules return changes as records; the application applies them."""

from collections.abc import Iterable, Mapping
from typing import Protocol, TypeVar

from dengbu.ledger.register.record import Record

R = TypeVar("R", bound=Record)


class Register(Protocol):
    """The current record of each key, as far as a rule may ask."""

    def get(self, kind: type[R], key: str) -> R | None:
        """The record of a kind under a key, or None."""


class MemoryRegister:
    """A register held in memory, for audits and tests."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], Record] = {}

    def get(self, kind: type[R], key: str) -> R | None:
        """The record of a kind under a key, or None."""
        found = self._records.get((kind.TABLE, key))
        return found if found is None or isinstance(found, kind) else None

    def apply(self, records: Iterable[Record]) -> None:
        """Store each record under its key, replacing the one that is there."""
        for record in records:
            self._records[record.TABLE, record.key] = record

    def items(self) -> Mapping[tuple[str, str], Record]:
        """Return every record by its table and key."""
        return self._records


class Overlay:
    """A register on top of another, with changes that the lower one does not see."""

    def __init__(self, below: Register) -> None:
        self._below = below
        self._changed: dict[tuple[str, str], Record] = {}

    def get(self, kind: type[R], key: str) -> R | None:
        """The changed record if there is one, else the record below, or None."""
        found = self._changed.get((kind.TABLE, key))
        if found is None:
            return self._below.get(kind, key)
        assert isinstance(found, kind)
        return found

    def apply(self, records: Iterable[Record]) -> None:
        """Add records on top, replacing those under the same keys."""
        for record in records:
            self._changed[record.TABLE, record.key] = record

    def changes(self) -> tuple[Record, ...]:
        """The last record of each changed key, in the order in which the keys were first changed."""
        return tuple(self._changed.values())
