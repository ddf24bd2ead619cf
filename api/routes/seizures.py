"""Seizures 查封: a court's own, or all of them at the registry, as they stand now."""

from typing import Any

from flask import Response

from dengbu.api.edge import paging
from dengbu.api.edge.access import AUDITOR, OFFICER, SYSTEM, access
from dengbu.api.edge.encoding import Json, reply
from dengbu.api.edge.state import state
from dengbu.api.shapes import register_answers as shapes
from dengbu.api.shapes import schemas
from dengbu.api.shapes.blueprint import Blueprint
from dengbu.api.views.viewing import viewer
from dengbu.ledger.register.encumbrances import Seizure
from dengbu.ledger.register.members import Role
from dengbu.nodes.store.listings import Page

blp = Blueprint("seizures", __name__, url_prefix="/v1/seizures", description="查封 Seizures")


@blp.route("", methods=["GET"])
@blp.arguments(schemas.SeizuresQuery(), location="query")
@blp.response(200, shapes.SeizurePage)
@access(OFFICER, SYSTEM, AUDITOR, roles=(Role.REGISTRY, Role.COURT))
def list_seizures(query: Json) -> Response:
    """查封列表 Seizures and pre-seizures in the order of service: a court's own, at the registry all courts'.

    A seizure whose last day has passed is shown as lapsed, and the next one as effective, without any event.
    """
    seen, listings = viewer(), state().node.listings
    court = None if seen.sees_all else seen.institution

    def fetch(after: int, limit: int) -> Page[Seizure]:
        return listings.seizures(unit=query["unit"], court=court, after=after, limit=limit)

    def show(found: Seizure) -> dict[str, Any] | None:
        shown = seen.seizure_now(found)
        return shown if query["status"] in (None, shown["status"]) else None

    return reply(paging.listing(fetch, show, query))
