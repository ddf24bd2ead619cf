"""SQLite connections as the ledger needs them, and the exception that ends a process whose storage has failed."""

import fcntl
import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

LOCK_FILE = "ledger.lock"
BUSY_TIMEOUT_MS = 5_000
WRITER_CHECKPOINT_PAGES = 4_000  # 16 MiB of WAL, then the writer copies it into the database
WRITER_CACHE_KIB = 8_192
READER_CACHE_KIB = 256  # for each of some ninety threads; the operating system caches the file anyway
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


class _Open:
    """A thread's connection, closed when the thread is gone."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def __del__(self) -> None:
        self.connection.close()


class Readers:
    """Read-only connections to one database file, one for each thread that asks."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._all: weakref.WeakSet[_Open] = weakref.WeakSet()  # a thread that ends releases its own
        self._lock = threading.Lock()

    def connection(self) -> sqlite3.Connection:
        """Return this thread's connection."""
        found: _Open | None = getattr(self._local, "open", None)
        if found is None:
            with fatal(str(self.path)):
                found = _Open(connect_reader(self.path))
            self._local.open = found
            with self._lock:
                self._all.add(found)
        return found.connection

    def rows(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of one statement, read in one snapshot. Raises FatalStorage."""
        try:
            return self.connection().execute(sql, parameters).fetchall()
        except (sqlite3.Error, UnicodeDecodeError) as fault:  # UnicodeDecodeError: a damaged schema or text
            raise FatalStorage(str(self.path), f"{type(fault).__name__}: {fault}") from fault

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Make all reads of this thread inside see one committed state."""
        connection = self.connection()
        with fatal(str(self.path)):
            connection.execute("BEGIN")
        try:
            yield
        finally:
            with fatal(str(self.path)):
                connection.execute("COMMIT")

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            for one in list(self._all):
                one.connection.close()
            self._all.clear()
        self._local = threading.local()


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
