"""Mortgages of one's own."""

from flask import Response

from dengbu.api import answers, paging, schemas
from dengbu.api.auth import AUDITOR, BANK, OFFICER, SYSTEM, access
from dengbu.api.blueprint import Blueprint
from dengbu.api.encoding import Json, reply
from dengbu.api.state import state
from dengbu.api.viewing import viewer
from dengbu.ledger.records import Mortgage
from dengbu.nodes import listings

blp = Blueprint("mortgages", __name__, url_prefix="/v1/mortgages", description="抵押权 Mortgages")


@blp.route("", methods=["GET"])
@blp.arguments(schemas.MortgagesQuery(), location="query")
@blp.response(200, answers.PageOut)
@access(OFFICER, SYSTEM, AUDITOR, roles=(BANK,))
def list_mortgages(query: Json) -> Response:
    """本行抵押权 This bank's own mortgages, oldest first."""
    seen, store = viewer(), state().node.store

    def fetch(after: int, limit: int) -> listings.Page[Mortgage]:
        return listings.mortgages(store, mortgagee=seen.institution, after=after, limit=limit)

    return reply(paging.listing(fetch, seen.mortgage, query))
