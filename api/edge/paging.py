"""Cursor pages: `?limit=&cursor=` in, `{items, next_cursor}` out; never a total.

A cursor is base64url of the last key shown: to the caller an opaque string, to the store a place to go on
from.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from dengbu.api.edge.encoding import Json
from dengbu.api.edge.errors import Problem
from dengbu.ledger.register.records import Record
from dengbu.nodes.answers import Page

R = TypeVar("R", bound=Record)

_ROW = re.compile(r"[0-9]{1,18}")  # what SQLite's integers hold
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
        raise _foreign() from error
    if encode_cursor(place) != cursor:
        raise _foreign()
    return place


def _foreign() -> Problem:
    return Problem(
        "not-found",
        "cursor 无效,请从第一页重新读取。",
        "The cursor is not one of ours; read from the first page again.",
    )


def page(items: Sequence[object], next_place: str | None) -> dict[str, object]:
    """One page of a listing."""
    return {
        "items": list(items),
        "next_cursor": encode_cursor(next_place) if next_place is not None else None,
    }


def listing(
    fetch: Callable[[int, int], Page[R]], show: Callable[[R], Json | None], query: Mapping[str, Any]
) -> Json:
    """One page of records, oldest first; `show` says how one is shown, or None for one that is passed over.

    `fetch` gives the records after a row id. At most SCAN_MAX rows are read for a page, so that a reader who
    may see few of them gets a short page and a cursor rather than a slow answer.
    """
    after, limit = row_of(query["cursor"]), query["limit"]
    items: list[Json] = []
    for _ in range(SCAN_MAX // limit + 1):
        found = fetch(after, limit - len(items))
        items += [shown for record in found.records if (shown := show(record)) is not None]
        if found.next is None:
            return page(items, None)
        after = found.next
        if len(items) >= limit:
            break
    return page(items, str(after))


def row_of(cursor: str | None) -> int:
    """The row id or index in a cursor, 0 without one; Problem not-found when it is not one of ours."""
    place = decode_cursor(cursor)
    if place is None:
        return 0
    if not _ROW.fullmatch(place):
        raise _foreign()
    return int(place)
