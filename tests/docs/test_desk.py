"""docs/desk.md lists what the automatic desk asks for with each act, and the words an officer reads for each doubt."""

import re
from pathlib import Path

import pytest

from dengbu.ledger import catalogue
from dengbu.ledger.rules.payload_shapes import Parties
from dengbu.nodes.private.findings import LASTING, WORDS
from tests.nodes.backed import RESTING_ON_PAPER, ROWS

TEXT = (Path(__file__).resolve().parents[2] / "docs/desk.md").read_text(encoding="utf-8")
LINES = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in TEXT.splitlines() if line[:3] == "| `"
]
ACTS = {line[0].split("`")[1]: line for line in LINES if len(line) == 4}
DOUBTS = [line for line in LINES if len(line) == 2]


def test_every_act_is_on_the_page() -> None:
    assert list(ACTS) == list(catalogue.ACTS)


@pytest.mark.parametrize("act", ACTS)
def test_the_page_says_what_an_act_is_called_and_whom_and_what_it_asks_for(act: str) -> None:
    title = catalogue.ACTS[act].title
    assert ACTS[act][0] == f"`{act}` {title.zh} {title.en}"
    rows = [row for row in ROWS if row.act["act"] == act]
    roles = [role for role in Parties.__struct_fields__ if any(role in row.parties for row in rows)]
    told = sorted({part for row in rows for part in row.told})
    assert re.findall(r"`([a-z]+)`", ACTS[act][1]) == roles
    assert re.findall(r"`([a-z]+)`", ACTS[act][2]) == told
    assert (ACTS[act][3] != "—") == (act in [row.act["act"] for row in RESTING_ON_PAPER])


def test_the_page_says_each_doubt_in_its_words() -> None:
    shown = {code.strip("`"): tuple(words.split("<br>")) for code, words in DOUBTS}
    assert shown == WORDS
    assert list(shown)[: len(LASTING)] == list(LASTING)
    assert "The first six" in TEXT
    assert len(LASTING) == 6
