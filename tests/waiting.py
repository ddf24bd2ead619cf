"""How tests wait: for what they mean, never for a time."""

import time
from collections.abc import Callable
from typing import Any

WAIT_S_MAX = 90.0  # only what fails waits that long; several networks may share two cores
POLL_S = 0.01


def until(
    condition: Callable[[], Any], what: str | Callable[[], object] = "it holds", timeout_s: float = WAIT_S_MAX
) -> Any:
    """Poll a condition until it holds; what it gave. `what` says what was waited for, or tells what there is instead."""
    end = time.monotonic() + timeout_s
    while not (found := condition()):
        if time.monotonic() >= end:
            raise AssertionError(f"not within {timeout_s} s: {what() if callable(what) else what}")
        time.sleep(POLL_S)
    return found
