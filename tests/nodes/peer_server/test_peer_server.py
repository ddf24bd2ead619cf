"""The peer listener: tiles and bundles by the layout, signed requests, and no 5xx for any malformed request."""

import http.client
import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest

from dengbu.ledger.log.httpsig import Request, sign_request
from dengbu.ledger.log.merkle import HASH_BYTES, leaf_hash, prove_inclusion, verify_inclusion
from dengbu.ledger.log.tiles import bundle, split_bundle
from dengbu.nodes.engines.forwarding import BINARY
from dengbu.nodes.peer_client.log_source import Source, Tiles
from dengbu.nodes.peer_client.peer_client import PeerClient, PeerDown
from dengbu.nodes.peer_server.lanes import Lane
from dengbu.nodes.peer_server.listener import Listener
from tests.nodes.liars import Ledger, Liar, ledger, root
from tests.nodes.network import LOOPBACK, NET, WAIT_S, Network, event, final, now_ms, signed, signer
from tests.waiting import until

SIZE = 700  # two full tiles and a partial one


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    with ledger(tmp_path_factory.mktemp("truth"), SIZE - 1) as made:
        yield made


@pytest.fixture(scope="module")
def server(truth: Ledger) -> Iterator[Liar]:
    made = Liar(truth.leaves)
    made.publish(SIZE, final(SIZE, root(truth.leaves)))
    yield made
    made.progress.close()
    made.listener.stop()
    assert not made.failures.seen, made.failures.seen


@pytest.fixture
def client(server: Liar) -> Iterator[PeerClient]:
    made = PeerClient(server.url, signer("bank-a", "node"))
    yield made
    made.close()


# ---- reading -------------------------------------------------------------------------------------------------


def test_bundles_are_the_leaves(client: PeerClient, truth: Ledger) -> None:
    for n, width in ((0, 256), (1, 256), (2, 188), (2, 1), (2, 100), (0, 3)):
        path = f"/tile/entries/00{n}" + ("" if width == 256 else f".p/{width}")
        answer = client.get(path, limit=2**24)
        assert answer.status == 200, path
        assert answer.headers["content-type"] == "application/octet-stream"
        assert "immutable" in answer.headers["cache-control"]
        assert split_bundle(answer.body) == truth.leaves[256 * n : 256 * n + width]


def test_tiles_are_the_tree(client: PeerClient, truth: Ledger) -> None:
    answer = client.get("/tile/0/002.p/188")
    hashes = [leaf_hash(leaf) for leaf in truth.leaves[512:]]
    assert answer.body == b"".join(hashes)
    assert len(client.get("/tile/1/000.p/2").body) == 2 * HASH_BYTES
    tiles, tree = Tiles(client, SIZE), root(truth.leaves)
    for index in (0, 1, 255, 256, 511, 512, 699):
        verify_inclusion(
            leaf_hash(truth.leaves[index]), index, SIZE, prove_inclusion(index, SIZE, tiles), tree
        )


MISSING = [
    "/tile/entries/002",
    "/tile/entries/002.p/189",
    "/tile/entries/003.p/1",
    "/tile/0/002",
    "/tile/0/002.p/189",
    "/tile/1/000.p/3",
    "/tile/1/000",
    "/tile/2/000.p/1",
    "/tile/entries/000.p/256",
    "/tile/entries/000.p/0",
    "/tile/entries/0",
    "/tile/entries/0000",
    "/tile/entries/x000/000",
    "/tile/00/000",
    "/tile/64/000",
    "/tile/-1/000",
    "/tile/entries/../../etc/passwd",
    "/tile/entries/%2F000",
    "/tile/entries/999/999",
    "/tile/0/x999/x999/x999/x999/x999/999",
    "/tile/",
    "/",
    "/nothing",
    "/payloads/xyz",
    "/checkpoint/",
    "//checkpoint",
    "/" + "a" * 5_000,
]


@pytest.mark.parametrize("path", MISSING)
def test_what_is_not_there_is_404(path: str, client: PeerClient) -> None:
    assert client.get(path).status == 404


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ("bytes=0-", 206),
        ("bytes=100-", 206),
        ("bytes=1000000000-", 416),
        ("bytes=-5", 200),
        ("bytes=0-5", 200),
        ("bytes=5-,7-", 200),
        ("bytes=05-", 200),
        ("bytes=x-", 200),
        ("lines=1-", 200),
        ("", 200),
    ],
)
def test_a_range_to_the_end_is_served_others_are_ignored(
    wanted: str, status: int, client: PeerClient
) -> None:
    whole = client.get("/tile/entries/002.p/188", limit=2**24).body
    answer = client.get("/tile/entries/002.p/188", headers={"Range": wanted}, limit=2**24)
    assert answer.status == status
    if status == 206:
        start = int(wanted[6:-1])
        assert answer.body == whole[start:]
        assert answer.headers["content-range"] == f"bytes {start}-{len(whole) - 1}/{len(whole)}"
    if status == 200:
        assert answer.body == whole


