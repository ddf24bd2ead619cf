"""The access log is written first, only grows, and says where it was tampered with, also at its end or as a whole."""

import random
import signal
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from dengbu.ledger.log.keys import verify
from dengbu.ledger.register.shapes import HOLDERS_MAX
from dengbu.nodes import backup
from dengbu.nodes.home.config import ACCESS_HEAD_FILE, VAULT_FILE, Officer
from dengbu.nodes.home.keystore import NODE, Keystore
from dengbu.nodes.private.access_head import Head, HeadFile
from dengbu.nodes.private.access_log import OPERATOR, AccessLogBroken, accept_log
from dengbu.nodes.private.vault import Vault
from dengbu.nodes.store.connection import FatalStorage, StoreInUse, lock_home
from dengbu.nodes.store.store import Store
from tests.nodes.access_logs import (
    INSTITUTION,
    KEY,
    POINTS,
    ROWS,
    SUBJECTS,
    Touch,
    filled,
    forged,
    head,
    inserted,
    newest,
    of_a_stranger,
    older_twice,
    opened,
    read_once,
    replaced,
    rewritten,
    sql,
    without_newest,
)
from tests.waiting import WAIT_S_MAX

KILLS = 5

TOUCHED: dict[str, tuple[Touch, int, str]] = {  # how -> what is named: the row, and what is wrong there
    "edited": (
        sql("UPDATE access_log SET row = CAST(replace(CAST(row AS TEXT), 'o-1', 'o-2') AS BLOB) WHERE n = 3"),
        3,
        "does not match its hash",
    ),
    "emptied": (sql("UPDATE access_log SET row = CAST('{}' AS BLOB) WHERE n = 4"), 4, "cannot be read"),
    "its hash edited": (
        sql("UPDATE access_log SET hash = upper(hash) WHERE n = 2"),
        2,
        "does not match its hash",
    ),
    "its hash no text": (
        sql("UPDATE access_log SET hash = CAST(x'ff' AS TEXT) WHERE n = 2"),
        2,
        "does not match its hash",
    ),
    "replaced with its own hash": (replaced(3), 4, "does not follow"),
    "the first removed": (sql("DELETE FROM access_log WHERE n = 1"), 1, "missing"),
    "one removed": (sql("DELETE FROM access_log WHERE n = 5"), 5, "missing"),
    "one removed, the rest moved down": (
        sql("DELETE FROM access_log WHERE n = 2", "UPDATE access_log SET n = n - 1 WHERE n > 2"),
        2,
        "inserted or moved",
    ),
    "one inserted": (inserted(4), 5, "inserted or moved"),
    "one inserted before the first": (
        sql("INSERT INTO access_log SELECT 0, row, hash FROM access_log WHERE n = 1"),
        0,
        "before row 1",
    ),
    "one put in place of another": (
        sql("UPDATE access_log SET (row, hash) = (SELECT row, hash FROM access_log WHERE n = 2) WHERE n = 5"),
        5,
        "inserted or moved",
    ),
    "the last cut off": (sql("DELETE FROM access_log WHERE n = 6"), 6, "the last row was 6"),
    "the end cut off": (sql("DELETE FROM access_log WHERE n > 2"), 3, "the last row was 6"),
    "all removed": (sql("DELETE FROM access_log"), 1, "the last row was 6"),
    "the table dropped": (sql("DROP TABLE access_log"), 1, "the end was cut off"),
    "rewritten": (rewritten(1), 6, "was rewritten"),
    "the last rewritten": (rewritten(6), 6, "was rewritten"),
    "rewritten and cut": (rewritten(2, 4), 5, "the end was cut off"),
    "its head removed": (head(lambda raw: None), 0, "no head signed by this node"),
    "its head removed, and the end": (
        head(lambda raw: None, sql("DELETE FROM access_log WHERE n > 2")),
        0,
        "no head signed by this node",
    ),
    "its head forged": (
        head(forged, sql("DELETE FROM access_log WHERE n = 6")),
        6,
        "a line of access-head was changed",
    ),
    "a head of a stranger": (of_a_stranger, 0, "no head signed by this node"),
    "its newer head spoiled, and the last row": (
        head(without_newest, sql("DELETE FROM access_log WHERE n = 6")),
        6,
        "a line of access-head was changed",
    ),
    "its older head copied over the newer": (
        head(older_twice, sql("DELETE FROM access_log WHERE n = 6")),
        6,
        "a line of access-head was changed",
    ),
}


