"""The mortgages of this node's own bank."""

from flask import Response

from dengbu.api.edge import paging
from dengbu.api.edge.access import AUDITOR, OFFICER, SYSTEM, access
from dengbu.api.edge.encoding import Json, reply
from dengbu.api.edge.state import state
from dengbu.api.shapes import register_answers as shapes
from dengbu.api.shapes import schemas
from dengbu.api.shapes.blueprint import Blueprint
from dengbu.api.views.viewing import viewer
from dengbu.ledger.register.encumbrances import Mortgage
from dengbu.ledger.register.members import Role
from dengbu.nodes.store.listings import Page

blp = Blueprint("mortgages", __name__, url_prefix="/v1/mortgages", description="抵押权 Mortgages")


@blp.route("", methods=["GET"])
@blp.arguments(schemas.MortgagesQuery(), location="query")
@blp.response(200, shapes.MortgagePage)
@access(OFFICER, SYSTEM, AUDITOR, roles=(Role.BANK,))
def list_mortgages(query: Json) -> Response:
    """本行抵押权 This bank's own mortgages, oldest first."""
    seen, listings = viewer(), state().node.listings

    def fetch(after: int, limit: int) -> Page[Mortgage]:
        return listings.mortgages(mortgagee=seen.institution, after=after, limit=limit)

    return reply(paging.listing(fetch, seen.mortgage, query))
