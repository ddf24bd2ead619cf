"""JSON at the edge of the API: UTF-8, no NaN, integers exact, no member twice."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

import orjson
from flask import Response
from flask.json.provider import JSONProvider

from dengbu.ledger.log.encoding import DEPTH_MAX

Json = dict[str, Any]

_SURROGATE = re.compile("[\ud800-\udfff]")


def dumps(value: object) -> bytes:
    """Return the value as JSON bytes."""
    return orjson.dumps(value)


class NotJson(ValueError):
    """Bytes that are not JSON or nest too deeply; the message says where and quotes none of them."""


def loads(raw: bytes) -> Any:
    """Return the value of JSON bytes, with whole numbers such as 8100.0 made integers, as JSON Schema counts them.

    Raises NotJson, also for an object with two members of one name: of two readers, one might take the first and another
    the last. orjson would take the last, so it only writes.
    """
    try:
        text = raw.decode()
        value = json.loads(text, object_pairs_hook=_members, parse_float=_number, parse_constant=_no_constant)
    except NotJson:
        raise
    except json.JSONDecodeError as fault:
        raise NotJson(f"{fault.msg} (byte {len(text[: fault.pos].encode())})") from None
    except UnicodeDecodeError as fault:
        raise NotJson(f"不是 UTF-8 not UTF-8 (byte {fault.start})") from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError:  # more digits than Python makes an integer of
        raise NotJson("数字过大 a number is too large") from None
    _check(value, DEPTH_MAX)
    return value


def _members(members: list[tuple[str, Any]]) -> Json:
    found = dict(members)
    if len(found) < len(members):
        raise NotJson("重复的成员 a member stands twice in one object")
    return found


def _number(text: str) -> int | float:
    value = float(text)
    if not math.isfinite(value):
        raise NotJson("数字过大 a number is too large")
    return int(value) if value.is_integer() else value


def _no_constant(name: str) -> Any:
    raise NotJson(f"JSON 没有 JSON has no {name}")


def _check(value: Any, depth: int) -> None:
    """Raise NotJson for text with half a surrogate pair, which is no Unicode, and for more than `depth` nested containers."""
    if isinstance(value, str):
        if not value.isascii() and _SURROGATE.search(value):
            raise NotJson("不成对的代理码位 a lone surrogate")
        return
    if not isinstance(value, dict | list):
        return
    if not depth:
        raise _too_deep()
    for each in value:
        _check(each, depth - 1)
        if isinstance(value, dict):
            _check(value[each], depth - 1)


def _too_deep() -> NotJson:
    return NotJson(f"嵌套过深 more than {DEPTH_MAX} nested arrays and objects")


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
