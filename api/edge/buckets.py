"""Token buckets: how often one key may write or read personal data, and what an answer says about it.

The headers are those of draft-ietf-httpapi-ratelimit-headers-10: the bucket's size and the seconds in which it fills, what
is left in it, and in how many seconds it will be full.
"""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dengbu.nodes.home.rate_limits import Rate

BUCKETS_MAX = 4096
MINUTE_S = 60
POLICY, STATE = "RateLimit-Policy", "RateLimit"


@dataclass(frozen=True, slots=True)
class Spent:
    """What taking a token found: seconds to wait (0.0 where there was one), tokens left, seconds until all are back."""

    rate: Rate
    wait_s: float
    left: int
    full_s: float


class Buckets:
    """One bucket per name; beyond BUCKETS_MAX the name longest unused is forgotten (and starts again with a full bucket)."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._per_second = rate.per_minute / MINUTE_S
        self._clock = clock
        self._lock = threading.Lock()
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def _level(self, name: str, now: float) -> float:
        level, seen = self._levels.get(name, (float(self._rate.burst), now))
        return min(float(self._rate.burst), level + (now - seen) * self._per_second)

    def take(self, name: str) -> Spent:
        """Take one token of a name's bucket, if there is one."""
        with self._lock:
            now = self._clock()
            level = self._level(name, now)
            wait = 0.0 if level >= 1 else (1 - level) / self._per_second
            level = level - 1 if wait == 0 else level
            self._levels[name] = (level, now)
            self._levels.move_to_end(name)
            while len(self._levels) > BUCKETS_MAX:
                self._levels.popitem(last=False)
            return Spent(self._rate, wait, int(level), (self._rate.burst - level) / self._per_second)


def headers(spent: Sequence[tuple[str, Spent]]) -> dict[str, str]:
    """Return the headers that tell a caller of the buckets its request took from, each under its policy's name."""
    if not spent:
        return {}
    policies = [
        f'"{name}";q={one.rate.burst};w={math.ceil(one.rate.burst * MINUTE_S / one.rate.per_minute)}'
        for name, one in spent
    ]
    states = [f'"{name}";r={one.left};t={math.ceil(one.full_s)}' for name, one in spent]
    return {POLICY: ", ".join(policies), STATE: ", ".join(states)}
