"""Batches whose node answers with anything but an entry: spent keys, lost answers, refusals of some titles or of all."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dengbu.api.client import Client, DengbuError, OutcomeUnknown, Unreachable, VerificationError, new_key
from dengbu.api.client.titles import TITLES_MAX
from dengbu.scripts.titles import city, importing
from dengbu.scripts.titles.importing import Result, Run, State
from dengbu.scripts.titles.title_file import bounds_of_today, read_titles
from tests.api.client.scripted import Asked, Reply, Scripted, problem, says, scripted
from tests.ledger.small_log import signer, trust
from tests.scripts.command import dengbu

US = "hz-registry"
HEAD = 5
BATCHES, SINGLE = "POST /v1/title-batches", "POST /v1/titles"
FEED = "GET /v1/events"

Title = dict[str, Any]


@pytest.fixture
def node() -> Iterator[Scripted]:
    """A registry's node that answers what the test tells it to."""
    with scripted() as script:
        script.on(FEED, says({"items": [], "next_after": HEAD - 1, "head": HEAD}))
        yield script


def titles(folder: Path, count: int = 1) -> list[Title]:
    city.write_csv(folder / "t.csv", 3, count)
    return list(read_titles(folder / "t.csv", bounds_of_today()).titles)


def run(node: Scripted, found: list[Title]) -> tuple[list[Result], DengbuError | None]:
    """Import titles; return a result for each, and what ended the run."""
    one = Run(lambda: Client(node.url, key=signer("client")))
    results = [result for sent in one.import_titles(iter(found)) for result in sent.results]
    assert [result.unit for result in results] == [title["unit"] for title in found]
    return results, one.failure


def states(results: list[Result]) -> list[State]:
    return [one.state for one in results]


def posted(node: Scripted) -> list[Asked]:
    return [asked for asked in node.asked if asked.method == "POST"]


def keys(node: Scripted) -> list[str]:
    return [asked.headers["Idempotency-Key"] for asked in posted(node)]


def units(asked: Asked) -> list[str]:
    return [title["unit"] for title in json.loads(asked.body)["titles"]]


def final(asked: Asked, index: int = HEAD) -> Reply:
    """The answer to a batch that is entered."""
    id = asked.headers["Idempotency-Key"]
    return says(
        {"status": "final", "actor": US, "id": id, "index": index, "outcome": "recorded", "result": {}}, 201
    )


def refusal(*places: int, index: int = HEAD, code: str = "bad-date") -> Reply:
    reason = {"code": 3014, "name": code, "law": ["REG-10"], "at": {"titles": list(places)}}
    return problem(422, code, reasons=[reason], index=index)


def answered(node: Scripted, *answers: Callable[[Asked], Reply] | Reply) -> None:
    """Answer batches in turn; the last answer stays."""
    waiting = list(answers)

    def otherwise(asked: Asked) -> Reply:
        one = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return one if isinstance(one, Reply) else one(asked)

    node.otherwise = otherwise


def test_titles_go_in_batches_in_their_order(node: Scripted, tmp_path: Path) -> None:
    found = titles(tmp_path, 2 * TITLES_MAX + 3)
    answered(node, final)
    results, failure = run(node, found)
    assert (set(states(results)), failure) == ({State.IMPORTED}, None)
    sizes = sorted(len(units(asked)) for asked in posted(node))
    assert len(sizes) == 3
    assert sizes[-1] <= TITLES_MAX
    assert sorted(unit for asked in posted(node) for unit in units(asked)) == sorted(
        title["unit"] for title in found
    )


def test_the_key_of_a_batch_is_that_of_its_content(node: Scripted, tmp_path: Path) -> None:
    found = titles(tmp_path, 3)
    answered(node, final)
    changed = [found[0], found[1], {**found[2], "location": "另一处"}]
    for some in (found, found, changed, found[:2]):
        run(node, some)
    first, again, other, fewer = keys(node)
    assert first == again
    assert len({first, other, fewer}) == 3
    one, two = Client(node.url, key=signer("client")), Client(node.url, key=signer("another"))
    assert one.titles.key_of(found) == first != two.titles.key_of(found)
    assert one.titles.key_of(found, 2) != first
    assert max(map(len, keys(node))) <= 64


@pytest.mark.parametrize(
    "spent",
    [
        problem(422, "idempotency-key-reused"),  # by another client
        problem(400, "expired"),  # and so it was never entered
        problem(409, "reused-id"),  # by an event that this node's own book of requests does not know
        refusal(1, index=HEAD - 1),  # before this run: its reasons may hold no longer
    ],
)
def test_a_spent_key_leads_to_the_next(node: Scripted, tmp_path: Path, spent: Reply) -> None:
    (title,) = found = titles(tmp_path)
    answered(node, spent, final)
    assert run(node, found) == ([Result(title["unit"], State.IMPORTED, HEAD)], None)
    with Client(node.url, key=signer("client")) as client:
        assert keys(node) == [client.titles.key_of(found), client.titles.key_of(found, 2)]


