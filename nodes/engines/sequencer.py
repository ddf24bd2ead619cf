"""The engine of the node that orders: stage, commit, publish; one block at a time, until it is final.

    collect what is queued -> finalize and commit (one transaction) -> last-signed file -> sign with the log key
    -> push to all witnesses at once -> a quorum on this very checkpoint -> store it as final -> next round

A crash after any step leaves a committed head, with or without a final checkpoint. The next start does not ask
which: its first round is over the head it finds. Only when a quorum has cosigned that head, and so nobody
holds more than this node, are events ordered again.
"""

import logging
import threading
from collections.abc import Callable, Sequence

from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.envelope import parse_envelope
from dengbu.nodes.finality.appender import Appender
from dengbu.nodes.finality.engine import Ticket, Unavailable, ticket_of
from dengbu.nodes.finality.publisher import Publisher
from dengbu.nodes.finality.witness import Reply
from dengbu.nodes.store.block import Block, Finalized

BLOCK_EVENTS_MAX = 512
QUEUE_EVENTS_MAX = 8_192
RETRY_AFTER_S = 2
REJECTIONS_KEPT_MAX = 4_096

log = logging.getLogger("dengbu.sequencer")
Name = tuple[str, str]  # actor, event id


class Sequencer:
    """Orders events for one log. `now_ms` is the wall clock, `failed` ends the process."""

    def __init__(
        self,
        appender: Appender,
        publisher: Publisher,
        now_ms: Callable[[], int],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._appender = appender
        self._application = appender.application
        self._store = appender.application.store
        self._publisher = publisher
        self._now_ms = now_ms
        self._failed = failed
        self.progress = appender.progress
        self.bundles = appender.bundles
        self._queued = threading.Condition()
        self._queue: dict[Name, bytes] = {}  # in order of arrival
        self._ordering: dict[Name, bytes] = {}  # the block that is being executed
        self._rejected: dict[Name, NotAdmitted] = {}
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="sequencer")

    def start(self) -> None:
        """Take up work with a round over the head as it is."""
        self._publisher.start()
        self._thread.start()

    def stop(self) -> None:
        """End and join the threads. What is queued is dropped: nobody was told that it is in the log."""
        with self._queued:
            self._stopped = True
            self._queued.notify_all()
        self.progress.close()
        self._publisher.stop()
        if self._thread.ident is not None:
            self._thread.join()

    @property
    def final_size(self) -> int:
        """How many entries are final."""
        return self.progress.final[0]

    @property
    def trouble(self) -> str | None:
        """Why no events are taken; None if they are."""
        return self._publisher.trouble

    @property
    def away(self) -> Sequence[str]:
        """Witnesses that did not cosign when they were last asked."""
        return self._publisher.away

    def submit(self, raw: bytes) -> Ticket:
        """Queue an event. The same bytes again change nothing. Raises `NotAdmitted` and `Unavailable`."""
        envelope, index = self._application.check(raw, self._now_ms())
        ticket = ticket_of(envelope)
        name = (ticket.actor, ticket.event_id)
        if index is not None:
            return ticket  # with the same bytes, or check would have refused it
        trouble = self.trouble
        if trouble:
            raise Unavailable(RETRY_AFTER_S, trouble)
        with self._queued:
            before = self._queue.get(name) or self._ordering.get(name)
            if before is not None and before != raw:
                raise NotAdmitted(
                    Code.REUSED_ID, "another event with this actor and id is queued", "/body/id"
                )
            if before is None:
                if self._stopped or len(self._queue) >= QUEUE_EVENTS_MAX:
                    raise Unavailable(RETRY_AFTER_S, "stopping" if self._stopped else "the queue is full")
                self._rejected.pop(name, None)
                self._queue[name] = raw
                self._queued.notify()
        return ticket

    def wait_final(self, ticket: Ticket, timeout_s: float) -> int | None:
        """The index of the ticket's entry as soon as it is final; None if it is not within `timeout_s` s.

        Raises `NotAdmitted` if the event did not enter the log after all.
        """
        return self.progress.wait_ticket(ticket, timeout_s, self._raise_rejected)

    def wait_size(self, size: int, timeout_s: float) -> int:
        """Wait until more than `size` entries are final, or `timeout_s` seconds; how many are."""
        return self.progress.wait_final(size, timeout_s)[0]

    def wait_committed(self, size: int, timeout_s: float) -> int:
        """Wait until more than `size` entries are committed, or `timeout_s` seconds; how many are."""
        return self.progress.wait_committed(size, timeout_s)

    def add_checkpoint(self, body: bytes) -> Reply:
        """Nobody asks the sequencer for a cosignature."""
        return self._publisher.add_checkpoint(body)

    def cosigned(self) -> bytes | None:
        """The newest note this node has cosigned since its start."""
        return self._publisher.cosigned()

    def _run(self) -> None:
        try:
            if not self._publisher.publish(self._application.head):
                return
            while batch := self._collect():
                self._order(batch)
                head = self._application.head
                if head.size > self.final_size and not self._publisher.publish(head):
                    return
        except BaseException as error:  # noqa: BLE001  (a lost thread would be a silent failure)
            self._failed(error)

    def _collect(self) -> Sequence[bytes]:
        """All events that are queued, at most a block of them, waiting for the first; none when stopped."""
        with self._queued:
            self._queued.wait_for(lambda: self._stopped or bool(self._queue))
            if self._stopped:
                return ()
            names = list(self._queue)[:BLOCK_EVENTS_MAX]
            self._ordering = {name: self._queue.pop(name) for name in names}
            return tuple(self._ordering.values())

    def _order(self, batch: Sequence[bytes]) -> None:
        """Execute and commit a block. One in which nothing is admitted is not committed."""
        head = self._application.head
        block = Block(head.height + 1, max(self._now_ms(), head.time + 1), tuple(batch))
        finalized = self._application.finalize(block)
        if finalized.additions:
            self._commit(finalized)
        with self._queued:
            self._ordering = {}
            away = [self._reject(raw, fault) for raw, fault in finalized.rejected]
        self.progress.turn_away(away)

    def _commit(self, finalized: Finalized) -> None:
        self._appender.append(finalized)

    def _reject(self, raw: bytes, fault: NotAdmitted) -> Name:
        """Remember why an event that had a ticket did not enter the log; its name."""
        body = parse_envelope(raw).body
        name = (body.actor, body.id)
        index = self._store.find(*name)
        entry = self._store.entry(index) if index is not None else None
        if entry is not None and entry.envelope.raw == raw:
            return name  # it was committed between its check and its place in the queue
        log.info("event.rejected", extra={"actor": body.actor, "event_id": body.id, "why": str(fault)})
        while len(self._rejected) >= REJECTIONS_KEPT_MAX:
            del self._rejected[next(iter(self._rejected))]
        self._rejected[name] = fault
        return name

    def _raise_rejected(self, ticket: Ticket) -> None:
        fault = self._rejected.get((ticket.actor, ticket.event_id))
        if fault is not None:
            raise fault
