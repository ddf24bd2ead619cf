"""Efficiency: figures of a period that the node computes from the log, as integers, and fractions as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dengbu.api.client.transport import Transport

BY = ("act", "office", "channel")


class Stats:
    """Efficiency reports, as `client.stats`; call it for a report."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def __call__(self, *, start: str | None = None, end: str | None = None, by: Sequence[str] = BY) -> Any:
        """Return the figures from `start` to `end` (ISO dates, both included; None is no limit), grouped by `by`.

        Groupings are act, office, channel and district. Times are in milliseconds, and a share is {"count", "of",
        "share": "3/4" or None}. `formulas` defines each figure. Anybody can compute the same from the log: see
        docs/rules.md.
        """
        query = {"from": start, "to": end, "by": ",".join(by)}
        return self._transport.get("/v1/stats", query).json()
