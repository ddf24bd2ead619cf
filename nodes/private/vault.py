"""`vault.db`: private payloads at rest, separate from the ledger and erasable.

A payload is stored as it travels: a `SecretBox` of salt and value under a fresh data key, and one wrap of that key for
each entitled institution. Nothing in the file is plaintext. Erasing destroys wraps, salt and ciphertext so that no byte
of them remains in any file of the home: by `secure_delete`, by `VACUUM` (rebuilt pages keep stray copies), and by
truncating the write-ahead log to nothing.

It uses one connection behind one lock: SQLite before 3.51.3 may corrupt a WAL file that two connections checkpoint.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dengbu.ledger.log.encoding import Malformed
from dengbu.nodes.home.clock import now_ms
from dengbu.nodes.private.package import Keyring, Opened, Package, parse_package
from dengbu.nodes.store.connection import fatal

BUSY_MS = 5_000
ORPHAN_LIFE_MS = 24 * 3_600_000  # a payload whose event never enters the log is dropped after a day
OUTBOX_ROWS_MAX = 500

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "secure_delete=ON",
    "temp_store=MEMORY",  # VACUUM must not leave a copy in a temporary file
    "trusted_schema=OFF",
    "cell_size_check=ON",
    f"busy_timeout={BUSY_MS}",
)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS payloads (
  commitment TEXT PRIMARY KEY, package BLOB NOT NULL, received INTEGER NOT NULL, idx INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS payloads_orphans ON payloads (received) WHERE idx IS NULL;
CREATE TABLE IF NOT EXISTS erased (commitment TEXT PRIMARY KEY, idx INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS outbox (
  institution TEXT NOT NULL, commitment TEXT NOT NULL, PRIMARY KEY (institution, commitment)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS wanted (commitment TEXT PRIMARY KEY, sources TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS access_log (n INTEGER PRIMARY KEY, row BLOB NOT NULL, hash TEXT NOT NULL) STRICT;
CREATE TRIGGER IF NOT EXISTS access_log_next BEFORE INSERT ON access_log
  WHEN NEW.n <> (SELECT coalesce(max(n), 0) + 1 FROM access_log)
  BEGIN SELECT raise(ABORT, 'the access log only grows, one row at a time'); END;
CREATE TRIGGER IF NOT EXISTS access_log_no_update BEFORE UPDATE ON access_log
  BEGIN SELECT raise(ABORT, 'the access log only grows'); END;
CREATE TRIGGER IF NOT EXISTS access_log_no_delete BEFORE DELETE ON access_log
  BEGIN SELECT raise(ABORT, 'the access log only grows'); END;
"""
_SCRUB_DUE = "INSERT OR REPLACE INTO meta VALUES ('scrub', 1)"


@dataclass(frozen=True)
class Bound:
    """What the vault learns from one entry of the log: its index and the commitments it names."""

    index: int
    commitments: tuple[str, ...]
    # commitments that this institution is entitled to -> institutions to ask, the writer first
    wanted: Mapping[str, tuple[str, ...]]


