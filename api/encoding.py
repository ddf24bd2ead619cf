"""JSON at the edge of the API by orjson: UTF-8, no NaN, integers as they are."""

from collections.abc import Mapping
from typing import Any

import orjson
from flask import Response
from flask.json.provider import JSONProvider

Json = dict[str, Any]


def dumps(value: object) -> bytes:
    """The value as JSON bytes."""
    return orjson.dumps(value)


class OrjsonProvider(JSONProvider):
    """Flask's JSON by orjson."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """The object as JSON text; options of the standard library's json are not honoured."""
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """The object that the JSON text says. ValueError when it is not JSON."""
        return orjson.loads(s)


def reply(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    response = Response(dumps(body), status=status, content_type="application/json")
    for name, value in (headers or {}).items():
        response.headers[name] = value
    return response
