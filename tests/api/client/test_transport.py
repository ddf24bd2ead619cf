"""Requests are signed afresh at every try, retried only where that is safe, and never redirected."""

import socket
import threading
import time
from pathlib import Path

import pytest

from dengbu.api.client import (
    ApiError,
    Conflict,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
    Unreachable,
    VerificationError,
)
from dengbu.api.client.transport import TRIES_MAX, Transport
from tests.api.client.scripted import Reply, Scripted, problem, says
from tests.ledger.small_log import signer

KEY = signer("client")


def transport(node: Scripted, **options: object) -> Transport:
    return Transport(node.url, KEY, **options)  # type: ignore[arg-type]


def nonces(node: Scripted) -> list[str]:
    inputs = [asked.headers["Signature-Input"] for asked in node.asked]
    return [text.split('nonce="')[1].split('"')[0] for text in inputs]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_every_retry_is_signed_with_a_fresh_nonce(node: Scripted, status: int) -> None:
    node.on("POST /v1/cases", problem(status, "unavailable"), problem(status, "unavailable"), says({"ok": 1}))
    answer = transport(node).post("/v1/cases", {"a": 1}, key="k-1")
    assert answer.json() == {"ok": 1}
    assert len(set(nonces(node))) == 3
    assert len({asked.body for asked in node.asked}) == 1
    assert {asked.headers["Idempotency-Key"] for asked in node.asked} == {"k-1"}


def test_a_post_without_a_key_is_never_retried(node: Scripted) -> None:
    node.on("POST /v1/x", problem(503, "unavailable", headers={"Retry-After": "0"}))
    with pytest.raises(Unavailable):
        transport(node).post("/v1/x", {"a": 1})
    assert len(node.asked) == 1


def test_tries_are_bounded(node: Scripted) -> None:
    node.on("GET /v1/x", problem(503, "unavailable"))
    with pytest.raises(Unavailable):
        transport(node).get("/v1/x")
    assert len(node.asked) == TRIES_MAX


def test_retry_after_is_honoured(node: Scripted) -> None:
    node.on("GET /v1/x", problem(429, "too-many-requests", headers={"Retry-After": "1"}), says({}))
    began = time.monotonic()
    transport(node).get("/v1/x")
    assert time.monotonic() - began >= 1


def test_a_long_retry_after_is_the_callers_to_decide(node: Scripted) -> None:
    node.on("GET /v1/x", problem(429, "too-many-requests", headers={"Retry-After": "3600"}))
    with pytest.raises(RateLimited) as caught:
        transport(node).get("/v1/x")
    assert caught.value.retry_after_s == 3600
    assert len(node.asked) == 1


@pytest.mark.parametrize("text", ["soon", "-5", "Wed, 21 Oct 2026 07:28:00 GMT", "\u0663"])
def test_a_nonsense_retry_after_is_no_delay(node: Scripted, text: str) -> None:
    headers = {"Retry-After": text.encode().decode("latin-1")}
    node.on("GET /v1/x", problem(503, "unavailable", headers=headers), says({}))
    assert transport(node).get("/v1/x").status == 200


def test_a_request_in_progress_is_asked_again(node: Scripted) -> None:
    node.on("POST /v1/x", problem(409, "request-in-progress", headers={"Retry-After": "0"}), says({"id": 1}))
    assert transport(node).post("/v1/x", {"a": 1}, key="k").json() == {"id": 1}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ApiError),
        (401, ApiError),
        (403, ApiError),
        (404, NotFound),
        (409, Conflict),
        (412, Conflict),
        (422, ApiError),
        (428, Conflict),
        (500, ApiError),
    ],
)
def test_other_problems_are_not_retried(node: Scripted, status: int, kind: type[ApiError]) -> None:
    node.on("POST /v1/x", problem(status, "some-code", detail="说明", request_id="r-1"))
    with pytest.raises(ApiError) as caught:
        transport(node).post("/v1/x", {"a": 1}, key="k")
    assert type(caught.value) is kind
    assert (caught.value.code, caught.value.detail, caught.value.request_id) == ("some-code", "说明", "r-1")
    assert len(node.asked) == 1


