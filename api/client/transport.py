"""Requests to one node: signed (RFC 9421), bounded in time, and retried only where repeating does no harm.

Every try is signed again with a fresh nonce, because the node takes a repeated nonce for a replay. A POST is retried
only if it carries an Idempotency-Key, or if nothing was sent. Redirects are never followed. Nothing is taken from the
environment, so no proxy or CA variable decides whom the client talks to.
"""

from __future__ import annotations

import json
import random
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests

from dengbu.api.client.errors import NotAUrl, OutcomeUnknown, Unreachable, VerificationError, from_answer
from dengbu.ledger.log import httpsig
from dengbu.ledger.log.keys import Signer

CONNECT_S = 3.0
READ_S = 30.0
TRIES_MAX = 4
RETRY_AFTER_S_MAX = 10.0  # an answer that asks to wait longer than this is raised instead of retried
BACKOFF_S = 0.1
WAIT_GRACE_S = 10.0  # added to the seconds that the node was asked to wait
ANSWER_BYTES_MAX = 64 * 2**20
CHUNK_BYTES = 65_536
NONCE_BYTES = 16
USER_AGENT = "dengbu-client/1"
TEMPORARY = frozenset({429, 502, 503, 504})
IN_PROGRESS = "request-in-progress"


@dataclass(frozen=True)
class Answer:
    """An answer of the node: status, headers and body. `Transport` returns only those of status 2xx."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON; raise VerificationError if it is not, as when another service has this address."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise VerificationError(
                "not-json", "应答不是 JSON the answer is not JSON: is this a Dengbu node?"
            ) from error


class Transport:
    """One session with one node. Threads must not share it; make a client for each."""

    def __init__(
        self,
        url: str,
        key: Signer | None = None,
        *,
        lang: str = "zh",
        timeouts: tuple[float, float] = (CONNECT_S, READ_S),
        verify: bool | str = True,
    ) -> None:
        self.url = _base(url)
        self.key = key
        self._timeouts = timeouts
        self._verify = verify
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.update({"User-Agent": USER_AGENT, "Accept-Language": lang})

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def get(
        self,
        path: str,
        query: Mapping[str, Any] | None = None,
        *,
        wait_s: float = 0,
        accept: str = "application/json",
        tries: int = TRIES_MAX,
    ) -> Answer:
        """GET a path; query members that are None are left out."""
        asked = {name: _text(value) for name, value in (query or {}).items() if value is not None}
        target = path + ("?" + urlencode(asked) if asked else "")
        return self._send("GET", target, b"", {"Accept": accept}, wait_s, tries)

    def post(
        self,
        path: str,
        body: Mapping[str, Any] | bytes,
        *,
        key: str | None = None,
        wait_s: float = 0,
        if_match: str | None = None,
    ) -> Answer:
        """POST JSON, or bytes that are JSON; without `key` (the Idempotency-Key) nothing that was sent is retried."""
        raw = body if isinstance(body, bytes) else encoded(body)
        headers = {"Accept": "application/json"}
        if raw:
            headers["Content-Type"] = "application/json"
        if key is not None:
            headers["Idempotency-Key"] = key
        if wait_s:
            headers["Prefer"] = f"wait={int(wait_s)}"
        if if_match is not None:
            headers["If-Match"] = if_match
        return self._send("POST", path, raw, headers, wait_s)

    def _send(
        self,
        method: str,
        target: str,
        body: bytes,
        headers: dict[str, str],
        wait_s: float,
        tries: int = TRIES_MAX,
    ) -> Answer:
        key = headers.get("Idempotency-Key")
        repeatable = method == "GET" or key is not None
        unsent = True  # no try so far has sent anything
        lost: Exception | None = None  # the failure of the last try that was sent and not answered
        for last in (*[False] * (tries - 1), True):
            try:
                answer = self._once(method, target, body, headers, wait_s)
            except (
                requests.ConnectionError,
                requests.Timeout,
                requests.exceptions.ChunkedEncodingError,
            ) as error:
                if not _nothing_was_sent(error):
                    unsent, lost = False, error
                if last or not (repeatable or unsent) or isinstance(error, requests.Timeout):
                    raise self._lost(method, target, lost or error, unsent, key) from error
                pause = BACKOFF_S
            else:
                if answer.status < 300:
                    return answer
                unsent = False
                failure = _failure(answer, self.url + target)
                retry_after = failure.retry_after_s or BACKOFF_S
                temporary = answer.status in TEMPORARY or failure.code == IN_PROGRESS
                if last or not (repeatable and temporary) or retry_after > RETRY_AFTER_S_MAX:
                    if lost is not None and temporary and method != "GET":
                        raise self._lost(method, target, lost, unsent, key) from failure
                    raise failure
                pause = retry_after
            time.sleep(pause * (1 + random.random()))  # noqa: S311  (spreads retries, keeps no secret)
        raise AssertionError("the last try returns or raises")

    def _once(self, method: str, target: str, body: bytes, headers: dict[str, str], wait_s: float) -> Answer:
        """Make one signed try and return the answer, whatever its status."""
        request = requests.Request(method, self.url + target, data=body or None, headers=headers)
        prepared = self._session.prepare_request(request)
        if self.key is not None:
            prepared.headers.update(self._signature(self.key, prepared, body))
        connect_s, read_s = self._timeouts
        response = self._session.send(
            prepared,
            timeout=(connect_s, max(read_s, wait_s + WAIT_GRACE_S) if wait_s else read_s),
            allow_redirects=False,
            verify=self._verify,
            stream=True,
        )
        content = bytearray()
        with response:
            for chunk in response.iter_content(CHUNK_BYTES):
                content += chunk
                if len(content) > ANSWER_BYTES_MAX:
                    raise VerificationError(
                        "too-large", f"应答过大 the answer has over {ANSWER_BYTES_MAX} bytes"
                    )
        return Answer(response.status_code, response.headers, bytes(content))

    def _signature(self, key: Signer, prepared: requests.PreparedRequest, body: bytes) -> dict[str, str]:
        """Return the signature headers for exactly what goes over the wire."""
        parts = urlsplit(str(prepared.url))
        now = int(time.time())
        request = httpsig.Request(
            str(prepared.method),
            httpsig.authority_of(parts.scheme, parts.netloc),
            parts.path or "/",
            parts.query,
            body,
        )
        content_type = prepared.headers.get("Content-Type") if body else None
        nonce = secrets.token_urlsafe(NONCE_BYTES)
        return httpsig.sign_request(key, request, content_type, now, now + httpsig.LIFE_S_MAX, nonce)

    def _lost(self, method: str, target: str, error: Exception, unsent: bool, key: str | None) -> Exception:
        if unsent:
            return Unreachable(self.url, _why(error))
        if method == "GET":
            return Unreachable(self.url, f"{target} 未在时限内应答 gave no answer in time ({_why(error)})")
        return OutcomeUnknown(f"{method} {self.url}{target} ({_why(error)})", key)


def _base(url: str) -> str:
    """Return the URL to which paths are appended. Raises NotAUrl."""
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0  # a port that is none raises ValueError
    except ValueError:
        raise NotAUrl(url) from None
    if parts.scheme not in ("http", "https") or not usable or parts.query or "@" in parts.netloc:
        raise NotAUrl(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def _failure(answer: Answer, url: str) -> Any:
    """Return the exception for any answer that is not 2xx, including redirects."""
    try:
        problem = json.loads(answer.body)
    except ValueError:
        problem = {}
    if not isinstance(problem, dict):
        problem = {}
    if answer.status < 400:
        problem = {"code": "unexpected-redirect", "title": f"{url} -> {answer.headers.get('Location', '?')}"}
    return from_answer(answer.status, problem, answer.headers)


def _nothing_was_sent(error: Exception) -> bool:
    """Return whether the connection was never established."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    reason = error.args[0] if error.args else None
    return "NewConnectionError" in type(getattr(reason, "reason", reason)).__name__


def _why(error: Exception) -> str:
    if isinstance(error, requests.ConnectTimeout):
        return "连接超时 connection timed out"
    if isinstance(error, requests.Timeout):
        return "超时 timed out"
    return "连接被拒绝或中断 connection refused or broken off"


def encoded(body: Mapping[str, Any]) -> bytes:
    """Encode a body as JSON; a body without members gives no bytes."""
    return json.dumps(body, ensure_ascii=False, allow_nan=False).encode() if body else b""


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
