"""A sequencer that lies: the real peer application over a log that the test has tampered with."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dengbu.ledger.log.merkle import EMPTY_ROOT, Frontier, leaf_hash, prove_consistency
from dengbu.nodes.finality.engine import Ticket, Unavailable
from dengbu.nodes.finality.finality_waiters import Progress
from dengbu.nodes.finality.witness import Reply
from dengbu.nodes.store.block import Block
from dengbu.nodes.store.bundles import Bundles
from tests.nodes.network import Failures, event, open_ledger, serve
from tests.worlds import world

FIRST_TIME = 1_795_305_700_000


class Ledger:
    """An honest log made elsewhere, with its leaves."""

    def __init__(self, home: Path) -> None:
        self._application = open_ledger(home)
        self.leaves = self._application.store.leaves(0, 1)

    def add(self, *events: bytes) -> None:
        """Order events, each in a block of its own."""
        for raw in events:
            head = self._application.head
            block = Block(head.height + 1, max(FIRST_TIME, head.time + 1_000), (raw,))
            finalized = self._application.finalize(block)
            assert not finalized.rejected, finalized.rejected
            self._application.commit(finalized)
            self.leaves += finalized.entries

    def close(self) -> None:
        """Close the store."""
        self._application.store.close()


class ShownLog:
    """The log that the liar shows: any leaves under any tree; as a store it answers like the real one."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.shown = list(leaves)
        self.tree = list(leaves)  # the tiles are made from these
        self.tile: Callable[[bytes], bytes] = lambda raw: raw

    def size(self) -> int:
        return len(self.tree)

    def last_checkpoint(self) -> tuple[int, bytes] | None:
        return None

    def find(self, actor: str, event_id: str) -> int | None:
        return None

    def leaves(self, start: int, end: int) -> list[bytes]:
        return self.shown[start:end]

    def read(self, ids: Any) -> list[bytes]:
        nodes: dict[tuple[int, int], bytes] = {}
        frontier = Frontier()
        for leaf in self.tree:
            for level, index, value in frontier.append(leaf_hash(leaf)):
                nodes[level, index] = value
        return [self.tile(nodes[one]) for one in ids]


class Liar:
    """The lying sequencer: a test can change at any time what it shows."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.log = ShownLog(leaves)
        self.progress = Progress(self.log)  # type: ignore[arg-type]
        self.failures = Failures()
        self.spoil: Callable[[bytes], bytes] = lambda raw: raw  # changes entry bundles on the wire

        class Shown(Bundles):
            def read(bundles, n: int, width: int) -> bytes | None:
                bundles._parts.clear()
                raw = super().read(n, width)
                return None if raw is None else self.spoil(raw)

        self.listener, self.url = serve(
            self.log,
            world().register,
            self.progress,
            Shown(self.log),  # type: ignore[arg-type]
            self,
            self.failures,
        )

    def show(self, leaves: Sequence[bytes], tree: Sequence[bytes] | None = None) -> None:
        """Show these leaves; the tiles and sizes served are those of `tree`."""
        self.log.shown, self.log.tree = list(leaves), list(tree or leaves)
        self.progress.commit(len(self.log.tree))

    def publish(self, size: int, note: bytes) -> None:
        """Let /checkpoint answer with this note, even if it is smaller than the one before."""
        self.progress._final = (0, b"")
        self.progress.finish(size, note)

    def add_checkpoint(self, body: bytes) -> Reply:
        return Reply(404, b"")

    def cosigned(self) -> bytes | None:
        return None

    def submit(self, raw: bytes) -> Ticket:
        raise Unavailable(1, "never")


@contextmanager
def ledger(home: Path, count: int, start: int = 1) -> Iterator[Ledger]:
    """Make a log of the genesis and `count` events."""
    made = Ledger(home)
    try:
        made.add(*(event(number) for number in range(start, start + count)))
        yield made
    finally:
        made.close()


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaves."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf_hash(leaf))
    return frontier.root() if leaves else EMPTY_ROOT


def proof(old: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Return the consistency proof from the first `old` of these leaves to all of them."""
    return prove_consistency(old, len(leaves), ShownLog(leaves)) if 0 < old < len(leaves) else []
