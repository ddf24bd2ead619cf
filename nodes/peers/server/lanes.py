"""Threads for each kind of request, which no other kind can take: a lane is a queue with threads of its own.

Which lane a request is in follows from its path, before anybody knows who asks; what comes in from strangers is soon
refused and waits for nothing. A member may have so many requests under way in a lane, and more are turned away.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from typing import Any

from waitress.task import ThreadedTaskDispatcher  # type: ignore[import-untyped]


class Lane(Enum):
    """What a thread is for: its number of threads, and how many of them one member may have at once."""

    COSIGN = (8, 1)  # one log pushes one checkpoint after the other
    EVENTS = (8, 2)  # a node forwards one batch after the other; two, when it was started again
    WAIT = (64, 4)  # a thread for each poll: one for each of as many witnesses as a policy can name
    READ = (16, 8)

    def __init__(self, threads: int, share: int) -> None:
        self.threads = threads
        self.share = share


def lane_of(path: str, query: str) -> Lane:
    """The lane of a request to the peer listener."""
    if path == "/add-checkpoint":
        return Lane.COSIGN
    if path == "/events":
        return Lane.EVENTS
    return Lane.WAIT if path == "/checkpoint" and query else Lane.READ


class Crowded(Exception):
    """Somebody has as many requests under way as one may have."""

    def __str__(self) -> str:
        return "同时请求过多 too many requests of yours are under way; wait for an answer first"


class Shares:
    """How many requests of each member are under way in each lane; strangers together count as one member."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: Counter[tuple[Lane, str | None]] = Counter()

    @contextmanager
    def place(self, lane: Lane, member: str | None) -> Iterator[None]:
        """Hold a place while a request is answered. Raises `Crowded`."""
        place = (lane, member)
        with self._lock:
            if self._taken[place] >= lane.share:
                raise Crowded
            self._taken[place] += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken[place] -= 1


class Dispatcher:
    """The task dispatchers of waitress, one for each lane; `choose` tells the lane of a request that has come in whole.

    It must do so of any request, also one that waitress could not parse and will refuse.
    """

    def __init__(self, threads: Mapping[Any, int], choose: Callable[[Any], Any]) -> None:
        self._choose = choose
        self._lanes = {lane: ThreadedTaskDispatcher() for lane in threads}
        for lane, count in threads.items():
            self._lanes[lane].set_thread_count(count)

    @property
    def threads(self) -> int:
        """How many threads there are."""
        return sum(len(lane.threads) for lane in self._lanes.values())

    def add_task(self, channel: Any) -> None:
        """Queue a connection whose next request is to be answered."""
        self._lanes[self._choose(channel.requests[0])].add_task(channel)

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:
        """End the threads of all lanes, within `timeout` seconds; whether what was queued is cancelled."""
        end = time.monotonic() + timeout
        for lane in self._lanes.values():
            lane.set_thread_count(0)
        cancelled = True
        for lane in self._lanes.values():
            cancelled &= lane.shutdown(cancel_pending, max(end - time.monotonic(), 0))
        return cancelled
