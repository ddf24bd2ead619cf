"""What orders events: the interface of an engine, and what it answers to a submission."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.log.envelope import Envelope
from dengbu.nodes.finality.readings import Readings


class Ticket(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A submission that was taken; ask by actor and event id. `hash` is hex SHA-256 of its bytes."""

    actor: str
    event_id: str
    hash: str


class Unavailable(Exception):
    """The engine takes no events now. Nothing is lost by sending the same bytes again later."""

    def __init__(self, retry_after_s: int, reason: str) -> None:
        super().__init__(retry_after_s, reason)
        self.retry_after_s = retry_after_s
        self.reason = reason

    def __str__(self) -> str:
        return f"暂不受理 not available now: {self.reason}; try again in {self.retry_after_s} s"


class Engine(Protocol):
    """Orders events and makes them final; thread-safe. From `start` on the application is its own."""

    readings: Readings

    def start(self) -> None:
        """Take up work where it was left, in threads of its own."""

    def stop(self) -> None:
        """End and join the threads. Whatever was not final is taken up by the next start."""

    def submit(self, raw: bytes) -> Ticket:
        """Take an event for ordering; the same bytes again give the same ticket.

        Raises `NotAdmitted` if it may not enter the log (also: other bytes under the same actor and id), and
        `Unavailable`.
        """

    def wait_final(self, ticket: Ticket, timeout_s: float) -> int | None:
        """The index of the ticket's entry as soon as it is final; None if it is not within `timeout_s` s.

        Raises `NotAdmitted` if the event was refused entry after the ticket was given.
        """

    def turned_away(self, actor: str, event_id: str) -> NotAdmitted | None:
        """Why an event that was taken can enter the log no more; None if that is not known, or it still may.

        If it is in the log all the same, that is what counts.
        """

    @property
    def final_size(self) -> int:
        """How many entries are final on this node."""

    def wait_size(self, size: int, timeout_s: float) -> int:
        """Wait until more than `size` entries are final, or `timeout_s` seconds; how many are."""

    def wait_committed(self, size: int, timeout_s: float) -> int:
        """The same for entries that are committed on this node, final or not."""

    @property
    def away(self) -> Sequence[str]:
        """Institutions that this node misses: not to be reached, not voting, not cosigning."""

    @property
    def trouble(self) -> str | None:
        """Why the engine takes no events, or will not go on; None if all is well."""


def ticket_of(envelope: Envelope) -> Ticket:
    """The ticket of an event."""
    return Ticket(envelope.body.actor, envelope.body.id, envelope.hash.hex())