def test_a_refusal_lists_every_reason(node: Scripted) -> None:
    reasons = [
        {"code": 5001, "name": "tax-not-cleared", "law": ["DTL-11"]},
        {"code": 3001, "name": "seized", "law": []},
    ]
    node.on("POST /v1/x", problem(422, "tax-not-cleared", reasons=reasons, index=7))
    with pytest.raises(Rejected) as caught:
        transport(node).post("/v1/x", {"a": 1}, key="k")
    assert [reason["code"] for reason in caught.value.reasons] == [5001, 3001]
    assert caught.value.index == 7


def test_a_redirect_is_not_followed(node: Scripted) -> None:
    node.on("GET /v1/x", Reply(302, b"", {"Location": f"{node.url}/v1/y"}))
    node.on("GET /v1/y", says({"stolen": True}))
    with pytest.raises(ApiError, match="unexpected-redirect"):
        transport(node).get("/v1/x")
    assert [asked.target for asked in node.asked] == ["/v1/x"]


def test_the_environment_does_not_choose_whom_to_talk_to(
    node: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent")
    node.on("GET /v1/x", says({}))
    assert transport(node).get("/v1/x").status == 200


def test_credentials_of_a_netrc_file_are_not_sent(
    node: Scripted, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("default login someone password something\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    node.on("GET /v1/x", says({}))
    transport(node).get("/v1/x")
    assert "Authorization" not in node.asked[0].headers


def test_a_dead_port_is_unreachable() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    for send in (lambda t: t.get("/v1/x"), lambda t: t.post("/v1/x", {"a": 1})):
        with pytest.raises(Unreachable, match="cannot reach"):
            send(Transport(url, KEY))


def test_a_post_cut_off_after_sending_has_an_unknown_outcome(node: Scripted) -> None:
    node.on("POST /v1/x", Reply(drop=True))
    with pytest.raises(OutcomeUnknown):
        transport(node).post("/v1/x", {"a": 1})
    assert len(node.asked) == 1
    with pytest.raises(OutcomeUnknown) as caught:
        transport(node).post("/v1/x", {"a": 1}, key="k-9")
    assert caught.value.id == "k-9"
    assert len(node.asked) == 1 + TRIES_MAX


@pytest.mark.parametrize(
    "then",
    [
        pytest.param(
            [Reply(drop=True), problem(503, "unavailable")], id="it is there again, and takes nothing"
        ),
        pytest.param([problem(503, "unavailable"), Reply(drop=True)], id="it took nothing at first"),
    ],
)
def test_one_try_without_an_answer_makes_the_outcome_unknown(node: Scripted, then: list[Reply]) -> None:
    node.on("POST /v1/x", *then)
    with pytest.raises(OutcomeUnknown, match="k-9"):
        transport(node).post("/v1/x", {"a": 1}, key="k-9")
    assert len(node.asked) == TRIES_MAX


def test_a_node_that_dies_over_a_post_may_have_taken_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"

        def take_one_and_die() -> None:
            connection, _ = server.accept()
            with connection:
                assert connection.recv(65_536)
                server.close()

        thread = threading.Thread(target=take_one_and_die)
        thread.start()
        with pytest.raises(OutcomeUnknown, match="k-9"):
            Transport(url, KEY).post("/v1/x", {"a": 1}, key="k-9")
        thread.join()


def test_a_silent_node_times_out_with_an_unknown_outcome() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(OutcomeUnknown, match="k-1"):
            Transport(url, KEY, timeouts=(1, 0.2)).post("/v1/x", {"a": 1}, key="k-1")
        with pytest.raises(Unreachable, match="timed out"):
            Transport(url, KEY, timeouts=(1, 0.2)).get("/v1/x")


def test_an_answer_that_is_not_json_is_not_believed(node: Scripted) -> None:
    node.on("GET /v1/x", Reply(200, b"<html>captive portal</html>"))
    with pytest.raises(VerificationError, match="not JSON"):
        transport(node).get("/v1/x").json()


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x",
        "127.0.0.1:80",
        "http://",
        "http://user:secret@host",
        "http://h/?q=1",
        "",
        "http://[::1",
        "http://h:99999",
        "http://h:x",
    ],
)
def test_a_url_that_is_no_node_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="not the URL of a node"):
        Transport(url)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_outside_json_is_not_sent(node: Scripted, value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        transport(node).post("/v1/x", {"a": value}, key="k")
    assert node.asked == []
