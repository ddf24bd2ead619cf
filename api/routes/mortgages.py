"""Mortgages of one's own."""

from flask import Response

from api import paging, schemas
from api.auth import AUDITOR, BANK, OFFICER, SYSTEM, access
from api.blueprint import Blueprint
from api.encoding import Json, reply
from api.state import state
from api.viewing import viewer
from ledger.records import Mortgage

blp = Blueprint("mortgages", __name__, url_prefix="/v1/mortgages", description="抵押权 Mortgages")


@blp.route("", methods=["GET"])
@blp.arguments(schemas.MortgagesQuery, location="query")
@blp.response(200, schemas.PageOut)
@access(OFFICER, SYSTEM, AUDITOR, roles=(BANK,))
def list_mortgages(query: Json) -> Response:
    """本行抵押权 This bank's own mortgages, newest first."""
    seen = viewer()
    return reply(paging.listing(state().node.store, Mortgage, seen.mortgage, query, mortgagee=seen.institution))
