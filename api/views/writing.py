"""The one way in which the API writes: sign for the officer, submit, wait as asked, answer with what became of it."""

import math
import re
from collections.abc import Callable, Mapping, Sequence

from flask import Response, g, request

from dengbu.api.body_size import WAIT_S_MAX
from dengbu.api.edge.encoding import Json, reply
from dengbu.api.edge.errors import Problem, admission_status
from dengbu.api.edge.idempotency import Request, key_of
from dengbu.api.edge.spending import spend_write
from dengbu.api.edge.state import state
from dengbu.api.views import results
from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.law import verdict
from dengbu.ledger.law.wording import TEXT
from dengbu.ledger.log.encoding import JSONValue, Malformed
from dengbu.nodes import logging_context
from dengbu.nodes.answers import Final, Pending
from dengbu.nodes.finality.engine import Ticket, Unavailable
from dengbu.nodes.private.findings import Blocked, Finding
from dengbu.nodes.private.package import PrivatePart

_PREFERENCES = re.compile(r"[,;\s]+", re.ASCII)
_CHINESE = re.compile(r"[\u3000-\u9fff\uff00-\uffef]+ *")  # of a reason, which has both languages
_WAIT = re.compile(r"wait=([0-9]{1,4})")
RETRY_AFTER_S = 1
DRAFT_LIFE_MS = 24 * 3_600_000  # institutions sign one after the other, within a working day


def preferred_wait() -> int:
    """Return the seconds that the caller prefers to wait (RFC 7240), at most WAIT_S_MAX; 0 when it states none."""
    for one in _PREFERENCES.split(request.headers.get("Prefer", "")):
        if found := _WAIT.fullmatch(one):
            return min(int(found.group(1)), WAIT_S_MAX)
    return 0


def private_parts(given: Mapping[str, Json]) -> dict[str, PrivatePart]:
    """Return the private parts of a request body."""
    return {name: PrivatePart(part["value"], tuple(sorted(set(part["to"])))) for name, part in given.items()}


def no_body() -> None:
    """Raise Problem invalid-request if the request has a body; an empty object counts as none."""
    if request.get_data().strip() not in (b"", b"{}"):
        raise Problem(
            "invalid-request",
            "此操作没有请求体。",
            "This operation takes no body.",
            errors=[{"in": "body", "pointer": "#", "detail": "应为空 must be empty"}],
        )


def write(
    event_type: str,
    make: Callable[[], Mapping[str, JSONValue]],
    private: Mapping[str, PrivatePart] | None = None,
    *,
    check: Callable[[], None] = lambda: None,
) -> Response:
    """Sign and submit an event of this institution for the calling officer.

    `make` returns its data; `check` raises a Problem if the caller's precondition does not hold. Neither is called when
    the same request was made before, so that a retry gets the first answer.
    """
    raw, is_new = _signed_once(event_type, make, private, check)
    try:
        return submit(raw)
    except Problem as problem:
        if is_new and problem.status < 500 and not isinstance(problem, Refused):
            # Not admitted: there is no event, and the key is free again.
            state().tables.requests.forget(key_of(request.headers.get("Idempotency-Key")))
        raise


def draft(event_type: str, data: Mapping[str, JSONValue], private: Mapping[str, PrivatePart]) -> Response:
    """Sign an event of this institution for the calling officer and return it, for others to sign before it is submitted."""
    not_after = state().node.now_ms() + DRAFT_LIFE_MS
    raw, _ = _signed_once(event_type, lambda: data, private, lambda: None, not_after)
    return envelope_shown(raw)


def envelope_shown(raw: bytes) -> Response:
    """Return an envelope byte for byte as it is."""
    return Response(raw, content_type="application/json")


def _signed_once(
    event_type: str,
    make: Callable[[], Mapping[str, JSONValue]],
    private: Mapping[str, PrivatePart] | None,
    check: Callable[[], None],
    not_after: int | None = None,
) -> tuple[bytes, bool]:
    """Return the envelope of this request, and whether it was signed just now."""
    spend_write()
    held = state()
    asked = Request(
        id=key_of(request.headers.get("Idempotency-Key")),
        client=g.client.key,
        target=f"{request.method} {request.path}",
        body=request.get_data(),
    )
    raw = held.tables.requests.begin(asked)
    if raw is not None:
        return raw, False
    try:
        check()
        raw = _sign(event_type, make(), asked.id, private, not_after)
        held.tables.requests.signed(asked.id, raw)
    except BaseException:
        held.tables.requests.forget(asked.id)
        raise
    return raw, True


