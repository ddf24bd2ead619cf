"""Access logs on disk, ways to tamper with one, and a process that reads until it is killed.

`python -m tests.nodes.access_logs HOME [POINT COUNT]` prints the number of each row after `record` has returned; with a
point it kills itself there at the COUNT-th time.
"""

import os
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import orjson

from dengbu.ledger.log.encoding import canonical
from dengbu.ledger.log.keys import Signer
from dengbu.nodes.home.config import ACCESS_HEAD_FILE, VAULT_FILE, Officer
from dengbu.nodes.private.access_chain import hash_of
from dengbu.nodes.private.access_head import FIRST_SEQ, Head, HeadFile, of_home
from dengbu.nodes.private.access_log import AccessLog
from dengbu.nodes.private.vault import Vault
from dengbu.nodes.store.slots import SLOT_BYTES

INSTITUTION = "hz-registry"
KEY, STRANGER = Signer(b"k" * 32), Signer(b"s" * 32)
SUBJECTS = ("a" * 64, "b" * 64)
ROWS = 6
POINTS = ("row", "head")  # before the row is committed; after that, and before its head is on the disk

Touch = Callable[[Path], None]


@contextmanager
def opened(home: Path) -> Iterator[AccessLog]:
    """Open the log of a home, as a node does."""
    home.mkdir(exist_ok=True)
    head_file = of_home(home, INSTITUTION, KEY)
    with closing(Vault(home / VAULT_FILE)) as vault:
        yield AccessLog(vault, INSTITUTION, head_file)


def read_once(log: AccessLog, n: int = 0) -> int:
    """Record a reading; return the number of its row."""
    row = log.record(
        Officer("o-1", "counter-3"),
        "审核 review",
        index=10 + n,
        case=f"441302-20261122-00000{n}",
        subjects=[SUBJECTS[n % 2]],
        fields=["parties"],
    )
    return row.n


def filled(home: Path, rows: int = ROWS) -> Path:
    """Return a home whose log has some rows."""
    with opened(home) as log:
        for n in range(rows):
            read_once(log, n)
    return home


# ---- tampering with it -----------------------------------------------------------------------------------------------


@contextmanager
def by_hand(home: Path) -> Iterator[sqlite3.Connection]:
    """Open the vault as anybody can who may write the file: such a person can also drop the triggers."""
    with closing(sqlite3.connect(home / VAULT_FILE)) as database:
        for trigger in ("next", "no_update", "no_delete"):
            database.execute(f"DROP TRIGGER IF EXISTS access_log_{trigger}")
        yield database
        database.commit()


def sql(*statements: str) -> Touch:
    """Return a touch that runs SQL on the vault."""

    def touch(home: Path) -> None:
        with by_hand(home) as database:
            for statement in statements:
                database.execute(statement)

    return touch


def rewritten(first: int, last: int | None = None) -> Touch:
    """Rewrite every row from a number on for another officer, with all hashes made to fit; cut the log after `last`."""

    def touch(home: Path) -> None:
        with by_hand(home) as database:
            rows = database.execute("SELECT n, row, hash FROM access_log ORDER BY n").fetchall()
            prev = rows[first - 2][2] if first > 1 else "0" * 64
            for n, raw, _ in rows[first - 1 :]:
                row = canonical({**orjson.loads(raw), "officer": "somebody", "prev": prev})
                prev = hash_of(row)
                database.execute("UPDATE access_log SET row = ?, hash = ? WHERE n = ?", (row, prev, n))
            if last is not None:
                database.execute("DELETE FROM access_log WHERE n > ?", (last,))

    return touch


def replaced(n: int) -> Touch:
    """Replace one row and its own hash, but adjust nothing after it."""

    def touch(home: Path) -> None:
        with by_hand(home) as database:
            found = database.execute("SELECT row FROM access_log WHERE n = ?", (n,)).fetchone()[0]
            row = found.replace(b"o-1", b"o-9")
            database.execute("UPDATE access_log SET row = ?, hash = ? WHERE n = ?", (row, hash_of(row), n))

    return touch


def inserted(n: int) -> Touch:
    """Insert a row at a number, chained to the one before it; the later ones move up."""

    def touch(home: Path) -> None:
        with by_hand(home) as database:
            database.execute("UPDATE access_log SET n = -n - 1 WHERE n >= ?", (n,))
            database.execute("UPDATE access_log SET n = -n WHERE n < 0")
            raw, prev = database.execute("SELECT row, hash FROM access_log WHERE n = ?", (n - 1,)).fetchone()
            row = canonical({**orjson.loads(raw), "n": n, "prev": prev})
            database.execute("INSERT INTO access_log VALUES (?, ?, ?)", (n, row, hash_of(row)))

    return touch


def head(change: Callable[[bytes], bytes | None], *more: Touch) -> Touch:
    """Change the head file, or remove it if `change` returns None; then apply the other touches."""

    def touch(home: Path) -> None:
        made = change((home / ACCESS_HEAD_FILE).read_bytes())
        (home / ACCESS_HEAD_FILE).unlink()
        if made is not None:
            (home / ACCESS_HEAD_FILE).write_bytes(made)
        for each in more:
            each(home)

    return touch


def newest(raw: bytes) -> int:
    """Return which of the two lines is the newer one, 0 or 1."""
    return max((0, 1), key=lambda at: orjson.loads(raw[at * SLOT_BYTES :][:SLOT_BYTES])["head"]["seq"])


def without_newest(raw: bytes) -> bytes:
    """Spoil the newer line."""
    at = newest(raw) * SLOT_BYTES
    return raw[:at] + b"\xff" * SLOT_BYTES + raw[at + SLOT_BYTES :]


def older_twice(raw: bytes) -> bytes:
    """Overwrite the newer line with the older one."""
    at = (1 - newest(raw)) * SLOT_BYTES
    return 2 * raw[at : at + SLOT_BYTES]


def forged(raw: bytes) -> bytes:
    """Lower the head's number and leave the signature as it is."""
    return raw.replace(b'"n":6', b'"n":5')


def of_a_stranger(home: Path) -> None:
    """Cut the log, and write a head for what is left, signed with a key that is not this node's."""
    sql("DELETE FROM access_log WHERE n > 4")(home)
    with closing(sqlite3.connect(home / VAULT_FILE)) as database:
        (digest,) = database.execute("SELECT hash FROM access_log WHERE n = 4").fetchone()
    HeadFile(home / ACCESS_HEAD_FILE, INSTITUTION, STRANGER).create(Head(FIRST_SEQ, 4, digest))


def main(home: Path, point: str = "", count: int = 0) -> None:
    """Read until killed."""
    left = count

    def reached(name: str) -> None:
        nonlocal left
        left -= name == point
        if point == name and left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    class Dying(HeadFile):
        """A head file with a place to die at before it is written."""

        def write(self, head: Head) -> None:
            reached("head")
            super().write(head)

    home.mkdir(exist_ok=True)
    of_home(home, INSTITUTION, KEY)
    vault = Vault(home / VAULT_FILE)
    vault._connection.set_trace_callback(lambda one: reached("row") if one == "COMMIT" else None)
    log = AccessLog(vault, INSTITUTION, Dying(home / ACCESS_HEAD_FILE, INSTITUTION, KEY))
    while True:
        sys.stdout.write(f"{read_once(log)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:3], *map(int, sys.argv[3:4]))
