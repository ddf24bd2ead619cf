"""The tax side: deals, their assessment, clearance and refund."""

from typing import Any

from flask import Response, g

from dengbu.api.edge import paging
from dengbu.api.edge.access import AUDITOR, OFFICER, SYSTEM, access, senders
from dengbu.api.edge.encoding import Json, dumps, reply
from dengbu.api.edge.spending import personal
from dengbu.api.edge.state import state
from dengbu.api.shapes import register_answers as shapes
from dengbu.api.shapes import schemas, tax_schemas
from dengbu.api.shapes.blueprint import CASE, WRITE, Blueprint
from dengbu.api.views import writing
from dengbu.api.views.lookup import case_seen, deal_seen
from dengbu.api.views.viewing import viewer
from dengbu.ledger.register.members import Role
from dengbu.ledger.register.records import Deal
from dengbu.nodes.store.listings import Page

blp = Blueprint("tax", __name__, url_prefix="/v1", description="涉税交易 Deals and tax")


@blp.route("/deals", methods=["GET"])
@blp.arguments(tax_schemas.DealsQuery(), location="query")
@blp.response(200, shapes.DealPage)
@access(OFFICER, SYSTEM, AUDITOR, roles=(Role.REGISTRY, Role.TAX))
def list_deals(query: Json) -> Response:
    """涉税交易列表 Deals, oldest first."""
    listings = state().node.listings

    def fetch(after: int, limit: int) -> Page[Deal]:
        return listings.deals(state=query["state"], after=after, limit=limit)

    return reply(paging.listing(fetch, viewer().deal, query))


@blp.route("/deals/<number>", parameters=[CASE])
@blp.response(200, shapes.Deal)
@access(OFFICER, SYSTEM, AUDITOR, roles=(Role.REGISTRY, Role.TAX))
def read_deal(number: str) -> Response:
    """涉税交易 The deal of a case."""
    _, shown = deal_seen(number)
    return reply(shown)


def _post(event_type: str, number: str, data: dict[str, Any], private: Json | None = None) -> Response:
    case_seen(number)
    parts = writing.private_parts(private or {})
    return writing.write(event_type, lambda: {"case": number, **data}, parts)


def _warned(event_type: str, number: str, data: dict[str, Any], private: Json) -> Response:
    """Answer an assessment or clearance, with the warnings of the cross-check about it."""
    case_seen(number)
    parts = writing.private_parts(private)
    found = state().node.warnings(event_type, {"case": number, **data}, parts)
    answer = _post(event_type, number, data, private)
    if found:
        answer.set_data(dumps({**answer.get_json(), "warnings": writing.problems_shown(found)}))
    return answer


@blp.route("/cases/<number>/tax/assess", methods=["POST"], parameters=[CASE])
@blp.arguments(tax_schemas.AssessIn())
@blp.event(*WRITE)
@access(OFFICER, SYSTEM, roles=senders("tax.assess"))
def assess_tax(body: Json, number: str) -> Response:
    """计税核定 Name the taxes that must be cleared before entry; amounts travel only as a private part."""
    data = {"version": body["version"], "gates": body["gates"]}
    return _warned("tax.assess", number, data, body["private"])


@blp.route("/cases/<number>/tax/clear", methods=["POST"], parameters=[CASE])
@blp.arguments(tax_schemas.ClearIn())
@blp.event(*WRITE)
@access(OFFICER, SYSTEM, roles=senders("tax.clear"))
def clear_tax(body: Json, number: str) -> Response:
    """确认完税 Confirm payment or exemption by the vouchers."""
    data = {"version": body["version"], "vouchers": body["vouchers"]}
    return _warned("tax.clear", number, data, body["private"])


@blp.route("/cases/<number>/tax/refund-request", methods=["POST"], parameters=[CASE])
@blp.arguments(tax_schemas.RefundRequestIn())
@blp.event(*WRITE)
@access(OFFICER, SYSTEM, roles=senders("tax.refund-request"))
def request_refund(body: Json, number: str) -> Response:
    """申请退税 Request a refund of what was paid for a case that is not entered."""
    return _post("tax.refund-request", number, {"ground": body["ground"]})


@blp.route("/cases/<number>/tax/refund", methods=["POST"], parameters=[CASE])
@blp.event(*WRITE)
@access(OFFICER, SYSTEM, roles=senders("tax.refund"))
def pay_refund(number: str) -> Response:
    """退税 Refund what was paid; the vouchers can never be used again."""
    writing.no_body()
    return _post("tax.refund", number, {})


@blp.route("/cases/<number>/tax/refund-decline", methods=["POST"], parameters=[CASE])
@blp.event(*WRITE)
@access(OFFICER, roles=senders("tax.refund-decline"))
def decline_refund(number: str) -> Response:
    """不予退税 Decline a refund that was requested without ground; the deal stands as before."""
    writing.no_body()
    return _post("tax.refund-decline", number, {})


@blp.route("/cases/<number>/tax/overpayment", methods=["POST"], parameters=[CASE])
@blp.arguments(tax_schemas.OverpaymentIn())
@blp.event(*WRITE)
@access(OFFICER, SYSTEM, roles=senders("tax.overpayment"))
def repay_overpayment(body: Json, number: str) -> Response:
    """退还多缴税款 Refund what was overpaid; the clearance stands."""
    data = {name: body[name] for name in ("tax", "paid_on", "found_by")}
    return _post("tax.overpayment", number, data, body["private"])


@blp.route("/cases/<number>/tax/clawback", methods=["POST"], parameters=[CASE])
@blp.arguments(tax_schemas.ClawbackIn())
@blp.event(*WRITE)
@access(OFFICER, roles=senders("tax.clawback"))
def claim_tax_back(body: Json, number: str) -> Response:
    """追缴 Claim deed tax that was exempted or reduced, because the use changed after entry (Deed Tax Law 8)."""
    return _post("tax.clawback", number, {"ground": body["ground"]}, body["private"])


@blp.route("/cases/<number>/tax/clawback-paid", methods=["POST"], parameters=[CASE])
@blp.arguments(tax_schemas.ClawbackPaidIn())
@blp.event(*WRITE)
@access(OFFICER, SYSTEM, roles=senders("tax.clawback-paid"))
def confirm_clawback(body: Json, number: str) -> Response:
    """补缴完毕 Confirm by the vouchers that the deed tax due after entry is paid."""
    return _post("tax.clawback-paid", number, {"vouchers": body["vouchers"]}, body["private"])


@blp.route("/cases/<number>/tax/check", parameters=[CASE])
@blp.arguments(schemas.PurposeQuery(), location="query")
@blp.response(200, shapes.TaxCheck)
@blp.may_answer(503)
@access(OFFICER, roles=(Role.REGISTRY, Role.TAX))
@personal
def check_tax(query: Json, number: str) -> Response:
    """税额比对 Apply the rate table to the case's own payloads: lines, amounts assessed, and warnings; it decides nothing.

    It reads personal data: purpose and case are written to the access log first.
    """
    case_seen(number)
    found = state().node.cross_check(number, query["purpose"], g.client.by)
    lines = [
        {
            "tax": line.tax,
            "base_fen": line.base_fen,
            "rate": str(line.row.rate),
            "due_fen": line.due_fen,
            "assessed_fen": found.assessed_fen.get(line.tax),
            "basis_zh": line.row.zh,
            "basis_en": line.row.en,
            "sure": line.row.sure,
        }
        for line in found.lines
    ]
    body = {"case": number, "lines": lines, "warnings": writing.problems_shown(found.warnings)}
    return reply(body, headers={"Cache-Control": "no-store"})