def test_entries_come_the_same_however_they_are_asked_for(client: PeerClient, truth: Ledger) -> None:
    source, draw = Source(client), random.Random(20261122)
    for _ in range(60):
        start = draw.randrange(SIZE)
        end = draw.randrange(start + 1, SIZE + 1)
        size = draw.randrange(end, SIZE + 1)
        before = truth.leaves[start - start % 256 : start]
        skip = sum(2 + len(leaf) for leaf in before)
        assert source.entries(start, end, size, skip) == truth.leaves[start:end], (start, end, size)


def test_the_checkpoint_waits_for_a_newer_one(truth: Ledger) -> None:
    server = Liar(truth.leaves)
    client = PeerClient(server.url, signer("bank-a", "node"))
    assert client.get("/checkpoint").status == 404
    assert client.get("/checkpoint?after=0").status == 204
    note = final(5, root(truth.leaves[:5]))
    server.publish(5, note)
    assert client.get("/checkpoint").body == note
    assert client.get("/checkpoint?after=4").body == note
    assert client.get("/checkpoint?after=4&wait=20").body == note
    assert client.get("/checkpoint?after=5&wait=0").status == 204
    server.progress.close()
    assert client.get("/checkpoint?after=5&wait=20").status == 503
    client.close()
    server.listener.stop()


BAD_QUERIES = (
    "after=-1",
    "after=x",
    "after=1&wait=x",
    "after=1&wait=1e9",
    "after=٣",
    "after=+1",
    "&&&&&",
    "a=1&" * 9,
    "#&after=1&wait=1",
)


@pytest.mark.parametrize("query", BAD_QUERIES)
def test_a_query_outside_the_form_is_refused(query: str, server: Liar) -> None:
    """Five fields and more once raised an error of ours, which ended the process."""
    client = PeerClient(server.url)
    assert client.get(f"/checkpoint?{query}").status == 400
    assert client.get("/checkpoint").status == 200
    client.close()


def test_strangers_are_shown_no_entries_and_do_not_wait(server: Liar) -> None:
    stranger = PeerClient(server.url)
    unknown = PeerClient(server.url, signer("stranger", "node"))
    other_key = PeerClient(server.url, signer("bank-a", "event"))
    for target in (
        "/tile/entries/000",
        "/tile/entries/002.p/1",
        "/tile/0/000",
        "/tile/nothing",
        f"/checkpoint?after={SIZE}&wait=20",
        f"/checkpoint?after={SIZE}&%77ait=20",
        "/payloads/" + "0" * 64,
    ):
        began = time.monotonic()
        for client in (stranger, unknown, other_key):
            assert client.get(target).status == 401, target
        assert time.monotonic() - began < WAIT_S / 4, target
    assert stranger.get("/checkpoint").status == 200
    assert stranger.get(f"/checkpoint?after={SIZE}").status == 204
    for client in (stranger, unknown, other_key):
        client.close()


def test_one_member_waits_so_often_at_once_and_no_more(truth: Ledger) -> None:
    server = Liar(truth.leaves)
    target = f"/checkpoint?after={SIZE}&wait=20"
    waiting = [PeerClient(server.url, signer("bank-a", "node")) for _ in range(Lane.WAIT.share)]

    def wait(client: PeerClient) -> None:
        until(lambda: client.get(target, wait_s=20).status == 200, "it has a place, and then a checkpoint")

    threads = [threading.Thread(target=wait, args=(client,)) for client in waiting]
    for thread in threads:
        thread.start()
    more, other = (PeerClient(server.url, signer(name, "node")) for name in ("bank-a", "bank-b"))
    until(lambda: more.get(f"/checkpoint?after={SIZE}&wait=1").status == 429, "its places are taken")
    assert other.get(f"/checkpoint?after={SIZE}&wait=1").status == 204, "another member's are free"
    assert more.get("/tile/nothing").status == 404, "and its own for reading"
    server.publish(SIZE + 1, final(SIZE + 1, bytes(32)))
    for thread in threads:
        thread.join()
    for client in (*waiting, more, other):
        client.close()
    server.progress.close()
    server.listener.stop()


