"""Cases: apply, read, and decide."""

from typing import Any

from flask import Response

from dengbu.api.edge import paging
from dengbu.api.edge.access import AUDITOR, OFFICER, SYSTEM, access, senders
from dengbu.api.edge.conditional import case_etag, not_modified, require_match
from dengbu.api.edge.encoding import Json, reply
from dengbu.api.edge.state import state
from dengbu.api.shapes import register_answers as shapes
from dengbu.api.shapes import schemas
from dengbu.api.shapes.blueprint import CASE, IF_MATCH, TEXT, WRITE, Blueprint
from dengbu.api.shapes.headers import A_FILE
from dengbu.api.views import writing
from dengbu.api.views.handling import handling
from dengbu.api.views.lookup import case_seen, receipt_of
from dengbu.api.views.prechecking import precheck
from dengbu.api.views.timing import asked_time, clock_shown
from dengbu.api.views.viewing import viewer
from dengbu.ledger.register.records import Case
from dengbu.nodes.store.listings import Page

blp = Blueprint("cases", __name__, url_prefix="/v1/cases", description="案件 Cases")


@blp.route("", methods=["POST"])
@blp.arguments(schemas.CheckQuery(), location="query")
@blp.arguments(schemas.CaseIn())
@blp.event(*WRITE)
@blp.alt_response(200, schema=shapes.Precheck, description="预检结果 what a pre-check found")
@access(OFFICER, SYSTEM, roles=senders("case.apply"))
def apply_for_registration(query: Json, body: Json) -> Response:
    """申请登记 Apply for registration: one case, one or more acts, entered all or none.

    check=true 仅预检：不签署、不发送、不入账，无需 Idempotency-Key；查询记入访问日志，并按密钥和单元计数。
    With check=true it is only pre-checked: nothing is signed, sent or ordered, and no Idempotency-Key is needed; that it was
    asked is in the access log, and counted by key and unit.

    自动登簿仅适用于在 private 中列明全体权利人(parties)及数额或者价款(terms, contract)、且登记机构可读的案件；其余案件转人工办理。
    The automatic desk enters only cases whose private parts, readable by the registry, name every holder (parties) and state
    the amount or price (terms, contract); all others go to a person. See docs/desk.md.
    """
    private = writing.private_parts(body["private"])
    if query["check"]:
        return precheck(schemas.application(body), private)
    return writing.write("case.apply", lambda: schemas.application(body), private)


@blp.route("", methods=["GET"])
@blp.arguments(schemas.CasesQuery(), location="query")
@blp.response(200, shapes.CasePage)
@access(OFFICER, SYSTEM, AUDITOR)
def list_cases(query: Json) -> Response:
    """案件列表 Cases that this institution may see, oldest first; with order=newest the newest first."""
    seen, listings = viewer(), state().node.listings
    actor = seen.institution if query["mine"] else None

    def fetch(after: int, limit: int) -> Page[Case]:
        return listings.cases(
            state=query["state"],
            actor=actor,
            act=query["act"],
            after=after,
            limit=limit,
            newest=query["order"] == "newest",
        )

    return reply(paging.listing(fetch, seen.case, query))


@blp.route("/<number>", parameters=[CASE])
@blp.response(200, shapes.CaseRead)
@blp.not_modified
@access(OFFICER, SYSTEM, AUDITOR)
def read_case(number: str) -> Response:
    """案件 One case, with what it waits for and why it was left to a person or refused; a decision must name its ETag."""
    case, shown = case_seen(number)
    return not_modified(reply({**shown, **handling(case)}), case_etag(case))


@blp.route("/<number>/clock", parameters=[CASE])
@blp.arguments(schemas.DayQuery(), location="query")
@blp.response(200, shapes.Clock)
@access(OFFICER, SYSTEM, AUDITOR)
def read_clock(query: Json, number: str) -> Response:
    """办理时限 A case's clock, now or at the end of a day: days used, the last day, what the registry waits for."""
    case, _ = case_seen(number)
    return reply(clock_shown(case, asked_time(query)))