def test_a_row_that_never_finds_a_key_is_not_imported(node: Scripted, tmp_path: Path) -> None:
    found = titles(tmp_path)
    answered(node, problem(422, "idempotency-key-reused"))
    (result,), failure = run(node, found)
    assert (result.state, result.registered, failure) == (State.NOT_TAKEN, False, None)
    asked = keys(node)
    assert len(set(asked)) == len(asked) == importing.ATTEMPTS_MAX


def test_the_titles_that_a_refusal_names_are_refused_and_the_others_sent_again(
    node: Scripted, tmp_path: Path
) -> None:
    found = titles(tmp_path, 5)
    answered(node, refusal(2, 5), lambda asked: final(asked, HEAD + 1))
    results, failure = run(node, found)
    expected = [State.IMPORTED, State.REFUSED, State.IMPORTED, State.IMPORTED, State.REFUSED]
    assert (states(results), failure) == (expected, None)
    assert [one.index for one in results] == [HEAD + 1, HEAD, HEAD + 1, HEAD + 1, HEAD]
    assert [len(one.reasons) for one in results] == [0, 1, 0, 0, 1]
    whole, rest = map(units, posted(node))
    assert rest == [whole[0], whole[2], whole[3]]


@pytest.mark.parametrize("places", [(), (0,), (7,)])
def test_a_refusal_that_names_no_title_is_of_all(
    node: Scripted, tmp_path: Path, places: tuple[int, ...]
) -> None:
    answered(node, refusal(*places))
    results, _ = run(node, titles(tmp_path, 3))
    assert (states(results), len(posted(node))) == ([State.REFUSED] * 3, 1)


def known(*pairs: tuple[int, int]) -> Reply:
    return problem(409, "already-imported", imported=[{"place": p, "index": i} for p, i in pairs])


def test_titles_that_are_there_are_left_out_and_counted(node: Scripted, tmp_path: Path) -> None:
    found = titles(tmp_path, 4)
    answered(node, known((1, 2), (3, 4)), final)
    results, failure = run(node, found)
    assert failure is None
    assert [(one.state, one.index) for one in results] == [
        (State.ALREADY, 2),
        (State.IMPORTED, HEAD),
        (State.ALREADY, 4),
        (State.IMPORTED, HEAD),
    ]
    assert units(posted(node)[1]) == [found[1]["unit"], found[3]["unit"]]


@pytest.mark.parametrize("told", [known(), known((0, 1)), known((4, 1))])
def test_an_answer_about_no_title_of_the_batch_ends_the_run(
    node: Scripted, tmp_path: Path, told: Reply
) -> None:
    answered(node, told)
    results, failure = run(node, titles(tmp_path, 3))
    assert isinstance(failure, VerificationError)
    assert set(states(results)) == {State.UNKNOWN}


def test_what_a_node_says_is_there_has_to_be_proved(node: Scripted, tmp_path: Path) -> None:
    from tests.ledger.small_log import SmallLog

    found = titles(tmp_path, 2)
    log = SmallLog(4)
    node.show(log)
    shown = node.otherwise
    node.otherwise = lambda asked: known((1, 1)) if asked.method == "POST" else shown(asked)
    one = Run(lambda: Client(node.url, key=signer("client"), policy=trust()))
    results = [result for sent in one.import_titles(found) for result in sent.results]
    assert isinstance(one.failure, VerificationError)
    assert not any(result.registered for result in results)


@pytest.mark.parametrize(("index", "state"), [(HEAD - 1, State.ALREADY), (HEAD, State.IMPORTED)])
def test_already_there_is_what_was_entered_before_the_run(
    node: Scripted, tmp_path: Path, index: int, state: State
) -> None:
    answered(node, lambda asked: final(asked, index))
    assert states(run(node, titles(tmp_path, 2))[0]) == [state] * 2


@pytest.mark.parametrize(
    ("status", "code"), [(409, "blocked"), (413, "body-too-large"), (422, "invalid-request")]
)
def test_what_the_node_does_not_take_is_found_and_the_others_go_on(
    node: Scripted, tmp_path: Path, status: int, code: str
) -> None:
    found = titles(tmp_path, 20)
    bad = {found[0]["unit"], found[13]["unit"]}

    def otherwise(asked: Asked) -> Reply:
        return problem(status, code, detail="why") if bad & set(units(asked)) else final(asked)

    node.otherwise = otherwise
    results, failure = run(node, found)
    assert failure is None
    assert {one.unit for one in results if one.state is State.NOT_TAKEN} == bad
    assert all(one.registered for one in results if one.unit not in bad)
    assert {one.problem.code for one in results if one.problem is not None} == {code}


def test_without_batches_in_the_rule_set_titles_go_one_by_one(node: Scripted, tmp_path: Path) -> None:
    found = titles(tmp_path, TITLES_MAX + 10)

    def otherwise(asked: Asked) -> Reply:
        return problem(400, "unknown-type") if asked.target == "/v1/title-batches" else final(asked)

    node.otherwise = otherwise
    results, failure = run(node, found)
    assert (set(states(results)), failure) == ({State.IMPORTED}, None)
    single = [json.loads(asked.body)["unit"] for asked in posted(node) if asked.target == "/v1/titles"]
    assert sorted(single) == sorted(title["unit"] for title in found)


