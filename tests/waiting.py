"""How tests wait: for a condition, never for a fixed time."""

import time
from collections.abc import Callable
from typing import Any

WAIT_S_MAX = 90.0  # only a failing test waits that long; several networks may share two cores
POLL_S, POLL_S_MAX = 0.01, 0.2  # first and longest pause between two looks
POLL_PART = 10  # a pause is this part of the time waited so far: many conditions ask four nodes, whose work it would slow


def until(
    condition: Callable[[], Any], what: str | Callable[[], object] = "it holds", timeout_s: float = WAIT_S_MAX
) -> Any:
    """Poll a condition until it is truthy; return its value. `what` says what is awaited, or what there is instead."""
    began = time.monotonic()
    while not (found := condition()):
        waited = time.monotonic() - began
        if waited >= timeout_s:
            raise AssertionError(f"not within {timeout_s} s: {what() if callable(what) else what}")
        time.sleep(min(max(POLL_S, waited / POLL_PART), POLL_S_MAX))
    return found
