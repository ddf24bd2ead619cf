"""The members of the network, their keys, and whose cosignatures make an entry final."""

from flask import Response

from dengbu.api.edge import paging
from dengbu.api.edge.access import AUDITOR, OFFICER, SYSTEM, access, public
from dengbu.api.edge.encoding import Json, reply
from dengbu.api.edge.state import state
from dengbu.api.shapes import node_answers as shapes
from dengbu.api.shapes.blueprint import TEXT, Blueprint
from dengbu.api.views.views import plain
from dengbu.ledger.rules.policies import policy_in_force
from dengbu.ledger.rules.rule_sets import named

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


@blp.route("/policy", methods=["GET"])
@blp.response(200, shapes.PolicyInForce)
@access(OFFICER, SYSTEM, AUDITOR)
def read_policy_in_force() -> Response:
    """现行政策 The policy in force, the number of its rule set, and how many institutions are active.

    A governance event takes effect with the signatures of `governance_quorum` active institutions.
    """
    held = state().node
    policy = policy_in_force(held.register)
    active = sum(one.status == "active" for one in held.listings.institutions())
    return reply({**plain(policy), "rule_set_number": named(policy.rule_set).number, "active": active})


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
