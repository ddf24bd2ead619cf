"""JSON at the edge of the API, read and written by orjson: UTF-8, no NaN, integers exact."""

import json
from collections.abc import Mapping
from typing import Any

import orjson
from flask import Response
from flask.json.provider import JSONProvider

from dengbu.ledger.log.encoding import DEPTH_MAX

Json = dict[str, Any]


def dumps(value: object) -> bytes:
    """Return the value as JSON bytes."""
    return orjson.dumps(value)


class NotJson(ValueError):
    """Bytes that are not JSON or nest too deeply; the message says where and quotes none of them."""


def loads(raw: bytes) -> Any:
    """Return the value of JSON bytes, with whole numbers such as 8100.0 made integers, as JSON Schema counts them.

    Raises NotJson, also for an object with two members of one name: of two readers, one might take the first and another
    the last.
    """
    try:
        value = _integers(orjson.loads(raw), DEPTH_MAX)
    except orjson.JSONDecodeError as fault:
        raise NotJson(f"{fault.msg} (byte {fault.pos})") from None
    json.loads(raw, object_pairs_hook=_once, parse_int=len, parse_float=len)
    return value


def _once(members: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in members}) < len(members):
        raise NotJson("重复的成员 a member stands twice in one object")


def _integers(value: Any, depth: int) -> Any:
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if not isinstance(value, dict | list):
        return value
    if not depth:
        raise NotJson(f"more than {DEPTH_MAX} nested arrays and objects")
    if isinstance(value, dict):
        return {name: _integers(each, depth - 1) for name, each in value.items()}
    return [_integers(each, depth - 1) for each in value]


class OrjsonProvider(JSONProvider):
    """Flask's JSON by orjson."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Return the object as JSON text; options of the standard library's json are not honoured."""
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Return the value of a JSON text. Raises NotJson when it is not JSON."""
        return loads(s.encode() if isinstance(s, str) else s)


def reply(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON answer."""
    response = Response(dumps(body), status=status, content_type="application/json")
    for name, value in (headers or {}).items():
        response.headers[name] = value
    return response
