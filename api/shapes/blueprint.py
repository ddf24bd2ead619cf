"""The blueprint of every route file, and the shapes of headers and path parts that the OpenAPI document shows."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import flask_smorest
import msgspec
from flask import Request
from marshmallow import RAISE
from webargs.flaskparser import FlaskParser

from dengbu.api.body_size import WAIT_S_MAX
from dengbu.api.edge.encoding import NotJson, loads
from dengbu.api.edge.errors import Problem
from dengbu.api.shapes import answers, problems
from dengbu.api.shapes.of_ledger import Json, published, reference
from dengbu.ledger.log.envelope import Reference
from dengbu.ledger.register.shapes import CaseNumber, UnitCode

View = TypeVar("View", bound=Callable[..., Any])

TEXT: Json = {"type": "string"}
BYTES: Json = {"type": "string", "format": "binary"}


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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.answers: list[type[msgspec.Struct]] = []

    def arguments(self, schema: Any, *, location: str = "json", **kwargs: Any) -> Any:
        """Return smorest's decorator, with unknown members refused everywhere."""
        return super().arguments(schema, location=location, unknown=RAISE, **kwargs)

    def response(self, status: int, *shapes: Any, **kwargs: Any) -> Any:
        """Smorest's decorator, for an answer of one shape or of several: a schema, or a type of ours."""
        return super().response(status, self._schema(shapes), **kwargs)

    def alt_response(self, status: int, name: str | None = None, *, schema: Any = None, **kwargs: Any) -> Any:
        """Smorest's decorator, for a schema or a type of ours."""
        return super().alt_response(status, name, schema=schema and self._schema((schema,)), **kwargs)

    def _schema(self, shapes: Sequence[Any]) -> Json:
        found = [shape if isinstance(shape, dict) else self._named(shape) for shape in shapes]
        return found[0] if len(found) == 1 else {"anyOf": found}

    def _named(self, shape: type[msgspec.Struct]) -> Json:
        self.answers.append(shape)
        return reference(shape)

    def may_answer(self, *statuses: int) -> Callable[[View], View]:
        """Declare that a route may answer with problems of these statuses."""

        def declare(view: View) -> View:
            for status in statuses:
                view = self.alt_response(status, problems.name_of(status))(view)
            return view

        return declare

    def not_modified(self, view: View) -> View:
        """Declare that a route answers 304 to a caller who has what it would answer."""
        described: View = self.alt_response(304, description="未变 not modified: If-None-Match has the ETag")(
            view
        )
        return described

    def event(self, *headers: dict[str, Any]) -> Callable[[View], View]:
        """Declare that a route makes an event: it takes these headers and answers 201 (final) or 202 (pending)."""

        def declare(view: View) -> View:
            view = self.doc(parameters=list(headers))(view)
            view = self.may_answer(*WRITE_STATUSES, *(IF_MATCH_STATUSES if IF_MATCH in headers else ()))(view)
            view = self.alt_response(
                202, schema=answers.EventResult, description="已收到 taken, not final yet"
            )(view)
            return self.response(201, answers.EventResult, description="终局 final")(view)

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
    "事件编号，重试时不变，永久公开于账本；不得是公民身份号码或手机号码 The event's id; the same on a retry. It stays on the log: "
    "never an identity number or a mobile number.",
    required=True,
    schema=published(Reference)[0],
)
SAME_AS_ID = {
    **IDEMPOTENCY_KEY,
    "required": False,
    "description": "须与事件的 id 相同 if given, the event's own `id`",
}
PREFER = _header(
    "Prefer",
    f"wait=N:至多等待 N 秒(上限 {WAIT_S_MAX}) wait up to N seconds (at most {WAIT_S_MAX})",
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
WRITE_STATUSES = (400, 409, 422, 429, 503)
IF_MATCH_STATUSES = (412, 428)
