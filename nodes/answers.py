"""What a node answers when it is asked what became of an event."""

from dataclasses import dataclass

from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.log.entry import Entry


@dataclass(frozen=True)
class Pending:
    """An event that this node has taken but that is not final yet."""

    actor: str
    event_id: str


@dataclass(frozen=True)
class TurnedAway:
    """An event that this node has taken and that can enter the log no more: no entry comes of it."""

    actor: str
    event_id: str
    why: NotAdmitted


@dataclass(frozen=True)
class Final:
    """An event whose entry a quorum has cosigned."""

    index: int
    entry: Entry
