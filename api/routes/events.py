"""Events: submitting signed envelopes, what became of them, and the feed of final entries."""

from flask import Response, request

from dengbu.api.edge.access import AUDITOR, OFFICER, SYSTEM, access
from dengbu.api.edge.encoding import Json, reply
from dengbu.api.edge.errors import Problem
from dengbu.api.edge.idempotency import refuse_personal
from dengbu.api.edge.spending import spend_write
from dengbu.api.edge.state import state
from dengbu.api.shapes import answers, event_shapes, schemas
from dengbu.api.shapes.blueprint import PREFER, SAME_AS_ID, TEXT, Blueprint, path
from dengbu.api.views import feed, results, writing
from dengbu.api.views.viewing import viewer
from dengbu.ledger.log.encoding import INT_MAX, Malformed
from dengbu.ledger.log.envelope import InstitutionId, Reference, parse_envelope
from dengbu.nodes.answers import Final

blp = Blueprint("events", __name__, url_prefix="/v1/events", description="登记事件 Events")


@blp.route("", methods=["POST"])
@blp.event(SAME_AS_ID, PREFER)
@blp.doc(requestBody=event_shapes.submitted())
@access(OFFICER, SYSTEM)
def submit_event() -> Response:
    """提交事件 Submit a signed envelope, byte for byte as it was signed (canonical JSON).

    The envelope's own `id` is the idempotency key; an Idempotency-Key header must repeat it.
    """
    spend_write()
    raw = request.get_data()
    try:
        envelope = parse_envelope(raw)
    except Malformed as fault:
        raise writing.malformed(fault, fault.where) from fault
    refuse_personal(envelope.body.id, "body", "#/body/id")
    given = request.headers.get("Idempotency-Key")
    if given is not None and given != envelope.body.id:
        raise Problem(
            "malformed-request",
            "Idempotency-Key 须与事件的 id 相同。",
            "Idempotency-Key must be the event's own id.",
            errors=[{"in": "header", "pointer": "#/Idempotency-Key", "detail": "≠ /body/id"}],
        )
    return writing.submit(raw)


@blp.route("", methods=["GET"])
@blp.arguments(schemas.FeedQuery(), location="query")
@blp.response(200, answers.Feed)
@blp.alt_response(200, schema=TEXT, content_type="text/event-stream")
@blp.may_answer(400, 503)
@access(OFFICER, SYSTEM, AUDITOR)
def read_feed(query: Json) -> Response:
    """账本动态 Final entries after an index: at once, within `wait` seconds, or as a stream (Accept: text/event-stream).

    A stream resumes from the Last-Event-ID header. Where an entry is another's business but touches what this institution
    has registered on a unit (a mortgage, a seizure, ...), `concerns` names what it touches and `acts` says how.
    """
    wanted = feed.Wanted(query["type"], query["unit"], query["case"])
    if _wants_stream():
        return _stream(wanted, query["after"], query["limit"])
    held = state()
    if not query["wait"]:
        page = feed.read(held.node, viewer(), wanted, query["after"], query["limit"])
    else:
        feed.take_stream(held)
        try:
            page = feed.wait(held, viewer(), wanted, query["after"], query["limit"], query["wait"])
        finally:
            held.limits.streams.release()
    return reply({"items": page.items, "next_after": page.next_after, "head": page.head})


def _wants_stream() -> bool:
    best = request.accept_mimetypes.best_match(["application/json", "text/event-stream"])
    return best == "text/event-stream"


def _stream(wanted: feed.Wanted, after: int, limit: int) -> Response:
    last = request.headers.get("Last-Event-ID")
    if last:  # empty: the reader has seen no event yet (HTML, server-sent events)
        if not (last.isascii() and last.isdigit() and len(last) <= len(str(INT_MAX))):
            raise Problem(
                "malformed-request",
                "Last-Event-ID 须为条目序号。",
                "Last-Event-ID must be an entry's index.",
                errors=[{"in": "header", "pointer": "#/Last-Event-ID", "detail": "应为整数 an integer"}],
            )
        after = int(last)
    held = state()
    feed.take_stream(held)
    lines = feed.stream(held, viewer(), wanted, after, limit)
    response = Response(lines, content_type="text/event-stream; charset=utf-8")
    response.headers["X-Accel-Buffering"] = "no"
    response.call_on_close(held.limits.streams.release)
    return response


@blp.route(
    "/<actor>/<event_id>",
    parameters=[
        path("actor", InstitutionId, "机构 institution"),
        path("event_id", Reference, "事件编号 event id"),
    ],
)
@blp.response(200, answers.EventResult)
@access(OFFICER, SYSTEM, AUDITOR)
def read_event(actor: str, event_id: str) -> Response:
    """事件结果 What became of an event: pending; final with its outcome and receipt; or turned away with a code.

    Another's event that only touches what this institution has registered is shown as on the feed, without a receipt.
    """
    found = state().node.outcome(actor, event_id)
    if found is None:
        raise Problem("not-found")
    seen = viewer()
    if actor == seen.institution or (isinstance(found, Final) and seen.may_see_entry(found.entry)):
        return reply(results.outcome(found))
    told = seen.told(found.entry) if isinstance(found, Final) else None
    if told is None:
        raise Problem("not-found")
    return reply({"status": "final", **told, "actor": actor, "id": event_id})
