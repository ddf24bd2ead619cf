"""Processes are identified by id and start time, and no other process is ever signalled."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from dengbu.scripts.net.processes import alive, end, send, spawn, started_at
from tests.waiting import until

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
time.sleep(60)
"""


def run(source: str, log: Path) -> tuple[subprocess.Popen[bytes], int]:
    process = spawn([sys.executable, "-c", source], log)
    started = started_at(process.pid)
    assert started is not None
    return process, started


def test_a_process_is_ended_by_sigterm(tmp_path: Path) -> None:
    process, started = run("import time; time.sleep(60)", tmp_path / "log")
    assert alive(process.pid, started)
    assert end([(process.pid, started)], 10) == []
    assert process.wait() == -signal.SIGTERM
    assert not alive(process.pid, started)


def test_one_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    process, started = run(STUBBORN, tmp_path / "log")
    until(lambda: b"up" in (tmp_path / "log").read_bytes(), "it runs")
    assert end([(process.pid, started)], 0.3) == [process.pid]
    assert process.wait() == -signal.SIGKILL


def test_another_process_under_the_same_id_is_left_alone() -> None:
    mine, started = os.getpid(), started_at(os.getpid())
    assert started is not None
    assert alive(mine, started)
    assert not alive(mine, started - 1)
    send(mine, started - 1, signal.SIGKILL)
    assert end([(mine, started - 1)], 0.1) == []


def test_nobody_is_alive_under_no_id() -> None:
    assert not alive(None, None)
    assert started_at(2**22 + 1) is None


def test_a_zombie_counts_as_gone(tmp_path: Path) -> None:
    process, started = run("", tmp_path / "log")
    until(lambda: not alive(process.pid, started), "it has ended")
    assert process.wait() == 0


def test_a_started_process_leads_a_session_of_its_own(tmp_path: Path) -> None:
    process, started = run("import time; time.sleep(60)", tmp_path / "log")
    assert os.getsid(process.pid) == process.pid != os.getsid(0)
    end([(process.pid, started)], 10)
    process.wait()
