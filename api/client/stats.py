"""Efficiency: figures of a period as the node counts them from the log; integers, and fractions as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dengbu.api.client.transport import Transport

BY = ("act", "office", "channel")


class Stats:
    """`client.stats`: call it for a report."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def __call__(self, *, start: str | None = None, end: str | None = None, by: Sequence[str] = BY) -> Any:
        """The figures from a day to a day (ISO dates, both included; None: all), grouped by `by`.

        `by`: act, office, channel, district. Times are milliseconds, shares {"count", "of", "share": "3/4" or None};
        `formulas` says what each figure is. Anybody can count the same from the log: see docs/rules.md.
        """
        query = {"from": start, "to": end, "by": ",".join(by)}
        return self._transport.get("/v1/stats", query).json()
