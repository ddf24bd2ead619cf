"""The words by which the person at this shell runs `dengbu`, so that what a message prints can be copied."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

PROGRAM = "dengbu"


def command(*words: str | Path) -> str:
    """Return a command line of `dengbu`, quoted for this system's shell."""
    line = [*_program(), *map(str, words)]
    return subprocess.list2cmdline(line) if os.name == "nt" else shlex.join(line)


def _program() -> list[str]:
    """Return `dengbu` if the shell finds this very one, else the path of its script, else the module of this Python."""
    script = Path(sys.executable).with_name(PROGRAM + (".exe" if os.name == "nt" else ""))
    if not script.exists():
        return [sys.executable, "-m", "dengbu.scripts"]
    found = shutil.which(PROGRAM)
    if found is not None and Path(found).samefile(script):
        return [PROGRAM]
    here = Path.cwd()
    return [str(script.relative_to(here) if script.is_relative_to(here) else script)]
