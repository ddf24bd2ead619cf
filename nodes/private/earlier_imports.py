"""Finds titles that were imported before, word for word: the log's part as it stands there, the private part in the vault.

So a file can be sent again after any break, in batches cut otherwise, and nobody enters a title twice or takes a row that
was changed in the meantime for the one that is registered.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dengbu.ledger.events import titles
from dengbu.ledger.events.title_batches import part_of
from dengbu.ledger.log.encoding import JSONValue, Malformed
from dengbu.ledger.log.entry import Entry
from dengbu.ledger.register.record import Record
from dengbu.ledger.register.records import Right
from dengbu.nodes.private.package import Keyring, Unentitled
from dengbu.nodes.private.vault import Vault
from dengbu.nodes.store.block import Row
from dengbu.nodes.store.reads import Reads


class EarlierImports:
    """The titles that this registry imported, by what it would send again."""

    def __init__(
        self,
        reads: Reads,
        rows: Callable[[Sequence[tuple[str, str]]], Mapping[tuple[str, str], Row]],
        vault: Vault,
        keyring: Keyring,
    ) -> None:
        self._reads = reads
        self._rows = rows
        self._vault = vault
        self._keyring = keyring

    def find(self, titles_: Sequence[tuple[Mapping[str, Any], JSONValue]]) -> list[int | None]:
        """Return for each title, by its data and private part, the index of the entry that imported this very one.

        None if none did, or if its private part is not here.
        """
        places = [(Right.TABLE, titles.imported_right(data["unit"])) for data, _ in titles_]
        found = self._rows(places)
        return [
            self._index(found[place].record, data, private) if place in found else None
            for place, (data, private) in zip(places, titles_, strict=True)
        ]

    def _index(self, right: Record, data: Mapping[str, Any], private: JSONValue) -> int | None:
        assert isinstance(right, Right)
        entry = self._reads.entry(right.since) if right.cause == titles.IMPORT else None
        if entry is None:
            return None
        logged, part = _logged(entry, data["unit"])
        return entry.index if logged == data and self._opens_to(entry, part, private) else None

    def _opens_to(self, entry: Entry, name: str, value: JSONValue) -> bool:
        for part in entry.envelope.body.private:
            if part.name == name:
                try:
                    opened = self._vault.get(part.commitment, self._keyring)
                except (Malformed, Unentitled):
                    return False
                return opened is not None and opened.value == value
        return False


def _logged(entry: Entry, unit: str) -> tuple[Mapping[str, Any], str]:
    """Return the data of a unit's title as an import has them, and the name of the private part that belongs to it."""
    data = entry.envelope.body.data
    if entry.envelope.body.type == titles.TYPE:
        return data, titles.PART
    place = next(place for place, one in enumerate(data["titles"], 1) if one["unit"] == unit)
    return data["titles"][place - 1], part_of(place)
