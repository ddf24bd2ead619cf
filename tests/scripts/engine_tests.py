"""Marks for tests that need a CometBFT or run on every engine; a skipped test says how to install it."""

import pytest

from dengbu.scripts.net.engines import COMETBFT, SEQUENCER, EngineMissing, cometbft


def missing() -> str | None:
    """Return why this machine has no CometBFT; None if it has one."""
    try:
        cometbft()
    except EngineMissing as fault:
        return str(fault)
    return None


needs_cometbft = pytest.mark.skipif(missing() is not None, reason=str(missing()))
EVERY_ENGINE = [SEQUENCER, pytest.param(COMETBFT, marks=needs_cometbft)]
