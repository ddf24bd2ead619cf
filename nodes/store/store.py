"""The ledger of one node on the disk: one writer, one transaction for each block."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Self

import sqlite_utils

from dengbu.nodes.home.config import LEDGER_FILE
from dengbu.nodes.store import schema
from dengbu.nodes.store.block import Finalized, Head
from dengbu.nodes.store.checkpoint_chain import FIRST, FIRST_SEQ, format_tip, link
from dengbu.nodes.store.connection import FatalStorage, connect_writer, fatal, lock_home
from dengbu.nodes.store.reads import Reads, hash_count
from dengbu.nodes.store.search_columns import facets

_ENTRY = (
    "INSERT INTO entries (idx, height, time, actor, event_id, type, outcome, case_no, leaf)"
    " VALUES (?,?,?,?,?,?,?,?,?)"
)
_TOUCH = "INSERT INTO touches (unit, idx) VALUES (?,?)"
_HASH = "INSERT INTO hashes (position, hash) VALUES (?,?)"
_NEW_ROW = (
    "INSERT INTO register (tbl, key, idx, value, status, party, unit, certificate) VALUES (?,?,?,?,?,?,?,?)"
)
# SQLite rewrites the index entries of every column that is set, changed or not.
_NEXT_VALUE = "UPDATE register SET idx = ?, value = ? WHERE tbl = ? AND key = ?"
_NEXT_ROW = (
    "UPDATE register SET idx = ?, value = ?, status = ?, party = ?, unit = ?, certificate = ?"
    " WHERE tbl = ? AND key = ?"
)
_BLOCK = "INSERT INTO blocks (seq, height, time, size, root, register) VALUES (?,?,?,?,?,?)"
_DIGEST = "UPDATE meta SET value = ? WHERE name = 'digest'"
_QUIET = "INSERT INTO meta (name, value) VALUES ('quiet', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"


class StoreExists(Exception):
    """The home has a ledger already, which is not overwritten."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"账本已存在 {self.path} exists already; choose an empty home, or open this one"


class Stale(Exception):
    """The block was executed on another head than the store's; execute it again."""


