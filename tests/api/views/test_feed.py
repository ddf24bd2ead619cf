"""The feed as pages, long polls and streams, each resumable; places for waiting readers are limited."""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from dengbu.api.edge.state import STREAMS_MAX, state_of
from tests.api.town import Caller, Town


def _stream(caller: Caller, target: str, **headers: str) -> TestResponse:
    return caller.get(target, Accept="text/event-stream", **headers)


def _events(answer: TestResponse, count: int) -> Iterator[dict[str, str]]:
    """Yield the fields of a stream's first events that carry data."""
    buffer = ""
    for chunk in answer.iter_encoded():
        buffer += chunk.decode()
        while "\n\n" in buffer:
            block, buffer = buffer.split("\n\n", 1)
            fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
            if "data" in fields:
                yield fields
                count -= 1
                if not count:
                    return


def test_pages_go_on_where_the_last_one_ended(city: Town) -> None:
    city.title()
    registry, after, seen = city.caller("hz-registry"), -1, []
    while True:
        page = registry.get(f"/v1/events?after={after}&limit=2").get_json()
        assert len(page["items"]) <= 2
        seen += [item["index"] for item in page["items"]]
        after = page["next_after"]
        if after + 1 >= page["head"]:
            break
    assert seen == list(range(len(seen)))
    assert len(seen) == page["head"]


def test_filters_choose_by_type_unit_and_case(city: Town) -> None:
    title = city.title()
    registry = city.caller("hz-registry")
    found = registry.get(f"/v1/events?unit={title['unit']}").get_json()["items"]
    assert [item["units"] for item in found] == [[title["unit"]]]
    kinds = {item["type"] for item in registry.get("/v1/events?type=title.import").get_json()["items"]}
    assert kinds == {"title.import"}
    assert registry.get("/v1/events?case=441302-20260101-999999").get_json()["items"] == []


def test_a_long_poll_answers_when_something_happens(city: Town) -> None:
    head = city.nodes["hz-registry"].final_size
    answers: list[Any] = []

    def wait() -> None:
        answers.append(city.caller("hz-registry").get(f"/v1/events?after={head - 1}&wait=20").get_json())

    waiting = threading.Thread(target=wait)
    waiting.start()
    title = city.title()
    waiting.join(15)
    assert not waiting.is_alive()
    assert answers[0]["items"][0]["units"] == [title["unit"]]


def test_a_long_poll_of_what_is_not_ones_own_waits_and_moves_on(city: Town) -> None:
    head = city.nodes["bank-b"].final_size
    city.title()
    began = time.monotonic()
    page = city.caller("bank-b").get(f"/v1/events?after={head - 1}&wait=1").get_json()
    assert page["items"] == []
    assert page["next_after"] >= head
    assert 0.5 < time.monotonic() - began < 10


def test_a_stream_gives_entries_and_resumes_by_last_event_id(city: Town) -> None:
    city.title()
    caller = city.caller("hz-registry")
    answer = _stream(caller, "/v1/events?after=-1")
    assert answer.content_type == "text/event-stream; charset=utf-8"
    assert answer.headers["X-Accel-Buffering"] == "no"
    first = list(_events(answer, 2))
    answer.close()
    assert [event["id"] for event in first] == ["0", "1"]
    assert json.loads(first[1]["data"])["index"] == 1
    resumed = _stream(caller, "/v1/events", Last_Event_ID="0")
    assert next(_events(resumed, 1))["id"] == "1"
    resumed.close()
    assert _stream(caller, "/v1/events", Last_Event_ID="x").status_code == 400


def test_a_stream_tells_of_what_happens_while_it_is_open(city: Town) -> None:
    head = city.nodes["hz-registry"].final_size
    answer = _stream(city.caller("hz-registry"), f"/v1/events?after={head - 1}")
    events = _events(answer, 1)
    title: dict[str, Any] = {}
    making = threading.Thread(target=lambda: title.update(city.title()))
    making.start()
    event = next(events)
    making.join(15)
    answer.close()
    assert json.loads(event["data"])["units"] == [title["unit"]]


def test_places_for_waiting_readers_are_counted_and_given_back(city: Town) -> None:
    held = state_of(city.apps["bank-b"])
    caller = city.caller("bank-b")
    assert held.limits.streams.free() == STREAMS_MAX
    open_streams = [_stream(caller, "/v1/events") for _ in range(STREAMS_MAX)]
    try:
        for answer in (_stream(caller, "/v1/events"), caller.get("/v1/events?wait=1")):
            assert (answer.status_code, answer.get_json()["code"]) == (503, "too-many-streams")
            assert "Retry-After" in answer.headers
        assert caller.get("/v1/events").status_code == 200, "a page without waiting needs no place"
    finally:
        for answer in open_streams:
            answer.close()
    assert held.limits.streams.free() == STREAMS_MAX


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html, */*;q=0.1"])
def test_json_is_the_default(city: Town, accept: str) -> None:
    assert city.caller("bank-b").get("/v1/events", Accept=accept).content_type == "application/json"
