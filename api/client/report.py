"""The result of an audit."""

from __future__ import annotations

from dataclasses import dataclass

from dengbu.api.client.heads import Head


@dataclass(frozen=True)
class Fault:
    """A fault in the log: the entry's index, the field, and a message with the expected and the found value."""

    index: int
    field: str
    message: str


@dataclass(frozen=True)
class Report:
    """The number of correct entries, the register digest after them, the head, and the first fault, if any."""

    checked: int
    register: str | None
    head: Head
    fault: Fault | None = None

    @property
    def ok(self) -> bool:
        """Whether every entry is correct and all together are what was cosigned."""
        return self.fault is None
