"""Connections to the peer listener: strangers make room, members stay, and nothing is done for those who have left."""

import http.client
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from dengbu.nodes.peer_server import channels
from dengbu.nodes.peer_server.channels import ADMIT, MEMBER_CONNECTIONS_MAX, STRANGERS_MAX, Channel
from dengbu.nodes.peer_server.lanes import Lane
from dengbu.nodes.peer_server.listener import Listener
from tests.nodes.network import LOOPBACK, WAIT_S
from tests.waiting import until

SHORT_S = 0.3


class App:
    """Answers at once; "hold" in a target waits for `go_on`. A request that names a member counts as the member's."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.executed: list[str] = []

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        self.executed.append(environ["REQUEST_URI"])
        if "HTTP_X_MEMBER" in environ:
            environ[ADMIT](environ["HTTP_X_MEMBER"])
        if "hold" in environ["REQUEST_URI"]:
            self.go_on.wait(WAIT_S)
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]


class Server:
    """A listener over that app."""

    def __init__(self) -> None:
        self.app = App()
        self.failures: list[BaseException] = []
        self.listener = Listener(self.app, LOOPBACK, 0, self.failures.append)
        self.listener.start()
        self.port = int(self.listener._server.effective_port)

    @property
    def channels(self) -> list[Channel]:
        """The connections that are open."""
        return list(self.listener._server.active_channels.values())

    def connect(self) -> socket.socket:
        return socket.create_connection((LOOPBACK, self.port), WAIT_S)

    def ask(self, target: str = "/", member: str | None = None) -> http.client.HTTPConnection:
        """Ask over a new connection, and leave the answer unread."""
        made = http.client.HTTPConnection(LOOPBACK, self.port, timeout=WAIT_S)
        made.request("GET", target, headers={"X-Member": member} if member else {})
        return made


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.app.go_on.set()
    made.listener.stop()
    assert made.failures == []


@contextmanager
def crowd(server: Server, count: int) -> Iterator[list[socket.socket]]:
    """Open this many connections that send nothing."""
    with ExitStack() as ends:
        yield [ends.enter_context(server.connect()) for _ in range(count)]


def ended(connection: socket.socket) -> bool:
    """Return whether the other end has closed the connection."""
    connection.setblocking(False)
    try:
        return not connection.recv(1)
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


def answered(connection: http.client.HTTPConnection) -> bool:
    return connection.getresponse().read() == b"ok"


def test_the_newest_stranger_is_heard_and_the_oldest_makes_room(server: Server) -> None:
    with crowd(server, 3 * STRANGERS_MAX) as strangers:
        newest = server.ask()
        assert answered(newest)
        assert len(server.channels) <= STRANGERS_MAX
        until(lambda: ended(strangers[0]), "the oldest is closed")
        assert not ended(strangers[-1])
        newest.close()


def test_the_newest_is_heard_also_when_all_others_wait_for_their_answer(server: Server) -> None:
    asking = [server.ask("/hold") for _ in range(STRANGERS_MAX)]
    until(lambda: sum(not one.idle for one in server.channels) == STRANGERS_MAX, "nobody is idle")
    for _ in range(3):
        newest = server.ask("/events")
        assert answered(newest)
        newest.close()
    for one in asking:
        one.close()


def test_members_connections_survive_a_crowd_of_strangers(server: Server) -> None:
    members = [server.ask(member="bank-a") for _ in range(MEMBER_CONNECTIONS_MAX)]
    assert all(answered(one) for one in members)
    with crowd(server, 3 * STRANGERS_MAX):
        for one in members:
            one.request("GET", "/")
        assert all(answered(one) for one in members)
        assert len(server.channels) <= STRANGERS_MAX + MEMBER_CONNECTIONS_MAX
    for one in members:
        one.close()


def test_a_member_has_a_number_of_connections_and_takes_none_of_anothers(server: Server) -> None:
    other = server.ask(member="bank-b")
    assert answered(other)
    many = [server.ask(member="bank-a") for _ in range(3 * MEMBER_CONNECTIONS_MAX)]
    assert all(answered(one) for one in many[-MEMBER_CONNECTIONS_MAX:])
    until(
        lambda: [one.member for one in server.channels].count("bank-a") == MEMBER_CONNECTIONS_MAX,
        "the oldest are closed",
    )
    other.request("GET", "/")
    assert answered(other)
    for one in (other, *many):
        one.close()


@pytest.mark.parametrize("drip", [b"", b"G", b"POST /events HTTP/1.1\r\nContent-Length: 1000\r\n\r\nx"])
def test_a_stranger_has_seconds_for_a_whole_request(
    drip: bytes, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "STRANGER_S", SHORT_S)
    member = server.ask(member="bank-a")
    assert answered(member)
    with server.connect() as stranger:
        stranger.sendall(drip)

        def goes_on_until_the_end() -> bool:
            if drip and not ended(stranger):
                stranger.send(b"x")
            return ended(stranger)

        until(goes_on_until_the_end, "it is closed, though it says something now and then")
    member.request("GET", "/")
    assert answered(member), "a member may be silent for longer"
    member.close()


def test_nobody_is_silent_for_ever(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "SILENT_S_MAX", SHORT_S)
    member = server.ask(member="bank-a")
    assert answered(member)
    until(lambda: not server.channels, "it is closed")
    member.close()


def test_what_a_closed_connection_asked_for_is_not_done(server: Server) -> None:
    holding = [server.ask("/hold") for _ in range(Lane.READ.threads)]
    until(lambda: len(server.app.executed) == Lane.READ.threads, "all threads of the lane are taken")
    queued = [server.ask("/queued") for _ in range(20)]
    until(lambda: len(server.channels) == len(holding) + len(queued), "all are connected")
    for one in queued:
        one.close()
    until(lambda: len(server.channels) == len(holding), "it is noticed that they have gone")
    server.app.go_on.set()
    assert all(answered(one) for one in holding)
    last = server.ask("/last")
    assert answered(last)
    assert server.app.executed == ["/hold"] * Lane.READ.threads + ["/last"]
    for one in (*holding, last):
        one.close()


def test_no_lane_takes_threads_from_another(server: Server) -> None:
    targets = {
        Lane.WAIT: "/checkpoint?hold",
        Lane.READ: "/hold",
        Lane.EVENTS: "/events?hold",
        Lane.COSIGN: "/add-checkpoint?hold",
    }
    held: list[http.client.HTTPConnection] = []
    for lane in (Lane.WAIT, Lane.READ, Lane.EVENTS):
        held += [server.ask(targets[lane], member=lane.name) for _ in range(min(lane.threads, 32))]
        held += [server.ask(targets[lane], member=f"{lane.name}-2") for _ in range(lane.threads - 32)]
    until(lambda: len(server.app.executed) == len(held), "all threads of three lanes are taken")
    began = time.monotonic()
    cosigner = server.ask("/add-checkpoint")
    assert answered(cosigner)
    assert time.monotonic() - began < WAIT_S / 4
    server.app.go_on.set()
    for one in (*held, cosigner):
        one.close()
