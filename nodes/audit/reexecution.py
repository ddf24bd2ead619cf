"""Walks a stored log from its first entry, executes each event again, and compares every row of every table."""

from array import array
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import msgspec

from dengbu.ledger.log.checkpoint import Checkpoint, parse_body
from dengbu.ledger.log.digest import RegisterDigest
from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.entry import Entry
from dengbu.ledger.log.merkle import EMPTY_ROOT, Frontier
from dengbu.ledger.log.note import NotTrusted, open_note, split_note
from dengbu.ledger.log.trust import Trust
from dengbu.ledger.register.members import POLICY_KEY, Key, Policy
from dengbu.nodes.audit.kept_checkpoints import Broken, kept
from dengbu.nodes.execution.cache import RowKey
from dengbu.nodes.execution.divergence import Diverged
from dengbu.nodes.execution.envelope_cache import Seen
from dengbu.nodes.execution.execution import Execution, parse_theirs
from dengbu.nodes.finality.quorum import CONCERNED, trust_by
from dengbu.nodes.store.block import Addition, Change, Head, Row, Sealed
from dengbu.nodes.store.reads import Reads
from dengbu.nodes.store.search_columns import FACETS, facets

BATCH = 500

_ENTRIES = (
    "SELECT idx, height, time, actor, event_id, type, outcome, case_no, leaf FROM entries"
    " WHERE idx > ? ORDER BY idx LIMIT ?"
)
_HASHES = "SELECT position, hash FROM hashes WHERE position > ? ORDER BY position LIMIT ?"
_HISTORY = "SELECT seq, tbl, key, idx, CAST(value AS BLOB) FROM history WHERE seq > ? ORDER BY seq LIMIT ?"
_REGISTER = (
    "SELECT id, tbl, key, idx, CAST(value AS BLOB), status, party, unit, certificate FROM register"
    " WHERE id > ? ORDER BY id LIMIT ?"
)
_BLOCKS = "SELECT seq, height, time, size, root, register FROM blocks WHERE seq > ? ORDER BY seq LIMIT ?"
_ROW_COLUMNS = ("tbl", "key", "idx", "value")
_COLUMNS = ("idx", "height", "time", "actor", "event_id", "type", "outcome", "case_no")


class Fault(Exception):
    """The first fault: the entry it belongs to (None: no single one), its place, and what is wrong."""

    def __init__(self, index: int | None, place: str, problem: str) -> None:
        super().__init__(index, place, problem)
        self.index = index
        self.place = place
        self.problem = problem

    def __str__(self) -> str:
        entry = "" if self.index is None else f"第 {self.index} 条 entry {self.index}, "
        return f"审计发现不符 first fault: {entry}{self.place}: {self.problem}"


class _Memory:
    """The register as executed so far: every row by key, in order of first appearance."""

    def __init__(self) -> None:
        self.held: dict[RowKey, Row] = {}

    def row(self, table: str, key: str) -> Row | None:
        return self.held.get((table, key))

    def rows(self, places: Sequence[RowKey]) -> dict[RowKey, Row]:
        return {place: self.held[place] for place in places if place in self.held}