def keys() -> Keystore:
    return Keystore(INSTITUTION, {NODE: b"k" * 32})


def test_rows_are_chained_and_read_by_subject(tmp_path: Path) -> None:
    with opened(filled(tmp_path / "home")) as log:
        assert log.broken() is None
        assert log.head()[0] == ROWS
        rows = log.rows(after=2, limit=3)
        assert [row.n for row in rows] == [3, 4, 5]
        assert rows[0].subjects == (SUBJECTS[0],)
        assert [row.n for row in log.rows(subject=SUBJECTS[1])] == [2, 4, 6]
        assert log.rows(subject="c" * 64) == ()


@pytest.mark.parametrize("purpose", ["", "   ", "x" * 201])
def test_no_access_without_a_purpose(tmp_path: Path, purpose: str) -> None:
    with opened(filled(tmp_path / "home")) as log:
        with pytest.raises(ValueError, match="purpose"):
            log.record(Officer("o"), purpose, index=1, case="c", subjects=(), fields=())
        assert log.head()[0] == ROWS


@pytest.mark.parametrize("how", TOUCHED)
def test_what_was_touched_is_named_and_nothing_is_read(
    tmp_path: Path, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    touch, n, what = TOUCHED[how]
    touch(filled(tmp_path / "home"))
    with opened(tmp_path / "home") as log:
        broken = log.broken()
        assert broken is not None
        assert broken.n == n, broken
        assert what in broken.what
        with pytest.raises(AccessLogBroken, match=f"row {n}"):
            read_once(log)
        assert len(log.rows()) <= ROWS + 1, "what can be read is shown"
        log.rows(subject=SUBJECTS[0])
        log.tell()
    assert "access-log.broken" in caplog.messages


@pytest.mark.parametrize("how", TOUCHED)
def test_an_operator_goes_on_from_what_stands_and_the_next_row_says_so(tmp_path: Path, how: str) -> None:
    touch, n, _ = TOUCHED[how]
    home = filled(tmp_path / "home")
    Store.create(home, "net").close()
    touch(home)
    accepted = accept_log(home, keys())
    assert accepted is not None
    assert accepted.n == n
    assert accept_log(home, keys()) is None, "once is enough"
    with opened(home) as log:
        assert log.broken() is None
        told = log.rows(limit=1000)[-1]
        assert told.officer == OPERATOR
        assert f"row {n}" in told.purpose
        assert read_once(log) == told.n + 1
    sql("DELETE FROM access_log WHERE n = (SELECT max(n) FROM access_log)")(home)
    with opened(home) as log:
        cut = log.broken()
        assert cut is not None
        assert cut.n == told.n + 1


def test_what_was_accepted_is_not_changed_again(tmp_path: Path) -> None:
    home = filled(tmp_path / "home")
    Store.create(home, "net").close()
    sql("DELETE FROM access_log WHERE n = 3")(home)
    assert accept_log(home, keys()) is not None
    for touch in (rewritten(2), sql("DELETE FROM access_log WHERE n = 2")):
        touch(home)
        with opened(home) as log:
            broken = log.broken()
        assert broken is not None
        assert "accepted" in broken.what
        assert accept_log(home, keys()) == broken


def test_a_log_is_not_accepted_under_a_running_node(tmp_path: Path) -> None:
    home = filled(tmp_path / "home")
    lock_home(home)
    with pytest.raises(StoreInUse):
        accept_log(home, keys())


@pytest.mark.parametrize(
    ("touch", "n", "what"),
    [
        (sql("DELETE FROM access_log WHERE n > 4"), 5, "the end was cut off"),
        (sql("DELETE FROM access_log"), 1, "the end was cut off"),
        (sql("INSERT INTO access_log SELECT 7, row, hash FROM access_log WHERE n = 6"), 7, "did not write"),
        (rewritten(6), 6, "not the one that this node wrote"),
    ],
)
def test_an_end_that_is_touched_while_the_node_runs_is_found_at_the_next_reading(
    tmp_path: Path, touch: Touch, n: int, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(filled(tmp_path / "home")) as log:
        touch(tmp_path / "home")
        with pytest.raises(AccessLogBroken):
            read_once(log)
        broken = log.broken()
        assert broken is not None
        assert (broken.n, what in broken.what) == (n, True), broken
        assert caplog.messages.count("access-log.broken") == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE access_log SET hash = '' WHERE n = 3",
        "DELETE FROM access_log WHERE n = 6",
        "INSERT INTO access_log VALUES (9, x'00', '')",
        "INSERT OR REPLACE INTO access_log VALUES (3, x'00', '')",
    ],
)
def test_the_file_itself_refuses_changes(tmp_path: Path, statement: str) -> None:
    filled(tmp_path / "home")
    with (
        closing(Vault(tmp_path / "home" / VAULT_FILE)) as vault,
        pytest.raises(FatalStorage),
        vault.transaction() as db,
    ):
        db.execute(statement)
    with opened(tmp_path / "home") as log:
        assert log.broken() is None
        assert log.head()[0] == ROWS


