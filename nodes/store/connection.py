"""SQLite connections as the ledger needs them, and the exception that ends a process whose storage has failed."""

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

LOCK_FILE = "ledger.lock"
BUSY_TIMEOUT_MS = 5_000
WRITER_CHECKPOINT_PAGES = 4_000  # 16 MiB of WAL, then the writer copies it into the database
WRITER_CACHE_KIB = 8_192
READER_CACHE_KIB = 1_024
READERS_IDLE_MAX = 16  # kept between two reads; a burst opens as many as it needs
_ENSURED = {  # pragma -> its required value; each is a promise, so each is read back
    "journal_mode": "wal",
    "synchronous": 2,  # FULL: a commit is on the disk before anyone hears of it
    "foreign_keys": 1,
    "trusted_schema": 0,
    "cell_size_check": 1,
    "mmap_size": 0,
}


class FatalStorage(Exception):
    """The store could not read or write; the process has to end and start again through its checks.

    After a failed write or fsync the state in memory and on the disk may differ; going on could lose acknowledged
    events.
    """

    def __init__(self, place: str, cause: str) -> None:
        super().__init__(place, cause)
        self.place = place
        self.cause = cause

    def __str__(self) -> str:
        return (
            f"存储故障，进程必须停止 storage failed at {self.place}: {self.cause}. "
            "Stop the process, check disk and file permissions, start again; start-up checks the store."
        )


class NoLedger(Exception):
    """A folder holds no ledger: its node has never run, or it is no node's home."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.home = home

    def __str__(self) -> str:
        return f"没有账本 there is no ledger in {self.home}; it must be the home of a node that has run"


class StoreInUse(Exception):
    """Another process has this home open for writing; two writers on one home would fork the ledger."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.home = home

    def __str__(self) -> str:
        return f"账本已被另一进程打开 {self.home} is open in another process; stop that one first"


@contextmanager
def fatal(place: str) -> Iterator[None]:
    """Turn every SQLite error inside into `FatalStorage`; all SQL is ours, so no error is a caller's fault."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as fault:
        name = getattr(fault, "sqlite_errorname", type(fault).__name__)
        raise FatalStorage(place, f"{name}: {fault}") from fault


def connect_writer(path: Path) -> sqlite3.Connection:
    """Open the one connection that writes and checkpoints. Its user begins and ends transactions explicitly."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, check_same_thread=False
    )
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    for pragma, wanted in _ENSURED.items():
        connection.execute(f"PRAGMA {pragma}={wanted}")
    connection.execute("PRAGMA recursive_triggers=ON")
    connection.execute(f"PRAGMA wal_autocheckpoint={WRITER_CHECKPOINT_PAGES}")
    connection.execute(f"PRAGMA cache_size=-{WRITER_CACHE_KIB}")
    for pragma, wanted in _ENSURED.items():
        found = connection.execute(f"PRAGMA {pragma}").fetchone()
        if found is None or found[0] != wanted:
            raise FatalStorage(str(path), f"PRAGMA {pragma} is {found}, and must be {wanted}")
    return connection


def connect_reader(path: Path) -> sqlite3.Connection:
    """Open a connection that cannot write and never checkpoints."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
    )
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA query_only=ON")
    connection.execute("PRAGMA trusted_schema=OFF")
    connection.execute("PRAGMA cell_size_check=ON")
    connection.execute("PRAGMA mmap_size=0")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    connection.execute(f"PRAGMA cache_size=-{READER_CACHE_KIB}")
    return connection


class Readers:
    """Read-only connections to one database file, as many as read at the same time; safe from any thread.

    The connection that was put back last is taken first: its pages and statements are warm, and a node with hundreds of
    threads keeps the few connections that its readers need at once.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle: list[sqlite3.Connection] = []
        self._open: set[sqlite3.Connection] = set()
        self._local = threading.local()
        self._lock = threading.Lock()

    def rows(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of one statement, read in one snapshot. Raises FatalStorage."""
        held: sqlite3.Connection | None = getattr(self._local, "held", None)
        connection = held or self._taken()
        try:
            return connection.execute(sql, parameters).fetchall()
        except (sqlite3.Error, UnicodeDecodeError) as fault:  # UnicodeDecodeError: a damaged schema or text
            raise FatalStorage(str(self.path), f"{type(fault).__name__}: {fault}") from fault
        finally:
            if held is None:
                self._put_back(connection)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Make all reads of this thread inside see one committed state."""
        self._local.held = connection = self._taken()
        try:
            with fatal(str(self.path)):
                connection.execute("BEGIN")
            try:
                yield
            finally:
                with fatal(str(self.path)):
                    connection.execute("COMMIT")
        finally:
            self._local.held = None
            self._put_back(connection)

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            for one in self._open:
                one.close()
            self._open.clear()
            self._idle.clear()

    def _taken(self) -> sqlite3.Connection:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        with fatal(str(self.path)):
            made = connect_reader(self.path)
        with self._lock:
            self._open.add(made)
        return made

    def _put_back(self, connection: sqlite3.Connection) -> None:
        """Keep a connection for the next reader; one that is left in a transaction, or one too many, is closed."""
        with self._lock:
            if connection not in self._open:
                return
            if len(self._idle) < READERS_IDLE_MAX and not connection.in_transaction:
                self._idle.append(connection)
                return
            self._open.remove(connection)
        connection.close()


def lock_home(home: Path) -> int:
    """Take the home's writer lock for the life of the returned descriptor. Raises `StoreInUse` or `FatalStorage`."""
    try:
        descriptor = os.open(home / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as fault:
        raise FatalStorage(str(home), str(fault)) from fault
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise StoreInUse(home) from None
    return descriptor
