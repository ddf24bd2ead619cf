"""Why events that were taken did not enter the log after all: the newest, up to a limit, and who waits for them is woken."""

import logging
import threading
from collections.abc import Iterable

from dengbu.ledger.admission import NotAdmitted
from dengbu.nodes.finality.engine import Ticket
from dengbu.nodes.finality.finality_waiters import Name, Progress

REJECTIONS_KEPT_MAX = 4_096

log = logging.getLogger("dengbu.rejections")


class Rejections:
    """By actor and event id, for any thread."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._lock = threading.Lock()
        self._kept: dict[Name, tuple[str, NotAdmitted]] = {}

    def add(self, rejected: Iterable[tuple[Ticket, NotAdmitted]]) -> None:
        """Remember events that cannot enter the log any more, and wake who waits for them."""
        names = []
        with self._lock:
            for ticket, fault in rejected:
                name = (ticket.actor, ticket.event_id)
                log.info("event.rejected", extra={"actor": name[0], "event_id": name[1], "why": str(fault)})
                self._kept.pop(name, None)
                self._kept[name] = (ticket.hash, fault)
                names.append(name)
            while len(self._kept) > REJECTIONS_KEPT_MAX:
                del self._kept[next(iter(self._kept))]
        self._progress.turn_away(names)

    def forget(self, name: Name) -> None:
        """Other bytes were taken under this name."""
        with self._lock:
            self._kept.pop(name, None)

    def get(self, name: Name) -> NotAdmitted | None:
        """Why the last event that was taken under this name did not enter the log."""
        found = self._kept.get(name)
        return found[1] if found else None

    def check(self, ticket: Ticket) -> None:
        """Raise why this very event did not enter the log, if that is known."""
        found = self._kept.get((ticket.actor, ticket.event_id))
        if found is not None and found[0] == ticket.hash:
            raise found[1]
