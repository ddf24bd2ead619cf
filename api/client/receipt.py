"""A verified receipt, as it is kept and read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dengbu.ledger.log import receipt as receipts


@dataclass(frozen=True)
class Receipt:
    """A verified receipt: the entry, its checkpoint, and who cosigned it when (UTC seconds).

    `raw` is the file to keep (suffix .tlog-proof). It proves "decided so at this index", not "in force".
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
        """accepted, entered, recorded or refused."""
        return str(self.verified.entry.decision["outcome"])

    @property
    def result(self) -> Mapping[str, Any]:
        """What the decision brought about: case, certificates, ranks."""
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
        """The institution that asked."""
        return self.verified.entry.envelope.body.actor

    @property
    def id(self) -> str:
        """The event's id at that institution."""
        return self.verified.entry.envelope.body.id

    @property
    def data(self) -> Mapping[str, Any]:
        """What was asked."""
        return dict(self.verified.entry.envelope.body.data)

    @property
    def cosigners(self) -> tuple[tuple[str, int], ...]:
        """(name, UTC seconds) of every cosignature that counted."""
        return tuple(self.verified.cosigners)

    @property
    def case(self) -> str | None:
        """The number of the case this entry belongs to, if any."""
        found = self.result.get("case", self.data.get("case"))
        return found if isinstance(found, str) else None
