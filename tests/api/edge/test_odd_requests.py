"""Requests that are odd in form, as docs/http.md lists them: each gets the answer that stands there."""

import gzip
import http.client
import json
import secrets
import time
from typing import Any

import pytest
from werkzeug.test import TestResponse

from dengbu.api.edge.state import state_of
from dengbu.ledger.log import httpsig
from dengbu.nodes.home.config import Officer
from tests.api.served import served
from tests.api.town import AUTHORITY, Caller, Town
from tests.api.views.test_writing import REFUSED
from tests.waiting import WAIT_S_MAX

OFFICER = Officer("officer-01", "counter-01")
UNKNOWN = "441302-20260101-999999"
RATE = f"/v1/cases/{UNKNOWN}/rate"


def _key() -> dict[str, str]:
    return {"Idempotency-Key": f"odd-{secrets.token_hex(8)}"}


def _said(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["code"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"score":5,"score":1}',
        b'{"score":5,"sc\\u006fre":5}',
        b'{"private":{"a":{"value":{"x":1,"x":1},"to":["bank-a"]}}}',
    ],
)
def test_a_member_that_stands_twice_is_refused(city: Town, body: bytes) -> None:
    before = city.nodes["bank-a"].head.size
    answer = city.caller("bank-a").call("POST", RATE, body, _key())
    assert _said(answer) == (400, "malformed-request")
    assert "twice" in answer.get_json()["errors"][0]["detail"]
    assert city.nodes["bank-a"].head.size == before


@pytest.mark.parametrize("path", ["/v1/cases?limit=1&limit=3", "/v1/events?after=1&after=1"])
def test_a_member_of_a_query_that_stands_twice_is_refused(city: Town, path: str) -> None:
    answer = city.caller("bank-a").get(path)
    assert _said(answer) == (422, "invalid-request")
    (fault,) = answer.get_json()["errors"]
    assert (fault["in"], "重复" in fault["detail"]) == ("query", True)


def test_a_member_that_stands_twice_in_a_signed_event_is_refused(city: Town) -> None:
    node = city.nodes["bank-a"]
    raw = node.sign("case.rate", {"case": UNKNOWN, "score": 5}, event_id="odd-twice", by=OFFICER)
    twice = raw.replace(b'"score":5', b'"score":1,"score":5')
    assert twice != raw
    answer = city.caller("bank-a").call("POST", "/v1/events", twice)
    assert _said(answer) == (422, "invalid-request")


@pytest.mark.parametrize(
    "body",
    [
        b'{"score":"\\ud800"}',
        b'{"\\udfff":1}',
        b'{"score":"\xed\xa0\x80"}',
        b'{"score":"\xff"}',
        b'\xef\xbb\xbf{"score":5}',
        '{"score":5}'.encode("utf-16"),
    ],
)
def test_text_that_is_no_unicode_is_refused(city: Town, body: bytes) -> None:
    answer = city.caller("bank-a").call("POST", RATE, body, _key())
    assert _said(answer) == (400, "malformed-request")


def test_a_space_around_a_name_makes_another_name(city: Town) -> None:
    answer = city.caller("bank-a").call("POST", RATE, {"score ": 5}, _key())
    assert _said(answer) == (422, "invalid-request")
    assert {one["pointer"] for one in answer.get_json()["errors"]} == {"#/score", "#/score "}
    answer = city.caller("bank-a").get("/v1/cases?limit%20=5")
    assert _said(answer) == (422, "invalid-request")
    parts = {"private": {"terms ": {"value": 1, "to": ["bank-a"]}}}
    answer = city.caller("bank-a").call("POST", f"/v1/cases/{UNKNOWN}/resume", parts, _key())
    assert _said(answer) == (422, "invalid-request")


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "deflate", "br", "identity, gzip"])
def test_a_compressed_body_is_refused_with_what_is_taken(city: Town, coding: str) -> None:
    raw = gzip.compress(json.dumps({"score": 5}).encode())
    answer = city.caller("bank-a").call("POST", RATE, raw, {**_key(), "Content-Encoding": coding})
    assert _said(answer) == (415, "unsupported-media-type")
    assert answer.headers["Accept-Encoding"] == "identity"


