"""The last line of the whole check counts every run and names each reason for a skip."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = """
import pytest

def test_good(): pass

def test_bad(): assert False

@pytest.fixture
def broken(): raise OSError

def test_error(broken): pass

@pytest.mark.parametrize("n", range(3))
def test_skipped(n): pytest.skip("no such file")

@pytest.mark.skipif(True, reason="no cometbft here")
def test_never(): pass
"""


def test_two_runs_are_counted_together_and_workers_once(tmp_path: Path) -> None:
    (tmp_path / "test_sample.py").write_text(SAMPLE)
    tally = tmp_path / "tally"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.tally", "--tally", str(tally), "--rootdir"]
    for workers in ((), ("-n", "2")):
        done = subprocess.run(
            [*command, tmp_path, *workers, tmp_path], cwd=ROOT, capture_output=True, check=False
        )
        assert done.returncode == 1
    told = subprocess.run(
        [sys.executable, "-m", "tests.tally", tally], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert told.stdout == (
        "通过 passed 2, 失败 failed 4, 跳过 skipped 8: 6 x no such file; 2 x no cometbft here\n"
    )
