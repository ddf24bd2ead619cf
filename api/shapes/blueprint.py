"""The blueprint of every route file, and the shapes of headers and path parts that the OpenAPI document shows."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import flask_smorest
from flask import Request
from marshmallow import RAISE
from webargs.flaskparser import FlaskParser

from dengbu.api.edge.encoding import NotJson, loads
from dengbu.api.edge.errors import Problem
from dengbu.api.shapes import answers
from dengbu.api.shapes.of_ledger import published
from dengbu.ledger.log.envelope import Reference
from dengbu.ledger.register.shapes import CaseNumber, UnitCode

View = TypeVar("View", bound=Callable[..., Any])


class Parser(FlaskParser):
    """Webargs' parser, which reads bodies by the API's own JSON decoder."""

    def load_json(self, req: Request, schema: Any) -> Any:
        """Return the value of the body. An empty body counts as an empty object, so that each missing member is named."""
        raw = req.get_data()
        try:
            return loads(raw) if raw else {}
        except NotJson as fault:
            where = {"in": "body", "pointer": "#", "detail": f"JSON 格式有误 {fault}"}
            raise Problem(
                "malformed-request", "请求体不是 JSON。", "The body is not JSON.", errors=[where]
            ) from fault


class Blueprint(flask_smorest.Blueprint):
    """A smorest blueprint whose queries refuse unknown members: a mistyped filter must not list everything."""

    ARGUMENTS_PARSER = Parser()

    def arguments(self, schema: Any, *, location: str = "json", **kwargs: Any) -> Any:
        """Return smorest's decorator, with unknown members refused everywhere."""
        return super().arguments(schema, location=location, unknown=RAISE, **kwargs)

    def event(self, *headers: dict[str, Any]) -> Callable[[View], View]:
        """Declare that a route makes an event: it takes these headers and answers 201 (final) or 202 (pending)."""

        def declare(view: View) -> View:
            view = self.doc(parameters=list(headers))(view)
            view = self.alt_response(202, schema=answers.EventResult)(view)
            return self.response(201, answers.EventResult)(view)

        return declare


def path(name: str, kind: Any, text: str) -> dict[str, Any]:
    """Return a path part whose shape the ledger defines."""
    return {
        "in": "path",
        "name": name,
        "required": True,
        "description": text,
        "schema": published(kind)[0],
    }


def _header(name: str, text: str, *, required: bool, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"in": "header", "name": name, "required": required, "description": text, "schema": dict(schema)}


IDEMPOTENCY_KEY = _header(
    "Idempotency-Key",
    "事件编号，重试时不变 The event's id; the same on a retry",
    required=True,
    schema=published(Reference)[0],
)
PREFER = _header(
    "Prefer",
    "wait=N:至多等待 N 秒(上限 30) wait up to N seconds (at most 30)",
    required=False,
    schema={"type": "string"},
)
IF_MATCH = _header(
    "If-Match",
    "读到的案件 ETag The ETag of the case as it was read",
    required=True,
    schema={"type": "string", "pattern": r'^"v[0-9]{1,15}"$'},
)
UNIT = path("code", UnitCode, "不动产单元代码 unit code, 28 characters, ungrouped")
CASE = path("number", CaseNumber, "案件编号 case number")
WRITE = (IDEMPOTENCY_KEY, PREFER)
