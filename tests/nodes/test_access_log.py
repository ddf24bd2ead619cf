"""The access log is written first, only grows, and shows where it was touched."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nodes.access_log import AccessLog
from nodes.connection import FatalStorage
from nodes.vault import Vault

SUBJECTS = ("a" * 64, "b" * 64)


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    opened = Vault(tmp_path / "vault.db")
    yield opened
    opened.close()


@pytest.fixture
def log(vault: Vault) -> AccessLog:
    made = AccessLog(vault, "hz-registry")
    for n in range(6):
        made.record(
            index=10 + n,
            officer="o-1",
            office="counter-3",
            purpose="审核 review",
            case=f"441302-20261122-00000{n}",
            subjects=[SUBJECTS[n % 2]],
            fields=["parties"],
        )
    return made


def test_rows_are_chained_and_read_by_subject(log: AccessLog) -> None:
    assert log.verify() is None
    assert log.head()[0] == 6
    rows = log.rows(after=2, limit=3)
    assert [row.n for row in rows] == [3, 4, 5]
    assert rows[0].subjects == (SUBJECTS[0],)
    assert [row.n for row in log.rows(subject=SUBJECTS[1])] == [2, 4, 6]
    assert log.rows(subject="c" * 64) == ()


@pytest.mark.parametrize("purpose", ["", "   ", "x" * 201])
def test_no_access_without_a_purpose(log: AccessLog, purpose: str) -> None:
    with pytest.raises(ValueError, match="purpose"):
        log.record(index=1, officer="o", office=None, purpose=purpose, case="c", subjects=(), fields=())
    assert log.head()[0] == 6


def tamper(vault: Vault, *statements: str) -> None:
    with vault.transaction() as db:
        for trigger in ("next", "no_update", "no_delete"):
            db.execute(f"DROP TRIGGER access_log_{trigger}")
        for statement in statements:
            db.execute(statement)


@pytest.mark.parametrize(
    ("statement", "n"),
    [
        ("UPDATE access_log SET row = CAST(replace(CAST(row AS TEXT), 'o-1', 'o-2') AS BLOB) WHERE n = 3", 3),
        ("UPDATE access_log SET row = CAST('{}' AS BLOB) WHERE n = 4", 4),
        ("UPDATE access_log SET hash = upper(hash) WHERE n = 2", 2),
        ("DELETE FROM access_log WHERE n = 1", 1),
        ("DELETE FROM access_log WHERE n = 5", 5),
        ("UPDATE access_log SET row = (SELECT row FROM access_log WHERE n = 2) WHERE n = 5", 5),
    ],
)
def test_the_first_touched_row_is_found(log: AccessLog, vault: Vault, statement: str, n: int) -> None:
    tamper(vault, statement)
    broken = log.verify()
    assert broken is not None
    assert broken.n == n


def test_a_rewritten_row_with_its_own_hash_breaks_the_next(log: AccessLog, vault: Vault) -> None:
    from nodes.access_log import _hash

    raw = vault.rows("SELECT row FROM access_log WHERE n = 3")[0][0]
    assert isinstance(raw, bytes)
    edited = raw.replace(b"o-1", b"o-9")
    tamper(vault)
    with vault.transaction() as db:
        db.execute("UPDATE access_log SET row = ?, hash = ? WHERE n = 3", (edited, _hash(edited)))
    broken = log.verify()
    assert broken is not None
    assert broken.n == 4


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE access_log SET hash = '' WHERE n = 3",
        "DELETE FROM access_log WHERE n = 6",
        "INSERT INTO access_log VALUES (9, x'00', '')",
        "INSERT OR REPLACE INTO access_log VALUES (3, x'00', '')",
    ],
)
def test_the_file_itself_refuses_changes(log: AccessLog, vault: Vault, statement: str) -> None:
    with pytest.raises(FatalStorage), vault.transaction() as db:
        db.execute(statement)
    assert log.verify() is None
    assert log.head()[0] == 6