def test_a_body_in_no_coding_may_say_so(city: Town) -> None:
    answer = city.caller("bank-a").call(
        "POST", RATE, {"score": 5}, {**_key(), "Content-Encoding": "identity"}
    )
    assert _said(answer) == (404, "not-found")


def test_an_empty_last_event_id_is_none(city: Town) -> None:
    city.title()  # an entry after the first
    caller = city.caller("hz-registry")
    city.title()  # so that there is an entry after the genesis, whichever test runs first
    for given in ({}, {"Last-Event-ID": ""}):
        answer = caller.call("GET", "/v1/events?after=0", headers={"Accept": "text/event-stream", **given})
        assert answer.status_code == 200
        lines = iter(answer.response)
        assert next(lines) == b"retry: 2000\n\n"
        assert bytes(next(lines)).startswith(b"id: 1\n")
        answer.close()
    wrong = caller.call("GET", "/v1/events", headers={"Accept": "text/event-stream", "Last-Event-ID": "-1"})
    assert _said(wrong) == (400, "malformed-request")


@pytest.mark.parametrize("asked_as", [AUTHORITY, f"{AUTHORITY}:80", f"{AUTHORITY.upper()}:80"])
@pytest.mark.parametrize("known_as", [AUTHORITY, f"{AUTHORITY}:80", f"{AUTHORITY}:443"])
def test_a_default_port_is_no_part_of_what_is_signed(city: Town, known_as: str, asked_as: str) -> None:
    caller = city.caller("bank-a")
    held = state_of(caller.app)
    kept = held.authorities
    held.answer_to((known_as,))
    try:
        signed = caller.signature("GET", "/v1/institutions", b"", None)
        answer = caller.app.test_client().get(
            "/v1/institutions", headers={**signed, "Host": asked_as}, base_url="http://ignored.test"
        )
        assert answer.status_code == 200, answer.text
    finally:
        held.authorities = kept


def test_another_port_is_another_authority(city: Town) -> None:
    caller = city.caller("bank-a")
    now = int(time.time())
    request = httpsig.Request("GET", f"{AUTHORITY}:8080", "/v1/institutions", "", b"")
    signed = httpsig.sign_request(caller.signer, request, None, now, now + 60, secrets.token_urlsafe(16))
    answer = caller.app.test_client().get(
        "/v1/institutions", headers={**signed, "Host": f"{AUTHORITY}:8080"}, base_url="http://ignored.test"
    )
    assert _said(answer) == (401, "signature-refused")


def test_a_space_around_a_key_is_no_part_of_it(city: Town) -> None:
    """Over a socket: the server takes a header's value without the space around it."""
    caller, key = city.caller("bank-a"), f"odd-{secrets.token_hex(8)}"
    raw = json.dumps(REFUSED).encode()
    with served(caller.app) as authority:
        answers = [_posted(authority, caller, raw, given) for given in (f"  {key} \t", key)]
    assert [one["id"] for one in answers] == [key, key]
    assert answers[0]["index"] == answers[1]["index"], "one event"


def _posted(authority: str, caller: Caller, raw: bytes, key: str) -> dict[str, Any]:
    connection = http.client.HTTPConnection(authority, timeout=WAIT_S_MAX)
    signed = caller.signature("POST", "/v1/cases", raw, "application/json")
    headers = {"Host": AUTHORITY, "Content-Type": "application/json", "Idempotency-Key": key, **signed}
    connection.request("POST", "/v1/cases", raw, {**headers, "Prefer": "wait=10"})
    answer = dict(json.loads(connection.getresponse().read()))
    connection.close()
    return answer
