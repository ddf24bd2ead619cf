"""Finds out whose node sent a request, by its signature, the register and the memory of nonces."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from dengbu.ledger.log import httpsig
from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.register.members import Institution, Key, KeyClass
from dengbu.ledger.register.register import Register
from dengbu.nodes.peer_server.channels import ADMIT
from dengbu.nodes.peer_server.lanes import Crowded, Lane, Shares
from dengbu.nodes.peer_server.nonces import Nonces, NoncesFull


class RequestRefused(Exception):
    """A request is refused: `status` is the HTTP status, `why` the text."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(status, why)
        self.status = status
        self.why = why


class Senders:
    """Tells members from strangers. `authority` is this listener's host:port as peers know it; `now_s` is UTC s."""

    def __init__(self, register: Register, authority: str, now_s: Callable[[], int]) -> None:
        self._register = register
        self._authority = authority
        self._now_s = now_s
        self._nonces = Nonces(since=now_s())
        self._shares = Shares()

    def of(self, path: str, query: str, environ: Mapping[str, Any], body: bytes) -> str:
        """Return the institution whose node signed this request with a valid node key; it must be an active member.

        Raises `RequestRefused`. The connection counts as the member's from then on.
        """
        headers = _Headers(environ)
        now = self._now_s()
        try:
            key = self._register.get(Key, httpsig.key_id_of(headers) or "")
            if key is None or key.cls is not KeyClass.NODE or key.until is not None:
                raise RequestRefused(401, "sign the request with a registered node key")
            member = self._register.get(Institution, key.institution)
            if member is None or member.status != "active":
                raise RequestRefused(403, f"{key.institution} is not an active institution")
            public, method = bytes.fromhex(key.public), environ["REQUEST_METHOD"]
            request = httpsig.Request(method, self._authority, path, query, body)
            signed = httpsig.verify_request(public, request, headers, now)
            kept_until = signed.expires + httpsig.SKEW_S
            if not self._nonces.take(signed.key_id, signed.nonce, signed.created, kept_until, now):
                raise RequestRefused(
                    401, "this nonce was used before, or the request is older than this node's start"
                )
        except (Malformed, httpsig.Unsigned) as fault:
            raise RequestRefused(401, str(fault)) from fault
        except NoncesFull as fault:
            raise RequestRefused(429, str(fault)) from fault
        environ[ADMIT](key.institution)
        return key.institution

    def known(self, path: str, query: str, environ: Mapping[str, Any], body: bytes) -> str | None:
        """Do the same where a signature is optional: return None for a stranger or an invalid signature."""
        try:
            return self.of(path, query, environ, body)
        except RequestRefused:
            return None

    @contextmanager
    def place(self, lane: Lane, member: str | None) -> Iterator[None]:
        """Hold one of a member's places in a lane while a request is answered. Raises `RequestRefused`."""
        try:
            with self._shares.place(lane, member):
                yield
        except Crowded as fault:
            raise RequestRefused(429, str(fault)) from fault


class _Headers:
    """Request headers from a WSGI environment."""

    def __init__(self, environ: Mapping[str, Any]) -> None:
        self._environ = environ

    def get(self, name: str, /) -> str | None:
        variable = name.upper().replace("-", "_")
        return self._environ.get(variable if variable == "CONTENT_TYPE" else f"HTTP_{variable}")
