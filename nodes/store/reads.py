"""Reads a node's ledger: entries, tree hashes, register rows at any index, checkpoints."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self, TypeVar

from dengbu.ledger.log.digest import RegisterDigest
from dengbu.ledger.log.entry import Entry, leaf_prev, read_leaf
from dengbu.ledger.log.merkle import NodeId
from dengbu.ledger.register.record import Record
from dengbu.ledger.register.records import decode
from dengbu.ledger.register.register import Register
from dengbu.nodes.home.config import LEDGER_FILE
from dengbu.nodes.store.block import Head, Row, Sealed
from dengbu.nodes.store.connection import FatalStorage, NoLedger, Readers

FEED_ROWS_MAX = 1_000
BATCH = 500  # values bound to one statement

R = TypeVar("R", bound=Record)


def position(level: int, index: int) -> int:
    """Return the position of complete subtree (level, index) in the order in which appending completes subtrees."""
    for _ in range(level):  # descend to its rightmost leaf
        index = 2 * index + 1
    place = level
    while index:
        place += index
        index >>= 1
    return place


def hash_count(size: int) -> int:
    """Return how many hashes a log of `size` entries stores: one for each complete subtree."""
    return 2 * size - size.bit_count()


def _pairs(count: int) -> str:
    """Return what so many pairs of values are selected from, of which each is then looked up in an index.

    SQLite does not look up `(a, b) IN (VALUES ...)`: it reads the whole index, which a long log makes long.
    """
    return f"(VALUES {','.join(['(?,?)'] * count)}) AS asked CROSS"


class Reads:
    """A ledger on the disk, for reading from any thread. It is also a `merkle.HashReader`."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.path = home / LEDGER_FILE
        self.readers = Readers(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self.readers.close()

    def must_be_there(self) -> None:
        """Raise NoLedger for a folder without a ledger; to a connection it would be a failure of the storage."""
        if not self.path.exists():
            raise NoLedger(self.home)

    def net(self) -> str:
        """Return the network this ledger belongs to."""
        return str(self._meta("net"), "ascii")

    def load_head(self) -> Head:
        """Return the head of the log on the disk."""
        with self.readers.snapshot():
            block = self.last_block()
            if block is None:
                return Head()
            leaf = self.leaf(block.size - 1) if block.size else None
            digest = RegisterDigest.from_bytes(self._meta("digest"))
            height, time = max((block.height, block.time), self.quiet())
        prev = leaf_prev(leaf) if leaf else Head().prev
        return Head(block.size, block.root, height, time, digest, prev)

    def quiet(self) -> tuple[int, int]:
        """Return height and time of the last block without entries; zeros if there was none."""
        rows = self.readers.rows("SELECT value FROM meta WHERE name = 'quiet'")
        if not rows:
            return (0, 0)
        try:
            height, time = (int(part) for part in rows[0][0].split(b" "))
        except ValueError:
            raise FatalStorage(str(self.path), "meta 'quiet' is not a height and a time") from None
        return height, time

    def last_block(self) -> Sealed | None:
        """Return the end of the last block with entries; None if there is none."""
        rows = self.readers.rows(
            "SELECT height, time, size, root, register FROM blocks ORDER BY seq DESC LIMIT 1"
        )
        return Sealed(*rows[0]) if rows else None

    def size(self) -> int:
        """Return how many entries are committed."""
        rows = self.readers.rows("SELECT max(idx) + 1 FROM entries")
        return rows[0][0] or 0

    def leaf(self, index: int) -> bytes | None:
        """Return the leaf at this index; None if there is none."""
        rows = self.readers.rows("SELECT leaf FROM entries WHERE idx = ?", (index,))
        return rows[0][0] if rows else None

    def leaves(self, start: int, end: int) -> list[bytes]:
        """Return the leaves from `start` up to, not including, `end`; fewer where the log ends."""
        sql = "SELECT leaf FROM entries WHERE idx >= ? AND idx < ? ORDER BY idx"
        return [row[0] for row in self.readers.rows(sql, (start, end))]

    def entry(self, index: int) -> Entry | None:
        """Return the entry at this index; None if there is none."""
        leaf = self.leaf(index)
        return read_leaf(leaf) if leaf is not None else None

    def entries(self, start: int, end: int) -> list[Entry]:
        """Return the entries from `start` up to, not including, `end`; fewer where the log ends."""
        return [read_leaf(leaf) for leaf in self.leaves(start, end)]

    def find(self, actor: str, event_id: str) -> int | None:
        """Return the index of an institution's event; None if it is not in the log."""
        sql = "SELECT idx FROM entries WHERE actor = ? AND event_id = ?"
        rows = self.readers.rows(sql, (actor, event_id))
        return rows[0][0] if rows else None

    def find_all(self, events: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """Return the index of each of these (actor, event id) pairs that is in the log."""
        found: dict[tuple[str, str], int] = {}
        for start in range(0, len(events), BATCH):
            part = events[start : start + BATCH]
            sql = (
                f"SELECT actor, event_id, idx FROM {_pairs(len(part))}"  # noqa: S608
                " JOIN entries ON actor = asked.column1 AND event_id = asked.column2"
            )
            for actor, event_id, index in self.readers.rows(sql, [name for pair in part for name in pair]):
                found[actor, event_id] = index
        return found

    def feed(
        self,
        after: int,
        limit: int = FEED_ROWS_MAX,
        *,
        type: str | None = None,
        unit: str | None = None,
        case: str | None = None,
    ) -> list[Entry]:
        """Return entries with an index above `after` (-1: from the first), oldest first, at most `limit`."""
        source, where = "entries", ["entries.idx > ?"]
        asked: list[str | int] = [after]
        if unit is not None:
            source = "touches JOIN entries ON entries.idx = touches.idx"
            where = ["touches.unit = ?", "touches.idx > ?"]
            asked = [unit, after]
        for column, value in (("type", type), ("case_no", case)):
            if value is not None:
                where.append(f"entries.{column} = ?")
                asked.append(value)
        sql = f"SELECT leaf FROM {source} WHERE {' AND '.join(where)} ORDER BY entries.idx LIMIT ?"  # noqa: S608
        asked.append(max(0, min(limit, FEED_ROWS_MAX)))
        return [read_leaf(row[0]) for row in self.readers.rows(sql, asked)]

    def read(self, ids: Sequence[NodeId]) -> list[bytes]:
        """Return the hashes of these complete subtrees, in this order. Raises FatalStorage if one is missing."""
        places = [position(level, index) for level, index in ids]
        found: dict[int, bytes] = {}
        for start in range(0, len(places), BATCH):
            part = places[start : start + BATCH]
            sql = f"SELECT position, hash FROM hashes WHERE position IN ({','.join('?' * len(part))})"  # noqa: S608
            found.update(self.readers.rows(sql, part))
        for place, node in zip(places, ids, strict=True):
            if place not in found:
                raise FatalStorage(
                    str(self.path), f"the tree hash of level {node[0]}, index {node[1]} is missing"
                )
        return [found[place] for place in places]

    def row(self, table: str, key: str) -> Row | None:
        """Return the current register row of a key; None if there is none."""
        sql = "SELECT idx, CAST(value AS BLOB) FROM register WHERE tbl = ? AND key = ?"
        rows = self.readers.rows(sql, (table, key))
        return Row(rows[0][0], rows[0][1], decode(table, rows[0][1])) if rows else None

    def rows(self, places: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Row]:
        """Return the current register rows of those keys (table, key) that have one."""
        found: dict[tuple[str, str], Row] = {}
        for start in range(0, len(places), BATCH):
            part = places[start : start + BATCH]
            sql = (
                f"SELECT tbl, key, idx, CAST(value AS BLOB) FROM {_pairs(len(part))}"  # noqa: S608
                " JOIN register ON tbl = asked.column1 AND key = asked.column2"
            )
            for table, key, index, raw in self.readers.rows(sql, [name for pair in part for name in pair]):
                found[table, key] = Row(index, raw, decode(table, raw))
        return found

    def get(self, kind: type[R], key: str) -> R | None:
        """Return the current record of a key, None if there is none; this makes a ledger on the disk a `Register`."""
        row = self.row(kind.TABLE, key)
        if row is None:
            return None
        assert isinstance(row.record, kind)
        return row.record

    record = get

    def record_as_at(self, kind: type[R], key: str, index: int) -> R | None:
        """Return the record as it stood after the entry at `index`; None if there was none yet."""
        sql = (
            "SELECT CAST(value AS BLOB) FROM (SELECT idx, value FROM register"
            " WHERE tbl = :t AND key = :k AND idx <= :i"
            " UNION ALL SELECT idx, value FROM (SELECT idx, value FROM history"
            " WHERE tbl = :t AND key = :k AND idx <= :i ORDER BY idx DESC LIMIT 1)) ORDER BY idx DESC LIMIT 1"
        )
        rows = self.readers.rows(sql, {"t": kind.TABLE, "k": key, "i": index})
        if not rows:
            return None
        record = decode(kind.TABLE, rows[0][0])
        assert isinstance(record, kind)
        return record

    def register_at(self, index: int) -> Register:
        """Return the register as it was after the entry at `index`."""
        return _AsAt(self, index)

    def index_before(self, end_ms: int) -> int:
        """Return the index of the last entry before a moment (UTC ms), or -1; entry times never fall."""
        low, high = 0, self.size()
        while low < high:
            middle = (low + high) // 2
            entry = self.entry(middle)
            if entry is not None and entry.time < end_ms:
                low = middle + 1
            else:
                high = middle
        return low - 1

    def checkpoint_covering(self, index: int) -> bytes | None:
        """Return the smallest final checkpoint that covers the entry at `index`; None if there is none."""
        sql = "SELECT note FROM checkpoints WHERE final = 1 AND size > ? ORDER BY size LIMIT 1"
        rows = self.readers.rows(sql, (index,))
        return rows[0][0] if rows else None

    def last_checkpoint(self) -> tuple[int, bytes] | None:
        """Return size and note of the newest final checkpoint; None if there is none."""
        rows = self.readers.rows(
            "SELECT size, note FROM checkpoints WHERE final = 1 ORDER BY size DESC LIMIT 1"
        )
        return (rows[0][0], rows[0][1]) if rows else None

    def _meta(self, name: str) -> bytes:
        rows = self.readers.rows("SELECT value FROM meta WHERE name = ?", (name,))
        if not rows:
            raise FatalStorage(str(self.path), f"meta {name!r} is missing")
        value: bytes = rows[0][0]
        return value


class _AsAt:
    """A register of the past, over a ledger on disk."""

    def __init__(self, reads: Reads, index: int) -> None:
        self._reads = reads
        self._index = index

    def get(self, kind: type[R], key: str) -> R | None:
        """Return the record of a key as it was then; None if there was none yet."""
        return self._reads.record_as_at(kind, key, self._index)
