"""Parallel test workers each have their own network, and a worker that leaves a thread running fails the run."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import own_network
from tests.conftest import LONGEST

ROOT = Path(__file__).resolve().parents[1]
BESIDE = ["-p", "tests.conftest", "-n", "2", "--dist", "loadfile"]
NETWORK = """
import os, socket
from pathlib import Path

def test_network():
    Path(os.environ["PYTEST_XDIST_WORKER"]).write_text(os.readlink("/proc/self/ns/net"))
    with socket.create_server(("127.0.0.1", 8017)) as server, socket.create_connection(server.getsockname()):
        pass
    try:
        socket.create_connection(("192.0.2.1", 80), 1).close()
    except OSError as fault:
        assert "unreachable" in str(fault)
    else:
        raise AssertionError("there is more than a loopback")
"""
FORGETS = """
import threading

def test_it_passes():
    threading.Thread(target=threading.Event().wait, name="forgotten").start()
"""


def run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run pytest on the tests of a folder, with this project's conftest."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        *BESIDE,
        *arguments,
        "--rootdir",
        str(folder),
        str(folder),
    ]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.skipif(
    own_network.refused() is not None, reason=f"no network of its own: {own_network.refused()}"
)
def test_the_same_port_is_free_in_every_worker_and_nothing_else_is_in_reach(tmp_path: Path) -> None:
    for name in ("test_a.py", "test_b.py"):
        (tmp_path / name).write_text(NETWORK.replace("Path(os", f"Path({str(tmp_path)!r}, os"))
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    networks = {path.read_text() for path in tmp_path.glob("gw*")}
    assert len(networks) == 2


def test_the_longest_files_are_there() -> None:
    assert [name for name in LONGEST if not (ROOT / "tests" / name).exists()] == []


def test_a_thread_that_a_worker_leaves_fails_the_run(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(FORGETS)
    done = run(tmp_path)
    assert done.returncode == pytest.ExitCode.INTERNAL_ERROR, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    assert "after its last test: forgotten" in done.stderr
