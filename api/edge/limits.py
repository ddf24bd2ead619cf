"""Token buckets: how often one key may write or read personal data."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

BUCKETS_MAX = 4096


@dataclass(frozen=True, slots=True)
class Rate:
    """How many at once (`burst`), and how many more each second."""

    burst: int
    per_second: float


WRITES = Rate(burst=2000, per_second=1000)  # a department system, not a person, holds the key
PERSONAL_READS = Rate(burst=60, per_second=1)


class Buckets:
    """One bucket per name; beyond BUCKETS_MAX the name longest unused is forgotten (and starts again with a full bucket)."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._lock = threading.Lock()
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def _level(self, name: str, now: float) -> float:
        level, seen = self._levels.get(name, (float(self._rate.burst), now))
        return min(float(self._rate.burst), level + (now - seen) * self._rate.per_second)

    def take(self, name: str) -> float:
        """Take one token; return 0.0 when there was one, else the seconds until there will be one."""
        with self._lock:
            now = self._clock()
            level = self._level(name, now)
            wait = 0.0 if level >= 1 else (1 - level) / self._rate.per_second
            self._levels[name] = (level - 1 if wait == 0 else level, now)
            self._levels.move_to_end(name)
            while len(self._levels) > BUCKETS_MAX:
                self._levels.popitem(last=False)
            return wait
