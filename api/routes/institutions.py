"""The members of the network, their keys, and whose cosignatures make an entry final."""

from flask import Response

from dengbu.api.edge import paging
from dengbu.api.edge.auth import AUDITOR, OFFICER, SYSTEM, access, public
from dengbu.api.edge.encoding import Json, reply
from dengbu.api.edge.state import state
from dengbu.api.shapes import node_answers as shapes
from dengbu.api.shapes.blueprint import TEXT, Blueprint
from dengbu.api.views.views import plain

blp = Blueprint("institutions", __name__, url_prefix="/v1", description="机构 Institutions")


@blp.route("/institutions", methods=["GET"])
@blp.response(200, shapes.InstitutionPage)
@access(OFFICER, SYSTEM, AUDITOR)
def list_institutions() -> Response:
    """机构列表 Every member with its role, status and public keys."""
    listings = state().node.listings
    keys: dict[str, list[Json]] = {}
    for key in listings.public_keys():
        keys.setdefault(key.institution, []).append(plain(key))
    items = [{**plain(one), "keys": keys.get(one.id, [])} for one in listings.institutions()]
    return reply(paging.page(items, None))


@blp.route("/policy.txt", methods=["GET"])
@blp.response(200, TEXT, content_type="text/plain", description="会签规则 policy (C2SP tlog-policy)")
@public
def read_policy() -> Response:
    """会签规则 Whose cosignatures suffice.

    A verifier keeps its own copy and does not fetch the policy from the institution it checks.
    """
    response = Response(state().node.policy_text, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response
