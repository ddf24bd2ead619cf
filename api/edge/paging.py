"""Cursor pages: `?limit=&cursor=` in, `{items, next_cursor}` out; never a total.

A cursor is the base64url of the last key shown: opaque to the caller, the place to continue from for the store.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from dengbu.api.edge.encoding import Json
from dengbu.api.edge.errors import Problem
from dengbu.ledger.register.record import Record
from dengbu.nodes.store.listings import Page

R = TypeVar("R", bound=Record)

_ROW = re.compile(r"[0-9]{1,18}")  # always fits SQLite's integers
SCAN_MAX = 1000  # rows read for one page, however few of them the reader may see
LIMIT_DEFAULT = 50
LIMIT_MAX = 100
CURSOR_CHARACTERS_MAX = 200


def encode_cursor(place: str) -> str:
    """Return the cursor for a place in a listing."""
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None) -> str | None:
    """Return the place a cursor stands for. Raises Problem not-found when we did not issue it."""
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
        "cursor 无效，请从第一页重新读取。",
        "The cursor is not valid; read from the first page again.",
    )


def page(items: Sequence[object], next_place: str | None) -> dict[str, object]:
    """Return one page of a listing."""
    return {
        "items": list(items),
        "next_cursor": encode_cursor(next_place) if next_place is not None else None,
    }


def listing(
    fetch: Callable[[int, int], Page[R]], show: Callable[[R], Json | None], query: Mapping[str, Any]
) -> Json:
    """Return one page of records, in the order of `fetch`; `show` returns a record as shown, or None to pass it over.

    `fetch` returns the records after a row id. About SCAN_MAX rows at most are read for a page, so that a reader who
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
    """Return the row id or index in a cursor, 0 without one. Raises Problem not-found when we did not issue it."""
    place = decode_cursor(cursor)
    if place is None:
        return 0
    if not _ROW.fullmatch(place):
        raise _foreign()
    return int(place)
