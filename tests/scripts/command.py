"""Running `dengbu` as a person would: a process of its own, with a home of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from dengbu.scripts.cli import main
from tests.waiting import WAIT_S_MAX

ROOT = Path(__file__).resolve().parents[2]


def here(*arguments: str) -> int:
    """Run the command in this process; return its exit code."""
    try:
        main(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)


def dengbu(
    *arguments: str, home: Path, stdin: str | None = None, environ: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run the command in a directory that is also its home, so that no configuration of the user plays in."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DENGBU_", "XDG_"))}
    variables = {**kept, "HOME": str(home), "PYTHONPATH": str(ROOT), **(environ or {})}
    return subprocess.run(
        [sys.executable, "-m", "dengbu.scripts", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        cwd=home,
        env=variables,
        timeout=WAIT_S_MAX,
        check=False,
    )
