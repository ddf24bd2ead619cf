"""What an audit found."""

from __future__ import annotations

from dataclasses import dataclass

from dengbu.api.client.heads import Head


@dataclass(frozen=True)
class Fault:
    """What does not stand: the entry's index, the field, and ours beside theirs."""

    index: int
    field: str
    message: str


@dataclass(frozen=True)
class Report:
    """Entries that stand, the register digest after them, the head, and the first fault, if any."""

    checked: int
    register: str | None
    head: Head
    fault: Fault | None = None

    @property
    def ok(self) -> bool:
        """Whether every entry stands and the whole is what was cosigned."""
        return self.fault is None
