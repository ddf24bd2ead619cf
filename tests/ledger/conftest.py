"""Fail a run of the whole folder if a code refused nothing in it, or a rule of an act never refused."""

import sys
from pathlib import Path
from typing import Any

import pytest

from dengbu.ledger.catalogue import ACTS
from dengbu.ledger.law.verdict import Code, name
from tests.worlds import World, refused_with, world

HERE = Path(__file__).resolve().parent
ELSEWHERE = (
    Code.MALFORMED,
    Code.REUSED_ID,
)  # no event at all, and an id that the log has already: the nodes' tests cover both
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
    refused_with.update((of, Code(code)) for of, code in told.get("rows", ()))
    if told.get("whole"):
        node.config.stash[WHOLE] = True


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """After a complete, successful run, name the codes that no test was refused with; a worker only reports its own."""
    config = session.config
    if hasattr(config, "workerinput"):
        rows = [(of, int(code)) for of, code in refused_with]
        config.workeroutput |= {"rows": rows, "whole": _whole(session)}  # type: ignore[attr-defined]
        return
    if exitstatus or config.option.collectonly or not config.stash.get(WHOLE, _whole(session)):
        return
    fired = {code for _, code in refused_with}
    silent = [name(code) for code in Code if code not in fired and code not in ELSEWHERE]
    of_acts = [(tag, rule.code) for tag, kind in ACTS.items() for rule in kind.rules]
    silent += [f"{tag} {name(code)}" for tag, code in of_acts if (tag, code) not in refused_with]
    if silent:
        sys.stderr.write(f"\nno test was refused with: {', '.join(silent)}\n")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _whole(session: pytest.Session) -> bool:
    """Return whether all tests of the folder were asked for."""
    config = session.config
    asked = {item.path for item in getattr(session, "items", ())}
    some = any(ONE in one for one in config.args) or config.option.keyword or config.option.markexpr
    return not some and set(HERE.rglob("test_*.py")) <= asked
