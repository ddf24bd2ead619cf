"""What is ordered after a quiet time or a halt bears the time of that moment, not the time of the block before."""

import json
import time
from pathlib import Path
from typing import Any

from dengbu.nodes.engines.cometbft.files import LATE_S_MAX
from dengbu.scripts.net import homes, running
from tests.faults.scene import FOUNDERS, Scene, report
from tests.nodes.network import now_ms
from tests.pausing import pause
from tests.scripts.command import dengbu
from tests.scripts.engine_tests import needs_cometbft
from tests.scripts.small_town import WAIT_S
from tests.waiting import until

LIFE_MS = 18_000  # enough time to be taken

pytestmark = needs_cometbft


def late_s(town: Scene, key: str) -> float:
    """File a mortgage; return by how many seconds its entry's time precedes the submission."""
    with town.net.client("bank-a") as client:
        body = town.town.mortgage(town.titles[0], "bank-a")
        submitted = now_ms()
        outcome = client.cases.apply(key=key, wait=WAIT_S, **body).outcome
    assert outcome is not None
    assert outcome.time is not None, "it is final"
    return (submitted - outcome.time) / 1_000


def wait_beyond(began: float) -> None:
    """Wait until more time has gone by than an entry may be late."""
    until(lambda: time.monotonic() - began > LATE_S_MAX + 1, "time goes by")


def test_after_a_quiet_time(town: Scene) -> None:
    town.agree()
    began, before = time.monotonic(), town.entries("bank-b")
    wait_beyond(began)
    late = late_s(town, "after-quiet")
    report(f"{time.monotonic() - began:.1f} s of quiet, {late:.1f} s late")
    assert late <= LATE_S_MAX
    assert len(town.entries("bank-b")) >= len(before) + 1


def taken_and_not_ordered(town: Scene, key: str) -> int:
    """Have a bank's node take an event that no engine can propose, and kill the engines; return when it expires."""
    for id in FOUNDERS:
        pause(town.net, id, [running.ENGINE])
    event = {
        "type": "case.withdraw",
        "id": key,
        "not_after": now_ms() + LIFE_MS,
        "data": {"case": "441302-20261122-999999"},
    }
    raw = homes.sign(town.net.layout, "bank-a", json.dumps(event).encode(), "event")
    with town.net.client("bank-a") as client:
        assert not client.events.submit(raw, wait=0).final
    for id in FOUNDERS:
        town.net.kill(id, [running.ENGINE])
    return int(event["not_after"])


def test_after_a_halt(town: Scene, tmp_path: Path) -> None:
    """The first block bears the time of the one before, as no heartbeat came in the halt; so it stays empty.

    An event that expired in the meantime is turned away, and its submitter learns so.
    """
    town.agree()
    began = time.monotonic()
    end = taken_and_not_ordered(town, "ends-in-the-halt")
    wait_beyond(began)
    until(lambda: now_ms() > end, "its time is over")
    town.net.start()
    late = late_s(town, "after-halt")
    report(f"{time.monotonic() - began:.1f} s of halt, {late:.1f} s late")
    assert late <= LATE_S_MAX

    def told() -> Any:
        done = dengbu(
            *("event", "show", "bank-a/ends-in-the-halt", "--net", str(town.net.directory), "--as", "bank-a"),
            home=tmp_path,
        )
        return done.stdout if "等待会签" not in done.stdout else None

    said = until(told, "it is told")
    assert "未入账 turned away" in said
    assert "1109 expired 已超过提交期限" in said
    assert ("bank-a", "ends-in-the-halt") not in town.entries("hz-registry")
