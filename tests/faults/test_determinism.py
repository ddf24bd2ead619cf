"""The same entries give the same root in every process environment; a build for which this is not true is caught."""

import json
import os
import subprocess

from dengbu.scripts.net.processes import dengbu
from tests.faults.scene import FOUNDERS, Scene, Work
from tests.scripts.engine_tests import needs_cometbft
from tests.waiting import until

pytestmark = needs_cometbft
ENVIRONMENTS = {
    "hz-registry": {"PYTHONHASHSEED": "0", "TZ": "Asia/Shanghai", "LC_ALL": "C"},
    "hz-tax": {"PYTHONHASHSEED": "1", "TZ": "America/New_York", "LC_ALL": "C.UTF-8"},
    "bank-a": {"PYTHONHASHSEED": "4294967295", "TZ": "Pacific/Kiritimati", "LANG": "zh_CN.GB18030"},
    "bank-b": {"PYTHONHASHSEED": "77", "TZ": "UTC", "LC_ALL": "POSIX", "PYTHONUTF8": "0"},
}


def audit(town: Scene, id: str, environ: dict[str, str]) -> tuple[int, str]:
    """Return size and root of a home's ledger, executed again from its genesis."""
    command = dengbu("audit", "--home", str(town.net.home(id)), "--json")
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environ}, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    return found["entries"], found["root"]


def replays(town: Scene) -> set[tuple[int, str]]:
    """Return size and root of every ledger, each executed again in another member's environment."""
    return {
        audit(town, id, ENVIRONMENTS[other]) for id, other in zip(FOUNDERS, reversed(FOUNDERS), strict=True)
    }


def final(town: Scene) -> tuple[int, str]:
    """Return size and root that are final at the tax bureau."""
    with town.net.client("hz-tax") as client:
        head = client.log.checkpoint()
    return head.size, head.root.hex()


def test_other_environments_the_same_root_and_so_does_a_replay(town: Scene) -> None:
    town.net.stop()
    for id in FOUNDERS:
        town.start_as(id, "dengbu.scripts", "node", environ=ENVIRONMENTS[id])
    for id in FOUNDERS:
        until(lambda id=id: not town.trouble(id), f"{id} takes events")  # type: ignore[misc]
    with Work(town, "elsewhere") as work:
        work.more(5)
    work.check()
    # The desk may still be entering cases: either all four replays reach the final log some time, or they never do.
    until(
        lambda: replays(town) == {final(town)},
        "every replay, in another's environment, ends at the final root",
    )


def test_a_build_that_is_not_deterministic_is_caught(town: Scene) -> None:
    town.net.stop(["bank-b"])
    before = len(town.entries("bank-b"))
    town.start_as("bank-b", "tests.faults.drifting", environ={"PYTHONHASHSEED": "5"})
    with Work(town, "drift", ("bank-a",)) as work:
        work.more(3, ("bank-a",))
        until(lambda: town.trouble("bank-b"), "it stops")
        until(lambda: "bank-b" in town.checks("hz-tax")["away"]["value"], "the others name it")
        work.more(2, ("bank-a",))
    work.check(tuple(id for id in FOUNDERS if id != "bank-b"))
    said = town.net.layout.log("bank-b").read_text() + town.net.layout.engine_log("bank-b").read_text()
    assert "log.contradicted" in said or "AppHash" in said
    assert len(town.entries("bank-b")) <= before + 3
