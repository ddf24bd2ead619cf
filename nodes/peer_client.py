"""Speaking to another node's peer listener: persistent connections, capped answers, no redirects or proxies."""

import secrets
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import msgspec
import urllib3

from ledger import httpsig
from ledger.keys import Signer

CONNECT_S = 2.0
READ_S = 15.0
LONG_POLL_GRACE_S = 5.0
POOL_CONNECTIONS = 8
CHUNK_BYTES = 65_536
ANSWER_BYTES_MAX = 65_536
NONCE_BYTES = 18
SIGNATURE_LIFE_S = 30
USER_AGENT = "dengbu-node"


class PeerDown(Exception):
    """A peer could not be reached, or broke off; what it did with the request is unknown."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(url, why)
        self.url = url
        self.why = why

    def __str__(self) -> str:
        return f"节点无法连接 {self.url} does not answer: {self.why}"


class Answer(msgspec.Struct, frozen=True):
    """What a peer answered; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class PeerClient:
    """One peer, for any thread. With a signer, requests that want it are signed by this node's key."""

    def __init__(
        self, url: str, signer: Signer | None = None, now_s: Callable[[], int] | None = None
    ) -> None:
        self.url = url.rstrip("/")
        self._authority = urlsplit(self.url).netloc
        self._base = urlsplit(self.url).path
        self._signer = signer
        self._now_s = now_s
        # urllib3, on which requests stands: between nodes nothing is wanted of sessions, cookies or proxies, and a
        # request costs half as much. Nothing is taken from the environment.
        self._pool = urllib3.PoolManager(maxsize=POOL_CONNECTIONS, retries=False)

    def get(
        self,
        target: str,
        *,
        headers: Mapping[str, str] | None = None,
        limit: int = ANSWER_BYTES_MAX,
        wait_s: float = 0.0,
    ) -> Answer:
        """GET a path with its query; `wait_s` is how long the peer was asked to wait. Raises `PeerDown`."""
        return self._send("GET", target, b"", dict(headers or {}), limit, wait_s)

    def get_signed(self, target: str, *, limit: int = ANSWER_BYTES_MAX) -> Answer:
        """GET as this node. Raises `PeerDown`."""
        return self._send("GET", target, b"", self._signature("GET", target, None, b""), limit, 0.0)

    def post(self, target: str, body: bytes, content_type: str, *, limit: int = ANSWER_BYTES_MAX) -> Answer:
        """POST without a request signature. Raises `PeerDown`."""
        return self._send("POST", target, body, {"Content-Type": content_type}, limit, 0.0)

    def post_signed(
        self, target: str, body: bytes, content_type: str, *, limit: int = ANSWER_BYTES_MAX
    ) -> Answer:
        """POST as this node. Raises `PeerDown`."""
        headers = self._signature("POST", target, content_type, body)
        return self._send("POST", target, body, {"Content-Type": content_type, **headers}, limit, 0.0)

    def close(self) -> None:
        """Close the idle connections."""
        self._pool.clear()

    def _signature(self, method: str, target: str, content_type: str | None, body: bytes) -> dict[str, str]:
        assert self._signer is not None, "this client was made without a node key"
        assert self._now_s is not None, "this client was made without a clock"
        path, _, query = target.partition("?")
        now, nonce = self._now_s(), secrets.token_urlsafe(NONCE_BYTES)
        return httpsig.sign_request(
            self._signer,
            method,
            self._authority,
            self._base + path,
            query,
            content_type,
            body,
            now,
            now + SIGNATURE_LIFE_S,
            nonce,
        )

    def _send(
        self, method: str, target: str, body: bytes, headers: dict[str, str], limit: int, wait_s: float
    ) -> Answer:
        read_s = wait_s + LONG_POLL_GRACE_S if wait_s else READ_S
        try:
            response = self._pool.request(
                method,
                self.url + target,
                body=body or None,
                headers={"User-Agent": USER_AGENT, **headers},
                timeout=urllib3.Timeout(connect=CONNECT_S, read=read_s),
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
            try:
                content = self._read(response, limit)
            finally:
                response.release_conn()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise PeerDown(self.url, type(error).__name__) from error
        return Answer(
            response.status, {name.lower(): value for name, value in response.headers.items()}, content
        )

    def _read(self, response: urllib3.BaseHTTPResponse, limit: int) -> bytes:
        content = response.read(limit + 1)
        if len(content) > limit:
            response.close()  # what is left of it would be the next answer
            raise PeerDown(self.url, f"the answer has more than {limit} bytes")
        return content
