"""The engine of the ordering node: it stages, commits and publishes one block at a time, until the block is final.

    collect what is queued -> finalize and commit (one transaction) -> last-signed file -> sign with the log key
    -> push to all witnesses at once -> a quorum on this very checkpoint -> store it as final -> next round

A crash after any step leaves a committed head, with or without a final checkpoint. The next start need not know which:
its first round is over the head it finds. Events are ordered again only after a quorum has cosigned that head, which
shows that nobody holds more than this node.

Nothing is ordered at a time that no quorum agrees with: no quorum would cosign the entry, and every later event would
be dated at least as late. A round over the head as it stands reads the others' clocks afresh.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.envelope import Envelope, parse_envelope
from dengbu.nodes.finality.appender import Appender
from dengbu.nodes.finality.engine import BLOCK_EVENTS_MAX, Ticket, Unavailable, ticket_of
from dengbu.nodes.finality.finality_waiters import Name
from dengbu.nodes.finality.publisher import Publisher
from dengbu.nodes.finality.rejections import Rejections
from dengbu.nodes.finality.witness import Reply
from dengbu.nodes.store.block import Block, Finalized

QUEUE_EVENTS_MAX = 8_192
RETRY_AFTER_S = 2
STOPPING, FULL = "本节点正在停止 this node is stopping", "待排序事件过多 the queue is full"
UNDECIDED = (
    "无法核对本机时钟，暂停排序 too few of the cosigners' clocks agree with this node's: nothing is ordered; "
    "check chrony on both sides"
)
LOOK_S = 1.0  # between two looks at the clock while nothing is queued, or while the clock is off

log = logging.getLogger("dengbu.sequencer")


class Sequencer:
    """Orders events for one log; `failed` ends the process."""

    def __init__(
        self,
        appender: Appender,
        publisher: Publisher,
        failed: Callable[[BaseException], None],
    ) -> None:
        self._appender = appender
        self._application = appender.application
        self._store = appender.application.store
        self._publisher = publisher
        self.readings = publisher.readings
        self._agreement = publisher.agreement
        self._undecided = False  # the others' clocks were read afresh, and no quorum agrees
        self._failed = failed
        self.progress = appender.progress
        self.bundles = appender.bundles
        self._queued = threading.Condition()
        self._queue: dict[Name, bytes] = {}  # in order of arrival
        self._ordering: dict[Name, bytes] = {}  # the block that is being executed
        self._waiting_since = 0.0  # steady seconds at which the first event came into the empty queue
        self._rejections = Rejections(self.progress)
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="sequencer")

    def start(self) -> None:
        """Start the threads; the first round is over the head as it stands."""
        self._publisher.start()
        self._thread.start()

    def stop(self) -> None:
        """End and join the threads. Queued events are dropped: nobody was told that they are in the log."""
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
        return self._publisher.trouble or self._clock_trouble or self._publisher.withheld

    @property
    def away(self) -> Sequence[str]:
        """Witnesses that did not cosign when they were last asked."""
        return self._publisher.away

    @property
    def waiting(self) -> tuple[int, float]:
        """Events that wait to be ordered, and seconds since the queue was last empty."""
        with self._queued:
            count = len(self._queue) + len(self._ordering)
            return count, time.monotonic() - self._waiting_since if count else 0.0

    def submit(self, raw: bytes) -> Ticket:
        """Queue an event. The same bytes again change nothing. Raises `NotAdmitted` or `Unavailable`."""
        envelope, index = self._check(raw)
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
                    raise Unavailable(RETRY_AFTER_S, STOPPING if self._stopped else FULL)
                self._rejections.check(ticket)
                self._rejections.forget(name)
                if not self._queue and not self._ordering:
                    self._waiting_since = time.monotonic()
                self._queue[name] = raw
                self._queued.notify()
        return ticket

    def wait_final(self, ticket: Ticket, timeout_s: float) -> int | None:
        """Return the index of the ticket's entry once it is final; None if that takes more than `timeout_s` seconds.

        Raises `NotAdmitted` if the event did not enter the log after all.
        """
        return self.progress.wait_ticket(ticket, timeout_s, self._rejections.check)

    def turned_away(self, actor: str, event_id: str) -> NotAdmitted | None:
        """Return why an event that was taken did not enter the log; None if that is not known."""
        return self._rejections.get((actor, event_id))

    def wait_size(self, size: int, timeout_s: float) -> int:
        """Wait until more than `size` entries are final, at most `timeout_s` seconds; return how many are."""
        return self.progress.wait_final(size, timeout_s)[0]

    def wait_committed(self, size: int, timeout_s: float) -> int:
        """Wait until more than `size` entries are committed, at most `timeout_s` seconds; return how many are."""
        return self.progress.wait_committed(size, timeout_s)

    def add_checkpoint(self, body: bytes) -> Reply:
        """Refuse: nobody asks the sequencer for a cosignature."""
        return self._publisher.add_checkpoint(body)

    def cosigned(self) -> bytes | None:
        """Return the newest note this node has cosigned since its start."""
        return self._publisher.cosigned()

    def _run(self) -> None:
        try:
            going_on = self._publisher.publish(self._application.head)
            while going_on and not self._stopped:
                agreed = self._agreement.moment() is not None
                going_on = self._order_next() if agreed else self._agree()
        except BaseException as error:  # noqa: BLE001  (a lost thread would be a silent failure)
            self._failed(error)

    def _order_next(self) -> bool:
        """Order the queued events, waiting up to `LOOK_S` for the first; return False when stopped."""
        self._undecided = False
        batch = self._collect()
        now = self._agreement.moment()
        if now is None:  # the clock moved while this node waited
            with self._queued:
                self._queue, self._ordering = {**self._ordering, **self._queue}, {}
            return True
        if batch:
            self._order(batch, now)
        head = self._application.head
        return head.size <= self.final_size or self._publisher.publish(head)

    def _agree(self) -> bool:
        """Read the cosigners' clocks through a round over the head as it stands; return False when stopped."""
        if not self._publisher.publish(self._application.head):
            return False
        undecided = self._agreement.moment() is None
        if undecided and not self._undecided:
            log.critical("clock.apart", extra={"trouble": self._clock_trouble or UNDECIDED})
        self._undecided = undecided
        if undecided:
            with self._queued:
                self._queued.wait_for(lambda: self._stopped, LOOK_S)
        return True

    @property
    def _clock_trouble(self) -> str | None:
        return self._agreement.apart() or (UNDECIDED if self._undecided else None)

    def _check(self, raw: bytes) -> tuple[Envelope, int | None]:
        """Check an event as the application does. While this node's clock is in doubt, refuse with `Unavailable`."""
        trouble = self._clock_trouble
        if not trouble:
            return self._application.check(raw, self.readings.now_ms())
        try:
            return self._application.check(raw, self._application.head.time)
        except NotAdmitted:
            raise Unavailable(RETRY_AFTER_S, trouble) from None

    def _collect(self) -> Sequence[bytes]:
        """Return the queued events, at most a block of them, waiting up to `LOOK_S` for the first."""
        with self._queued:
            self._queued.wait_for(lambda: self._stopped or bool(self._queue), LOOK_S)
            if self._stopped:
                return ()
            names = list(self._queue)[:BLOCK_EVENTS_MAX]
            self._ordering = {name: self._queue.pop(name) for name in names}
            return tuple(self._ordering.values())

    def _order(self, batch: Sequence[bytes], now: int) -> None:
        """Execute a block, and commit it unless nothing in it is admitted."""
        head = self._application.head
        block = Block(head.height + 1, max(now, head.time + 1), tuple(batch))
        finalized = self._application.finalize(block)
        if finalized.additions:
            self._commit(finalized)
        with self._queued:
            self._ordering = {}
            self._rejections.add(
                (ticket_of(parse_envelope(raw)), fault)
                for raw, fault in finalized.rejected
                if not self._application.holds(raw)
            )

    def _commit(self, finalized: Finalized) -> None:
        self._appender.append(finalized)
