"""ETag, If-None-Match and If-Match: nobody decides a case that changed after it was read."""

import hashlib

from flask import Response, request

from dengbu.api.edge.errors import Problem
from dengbu.ledger.register.records import Case

ETAG_DIGITS = 32


def case_etag(case: Case) -> str:
    """Return the strong ETag of a case, from its version."""
    return f"v{case.version}"


def content_etag(response: Response) -> str:
    """Return the strong ETag of a response, from its content: a unit may change as days pass, without any entry."""
    return hashlib.sha256(response.get_data()).hexdigest()[:ETAG_DIGITS]


def not_modified(response: Response, etag: str) -> Response:
    """Return the response with its ETag, or 304 without a body when the caller has it already."""
    response.set_etag(etag)
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request)
    return response


def require_match(etag: str) -> None:
    """Require that If-Match names this ETag.

    Raises Problem precondition-required if it names none (or `*`), precondition-failed if it names another.
    """
    given = request.if_match
    if not given or given.star_tag:
        raise Problem("precondition-required")
    if not given.contains(etag):
        raise Problem("precondition-failed", headers={"ETag": f'"{etag}"'})
