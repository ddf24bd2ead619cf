"""Drafts: applications that several institutions sign, one after the other, before anybody submits them."""

from flask import Response, request

from dengbu.api.edge.access import OFFICER, SYSTEM, access, senders
from dengbu.api.edge.encoding import Json
from dengbu.api.edge.errors import Problem
from dengbu.api.edge.spending import spend_write
from dengbu.api.edge.state import state
from dengbu.api.shapes import event_shapes, schemas
from dengbu.api.shapes.blueprint import IDEMPOTENCY_KEY, Blueprint
from dengbu.api.views import writing
from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.envelope import parse_envelope

APPLICATION = "case.apply"

blp = Blueprint("drafts", __name__, url_prefix="/v1/drafts", description="共同申请 Joint applications")


@blp.route("", methods=["POST"])
@blp.arguments(schemas.CaseIn())
@blp.doc(parameters=[IDEMPOTENCY_KEY])
@blp.may_answer(400, 403, 409, 429)
@blp.response(200, event_shapes.BY_TYPE[APPLICATION], description="已签署的申请 the signed application")
@access(OFFICER, SYSTEM, roles=senders(APPLICATION))
def make_draft(body: Json) -> Response:
    """拟定申请 Sign an application without submitting it: it is returned for the other institutions to sign.

    Private parts stay at this node; they are sent when the application is submitted here, to /v1/events, within a day.
    """
    return writing.draft(APPLICATION, schemas.application(body), writing.private_parts(body["private"]))


@blp.route("/countersign", methods=["POST"])
@blp.doc(requestBody=event_shapes.submitted(APPLICATION))
@blp.may_answer(400, 422, 429)
@blp.response(
    200, event_shapes.BY_TYPE[APPLICATION], description="加签后的申请 the application with one more signature"
)
@access(OFFICER, roles=senders(APPLICATION))
def countersign_draft() -> Response:
    """会同签名 Add this institution's signature to another's application, which an officer has read and agrees to."""
    spend_write()
    raw = request.get_data()
    try:
        body = parse_envelope(raw).body
        if (body.type, body.net) != (APPLICATION, state().node.net):
            raise _not_to_be_signed(f"{body.type}, {body.net}")
        return writing.envelope_shown(state().node.cosign_event(raw))
    except Malformed as fault:
        raise writing.malformed(fault, fault.where) from fault


def _not_to_be_signed(what: str) -> Problem:
    return Problem(
        "malformed-request",
        "只可会签本网络的登记申请。",
        f"Only an application of this network is countersigned, not {what}.",
        errors=[{"in": "body", "pointer": "#/body/type", "detail": f"应为 must be {APPLICATION}"}],
    )
