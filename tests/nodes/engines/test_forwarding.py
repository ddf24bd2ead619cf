"""Forwarding events: many in one request, each with its own answer, and nobody left waiting."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import pytest

from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.log.keys import Signer
from dengbu.ledger.log.tiles import split_bundle
from dengbu.nodes.engines.forwarding import BATCH_EVENTS_MAX, Forwarder
from dengbu.nodes.finality.engine import Unavailable
from dengbu.nodes.peer_client.peer_client import PeerClient
from dengbu.nodes.peer_server.listener import Listener
from tests.waiting import until

WAIT_S = 10
THREADS = 40


@contextmanager
def peer(answer: Callable[[list[bytes]], Any], status: str = "200 OK") -> Iterator[Forwarder]:
    """Connect a forwarder to a real listener that answers bundles of events."""

    def app(environ: Any, start_response: Any) -> Any:
        body = orjson.dumps(answer(split_bundle(environ["wsgi.input"].read())))
        start_response(status, [("Content-Length", str(len(body)))])
        return (body,)

    listener = Listener(app, "127.0.0.1", 0, lambda error: None)
    listener.start()
    client = PeerClient(f"http://127.0.0.1:{listener._server.effective_port}", Signer(bytes(32)), lambda: 1)
    try:
        yield Forwarder(client)
    finally:
        client.close()
        listener.stop()


def told(raw: bytes) -> dict[str, Any]:
    """Return a plausible answer: taken, refused, or come back later, as the event's bytes say."""
    if raw.startswith(b"bad"):
        return {"status": 400, "code": 1109, "name": "expired", "detail": raw.decode(), "where": "/body"}
    if raw.startswith(b"later"):
        return {"status": 503, "reason": "no quorum", "retry_after_s": 2}
    return {"status": 202}


def test_everyone_gets_the_answer_to_their_own_event_and_requests_are_shared() -> None:
    sizes: list[int] = []
    entered = threading.Event()
    release = threading.Event()

    def answer(events: list[bytes]) -> Any:
        sizes.append(len(events))
        entered.set()
        release.wait(WAIT_S)
        return {"events": [told(raw) for raw in events]}

    found: dict[int, str] = {}

    def send(n: int) -> None:
        kind = ("good", "bad", "later")[n % 3]
        try:
            forwarder.forward(f"{kind}-{n}".encode())
            found[n] = "good"
        except NotAdmitted as fault:
            found[n] = "bad" if fault.detail == f"bad-{n}" else "someone else's answer"
        except Unavailable as fault:
            found[n] = "later" if fault.retry_after_s == 2 else "another answer"

    with peer(answer) as forwarder:
        threads = [threading.Thread(target=send, args=(n,)) for n in range(THREADS)]
        threads[0].start()
        assert entered.wait(WAIT_S)  # the first is under way; all others must share the requests that follow
        for thread in threads[1:]:
            thread.start()
        until(lambda: len(forwarder._queue) == THREADS - 1, "all others are queued")
        release.set()
        for thread in threads:
            thread.join(WAIT_S)
    assert found == {n: ("good", "bad", "later")[n % 3] for n in range(THREADS)}
    assert sizes == [1, BATCH_EVENTS_MAX, THREADS - 1 - BATCH_EVENTS_MAX]


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {"events": []},
        {"events": [{}]},
        {"events": [{"status": 400, "code": 1}]},
        {"events": [7]},
        {"events": 7},
    ],
)
def test_an_answer_outside_the_form_means_unknown(answer: Any) -> None:
    with peer(lambda events: answer) as forwarder, pytest.raises(Unavailable):
        forwarder.forward(b"x")


def test_a_status_that_is_not_200_means_unknown() -> None:
    with peer(lambda events: {}, "503 Service Unavailable") as forwarder:
        for _ in range(2):
            with pytest.raises(Unavailable, match="503"):
                forwarder.forward(b"x")


def test_a_peer_that_is_away_means_unknown_and_the_next_one_tries_again() -> None:
    forwarder = Forwarder(PeerClient("http://127.0.0.1:9", Signer(bytes(32)), lambda: 1))
    for _ in range(2):
        with pytest.raises(Unavailable):
            forwarder.forward(b"x")
