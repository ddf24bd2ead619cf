"""Efficiency 效能监察: figures per act, office, channel and district, and the three 100 % targets."""

from flask import Response

from dengbu.api.edge.access import AUDITOR, OFFICER, SYSTEM, access
from dengbu.api.edge.encoding import Json, reply
from dengbu.api.edge.errors import Problem
from dengbu.api.shapes import node_answers as shapes
from dengbu.api.shapes import schemas
from dengbu.api.shapes.blueprint import Blueprint
from dengbu.api.views.derived import derived
from dengbu.api.views.timing import asked_period
from dengbu.api.views.viewing import viewer
from dengbu.ledger.register.members import Role

blp = Blueprint("stats", __name__, url_prefix="/v1/stats", description="效能监察 Efficiency")


@blp.route("", methods=["GET"])
@blp.arguments(schemas.StatsQuery(), location="query")
@blp.response(200, shapes.Stats)
@access(OFFICER, SYSTEM, AUDITOR)
def read_stats(query: Json) -> Response:
    """效能 Exact counts, times and shares of a period, each with its formula.

    The registry, the data bureau and auditors see all cases, other institutions only their own. Coverage counts all cases for
    everybody.
    """
    by = tuple(query["by"].split(","))
    if len(dict.fromkeys(by)) < len(by):
        wrong = {"in": "query", "pointer": "#/by", "detail": "分组重复 a grouping is named twice"}
        raise Problem("invalid-request", errors=[wrong])
    seen = viewer()
    only = None if seen.role in (Role.REGISTRY, Role.BUREAU) or seen.is_auditor else seen.institution
    found = derived().efficiency.report(asked_period(query), by, only)
    return reply({"from": query["start"], "to": query["end"], "by": list(by), "only": only, **found})
