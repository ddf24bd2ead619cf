"""What the documents for newcomers name exists: files, folders, links, commands of scripts/test."""

import re
from pathlib import Path

import pytest

from dengbu.ledger.law.verdict import Code, name

ROOT = Path(__file__).resolve().parents[2]
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/architecture.md",
    "docs/desk.md",
    "docs/http.md",
)
_PLACE = re.compile(r"`((?:ledger|nodes|api|scripts|tests|docs)/[a-z0-9_./]*)`")
_REASON = re.compile(r"`([a-z]+(?:-[a-z]+)+)`")
_LINK = re.compile(r"\]\(([^)#:]+)\)")


def named(page: str) -> list[Path]:
    """Return every place of this repository that a page names."""
    text = (ROOT / page).read_text(encoding="utf-8")
    places = [ROOT / one for one in _PLACE.findall(text)]
    return places + [(ROOT / page).parent / one for one in _LINK.findall(text)]


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_names_exists(page: str) -> None:
    assert [str(one) for one in named(page) if not one.exists()] == []


def test_the_reasons_that_the_design_names_are_codes() -> None:
    found = _REASON.findall((ROOT / "docs/architecture.md").read_text(encoding="utf-8"))
    assert "tax-not-cleared" in found
    assert sorted(set(found) - {name(code) for code in Code}) == []


def test_there_is_something_to_check() -> None:
    assert sum(len(named(page)) for page in PAGES) > 40
    assert ROOT / "ledger/tax/tax.py" in named("docs/architecture.md")
