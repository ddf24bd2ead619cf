"""Which nonces of signed requests were seen: each may be used once until its signature has expired."""

import heapq
import threading

NONCES_MAX = 100_000


class NoncesFull(Exception):
    """Too many live nonces; refuse until some have expired, for forgetting one would let it in again."""

    def __str__(self) -> str:
        return "请求过多 too many signed requests at once; try again in a minute"


class Nonces:
    """A bounded memory of (key id, nonce), each kept until `expires` + skew.

    In memory: a restart forgets it, so requests that were created before the start are refused by `since`.
    """

    def __init__(self, since: int, limit: int = NONCES_MAX) -> None:
        """`since` is UTC seconds: the time of this start."""
        self._since = since
        self._limit = limit
        self._lock = threading.Lock()
        self._seen: set[tuple[str, str]] = set()
        self._expiry: list[tuple[int, str, str]] = []

    def take(self, key_id: str, nonce: str, created: int, kept_until: int, now: int) -> bool:
        """True the first time; False for a nonce seen before, or a request older than this start.

        Times in UTC seconds. Raises `NoncesFull`.
        """
        if created < self._since:
            return False
        with self._lock:
            while self._expiry and self._expiry[0][0] < now:
                _, *old = heapq.heappop(self._expiry)
                self._seen.discard((old[0], old[1]))
            if (key_id, nonce) in self._seen:
                return False
            if len(self._seen) >= self._limit:
                raise NoncesFull
            self._seen.add((key_id, nonce))
            heapq.heappush(self._expiry, (kept_until, key_id, nonce))
        return True
