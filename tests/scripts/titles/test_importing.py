"""Titles whose node answers with anything but an entry: spent keys, lost answers, refusals to take it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dengbu.api.client import Client, OutcomeUnknown, Unreachable, new_key
from dengbu.scripts.titles import city, importing
from dengbu.scripts.titles.importing import Report, Result, State, import_titles
from dengbu.scripts.titles.title_file import bounds_of_today, read_titles
from tests.api.client.scripted import Reply, Scripted, problem, says, scripted
from tests.ledger.small_log import signer
from tests.scripts.command import dengbu

US = "hz-registry"
HEAD = 5
IMPORT = "POST /v1/titles"
FEED = "GET /v1/events"


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    """A registry's node that answers what the test tells it to; the import waits only briefly for its news."""
    monkeypatch.setattr(importing, "NEWS_WAIT_S", 0.3)
    with scripted() as script:
        script.on("GET /version", says({"institution": US}))
        script.on(FEED, feed())
        yield script


def feed(*items: dict[str, Any]) -> Reply:
    return says({"items": list(items), "next_after": HEAD - 1 + len(items), "head": HEAD + len(items)})


def told(
    id: str, unit: str, *, outcome: str = "recorded", index: int = HEAD, actor: str = US
) -> dict[str, Any]:
    line = {"index": index, "type": "title.import", "actor": actor, "id": id, "outcome": outcome}
    return {**line, "units": [unit]}


def pending(id: str) -> Reply:
    return says({"status": "pending", "actor": US, "id": id}, 202)


def final(id: str, index: int) -> Reply:
    said = {"status": "final", "actor": US, "id": id, "index": index, "outcome": "recorded", "result": {}}
    return says(said, 201)


def titles(folder: Path, count: int = 1) -> list[dict[str, Any]]:
    city.write_csv(folder / "t.csv", 3, count)
    return read_titles(folder / "t.csv", bounds_of_today()).titles


def run(node: Scripted, found: list[dict[str, Any]]) -> Report:
    return import_titles(lambda: Client(node.url, key=signer("client")), found, lambda: None)


def keys(node: Scripted) -> list[str]:
    return [asked.headers["Idempotency-Key"] for asked in node.asked if asked.method == "POST"]


@pytest.mark.parametrize(
    "spent",
    [
        problem(422, "idempotency-key-reused"),  # by another row
        problem(400, "expired"),  # and so it was never entered
        problem(409, "reused-id"),  # by an event that this node's own book of requests does not know
        problem(
            422, "bad-date", reasons=[{"code": 3014, "name": "bad-date", "law": ["REG-10"]}], index=HEAD - 1
        ),
    ],
)
def test_a_spent_key_leads_to_the_next(node: Scripted, tmp_path: Path, spent: Reply) -> None:
    (title,) = found = titles(tmp_path)
    unit = title["unit"]
    node.on(IMPORT, spent, pending(f"import-{unit}-2"))
    node.on(FEED, feed(), feed(told(f"import-{unit}-2", unit)))
    assert run(node, found).results == (Result(unit, State.IMPORTED, HEAD),)
    assert keys(node) == [f"import-{unit}", f"import-{unit}-2"]


def test_a_row_that_never_finds_a_key_is_not_imported(node: Scripted, tmp_path: Path) -> None:
    found = titles(tmp_path)
    node.on(IMPORT, problem(422, "idempotency-key-reused"))
    (result,) = run(node, found).results
    assert (result.state, result.registered) == (State.NOT_TAKEN, False)
    asked = keys(node)
    assert len(set(asked)) == len(asked) == importing.ATTEMPTS_MAX
    assert max(map(len, asked)) <= 64


@pytest.mark.parametrize(
    "line",
    [
        {"id": "import-{}"},  # another row's event, under a key that is spent
        {"id": "import-{}-2", "actor": "sz-registry"},
        {"id": "import-{}-20"},
    ],
)
def test_another_event_of_the_feed_is_not_taken_for_ours(
    node: Scripted, tmp_path: Path, line: dict[str, str]
) -> None:
    (title,) = found = titles(tmp_path)
    unit = title["unit"]
    node.on(IMPORT, problem(422, "idempotency-key-reused"), pending(f"import-{unit}-2"))
    node.on(FEED, feed(), feed(told(unit=unit, **{**line, "id": line["id"].format(unit)})))
    assert [one.state for one in run(node, found).results] == [State.UNKNOWN]