def test_an_answer_that_is_lost_makes_the_outcome_unknown(node: Scripted, tmp_path: Path) -> None:
    answered(node, Reply(drop=True))
    results, failure = run(node, titles(tmp_path, 2))
    assert states(results) == [State.UNKNOWN] * 2
    assert isinstance(failure, OutcomeUnknown)


def test_a_batch_that_is_not_final_in_time_is_unknown(
    node: Scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "WAIT_S", 0.1)

    def otherwise(asked: Asked) -> Reply:
        key = asked.headers.get("Idempotency-Key") or asked.target.rpartition("/")[2]
        return says({"status": "pending", "actor": US, "id": key}, 202)

    node.otherwise = otherwise
    results, failure = run(node, titles(tmp_path, 2))
    assert states(results) == [State.UNKNOWN] * 2
    assert isinstance(failure, OutcomeUnknown)


@pytest.mark.parametrize("status", [500, 503])
def test_a_node_that_fails_may_have_taken_the_batch(node: Scripted, tmp_path: Path, status: int) -> None:
    answered(node, problem(status, "internal"))
    results, failure = run(node, titles(tmp_path, 2))
    assert (states(results), failure is not None) == ([State.UNKNOWN] * 2, True)


def test_a_failure_ends_the_run_and_the_rest_is_told_as_unsent(node: Scripted, tmp_path: Path) -> None:
    found = titles(tmp_path, 30 * TITLES_MAX)
    answered(node, problem(403, "forbidden"))
    results, failure = run(node, found)
    assert (len(results), set(states(results))) == (len(found), {State.UNSENT})
    assert failure is not None
    assert len(posted(node)) <= importing.IMPORT_WORKERS


def test_no_more_titles_are_held_than_are_on_the_way(node: Scripted, tmp_path: Path) -> None:
    found = titles(tmp_path, 40 * TITLES_MAX)
    taken, done, most = 0, 0, 0

    def source() -> Iterator[Title]:
        nonlocal taken
        for title in found:
            taken += 1
            yield title

    answered(node, final)
    one = Run(lambda: Client(node.url, key=signer("client")))
    for sent in one.import_titles(source()):
        done += len(sent.titles)
        most = max(most, taken - done)
    assert done == len(found)
    assert most <= (2 * importing.IMPORT_WORKERS + 1) * TITLES_MAX


def test_a_node_that_is_not_there_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    with scripted() as gone:
        pass
    with pytest.raises(Unreachable):
        run(gone, titles(tmp_path))


# ---- the command ----------------------------------------------------------------------------------------------------


def command(node: Scripted, home: Path) -> tuple[int, dict[str, Any], str]:
    new_key(home / "counter.key")
    who = ("--url", node.url, "--key", "counter.key")
    done = dengbu("title", "import", "t.csv", *who, "--json", home=home)
    return done.returncode, json.loads(done.stdout), done.stderr


def test_a_key_without_the_right_to_import_ends_the_run(node: Scripted, tmp_path: Path) -> None:
    count = len(titles(tmp_path, 40))
    answered(node, problem(403, "forbidden"))
    code, said, _ = command(node, tmp_path)
    assert (code, said["exit"], said["failure"]["code"]) == (1, 1, "forbidden")
    assert (said["imported"], said["unsent"]) == (0, count)


def test_a_refusal_comes_before_an_unknown_outcome_and_both_are_said(node: Scripted, tmp_path: Path) -> None:
    titles(tmp_path, 3)
    answered(node, refusal(1), Reply(drop=True))
    code, said, _ = command(node, tmp_path)
    assert code == 5
    assert [one["state"] for one in said["titles"]] == ["refused", "unknown", "unknown"]
    assert said["titles"][0]["line"] == 2
    assert said["failure"]["code"] == "outcomeunknown"


@pytest.mark.parametrize(("outcome", "code"), [("recorded", 0), ("refused", 5)])
def test_the_outcome_is_the_entrys_not_that_it_was_taken(
    node: Scripted, tmp_path: Path, outcome: str, code: int
) -> None:
    titles(tmp_path)

    def otherwise(asked: Asked) -> Reply:
        if asked.method == "POST":
            key = asked.headers["Idempotency-Key"]
            return says({"status": "pending", "actor": US, "id": key}, 202)
        said = {"status": "final", "actor": US, "id": asked.target.rpartition("/")[2], "index": HEAD}
        reasons = [{"code": 3014, "name": "bad-date", "law": ["REG-10"], "at": {"titles": [1]}}]
        return says({**said, "outcome": outcome, "result": {}} | ({"reasons": reasons} if code else {}))

    node.otherwise = otherwise
    assert command(node, tmp_path)[0] == code
