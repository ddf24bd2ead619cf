"""The register in memory: a bounded cache over the store, and the rows of the block being executed."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from dengbu.ledger.register.record import Record
from dengbu.nodes.store.block import Change, Row

CACHE_ROWS_MAX = 4_000  # in each of two generations; two to three kB a row with its record and digest term

R = TypeVar("R", bound=Record)
RowKey = tuple[str, str]


class RowSource(Protocol):
    """A source of register rows."""

    def row(self, table: str, key: str) -> Row | None:
        """Return the current row of a key; None if there is none."""
        ...

    def rows(self, places: Sequence[RowKey]) -> Mapping[RowKey, Row]:
        """Return the current rows of those keys that have one."""
        ...


class RegisterCache:
    """Committed register rows, kept after the first read; safe from any thread.

    There are two generations: a full young one becomes the old one, and rows that nobody asks for again drop out.
    """

    def __init__(self, source: RowSource, rows_max: int = CACHE_ROWS_MAX) -> None:
        self._source = source
        self._rows_max = rows_max
        self._young: dict[RowKey, Row] = {}
        self._old: dict[RowKey, Row] = {}
        self._commits = 0
        self._lock = threading.Lock()

    def get(self, kind: type[R], key: str) -> R | None:
        """Return the current record of a key; None if there is none."""
        row = self.row(kind.TABLE, key)
        return row.record if row else None  # type: ignore[return-value]  # the table holds this kind only

    def row(self, table: str, key: str) -> Row | None:
        """Return the current row of a key; None if there is none."""
        place = (table, key)
        commits = self._commits  # read first: a row that a later commit replaces is then not kept
        row = self._young.get(place)
        if row is not None:
            return row
        row = self._old.get(place) or self._source.row(table, key)
        if row is None:
            return None
        with self._lock:
            if commits == self._commits:  # else a commit intervened, and the row may be outdated
                self._keep(place, row)
        return row

    def rows(self, places: Sequence[RowKey]) -> Mapping[RowKey, Row]:
        """Return the current rows of those keys that have one, read together and not kept."""
        found = {place: self._young.get(place) or self._old.get(place) for place in places}
        held = {place: row for place, row in found.items() if row is not None}
        return {**self._source.rows([place for place in places if place not in held]), **held}

    def refresh(self, changes: Iterable[Change]) -> None:
        """Take over the rows of a block that has just been committed."""
        with self._lock:
            self._commits += 1
            for change in changes:
                self._keep((change.table, change.key), change.row)

    def _keep(self, place: RowKey, row: Row) -> None:
        if len(self._young) >= self._rows_max:
            self._old, self._young = self._young, {}
        self._young[place] = row


class Overlay:
    """The rows set so far by the entries of a block, laid over the committed ones; the source is not changed.

    The source's answers are kept, even absence: a block is executed on one committed state.
    """

    def __init__(self, source: RowSource) -> None:
        self._source = source
        self._rows: dict[RowKey, Row | None] = {}

    def get(self, kind: type[R], key: str) -> R | None:
        """Return the record of a key as of the block so far; None if there is none."""
        place = (kind.TABLE, key)
        row = self._rows[place] if place in self._rows else self._first(place)
        return row.record if row else None  # type: ignore[return-value]  # the table holds this kind only

    def row(self, table: str, key: str) -> Row | None:
        """Return the row of a key as of the block so far; None if there is none."""
        place = (table, key)
        return self._rows[place] if place in self._rows else self._first(place)

    def read(self, places: Iterable[RowKey]) -> None:
        """Read the rows of these keys in one go, as they will be asked for one by one."""
        wanted = [place for place in dict.fromkeys(places) if place not in self._rows]
        found = self._source.rows(wanted) if wanted else {}
        self._rows |= {place: found.get(place) for place in wanted}

    def put(self, table: str, key: str, row: Row) -> None:
        """Set a row."""
        self._rows[table, key] = row

    def _first(self, place: RowKey) -> Row | None:
        row = self._rows[place] = self._source.row(*place)
        return row
