"""A node whose clock is wrong: `python -m tests.faults.skewed SECONDS|FILE run --home ...`

A file holds the seconds by which the clock is wrong now: it is read again each time, so that a test can set the clock.
"""

import sys
import time
from pathlib import Path

_time_ns, _time = time.time_ns, time.time


def wrong_s() -> int:
    """Return by how many seconds the clock is wrong now."""
    said = sys.argv[1]
    return int(said) if said.lstrip("-").isdigit() else int(Path(said).read_text())


time.time_ns = lambda: _time_ns() + wrong_s() * 10**9
time.time = lambda: _time() + wrong_s()

from dengbu.scripts.cli import main  # noqa: E402  (the clock is set before any module can keep the right one)

if __name__ == "__main__":
    main(["node", *sys.argv[2:]])