def test_who_waits_and_goes_away_gives_the_place_back(truth: Ledger) -> None:
    server = Liar(truth.leaves)
    authority, query = urlsplit(server.url).netloc, f"after={SIZE}&wait=20"
    for number in range(Lane.WAIT.share):
        now, nonce = now_ms() // 1_000, f"nonce-of-leaver-{number}"
        request = Request("GET", authority, "/checkpoint", query, b"")
        headers = sign_request(signer("bank-a", "node"), request, None, now, now + 30, nonce)
        leaving = http.client.HTTPConnection(authority, timeout=WAIT_S)
        leaving.request("GET", f"/checkpoint?{query}", headers=headers)
        leaving.close()
    began = time.monotonic()
    client = PeerClient(server.url, signer("bank-a", "node"))
    until(lambda: client.get(f"/checkpoint?after={SIZE}&wait=1").status == 204, "a place is free")
    assert time.monotonic() - began < WAIT_S / 2
    client.close()
    server.progress.close()
    server.listener.stop()


def test_a_clock_that_is_off_keeps_nobody_from_reading(server: Liar) -> None:
    """A refused caller is told the time, and dates its next requests by it."""
    for seconds in (-600, -36, 6, 600):
        client = PeerClient(server.url, signer("bank-a", "node"), lambda s=seconds: now_ms() // 1_000 + s)  # type: ignore[misc]
        assert client.get("/tile/entries/000.p/1").status == 200, seconds
        assert abs(client._ahead_s + seconds) <= 2
        client.close()


# ---- writing -------------------------------------------------------------------------------------------------


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    with Network(tmp_path, ("bank-a", "hz-tax")) as made:
        made.order(event(0))
        yield made


class Caller:
    """Sends hand-made requests."""

    def __init__(self, url: str) -> None:
        self.authority = urlsplit(url).netloc
        self.nonces = 0

    def send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self.authority, timeout=WAIT_S)
        try:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def headers(self, body: bytes, key: Any = None, path: str = "/events", **changed: Any) -> dict[str, str]:
        self.nonces += 1
        now = now_ms() // 1_000
        given = {"created": now, "expires": now + 30, "nonce": f"nonce-of-caller-{self.nonces:06}"} | changed
        key = key or signer("bank-a", "node")
        signed_ = sign_request(key, Request("POST", self.authority, path, "", body), BINARY, **given)
        return {"Content-Type": BINARY, **signed_}

    def forward(self, *events: bytes) -> list[dict[str, Any]]:
        """Forward events in one request that must be taken; return the answer for each."""
        body = bundle(events)
        status, answer = self.send("POST", "/events", body, self.headers(body))
        assert status == 200
        told: list[dict[str, Any]] = orjson.loads(answer)["events"]
        return told


def test_an_event_forwarded_by_a_member_is_taken_once(network: Network) -> None:
    caller, raw = Caller(network.head.url), bundle([event(1)])
    headers = caller.headers(raw)
    status, body = caller.send("POST", "/events", raw, headers)
    assert status == 200
    (told,) = orjson.loads(body)["events"]
    assert (told["status"], told["event_id"]) == (202, "import-1")
    assert caller.send("POST", "/events", raw, headers)[0] == 401, "the same request again"
    assert caller.forward(event(1))[0]["status"] == 202, "the same event again"
    assert network.order(event(2)) == 3


def test_who_is_no_member_s_node_is_refused(network: Network) -> None:
    caller, raw = Caller(network.head.url), event(1)
    plain = {"Content-Type": "application/json"}
    refused = {
        "unsigned": plain,
        "an event key": caller.headers(raw, signer("bank-a", "event")),
        "a cosign key": caller.headers(raw, signer("bank-a", "cosign")),
        "a stranger": caller.headers(raw, signer("stranger", "node")),
        "an old request": caller.headers(
            raw, created=now_ms() // 1_000 - 100, expires=now_ms() // 1_000 - 50
        ),
        "another path": caller.headers(raw, path="/payloads"),
        "another body": caller.headers(raw + b" "),
        "two headers in one": {k: f"{v}, {v}" for k, v in caller.headers(raw).items()},
        "half": {k: v for k, v in caller.headers(raw).items() if k != "Signature"},
    }
    for why, headers in refused.items():
        assert caller.send("POST", "/events", raw, headers)[0] == 401, why
    assert network.head.application.head.size == 2


def test_refusals_of_events_carry_their_code(network: Network) -> None:
    caller = Caller(network.head.url)
    bad = [b"{}", event(1)[:-1], event(2, net="another.example")]
    told = caller.forward(*bad)
    assert [one["status"] for one in told] == [400, 400, 400]
    assert all(one.keys() >= {"code", "name", "detail", "where"} for one in told)


def test_a_refused_event_does_not_hold_up_the_others(network: Network) -> None:
    told = Caller(network.head.url).forward(event(1), b"{}", event(2), event(1))
    assert [one["status"] for one in told] == [202, 400, 202, 202]