def _sign(
    event_type: str,
    data: Mapping[str, JSONValue],
    event_id: str,
    private: Mapping[str, PrivatePart] | None,
    not_after: int | None,
) -> bytes:
    try:
        return state().node.sign(
            event_type,
            data,
            event_id=event_id,
            by=g.client.by,
            private=private,
            not_after=not_after,
        )
    except Blocked as blocked:
        raise Problem("blocked", extra={"problems": problems_shown(blocked.problems)}) from blocked
    except Malformed as fault:
        raise malformed(fault) from fault
    except NotAdmitted as refusal:
        raise not_admitted(refusal) from refusal


def problems_shown(problems: Sequence[Finding]) -> list[Json]:
    """Return what the institution's own checks found; findings name parts and units, never a value."""
    return [
        {"code": found.code, "where": found.where, "detail_zh": found.zh, "detail_en": found.en}
        for found in problems
    ]


def malformed(fault: Malformed, at: str | None = None) -> Problem:
    """Return the problem for a value or bytes outside the ledger's formats.

    `at` is the pointer into the request's body; without it, the body became the event's data.
    """
    pointer = fault.where.removeprefix("/body").removeprefix("/data") if at is None else at
    where = {
        "in": "body",
        "pointer": f"#{pointer}" if pointer.startswith("/") or not pointer else "#",
        "detail": f"格式不符 {fault.message}",
    }
    return Problem(
        "invalid-request", f"格式不符({fault.code})。", f"{fault.code}: {fault.message}", errors=[where]
    )


def not_admitted(refusal: NotAdmitted) -> Problem:
    """Return the problem for an event that the ledger does not admit: no entry comes of it."""
    detail = f"{TEXT[refusal.code][0]} {refusal.detail}"
    return Problem(
        verdict.name(refusal.code),
        f"未准入账：{TEXT[refusal.code][0]}。",
        f"Not admitted: {refusal.detail}",
        errors=[{"in": "body", "pointer": f"#{refusal.where}", "detail": detail}],
        extra={"number": int(refusal.code)},
    ).with_status(admission_status(refusal.code))


def submit(raw: bytes) -> Response:
    """Submit an envelope and answer: 201 final, 202 pending with its Location, 422 refused, 503 try later."""
    node = state().node
    try:
        ticket = node.submit(raw)
    except NotAdmitted as refusal:
        raise not_admitted(refusal) from refusal
    except Unavailable as error:
        later = {"Retry-After": str(math.ceil(error.retry_after_s))}
        raise Problem("unavailable", error.reason, _CHINESE.sub("", error.reason), headers=later) from error
    logging_context.add(event_id=ticket.event_id)
    return answer(ticket, preferred_wait())


def answer(ticket: Ticket, wait_s: int) -> Response:
    """Wait for an event as long as the caller prefers, and answer with what became of it."""
    try:
        found = state().node.wait_final(ticket, wait_s)
    except NotAdmitted as refusal:  # turned away after it was taken: another event came first
        raise not_admitted(refusal) from refusal
    if found is None:
        url = results.event_url(ticket.actor, ticket.event_id)
        headers = {"Location": url, "Retry-After": str(RETRY_AFTER_S)}
        return reply(results.pending(Pending(ticket.actor, ticket.event_id)), 202, headers)
    return final(found)


def final(found: Final) -> Response:
    """Return the answer for a final event. Raises Refused, whose code is the first reason, if the event was refused."""
    body = results.final(found.entry)
    if case := body.get("result", {}).get("case"):
        logging_context.add(case=case)
    if body["outcome"] == "refused":
        said = body["reasons"]
        raise Refused(said[0]["name"], body)
    return reply(body, 201, {"Location": _location(body)})


class Refused(Problem):
    """The ledger refused an event: the refusal is an entry, with a receipt."""

    def __init__(self, code: str, body: Json) -> None:
        members = ("actor", "id", "index", "height", "time", "outcome", "reasons", "receipt")
        super().__init__(code, extra={name: body[name] for name in members})
        self.status = 422


def _location(body: Json) -> str:
    case = body.get("result", {}).get("case")
    return f"/v1/cases/{case}" if case else results.event_url(body["actor"], body["id"])
