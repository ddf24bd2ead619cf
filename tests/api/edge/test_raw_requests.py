"""The odd requests of docs/http.md as bytes on a socket of a real server, since a client library would tidy them up."""

import gzip
import json
import re
import secrets
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from dengbu.nodes.home.config import Officer
from tests.api.served import HOST, served
from tests.api.town import AUTHORITY, Caller, Town
from tests.api.views.test_writing import REFUSED
from tests.log_lines import written_lines
from tests.waiting import WAIT_S_MAX

UNKNOWN = "441302-20260101-999999"
RATE = f"/v1/cases/{UNKNOWN}/rate"
JSON = "application/json"


@dataclass(frozen=True)
class Answer:
    """A whole answer, or as much of a stream as was waited for."""

    status: int
    head: str
    body: bytes

    @property
    def code(self) -> str:
        """The code of a problem."""
        return str(json.loads(self.body)["code"])

    def header(self, name: str) -> str | None:
        """The value of a header."""
        found = re.search(rf"^{name}: (.*?)\r$", self.head, re.M | re.I)
        return found[1] if found else None


@dataclass(frozen=True)
class Line:
    """A served app, and a caller who signs for it."""

    port: int
    caller: Caller

    def sent(self, raw: bytes, until: bytes | None = None) -> Answer:
        """Send bytes; read up to the end of the answer, or until a text has come."""
        with socket.create_connection((HOST, self.port), timeout=WAIT_S_MAX) as wire:
            wire.sendall(raw)
            got = b""
            while until is None or until not in got:
                chunk = wire.recv(65_536)
                if not chunk:
                    break
                got += chunk
        head, _, body = got.partition(b"\r\n\r\n")
        return Answer(int(head.split(b" ", 2)[1]), head.decode("latin-1") + "\r\n", body)

    def signed(self, method: str, target: str, body: bytes = b"", content_type: str = JSON) -> list[str]:
        """The lines of the headers that a good request has."""
        headers = self.caller.signature(method, target, body, content_type)
        if body:
            headers |= {"Content-Type": content_type, "Content-Length": str(len(body))}
        return [f"{name}: {value}" for name, value in headers.items()]

    def asked(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        *more: str,
        host: str = AUTHORITY,
        until: bytes | None = None,
    ) -> Answer:
        """Send a signed request with more lines of headers as they are given."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", "Connection: close"]
        lines += [*self.signed(method, target, body), *more]
        return self.sent("\r\n".join([*lines, "", ""]).encode("latin-1") + body, until)

    def rated(self, body: bytes, *more: str) -> Answer:
        """Rate a case that there is not, by these bytes."""
        return self.asked("POST", RATE, body, f"Idempotency-Key: raw-{secrets.token_hex(8)}", *more)

    def applied(self, *more: str) -> Answer:
        """Apply for what the ledger refuses."""
        return self.asked("POST", "/v1/cases", json.dumps(REFUSED).encode(), *more)


@pytest.fixture(scope="module")
def line(city: Town) -> Iterator[Line]:
    caller = city.caller("bank-a")
    with served(caller.app) as authority:
        yield Line(int(authority.rpartition(":")[2]), caller)


def test_a_good_request_passes(line: Line) -> None:
    """What the others are compared with: all but the case is right."""
    answer = line.rated(b'{"score":5}')
    assert (answer.status, answer.code) == (404, "not-found")


@pytest.mark.parametrize(
    "body",
    [
        b'{"score":5,"score":1}',
        b'{"score":5,"sc\\u006fre":1}',
        b'{"score":"\\ud800"}',
        b'{"score":"\\udc00\\ud800"}',
        b'{"\\udfff":1}',
        b'{"score":"\xed\xa0\x80"}',
        b'{"score":"\xff"}',
        b'\xef\xbb\xbf{"score":5}',
        '{"score":5}'.encode("utf-16"),
        b'{"score":NaN}',
        b'{"score":1e999}',
        b'{"score":' + b"9" * 5_000 + b"}",
        b"[" * 60_000,
        b'{"score":5}\x00',
    ],
)
def test_bytes_that_are_no_json_of_the_profile_are_refused(line: Line, body: bytes) -> None:
    answer = line.rated(body)
    assert (answer.status, answer.code) == (400, "malformed-request")


def test_a_pair_of_surrogates_is_a_character(line: Line) -> None:
    answer = line.rated(b'{"score":"\\ud83c\\udfe0"}')
    assert (answer.status, answer.code) == (422, "invalid-request")


def test_a_space_around_a_name_makes_another_name(line: Line) -> None:
    answer = line.rated(b'{"score ":5}')
    assert (answer.status, answer.code) == (422, "invalid-request")
    assert {one["pointer"] for one in json.loads(answer.body)["errors"]} == {"#/score", "#/score "}
    for query in ("limit%20=5", "limit+=5", "%20limit=5", "limit%C2%A0=5"):
        answer = line.asked("GET", f"/v1/cases?{query}")
        assert (answer.status, answer.code) == (422, "invalid-request"), query


@pytest.mark.parametrize(
    "first", ["GET /v1/cases?limit =5 HTTP/1.1", "GET  /v1/cases HTTP/1.1", "GET /v1/cases"]
)
def test_a_request_line_with_a_space_too_many_or_too_few_gets_no_data(line: Line, first: str) -> None:
    answer = line.sent(f"{first}\r\nHost: {AUTHORITY}\r\nConnection: close\r\n\r\n".encode())
    assert 400 <= answer.status < 500


@pytest.mark.parametrize("name", ["Idempotency-Key ", "Idempotency-Key\t", " Idempotency-Key"])
def test_a_space_around_the_name_of_a_header_is_refused(line: Line, name: str) -> None:
    """RFC 9112 5.1: some would read the header and others not."""
    answer = line.applied(f"{name}: raw-{secrets.token_hex(8)}")
    assert answer.status == 400


@pytest.mark.parametrize("value", ["", "a b", "é", "loan-1, loan-2", "x" * 65])
def test_a_key_of_another_form_is_refused(line: Line, value: str) -> None:
    answer = line.applied(f"Idempotency-Key: {value}")
    assert (answer.status, answer.code) == (400, "idempotency-key-required")


@pytest.mark.parametrize("value", ["11010519491231002X", "loan-110105491231002", "loan:13800000000"])
def test_a_key_with_a_persons_number_is_refused_without_repeating_it(
    line: Line, value: str, city: Town
) -> None:
    before = city.nodes["bank-a"].head.size
    with written_lines() as written:
        answer = line.applied(f"Idempotency-Key: {value}", f"X-Request-ID: {value}")
    assert (answer.status, answer.code) == (400, "malformed-request")
    assert value not in answer.head + answer.body.decode()
    assert written.texts
    assert not [one for one in written.texts if value in one]
    assert city.nodes["bank-a"].head.size == before


def test_a_signed_event_with_a_persons_number_for_its_id_is_refused(line: Line, city: Town) -> None:
    raw = city.nodes["bank-a"].sign(
        "case.apply", REFUSED, event_id="loan-13800000000", by=Officer("officer-01")
    )
    answer = line.asked("POST", "/v1/events", raw)
    assert (answer.status, answer.code) == (400, "malformed-request")
    assert json.loads(answer.body)["errors"][0]["pointer"] == "#/body/id"


def test_a_key_given_twice_is_none(line: Line) -> None:
    answer = line.applied("Idempotency-Key: raw-first", "Idempotency-Key: raw-second")
    assert (answer.status, answer.code) == (400, "idempotency-key-required")


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip", "deflate", "br", "zstd", "identity, gzip"])
def test_a_compressed_body_is_refused(line: Line, coding: str) -> None:
    answer = line.rated(gzip.compress(b'{"score":5}'), f"Content-Encoding: {coding}")
    assert (answer.status, answer.code) == (415, "unsupported-media-type")
    assert answer.header("Accept-Encoding") == "identity"


def test_a_body_in_chunks_is_read_and_a_compressed_transfer_is_not(line: Line) -> None:
    body = b'{"score":5}'
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    for coding, status in (("chunked", 404), ("gzip, chunked", 501), ("gzip", 501)):
        lines = [
            f"POST {RATE} HTTP/1.1",
            f"Host: {AUTHORITY}",
            "Connection: close",
            f"Transfer-Encoding: {coding}",
        ]
        lines += [one for one in line.signed("POST", RATE, body) if not one.startswith("Content-Length")]
        lines.append(f"Idempotency-Key: raw-{secrets.token_hex(8)}")
        answer = line.sent("\r\n".join([*lines, "", ""]).encode() + chunked)
        assert answer.status == status, coding


@pytest.mark.parametrize("given", ["Last-Event-ID:", "Last-Event-ID: ", "Last-Event-ID:\t"])
def test_an_empty_last_event_id_is_none(line: Line, city: Town, given: str) -> None:
    city.title()
    answer = line.asked("GET", "/v1/events?after=-1", b"", "Accept: text/event-stream", given, until=b"id: ")
    assert answer.status == 200
    first = re.search(rb"id: (\d+)", answer.body)
    assert first is not None
    assert first[1] == b"0"


@pytest.mark.parametrize("given", ["-1", "1.0", "0x1", "1 2", "٣", "9" * 17])
def test_a_last_event_id_that_is_no_index_is_refused(line: Line, given: str) -> None:
    value = given.encode().decode("latin-1")
    answer = line.asked("GET", "/v1/events", b"", "Accept: text/event-stream", f"Last-Event-ID: {value}")
    assert (answer.status, answer.code) == (400, "malformed-request")


@pytest.mark.parametrize(
    "host", [AUTHORITY, f"{AUTHORITY}:80", f"{AUTHORITY}:443", f"{AUTHORITY.upper()}:80"]
)
def test_a_default_port_in_host_is_no_part_of_what_is_signed(line: Line, host: str) -> None:
    assert line.asked("GET", "/v1/institutions", host=host).status == 200


@pytest.mark.parametrize("name", ["Signature", "Signature-Input"])
def test_a_header_of_the_signature_given_twice_is_refused(line: Line, name: str) -> None:
    (again,) = [one for one in line.signed("GET", "/v1/institutions") if one.startswith(f"{name}: ")]
    answer = line.asked("GET", "/v1/institutions", b"", again)
    assert (answer.status, answer.code) == (401, "signature-refused")


@pytest.mark.parametrize("place", ["%ED%A0%80", "%FF", "%00", "..%2f", "%E5"])
def test_a_path_that_is_no_text_is_not_found(line: Line, place: str) -> None:
    answer = line.asked("GET", f"/v1/cases/{place}")
    assert (answer.status, answer.code) == (404, "not-found")


def test_a_request_id_of_a_person_is_replaced(line: Line) -> None:
    def kept(given: str) -> Any:
        return (
            line.asked("GET", "/v1/institutions", b"", f"X-Request-ID: {given}").header("X-Request-ID")
            == given
        )

    assert kept("outlet-7.0001")
    assert not kept("11010519491231002X")
    assert not kept("case-13800000000")