class Vault:
    """The payloads at rest, those still to be delivered, and those missing; safe from any thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        with fatal(str(path)):
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            path.chmod(0o600)
            for pragma in _PRAGMAS:
                self._connection.execute(f"PRAGMA {pragma}").fetchall()
            self._connection.executescript(_SCHEMA)
        if not self.scrubbed:  # the process ended between an erasure and the removal of its bytes
            self.scrub()

    def close(self) -> None:
        """Close the file; the vault cannot be used afterwards."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run one durable transaction, all or nothing. Raises FatalStorage on any failure of the file."""
        with self._lock, fatal(str(self.path)):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def rows(self, sql: str, *values: str | int) -> list[tuple[object, ...]]:
        """Return all rows of a query to the vault. Raises FatalStorage."""
        with self._lock, fatal(str(self.path)):
            return self._connection.execute(sql, values).fetchall()

    def put(self, packages: Iterable[Package], *, deliver_for: str | None = None) -> None:
        """Keep packages in one transaction; an erased payload stays erased.

        deliver_for: the institution that made them; each is then queued for every other institution entitled to it.
        """
        received, packages = now_ms(), tuple(packages)
        to_deliver = [
            (institution, package.commitment)
            for package in packages
            for institution in (package.to if deliver_for else ())
            if institution != deliver_for
        ]
        with self.transaction() as db:
            db.executemany(
                "INSERT OR IGNORE INTO payloads SELECT ?1, ?2, ?3, NULL"
                " WHERE NOT EXISTS (SELECT 1 FROM erased WHERE commitment = ?1)",
                [(package.commitment, package.raw, received) for package in packages],
            )
            db.executemany(
                "DELETE FROM wanted WHERE commitment = ?", [(package.commitment,) for package in packages]
            )
            db.executemany("INSERT OR IGNORE INTO outbox VALUES (?, ?)", to_deliver)

    def package(self, commitment: str) -> Package | None:
        """Return a package as stored; None if it never arrived or is erased."""
        found = self.rows("SELECT package FROM payloads WHERE commitment = ?", commitment)
        return parse_package(_blob(found[0][0])) if found else None

    def get(self, commitment: str, keyring: Keyring) -> Opened | None:
        """Open a payload; return None if it is not here. Raises Unentitled or Malformed."""
        package = self.package(commitment)
        if package is None:
            return None
        if package.commitment != commitment:
            raise Malformed(
                "commitment", "/commitment", f"the vault holds another payload in place of {commitment}"
            )
        return keyring.open(package)

    def wanted(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return the missing payloads that the log entitles this institution to: commitment, institutions to ask."""
        found = self.rows("SELECT commitment, sources FROM wanted LIMIT ?", OUTBOX_ROWS_MAX)
        return [(str(commitment), tuple(str(sources).split())) for commitment, sources in found]

    def erased(self, commitment: str) -> bool:
        """Return whether the log has ordered this payload to be erased."""
        return bool(self.rows("SELECT 1 FROM erased WHERE commitment = ?", commitment))

    def bind(self, bound: Sequence[Bound], upto: int) -> None:
        """Record which payloads log entries name, and that the entries below `upto` have been noted."""
        with self.transaction() as db:
            db.executemany(
                "UPDATE payloads SET idx = ? WHERE commitment = ?",
                [(entry.index, commitment) for entry in bound for commitment in entry.commitments],
            )
            db.executemany(
                "INSERT OR REPLACE INTO wanted SELECT ?1, ?2 WHERE NOT EXISTS ("
                "SELECT 1 FROM payloads WHERE commitment = ?1 UNION ALL"
                " SELECT 1 FROM erased WHERE commitment = ?1)",
                [(name, " ".join(sources)) for entry in bound for name, sources in entry.wanted.items()],
            )
            db.execute("INSERT OR REPLACE INTO meta VALUES ('bound', ?)", (upto,))

    def bound(self) -> int:
        """Return how many entries of the log the vault has taken note of."""
        found = self.rows("SELECT value FROM meta WHERE name = 'bound'")
        return int(str(found[0][0])) if found else 0

    def erase(self, commitments: Sequence[str], index: int) -> None:
        """Destroy payloads as the entry at `index` orders, and every trace of their bytes in the home."""
        if all(self.erased(commitment) for commitment in commitments):
            return  # done before
        with self.transaction() as db:
            for commitment in commitments:
                db.execute("INSERT OR IGNORE INTO erased VALUES (?, ?)", (commitment, index))
                db.execute("DELETE FROM outbox WHERE commitment = ?", (commitment,))
                db.execute("DELETE FROM wanted WHERE commitment = ?", (commitment,))
                db.execute("DELETE FROM payloads WHERE commitment = ?", (commitment,))
            db.execute(_SCRUB_DUE)
        self.scrub()

    def expire_orphans(self, now: int) -> int:
        """Drop payloads whose event did not enter the log within ORPHAN_LIFE_MS; return how many. `now` is UTC ms."""
        with self.transaction() as db:
            dropped = db.execute(
                "DELETE FROM payloads WHERE idx IS NULL AND received < ?", (now - ORPHAN_LIFE_MS,)
            ).rowcount
            if dropped:
                db.execute("DELETE FROM outbox WHERE commitment NOT IN (SELECT commitment FROM payloads)")
                db.execute(_SCRUB_DUE)
        if dropped or not self.scrubbed:
            self.scrub()
        return dropped

    def undelivered(self) -> list[tuple[str, str]]:
        """Return everything that waits for delivery: (institution, commitment)."""
        found = self.rows("SELECT institution, commitment FROM outbox")
        return [(str(institution), str(commitment)) for institution, commitment in found]

    def outbox(self, institution: str) -> list[Package]:
        """Return the oldest packages still to be delivered to an institution, at most OUTBOX_ROWS_MAX."""
        found = self.rows(
            "SELECT package FROM outbox JOIN payloads USING (commitment) WHERE institution = ?"
            " ORDER BY payloads.rowid LIMIT ?",
            institution,
            OUTBOX_ROWS_MAX,
        )
        return [parse_package(_blob(package)) for (package,) in found]

    def delivered(self, institution: str, commitments: Sequence[str]) -> None:
        """Remove delivered packages from an institution's outbox."""
        with self.transaction() as db:
            db.executemany(
                "DELETE FROM outbox WHERE institution = ? AND commitment = ?",
                [(institution, commitment) for commitment in commitments],
            )

    @property
    def scrubbed(self) -> bool:
        """Whether no bytes of erased payloads are left to remove from the file."""
        return not self.rows("SELECT 1 FROM meta WHERE name = 'scrub' AND value = 1")

    def scrub(self) -> bool:
        """Rewrite the file without free space and empty its WAL; return False if another process held it."""
        with self._lock, fatal(str(self.path)):
            self._connection.execute("VACUUM")
            busy, _, _ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not busy:
                self._connection.execute("DELETE FROM meta WHERE name = 'scrub'")
            return not busy


def _blob(value: object) -> bytes:
    assert isinstance(value, bytes)
    return value
