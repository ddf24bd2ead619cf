"""Follows events that another node has taken for ordering, until they are in the log or can no longer enter it.

The ordering node keeps its queue in memory and reports nothing about it. So each event is handed over again, as the
same bytes: the ordering node takes it again if it was lost, or says why not. A refusal is its word alone, so an event
counts as turned away only if this node refuses it too, by its own log and clock. An entry in the log overrides both.
"""

import threading
import time
from collections.abc import Callable, Iterable

from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.law.verdict import Code
from dengbu.nodes.execution.application import Application
from dengbu.nodes.finality.engine import Ticket, Unavailable, ticket_of
from dengbu.nodes.finality.finality_waiters import Name
from dengbu.nodes.finality.rejections import Rejections
from dengbu.nodes.logging_context import current, resumed

EVENTS_MAX = 8_192
LOOK_S = 1.0
FIRST_S = 2.0  # before the first inquiry about an event
LATER_S_MAX = 60.0  # the pause doubles up to this
ASKED_MAX = 32  # events in one look


class _Event:
    """One event on its way; `due` is the time of the next inquiry, in seconds of the steady clock."""

    def __init__(self, raw: bytes, ticket: Ticket, not_after: int) -> None:
        self.raw = raw
        self.ticket = ticket
        self.not_after = not_after
        self.context = current()
        self.pause = FIRST_S
        self.taken = time.monotonic()
        self.due = self.taken + FIRST_S


class FollowUp:
    """One node's events at the ordering node. `forward` hands one over; `now_ms` is the wall clock."""

    def __init__(
        self,
        application: Application,
        forward: Callable[[bytes], None],
        rejections: Rejections,
        now_ms: Callable[[], int],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._application = application
        self._forward = forward
        self._rejections = rejections
        self._now_ms = now_ms
        self._failed = failed
        self._lock = threading.Lock()
        self._events: dict[Name, _Event] = {}  # oldest first
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="follow-up")

    def start(self) -> None:
        """Start the thread that asks."""
        self._thread.start()

    def stop(self) -> None:
        """End and join the thread; a request under way ends first."""
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join()

    @property
    def is_full(self) -> bool:
        """Whether no more events can be followed."""
        return len(self._events) >= EVENTS_MAX

    @property
    def waiting(self) -> tuple[int, float]:
        """How many events are followed, and seconds since the oldest was taken."""
        with self._lock:
            oldest = next(iter(self._events.values()), None)
            return len(self._events), time.monotonic() - oldest.taken if oldest else 0.0

    def add(self, raw: bytes) -> None:
        """Follow an event that was taken. It replaces other bytes under the same name, which must have been lost."""
        envelope = self._application.parse(raw)
        ticket = ticket_of(envelope)
        name = (ticket.actor, ticket.event_id)
        self._rejections.forget(name)
        with self._lock:
            if not self.holds(ticket):
                self._events[name] = _Event(raw, ticket, envelope.body.not_after)

    def holds(self, ticket: Ticket) -> bool:
        """Return whether this very event is on its way."""
        found = self._events.get((ticket.actor, ticket.event_id))
        return found is not None and found.ticket == ticket

    def settle(self, names: Iterable[Name]) -> None:
        """Forget events that are in the log."""
        with self._lock:
            for name in names:
                self._events.pop(name, None)

    def _run(self) -> None:
        try:
            while not self._stopped.wait(LOOK_S):
                self._look()
        except BaseException as error:  # noqa: BLE001  (a lost thread would be a silent failure)
            self._failed(error)

    def _look(self) -> None:
        """Ask about the events that are due, oldest first; stop if the ordering node takes none now."""
        steady = time.monotonic()
        with self._lock:
            due = [one for one in self._events.values() if one.due <= steady][:ASKED_MAX]
        for one in due:
            if self._stopped.is_set() or not self._ask(one):
                return

    def _ask(self, one: _Event) -> bool:
        """Hand one event over again unless its outcome is known; return False if no events are taken now."""
        name = (one.ticket.actor, one.ticket.event_id)
        fault = self._application.barred(one.raw)
        if fault is not None:
            self._turn_away(one, fault)
            return True
        if self._application.store.find(*name) is not None:
            self.settle([name])
            return True
        try:
            self._forward(one.raw)
        except Unavailable:
            return False
        except NotAdmitted:
            self._confirm(one)
        one.pause = min(2 * one.pause, LATER_S_MAX)
        left = max(0.0, (one.not_after - self._now_ms()) / 1_000)
        one.due = time.monotonic() + min(one.pause, left + FIRST_S)  # once more soon after it expires
        return True

    def _confirm(self, one: _Event) -> None:
        """Turn away an event that the ordering node refuses, if this node would refuse it too."""
        try:
            self._application.check(one.raw, self._now_ms())
        except NotAdmitted as fault:
            if fault.code is not Code.NOT_AFTER_TOO_FAR:
                self._turn_away(one, fault)

    def _turn_away(self, one: _Event, fault: NotAdmitted) -> None:
        self.settle([(one.ticket.actor, one.ticket.event_id)])
        with resumed(one.context):
            self._rejections.add([(one.ticket, fault)])