@pytest.mark.parametrize("body", [b"\x00", b"\x00\x05ab", b"\x00\x00" * 257])
def test_a_broken_bundle_of_events_is_refused_whole(network: Network, body: bytes) -> None:
    caller = Caller(network.head.url)
    assert caller.send("POST", "/events", body, caller.headers(body))[0] == 400


def test_bodies_that_are_too_large_or_without_length_are_refused(network: Network) -> None:
    caller = Caller(network.head.url)
    large = b"x" * 1_100_000
    assert caller.send("POST", "/events", large, caller.headers(large))[0] == 413
    large = large[:40_000]
    assert caller.send("POST", "/add-checkpoint", large, {})[0] == 413
    assert caller.send("POST", "/add-checkpoint", b"", {"Content-Length": "-1"})[0] in (400, 411)
    assert caller.send("GET", "/events", b"", {})[0] == 405
    assert caller.send("DELETE", "/checkpoint", b"", {})[0] == 405


def test_no_garbage_gets_a_5xx_or_changes_anything(network: Network) -> None:
    seed = 20261122
    draw = random.Random(seed)
    caller = Caller(network.members["bank-a"].url)
    head = network.members["bank-a"].application.head
    base = [b"old 0\n\n" + signed(2, bytes(32)), event(5), b"", b'{"v":1}']
    paths = ["/add-checkpoint", "/events", "/payloads", "/checkpoint", "/tile/entries/000", f"/{NET}", "/%00"]
    for turn in range(300):
        body = bytearray(draw.choice(base))
        for _ in range(draw.randrange(4)):
            place = draw.randrange(len(body) + 1)
            body[place : place + draw.randrange(9)] = draw.randbytes(draw.randrange(9))
        method = draw.choice(["POST", "GET", "PUT"])
        headers = draw.choice(
            [{}, {"Signature": "x"}, {"Signature-Input": "x=()", "Signature": "x=::"}, {"Range": "bytes=9-"}]
        )
        status, _ = caller.send(method, draw.choice(paths), bytes(body), dict(headers))
        assert 200 <= status < 500, (seed, turn, status)
    assert network.members["bank-a"].application.head == head
    assert not network.members["bank-a"].failures.seen


# ---- asking --------------------------------------------------------------------------------------------------


def test_an_answer_that_is_too_large_is_given_up(client: PeerClient) -> None:
    with pytest.raises(PeerDown, match="more than 1000 bytes"):
        client.get("/tile/entries/000", limit=1_000)


def test_redirects_are_not_followed() -> None:
    asked = []

    def app(environ: Any, start_response: Any) -> Any:
        asked.append(environ["PATH_INFO"])
        start_response("307 Temporary Redirect", [("Location", "/elsewhere"), ("Content-Length", "0")])
        return ()

    listener = Listener(app, LOOPBACK, 0, lambda error: None)
    listener.start()
    client = PeerClient(f"http://{LOOPBACK}:{listener._server.effective_port}")
    assert client.post("/events", b"{}", "application/json").status == 307
    assert asked == ["/events"]
    client.close()
    listener.stop()


def test_a_peer_that_is_away_is_said_to_be_away() -> None:
    with pytest.raises(PeerDown, match="does not answer"):
        PeerClient("http://127.0.0.1:9").get("/checkpoint")


def test_an_answer_that_breaks_off_is_given_up() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"
    with _raw_server(answer) as (url, _), pytest.raises(PeerDown, match="broke off after 5 bytes"):
        PeerClient(url).get("/checkpoint")


def test_a_connection_that_the_peer_has_closed_is_not_used_again() -> None:
    with _raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") as (url, closed):
        client = PeerClient(url)
        for _ in range(3):
            assert client.get("/checkpoint").body == b"ok"
            assert closed.acquire(timeout=WAIT_S)


@pytest.mark.parametrize("answer", [b"", b"SMTP ready\r\n\r\n", b"HTTP/1.1 200 OK\r\nX" + b"x" * 70_000])
def test_what_is_no_answer_is_a_peer_that_is_away(answer: bytes) -> None:
    with _raw_server(answer) as (url, _), pytest.raises(PeerDown, match="does not answer"):
        PeerClient(url).get("/checkpoint")


@contextmanager
def _raw_server(answer: bytes) -> Iterator[tuple[str, threading.Semaphore]]:
    """Answer each connection's first request with these bytes and close it; yield the URL and a count of closings."""
    closed = threading.Semaphore(0)
    with socket.create_server((LOOPBACK, 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    with connection:
                        connection.recv(65_536)
                        connection.sendall(answer)
                    closed.release()

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://{LOOPBACK}:{listening.getsockname()[1]}", closed
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()
