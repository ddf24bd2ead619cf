"""Events that this node has taken and not yet seen in a committed block, on the disk before anyone is told so.

CometBFT loses its mempool when it ends. The events here are handed to it again, as the same bytes, until they turn up
in a block or can no longer enter the log.

    outbox.db    events(actor, event_id, raw)    one file in the home; one transaction for all that wait at a time
"""

import os
import sqlite3
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

import sqlite_utils

from dengbu.nodes.store.connection import FatalStorage, connect_writer, fatal

FILE = "outbox.db"
EVENTS_MAX = 8_192
Name = tuple[str, str]  # actor, event id


class Full(Exception):
    """The outbox is full; try again when some events have been ordered."""


class Conflict(Exception):
    """The outbox holds other bytes under the same actor and id."""


class _Batch:
    """The changes written in one transaction."""

    def __init__(self) -> None:
        self.added: dict[Name, bytes] = {}
        self.removed: set[Name] = set()
        self.written = False


class Outbox:
    """The outbox of one node, for any thread. A storage error raises `FatalStorage`, and the process has to end."""

    def __init__(self, home: Path) -> None:
        self._path = home / FILE
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._next = _Batch()
        self._failed: FatalStorage | None = None
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        with fatal(str(self._path)):
            self._writer = connect_writer(self._path)
            database = sqlite_utils.Database(self._writer)
            shape = {"actor": str, "event_id": str, "raw": bytes}
            database.table("events").create(
                shape, pk=("actor", "event_id"), not_null=[*shape], strict=True, if_not_exists=True
            )
            rows = self._writer.execute("SELECT actor, event_id, raw FROM events ORDER BY rowid").fetchall()
        self._events: dict[Name, bytes] = {(actor, event_id): raw for actor, event_id, raw in rows}

    def __len__(self) -> int:
        return len(self._events)

    def put(self, name: Name, raw: bytes) -> bool:
        """Keep an event; on return it is on the disk. Return False if it was here already. Raises `Conflict` or `Full`.

        Threads that arrive while a transaction is under way share the next one.
        """
        with self._lock:
            before = self._events.get(name)
            if before is not None and before != raw:
                raise Conflict
            if before is None:
                if len(self._events) >= EVENTS_MAX:
                    raise Full
                self._events[name] = raw
                self._next.added[name] = raw
            batch = self._next  # a repeat of the same bytes waits too: they may not be on the disk yet
        self._write(batch)
        return before is None

    def remove(self, names: Iterable[Name]) -> None:
        """Forget events that are in the log or cannot enter it. The next `put` or `flush` writes the removal."""
        with self._lock:
            for name in names:
                if self._events.pop(name, None) is not None and self._next.added.pop(name, None) is None:
                    self._next.removed.add(name)

    def get(self, name: Name) -> bytes | None:
        """Return the event under a name; None if there is none."""
        return self._events.get(name)

    def waiting(self) -> Mapping[Name, bytes]:
        """Return all events, oldest first."""
        with self._lock:
            return dict(self._events)

    def flush(self) -> None:
        """Write the pending changes."""
        self._write(self._next)

    def close(self) -> None:
        """Write the pending changes and close the file."""
        self.flush()
        with fatal(str(self._path)):
            self._writer.close()

    def _write(self, batch: _Batch) -> None:
        """Return when a batch is written, by this thread or by one that came before it."""
        with self._writing:
            if batch.written:
                return
            with self._lock:
                if self._failed:
                    raise self._failed
                self._next = _Batch()
            try:
                self._store(batch)
            except FatalStorage as fault:
                self._failed = fault
                raise
            batch.written = True

    def _store(self, batch: _Batch) -> None:
        if not batch.added and not batch.removed:
            return
        with fatal(str(self._path)):
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                self._writer.executemany(
                    "DELETE FROM events WHERE actor = ? AND event_id = ?", sorted(batch.removed)
                )
                self._writer.executemany(
                    "INSERT INTO events (actor, event_id, raw) VALUES (?,?,?)",
                    [(*name, raw) for name, raw in batch.added.items()],
                )
                self._writer.execute("COMMIT")
            except sqlite3.Error:
                self._writer.rollback()
                raise
