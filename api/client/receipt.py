"""A verified receipt: the file to keep, and its content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dengbu.ledger.log import receipt as receipts


@dataclass(frozen=True)
class Receipt:
    """A verified receipt: the entry, its checkpoint, and its cosigners with their times (UTC seconds).

    `raw` is the file to keep (suffix .tlog-proof). It proves what was decided at this index, not that it is in force.
    """

    raw: bytes
    verified: receipts.Receipt

    @property
    def index(self) -> int:
        """The entry's place in the log."""
        return self.verified.entry.index

    @property
    def time(self) -> int:
        """The block time, ms UTC."""
        return self.verified.entry.time

    @property
    def outcome(self) -> str:
        """The outcome: accepted, entered, recorded or refused."""
        return str(self.verified.entry.decision["outcome"])

    @property
    def result(self) -> Mapping[str, Any]:
        """The result of the decision, such as a case number, certificates or ranks."""
        return dict(self.verified.entry.decision.get("result", {}))

    @property
    def reasons(self) -> tuple[Mapping[str, Any], ...]:
        """Every reason of a refusal."""
        return tuple(self.verified.entry.decision.get("reasons", ()))

    @property
    def type(self) -> str:
        """The event type."""
        return self.verified.entry.envelope.body.type

    @property
    def actor(self) -> str:
        """The institution that made the event."""
        return self.verified.entry.envelope.body.actor

    @property
    def id(self) -> str:
        """The event's id, which is unique within that institution."""
        return self.verified.entry.envelope.body.id

    @property
    def data(self) -> Mapping[str, Any]:
        """The data of the event."""
        return dict(self.verified.entry.envelope.body.data)

    @property
    def cosigners(self) -> tuple[tuple[str, int], ...]:
        """The key name and time (UTC seconds) of every cosignature that counted."""
        return tuple(self.verified.cosigners)

    @property
    def case(self) -> str | None:
        """The number of the case to which this entry belongs, or None."""
        found = self.result.get("case", self.data.get("case"))
        return found if isinstance(found, str) else None
