"""Statements: what an institution states by itself, for which there is no case: seizures, marks, announcements, erasures."""

from flask import Response, request

from dengbu.api.edge.access import OFFICER, access
from dengbu.api.edge.encoding import Json, NotJson, loads
from dengbu.api.edge.errors import Problem
from dengbu.api.edge.state import state
from dengbu.api.shapes import event_shapes
from dengbu.api.shapes.blueprint import WRITE, Blueprint
from dengbu.api.views import writing
from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.envelope import convert

blp = Blueprint("statements", __name__, url_prefix="/v1/statements", description="径行记载 Statements")


@blp.route("", methods=["POST"])
@blp.event(*WRITE)
@blp.doc(requestBody=event_shapes.stated())
@access(OFFICER, roles=event_shapes.STATING_ROLES)
def make_statement() -> Response:
    """径行记载 State an event of this institution, such as a seizure, a mark, an announcement or an erasure.

    The node signs it for the officer. `type` says what is stated, and `data` are the data of that type of event; an institution
    whose role may not state it is answered 403, and nothing is signed.
    """
    stated = _stated()
    kind = event_shapes.STATED.get(stated["type"]) if isinstance(stated["type"], str) else None
    if kind is None:
        raise _wrong("#/type", f"须为 must be one of {', '.join(event_shapes.STATED)}")
    try:
        convert(stated["data"], kind.data)
    except Malformed as fault:
        raise writing.malformed(fault, f"/data{fault.where}") from fault
    if state().node.role not in kind.senders:
        may = ", ".join(kind.senders)
        raise Problem(
            "forbidden",
            f"{kind.title.zh}须由 {may} 机构作出。",
            f"{kind.type} is stated by: {may}; this node is of a {state().node.role}.",
        )
    return writing.write(kind.type, lambda: stated["data"])


def _stated() -> Json:
    try:
        found = loads(request.get_data() or b"{}")
    except NotJson as fault:
        where = {"in": "body", "pointer": "#", "detail": f"JSON 格式有误 {fault}"}
        raise Problem(
            "malformed-request", "请求体不是 JSON。", "The body is not JSON.", errors=[where]
        ) from fault
    if not isinstance(found, dict) or found.keys() != {"type", "data"}:
        raise _wrong("#", "须有且仅有 type 和 data has the members type and data, and no others")
    return found


def _wrong(pointer: str, detail: str) -> Problem:
    return Problem("invalid-request", errors=[{"in": "body", "pointer": pointer, "detail": detail}])
