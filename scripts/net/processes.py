"""Processes identified by id and start time, so that a recycled process id is never signalled."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
POLL_S = 0.02
TICKS_PER_S = 100


def python(*arguments: str) -> list[str]:
    """Return the command line that runs one of this project's modules with this Python."""
    return [sys.executable, "-m", *arguments]


def dengbu(*arguments: str) -> list[str]:
    """Return the command line that runs this installation's `dengbu`."""
    return python("dengbu.scripts", *arguments)


def environ() -> dict[str, str]:
    """Return the environment for a process whose output is read here: it writes UTF-8 in any locale."""
    return {**os.environ, "PYTHONIOENCODING": "utf-8"}


def spawn(command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, with its output appended to a file."""
    with log.open("ab") as file:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
            cwd=ROOT,
            env=environ(),
        )


def started_at(pid: int) -> int | None:
    """Return when a process started, in ticks since boot; None if there is none (a zombie counts as none).

    Counted from boot, it stays the same when somebody sets the clock.
    """
    try:
        process = psutil.Process(pid)
        if process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
            return None
        return round((process.create_time() - psutil.boot_time()) * TICKS_PER_S)
    except psutil.NoSuchProcess:
        return None


def alive(pid: int | None, started: int | None) -> bool:
    """Return whether the very process that was started still runs."""
    return pid is not None and started is not None and started_at(pid) == started


def send(pid: int, started: int, signum: signal.Signals) -> None:
    """Signal the very process that was started, or nobody."""
    if alive(pid, started):
        try:
            os.kill(pid, signum)
        except ProcessLookupError:
            return


def wait_until(condition: Callable[[], bool], timeout_s: float) -> bool:
    """Poll a condition until it holds or the time is up; return whether it held."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_S)
    return True


def end(processes: Sequence[tuple[int, int]], grace_s: float) -> list[int]:
    """Ask processes (id, start time) to end, and kill those that outlive the grace; return the ids of the latter."""
    for pid, started in processes:
        send(pid, started, signal.SIGTERM)
    wait_until(lambda: not any(alive(pid, started) for pid, started in processes), grace_s)
    stubborn = [(pid, started) for pid, started in processes if alive(pid, started)]
    for pid, started in stubborn:
        send(pid, started, signal.SIGKILL)
    wait_until(lambda: not any(alive(pid, started) for pid, started in stubborn), grace_s)
    return [pid for pid, _ in stubborn]
