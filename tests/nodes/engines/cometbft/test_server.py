"""The ABCI server on a real unix socket, with a client that behaves like CometBFT, or worse."""

import os
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dengbu.nodes.engines.cometbft.abci_pb2 import Echo, Empty, Request, Response
from dengbu.nodes.engines.cometbft.framing import Frames, frame
from dengbu.nodes.engines.cometbft.server import CONNECTIONS_MAX, Server, SocketPathTooLong
from tests.nodes.network import Failures
from tests.waiting import WAIT_S_MAX, until


class Peer:
    """One connection to the server."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(WAIT_S_MAX)
        self.socket.connect(str(path))
        self._frames = Frames()

    def send(self, *requests: Request) -> None:
        self.socket.sendall(b"".join(frame(one.SerializeToString()) for one in requests))

    def receive(self) -> Response | None:
        """Return the next answer; None when the connection has ended."""
        while (message := self._frames.next()) is None:
            piece = self.socket.recv(65_536)
            if not piece:
                return None
            self._frames.feed(piece)
        return Response.FromString(message)

    def close(self) -> None:
        self.socket.close()


def echoing(request: Request) -> Response:
    if request.WhichOneof("value") == "flush":
        return Response(flush=Empty())
    if request.echo.message == "break":
        raise AssertionError("a bug of ours")
    return Response(echo=Echo(message=request.echo.message))


def say(text: str) -> Request:
    return Request(echo=Echo(message=text))


@pytest.fixture
def failures() -> Failures:
    return Failures()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "s"


@pytest.fixture
def server(path: Path, failures: Failures) -> Iterator[Server]:
    made = Server(path, echoing, failures)
    made.start()
    yield made
    made.stop()


def test_answers_come_in_the_order_of_the_requests(server: Server, path: Path) -> None:
    peer = Peer(path)
    peer.send(*(say(str(number)) for number in range(100)), Request(flush=Empty()))
    found = [peer.receive() for _ in range(101)]
    assert [one.echo.message for one in found[:100] if one] == [str(number) for number in range(100)]
    assert found[100] == Response(flush=Empty())
    peer.close()


def test_a_request_may_arrive_byte_by_byte(server: Server, path: Path) -> None:
    peer = Peer(path)
    for byte in frame(say("slow" * 50).SerializeToString()):
        peer.socket.sendall(bytes([byte]))
    answer = peer.receive()
    assert answer is not None
    assert answer.echo.message == "slow" * 50
    peer.close()


def test_four_connections_are_served_at_once(server: Server, path: Path) -> None:
    peers = [Peer(path) for _ in range(4)]
    for number, peer in enumerate(peers):
        peer.send(say(str(number)))
    for number, peer in reversed(list(enumerate(peers))):
        answer = peer.receive()
        assert answer is not None
        assert answer.echo.message == str(number)
    assert server.connections == 4
    for peer in peers:
        peer.close()
    until(lambda: server.connections == 0, "closed connections are forgotten")


@pytest.mark.parametrize("noise", [b"\xff" * 8, b"\x05\x0a\xff\xff\xff\xff", b"GET / HTTP/1.1\r\n\r\n" * 8])
def test_noise_ends_its_own_connection_and_no_other(
    server: Server, path: Path, failures: Failures, noise: bytes
) -> None:
    good, bad = Peer(path), Peer(path)
    bad.socket.sendall(noise)
    assert bad.receive() is None
    good.send(say("still here"))
    answer = good.receive()
    assert answer is not None
    assert answer.echo.message == "still here"
    assert not failures.seen
    good.close()


def test_a_connection_cut_in_the_middle_of_a_request_harms_nothing(
    server: Server, path: Path, failures: Failures
) -> None:
    whole = frame(say("x" * 300).SerializeToString())
    for place in range(0, len(whole), 37):
        peer = Peer(path)
        peer.socket.sendall(whole[:place])
        peer.close()
    peer = Peer(path)
    peer.send(say("after"))
    assert peer.receive() is not None
    assert not failures.seen
    peer.close()


def test_a_bug_of_ours_ends_the_process(server: Server, path: Path, failures: Failures) -> None:
    peer = Peer(path)
    peer.send(say("break"))
    assert peer.receive() is None, "no answer is made up"
    assert [type(one) for one in failures.seen] == [AssertionError]


def test_the_number_of_connections_is_limited(server: Server, path: Path) -> None:
    peers = [Peer(path) for _ in range(CONNECTIONS_MAX)]
    until(lambda: server.connections == CONNECTIONS_MAX, "all are open")
    assert Peer(path).receive() is None
    for peer in peers:
        peer.close()


def test_the_socket_is_this_users_alone(server: Server, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_socket_left_by_a_killed_process_is_replaced(path: Path, failures: Failures) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()
    assert path.exists()
    server = Server(path, echoing, failures)
    server.start()
    peer = Peer(path)
    peer.send(say("new"))
    assert peer.receive() is not None
    server.stop()
    assert not path.exists()


def test_stopping_closes_every_connection_and_joins_the_threads(path: Path, failures: Failures) -> None:
    before = threading.active_count()
    server = Server(path, echoing, failures)
    server.start()
    peer = Peer(path)
    peer.send(say("x"))
    assert peer.receive() is not None
    server.stop()
    assert peer.receive() is None
    assert threading.active_count() == before
    assert not failures.seen


def test_a_path_that_no_socket_can_have_is_named(tmp_path: Path, failures: Failures) -> None:
    deep = tmp_path / ("d" * 120) / "engine.sock"
    with pytest.raises(SocketPathTooLong, match=r"node\.toml"):
        Server(deep, echoing, failures)
    assert len(os.fsencode(deep)) > 107
