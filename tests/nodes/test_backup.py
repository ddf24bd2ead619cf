"""A copy of a home that is being written to is complete, and nothing in it is ahead of what it depends on."""

import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest

from dengbu.nodes.audit import startup
from dengbu.nodes.backup import NEEDED, BackupError, backup, restore
from dengbu.nodes.finality.lastsigned import LastSigned
from dengbu.nodes.store.connection import NoLedger
from dengbu.nodes.store.reads import Reads
from tests.nodes import homes
from tests.scripts.command import here


def test_a_copy_holds_what_the_home_held(tmp_path: Path) -> None:
    homes.full(tmp_path / "home")
    (tmp_path / "home" / "node.toml").write_text("institution = 1\n")
    (tmp_path / "home" / "cometbft" / "config").mkdir(parents=True)
    (tmp_path / "home" / "cometbft" / "config" / "priv_validator_key.json").write_text("{}")
    (tmp_path / "home" / "cometbft" / "data").mkdir()
    height, size = backup(tmp_path / "home", tmp_path / "copy")
    assert (height, size) == (len(homes.story()), len(homes.story()))
    with Reads(tmp_path / "copy") as reads:
        checked = startup.check(reads, LastSigned(tmp_path / "copy" / "last-signed"))
    assert checked.entries == size
    assert (tmp_path / "copy" / "node.toml").exists()
    assert (tmp_path / "copy" / "cometbft" / "config" / "priv_validator_key.json").exists()
    assert not (tmp_path / "copy" / "cometbft" / "data").exists()


def test_others_do_not_read_a_copy(tmp_path: Path) -> None:
    homes.full(tmp_path / "home")
    backup(tmp_path / "home", tmp_path / "copy")
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "copy" / "ledger.db").stat().st_mode) == 0o600


def test_copies_of_a_ledger_that_is_written_to_are_all_whole(tmp_path: Path) -> None:
    application = homes.create(tmp_path / "home")
    last_signed = LastSigned(tmp_path / "home" / "last-signed")
    wrong: list[BaseException] = []

    def write() -> None:
        try:
            for upto in range(1, len(homes.story()) + 1):
                homes.tell(application, homes.story()[upto - 1 : upto])
                last_signed.advance(application.head.size, application.head.root)
        except BaseException as error:  # noqa: BLE001  (a thread tells the test)
            wrong.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    sizes = []
    while writer.is_alive() or not sizes:
        to = tmp_path / f"copy-{len(sizes)}"
        sizes.append(backup(tmp_path / "home", to)[1])
        with Reads(to) as reads:
            assert startup.check(reads, LastSigned(to / "last-signed")).entries == sizes[-1]
    writer.join()
    application.store.close()
    assert not wrong
    assert sizes == sorted(sizes)


def test_a_folder_that_is_there_is_not_written_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """If the engine were copied first and the ledger into the same folder, the ledger would be ahead."""
    homes.full(tmp_path / "home")
    (tmp_path / "copy" / "cometbft").mkdir(parents=True)
    assert here("backup", "--home", str(tmp_path / "home"), "--to", str(tmp_path / "copy")) == 1
    assert "a backup goes into a new folder" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "copy").iterdir()] == ["cometbft"]


def test_where_there_is_no_ledger_there_is_no_backup(tmp_path: Path) -> None:
    with pytest.raises(NoLedger, match="no ledger"):
        backup(tmp_path, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_an_audit_where_there_is_no_ledger_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert here("audit", "--home", str(tmp_path)) == 1
    said = capsys.readouterr().err
    assert f"there is no ledger in {tmp_path}" in said
    assert "storage" not in said


def test_a_damaged_ledger_is_not_taken_for_a_backup(tmp_path: Path) -> None:
    homes.full(tmp_path / "home")
    path = tmp_path / "home" / "ledger.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.execute("PRAGMA journal_mode=DELETE")
    raw = bytearray(path.read_bytes())
    for place in range(4096, len(raw), 4096):
        raw[place : place + 64] = b"\xff" * 64
    path.write_bytes(raw)
    assert here("backup", "--home", str(tmp_path / "home"), "--to", str(tmp_path / "copy")) == 1


def _copied(tmp_path: Path) -> Path:
    """A backup with every file that one needs."""
    homes.full(tmp_path / "home")
    for name in NEEDED[1:]:
        (tmp_path / "home" / name).write_text("{}")
    backup(tmp_path / "home", tmp_path / "copy")
    return tmp_path / "copy"


def test_a_home_is_restored_as_a_whole_once_it_is_checked(tmp_path: Path) -> None:
    copy, seen = _copied(tmp_path), []
    found = restore(copy, tmp_path / "new", seen.append)
    assert found == (len(homes.story()), len(homes.story()))
    assert [path.name for path in seen] == ["new.restoring"]
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    assert {path.name for path in copy.iterdir()} <= {path.name for path in (tmp_path / "new").iterdir()}
    assert not (tmp_path / "new.restoring").exists()


def test_what_fails_its_check_is_not_restored(tmp_path: Path) -> None:
    copy = _copied(tmp_path)

    def fails(_: Path) -> None:
        raise ValueError("damaged")

    with pytest.raises(ValueError, match="damaged"):
        restore(copy, tmp_path / "new", fails)
    assert not (tmp_path / "new").exists()
    assert not (tmp_path / "new.restoring").exists()


@pytest.mark.parametrize("name", NEEDED)
def test_a_folder_that_is_no_backup_restores_nothing(tmp_path: Path, name: str) -> None:
    copy = _copied(tmp_path)
    (copy / name).unlink()
    with pytest.raises(BackupError, match=name):
        restore(copy, tmp_path / "new", lambda _: None)
    assert not (tmp_path / "new").exists()


def test_nothing_is_restored_over_a_home_or_beside_another_restore(tmp_path: Path) -> None:
    copy = _copied(tmp_path)
    with pytest.raises(BackupError, match="is not empty"):
        restore(copy, tmp_path / "home", lambda _: None)
    (tmp_path / "new.restoring").mkdir()
    (tmp_path / "new.restoring" / "kept").touch()
    with pytest.raises(BackupError, match="another restore"):
        restore(copy, tmp_path / "new", lambda _: None)
    assert (tmp_path / "new.restoring" / "kept").exists()
    (tmp_path / "empty").mkdir()
    assert restore(copy, tmp_path / "empty", lambda _: None)
