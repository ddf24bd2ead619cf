"""Talks to another node's peer listener: persistent connections, capped answers, no redirects or proxies."""

import secrets
import select
import socket
import ssl
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPResponse
from urllib.parse import urlsplit

import msgspec

from dengbu.ledger.log import httpsig
from dengbu.ledger.log.keys import Signer
from dengbu.nodes.home.clock import now_s

CONNECT_S = 2.0
READ_S = 15.0
LONG_POLL_GRACE_S = 5.0
IDLE_CONNECTIONS_MAX = 8
ANSWER_BYTES_MAX = 65_536
NONCE_BYTES = 18
SIGNATURE_LIFE_S = 30
SAME_CLOCK_S = 1  # both clocks are read in whole seconds
UNSIGNED = 401
USER_AGENT = "dengbu-node"
PORTS = {"http": 80, "https": 443}


class PeerDown(Exception):
    """A peer could not be reached or broke off; what it did with the request is unknown."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(url, why)
        self.url = url
        self.why = why

    def __str__(self) -> str:
        return f"节点无法连接 {self.url} does not answer: {self.why}"


class Answer(msgspec.Struct, frozen=True):
    """A peer's answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class PeerClient:
    """One peer, for any thread. With a signer, every request is signed by this node's key.

    A peer that refuses a signature states its time. If it differs from this node's, requests to that peer are dated by
    its clock from then on, so a wrong clock on either side does not keep a node from following the log. A peer that
    lies about the time gains only signatures that are valid nowhere else: each names the host it is meant for.
    """

    def __init__(self, url: str, signer: Signer | None = None, now_s: Callable[[], int] = now_s) -> None:
        self.url = url.rstrip("/")
        self._signer = signer
        self._now_s = now_s
        self._ahead_s = 0  # how far the peer's clock is ahead of this node's
        # Nodes need no sessions, redirects, cookies or proxies between them: a request is one send, the standard
        # library reads the answer, and that costs a third of what a pooling client costs.
        self._idle: list[socket.socket] = []

    def get(
        self,
        target: str,
        *,
        headers: Mapping[str, str] | None = None,
        limit: int = ANSWER_BYTES_MAX,
        wait_s: float = 0.0,
    ) -> Answer:
        """GET a path with its query; `wait_s` is how long the peer was asked to wait. Raises `PeerDown`."""
        return self._ask("GET", target, b"", headers or {}, limit, wait_s)

    def post(self, target: str, body: bytes, content_type: str, *, limit: int = ANSWER_BYTES_MAX) -> Answer:
        """POST a body. Raises `PeerDown`."""
        return self._ask("POST", target, body, {"Content-Type": content_type}, limit, 0.0)

    def close(self) -> None:
        """Close the idle connections."""
        while (connection := self._take()) is not None:
            connection.close()

    def _ask(
        self,
        method: str,
        target: str,
        body: bytes,
        headers: Mapping[str, str],
        limit: int,
        wait_s: float,
    ) -> Answer:
        if self._signer is None:
            return self._send(method, target, body, headers, limit, wait_s)
        content_type = headers.get("Content-Type")
        signed = self._signature(self._signer, method, target, content_type, body)
        answer = self._send(method, target, body, {**headers, **signed}, limit, wait_s)
        if answer.status == UNSIGNED and self._set_clock(answer.headers.get("date", "")):
            signed = self._signature(self._signer, method, target, content_type, body)
            answer = self._send(method, target, body, {**headers, **signed}, limit, wait_s)
        return answer

    def _signature(
        self, signer: Signer, method: str, target: str, content_type: str | None, body: bytes
    ) -> dict[str, str]:
        parts = urlsplit(self.url + target)
        now, nonce = self._now_s() + self._ahead_s, secrets.token_urlsafe(NONCE_BYTES)
        request = httpsig.Request(method, parts.netloc, parts.path, parts.query, body)
        return httpsig.sign_request(signer, request, content_type, now, now + SIGNATURE_LIFE_S, nonce)

    def _set_clock(self, date: str) -> bool:
        """Adopt the peer's time; return whether that makes another signature worth trying."""
        try:
            ahead_s = int(parsedate_to_datetime(date).timestamp()) - self._now_s()
        except (ValueError, OverflowError):
            return False
        differs = abs(ahead_s - self._ahead_s) > SAME_CLOCK_S
        if differs:
            self._ahead_s = ahead_s
        return differs

    def _send(
        self, method: str, target: str, body: bytes, headers: Mapping[str, str], limit: int, wait_s: float
    ) -> Answer:
        read_s = wait_s + LONG_POLL_GRACE_S if wait_s else READ_S
        try:
            connection = self._connection()
            try:
                connection.settimeout(read_s)
                connection.sendall(self._head(method, target, len(body), headers) + body)
                with HTTPResponse(connection, method=method) as response:
                    response.begin()
                    content = self._read(response, limit)
            except BaseException:
                connection.close()  # the rest of this answer would be read as the next one
                raise
        except (HTTPException, OSError) as error:
            raise PeerDown(self.url, type(error).__name__) from error
        self._give_back(connection, response.will_close)
        return Answer(
            response.status, {name.lower(): value for name, value in response.headers.items()}, content
        )

    def _head(self, method: str, target: str, length: int, headers: Mapping[str, str]) -> bytes:
        parts = urlsplit(self.url)
        given = {"Host": parts.netloc, "User-Agent": USER_AGENT, **headers}
        if method == "POST":
            given["Content-Length"] = str(length)
        lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
        return f"{method} {parts.path}{target} HTTP/1.1\r\n{lines}\r\n".encode()

    def _read(self, response: HTTPResponse, limit: int) -> bytes:
        content = response.read(limit + 1)
        if len(content) > limit:
            raise PeerDown(self.url, f"the answer has more than {limit} bytes")
        if response.length:  # this many bytes were promised and did not come
            raise PeerDown(self.url, f"the answer broke off after {len(content)} bytes")
        return content

    def _connection(self) -> socket.socket:
        """Return an idle connection that the peer has not closed, or a new one."""
        while (connection := self._take()) is not None:
            if not _readable(connection):
                return connection
            connection.close()  # nothing was asked, so all there is to read is its end
        return _connect(self.url)

    def _take(self) -> socket.socket | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _give_back(self, connection: socket.socket, ended: bool) -> None:
        if ended or len(self._idle) >= IDLE_CONNECTIONS_MAX:
            connection.close()
        else:
            self._idle.append(connection)


def _connect(url: str) -> socket.socket:
    parts = urlsplit(url)
    host = parts.hostname or ""
    made = socket.create_connection((host, parts.port or PORTS[parts.scheme]), CONNECT_S)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if parts.scheme == "https":
        return ssl.create_default_context().wrap_socket(made, server_hostname=host)
    return made


def _readable(connection: socket.socket) -> bool:
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))
