"""Fail a run of the whole folder if there is a code with which no event in it was refused."""

import sys
from pathlib import Path
from typing import Any

import pytest

from dengbu.ledger.law.verdict import Code, name
from tests.worlds import World, refused_with, world

HERE = Path(__file__).resolve().parent
ELSEWHERE = (Code.MALFORMED,)  # this is no event at all; the nodes' tests cover it
ONE = "::"  # an argument with this names a single test of a file, not all
WHOLE = pytest.StashKey[bool]()


@pytest.fixture
def town() -> World:
    """A network with one imported title on UNIT, held by "owner" alone; a file that needs another defines its own."""
    made = world()
    made.title()
    return made


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Add the codes that a worker's tests were refused with."""
    told = getattr(node, "workeroutput", {})
    refused_with.update(Code(code) for code in told.get("fired", ()))
    if told.get("whole"):
        node.config.stash[WHOLE] = True


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """After a complete, successful run, name the codes that no test was refused with; a worker only reports its own."""
    config = session.config
    if hasattr(config, "workerinput"):
        config.workeroutput |= {"fired": [int(code) for code in refused_with], "whole": _whole(session)}  # type: ignore[attr-defined]
        return
    if exitstatus or config.option.collectonly or not config.stash.get(WHOLE, _whole(session)):
        return
    silent = [name(code) for code in Code if code not in refused_with and code not in ELSEWHERE]
    if silent:
        sys.stderr.write(f"\nno test was refused with: {', '.join(silent)}\n")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _whole(session: pytest.Session) -> bool:
    """Return whether all tests of the folder were asked for."""
    config = session.config
    asked = {item.path for item in getattr(session, "items", ())}
    some = any(ONE in one for one in config.args) or config.option.keyword or config.option.markexpr
    return not some and set(HERE.rglob("test_*.py")) <= asked
