"""The register as it stood after an entry."""

from typing import TypeVar

from dengbu.ledger.register.records import Record
from dengbu.nodes.store.reads import Reads

R = TypeVar("R", bound=Record)


class AsAt:
    """A register of the past, over a ledger on disk."""

    def __init__(self, store: Reads, index: int) -> None:
        self._store = store
        self._index = index

    def get(self, kind: type[R], key: str) -> R | None:
        """The record of a key as it stood then."""
        return self._store.record_as_at(kind, key, self._index)


def index_at_time(store: Reads, end_ms: int) -> int:
    """The index of the last entry before a moment (UTC ms), -1 before the first; entry times never fall."""
    low, high = 0, store.size()
    while low < high:
        middle = (low + high) // 2
        entry = store.entry(middle)
        if entry is not None and entry.time < end_ms:
            low = middle + 1
        else:
            high = middle
    return low - 1
