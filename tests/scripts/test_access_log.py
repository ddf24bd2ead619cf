"""A node process whose access log was tampered with says so and reads nothing for anybody; registration goes on."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dengbu.api.client import Unavailable
from dengbu.scripts.net.homes import AUDITOR
from tests.nodes.access_logs import sql
from tests.scripts.command import dengbu
from tests.scripts.small_town import SmallTown, small_town
from tests.waiting import until

WHO = "bank-a"
PURPOSE = "loan-review"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallTown]:
    """Four running nodes and a few titles."""
    made = small_town(tmp_path_factory.mktemp("town"))
    with made.net:
        yield made


def run(town: SmallTown, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return dengbu(*arguments, "--net", str(town.net.directory), "--as", WHO, home=town.net.directory.parent)


def nodes(town: SmallTown, *command: str) -> "subprocess.CompletedProcess[str]":
    variables = {"DENGBU_KEY_PASSPHRASE_FILE": str(town.net.layout.passphrase)}
    where = ("--home", str(town.net.home(WHO)))
    return dengbu(*command, *where, home=town.net.directory.parent, environ=variables)


def filed(town: SmallTown, key: str) -> str:
    with town.net.client(WHO) as bank:
        return str(bank.cases.apply(**town.mortgage(town.title()), key=key, wait=20).number)


def private(town: SmallTown, case: str) -> list[dict]:
    with town.net.client(WHO) as bank:
        return list(bank.cases.private(case, purpose=PURPOSE)["items"])


def readyz(town: SmallTown) -> dict:
    with town.net.client(WHO) as bank:
        return dict(bank.health().checks["access-log"])


def test_a_touched_log_is_named_and_stops_reading_alone(town: SmallTown) -> None:
    first = filed(town, "loan-1")
    for _ in range(3):
        assert private(town, first)[0]["state"] == "present"
    assert readyz(town) == {"ok": True, "value": 3}
    assert run(town, "doctor").returncode == 0
    home = town.net.home(WHO)
    passed = nodes(town, "audit")
    assert (passed.returncode, "3 rows" in passed.stdout) == (0, True), passed.stdout + passed.stderr
    assert nodes(town, "node", "accept-access-log").returncode == 1, "not while the node runs"

    town.net.stop([WHO])
    sql("UPDATE access_log SET row = CAST(replace(CAST(row AS TEXT), 'loan-', 'fund-') AS BLOB) WHERE n = 2")(
        home
    )
    town.net.start([WHO])

    told = readyz(town)
    assert told["ok"] is False
    assert "row 2" in told["value"]
    assert "accept-access-log" in told["value"]
    assert '"event":"access-log.broken"' in town.net.layout.log(WHO).read_text()
    found = run(town, "doctor", "--json")
    assert found.returncode == 3
    finding = next(one for one in json.loads(found.stdout)["checks"] if one["name"] == WHO)
    assert (finding["state"], "row 2" in finding["found"]) == ("fail", True)
    audited = nodes(town, "audit", "--json")
    assert audited.returncode == 3
    report = json.loads(audited.stdout)
    assert (report["ok"], report["fault"], report["access_log"]["n"]) == (False, None, 2)
    assert "row 2" in nodes(town, "audit").stdout

    with pytest.raises(Unavailable) as refused:
        private(town, first)
    assert refused.value.code == "access-log-broken"
    second = filed(town, "loan-2")
    with town.net.client(WHO) as bank:
        until(lambda: bank.cases.get(second).state == "entered", "registration goes on")

    town.net.stop([WHO])
    accepted = nodes(town, "node", "accept-access-log")
    assert (accepted.returncode, "row 2" in accepted.stderr) == (0, True), accepted.stderr
    town.net.start([WHO])
    assert readyz(town) == {"ok": True, "value": 4}
    assert private(town, second)[0]["state"] == "present"
    assert run(town, "doctor").returncode == 0


def test_a_cut_log_and_a_removed_head_are_found_by_the_audit_and_shown_to_auditors(town: SmallTown) -> None:
    home = town.net.home(WHO)
    private(town, filed(town, "loan-3"))
    town.net.stop([WHO])
    sql("DELETE FROM access_log WHERE n = (SELECT max(n) FROM access_log)")(home)
    cut = nodes(town, "audit")
    assert (cut.returncode, "the end was cut off" in cut.stdout) == (3, True), cut.stdout
    head = (home / "access-head").rename(home / "aside")
    gone = nodes(town, "audit")
    assert (gone.returncode, "no head" in gone.stdout) == (3, True), gone.stdout
    head.rename(home / "access-head")
    (home / "vault.db").rename(home / "vault.aside")
    for more in ("vault.db-wal", "vault.db-shm"):
        (home / more).unlink(missing_ok=True)
    lost = nodes(town, "audit")
    assert (lost.returncode, "vault.db" in lost.stdout) == (3, True), lost.stdout
    (home / "vault.aside").rename(home / "vault.db")
    town.net.start([WHO])
    with town.net.client(WHO, AUDITOR) as bank:
        shown = bank.transport.get("/v1/access-log").json()
    assert shown["broken"]["what"].startswith("末尾被截去")
    assert [row["n"] for row in shown["items"]] == list(range(1, shown["broken"]["n"]))


def test_a_home_of_a_version_without_a_head_says_so_until_it_is_accepted(town: SmallTown) -> None:
    home: Path = town.net.home("bank-b")
    town.net.stop(["bank-b"])
    (home / "access-head").unlink()
    town.net.start(["bank-b"])
    with town.net.client("bank-b") as bank:
        assert "no head" in bank.health().checks["access-log"]["value"]
