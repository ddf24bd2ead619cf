"""Four nodes in this process, each with the real CometBFT beside it: events are ordered, and what stops that is named."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.log.merkle import root
from dengbu.nodes.engines.cometbft.engine import STALLED_S
from dengbu.nodes.finality.engine import Unavailable
from dengbu.nodes.home.keystore import read_passphrase
from dengbu.nodes.node import Node
from dengbu.scripts.net import running
from dengbu.scripts.net.devnet import Devnet
from dengbu.scripts.net.engines import COMETBFT
from tests.nodes.network import Failures
from tests.scripts.engine_tests import needs_cometbft
from tests.waiting import WAIT_S_MAX, until

pytestmark = needs_cometbft
REGISTRY, TAX, BANKS = "hz-registry", "hz-tax", ("bank-a", "bank-b")
GRACE_S = 10.0


class Voting:
    """The four nodes and their engines."""

    def __init__(self, place: Path, stack: ExitStack) -> None:
        self.net = Devnet.create(place, engine=COMETBFT)
        passphrase = read_passphrase(self.net.layout.passphrase)
        self.nodes: dict[str, Node] = {}
        self.failures = Failures()
        stack.callback(self.stop_engines)
        for id in self.net.members:
            self.nodes[id] = Node.open(self.net.home(id), passphrase, self.failures)
            stack.callback(self.nodes[id].stop)
            self.nodes[id].start()
        self.start_engines(*self.net.members)

    def start_engines(self, *ids: str) -> None:
        """Start the CometBFT beside these nodes, and wait until all four work."""
        for id in ids:
            self.net.members[id] = running.start_engine(self.net.layout, self.net.members[id])
        for id, node in self.nodes.items():
            until(lambda node=node: node.engine.trouble is None and not node.engine.away, f"{id} works")  # type: ignore[misc]

    def stop_engines(self, *ids: str) -> None:
        """End the CometBFT beside these nodes, all by default."""
        chosen = [self.net.members[id] for id in ids or self.net.members]
        _, left = running.stop(chosen, GRACE_S)
        self.net.members |= {member.id: member for member in left}

    def event(self, id: str, n: int, **more: int) -> bytes:
        """A title that the registry's own officer imports."""
        right = {
            "mode": "single",
            "holders": [{"ref": f"{n:064x}", "share": "1/1"}],
            "certificate": f"粤(2020)惠州市不动产权第{n:07}号",
            "registered_on": "2020-05-06",
        }
        unit = f"441302001001GB00001F0001{n:04}"
        data = {"unit": unit, "use": "dwelling", "area_cm2": 980_000, "right": right}
        return self.nodes[id].sign("title.import", data, event_id=f"import-{n}", **more)

    def ordered(self, raw: bytes, at: str = REGISTRY) -> int:
        """Submit an event and wait until it is final; its index."""
        found = self.nodes[at].wait_final(self.nodes[at].submit(raw), WAIT_S_MAX)
        assert found is not None
        return found.index


@pytest.fixture(scope="module")
def voting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Voting]:
    with ExitStack() as stack:
        yield Voting(tmp_path_factory.mktemp("voting") / "net", stack)


def test_all_execute_what_one_submits_and_agree(voting: Voting) -> None:
    raw = voting.event(REGISTRY, 1)
    index = voting.ordered(raw)
    for id, node in voting.nodes.items():
        until(lambda node=node: node.final_size > index, f"{id} has it final")  # type: ignore[misc]
    assert len({node.store.leaf(index) for node in voting.nodes.values()}) == 1
    assert len({root(index + 1, node.store) for node in voting.nodes.values()}) == 1
    assert voting.ordered(raw) == index  # the same bytes again are the same entry


def test_an_event_that_is_signed_elsewhere_enters_by_any_node(voting: Voting) -> None:
    raw = voting.event(REGISTRY, 2)
    index = voting.ordered(raw, at="bank-a")
    entry = voting.nodes["bank-a"].store.entry(index)
    assert entry is not None
    assert (entry.envelope.body.actor, entry.envelope.raw) == (REGISTRY, raw)


def test_what_comes_too_late_is_not_taken(voting: Voting) -> None:
    late = voting.event(REGISTRY, 3, not_after=voting.nodes[REGISTRY].now_ms() - 1)
    with pytest.raises(NotAdmitted) as refused:
        voting.nodes[REGISTRY].submit(late)
    assert refused.value.code.name == "EXPIRED"


def test_a_member_without_its_engine_says_so_and_the_others_go_on(voting: Voting) -> None:
    voting.stop_engines("bank-b")
    node = voting.nodes["bank-b"]
    until(lambda: node.engine.trouble is not None, "bank-b says that its engine is away")
    with pytest.raises(Unavailable):
        node.submit(voting.event(REGISTRY, 4))
    index = voting.ordered(voting.event(REGISTRY, 5))
    until(lambda: "bank-b" in voting.nodes[REGISTRY].engine.away, "the registry's node names it")
    voting.start_engines("bank-b")
    until(lambda: node.final_size > index, "bank-b has caught up")
    assert node.store.leaf(index) == voting.nodes[REGISTRY].store.leaf(index)


def test_without_two_of_four_nothing_is_taken_for_long_and_all_is_kept(voting: Voting) -> None:
    voting.stop_engines(*BANKS)
    node = voting.nodes[REGISTRY]
    waiting, more = voting.event(REGISTRY, 6), iter(range(1_000, 10_000))

    def refused() -> bool:
        try:
            node.submit(waiting)
            node.submit(voting.event(REGISTRY, next(more)))
        except Unavailable:
            return True
        return False

    until(refused, f"writing is refused soon after {STALLED_S} s")
    assert node.engine.trouble is not None
    size = node.final_size
    voting.start_engines(*BANKS)
    assert voting.ordered(waiting) >= size
    assert voting.failures.seen == []
