"""Watches which codes the rules really refuse with: a run of the whole folder fails while any has never fired."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.law.verdict import Code, Refusal, name

HERE = Path(__file__).resolve().parent
ELSEWHERE = (Code.MALFORMED,)  # not an event at all: the nodes' tests are refused with it
ONE = "::"  # in an argument: one test of a file, not all
fired: dict[Code, int] = {}


def _watched(init: Callable[..., None]) -> Callable[..., None]:
    """An initialiser that counts the codes that rules and admission make; a test that makes one by hand does not count."""

    def watching(self: Any, code: Code, *rest: Any, **named: Any) -> None:
        if sys._getframe(1).f_globals["__name__"].startswith(("dengbu.ledger.", "dengbu.nodes.")):
            fired[code] = fired.get(code, 0) + 1
        init(self, code, *rest, **named)

    return watching


def pytest_configure() -> None:
    """Watch from the first test on."""
    for kind in (Refusal, NotAdmitted):
        kind.__init__ = _watched(kind.__init__)  # type: ignore[misc, assignment]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """After a whole and good run, name the codes that no test was refused with."""
    config = session.config
    asked = {item.path for item in session.items}
    whole = set(HERE.rglob("test_*.py")) <= asked and not any(ONE in one for one in config.args)
    if exitstatus or not whole or config.option.keyword or config.option.markexpr:
        return
    silent = [name(code) for code in Code if code not in fired and code not in ELSEWHERE]
    if silent:
        sys.stderr.write(f"\nno test was refused with: {', '.join(silent)}\n")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
