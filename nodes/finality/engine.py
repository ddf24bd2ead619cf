"""The interface of an engine, which orders events, and its answers to a submission."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.log.envelope import Envelope
from dengbu.nodes.finality.readings import Readings

BLOCK_EVENTS_MAX = 512  # of one block, whichever engine orders


class Ticket(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A submission that was taken, to ask about by actor and event id. `hash` is the hex SHA-256 of its bytes."""

    actor: str
    event_id: str
    hash: str


class Unavailable(Exception):
    """The engine takes no events now. Sending the same bytes again later is safe."""

    def __init__(self, retry_after_s: int, reason: str) -> None:
        super().__init__(retry_after_s, reason)
        self.retry_after_s = retry_after_s
        self.reason = reason

    def __str__(self) -> str:
        return f"暂不接收 not available now: {self.reason}; try again in {self.retry_after_s} s"


def named(event: Envelope) -> dict[str, str]:
    """Return what a log line says of an event: its actor, id and type, and the case it is about, if it has one yet."""
    body = event.body
    case = body.data.get("case")
    about = {"case": case} if isinstance(case, str) else {}
    return {"actor": body.actor, "event_id": body.id, "type": body.type, **about}


class Engine(Protocol):
    """Orders events and makes them final; thread-safe. From `start` on, the engine alone drives the application."""

    readings: Readings

    def start(self) -> None:
        """Resume the work where it was left, in threads of its own."""

    def stop(self) -> None:
        """End and join the threads. The next start takes up whatever was not final."""

    def submit(self, raw: bytes) -> Ticket:
        """Take an event for ordering; the same bytes again give the same ticket.

        Raises `NotAdmitted` if it may not enter the log (also for other bytes under the same actor and id), or
        `Unavailable`.
        """

    def wait_final(self, ticket: Ticket, timeout_s: float) -> int | None:
        """Return the index of the ticket's entry once it is final; None if that takes more than `timeout_s` seconds.

        Raises `NotAdmitted` if the event was refused entry after the ticket was given.
        """

    def turned_away(self, actor: str, event_id: str) -> NotAdmitted | None:
        """Return why an event that was taken can no longer enter the log; None if that is not known, or it still may.

        If the event is in the log all the same, the log counts.
        """

    @property
    def final_size(self) -> int:
        """How many entries are final on this node."""

    @property
    def waiting(self) -> tuple[int, float]:
        """Events taken here that are not in the log yet, and for how many seconds the oldest has waited."""

    def wait_size(self, size: int, timeout_s: float) -> int:
        """Wait until more than `size` entries are final, at most `timeout_s` seconds; return how many are."""

    def wait_committed(self, size: int, timeout_s: float) -> int:
        """Do the same for entries that are committed on this node, final or not."""

    @property
    def away(self) -> Sequence[str]:
        """Institutions that this node misses: unreachable, not voting, or not cosigning."""

    @property
    def trouble(self) -> str | None:
        """Why the engine takes no events or makes no progress; None if all is well."""


def ticket_of(envelope: Envelope) -> Ticket:
    """Return the ticket of an event."""
    return Ticket(envelope.body.actor, envelope.body.id, envelope.hash.hex())
