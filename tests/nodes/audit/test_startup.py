"""A ledger's row or column that is edited, deleted, set back or cut off is found and named before the node serves."""

# ruff: noqa: S608  # the tables under attack are named in the SQL

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from dengbu.ledger.log.note import KeyKind, NoteVerifier, format_vkey
from dengbu.ledger.log.trust import parse_policy
from dengbu.nodes.audit.audit import audit
from dengbu.nodes.audit.startup import check
from dengbu.nodes.audit.tampering import Tampered
from dengbu.nodes.execution.application import Application
from dengbu.nodes.finality.lastsigned import LastSigned, WouldRegress
from dengbu.nodes.home.config import LEDGER_FILE
from dengbu.nodes.store.connection import FatalStorage
from dengbu.nodes.store.reads import Reads
from dengbu.nodes.store.store import Store
from tests.nodes.homes import create, full, note, story, tell
from tests.worlds import NET, signer

TRUST = parse_policy(
    f"log {format_vkey(NoteVerifier(NET, KeyKind.NOTE, signer('hz-registry', 'log').public))}\nquorum none\n"
)
TABLES = ("meta", "entries", "touches", "hashes", "register", "history", "blocks", "checkpoints")


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete home, which tests copy."""
    home = tmp_path_factory.mktemp("golden") / "home"
    full(home)
    with sqlite3.connect(home / LEDGER_FILE) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return home


@pytest.fixture
def home(golden: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(golden, tmp_path / "home"))


def with_operators_hands(home: Path, *statements: str) -> None:
    """Do what anyone with the file and SQLite can do: drop the triggers, change rows, put the triggers back."""
    connection = sqlite3.connect(home / LEDGER_FILE, isolation_level=None)
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        assert connection.execute(statement).rowcount != 0, f"nothing was changed by {statement}"
    for _, sql in triggers:
        connection.execute(sql)
    connection.close()


def verdict(home: Path) -> str:
    """Return what start-up reports, or else what the audit reports; empty when both find nothing."""
    with Reads(home) as reads:
        try:
            check(reads, LastSigned(home / "last-signed"))
        except (Tampered, FatalStorage) as found:
            return f"startup: {found}"
        fault = audit(reads, TRUST).fault
    return f"audit: {fault}" if fault else ""


def columns() -> list[tuple[str, str]]:
    """Return every column of every table."""
    found = {
        "meta": "name value",
        "entries": "idx height time actor event_id type outcome case_no leaf",
        "touches": "unit idx",
        "hashes": "position hash",
        "register": "id tbl key idx value status party unit certificate",
        "history": "seq tbl key idx value",
        "blocks": "seq height time size root register",
        "checkpoints": "seq size final note chain",
    }
    return [(table, column) for table, names in found.items() for column in names.split()]


def test_the_columns_under_attack_are_all_the_columns_there_are(home: Path) -> None:
    connection = sqlite3.connect(home / LEDGER_FILE)
    found = [
        (table, row[1])
        for table in TABLES
        for row in connection.execute(f"PRAGMA table_info({table})").fetchall()
    ]
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    connection.close()
    assert found == columns()
    assert {name for name in tables if "sqlite" not in name} == set(TABLES)


def test_an_untouched_ledger_passes(home: Path) -> None:
    assert verdict(home) == ""
    with Reads(home) as reads:
        checked = check(reads, LastSigned(home / "last-signed"))
    assert (checked.entries, checked.blocks, checked.checkpoints) == (len(story()), len(story()), 2)


def edited(column: str, kind: str) -> str:
    """Return an SQL expression for another value of the same type."""
    if column == "final":
        return "1 - final"
    if kind == "INTEGER":
        return f"{column} + {100_000 if column in ('idx', 'position', 'id', 'seq') else 1}"  # a free key
    if kind == "TEXT":
        return f"coalesce({column}, '') || 'x'"
    other = f"CASE substr({column}, -1) WHEN X'7E' THEN X'7D' ELSE X'7E' END"
    return f"CAST(substr({column}, 1, length({column}) - 1) || {other} AS BLOB)"


@pytest.mark.parametrize("place", ["first", "middle", "last"])
@pytest.mark.parametrize(("table", "column"), columns())
def test_an_edited_column_is_found_and_named(home: Path, table: str, column: str, place: str) -> None:
    connection = sqlite3.connect(home / LEDGER_FILE)
    kind = connection.execute(
        "SELECT type FROM pragma_table_info(?) WHERE name = ?", (table, column)
    ).fetchone()[0]
    keys = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[5]]
    rows = connection.execute(f"SELECT {', '.join(keys)} FROM {table} ORDER BY {', '.join(keys)}").fetchall()
    connection.close()
    row = rows[{"first": 0, "middle": len(rows) // 2, "last": -1}[place]]
    where = " AND ".join(f"{key} = {value!r}" for key, value in zip(keys, row, strict=True))
    edit = f"UPDATE {table} SET {column} = {edited(column, kind)} WHERE {where}"
    if column == "final":  # both values occur at this size
        with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
            with_operators_hands(home, edit)
        return
    with_operators_hands(home, edit)
    found = verdict(home)
    assert table in found or (table, column) == ("meta", "name"), found
    assert found


@pytest.mark.parametrize("place", ["first", "middle", "last"])
@pytest.mark.parametrize("table", TABLES)
def test_a_deleted_row_is_found_and_named(home: Path, table: str, place: str) -> None:
    connection = sqlite3.connect(home / LEDGER_FILE)
    keys = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[5]]
    rows = connection.execute(f"SELECT {', '.join(keys)} FROM {table} ORDER BY {', '.join(keys)}").fetchall()
    connection.close()
    row = rows[{"first": 0, "middle": len(rows) // 2, "last": -1}[place]]
    where = " AND ".join(f"{key} = {value!r}" for key, value in zip(keys, row, strict=True))
    with_operators_hands(home, f"DELETE FROM {table} WHERE {where}")
    found = verdict(home)
    assert table in found


@pytest.mark.parametrize(
    ("table", "sql"),
    [
        ("entries", "INSERT INTO entries SELECT 16, 99, time, actor, 'new', type, outcome, NULL, leaf FROM entries WHERE idx = 15"),
        ("touches", "INSERT INTO touches VALUES ('441302001001GB00009F00010001', 3)"),
        ("hashes", "INSERT INTO hashes SELECT max(position) + 1, hash FROM hashes"),
        ("register", "INSERT INTO register (tbl, key, idx, value) VALUES ('counter', 'x', 3, '{\"name\":\"x\",\"value\":1}')"),
        ("history", "INSERT INTO history SELECT max(seq) + 1, 'unit', 'forged', 1, '{}' FROM history"),
        ("blocks", "INSERT INTO blocks SELECT max(seq) + 1, height + 1, time + 1, size + 1, root, register FROM blocks"),
        ("checkpoints", "INSERT INTO checkpoints SELECT seq + 1, size + 1, final, note, chain FROM checkpoints WHERE final = 1"),
    ],
)  # fmt: skip
def test_an_added_row_is_found_and_named(home: Path, table: str, sql: str) -> None:
    with_operators_hands(home, sql)
    assert table in verdict(home)


def test_start_up_itself_finds_an_edited_leaf_or_register_row(home: Path) -> None:
    with_operators_hands(
        home,
        "UPDATE register SET value = replace(value, 'hz-tax', 'hz-tab') WHERE tbl = 'institution' AND key = 'hz-tax'",
    )
    assert verdict(home).startswith("startup: ")
    assert "register" in verdict(home)


def test_what_is_wrong_where_and_what_to_do_stand_in_the_message(home: Path) -> None:
    with_operators_hands(home, "UPDATE hashes SET hash = zeroblob(32) WHERE position = 7")
    with Reads(home) as reads, pytest.raises(Tampered) as caught:
        check(reads)
    assert caught.value.place == "hashes, level 0, index 4 (entry 4)"
    assert "not the hash" in caught.value.problem
    assert "dengbu audit --home" in caught.value.remedy


# ---- set back, cut off, damaged --------------------------------------------------------------------------------------


def test_an_old_copy_of_the_ledger_is_whole_and_yet_found(tmp_path: Path) -> None:
    application = create(tmp_path / "home")
    tell(application, story()[:8])
    application.store.close()
    shutil.copy(tmp_path / "home" / LEDGER_FILE, tmp_path / "old.db")
    with Store.open(tmp_path / "home") as store:
        tell(Application(store, store.net()), story()[8:])
        last_signed = LastSigned(tmp_path / "home" / "last-signed")
        last_signed.advance(store.head.size, store.head.root)
    shutil.copy(tmp_path / "old.db", tmp_path / "home" / LEDGER_FILE)
    with Reads(tmp_path / "home") as reads:
        check(reads)  # the old copy by itself is in order
        with pytest.raises(Tampered, match="signed 16 entries, the log has 8"):
            check(reads, last_signed)


def _cut(path: Path, keep: int) -> None:
    with path.open("r+b") as file:
        file.truncate(keep)


@pytest.mark.parametrize("share", [0, 1, 2, 3])
def test_a_truncated_wal_is_found_by_what_was_signed(tmp_path: Path, share: int) -> None:
    home, copy = tmp_path / "home", tmp_path / "copy"
    application = create(home)
    last_signed = LastSigned(home / "last-signed")
    tell(application, story())
    last_signed.advance(application.head.size, application.head.root)
    shutil.copytree(home, copy)  # as it is while the process runs: most of it in the -wal file
    application.store.close()
    wal = copy / f"{LEDGER_FILE}-wal"
    assert wal.stat().st_size > 100_000
    _cut(wal, wal.stat().st_size * share // 4)
    found = verdict(copy)
    assert found.startswith("startup: ")
    assert "signed 16 entries" in found or "storage failed" in found


def test_a_flipped_bit_anywhere_is_found_or_changes_nothing(golden: Path, tmp_path: Path) -> None:
    size = (golden / LEDGER_FILE).stat().st_size
    with Reads(golden) as reads:
        wanted = [reads.readers.rows(f"SELECT * FROM {table}") for table in TABLES]
    missed = []
    for nth in range(60):
        home = Path(shutil.copytree(golden, tmp_path / str(nth)))
        place = (nth * 2 + 1) * size // 120
        with (home / LEDGER_FILE).open("r+b") as file:
            file.seek(place)
            byte = file.read(1)[0]
            file.seek(place)
            file.write(bytes([byte ^ 1 << nth % 8]))
        if not verdict(home):
            with Reads(home) as reads:
                if wanted != [reads.readers.rows(f"SELECT * FROM {table}") for table in TABLES]:
                    missed.append(place)
        shutil.rmtree(home)
    assert missed == []


def test_another_signed_root_at_the_same_size_is_found(home: Path) -> None:
    last_signed = LastSigned(home / "other")
    last_signed.advance(len(story()), bytes(32))
    with Reads(home) as reads, pytest.raises(Tampered, match="another root"):
        check(reads, last_signed)


def test_a_checkpoint_beyond_the_log_is_found(tmp_path: Path) -> None:
    application = create(tmp_path / "a")
    tell(application, story()[:5])
    beyond = create(tmp_path / "b")
    tell(beyond, story()[:6])
    application.store.put_checkpoint(6, note(beyond.head), final=True)
    with pytest.raises(Tampered, match="covers 6 entries, the log has 5"):
        check(application.store)
    application.store.close()
    beyond.store.close()


# ---- the last-signed file --------------------------------------------------------------------------------------------


def test_a_lower_or_conflicting_head_is_not_signed(tmp_path: Path) -> None:
    last_signed = LastSigned(tmp_path / "last")
    assert last_signed.read() is None
    last_signed.advance(5, bytes([5]) * 32)
    last_signed.advance(5, bytes([5]) * 32)  # signing the same head again is no new statement
    for size, root in ((4, bytes([5]) * 32), (5, bytes([6]) * 32), (0, bytes(32))):
        with pytest.raises(WouldRegress, match="is not signed"):
            last_signed.advance(size, root)
    last_signed.advance(6, bytes([6]) * 32)
    found = LastSigned(tmp_path / "last").read()
    assert found is not None
    assert (found.size, found.root) == (6, "06" * 32)
    assert [path.name for path in tmp_path.iterdir()] == ["last"]


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{}",
        b'{"size":1}',
        b'{"size":-1,"root":"' + b"00" * 32 + b'"}',
        b'{"size":1,"root":"00"}',
        b"\xff",
    ],
)
def test_a_damaged_last_signed_file_is_fatal_and_is_not_replaced(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "last"
    path.write_bytes(damage)
    for act in (LastSigned(path).read, lambda: LastSigned(path).advance(9, bytes(32))):
        call: Callable[[], object] = act
        with pytest.raises(FatalStorage):
            call()
    assert path.read_bytes() == damage


def test_a_file_that_cannot_be_written_is_fatal(tmp_path: Path) -> None:
    with pytest.raises(FatalStorage):
        LastSigned(tmp_path / "no-such-directory" / "last").advance(1, bytes(32))
