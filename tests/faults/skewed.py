"""A node whose clock is wrong: `python -m tests.faults.skewed SECONDS run --home ...`"""

import sys
import time

SECONDS = int(sys.argv[1])
_time_ns, _time = time.time_ns, time.time
time.time_ns = lambda: _time_ns() + SECONDS * 10**9
time.time = lambda: _time() + SECONDS

from dengbu.api.__main__ import main  # noqa: E402  (the clock is set before anyone can have kept the right one)

if __name__ == "__main__":
    sys.exit(main(sys.argv[2:]))