class Retrace:
    """One walk from the empty register to the head; `everything` raises `Fault` at the first difference."""

    def __init__(self, reads: Reads, trust: Trust | None) -> None:
        self._reads = reads
        self._trust = trust
        # From each size on, whose cosignatures suffice: the founders', until an entry changes a key or the policy.
        self._quorums: list[tuple[int, Trust]] = [(0, trust)] if trust else []
        self._keys: dict[str, Key] = {}
        self._net = reads.net()
        self._seen = Seen()
        self._memory = _Memory()
        self._frontier = Frontier()
        self._at_index = 0  # of the entry being executed
        self._hashes = self._scan(_HASHES, "hashes, position", 0)
        self._history = self._scan(_HISTORY, "history, seq", 0)
        self._touched = array("H")  # by index: number of units that the entry touches
        self._last: dict[int, int] = {}  # height -> size after its last entry
        self._at = {
            0: Sealed(0, 0, 0, EMPTY_ROOT, bytes.fromhex(RegisterDigest().hex()))
        }  # by size, for the wanted sizes
        sizes = reads.readers.rows("SELECT size FROM blocks UNION SELECT size FROM checkpoints")
        self._wanted = {row[0] for row in sizes}
        self.head = Head()
        self.changes = self.blocks = self.checkpoints = 0

    def everything(self) -> None:
        """Compare every table with the result of executing the log. Raises `Fault`."""
        found = self._reads.readers.rows("PRAGMA integrity_check(1)")
        if found != [("ok",)]:
            raise Fault(None, str(self._reads.path), str(found[0][0]))
        stored = self._scan(_ENTRIES, "entries, idx", 0)
        while batch := list(islice(stored, BATCH)):
            self._entries(batch)
        _ended(self._hashes, "hashes, position")
        _ended(self._history, "history, seq")
        self._check_touches()
        self._check_register()
        self._check_blocks()
        self._check_checkpoints()
        if self._reads.load_head().digest != self.head.digest:
            raise Fault(None, "meta, name digest", "is not the sum of the register")

    def _entries(self, batch: list[tuple[Any, ...]]) -> None:
        """Execute some entries, and compare everything that each of them wrote."""
        execution = Execution(self._net, self.head, self._frontier, self._memory, self._seen)
        for row in batch:
            self._at_index = execution.index
            entry = self._parse(execution.index, row[-1])
            changed, hashed = len(execution.changes), len(execution.hashes)
            try:
                execution.repeat(entry)
            except Diverged as found:
                problem = f"executing gives {found.ours!r}, stored is {found.theirs!r}"
                raise Fault(found.index, f"leaf{found.field}", problem) from found
            _compare_columns(execution.additions[-1], row)
            self._touched.append(len(execution.additions[-1].units))
            self._compare_touches(execution.additions[-1])
            self._compare_hashes(entry.index, execution.hashes[hashed:])
            for change in execution.changes[changed:]:
                self._compare_history(entry.index, change)
            self._note_quorum(execution.index, execution.changes[changed:])
            self.changes += len(execution.changes) - changed
            size = self._last[entry.height] = execution.index
            if size in self._wanted:
                register = bytes.fromhex(entry.decision["register"])
                self._at[size] = Sealed(entry.height, entry.time, size, execution.root(), register)
        execution.seal()
        result = execution.result()
        self.head, self._frontier = result.head, result.frontier

    def _parse(self, index: int, leaf: bytes) -> Entry:
        try:
            return parse_theirs(index, leaf)
        except Diverged as found:
            raise Fault(index, f"leaf{found.field}", str(found.theirs)) from found

    def _compare_touches(self, addition: Addition) -> None:
        for unit in addition.units:
            sql = "SELECT 1 FROM touches WHERE unit = ? AND idx = ?"
            if not self._reads.readers.rows(sql, (unit, addition.index)):
                raise Fault(addition.index, f"touches, unit {unit}", "the row is missing")

    def _compare_hashes(self, index: int, hashes: list[bytes]) -> None:
        for value in hashes:
            stored = next(self._hashes, None)
            if stored is None:
                raise Fault(index, "hashes", "a row is missing")
            if stored[1] != value:
                raise Fault(index, f"hashes, position {stored[0]}", "is not the hash of its leaves")

    def _compare_history(self, index: int, change: Change) -> None:
        """Check that the row an entry replaced is the next one in history, and put the new row in its place here."""
        old = self._memory.row(change.table, change.key)
        if old is not None:
            stored = next(self._history, None)
            if stored is None:
                raise Fault(
                    index, "history", f"the row that {change.table} {change.key} had before is missing"
                )
            wanted = (change.table, change.key, old.index, old.raw)
            _same(index, f"history, seq {stored[0]}", _ROW_COLUMNS, stored[1:], wanted)
        self._memory.held[change.table, change.key] = change.row

    def _note_quorum(self, size: int, changes: Sequence[Change]) -> None:
        """Keep whose cosignatures suffice from a size on, if its last entry has changed that since the genesis."""
        concerned = [change for change in changes if change.table in CONCERNED]
        self._keys |= {
            change.key: change.row.record for change in concerned if isinstance(change.row.record, Key)
        }
        if concerned and size > 1 and self._trust is not None:
            row = self._memory.row(Policy.TABLE, POLICY_KEY)
            policy = row.record if row is not None and isinstance(row.record, Policy) else None
            self._quorums.append((size, trust_by(self._trust.log, policy, self._keys.values())))

    def _check_touches(self) -> None:
        sql = "SELECT idx, count(*) FROM touches GROUP BY idx ORDER BY idx"
        for index, count in self._reads.readers.rows(sql):
            wanted = self._touched[index] if 0 <= index < len(self._touched) else 0
            if count != wanted:
                raise Fault(index, "touches", f"{count} rows; the entry touches {wanted} units")

    def _check_register(self) -> None:
        """Check that the stored rows, by id, are the executed rows in order of first appearance."""
        stored = self._scan(_REGISTER, "register, id", 1)
        for (table, key), row in self._memory.held.items():
            found = next(stored, None)
            if found is None:
                raise Fault(row.index, "register", f"the row of {table} {key} is missing")
            wanted = (table, key, row.index, row.raw, *facets(row.record))
            _same(row.index, f"register, id {found[0]}", (*_ROW_COLUMNS, *FACETS), found[1:], wanted)
        _ended(stored, "register, id")

    def _check_blocks(self) -> None:
        """Check that each row is empty or ends at an entry of its height, and that no height with entries lacks one."""
        before = self._at[0]
        missing = dict.fromkeys(self._last.values())
        for seq, *columns in self._scan(_BLOCKS, "blocks, seq", 0):
            block = Sealed(*columns)
            wanted = self._at.get(block.size)
            if wanted is None:
                problem = f"its size is {block.size}, the log has {self.head.size} entries"
                raise Fault(None, f"blocks, seq {seq}", problem)
            if block.size == before.size:  # an empty block: all one can check is that it follows
                wanted = Sealed(block.height, block.time, block.size, wanted.root, wanted.register)
            index = max(0, block.size - 1)
            _same(
                index,
                f"blocks, seq {seq}",
                Sealed.__struct_fields__,
                columns,
                msgspec.structs.astuple(wanted),
            )
            later = block.height > before.height and block.time > before.time
            if (
                not later and (block.height, block.time) != (before.height, before.time)
            ) or block.size < before.size:
                raise Fault(index, f"blocks, seq {seq}", "does not follow the row before it")
            missing.pop(block.size, None)
            self.blocks, before = self.blocks + 1, block
        for size in missing:
            raise Fault(size - 1, "blocks", f"no row ends at size {size}, where a height ends")
        height, time = self._reads.quiet()
        if (height > before.height) != (time > before.time):
            raise Fault(None, "meta, name quiet", "is neither before nor after the last row of blocks")

    def _check_checkpoints(self) -> None:
        try:
            for size, final, note in kept(self._reads.readers):
                self._check_checkpoint(size, final, note)
        except Broken as found:
            raise Fault(None, found.place, found.problem) from found

    def _check_checkpoint(self, size: int, final: int, note: bytes) -> None:
        place = f"checkpoints, size {size}"
        try:
            checkpoint = self._checkpoint(note, final)
        except (NotTrusted, Malformed, ValueError) as fault:
            raise Fault(size - 1, place, str(fault)) from fault
        found = self._at.get(checkpoint.size)
        if checkpoint.size != size or checkpoint.origin != self._net:
            raise Fault(size - 1, place, f"the note is of {checkpoint.origin} at size {checkpoint.size}")
        if found is None:
            raise Fault(
                self.head.size, place, f"the log ends at {self.head.size} entries: the rest is missing"
            )
        if found.root != checkpoint.root:
            raise Fault(size - 1, place, "the note has another root than the entries")
        self.checkpoints += 1

    def _checkpoint(self, note: bytes, final: int) -> Checkpoint:
        """Return the checkpoint in a note.

        With a trust policy it is verified: a final one by quorum, any other by the log key.
        """
        if self._trust is None:
            return parse_body(split_note(note)[0])
        if final:
            return self._by_quorum(note)
        return parse_body(open_note(note, [self._trust.log]).text)

    def _by_quorum(self, note: bytes) -> Checkpoint:
        """Return a final checkpoint that the quorum at its size cosigned, or the next one, which may have come before it did.

        Raises NotTrusted.
        """
        size = parse_body(split_note(note)[0]).size
        *_, now = (trust for start, trust in self._quorums if start <= size)
        later = next((trust for start, trust in self._quorums if start > size), None)
        try:
            return now.check(note).checkpoint
        except NotTrusted:
            if later is None:
                raise
        return later.check(note).checkpoint

    def _scan(self, sql: str, place: str, first: int) -> Iterator[tuple[Any, ...]]:
        """Yield all rows of a table by the number in the first column, which must run from `first` without gaps."""
        start, number = -1, first
        while rows := self._reads.readers.rows(sql, (start, BATCH)):
            for row in rows:
                if row[0] != number:
                    raise Fault(
                        self._at_index, f"{place} {number}", f"the row is missing; the next one is {row[0]}"
                    )
                number += 1
                yield row
            start = rows[-1][0]


def _compare_columns(addition: Addition, row: tuple[Any, ...]) -> None:
    wanted = (
        addition.index,
        addition.height,
        addition.time,
        addition.actor,
        addition.event_id,
        addition.type,
        addition.outcome,
        addition.case,
    )
    _same(addition.index, "entries", _COLUMNS, row[: len(wanted)], wanted)


def _same(index: int, place: str, names: Sequence[str], stored: Sequence[Any], wanted: Sequence[Any]) -> None:
    """Compare the columns of one row. Raises `Fault` naming the first that differs."""
    for name, found, right in zip(names, stored, wanted, strict=True):
        if found != right:
            raise Fault(index, f"{place}, column {name}", f"executing gives {right!r}, stored is {found!r}")


def _ended(stored: Iterator[tuple[Any, ...]], place: str) -> None:
    extra = next(stored, None)
    if extra is not None:
        raise Fault(None, f"{place} {extra[0]}", "no entry wrote this row")
