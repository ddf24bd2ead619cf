"""Copies a home while its node runs, in an order from which the copy can be restored.

    last-signed, access-head < vault, outbox and the rest < ledger < (afterwards, with the engine stopped) the engine's own data

Each file is copied before those that it must not be ahead of: a file that is behind catches up by itself, one that is ahead
cannot go back. An access log longer than its signed head is accepted; a shorter one counts as cut. The vault reads on in the
log from where it was, and the engine tells the ledger again what it has decided since.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from dengbu.nodes.engines.cometbft.files import FOLDER
from dengbu.nodes.founding.genesis import REQUEST_FILE
from dengbu.nodes.home.config import (
    ACCESS_HEAD_FILE,
    CLIENTS_FILE,
    DATABASES,
    EVIDENCE_DIR,
    GENESIS_FILE,
    LAST_SIGNED_FILE,
    LEDGER_FILE,
    NODE_FILE,
    POLICY_FILE,
)
from dengbu.nodes.home.keystore import FILE_NAME as KEYSTORE_FILE
from dengbu.nodes.store.connection import connect_reader, fatal
from dengbu.nodes.store.reads import Reads

FIRST = (LAST_SIGNED_FILE, ACCESS_HEAD_FILE)
ONCE = (NODE_FILE, GENESIS_FILE, POLICY_FILE, CLIENTS_FILE, REQUEST_FILE, KEYSTORE_FILE)
CONFIG = Path(FOLDER) / "config"
PAGES_A_STEP = 4_096
NEEDED = (LEDGER_FILE, NODE_FILE, GENESIS_FILE, KEYSTORE_FILE)  # without which a folder is no backup


class BackupError(Exception):
    """No backup was made; the message says why and what to do."""


def backup(home: Path, to: Path) -> tuple[int, int]:
    """Copy a home, without the engine's own data, into a new folder; return height and size of the ledger in the copy.

    Raises BackupError when the folder exists already (engine data copied before the ledger would be behind it) or when the
    copy of a database is damaged, and NoLedger when the home has no ledger.
    """
    with Reads(home) as reads:
        reads.must_be_there()
    try:
        to.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise BackupError(
            f"目录已存在 {to} exists; a backup goes into a new folder, "
            "because engine data copied before the ledger would be behind it"
        ) from None
    for name in FIRST:
        if (home / name).exists():
            shutil.copy2(home / name, to)
    others = sorted(path for path in home.glob(DATABASES) if path.name != LEDGER_FILE)
    for path in (*others, home / LEDGER_FILE):
        _copy_database(path, to / path.name)
    for name in ONCE:
        if (home / name).exists():
            shutil.copy2(home / name, to)
    for folder in (EVIDENCE_DIR, CONFIG):
        if (home / folder).is_dir():
            shutil.copytree(home / folder, to / folder)
    with Reads(to) as reads:
        head = reads.load_head()
    return head.height, head.size


def restore(copy: Path, home: Path, check: Callable[[Path], None]) -> tuple[int, int]:
    """Put a backup in place of a home that is not there; return height and size of its ledger.

    `check` raises for a copy that cannot be used; until it has passed, there is no home. Raises BackupError if the folder is
    no backup, or if there is a home already.
    """
    missing = [name for name in NEEDED if not (copy / name).exists()]
    if missing:
        raise BackupError(f"不是备份 {copy} is no backup: it lacks {', '.join(missing)}")
    if home.exists() and any(home.iterdir()):
        raise BackupError(f"目录非空 {home} is not empty; move it away first, it may be needed as evidence")
    beside = home.with_name(home.name + ".restoring")
    try:
        shutil.copytree(copy, beside)
        beside.chmod(0o700)
        check(beside)
        with Reads(beside) as reads:
            head = reads.load_head()
        beside.replace(home)
    except FileExistsError:
        raise BackupError(f"另一次恢复未完成 {beside} is there: another restore did not end") from None
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return head.height, head.size


def _copy_database(path: Path, to: Path) -> None:
    """Copy one committed state of a database that may be in use, by SQLite's own backup."""
    os.close(os.open(to, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    with fatal(str(path)), closing(connect_reader(path)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target, pages=PAGES_A_STEP)
        found = target.execute("PRAGMA integrity_check(1)").fetchone()
    if found != ("ok",):
        raise BackupError(f"副本损坏 the copy of {path} is damaged: {found}")
    with to.open("rb") as file:
        os.fsync(file.fileno())
