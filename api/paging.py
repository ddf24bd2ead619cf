"""Cursor pages: `?limit=&cursor=` in, `{items, next_cursor}` out; never a total.

A cursor is base64url of the last key shown: to the caller an opaque string, to the store a place to go on from.
"""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from api.encoding import Json
from api.errors import Problem
from ledger.records import Record
from nodes.reads import Reads

R = TypeVar("R", bound=Record)

SCAN_MAX = 1000  # rows read for one page, however few of them the reader may see
LIMIT_DEFAULT = 50
LIMIT_MAX = 100
CURSOR_CHARACTERS_MAX = 200


def encode_cursor(place: str) -> str:
    """The cursor that stands for a place in a listing."""
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None) -> str | None:
    """The place a cursor stands for; Problem not-found when it is not one of ours."""
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        place = raw.decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise Problem("not-found", "cursor 无效,请从第一页重新读取。",
                      "The cursor is not one of ours; read from the first page again.") from error
    if encode_cursor(place) != cursor or not place.isprintable():
        raise Problem("not-found", "cursor 无效,请从第一页重新读取。",
                      "The cursor is not one of ours; read from the first page again.")
    return place


def page(items: Sequence[object], next_place: str | None) -> dict[str, object]:
    """One page of a listing."""
    return {"items": list(items), "next_cursor": encode_cursor(next_place) if next_place is not None else None}


def listing(
    store: Reads, kind: type[R], show: Callable[[R], Json | None], query: Mapping[str, Any], **where: str | None
) -> Json:
    """One page of the records of a kind, newest first; `show` says how, or None for what is passed over."""
