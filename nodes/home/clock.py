"""The only place where a node reads the wall clock; and the steady clock, which nobody sets."""

import time


def now_ms() -> int:
    """Return UTC now, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def now_s() -> int:
    """Return UTC now, in seconds since 1970."""
    return int(time.time())


def steady_ms() -> int:
    """Return the milliseconds of a clock that only runs forward; it says nothing about the time of day."""
    return time.monotonic_ns() // 1_000_000