def _decide(
    event_type: str, number: str, more: dict[str, Any], *, matched: bool, private: Json | None = None
) -> Response:
    case, _ = case_seen(number)

    def check() -> None:
        if matched:
            require_match(case_etag(case))

    parts = writing.private_parts(private or {})
    return writing.write(event_type, lambda: {"case": number, **more}, parts, check=check)


@blp.route("/<number>/review", methods=["POST"], parameters=[CASE])
@blp.event(*WRITE)
@access(OFFICER, SYSTEM, roles=senders("case.review"))
def review_case(number: str) -> Response:
    """审核 Take a case for review; this locks the deal's clearance."""
    writing.no_body()
    return _decide("case.review", number, {}, matched=False)


@blp.route("/<number>/suspend", methods=["POST"], parameters=[CASE])
@blp.arguments(schemas.SuspendIn())
@blp.event(*WRITE)
@access(OFFICER, roles=senders("case.suspend"))
def suspend_case(body: Json, number: str) -> Response:
    """中止计时 Suspend a case for a requisition of papers (补正), an announcement, an inspection or a verification."""
    return _decide("case.suspend", number, body, matched=False)


@blp.route("/<number>/resume", methods=["POST"], parameters=[CASE])
@blp.arguments(schemas.ResumeIn())
@blp.event(*WRITE)
@access(OFFICER, SYSTEM, roles=senders("case.resume"))
def resume_case(body: Json, number: str) -> Response:
    """恢复计时 Resume a case; an applicant who answers a requisition may add private parts."""
    return _decide("case.resume", number, {}, matched=False, private=body["private"])


@blp.route("/<number>/enter", methods=["POST"], parameters=[CASE])
@blp.event(IF_MATCH, *WRITE)
@access(OFFICER, SYSTEM, roles=senders("case.enter"))
def enter_case(number: str) -> Response:
    """登簿 Enter a case: either all its acts take effect, or it is refused with every reason."""
    writing.no_body()
    return _decide("case.enter", number, {}, matched=True)


@blp.route("/<number>/refuse", methods=["POST"], parameters=[CASE])
@blp.arguments(schemas.RefuseIn())
@blp.event(IF_MATCH, *WRITE)
@access(OFFICER, roles=senders("case.refuse"))
def refuse_case(body: Json, number: str) -> Response:
    """不予登记 Refuse a case, stating grounds; only a person may decide this, never a system (PIPL 24)."""
    return _decide("case.refuse", number, {"grounds": body["grounds"]}, matched=True)


@blp.route("/<number>/withdraw", methods=["POST"], parameters=[CASE])
@blp.event(*WRITE)
@access(OFFICER, SYSTEM, roles=senders("case.withdraw"))
def withdraw_case(number: str) -> Response:
    """撤回申请 Withdraw a case, as its applicant or the registry."""
    writing.no_body()
    return _decide("case.withdraw", number, {}, matched=False)


@blp.route("/<number>/rate", methods=["POST"], parameters=[CASE])
@blp.arguments(schemas.RateIn())
@blp.event(*WRITE)
@access(OFFICER, SYSTEM, roles=senders("case.rate"))
def rate_case(body: Json, number: str) -> Response:
    """好差评 Rate once how a decided case was handled, from 1 (worst) to 5 (best)."""
    return _decide("case.rate", number, body, matched=False)


@blp.route("/<number>/receipt", parameters=[CASE])
@blp.response(
    200, TEXT, content_type="text/plain", description="回执 receipt (C2SP tlog-proof)", headers=A_FILE
)
@access(OFFICER, SYSTEM, AUDITOR)
def read_case_receipt(number: str) -> Response:
    """案件回执 The receipt of the case's decision, or of its acceptance while undecided."""
    case, _ = case_seen(number)
    return receipt_of(case.applied if case.decided is None else case.decided)
