"""State that a node keeps only while it runs: the events submitted here, and when it was last up to date."""

import threading


class Recent:
    """The most recently added pairs, up to a limit; safe from any thread."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._pairs: dict[tuple[str, str], None] = {}

    def add(self, pair: tuple[str, str]) -> None:
        """Remember a pair, and forget the oldest beyond the limit."""
        with self._lock:
            self._pairs[pair] = None
            if len(self._pairs) > self._limit:
                self._pairs.pop(next(iter(self._pairs)))

    def __contains__(self, pair: tuple[str, str]) -> bool:
        return pair in self._pairs


class Freshness:
    """When this node was last known to be up to date with the others."""

    def __init__(self) -> None:
        self._moment = 0

    def as_of(self, trouble: str | None, block_time: int, now_ms: int) -> int:
        """Return when the node was last up to date (UTC ms): now if there is no trouble.

        Otherwise it is the last moment without trouble, or the newest block's time if that is later.
        """
        if trouble is None:
            self._moment = now_ms
        return max(self._moment, block_time)
