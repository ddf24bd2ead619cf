"""Checkpoints taken out of a ledger, or exchanged for others that are just as valid: the audit names the first place."""

# ruff: noqa: S608  # the rows under attack are named in the SQL

import sqlite3
from pathlib import Path

import pytest

from dengbu.ledger.log.checkpoint import Checkpoint
from dengbu.nodes.audit.audit import audit
from dengbu.nodes.audit.startup import check
from dengbu.nodes.audit.tampering import Tampered
from dengbu.nodes.home.config import LEDGER_FILE
from dengbu.nodes.store.checkpoint_chain import FIRST, link
from dengbu.nodes.store.reads import Reads
from dengbu.nodes.store.store import Store
from tests.nodes.audit.test_audit import cosigned, trust
from tests.nodes.audit.test_startup import with_operators_hands
from tests.nodes.homes import create, story, tell
from tests.worlds import MEMBERS, NET

EVERYBODY = tuple(sorted(MEMBERS))[:4]
SIZES = (2, 3, 5, 6, 9, 10)
# What the last release kept: no number, no chain.
AS_BEFORE = (
    "CREATE TABLE was (size INTEGER NOT NULL, final INTEGER NOT NULL CHECK (final IN (0, 1)), note BLOB NOT NULL,"
    " PRIMARY KEY (final, size)) STRICT",
    "INSERT INTO was (rowid, size, final, note) SELECT seq, size, final, note FROM checkpoints",
    "DROP TABLE checkpoints",
    "ALTER TABLE was RENAME TO checkpoints",
    "DELETE FROM meta WHERE name = 'checkpoints'",
    "DELETE FROM _sqlite_migrations WHERE name = 'chained_checkpoints'",
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A ledger with six final checkpoints, each by more institutions than a quorum."""
    application = create(tmp_path)
    for raw in story()[: SIZES[-1]]:
        tell(application, (raw,))
        head = application.head
        if head.size in SIZES:
            note = cosigned(Checkpoint(NET, head.size, head.root), EVERYBODY)
            application.store.put_checkpoint(head.size, note, final=True)
    application.store.close()
    return tmp_path


def found(home: Path) -> str:
    """The place that the audit names; empty if there is none. The check at the start of a node must say the same."""
    with Reads(home) as reads:
        report = audit(reads, trust())
        if report.fault is None:
            assert report.checkpoints == check(reads).checkpoints
            return ""
        with pytest.raises(Tampered) as caught:
            check(reads)
    assert caught.value.place == report.fault.place
    return report.fault.place


def older(home: Path) -> None:
    """Put the tables back to those of the last release."""
    connection = sqlite3.connect(home / LEDGER_FILE, isolation_level=None)
    for statement in AS_BEFORE:
        connection.execute(statement)
    connection.close()


def test_untouched_checkpoints_pass(home: Path) -> None:
    assert found(home) == ""


@pytest.mark.parametrize(
    ("which", "place"),
    [
        ("= 2", "checkpoints, seq 1"),
        ("= 5", "checkpoints, seq 3"),
        ("IN (3, 5, 6)", "checkpoints, seq 2"),
        ("= 10", "meta, name checkpoints"),
        ("> 3", "meta, name checkpoints"),
        ("> 0", "meta, name checkpoints"),
    ],
)
def test_a_deleted_checkpoint_is_found(home: Path, which: str, place: str) -> None:
    with_operators_hands(home, f"DELETE FROM checkpoints WHERE size {which}")
    assert found(home) == place


def test_a_deleted_checkpoint_is_found_though_the_rest_is_numbered_anew(home: Path) -> None:
    with_operators_hands(
        home,
        "DELETE FROM checkpoints WHERE size = 5",
        *(f"UPDATE checkpoints SET seq = {seq - 1} WHERE seq = {seq}" for seq in (4, 5, 6)),
    )
    assert found(home) == "checkpoints, seq 3, size 6"


def test_a_cosignature_taken_out_is_found_though_a_quorum_is_left(home: Path) -> None:
    with Reads(home) as reads:
        note = reads.checkpoint_covering(4)
    assert note is not None
    fewer = b"".join(line for line in note.splitlines(keepends=True) if b"/bank-a " not in line)
    assert len(trust().check(fewer).cosigners) == len(EVERYBODY) - 1
    with_operators_hands(home, f"UPDATE checkpoints SET note = X'{fewer.hex()}' WHERE size = 5")
    assert found(home) == "checkpoints, seq 3, size 5"


GAP = (
    "DELETE FROM checkpoints WHERE size = 9",
    "UPDATE checkpoints SET seq = seq - 1 WHERE seq > 5",
    "DELETE FROM _sqlite_migrations WHERE name = 'chained_checkpoints'",
)
TIP = "DELETE FROM meta WHERE name = 'checkpoints'"
STEP = "_sqlite_migrations, name chained_checkpoints"


@pytest.mark.parametrize(
    ("statements", "place"),
    [
        (GAP, STEP),
        ((*GAP, TIP), "meta, name checkpoints"),
        ((TIP,), "meta, name checkpoints"),
        (AS_BEFORE[:4], "meta, name checkpoints"),
        (AS_BEFORE[:5], STEP),
        ((*AS_BEFORE[:4], AS_BEFORE[5]), "meta, name checkpoints"),
    ],
    ids=(
        "name gone",
        "name and tip gone",
        "tip gone",
        "chain gone",
        "chain and tip gone",
        "chain and name gone",
    ),
)
def test_a_chain_is_known_by_its_table_and_never_made_anew(
    home: Path, statements: tuple[str, ...], place: str
) -> None:
    connection = sqlite3.connect(home / LEDGER_FILE, isolation_level=None)
    for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {trigger}")
    for statement in statements:
        connection.execute(statement)
    connection.close()
    assert found(home) == place
    for _ in range(2):  # the first attempt to open it must not mend it for the second
        with pytest.raises(Tampered) as caught, Store.open(home) as store:
            check(store)
        assert caught.value.place == place
    assert found(home) == place


def test_a_ledger_of_the_last_release_is_chained_when_it_is_opened(home: Path) -> None:
    older(home)
    assert found(home) == ""
    with Store.open(home) as store:
        assert [row[0] for row in store.readers.rows("SELECT size FROM checkpoints ORDER BY seq")] == [*SIZES]
        store.put_checkpoint(11, b"the next one", final=True)
        before, size, note, chain = store.readers.rows(
            "SELECT (SELECT chain FROM checkpoints WHERE seq = 6), size, note, chain FROM checkpoints WHERE seq = 7"
        )[0]
    assert before != FIRST
    assert chain == link(before, size, 1, note)


def test_what_was_deleted_from_a_ledger_of_the_last_release_is_found_before_and_after_it_is_opened(
    home: Path,
) -> None:
    older(home)
    connection = sqlite3.connect(home / LEDGER_FILE)
    connection.execute("DELETE FROM checkpoints WHERE size = 3")
    connection.commit()
    connection.close()
    assert found(home) == "checkpoints, seq 2"
    Store.open(home).close()
    assert found(home) == "checkpoints, seq 2"