# ---- the head and the rows in step ------------------------------------------------------------------------------------


def kept(home: Path) -> int:
    found = HeadFile(home / ACCESS_HEAD_FILE, INSTITUTION, KEY).read()
    assert found is not None
    return found.head.n


def test_the_head_is_written_before_a_reading_returns(tmp_path: Path) -> None:
    with opened(tmp_path / "home") as log:
        assert kept(tmp_path / "home") == 0
        for n in range(1, 4):
            assert read_once(log) == n
            assert kept(tmp_path / "home") == n


@pytest.mark.parametrize("behind", [1, 4])
def test_a_head_that_is_behind_is_a_crash_or_a_copy_and_is_brought_up(
    tmp_path: Path, behind: int, caplog: pytest.LogCaptureFixture
) -> None:
    home = filled(tmp_path / "home", ROWS - behind)
    before = (home / ACCESS_HEAD_FILE).read_bytes()
    filled(home, behind)
    (home / ACCESS_HEAD_FILE).write_bytes(before)
    with opened(home) as log:
        assert log.broken() is None
        assert "access-log.head-behind" in caplog.messages
    assert kept(home) == ROWS
    sql("DELETE FROM access_log WHERE n = 6")(home)
    with opened(home) as log:
        assert log.broken() is not None


def test_a_line_torn_by_a_power_cut_is_not_taken_for_a_cut_log(tmp_path: Path) -> None:
    """The torn line is the older one, being rewritten for row 7, which is in the vault; the line for row 6 stands."""
    home = filled(tmp_path / "home")
    before = (home / ACCESS_HEAD_FILE).read_bytes()
    filled(home, 1)
    torn = bytearray(before)
    at = (1 - newest(before)) * 512
    torn[at : at + 300] = (home / ACCESS_HEAD_FILE).read_bytes()[at : at + 300]
    (home / ACCESS_HEAD_FILE).write_bytes(bytes(torn))
    with opened(home) as log:
        assert log.broken() is None
        assert log.head()[0] == ROWS + 1
    assert kept(home) == ROWS + 1


def test_a_storage_that_fails_at_the_head_stops_the_reading(tmp_path: Path) -> None:
    home = filled(tmp_path / "home")
    with opened(home) as log:
        aside = (home / ACCESS_HEAD_FILE).rename(home / "aside")
        with pytest.raises(FatalStorage):
            read_once(log)
        aside.rename(home / ACCESS_HEAD_FILE)
        with pytest.raises(AccessLogBroken, match="restart the node"):
            read_once(log)
    with opened(home) as log:
        assert log.broken() is None
        assert read_once(log) == ROWS + 2


