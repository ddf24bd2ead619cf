"""Run the slowest tests where they delay a run least, and fail a run that would hang at its end, saying why.

Workers beside each other (`-n`, pytest-xdist) have a network each (`own_network.py`): ports and addresses never collide.
"""

import faulthandler
import os
import shlex
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests import own_network

HERE = Path(__file__).resolve().parent
FAULTS, SCRIPTS = HERE / "faults", HERE / "scripts"
LONGEST = (  # by processor time and waiting, each file alone
    "faults/test_steps.py",
    "faults/test_one_of_four.py",
    "faults/test_hosts.py",
    "scripts/titles/test_title_import.py",
    "scripts/commands/test_commands.py",
    "faults/test_damage.py",
    "faults/test_restore.py",
    "faults/test_members.py",
    "faults/test_clocks.py",
    "faults/test_strangers.py",
    "faults/test_quiet.py",
    "scripts/test_exit_codes.py",
    "api/test_openapi.py",
)
WAIT_S = 10  # time for a thread that is just ending
_left_by_workers: dict[str, list[str]] = {}
_last_reports: dict[str, float] = {}


def pytest_cmdline_main(config: pytest.Config) -> None:
    """Give each worker its own network; where that is not allowed, run one worker and say so in a line."""
    workers = len(config.getoption("tx", []))
    if not workers:
        return
    why = own_network.refused()
    if why:
        sys.stderr.write(f"只用一个进程 one worker, as none may have a network of its own here: {why}\n")
        config.option.tx = ["popen"]
        return
    python = shlex.join([sys.executable, own_network.__file__])
    config.option.tx = [f"popen//python={python}"] * workers


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run fault tests last, when nothing else wants the machine; parallel workers start with the slowest tests."""
    items.sort(key=_place if _is_worker(config) else lambda item: FAULTS in item.path.parents)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Report the threads that a worker leaves running, and fail the run if any did."""
    if _is_worker(session.config):
        session.config.workeroutput["left"] = _names(_left())  # type: ignore[attr-defined]
    for worker, names in _left_by_workers.items():
        sys.stderr.write(f"\nstill running in {worker} after its last test: {', '.join(names)}\n")
        session.exitstatus = pytest.ExitCode.INTERNAL_ERROR


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Note the threads that a worker reported when it ended."""
    names = getattr(node, "workeroutput", {}).get("left")
    if names:
        _left_by_workers[node.gateway.id] = names


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note when each worker last had a result."""
    worker = getattr(report, "node", None)
    if worker is not None:
        _last_reports[worker.gateway.id] = time.monotonic()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how long workers had nothing to do at the end: after a long wait, put what the last one ran into LONGEST."""
    if _last_reports:
        end = max(_last_reports.values())
        idle = ", ".join(f"{worker} {end - last:.0f} s" for worker, last in sorted(_last_reports.items()))
        terminalreporter.write_line(f"最后空闲 idle at the end: {idle}")


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Exit at once if a test failed to stop a node: Python would wait for its threads forever."""
    left = [] if _is_worker(config) else _left()  # a worker is ended by the process that started it
    if not left:
        return
    sys.stdout.flush()
    sys.stderr.write(f"\nstill running after the last test: {', '.join(_names(left))}\n")
    faulthandler.dump_traceback()
    sys.stderr.flush()
    os._exit(pytest.ExitCode.INTERNAL_ERROR)


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _place(item: pytest.Item) -> tuple[int, bool, bool]:
    name = item.path.relative_to(HERE).as_posix() if item.path.is_relative_to(HERE) else ""
    longest = LONGEST.index(name) if name in LONGEST else len(LONGEST)
    return longest, FAULTS not in item.path.parents, SCRIPTS not in item.path.parents


def _left() -> list[threading.Thread]:
    left = [one for one in threading.enumerate() if one is not threading.main_thread() and not one.daemon]
    for thread in left:
        thread.join(WAIT_S)
    return [one for one in left if one.is_alive()]


def _names(threads: list[threading.Thread]) -> list[str]:
    return sorted(one.name for one in threads)
