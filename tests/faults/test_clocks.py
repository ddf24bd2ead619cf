"""The registry's clock is years ahead, or an hour ahead for a moment: real processes, the sequencer's network."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dengbu.api.client.errors import Unavailable
from dengbu.scripts.net import homes
from dengbu.scripts.net.engines import SEQUENCER
from dengbu.scripts.net.homes import AUDITOR
from tests.faults.scene import ASK_S, BANKS, FOUNDERS, REGISTRY, TAX, Scene, Work, scene
from tests.waiting import until

DAY_S = 86_400
YEARS_S = 3 * 366 * DAY_S
OTHERS = (TAX, *BANKS)
PATIENCE_S = 5.0


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Scene]:
    with scene(tmp_path, SEQUENCER) as made:
        yield made


@contextmanager
def at_another_time(seconds: int) -> Iterator[None]:
    """Set this process's clock wrong in the meantime, like the clients at a counter with such a clock."""
    right = time.time
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time", lambda: right() + seconds)
        yield


def set_clock(file: Path, seconds: int) -> None:
    """Set a node's clock wrong in one step, since the node may read the file at any moment."""
    beside = file.with_suffix(".new")
    beside.write_text(str(seconds))
    beside.replace(file)


def evidence(town: Scene, id: str) -> list[dict[str, Any]]:
    """Return the evidence that a node has kept against the log."""
    return [json.loads(path.read_bytes()) for path in sorted((town.net.home(id) / "evidence").glob("*.json"))]


def unit_at(town: Scene, id: str, unit: str) -> Any:
    """Return a unit as a node other than the registry's shows it."""
    with town.net.client(id, timeouts=(ASK_S, ASK_S)) as client:
        return client.units.get(unit)


def applied_years_ahead(town: Scene, title: dict[str, Any]) -> bytes:
    """Return a bank's application for a mortgage on a title, with a time limit by the wrong clock."""
    body = town.town.mortgage(title, "bank-a")
    event = {
        "type": "case.apply",
        "id": "after-the-seizure",
        "not_after": int((time.time() + 600) * 1_000),
        "data": {name: body[name] for name in ("district", "channel", "acts")},
    }
    return homes.sign(town.net.layout, "bank-a", json.dumps(event).encode(), "event")


def test_a_seizure_does_not_lapse_by_a_registry_clock_that_is_years_ahead(town: Scene) -> None:
    """The attack: registry and bank set their clocks past the seizure's end, and ask all to cosign a mortgage."""
    net, title = town.net, town.titles[0]
    net.admit_court("hz-court")
    seizure = {"unit": title["unit"], "document": "(2026)粤1302执1号", "until": "2028-06-30"}
    assert net.court_event("hz-court", "court.seize", seizure).outcome == "recorded"
    before = town.agree()
    net.stop([REGISTRY])
    town.start_as(REGISTRY, "tests.faults.reckless", str(YEARS_S))
    with at_another_time(YEARS_S), net.client(REGISTRY, timeouts=(ASK_S, ASK_S)) as counter:
        outcome = counter.events.submit(applied_years_ahead(town, title), wait=PATIENCE_S)
    assert not outcome.final, "no quorum has cosigned it"
    for id in OTHERS:
        [found] = until(lambda id=id: evidence(town, id), "it keeps evidence")  # type: ignore[misc]
        assert found["kind"] == "ahead"
        assert found["entry_time"] - found["own_time"] > (YEARS_S - DAY_S) * 1_000
        assert "not cosigned" in str(until(lambda id=id: town.trouble(id), "and says so"))  # type: ignore[misc]
        assert town.entries(id) == before, "and has not even committed it"
        assert '"clock.ahead"' in net.layout.log(id).read_text()
    assert ("bank-a", "after-the-seizure") in town.entries(REGISTRY), "the registry has"
    shown = unit_at(town, "bank-a", title["unit"])
    assert shown.flags["seized"] is True
    assert shown.flags["mortgaged"] is False
    assert not town.checks("bank-a")["evidence"]["ok"]


def test_an_hour_ahead_for_a_moment_stops_the_registry_for_that_moment(town: Scene, tmp_path: Path) -> None:
    net, wrong = town.net, tmp_path / "seconds"
    set_clock(wrong, 0)
    net.stop([REGISTRY])
    town.start_as(REGISTRY, "tests.faults.skewed", str(wrong))
    with Work(town, "before") as work:
        work.more(2)
    work.check()
    assert town.checks(REGISTRY)["clock"]["ok"]
    before = town.entries(REGISTRY)
    set_clock(wrong, 3600)
    told = until(lambda: town.trouble(REGISTRY), "it stops, and says why")
    assert "本机时钟与会签机构不符" in told
    check = town.checks(REGISTRY)["clock"]
    assert not check["ok"]
    assert 3_590 <= check["value"]["off_s"] <= 3_610
    assert check["value"]["against"] == sorted(OTHERS)
    with (
        at_another_time(3_600),
        net.client(REGISTRY, timeouts=(ASK_S, ASK_S)) as counter,
        pytest.raises(Unavailable) as refusal,
    ):
        counter.cases.apply(wait=0, **town.town.mortgage(town.titles[1]) | {"channel": "counter"})
    assert refusal.value.retry_after_s
    with net.client("bank-a", timeouts=(ASK_S, ASK_S)) as bank, pytest.raises(Unavailable):
        bank.cases.apply(wait=0, **town.town.mortgage(town.titles[1]))
    assert town.entries(REGISTRY) == before, "nothing was dated by that clock"
    set_clock(wrong, 0)
    until(lambda: not town.trouble(REGISTRY), "it goes on by itself")
    with Work(town, "after") as work:
        work.more(2)
    work.check()
    assert not any(evidence(town, id) for id in FOUNDERS)
    with net.client("hz-tax", AUDITOR) as client:
        assert abs(client.receipts.get(client.log.checkpoint().size - 1).time - time.time() * 1_000) < 60_000


def test_a_registry_that_starts_with_a_wrong_clock_orders_nothing(town: Scene) -> None:
    town.net.stop([REGISTRY])
    before = town.entries(REGISTRY)
    town.start_as(REGISTRY, "tests.faults.skewed", "-600")
    until(lambda: "本机时钟与会签机构不符" in str(town.trouble(REGISTRY)), "it says why")
    assert town.checks(REGISTRY)["clock"]["value"]["off_s"] in range(-603, -597)
    with town.net.client("bank-a", timeouts=(ASK_S, ASK_S)) as bank, pytest.raises(Unavailable):
        bank.cases.apply(wait=0, **town.town.mortgage(town.titles[0]))
    assert town.entries(REGISTRY) == before
    town.net.stop([REGISTRY])
    town.net.start([REGISTRY])
    with Work(town, "set-right") as work:
        work.more(1)
    work.check()
