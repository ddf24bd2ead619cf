"""Remembers the nonces of signed requests: each may be used once until its signature has expired."""

import heapq
import threading
from collections import Counter

# A node's signatures live for 30 s plus the skew, so this allows 1,400 requests a second. A node that fetches the whole
# log from this one makes some 400 a second, one that keeps up with 20 blocks a second makes 100.
NONCES_A_KEY_MAX = 50_000


class NoncesFull(Exception):
    """A key has too many live nonces. Refuse until some expire: forgetting one would let its request in again."""

    def __str__(self) -> str:
        return "请求过多 too many signed requests at once; try again in a minute"


class Nonces:
    """A bounded memory of (key id, nonce) pairs, each kept until its signature's `expires` + skew.

    Each key has room of its own, so no key can crowd out another. A restart forgets everything, so requests created
    before `since` are refused.
    """

    def __init__(self, since: int, limit: int = NONCES_A_KEY_MAX) -> None:
        """`since` is UTC seconds: the time of this start."""
        self._since = since
        self._limit = limit
        self._lock = threading.Lock()
        self._seen: set[tuple[str, str]] = set()
        self._count: Counter[str] = Counter()
        self._expiry: list[tuple[int, str, str]] = []

    def take(self, key_id: str, nonce: str, created: int, kept_until: int, now: int) -> bool:
        """Return True the first time; False for a nonce seen before, or a request older than this start.

        Times are UTC seconds. Raises `NoncesFull`.
        """
        with self._lock:
            self._since = min(self._since, now)
            if created < self._since:
                return False
            while self._expiry and self._expiry[0][0] < now:
                _, old_key, old_nonce = heapq.heappop(self._expiry)
                self._seen.remove((old_key, old_nonce))
                self._count[old_key] -= 1
            if (key_id, nonce) in self._seen:
                return False
            if self._count[key_id] >= self._limit:
                raise NoncesFull
            self._seen.add((key_id, nonce))
            self._count[key_id] += 1
            heapq.heappush(self._expiry, (kept_until, key_id, nonce))
        return True
