"""The tax side: deals, their assessment, clearance and refund."""

from typing import Any

from flask import Response

from api import answers, paging, tax_schemas, writing
from api.auth import AUDITOR, OFFICER, REGISTRY, SYSTEM, TAX, access
from api.blueprint import CASE, WRITE, Blueprint
from api.encoding import Json, reply
from api.finding import case_seen, deal_seen
from api.state import state
from api.viewing import viewer
from ledger.records import Deal
from nodes import listings

blp = Blueprint("tax", __name__, url_prefix="/v1", description="涉税交易 Deals and tax")


@blp.route("/deals", methods=["GET"])
@blp.arguments(tax_schemas.DealsQuery(), location="query")
@blp.response(200, answers.PageOut)
@access(OFFICER, SYSTEM, AUDITOR, roles=(REGISTRY, TAX))
def list_deals(query: Json) -> Response:
    """涉税交易列表 Deals, oldest first."""
    store = state().node.store

    def fetch(after: int, limit: int) -> listings.Page[Deal]:
        return listings.deals(store, state=query["state"], after=after, limit=limit)

    return reply(paging.listing(fetch, viewer().deal, query))


@blp.route("/deals/<number>", parameters=[CASE])
@blp.response(200, answers.Anything)
@access(OFFICER, SYSTEM, AUDITOR, roles=(REGISTRY, TAX))
def read_deal(number: str) -> Response:
    """涉税交易 The deal of a case."""
    _, shown = deal_seen(number)
    return reply(shown)


def _post(event_type: str, number: str, data: dict[str, Any], private: Json | None = None) -> Response:
    case_seen(number)
    parts = writing.private_parts(private or {})
    return writing.write(event_type, lambda: {"case": number, **data}, parts)


@blp.route("/cases/<number>/tax/assess", methods=["POST"], parameters=[CASE])
@blp.arguments(tax_schemas.AssessIn())
@blp.event(*WRITE)
@access(OFFICER, SYSTEM, roles=(TAX,))
def assess(body: Json, number: str) -> Response:
    """计税核定 Say which taxes stand in the way of the case; amounts travel as a private part."""
    data = {"version": body["version"], "gates": body["gates"]}
    return _post("tax.assess", number, data, body["private"])


@blp.route("/cases/<number>/tax/clear", methods=["POST"], parameters=[CASE])
@blp.arguments(tax_schemas.ClearIn())
@blp.event(*WRITE)
@access(OFFICER, SYSTEM, roles=(TAX,))
def clear(body: Json, number: str) -> Response:
    """确认完税 Confirm payment or exemption by its vouchers."""
    data = {"version": body["version"], "vouchers": body["vouchers"]}
    return _post("tax.clear", number, data, body["private"])


@blp.route("/cases/<number>/tax/refund-request", methods=["POST"], parameters=[CASE])
@blp.arguments(tax_schemas.RefundRequestIn())
@blp.event(*WRITE)
@access(OFFICER, SYSTEM, roles=(TAX,))
def refund_request(body: Json, number: str) -> Response:
    """申请退税 Ask for what was paid back, when the case is not entered."""
    return _post("tax.refund-request", number, {"ground": body["ground"]})


@blp.route("/cases/<number>/tax/refund", methods=["POST"], parameters=[CASE])
@blp.event(*WRITE)
@access(OFFICER, SYSTEM, roles=(TAX,))
def refund(number: str) -> Response:
    """退税 Pay back; the vouchers can never be used again."""
    writing.no_body()
    return _post("tax.refund", number, {})
