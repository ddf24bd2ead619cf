"""A sequencer process that dies at a named step.

    python -m tests.nodes.crashing HOME PORT STEP FROM TO NOT_AFTER NAME=URL...

It orders the events FROM..TO, prints a line for each that became final, and kills itself at the step when the last one
gets there. With the step "never" it prints where the log stands and waits for its standard input to end.
"""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from dengbu.ledger.log.checkpoint import Checkpoint
from dengbu.nodes.engines.sequencer import Sequencer
from dengbu.nodes.finality.publisher import Publisher
from dengbu.nodes.store.block import Finalized
from tests.nodes.network import WAIT_S, Head, event

STEPS = (
    "after finalize",
    "after commit",
    "after the last-signed file",
    "after signing",
    "after 1 cosignature",
    "after 2 cosignatures",
    "after the final checkpoint is stored",
)
armed: list[str] = []


def die_at(step: str) -> None:
    """Send SIGKILL to this process if this is the armed step: nothing is flushed, closed or reported."""
    if step in armed:
        os.kill(os.getpid(), signal.SIGKILL)


class Dying(Sequencer):
    """A sequencer that can die before and after it commits."""

    def _commit(self, finalized: Finalized) -> None:
        die_at("after finalize")
        super()._commit(finalized)
        die_at("after commit")


class DyingPublisher(Publisher):
    """A publisher that can die between any two steps."""

    def _sign(self, checkpoint: Checkpoint) -> bytes:
        self._last_signed.advance(checkpoint.size, checkpoint.root)
        die_at("after the last-signed file")
        note = super()._sign(checkpoint)
        die_at("after signing")
        return note

    def _store_final(self, size: int, note: bytes) -> None:
        super()._store_final(size, note)
        die_at("after the final checkpoint is stored")

    def start(self) -> None:
        add: Callable[..., None] = self._cosigning._add
        counted: dict[int, int] = {}

        def counting(round_: Any, name: str, line: bytes) -> None:
            counted[round_.number] = counted.get(round_.number, 0) + 1
            if counted[round_.number] == 1:
                die_at("after 1 cosignature")
            add(round_, name, line)
            if counted[round_.number] == 2:
                die_at("after 2 cosignatures")

        self._cosigning._add = counting  # type: ignore[method-assign]
        super().start()


def main(home: str, port: str, step: str, first: str, last: str, not_after: str, *witnesses: str) -> NoReturn:
    """Run until dead or told to end."""
    head = Head(Path(home), Dying, int(port), DyingPublisher)
    head.start(dict(one.split("=", 1) for one in witnesses))
    for number in range(int(first), int(last) + 1):
        raw = event(number, not_after=int(not_after))
        if number == int(last) and step != "never":
            ticket = head.sequencer.submit(event("before", not_after=int(not_after)))
            assert head.sequencer.wait_final(ticket, WAIT_S) is not None
            armed.append(step)
        index = head.sequencer.wait_final(head.sequencer.submit(raw), WAIT_S)
        print("final", number, index, flush=True)  # noqa: T201
    print("end", head.sequencer.final_size, head.application.head.root.hex(), flush=True)  # noqa: T201
    sys.stdin.read()
    head.stop()
    sys.exit(1 if head.failures.seen else 0)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Exception:  # noqa: BLE001  (whatever it is)
        traceback.print_exc()
        os._exit(3)  # the threads would keep the process alive
