"""Which request stands behind an Idempotency-Key: the same request gets the same event again, another is refused.

The key is the id of the event that the request makes. A row is kept per key: whose client it was, which target, a
keyed hash of the body (keyed, because a body may hold an identity number, which a plain hash would give away), and
the signed envelope, so that a retry after a crash sends the very same bytes to the ledger.
"""

import hashlib
import re
import secrets
import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path

from api.errors import Problem

KEY = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
DATABASE = "api.db"
BUSY_S = 5.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS secret (only INTEGER PRIMARY KEY CHECK (only = 1), value BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS requests (
    id TEXT PRIMARY KEY, client TEXT NOT NULL, target TEXT NOT NULL, body BLOB NOT NULL, envelope BLOB
) STRICT, WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Request:
    """A write as its caller sent it."""

    id: str
    client: str
    target: str
    body: bytes


def key_of(header: str | None) -> str:
    """The Idempotency-Key of a request; Problem when it is missing or misshapen."""
    if header is None:
        raise Problem("idempotency-key-required")
    if not KEY.fullmatch(header):
        raise Problem("idempotency-key-required", "Idempotency-Key 须为 1 至 64 位 A-Za-z0-9_.:- 字符。",
                      "Idempotency-Key must be 1 to 64 of A-Za-z0-9_.:-.",
                      errors=[{"in": "header", "pointer": "#/Idempotency-Key", "detail": "格式不符 bad form"}])
    return header


class Requests:
    """The table of requests in `api.db`; one connection behind a lock."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        path.touch(mode=0o600)
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=BUSY_S)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)
        self._db.execute("INSERT OR IGNORE INTO secret VALUES (1, ?)", (secrets.token_bytes(32),))
        self._secret: bytes = self._db.execute("SELECT value FROM secret").fetchone()[0]
        # A row without an envelope is a request that a crash cut off before anything was signed.
        self._db.execute("DELETE FROM requests WHERE envelope IS NULL")

    def begin(self, request: Request) -> bytes | None:
        """The envelope this request made before, or None when it is the first and may now be signed.

        Problem idempotency-key-reused for another request under the same key, request-in-progress while the first
        one is still being signed.
        """
        digest = hashlib.blake2b(request.body, key=self._secret, digest_size=32).digest()
        mine = (request.client, request.target, digest)
        with self._lock:
            row = self._db.execute(
                "SELECT client, target, body, envelope FROM requests WHERE id = ?", (request.id,)
            ).fetchone()
            if row is None:
                self._db.execute("INSERT INTO requests VALUES (?, ?, ?, ?, NULL)", (request.id, *mine))
                return None
        if row[:3] != mine:
            raise Problem("idempotency-key-reused")
        if row[3] is None:
            raise Problem("request-in-progress", headers={"Retry-After": "1"})
        return bytes(row[3])

    def signed(self, request_id: str, envelope: bytes) -> None:
        """Keep the envelope that a request made."""
        with self._lock:
            self._db.execute("UPDATE requests SET envelope = ? WHERE id = ?", (envelope, request_id))

    def forget(self, request_id: str) -> None:
        """Forget a request that made no event, so that its key is free again."""
        with self._lock:
            self._db.execute("DELETE FROM requests WHERE id = ?", (request_id,))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()
