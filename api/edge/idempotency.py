"""The request behind each Idempotency-Key: the same request gets the same event again, a different one is refused.

The key is the id of the event that the request makes, and belongs to the institution: any of its client keys may repeat
what another began, within its own scopes, which are checked before. One row is kept per key: the client that made it
first (a note for whoever reads the file; it is not compared), the target, a keyed hash of
the body (keyed, because a body may hold an identity number, which a plain hash would give away), and the signed
envelope, so that a retry after a crash sends the very same bytes to the ledger.
"""

import hashlib
from dataclasses import dataclass

from dengbu.api.edge.database import Database
from dengbu.api.edge.errors import REFERENCE_EN, REFERENCE_ZH, Problem
from dengbu.api.edge.personal_numbers import looks_personal
from dengbu.ledger.log.envelope import Reference, fits


@dataclass(frozen=True, slots=True)
class Request:
    """A write request as its caller sent it."""

    id: str
    client: str
    target: str
    body: bytes


def key_of(header: str | None) -> str:
    """Return the Idempotency-Key of a request. Raises Problem when it is missing, malformed or looks like a person's number."""
    if header is None:
        raise Problem("idempotency-key-required")
    if not fits(header, Reference):
        raise Problem(
            "idempotency-key-required",
            f"Idempotency-Key 须为 {REFERENCE_ZH}。",
            f"Idempotency-Key must be {REFERENCE_EN}.",
            errors=[{"in": "header", "pointer": "#/Idempotency-Key", "detail": "格式不符 bad form"}],
        )
    refuse_personal(header, "header", "#/Idempotency-Key")
    return header


def refuse_personal(event_id: str, place: str, pointer: str) -> None:
    """Raise Problem malformed-request, without the id itself, for an event id that looks like a person's number."""
    if looks_personal(event_id):
        raise Problem(
            "malformed-request",
            "事件编号永久公开于账本，不得使用公民身份号码或手机号码；请改用业务流水号。",
            "An event's id stays on the log for all members to read: it must not be an identity number or a mobile number. "
            "Use a number of the business.",
            errors=[{"in": place, "pointer": pointer, "detail": "疑似个人号码 looks like a person's number"}],
        )


class Requests:
    """The requests made, by key."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # A row without an envelope is a request that a crash cut off before anything was signed.
        database.run("DELETE FROM requests WHERE envelope IS NULL")

    def begin(self, request: Request) -> bytes | None:
        """Return the envelope that this request made before, or None when it is the first and may now be signed.

        Raises Problem idempotency-key-reused for a different request under the same key, and request-in-progress
        while the first one is still being signed.
        """
        digest = hashlib.blake2b(request.body, key=self._database.secret, digest_size=32).digest()
        mine = (request.target, digest)
        if self._database.run(
            "INSERT OR IGNORE INTO requests VALUES (?, ?, ?, ?, NULL)", request.id, request.client, *mine
        ):
            return None
        rows = self._database.rows("SELECT target, body, envelope FROM requests WHERE id = ?", request.id)
        if rows and rows[0][:2] != mine:
            raise Problem("idempotency-key-reused")
        if not rows or rows[0][2] is None:
            raise Problem("request-in-progress", headers={"Retry-After": "1"})
        return bytes(rows[0][2])

    def signed(self, request_id: str, envelope: bytes) -> None:
        """Keep the envelope that a request made."""
        self._database.run("UPDATE requests SET envelope = ? WHERE id = ?", envelope, request_id)

    def forget(self, request_id: str) -> None:
        """Forget a request that made no event, so that its key is free again."""
        self._database.run("DELETE FROM requests WHERE id = ?", request_id)
