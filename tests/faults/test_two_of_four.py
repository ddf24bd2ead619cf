"""With two of four members away nothing is ordered: writing is refused with the reason, and reads tell their age."""

import itertools
from datetime import UTC, datetime

import pytest

from dengbu.api.client.errors import Unavailable
from tests.faults.scene import ASK_S, FOUNDERS, Scene, Work
from tests.pausing import pause, resume
from tests.scripts.engine_tests import needs_cometbft
from tests.waiting import until

pytestmark = needs_cometbft


def as_of(town: Scene, id: str) -> tuple[int, datetime]:
    """Return how many final entries a node's answer rests on, and when it was last up to date with the others."""
    with town.net.client(id) as client:
        answer = client.transport.get(f"/v1/units/{town.titles[0]['unit']}")
    moment = datetime.fromisoformat(answer.headers["Dengbu-As-Of"])
    return int(answer.headers["Dengbu-Size"]), moment


@pytest.mark.parametrize("how", ["killed", "held"])
def test_writing_is_refused_and_reading_goes_on(town: Scene, how: str) -> None:
    gone = ("hz-tax", "bank-b")
    with Work(town, f"two-{how}") as work:
        work.more(2)
    work.check()
    size, fresh = as_of(town, "bank-a")
    assert abs((datetime.now(UTC) - fresh).total_seconds()) < ASK_S
    for id in gone:
        town.net.kill(id) if how == "killed" else pause(town.net, id)
    try:
        told = waits_until_refused(town, f"late-{how}")
        assert "可达机构不足三分之二" in told or "排序停滞" in told
        old = as_of(town, "bank-a")
        assert old[0] >= size
        until(lambda: as_of(town, "bank-a") == old, "the moment stands still")
        assert until(lambda: (datetime.now(UTC) - old[1]).total_seconds() > 1, "and grows old")
    finally:
        for id in gone:
            if how == "held":
                resume(town.net, id)
        town.net.start([gone[0]])  # one of the two is enough
    with Work(town, f"again-{how}") as work:
        work.more(1, ("bank-a",))
        town.net.start()
        work.more(1)
    work.check()


def waits_until_refused(town: Scene, prefix: str) -> str:
    """File with a remaining bank until it refuses at once; return its words. Until then, it answers "pending"."""
    said: list[Unavailable] = []
    filed = itertools.count()

    def refused() -> bool:
        with town.net.client("bank-a", timeouts=(ASK_S, 2 * ASK_S)) as client:
            body = town.town.mortgage(town.titles[0], "bank-a")
            try:
                case = client.cases.apply(key=f"{prefix}-{next(filed)}", wait=0, **body)
            except Unavailable as fault:
                said.append(fault)
                return True
            assert case.state == "pending"
        return False

    until(refused, "writing is refused")
    assert said[-1].retry_after_s
    return said[-1].detail


def test_every_node_is_as_before(town: Scene) -> None:
    assert len(town.agree(FOUNDERS)) > len(town.titles)
