"""Remembers why taken events did not enter the log after all, the newest up to a limit, and wakes their waiters."""

import logging
import threading
from collections.abc import Iterable

from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.law.verdict import name as code_name
from dengbu.nodes.finality.engine import Ticket
from dengbu.nodes.finality.finality_waiters import Name, Progress

REJECTIONS_KEPT_MAX = 4_096

log = logging.getLogger("dengbu.rejections")


class Rejections:
    """The rejections by actor and event id, for any thread."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._lock = threading.Lock()
        self._kept: dict[Name, tuple[str, NotAdmitted]] = {}

    def add(self, rejected: Iterable[tuple[Ticket, NotAdmitted]]) -> None:
        """Remember events that can no longer enter the log, and wake their waiters."""
        names = []
        with self._lock:
            for ticket, fault in rejected:
                name = (ticket.actor, ticket.event_id)
                log.info(
                    "event.rejected",
                    extra={"actor": name[0], "event_id": name[1], "code": code_name(fault.code)},
                )
                self._kept.pop(name, None)
                self._kept[name] = (ticket.hash, fault)
                names.append(name)
            while len(self._kept) > REJECTIONS_KEPT_MAX:
                del self._kept[next(iter(self._kept))]
        self._progress.turn_away(names)

    def forget(self, name: Name) -> None:
        """Forget a name under which an event has been taken again."""
        with self._lock:
            self._kept.pop(name, None)

    def get(self, name: Name) -> NotAdmitted | None:
        """Return why the last event taken under this name did not enter the log; None if that is not known."""
        found = self._kept.get(name)
        return found[1] if found else None

    def check(self, ticket: Ticket) -> None:
        """Raise the `NotAdmitted` that kept this very event out of the log, if it is known."""
        found = self._kept.get((ticket.actor, ticket.event_id))
        if found is not None and found[0] == ticket.hash:
            raise found[1]
