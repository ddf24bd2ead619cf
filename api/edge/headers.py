"""Security headers on every response, the request's id, and its log line (OWASP ASVS 5.0, level 2)."""

import re
import secrets
import time
from datetime import UTC, datetime

from flask import Flask, Response, g, request

from dengbu.api.edge import buckets, logs
from dengbu.api.edge.personal_numbers import looks_personal
from dengbu.api.edge.state import state
from dengbu.ledger.log.envelope import fits
from dengbu.ledger.register.shapes import CaseNumber
from dengbu.nodes import logging_context

# The node's JSON needs nothing from a browser; pages may load scripts and styles from the same origin.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
PERMISSIONS_POLICY = (
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
    "microphone=(), payment=(), usb=()"
)
HEADERS = {
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS_POLICY,
    "X-Frame-Options": "DENY",
}
STATE = "/v1/"
AS_OF, SIZE = "Dengbu-As-Of", "Dengbu-Size"
REQUEST_ID = r"[A-Za-z0-9_.-]{8,64}"
_REQUEST_ID = re.compile(REQUEST_ID)


def request_id() -> str:
    """Return the caller's X-Request-ID if it is well formed and no number of a person, else a new one: it goes into the log."""
    given = request.headers.get("X-Request-ID", "")
    return given if _REQUEST_ID.fullmatch(given) and not looks_personal(given) else secrets.token_hex(8)


def install(app: Flask) -> None:
    """Give every request an id, put the headers on every response, and log one line for each."""

    @app.before_request
    def start() -> None:
        g.request_id = request_id()
        g.started = time.monotonic()
        logging_context.set_context({"request_id": g.request_id, **_case_asked()})

    @app.after_request
    def finish(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-store")
        if _is_state(response):
            _say_age(response)
        response.headers.update(buckets.headers(g.get("spent", ())))
        response.headers.pop("Server", None)
        response.headers["X-Request-ID"] = g.get("request_id", "")
        logs.event(
            "http.request",
            method=request.method,
            route=request.url_rule.rule if request.url_rule else "-",
            status=response.status_code,
            duration_ms=round((time.monotonic() - g.get("started", time.monotonic())) * 1000, 2),
            problem=g.get("problem", ""),
        )
        return response

    @app.teardown_request
    def end(_: BaseException | None) -> None:
        logging_context.set_context(logging_context.NONE)


def _case_asked() -> dict[str, str]:
    """The case in the address of a request; a number of another form may be anything that a person typed."""
    number = str((request.view_args or {}).get("number"))
    return {"case": number} if fits(number, CaseNumber) else {}


def _is_state(response: Response) -> bool:
    """Return whether an answer shows the current state, which changes; parts of the log itself never do."""
    read = request.method == "GET" and request.path.startswith(STATE) and response.status_code < 400
    return read and "immutable" not in response.headers["Cache-Control"]


def _say_age(response: Response) -> None:
    """Say what an answer rests on: the number of final entries, and when the node was last up to date with the others."""
    node = state().node
    moment = datetime.fromtimestamp(node.as_of / 1000, UTC)
    response.headers[AS_OF] = moment.isoformat(timespec="milliseconds")
    response.headers[SIZE] = str(node.final_size)
