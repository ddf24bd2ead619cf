"""Finds and checks the installed CometBFT that a local network may run beside each node."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from dengbu.scripts.net.homes import DevnetError

SEQUENCER, COMETBFT = "sequencer", "cometbft"
ENGINES = (SEQUENCER, COMETBFT)
VERSION = "0.39.4"
VARIABLE = "DENGBU_COMETBFT"
INSTALL = f"CGO_ENABLED=0 go install -trimpath github.com/cometbft/cometbft/cmd/cometbft@v{VERSION}"
VERSION_S = 10.0


class EngineMissing(DevnetError):
    """This machine has no CometBFT of the wanted version; the text says how to install it."""


def cometbft() -> Path:
    """Return the path of the program, from $DENGBU_COMETBFT or PATH. Raises `EngineMissing`."""
    named = os.environ.get(VARIABLE)
    found = shutil.which(named or COMETBFT)
    if found is None:
        where = f"{VARIABLE}={named}" if named else "PATH"
        raise EngineMissing(
            f"找不到 CometBFT v{VERSION} is not installed ({where}); 安装 install it, with Go 1.25 or newer: {INSTALL}"
        )
    version = _version(found)
    if version != VERSION:
        raise EngineMissing(
            f"CometBFT 版本不符 {found} is version {version or 'unknown'}, not {VERSION}; 安装 install: {INSTALL}"
        )
    return Path(found)


def _version(program: str) -> str:
    try:
        done = subprocess.run(
            [program, "version"], capture_output=True, encoding="utf-8", timeout=VERSION_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip().removeprefix("v")