class Store(Reads):
    """`Reads`, plus the one connection that writes. Open it in one process only, and commit from one thread at a time.

    Any storage error raises `FatalStorage`, after which nothing more can be written: the process has to end.
    """

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self._lock = threading.Lock()
        self._home_lock = lock_home(home)
        self._failed: FatalStorage | None = None
        try:
            with fatal(str(self.path)):
                self._writer = connect_writer(self.path)
                schema.apply(sqlite_utils.Database(self._writer))
            self._head = self.load_head()
            self._seq: int = self._writer.execute("SELECT coalesce(max(seq), -1) + 1 FROM blocks").fetchone()[
                0
            ]
        except BaseException:
            self._release()
            raise

    @classmethod
    def create(cls, home: Path, net: str) -> Self:
        """Create a new, empty ledger for this network. Raises `StoreExists`.

        It is built under another name and put in place whole, so a crash midway leaves nothing to repair.
        """
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        path, made = home / LEDGER_FILE, home / f"{LEDGER_FILE}.new"
        for left in home.glob(f"{LEDGER_FILE}.new*"):
            left.unlink()
        os.close(os.open(made, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
        meta = [("net", net.encode()), ("digest", Head().digest.to_bytes())]
        with fatal(str(made)), closing(connect_writer(made)) as writer:
            database = sqlite_utils.Database(writer)
            schema.apply(database)
            with database.atomic():
                database.table("meta").insert_all({"name": name, "value": value} for name, value in meta)
            writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        try:
            os.link(made, path)  # unlike a rename, this never replaces another ledger
        except FileExistsError:
            raise StoreExists(path) from None
        finally:
            made.unlink()
        folder = os.open(home, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        os.fsync(folder)
        os.close(folder)
        return cls(home)

    @classmethod
    def open(cls, home: Path) -> Self:
        """Open this home's ledger for writing. Raises `StoreInUse`, or `FatalStorage` if there is none or it fails."""
        return cls(home)

    @property
    def head(self) -> Head:
        """The head of the committed log."""
        return self._head

    def commit(self, block: Finalized) -> Head:
        """Write a block in one transaction; on return it is on the disk. Raises `Stale` or `FatalStorage`.

        Of a block without entries only height and time are kept, replacing those of the last such block, so that an
        idle network does not make the ledger grow.
        """
        with self._lock:
            if block.base != self._head:
                raise Stale(f"the block continues size {block.base.size}, the store has {self._head.size}")
            with self._transaction() as writer:
                if block.additions:
                    self._write(writer, block)
                else:
                    writer.execute(_QUIET, (b"%d %d" % (block.head.height, block.head.time),))
            self._head = block.head
            if block.additions:
                self._seq += len(block.blocks)
        return block.head

    def put_checkpoint(self, size: int, note: bytes, final: bool) -> None:
        """Keep a checkpoint; the first one kept at a size stays. Raises `FatalStorage` for a size below the last."""
        with self._lock:
            sql = "SELECT 1 FROM checkpoints WHERE final = ? AND size = ?"
            with fatal(str(self.path)):
                if self._writer.execute(sql, (int(final), size)).fetchone():
                    return
            with self._transaction() as writer:
                last = writer.execute(
                    "SELECT seq, chain FROM checkpoints ORDER BY seq DESC LIMIT 1"
                ).fetchone()
                seq, chain = last or (FIRST_SEQ - 1, FIRST)
                seq, chain = seq + 1, link(chain, size, int(final), note)
                writer.execute(
                    "INSERT INTO checkpoints VALUES (?,?,?,?,?)", (seq, size, int(final), note, chain)
                )
                writer.execute(
                    "UPDATE meta SET value = ? WHERE name = 'checkpoints'", (format_tip(seq, chain),)
                )

    def close(self) -> None:
        """Close all connections and let another process open this home."""
        super().close()
        with self._lock:
            self._writer.close()
            self._release()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Run BEGIN IMMEDIATE ... COMMIT; an SQLite error inside becomes `FatalStorage` and ends all writing."""
        if self._failed:
            raise self._failed
        writer = self._writer
        try:
            with fatal(str(self.path)):
                writer.execute("BEGIN IMMEDIATE")
                yield writer
                writer.execute("COMMIT")
        except BaseException as fault:
            self._failed = (
                fault if isinstance(fault, FatalStorage) else FatalStorage(str(self.path), repr(fault))
            )
            with suppress(sqlite3.Error):
                writer.rollback()
            raise

    def _write(self, writer: sqlite3.Connection, block: Finalized) -> None:
        additions = block.additions
        rows = [
            (a.index, a.height, a.time, a.actor, a.event_id, a.type, a.outcome, a.case, a.leaf)
            for a in additions
        ]
        writer.executemany(_ENTRY, rows)
        writer.executemany(_TOUCH, [(unit, a.index) for a in additions for unit in a.units])
        writer.executemany(_HASH, list(enumerate(block.hashes, start=hash_count(block.base.size))))
        # New keys come first, each in log order, so that row ids are the same on every node, however it cut its
        # blocks.
        fresh: list[tuple[object, ...]] = []
        changed: list[tuple[str, tuple[object, ...]]] = []
        for change in block.changes:
            row, before = change.row, change.before
            found = facets(row.record)
            if before is None:
                fresh.append((change.table, change.key, row.index, row.raw.decode(), *found))
            elif found == facets(before.record):
                changed.append((_NEXT_VALUE, (row.index, row.raw.decode(), change.table, change.key)))
            else:
                changed.append((_NEXT_ROW, (row.index, row.raw.decode(), *found, change.table, change.key)))
        writer.executemany(_NEW_ROW, fresh)
        for statement, values in changed:  # in log order, which history preserves
            writer.execute(statement, values)
        sealed = [(b.height, b.time, b.size, b.root, b.register) for b in block.blocks]
        writer.executemany(_BLOCK, [(self._seq + place, *row) for place, row in enumerate(sealed)])
        writer.execute(_DIGEST, (block.head.digest.to_bytes(),))

    def _release(self) -> None:
        if self._home_lock >= 0:
            os.close(self._home_lock)
            self._home_lock = -1
