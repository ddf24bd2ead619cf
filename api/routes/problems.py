"""The pages behind the `type` of a problem: what it means and what to do, as HTML or JSON."""

from html import escape

from flask import Response, request

from dengbu.api.edge.auth import public
from dengbu.api.edge.encoding import Json, dumps
from dengbu.api.edge.errors import CATALOGUE, Kind, Problem
from dengbu.api.shapes import node_answers as shapes
from dengbu.api.shapes.blueprint import TEXT, Blueprint

blp = Blueprint("problems", __name__, description="问题目录 The catalogue of problems")

_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title} - 登簿 Dengbu</title></head><body><main>
{main}
</main></body></html>
"""


def _json(kind: Kind) -> Json:
    body: Json = {"type": f"/problems/{kind.code}", "code": kind.code, "status": kind.status}
    body |= {name: getattr(kind, name) for name in ("title_zh", "title_en", "action_zh", "action_en")}
    if kind.number is not None:
        body["number"] = kind.number
    return body


def _wants_html() -> bool:
    return request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"


def _answer(title: str, main: str, body: Json) -> Response:
    if _wants_html():
        response = Response(
            _PAGE.format(title=escape(title), main=main), content_type="text/html; charset=utf-8"
        )
    else:
        response = Response(dumps(body), content_type="application/json")
    response.vary.add("Accept")
    return response


def _article(kind: Kind) -> str:
    number = f" · {kind.number}" if kind.number is not None else ""
    return (
        f'<h1>{escape(kind.title_zh)}</h1><p lang="en">{escape(kind.title_en)}</p>'
        f"<p><code>{escape(kind.code)}</code> · HTTP {kind.status}{number}</p>"
        f'<h2>怎么办 What to do</h2><p>{escape(kind.action_zh)}</p><p lang="en">{escape(kind.action_en)}</p>'
        '<p><a href="/problems">全部问题 All problems</a></p>'
    )


@blp.route("/problems")
@blp.response(200, shapes.ProblemKinds)
@blp.alt_response(200, schema=TEXT, content_type="text/html")
@public
def list_problems() -> Response:
    """问题目录 Every problem that this API can answer with."""
    rows = "".join(
        f'<tr><td><a href="/problems/{escape(kind.code)}"><code>{escape(kind.code)}</code></a></td>'
        f"<td>{kind.status}</td><td>{escape(kind.title_zh)}</td>"
        f'<td lang="en">{escape(kind.title_en)}</td></tr>'
        for kind in CATALOGUE.values()
    )
    main = (
        "<h1>问题目录 Problems</h1><table><thead><tr><th>代码 code</th><th>HTTP</th><th>中文</th>"
        f"<th>English</th></tr></thead><tbody>{rows}</tbody></table>"
    )
    return _answer("问题目录 Problems", main, {"items": [_json(kind) for kind in CATALOGUE.values()]})


@blp.route("/problems/<code>")
@blp.response(200, shapes.ProblemKind)
@blp.alt_response(200, schema=TEXT, content_type="text/html")
@public
def read_problem(code: str) -> Response:
    """问题说明 What one problem means and what to do."""
    kind = CATALOGUE.get(code)
    if kind is None:
        raise Problem("not-found", "没有此问题代码。", "There is no such problem code.")
    return _answer(kind.title_zh, _article(kind), _json(kind))