def test_a_title_that_is_too_large_ends_no_run(node: Scripted, tmp_path: Path) -> None:
    found = titles(tmp_path, 20)
    node.on(IMPORT, problem(413, "body-too-large"))
    report = run(node, found)
    assert (report.failure, report.counts[State.NOT_TAKEN]) == (None, 20)


@pytest.mark.parametrize(("index", "state"), [(HEAD - 1, State.ALREADY), (HEAD, State.IMPORTED)])
def test_already_there_is_what_was_entered_before_the_run(
    node: Scripted, tmp_path: Path, index: int, state: State
) -> None:
    (title,) = found = titles(tmp_path)
    node.on(IMPORT, final(f"import-{title['unit']}", index))
    assert [one.state for one in run(node, found).results] == [state]


def test_what_the_node_does_not_take_is_said_and_the_others_go_on(node: Scripted, tmp_path: Path) -> None:
    found = titles(tmp_path, 1 + importing.IMPORT_WORKERS)  # the last waits for the first one's worker

    def otherwise(asked: Any) -> Reply:
        unit = json.loads(asked.body)["unit"]
        if unit == found[0]["unit"]:
            return problem(409, "blocked", detail="the person's number is nobody's")
        return final(f"import-{unit}", HEAD)

    node.otherwise = otherwise
    report = run(node, found)
    assert [one.state for one in report.results] == [State.NOT_TAKEN, *[State.IMPORTED] * (len(found) - 1)]
    assert report.failure is None
    assert report.results[0].problem is not None
    assert report.results[0].problem.code == "blocked"


def test_an_answer_that_is_lost_makes_the_outcome_unknown(node: Scripted, tmp_path: Path) -> None:
    found = titles(tmp_path, 1)
    node.on(IMPORT, Reply(drop=True))
    report = run(node, found)
    assert [one.state for one in report.results] == [State.UNKNOWN]
    assert isinstance(report.failure, OutcomeUnknown)


def test_a_node_that_is_not_there_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    with scripted() as gone:
        pass
    with pytest.raises(Unreachable):
        run(gone, titles(tmp_path))


def command(node: Scripted, home: Path) -> tuple[int, dict[str, Any], str]:
    new_key(home / "counter.key")
    who = ("--url", node.url, "--key", "counter.key")
    done = dengbu("title", "import", "t.csv", *who, "--json", home=home)
    return done.returncode, json.loads(done.stdout), done.stderr


def test_a_key_without_the_right_to_import_ends_the_run(node: Scripted, tmp_path: Path) -> None:
    count = len(titles(tmp_path, 40))
    node.on(IMPORT, problem(403, "forbidden"))
    code, said, _ = command(node, tmp_path)
    assert (code, said["exit"], said["failure"]["code"]) == (1, 1, "forbidden")
    assert (said["imported"], said["unsent"]) == (0, count)
    assert len(keys(node)) <= importing.IMPORT_WORKERS


def test_a_refusal_comes_before_an_unknown_outcome_and_both_are_said(node: Scripted, tmp_path: Path) -> None:
    found = titles(tmp_path, 3)
    reasons = [{"code": 3014, "name": "bad-date", "law": ["REG-10"]}]

    def otherwise(asked: Any) -> Reply:
        unit = json.loads(asked.body)["unit"]
        if unit == found[0]["unit"]:
            return problem(422, "bad-date", reasons=reasons, index=HEAD)
        return Reply(drop=True) if unit == found[1]["unit"] else final(f"import-{unit}", HEAD)

    node.otherwise = otherwise
    code, said, _ = command(node, tmp_path)
    assert code == 5
    assert [(one["state"], one["line"]) for one in said["titles"]] == [("refused", 2), ("unknown", 3)]
    assert said["failure"]["code"] == "outcomeunknown"


@pytest.mark.parametrize(("outcome", "code"), [("recorded", 0), ("refused", 5)])
def test_the_outcome_is_the_feeds_not_that_it_was_taken(
    node: Scripted, tmp_path: Path, outcome: str, code: int
) -> None:
    (title,) = titles(tmp_path)
    unit = title["unit"]
    node.on(IMPORT, pending(f"import-{unit}"))
    node.on(FEED, feed(), feed(told(f"import-{unit}", unit, outcome=outcome)))
    assert command(node, tmp_path)[0] == code
