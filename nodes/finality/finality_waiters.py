"""How far the log has come on this node, committed and final, and the threads that wait for it to grow.

A thread that waits for one event is woken once, when that event is final: with many waiters, waking all of them at
every step would cost more than the steps.
"""

import threading
from collections.abc import Callable, Iterable

from dengbu.nodes.finality.engine import Ticket
from dengbu.nodes.store.reads import Reads

Name = tuple[str, str]  # actor, event id


class _Waiter:
    """One thread that waits for one event; `index` is set once the event is committed."""

    def __init__(self) -> None:
        self.woken = threading.Event()
        self.index: int | None = None


class Progress:
    """The committed size and the newest final checkpoint. An engine advances them, any thread may wait for them."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._changed = threading.Condition()
        self._waiters: dict[Name, list[_Waiter]] = {}
        self._landed: list[_Waiter] = []  # waiters whose events are committed but not final
        self._closed = False
        self._committed = reads.size()
        self._final = reads.last_checkpoint() or (0, b"")
        self._heard = 0  # size of the largest checkpoint of the log that this node was shown

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

    @property
    def behind(self) -> int:
        """How many entries this node still lacks of the largest checkpoint that it was shown."""
        return max(0, self._heard - self._committed)

    def hear(self, size: int) -> None:
        """Record that the log's key has signed a checkpoint of this size."""
        self._heard = max(self._heard, size)

    def commit(self, size: int, names: Iterable[tuple[Name, int]] = ()) -> None:
        """Record that `size` entries are committed; `names` gives the index of each new event."""
        with self._changed:
            self._committed = size
            for name, index in names:
                for waiter in self._waiters.pop(name, ()):
                    waiter.index = index
                    self._landed.append(waiter)
            self._changed.notify_all()

    def turn_away(self, names: Iterable[Name]) -> None:
        """Wake the waiters of events that did not enter the log; their check says why."""
        with self._changed:
            for name in names:
                for waiter in self._waiters.pop(name, ()):
                    waiter.woken.set()

    def finish(self, size: int, note: bytes) -> None:
        """Record that a final checkpoint is stored; one that is not larger than the newest changes nothing."""
        with self._changed:
            if size > self._final[0]:
                self._final = (size, note)
            self._wake_landed()
            self._changed.notify_all()

    def close(self) -> None:
        """Wake all waiters, present and future."""
        with self._changed:
            self._closed = True
            for waiters in self._waiters.values():
                for waiter in waiters:
                    waiter.woken.set()
            for waiter in self._landed:
                waiter.woken.set()
            self._changed.notify_all()

    def wait_committed(self, size: int, timeout_s: float) -> int:
        """Wait until more than `size` entries are committed, at most `timeout_s` seconds; return how many are."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._committed > size, timeout_s)
            return self._committed

    def wait_final(self, size: int, timeout_s: float) -> tuple[int, bytes]:
        """Wait until more than `size` entries are final, at most `timeout_s` seconds; return `final` as it is then."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._final[0] > size, timeout_s)
            return self._final

    def wait_ticket(
        self, ticket: Ticket, timeout_s: float, check: Callable[[Ticket], None] = lambda _: None
    ) -> int | None:
        """Return the index of an event once it is final; None if that takes more than `timeout_s` seconds.

        `check` raises if waiting for the event is pointless.
        """
        name, waiter = (ticket.actor, ticket.event_id), _Waiter()
        with self._changed:
            self._waiters.setdefault(name, []).append(waiter)
        try:
            index = self._reads.find(*name)  # after registering the waiter, which later commits will find
            if index is None:
                check(ticket)
                waiter.woken.wait(timeout_s)
                index = waiter.index
            elif index >= self._final[0]:
                index = index if self.wait_final(index, timeout_s)[0] > index else None
            if index is None and not self._closed:
                check(ticket)
            return index if index is not None and index < self._final[0] else None
        finally:
            self._forget(name, waiter)

    def _forget(self, name: Name, waiter: _Waiter) -> None:
        with self._changed:
            left = [one for one in self._waiters.get(name, ()) if one is not waiter]
            if left:
                self._waiters[name] = left
            else:
                self._waiters.pop(name, None)

    def _wake_landed(self) -> None:
        size = self._final[0]
        waiting = []
        for waiter in self._landed:
            if waiter.index is not None and waiter.index < size:
                waiter.woken.set()
            else:
                waiting.append(waiter)
        self._landed = waiting
