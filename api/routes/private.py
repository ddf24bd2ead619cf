"""Personal data of a case, for entitled institutions that name a purpose; the access is logged before the answer leaves."""

from flask import Response, g

from dengbu.api.edge.access import AUDITOR, OFFICER, access
from dengbu.api.edge.encoding import Json, reply
from dengbu.api.edge.spending import personal
from dengbu.api.edge.state import state
from dengbu.api.shapes import node_answers as shapes
from dengbu.api.shapes import schemas
from dengbu.api.shapes.blueprint import CASE, Blueprint
from dengbu.api.views.lookup import case_seen
from dengbu.api.views.views import plain

blp = Blueprint("private", __name__, url_prefix="/v1", description="隐私材料 Personal data")


@blp.route("/cases/<number>/private", parameters=[CASE])
@blp.arguments(schemas.PurposeQuery(), location="query")
@blp.response(200, shapes.Payloads)
@blp.may_answer(503)
@access(OFFICER)
@personal
def read_private(query: Json, number: str) -> Response:
    """隐私材料 The payloads of a case that this institution may read; the subject can see who read them and why."""
    case_seen(number)
    payloads = state().node.private(number, query["purpose"], g.client.by)
    items = [plain(payload) for payload in payloads]
    return reply(
        {"case": number, "purpose": query["purpose"], "items": items}, headers={"Cache-Control": "no-store"}
    )


@blp.route("/access-log", methods=["GET"])
@blp.arguments(schemas.AccessLogQuery(), location="query")
@blp.response(200, shapes.AccessLog)
@access(AUDITOR)
def read_access_log(query: Json) -> Response:
    """访问日志 Who read which personal data at this node, when and what for, as a hash chain with its head.

    `broken` is null, or the first row at which the log fails verification; until that is resolved, no personal data is read.
    """
    page = state().node.access_log_page(after=query["after"], limit=query["limit"], subject=query["subject"])
    body = {
        "items": [plain(row) for row in page.rows],
        "next_after": page.rows[-1].n if page.rows else query["after"],
        "head": {"n": page.n, "hash": page.hash},
        "broken": plain(page.broken) if page.broken else None,
    }
    return reply(body, headers={"Cache-Control": "no-store"})
