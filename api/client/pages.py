"""Listings that a node returns in pages, as one iterator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dengbu.api.client.errors import VerificationError
from dengbu.api.client.transport import Transport


def pages(transport: Transport, path: str, query: Mapping[str, Any]) -> Iterator[Any]:
    """Iterate over every item of a listing, fetching pages as needed; raise VerificationError on a repeated page."""
    cursor: str | None = None
    while True:
        page = transport.get(path, {**query, "cursor": cursor}).json()
        yield from page["items"]
        following = page.get("next_cursor")
        if following is None:
            return
        if following == cursor:
            raise VerificationError("cursor", "节点重复返回同一页 the node gives the same page again")
        cursor = following
