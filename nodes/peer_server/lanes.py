"""Threads reserved for each kind of request: a lane is a queue with threads of its own.

A request's lane follows from its path, before its sender is known; strangers' requests are refused quickly and wait for
nothing. A member may have only so many requests under way in a lane; further ones are turned away.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from typing import Any, NamedTuple

from waitress.task import ThreadedTaskDispatcher  # type: ignore[import-untyped]


class Lane(Enum):
    """A kind of request: its number of threads, and how many requests one member may have under way."""

    COSIGN = (8, 1)  # a log pushes one checkpoint after another
    EVENTS = (8, 2)  # a node forwards one batch after another; two right after a restart
    WAIT = (64, 4)  # a poll holds a thread: one for each witness that a policy can name
    READ = (16, 8)

    def __init__(self, threads: int, share: int) -> None:
        self.threads = threads
        self.share = share


def lane_of(path: str, query: str) -> Lane:
    """Return the lane of a request to the peer listener."""
    if path == "/add-checkpoint":
        return Lane.COSIGN
    if path == "/events":
        return Lane.EVENTS
    return Lane.WAIT if path == "/checkpoint" and query else Lane.READ


class Crowded(Exception):
    """A sender already has as many requests under way as it may have."""

    def __str__(self) -> str:
        return "同时请求过多 too many requests of yours are under way; wait for an answer first"


class Shares:
    """Counts the requests of each member under way in each lane; all strangers together count as one member."""

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


class LaneLoad(NamedTuple):
    """The threads of a lane, those at work, and the requests that wait for one."""

    threads: int
    busy: int
    queued: int


class Dispatcher:
    """Waitress task dispatchers, one for each lane; `choose` returns the lane of a request that has arrived whole.

    `choose` must handle any request, even one that waitress could not parse and will refuse.
    """

    def __init__(self, threads: Mapping[Any, int], choose: Callable[[Any], Any]) -> None:
        self._choose = choose
        self._lanes = {lane: ThreadedTaskDispatcher() for lane in threads}
        for lane, count in threads.items():
            self._lanes[lane].set_thread_count(count)

    @property
    def threads(self) -> int:
        """How many threads there are in all lanes."""
        return sum(len(lane.threads) for lane in self._lanes.values())

    def loads(self) -> dict[str, LaneLoad]:
        """Return the load of each lane, by its name in small letters."""
        return {
            (lane.name if isinstance(lane, Lane) else str(lane)).lower(): LaneLoad(
                len(one.threads), max(0, one.active_count), len(one.queue)
            )
            for lane, one in self._lanes.items()
        }

    def add_task(self, channel: Any) -> None:
        """Queue a connection whose next request is to be answered."""
        self._lanes[self._choose(channel.requests[0])].add_task(channel)

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:
        """End the threads of all lanes within `timeout` seconds; return whether the queued tasks were cancelled."""
        end = time.monotonic() + timeout
        for lane in self._lanes.values():
            lane.set_thread_count(0)
        cancelled = True
        for lane in self._lanes.values():
            cancelled &= lane.shutdown(cancel_pending, max(end - time.monotonic(), 0))
        return cancelled