def test_a_reading_about_very_many_persons_leaves_a_log_that_stands(tmp_path: Path) -> None:
    """A case on several units of two hundred holders each concerns more persons than a small limit allows."""
    many = [f"{n:064x}" for n in range(2 * 16 * HOLDERS_MAX)]
    with opened(tmp_path / "home") as log:
        log.record(Officer("o-1"), "review", index=1, case="c", subjects=many, fields=["parties"])
        assert len(log.rows(subject=many[-1])) == 1
    with opened(tmp_path / "home") as log:
        assert log.broken() is None
        assert read_once(log) == 2


def _reading(home: Path, *point: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.nodes.access_logs", str(home), *point]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("point", POINTS)
def test_a_process_that_dies_between_row_and_head_leaves_a_log_that_stands(
    tmp_path: Path, point: str
) -> None:
    with _reading(tmp_path / "home", point, "4") as process:
        told, _ = process.communicate(timeout=WAIT_S_MAX)
    assert process.returncode == -signal.SIGKILL
    assert told.split()[-1] == "3"
    with opened(tmp_path / "home") as log:
        assert log.broken() is None
        assert log.head()[0] == {"row": 3, "head": 4}[point]


def test_a_process_killed_anywhere_leaves_a_log_that_stands_and_holds_all_that_was_told(
    tmp_path: Path,
) -> None:
    chance = random.Random(20261122)
    last = 0
    for _ in range(KILLS):
        with _reading(tmp_path / "home") as process:
            assert process.stdout is not None
            for _ in range(chance.randint(1, 40)):
                last = int(process.stdout.readline())
            process.send_signal(signal.SIGKILL)
            rest = process.stdout.read().splitlines(keepends=True)
        last = max([last, *(int(line) for line in rest if line.endswith("\n"))])
        with opened(tmp_path / "home") as log:
            assert log.broken() is None
            assert log.head()[0] >= last


def test_copies_made_while_people_read_can_be_restored(tmp_path: Path) -> None:
    home = filled(tmp_path / "home")
    Store.create(home, "net").close()
    done = threading.Event()
    copies = []
    with opened(home) as log:

        def read() -> None:
            while not done.is_set():
                read_once(log)

        readers = [threading.Thread(target=read) for _ in range(2)]
        for one in readers:
            one.start()
        try:
            for n in range(4):
                copies.append(tmp_path / f"copy-{n}")
                backup.backup(home, copies[-1])
        finally:
            done.set()
            for one in readers:
                one.join()
        assert log.broken() is None
    for copy in copies:
        with opened(copy) as log:
            assert log.broken() is None
            read_once(log)


def test_a_head_signed_for_another_institution_is_none(tmp_path: Path) -> None:
    HeadFile(tmp_path / ACCESS_HEAD_FILE, "bank-a", KEY).create(Head(1))
    assert HeadFile(tmp_path / ACCESS_HEAD_FILE, INSTITUTION, KEY).read() is None


def test_the_head_is_signed_as_the_formats_say(tmp_path: Path) -> None:
    home = filled(tmp_path / "home")
    raw = (home / ACCESS_HEAD_FILE).read_bytes()
    assert len(raw) == 2 * 512
    line = orjson.loads(raw[newest(raw) * 512 :][:512])
    found = line["head"]
    assert found["n"] == ROWS
    head_json = (
        f'{{"accepted":0,"base":"{"0" * 64}","hash":"{found["hash"]}","institution":"{INSTITUTION}",'
        f'"n":{ROWS},"seq":{found["seq"]}}}'
    )
    assert verify(KEY.public, b"dengbu-access-head/v1\n" + head_json.encode(), bytes.fromhex(line["sig"]))
