"""The pages behind the `type` of a problem: what it means and what to do, as HTML or JSON."""

from itertools import groupby

from flask import Response, render_template, request

from dengbu.api.edge.access import public
from dengbu.api.edge.encoding import Json, reply
from dengbu.api.edge.errors import CATALOGUE, Kind, Problem
from dengbu.api.shapes import node_answers as shapes
from dengbu.api.shapes.blueprint import TEXT, Blueprint

blp = Blueprint("problems", __name__, description="问题目录 The catalogue of problems")

# The thousands of the ledger's numbers (dengbu.ledger.law.verdict); what has no number is the API's own.
GROUPS = {
    0: ("接口", "API"),
    1: ("准入与权限", "admission and authority"),
    2: ("案件", "cases"),
    3: ("单元与权利", "units and rights"),
    4: ("抵押权与用益物权", "mortgages and rights of use"),
    5: ("税收", "tax"),
    6: ("法院", "courts"),
    7: ("网络", "the network"),
}


def _json(kind: Kind) -> Json:
    body: Json = {"type": f"/problems/{kind.code}", "code": kind.code, "status": kind.status}
    body |= {name: getattr(kind, name) for name in ("title_zh", "title_en", "action_zh", "action_en")}
    if kind.number is not None:
        body["number"] = kind.number
    return body


def _wants_html() -> bool:
    return request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"


def _group(kind: Kind) -> int:
    return (kind.number or 0) // 1000


def _page(template: str, **given: object) -> Response:
    """Return a page made of one of `api/pages/templates`."""
    return Response(render_template(template, **given), content_type="text/html; charset=utf-8")


def _vary(response: Response) -> Response:
    response.vary.add("Accept")
    return response


@blp.route("/problems")
@blp.response(200, shapes.ProblemKinds)
@blp.alt_response(200, schema=TEXT, content_type="text/html")
@public
def list_problems() -> Response:
    """问题目录 Every problem that this API can answer with."""
    if not _wants_html():
        return _vary(reply({"items": [_json(kind) for kind in CATALOGUE.values()]}))
    kinds = sorted(CATALOGUE.values(), key=_group)  # each group in the order of the catalogue
    groups = [(*GROUPS[number], list(found)) for number, found in groupby(kinds, key=_group)]
    return _vary(_page("problems.html", groups=groups))


@blp.route("/problems/<code>")
@blp.response(200, shapes.ProblemKind)
@blp.alt_response(200, schema=TEXT, content_type="text/html")
@public
def read_problem(code: str) -> Response:
    """问题说明 What one problem means and what to do."""
    kind = CATALOGUE.get(code)
    if kind is None:
        raise Problem("not-found", "没有此问题代码。", "There is no such problem code.")
    return _vary(_page("problem.html", kind=kind) if _wants_html() else reply(_json(kind)))
