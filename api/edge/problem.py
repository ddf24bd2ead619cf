"""Problems as HTTP answers: `application/problem+json` (RFC 9457) in the caller's language, with both languages included."""

import logging
import sqlite3
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from dengbu.api.edge import logs
from dengbu.api.edge.encoding import dumps
from dengbu.api.edge.errors import Problem
from dengbu.nodes.private.access_log import AccessLogBroken
from dengbu.nodes.store.connection import FatalStorage

CONTENT_TYPE = "application/problem+json"
STORAGE_RETRY_AFTER_S = 5

_BY_STATUS = {
    400: "malformed-request",
    401: "unsigned",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    412: "precondition-failed",
    413: "body-too-large",
    415: "unsupported-media-type",
    422: "invalid-request",
    428: "precondition-required",
    429: "too-many-requests",
    431: "header-too-large",
    500: "internal",
    503: "unavailable",
}

# Marshmallow's messages in Chinese; any other message gets the general words.
_OTHER_ZH = "不符合要求。"
_MESSAGES_ZH = {
    "Missing data for required field.": "缺少必填项。",
    "Unknown field.": "不认识的字段。",
    "Given more than once.": "不得重复给出。",
    "Field may not be null.": "不得为 null。",
    "Not a valid string.": "应为字符串。",
    "Not a valid integer.": "应为整数。",
    "Not a valid list.": "应为数组。",
    "Not a valid mapping type.": "应为对象。",
    "Not a valid boolean.": "应为布尔值。",
    "Not a valid date.": "应为日期(年-月-日)。",
    "Invalid input type.": "应为对象。",
    "String does not match expected pattern.": "格式不符。",
    "Shorter than minimum length 1.": "不得为空。",
}


def chinese_first() -> bool:
    """Return whether the caller reads Chinese: the default unless Accept-Language prefers English."""
    return request.accept_languages.best_match(["zh", "zh-CN", "en"], default="zh") != "en"


def body(problem: Problem) -> dict[str, Any]:
    """Return the members of the problem: title and detail in the caller's language, then in both."""
    kind = problem.kind
    zh = chinese_first()
    members: dict[str, Any] = {
        "type": f"/problems/{kind.code}",
        "title": kind.title_zh if zh else kind.title_en,
        "status": problem.status,
        "detail": (problem.detail_zh if zh else problem.detail_en)
        or (kind.action_zh if zh else kind.action_en),
        "code": kind.code,
        "title_zh": kind.title_zh,
        "title_en": kind.title_en,
        "detail_zh": problem.detail_zh or kind.action_zh,
        "detail_en": problem.detail_en or kind.action_en,
        "action": kind.action_zh if zh else kind.action_en,
        "action_zh": kind.action_zh,
        "action_en": kind.action_en,
        "request_id": g.get("request_id", ""),
    }
    if problem.errors:
        members["errors"] = problem.errors
    return members | problem.extra


def response(problem: Problem) -> Response:
    """Return the problem as a response."""
    answer = Response(dumps(body(problem)), status=problem.status, content_type=CONTENT_TYPE)
    answer.headers["Content-Language"] = "zh-CN" if chinese_first() else "en"
    answer.headers["Cache-Control"] = "no-store"
    answer.vary.add("Accept-Language")
    for name, value in problem.headers.items():
        answer.headers[name] = value
    g.problem = problem.kind.code
    return answer


def flatten(messages: Any, place: str = "body", pointer: str = "#") -> list[dict[str, str]]:
    """Return marshmallow's nested messages as a flat list of {"in", "pointer", "detail"}, with pointers by RFC 6901."""
    if isinstance(messages, dict):
        found = []
        for name, value in messages.items():
            step = "" if name == "_schema" else "/" + str(name).replace("~", "~0").replace("/", "~1")
            found += flatten(value, place, pointer + step)
        return found
    if isinstance(messages, list):
        return [entry for value in messages for entry in flatten(value, place, pointer)]
    english = str(messages)
    chinese = _MESSAGES_ZH.get(english, _OTHER_ZH)
    return [{"in": place, "pointer": pointer, "detail": f"{chinese} {english}"}]


_PLACES = {"json": "body", "query": "query", "headers": "header", "path": "path"}


def from_http(error: HTTPException) -> Problem:
    """Return a problem for an exception of Flask, werkzeug or webargs."""
    status = error.code or 400
    code = _BY_STATUS.get(status, "error")
    data = getattr(error, "data", None) or {}
    messages = data.get("messages", {})
    errors: list[dict[str, str]] = []
    if isinstance(messages, dict):
        for place, nested in messages.items():
            errors += flatten(nested, _PLACES.get(place, str(place)))
    headers: dict[str, str] = {}
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        headers["Allow"] = ", ".join(sorted(error.valid_methods))
    retry_after = getattr(error, "retry_after", None)
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return Problem(code, errors=errors, headers=headers).with_status(status)


def install(app: Flask) -> None:
    """Answer every error of the app as a problem; an unforeseen error is a 500 that reveals nothing of the inside.

    Failing storage is foreseen: the disk is full or broken, or this node is stopping. What became of a write is then
    unknown; the same request with the same key finds out, now or when the node is back.
    """

    def on_problem(error: Problem) -> Response:
        return response(error)

    def on_http(error: HTTPException) -> Response:
        return response(from_http(error))

    def on_storage(error: Exception) -> Response:
        logs.event(
            "http.storage", level=logging.CRITICAL, error=type(error).__name__, where=logs.where(error)
        )
        return response(
            Problem(
                "unavailable",
                "本节点的存储不可用(磁盘已满、故障或节点正在停止)，请联系本节点运维人员，并用同一 Idempotency-Key 重试。",
                "The storage of this node is not available (disk full or broken, or the node is stopping): tell its operator, "
                "and retry with the same Idempotency-Key.",
                headers={"Retry-After": str(STORAGE_RETRY_AFTER_S)},
            )
        )

    def on_broken_log(error: AccessLogBroken) -> Response:
        return response(
            Problem("access-log-broken", errors=[{"in": "log", "pointer": "#", "detail": str(error.broken)}])
        )

    def on_anything(error: Exception) -> Response:
        logs.event("http.internal", level=logging.ERROR, error=type(error).__name__, where=logs.where(error))
        return response(Problem("internal"))

    app.register_error_handler(Problem, on_problem)
    app.register_error_handler(HTTPException, on_http)
    app.register_error_handler(FatalStorage, on_storage)
    app.register_error_handler(AccessLogBroken, on_broken_log)
    app.register_error_handler(sqlite3.Error, on_storage)
    app.register_error_handler(Exception, on_anything)
