"""The peer listener serves, stops at once, and leaves port and threads free."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest
import requests

from dengbu.nodes.founding.addresses import free_addresses
from dengbu.nodes.peer_server.listener import Listener

ROUNDS = 30  # the window for the race is a few instructions wide
WAKES = 50_000  # a byte each: a pipe that nobody reads any more holds 65,536


def hello(
    environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], Any]
) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Length", "5")])
    return [b"hello"]


def port() -> int:
    return free_addresses(["x"])["x"].peer.port


def test_it_serves_until_it_is_stopped_and_the_port_is_free_again() -> None:
    failures: list[BaseException] = []
    number, before = port(), set(threading.enumerate())
    for _ in range(3):
        listener = Listener(hello, "127.0.0.1", number, failures.append)
        listener.start()
        with requests.Session() as session:  # the connection stays open while the listener stops
            assert session.get(f"http://127.0.0.1:{number}/", timeout=10).text == "hello"
            listener.stop()
            with pytest.raises(requests.ConnectionError):
                session.get(f"http://127.0.0.1:{number}/", timeout=10)
        listener.stop()
    assert failures == []
    assert set(threading.enumerate()) - before == set()


def test_a_taken_port_is_an_error_at_the_start() -> None:
    number = port()
    first = Listener(hello, "127.0.0.1", number, pytest.fail)
    first.start()
    second = Listener(hello, "127.0.0.1", number, pytest.fail)
    with pytest.raises(OSError, match="in use"):
        second.start()
    second.stop()
    first.stop()


def test_a_request_under_way_is_answered_before_the_port_closes() -> None:
    entered, leave = threading.Event(), threading.Event()

    def slow(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        entered.set()
        leave.wait(10)
        return hello(environ, start_response)

    number = port()
    listener = Listener(slow, "127.0.0.1", number, pytest.fail)
    listener.start()
    answers: list[str] = []
    asker = threading.Thread(
        target=lambda: answers.append(requests.get(f"http://127.0.0.1:{number}/", timeout=10).text)
    )
    asker.start()
    assert entered.wait(10)
    stopper = threading.Thread(target=listener.stop)
    stopper.start()
    leave.set()
    stopper.join(10)
    asker.join(10)
    assert answers == ["hello"]


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_stopping_while_answers_leave_writes_to_no_closed_file() -> None:
    """A worker that has answered wakes the loop; the loop may then close before stop() has woken it too."""
    before = open_files()
    failures: list[BaseException] = []
    for _ in range(ROUNDS):
        number = port()
        listener = Listener(hello, "127.0.0.1", number, failures.append)
        listener.start()
        server = listener._server

        def wake(server: Any = server) -> None:
            while server.task_dispatcher.threads:
                pass
            with contextlib.suppress(OSError):  # the pipe is closed once the loop has ended
                for _ in range(WAKES):
                    server.trigger.pull_trigger()

        waking = threading.Thread(target=wake)
        waking.start()
        listener.stop()
        waking.join()
    assert failures == []
    assert open_files() <= before, "nothing of a listener stays open"
