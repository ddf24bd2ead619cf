"""Worklists: what waits for a desk, longest waiting first."""

from collections.abc import Callable

from flask import Response

from dengbu.api.edge import paging
from dengbu.api.edge.access import AUDITOR, OFFICER, SYSTEM, access
from dengbu.api.edge.encoding import Json, reply
from dengbu.api.edge.state import state
from dengbu.api.shapes import register_answers as shapes
from dengbu.api.shapes import schemas
from dengbu.api.shapes.blueprint import Blueprint
from dengbu.api.views.timing import asked_time, clock_shown
from dengbu.api.views.viewing import viewer
from dengbu.ledger.advisory.levels import RED, YELLOW
from dengbu.ledger.register.members import Role
from dengbu.ledger.register.records import ACCEPTED, Case, Deal
from dengbu.ledger.tax.tax import WAITING
from dengbu.nodes.store.listings import Page

blp = Blueprint("worklists", __name__, url_prefix="/v1/worklists", description="待办 Worklists")


@blp.route("/registry", methods=["GET"])
@blp.arguments(schemas.PageQuery(), location="query")
@blp.response(200, shapes.CaseToDecidePage)
@access(OFFICER, SYSTEM, AUDITOR, roles=(Role.REGISTRY,))
def registry_worklist(query: Json) -> Response:
    """登记待办 Accepted, undecided cases; `desk` says in words why the automatic desk left a case to a person."""
    seen = viewer()
    left = dict(state().node.desk_worklist())

    def show(case: Case) -> Json | None:
        shown = seen.case(case)
        return None if shown is None else {**shown, "desk": list(left.get(case.number, ()))}

    return reply(paging.listing(_accepted(None), show, query))


@blp.route("/overdue", methods=["GET"])
@blp.arguments(schemas.OverdueQuery(), location="query")
@blp.response(200, shapes.CaseByClockPage)
@access(OFFICER, SYSTEM, AUDITOR, roles=(Role.REGISTRY,))
def overdue_worklist(query: Json) -> Response:
    """时限预警 Undecided cases whose clock is at least yellow (four fifths of the days used), or red (all used)."""
    levels, time = (RED,) if query["level"] == RED else (YELLOW, RED), asked_time(query)

    def show(case: Case) -> Json | None:
        shown = clock_shown(case, time)
        return {**shown, "acts": [act["act"] for act in case.acts]} if shown["level"] in levels else None

    return reply(paging.listing(_accepted(None), show, query))


@blp.route("/tax", methods=["GET"])
@blp.arguments(schemas.PageQuery(), location="query")
@blp.response(200, shapes.DealPage)
@access(OFFICER, SYSTEM, AUDITOR, roles=(Role.TAX,))
def tax_worklist(query: Json) -> Response:
    """税务待办 Deals waiting for assessment, payment, a refund or a clawback."""
    seen, listings = viewer(), state().node.listings

    def show(deal: Deal) -> Json | None:
        return seen.deal(deal) if deal.state in WAITING else None

    def fetch(after: int, limit: int) -> Page[Deal]:
        return listings.deals(after=after, limit=limit)

    return reply(paging.listing(fetch, show, query))


@blp.route("/bank", methods=["GET"])
@blp.arguments(schemas.PageQuery(), location="query")
@blp.response(200, shapes.CasePage)
@access(OFFICER, SYSTEM, AUDITOR, roles=(Role.BANK,))
def bank_worklist(query: Json) -> Response:
    """银行待办 This bank's own undecided applications."""
    seen = viewer()
    return reply(paging.listing(_accepted(seen.institution), seen.case, query))


def _accepted(actor: str | None) -> Callable[[int, int], Page[Case]]:
    listings = state().node.listings
    return lambda after, limit: listings.cases(state=ACCEPTED, actor=actor, after=after, limit=limit)
