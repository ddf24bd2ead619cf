"""Codes: every number has its texts, its row and a test that is refused with it; no number ever changes its meaning."""

import ast
from pathlib import Path

import pytest

from dengbu.ledger import transition
from dengbu.ledger.catalogue import ACTS
from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code, Reason, name
from dengbu.ledger.law.wording import TEXT
from dengbu.ledger.tax import tax

HERE = Path(__file__).resolve()
TABLES = [
    transition.COMMON,
    tax.ENTRY_RULES,
    *(kind.rules for kind in ACTS.values()),
    *(kind.rules for kind in transition.EVENTS.values()),
]
ADMISSION = range(1100, 1200)
GIVEN_OUT = HERE.with_name("codes.txt")  # every number ever given out; lines are only added


def expected_somewhere() -> frozenset[str]:
    """Return the names of the codes that some test expects: as a string, or as `Code.NAME`."""
    found: list[str] = []
    for path in sorted(HERE.parents[1].rglob("test_*.py")):
        if path == HERE:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "Code"
            ):
                found.append(name(Code[node.attr]))
    return frozenset(found)


EXPECTED = expected_somewhere()


@pytest.mark.parametrize("code", Code, ids=name)
def test_a_test_is_refused_with_every_code(code: Code) -> None:
    assert name(code) in EXPECTED, f"no test expects {name(code)}"


@pytest.mark.parametrize("code", Code, ids=name)
def test_every_code_speaks_chinese_and_english(code: Code) -> None:
    zh, en = TEXT[code]
    assert any("\u4e00" <= char <= "\u9fff" for char in zh)
    assert en.isascii()


def test_every_code_has_a_row_that_refuses_with_it_or_keeps_events_out() -> None:
    rows = [rule.code for table in TABLES for rule in table]
    idle = [name(code) for code in Code if code not in rows and code not in ADMISSION]
    assert idle == []


def test_every_row_cites_articles_of_the_law_table() -> None:
    for table in TABLES:
        for rule in table:
            assert rule.law, name(rule.code)
            assert all(law.ARTICLES[one.id] is one for one in rule.law)


def test_every_article_is_cited_by_a_row() -> None:
    cited = {one.id: True for table in TABLES for rule in table for one in rule.law}
    assert [one for one in law.ARTICLES if one not in cited] == []


def test_numbers_keep_their_names() -> None:
    assert "".join(f"{int(code)} {code.name}\n" for code in sorted(Code)) == GIVEN_OUT.read_text()


def test_a_reason_without_a_place_says_none() -> None:
    assert "at" not in Reason(Code.EXPIRED, (law.ES_13,)).as_json()
