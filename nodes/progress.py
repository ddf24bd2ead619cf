"""How far the log has come on this node, committed and final, and waiting for it to come further."""

import threading
import time
from collections.abc import Callable

from nodes.engine import Ticket
from nodes.reads import Reads


class Progress:
    """Two sizes and the newest final checkpoint. An engine moves them on, any thread may wait for them."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._changed = threading.Condition()
        self._turn = 0  # counts every change, also one that moves no size: a block that was turned away
        self._closed = False
        self._committed = reads.size()
        self._final = reads.last_checkpoint() or (0, b"")

    @property
    def closed(self) -> bool:
        """Whether the node is stopping."""
        return self._closed

    @property
    def committed(self) -> int:
        """How many entries are committed."""
        return self._committed

    @property
    def final(self) -> tuple[int, bytes]:
        """Size and note of the newest final checkpoint; size 0 and no bytes before the first one."""
        return self._final

    def commit(self, size: int) -> None:
        """Tell that `size` entries are committed, or that a block was dealt with."""
        with self._changed:
            self._committed = size
            self._tell()

    def finish(self, size: int, note: bytes) -> None:
        """Tell that a final checkpoint is stored; one that is not larger than the newest changes nothing."""
        with self._changed:
            if size > self._final[0]:
                self._final = (size, note)
            self._tell()

    def close(self) -> None:
        """Wake all who wait, now and from now on."""
        with self._changed:
            self._closed = True
            self._tell()

    def wait_committed(self, size: int, timeout_s: float) -> int:
        """Wait until more than `size` entries are committed, or `timeout_s` seconds; how many are."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._committed > size, timeout_s)
            return self._committed

    def wait_final(self, size: int, timeout_s: float) -> tuple[int, bytes]:
        """Wait until more than `size` entries are final, or `timeout_s` s; the newest checkpoint then."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._final[0] > size, timeout_s)
            return self._final

    def wait_ticket(
        self, ticket: Ticket, timeout_s: float, check: Callable[[Ticket], None] = lambda _: None
    ) -> int | None:
        """The index of an event as soon as it is final; None if it is not within `timeout_s` seconds.

        `check` raises where there is nothing to wait for any more.
        """
        deadline = time.monotonic() + timeout_s
        while not self._closed:
            turn = self._turn  # before the look: what changes later wakes the wait below
            index = self._reads.find(ticket.actor, ticket.event_id)
            left = max(0.0, deadline - time.monotonic())
            if index is not None:
                return index if self.wait_final(index, left)[0] > index else None
            check(ticket)
            if not left:
                return None
            self._wait_turn(turn, left)
        return None

    def _wait_turn(self, turn: int, timeout_s: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._turn > turn, timeout_s)

    def _tell(self) -> None:
        self._turn += 1
        self._changed.notify_all()
