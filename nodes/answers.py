"""The values that a node returns, and what it lets others read of its ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.log.entry import Entry
from dengbu.ledger.log.merkle import NodeId
from dengbu.ledger.register.register import Register
from dengbu.nodes.private.access_chain import Access, Broken


@dataclass(frozen=True)
class Pending:
    """An event that this node has taken but that is not final yet."""

    actor: str
    event_id: str


@dataclass(frozen=True)
class TurnedAway:
    """An event that this node has taken but that can no longer enter the log: no entry comes of it."""

    actor: str
    event_id: str
    why: NotAdmitted


@dataclass(frozen=True)
class Final:
    """An event whose entry a quorum has cosigned."""

    index: int
    entry: Entry


@dataclass(frozen=True)
class AccessLogPage:
    """Rows of the access log, the number and hash of its last row, and where it fails verification, if anywhere."""

    rows: tuple[Access, ...]
    n: int
    hash: str
    broken: Broken | None


class Ledger(Protocol):
    """The committed log and the register at any place in it, for reading from any thread.

    Committed entries may not be final yet: code that shows entries to others must stop at `Node.final_size`.
    """

    def entry(self, index: int) -> Entry | None:
        """Return the entry at this index; None if there is none."""

    def feed(
        self,
        after: int,
        limit: int = ...,
        *,
        type: str | None = None,
        unit: str | None = None,
        case: str | None = None,
    ) -> Sequence[Entry]:
        """Return a bounded number of entries with an index above `after` (-1: from the first), oldest first."""

    def leaves(self, start: int, end: int) -> Sequence[bytes]:
        """Return the leaves from `start` up to, but not including, `end`; fewer where the log ends."""

    def read(self, ids: Sequence[NodeId]) -> Sequence[bytes]:
        """Return the hashes of these complete subtrees, in this order."""

    def last_checkpoint(self) -> tuple[int, bytes] | None:
        """Return size and note of the newest final checkpoint; None if there is none."""

    def register_at(self, index: int) -> Register:
        """Return the register as it was after the entry at `index`."""

    def index_before(self, end_ms: int) -> int:
        """Return the index of the last entry before a moment (UTC ms), or -1 before the first."""
