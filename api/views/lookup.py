"""Finding what a path names, for those who may see it; everyone else gets the same 404."""

from flask import Response

from dengbu.api.edge.encoding import Json
from dengbu.api.edge.errors import Problem
from dengbu.api.edge.state import state
from dengbu.api.views.viewing import viewer
from dengbu.ledger.log.envelope import fits
from dengbu.ledger.register.records import Case, Deal
from dengbu.ledger.register.shapes import CaseNumber


def case_seen(number: str) -> tuple[Case, Json]:
    """Return a case and what this institution may see of it. Raises Problem not-found when it may see none of it."""
    case = state().node.register.get(Case, number) if fits(number, CaseNumber) else None
    shown = viewer().case(case) if case is not None else None
    if case is None or shown is None:
        raise Problem("not-found")
    return case, shown


def deal_seen(number: str) -> tuple[Deal, Json]:
    """Return a deal and what this institution may see of it. Raises Problem not-found when it may see none of it."""
    deal = state().node.register.get(Deal, number) if fits(number, CaseNumber) else None
    shown = viewer().deal(deal) if deal is not None else None
    if deal is None or shown is None:
        raise Problem("not-found")
    return deal, shown


def receipt_of(index: int) -> Response:
    """Return the receipt of an entry.

    Raises Problem not-found while the entry is not final, and when this institution may not see it.
    """
    node = state().node
    entry = node.ledger.entry(index) if index < node.final_size else None
    raw = node.receipt(index) if entry is not None and viewer().may_see_entry(entry) else None
    if raw is None:
        raise Problem("not-found")
    response = Response(raw, content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{index}.tlog-proof"'
    response.headers["Cache-Control"] = "private, no-cache"
    return response
