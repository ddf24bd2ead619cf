"""For every run: what hurts running networks comes last, and a run that would hang at its end fails and says why."""

import faulthandler
import os
import sys
import threading
from pathlib import Path

import pytest

FAULTS = Path(__file__).resolve().parent / "faults"
WAIT_S = 10  # for a thread that is just ending


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Networks under faults run last, when nothing else wants the machine."""
    items.sort(key=lambda item: FAULTS in item.path.parents)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Python waits for threads without end; a test that failed to stop a node would leave one."""
    left = [one for one in threading.enumerate() if one is not threading.main_thread() and not one.daemon]
    for thread in left:
        thread.join(WAIT_S)
    left = [one for one in left if one.is_alive()]
    if not left:
        return
    sys.stdout.flush()
    sys.stderr.write(f"\nstill running after the last test: {', '.join(sorted(one.name for one in left))}\n")
    faulthandler.dump_traceback()
    sys.stderr.flush()
    os._exit(pytest.ExitCode.INTERNAL_ERROR)
