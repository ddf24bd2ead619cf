"""Tests that need a CometBFT, or run on every engine; without one they are skipped and say how to install it."""

import pytest

from dengbu.scripts.net.engines import COMETBFT, SEQUENCER, EngineMissing, cometbft


def missing() -> str | None:
    """Why there can be no CometBFT on this machine; None if there is one."""
    try:
        cometbft()
    except EngineMissing as fault:
        return str(fault)
    return None


needs_cometbft = pytest.mark.skipif(missing() is not None, reason=str(missing()))
EVERY_ENGINE = [SEQUENCER, pytest.param(COMETBFT, marks=needs_cometbft)]
