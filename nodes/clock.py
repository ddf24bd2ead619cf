"""The only place where a node reads the wall clock."""

import time


def now_ms() -> int:
    """UTC now, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000
