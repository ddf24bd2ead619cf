"""The values that a node takes and returns, what it lets others read of its ledger, and the exceptions it raises."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.log.entry import Entry
from dengbu.ledger.log.merkle import NodeId
from dengbu.ledger.register.register import Register
from dengbu.nodes import cause as cause
from dengbu.nodes.audit.tampering import Tampered as Tampered
from dengbu.nodes.figures import Figures as Figures
from dengbu.nodes.finality.engine import Ticket as Ticket
from dengbu.nodes.finality.engine import Unavailable as Unavailable
from dengbu.nodes.home.config import Client as Client
from dengbu.nodes.home.config import ConfigError as ConfigError
from dengbu.nodes.home.config import Officer as Officer
from dengbu.nodes.home.keystore import KeystoreError as KeystoreError
from dengbu.nodes.home.limits import Rate as Rate
from dengbu.nodes.home.limits import RateLimits as RateLimits
from dengbu.nodes.peers.server.lanes import LaneLoad as LaneLoad
from dengbu.nodes.private.access_chain import Access as Access
from dengbu.nodes.private.access_chain import Broken
from dengbu.nodes.private.access_log import AccessLogBroken as AccessLogBroken
from dengbu.nodes.private.package import PrivatePart as PrivatePart
from dengbu.nodes.private.payload_shapes import SHAPES
from dengbu.nodes.private.problems import Blocked as Blocked
from dengbu.nodes.private.problems import Problem as Problem
from dengbu.nodes.store.connection import FatalStorage as FatalStorage
from dengbu.nodes.store.connection import StoreInUse as StoreInUse
from dengbu.nodes.store.listings import Page as Page

PRIVATE_SHAPES = SHAPES


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
