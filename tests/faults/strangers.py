"""Attackers at the peer ports: connections that are kept up, whatever the nodes do with them."""

import selectors
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import cast
from urllib.parse import urlsplit

TURN_S = 1.0  # how often each connection sends something
READ_BYTES = 65_536

Say = Callable[[str], bytes]  # what is sent to the node at this host and port


def unsigned(target: str) -> Say:
    """Return a request that nobody has signed."""
    return lambda authority: f"GET {target} HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode()


def beginning(method: str, target: str, length: int) -> Say:
    """Return the head of a request whose body never comes."""
    return lambda authority: (
        f"{method} {target} HTTP/1.1\r\nHost: {authority}\r\nContent-Length: {length}\r\n\r\n".encode()
    )


def nothing(authority: str) -> bytes:
    """Send nothing."""
    return b""


class _Held:
    """One connection: to which node, and whether an answer is due."""

    def __init__(self, authority: str) -> None:
        self.authority = authority
        self.asked = False


class Attack:
    """A number of connections to each node. Each sends `opening`, and again a turn after each answer; `drip` each turn.

    What a node closes is opened again in the next turn. `turns` is how often everybody has been spoken to, `answers`
    counts the status codes seen, `closed` the connections that nodes ended. As a context manager it goes on until the
    end of the block, and then leaves at once.
    """

    def __init__(self, peers: Sequence[str], count: int, opening: Say, drip: bytes = b"") -> None:
        self._targets = [urlsplit(peer).netloc for peer in peers] * count
        self._opening = opening
        self._drip = drip
        self._selector = selectors.DefaultSelector()
        self._stopping = threading.Event()
        self.answers: Counter[int] = Counter()
        self.closed = 0
        self.turns = 0
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Attack":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        for authority in self._targets:
            self._open(authority)
        while not self._stopping.is_set():
            self._speak()
            for authority in self._listen():
                self._open(authority)
            self.turns += 1
        for key in list(self._selector.get_map().values()):
            self._end(key)
        self._selector.close()

    def _open(self, authority: str) -> None:
        host, _, port = authority.partition(":")
        made = socket.socket()
        made.setblocking(False)
        made.connect_ex((host, int(port)))
        self._selector.register(made, selectors.EVENT_READ, _Held(authority))

    def _speak(self) -> None:
        for key in list(self._selector.get_map().values()):
            held: _Held = key.data
            words = self._drip if held.asked else self._opening(held.authority) + self._drip
            if not words:
                continue
            with suppress(OSError):  # not connected yet, or already closed: reading will notice
                cast(socket.socket, key.fileobj).send(words)
                held.asked = True

    def _listen(self) -> list[str]:
        """Read answers for one turn; return the nodes to which connections were lost."""
        lost = []
        end = time.monotonic() + TURN_S
        while (left := end - time.monotonic()) > 0 and not self._stopping.is_set():
            if not self._selector.get_map():
                self._stopping.wait(left)
            for key, _ in self._selector.select(left):
                try:
                    told = cast(socket.socket, key.fileobj).recv(READ_BYTES)
                except OSError:
                    told = b""
                if told.startswith(b"HTTP/1.1 "):
                    self.answers[int(told[9:12])] += 1
                    key.data.asked = False
                elif not told:
                    self.closed += 1
                    lost.append(key.data.authority)
                    self._end(key)
        return lost

    def _end(self, key: selectors.SelectorKey) -> None:
        self._selector.unregister(key.fileobj)
        cast(socket.socket, key.fileobj).close()
