"""What a shell is offered: from the network's own file and from a node, and nothing at all where none answers."""

import time
from pathlib import Path

import pytest

from dengbu.api.client import new_key
from dengbu.api.client.acts import tags
from dengbu.api.client.kinds import types
from tests.api.client.scripted import says, scripted
from tests.scripts.command import dengbu

CASE, UNIT, KEY = "441302-20261122-000001", "441302001001GB00001F00010001", "ab" * 32
LIMIT_S = 30.0  # a busy machine; the node is asked for a second


def offered(home: Path, words: str, **environ: str) -> list[str]:
    """Return what bash is offered for the last of these words."""
    typed = words.split(" ")
    variables = {
        "_DENGBU_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(typed) - 1),
        **environ,
    }
    done = dengbu(home=home, environ=variables)
    assert done.stderr == ""
    return [line.partition(",")[2] for line in done.stdout.splitlines() if line]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a client key and the file of a network that does not run."""
    new_key(tmp_path / "outlet.key")
    (tmp_path / "net.json").write_text('{"nodes": [{"id": "hz-registry"}, {"id": "bank-a"}]}')
    return tmp_path


def test_commands_and_options_are_offered(place: Path) -> None:
    assert "governance" in offered(place, "dengbu gov")
    assert offered(place, "dengbu court re") == ["release", "renew", "revoke-order"]
    assert "--document" in offered(place, "dengbu court seize --do")
    assert offered(place, "dengbu mark set --kind ") == ["dispute", "freeze"]


def test_nodes_come_from_the_networks_file_without_a_node(place: Path) -> None:
    assert offered(place, "dengbu case list --as ", DENGBU_NET=str(place)) == ["bank-a", "hz-registry"]
    assert offered(place, "dengbu net kill b", DENGBU_NET=str(place)) == ["bank-a"]
    assert offered(place, "dengbu net kill ", DENGBU_NET=str(place / "absent")) == []


def test_acts_and_types_come_from_the_rules(place: Path) -> None:
    assert offered(place, "dengbu case list --act mortgage.s") == [
        one for one in sorted(tags()) if one.startswith("mortgage.s")
    ]
    assert offered(place, "dengbu event list --type ") == sorted(types())


def test_cases_units_events_and_keys_come_from_the_node(place: Path) -> None:
    key = {"id": KEY, "cls": "event", "until": None}
    old = {"id": "cd" * 32, "cls": "event", "until": 7}
    event = {"index": 4, "actor": "bank-a", "id": "loan-1"}
    with scripted() as node:
        case = {"number": CASE, "state": "accepted", "units": [UNIT]}
        node.on("GET /v1/cases", says({"items": [case], "next_cursor": None}))
        node.on("GET /v1/events", says({"items": [event], "next_after": 4, "head": 5}))
        node.on("GET /v1/institutions", says({"items": [{"id": "bank-b", "keys": [key, old]}]}))
        node.on("GET /v1/seizures", says({"items": [{"id": "S-31"}], "next_cursor": None}))
        at = {"DENGBU_URL": node.url, "DENGBU_KEY": "outlet.key"}
        assert offered(place, "dengbu case show ", **at) == [CASE]
        assert offered(place, "dengbu case show 9", **at) == []
        assert offered(place, "dengbu tax show ", **at) == [CASE]
        assert offered(place, "dengbu unit show 44", **at) == [UNIT]
        assert offered(place, "dengbu court seize ", **at) == [UNIT]
        assert offered(place, "dengbu court release ", **at) == ["S-31"]
        assert offered(place, "dengbu event show ", **at) == ["bank-a/loan-1"]
        assert offered(place, f"dengbu case show --url {node.url} --key outlet.key ") == [CASE]
        assert offered(place, "dengbu governance propose institution.suspend ", **at) == ["bank-b"]
        assert offered(place, "dengbu governance propose key.revoke ", **at) == [KEY]


@pytest.mark.parametrize(
    "words",
    [
        "dengbu case show ",
        "dengbu unit show ",
        "dengbu event show ",
        "dengbu policy draft ",
        "dengbu governance propose institution.suspend ",
    ],
)
def test_where_no_node_answers_nothing_is_offered_or_said(place: Path, words: str) -> None:
    begun = time.monotonic()
    assert offered(place, words, DENGBU_URL="http://127.0.0.1:1", DENGBU_KEY="outlet.key") == []
    assert offered(place, words, DENGBU_URL="nonsense") == []
    assert offered(place, words, DENGBU_KEY="absent", DENGBU_NET=str(place)) == []
    assert time.monotonic() - begun < LIMIT_S
