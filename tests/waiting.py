"""How tests wait: for a condition, never for a fixed time."""

import time
from collections.abc import Callable
from typing import Any

WAIT_S_MAX = 90.0  # only a failing test waits that long; several networks may share two cores
POLL_S = 0.01


def until(
    condition: Callable[[], Any], what: str | Callable[[], object] = "it holds", timeout_s: float = WAIT_S_MAX
) -> Any:
    """Poll a condition until it is truthy; return its value. `what` says what is awaited, or what there is instead."""
    end = time.monotonic() + timeout_s
    while not (found := condition()):
        if time.monotonic() >= end:
            raise AssertionError(f"not within {timeout_s} s: {what() if callable(what) else what}")
        time.sleep(POLL_S)
    return found
