"""A kept-alive connection for programs that send many requests, signed as by `Client` and parsed only as JSON.

It is for load tests and bulk work inside one department. It retries nothing and verifies no receipt; use `Client` for
everything else.
"""

from __future__ import annotations

import http.client
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from dengbu.ledger.log import httpsig
from dengbu.ledger.log.keys import Signer

TIMEOUT_S = 60
NONCE_BYTES = 16
JSON_TYPE = "application/json"


class FastConnection:
    """A connection to one node, which threads must not share."""

    def __init__(self, url: str, key: Signer) -> None:
        parts = urlsplit(url)
        self._authority = httpsig.authority_of(parts.scheme, parts.netloc)
        self._key = key
        self._http = http.client.HTTPConnection(self._authority, timeout=TIMEOUT_S)

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def post(
        self, path: str, body: Mapping[str, Any], *, key: str, wait_s: int = 0
    ) -> tuple[int, dict[str, Any]]:
        """POST JSON under an idempotency key and return the status and the answer."""
        raw = json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": JSON_TYPE, "Idempotency-Key": key}
        if wait_s:
            headers["Prefer"] = f"wait={wait_s}"
        return self._send("POST", path, raw, headers)

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        """GET a path without a query and return the status and the answer."""
        return self._send("GET", path, b"", {})

    def _send(
        self, method: str, path: str, raw: bytes, headers: dict[str, str]
    ) -> tuple[int, dict[str, Any]]:
        now = int(time.time())
        content_type = JSON_TYPE if raw else None
        nonce = secrets.token_urlsafe(NONCE_BYTES)
        request = httpsig.Request(method, self._authority, path, "", raw)
        headers |= httpsig.sign_request(
            self._key, request, content_type, now, now + httpsig.LIFE_S_MAX, nonce
        )
        self._http.request(method, path, raw or None, headers)
        response = self._http.getresponse()
        return response.status, json.loads(response.read())
