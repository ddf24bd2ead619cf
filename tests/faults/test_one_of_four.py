"""Any of four members may be killed or held, in whole or in part, under load: no final entry is lost or doubled."""

import time

import pytest

from tests.faults.scene import BANKS, FOUNDERS, REGISTRY, Scene, Work, report
from tests.pausing import pause, resume
from tests.scripts.engine_tests import needs_cometbft
from tests.waiting import until

pytestmark = needs_cometbft
PARTS = {"node": ("node",), "engine": ("engine",), "both": ("node", "engine")}


def others(id: str) -> tuple[str, ...]:
    """Return the banks whose work goes on while this member is away: none without the registry's checkpoints."""
    return () if id == REGISTRY else tuple(bank for bank in BANKS if bank != id)


@pytest.mark.parametrize("parts", PARTS)
@pytest.mark.parametrize("id", FOUNDERS)
def test_killed_and_started_again(town: Scene, id: str, parts: str) -> None:
    with Work(town, f"kill-{parts}-{id}") as work:
        work.more(3)
        town.net.kill(id, PARTS[parts])
        work.more(3, others(id))
        began = time.monotonic()
        town.net.start([id])
        work.more(1)
    report(f"{id} {parts}: each bank served {time.monotonic() - began:.1f} s after the start")
    work.check()


@pytest.mark.parametrize("id", FOUNDERS)
def test_held_and_let_go(town: Scene, id: str) -> None:
    with Work(town, f"hold-{id}") as work:
        work.more(3)
        pause(town.net, id)
        try:
            work.more(3, others(id))
        finally:
            resume(town.net, id)
        took = work.more(1)
    report(f"{id} held: each bank served {took:.1f} s after it went on")
    work.check()


def test_who_is_away_is_named(town: Scene) -> None:
    town.net.kill("bank-b")
    try:
        until(lambda: "bank-b" in town.checks("hz-tax")["away"]["value"], "the others name it")
        assert town.trouble("hz-tax") is None
    finally:
        town.net.start(["bank-b"])
    until(lambda: town.checks("hz-tax")["away"]["ok"], "nobody is away any more")


def test_without_the_registry_events_are_ordered_and_wait_for_their_checkpoint(town: Scene) -> None:
    with Work(town, "no-registry") as work:
        work.more(2)
        town.net.kill(REGISTRY)
        asked = until(lambda: frozenset(work.open), "applications wait for their answer")
        until(lambda: asked <= town.entries("hz-tax").keys(), "the other three order them")
        told = dict(work.done)
        town.net.start([REGISTRY])
        work.more(2)
    assert told.items() <= work.done.items()
    work.check()
