"""`api.db`, where nonces seen and requests made outlast a restart; one connection behind one lock.

It holds nothing that the ledger needs: if it is lost, the ledger checks retries instead.
"""

import secrets
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

FILE = "api.db"

_SCHEMA = """
PRAGMA journal_mode=WAL;
PRAGMA synchronous=NORMAL;
CREATE TABLE IF NOT EXISTS secret (only INTEGER PRIMARY KEY CHECK (only = 1), value BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS requests (
    id TEXT PRIMARY KEY, client TEXT NOT NULL, target TEXT NOT NULL, body BLOB NOT NULL, envelope BLOB
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS nonces (
    key TEXT, nonce TEXT, expires INTEGER NOT NULL, PRIMARY KEY (key, nonce)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS nonces_expires ON nonces (expires);
"""


class Database:
    """The opened file; statements run one at a time."""

    def __init__(self, path: Path) -> None:
        self.lock = threading.RLock()
        path.touch(mode=0o600)
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.executescript(_SCHEMA)
        self.run("INSERT OR IGNORE INTO secret VALUES (1, ?)", secrets.token_bytes(32))
        self.secret: bytes = self.rows("SELECT value FROM secret")[0][0]

    def run(self, sql: str, *values: object) -> int:
        """Run a statement; return how many rows it changed."""
        with self.lock:
            return self._connection.execute(sql, values).rowcount

    def rows(self, sql: str, *values: object) -> Sequence[tuple]:
        """Return the rows of a query."""
        with self.lock:
            return self._connection.execute(sql, values).fetchall()

    def close(self) -> None:
        """Close the file."""
        with self.lock:
            self._connection.close()
