"""Hands events from the outbox to CometBFT, the same bytes again and again, until they are in a block."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping

from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.law.verdict import Code
from dengbu.nodes.engines.cometbft.outbox import Conflict, Full, Name, Outbox
from dengbu.nodes.engines.cometbft.rpc import BATCH_BYTES_MAX, BATCH_EVENTS_MAX, EngineDown, Rpc
from dengbu.nodes.execution.application import Application
from dengbu.nodes.finality.engine import Unavailable, named, ticket_of
from dengbu.nodes.finality.rejections import Rejections
from dengbu.nodes.logging_context import NONE, LogContext, current, resumed

RETRY_S = 0.25
LINGER_S = 0.02  # between two requests, so that under load the events arriving meanwhile go together
RESEND_S = 2.0  # CometBFT loses its mempool when it ends; resending what it still has does no harm
RETRY_AFTER_S = 1

log = logging.getLogger("dengbu.cometbft")


class Courier:
    """One node's events on their way. `rejections` is told which of them can no longer enter the log."""

    def __init__(
        self,
        application: Application,
        outbox: Outbox,
        rpc: Rpc,
        rejections: Rejections,
        failed: Callable[[BaseException], None],
    ) -> None:
        self._application = application
        self._outbox = outbox
        self._rpc = rpc
        self._rejections = rejections
        self._failed = failed
        self._changed = threading.Condition()
        self._fresh: dict[Name, bytes] = dict(outbox.waiting())  # not handed over yet
        self._handed: dict[Name, tuple[float, bytes]] = {}  # time of the last handover, event; oldest first
        self._since: dict[Name, float] = dict.fromkeys(self._fresh, time.monotonic())
        self._contexts: dict[
            Name, LogContext
        ] = {}  # of the events that a request has brought since the start
        self._handed_at = 0.0
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="courier")

    def start(self) -> None:
        """Start the thread, which takes up the events in the outbox."""
        self._thread.start()

    def stop(self) -> None:
        """End and join the thread. Events that were not ordered stay in the outbox."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join()
        self._outbox.close()

    @property
    def waited_s(self) -> float:
        """How long the oldest event has waited to be ordered, in seconds; 0 if none waits."""
        with self._changed:
            oldest = next(iter(self._since.values()), None)
        return 0.0 if oldest is None else time.monotonic() - oldest

    @property
    def waiting(self) -> tuple[int, float]:
        """How many events wait to be ordered, and for how many seconds the oldest of them has waited."""
        with self._changed:
            count = len(self._since)
        return count, self.waited_s

    def take(self, name: Name, raw: bytes) -> None:
        """Take an event; on return it is on the disk. Raises `NotAdmitted` or `Unavailable`."""
        try:
            new = self._outbox.put(name, raw)
        except Conflict:
            raise NotAdmitted(
                Code.REUSED_ID, "another event with this actor and id is waiting", "/body/id"
            ) from None
        except Full:
            raise Unavailable(RETRY_AFTER_S, "待排序事件过多 the outbox is full") from None
        if not new:
            return
        self._rejections.forget(name)
        with self._changed:
            if not self._fresh:
                self._changed.notify_all()
            self._fresh[name] = raw
            self._contexts[name] = current()
            self._since[name] = time.monotonic()

    def settle(self, names: Iterable[Name]) -> None:
        """Forget events that are in the log."""
        with self._changed:
            known = [name for name in names if name in self._since]
            self._forget(known)
        self._outbox.remove(known)

    def holds(self, name: Name, raw: bytes) -> bool:
        """Return whether this very event is on its way."""
        return self._outbox.get(name) == raw

    def _forget(self, names: Iterable[Name]) -> None:
        for name in names:
            for kept in (self._fresh, self._handed, self._since, self._contexts):
                kept.pop(name, None)

    def _run(self) -> None:
        try:
            self._drop_known()
            while (batch := self._next()) is not None:
                try:
                    self._hand_over(batch)
                except EngineDown as fault:
                    log.info("cometbft.down", extra={"why": str(fault)})
                    self._pause()
        except BaseException as error:  # noqa: BLE001  (a lost thread would be a silent failure)
            self._failed(error)

    def _drop_known(self) -> None:
        """Drop the events that were committed without the outbox hearing of it."""
        found = self._application.store.find_all(list(self._fresh))
        self.settle(found)

    def _next(self) -> Mapping[Name, bytes] | None:
        """Wait for the next batch: new events at once, others when they are due again; None when stopped."""
        with self._changed:
            while not self._stopped:
                lingering = self._handed_at + LINGER_S - time.monotonic()
                if self._fresh and lingering > 0:
                    self._changed.wait(lingering)
                    continue
                if self._fresh:
                    return _batch(self._fresh)
                due = self._due()
                if due:
                    return _batch(due)
                self._changed.wait(RESEND_S / 2)
            return None

    def _due(self) -> dict[Name, bytes]:
        before = time.monotonic() - RESEND_S
        return {name: raw for name, (when, raw) in self._handed.items() if when < before}

    def _pause(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopped, RETRY_S)

    def _hand_over(self, batch: Mapping[Name, bytes]) -> None:
        again = [name for name in batch if name in self._handed]
        away = [name for name in again if not self._still_fits(name, batch[name])]
        going = {name: raw for name, raw in batch.items() if name not in away}
        complaints = self._rpc.hand_over(list(going.values())) if going else []
        for name, complaint in zip(going, complaints, strict=True):
            if complaint is not None:
                with resumed(self._contexts.get(name, NONE)):
                    about = named(self._application.parse(going[name]))
                    log.warning("cometbft.not-taken", extra={**about, "why": complaint})
        now = time.monotonic()
        with self._changed:
            self._handed_at = now
            for name, raw in going.items():
                self._fresh.pop(name, None)
                if name in self._since:  # else it was committed meanwhile
                    self._handed.pop(name, None)
                    self._handed[name] = (now, raw)

    def _still_fits(self, name: Name, raw: bytes) -> bool:
        """Return whether an event that was handed over long ago may still enter the log, and settle it if not.

        The log decides, not this node's clock: an event that another node considers in time may be in the next block.
        """
        fault = self._application.barred(raw)
        if fault is not None:
            self._outbox.remove([name])
            with self._changed:
                context = self._contexts.get(name, NONE)
                self._forget([name])
            with resumed(context):
                self._rejections.add([(ticket_of(self._application.parse(raw)), fault)])
            return False
        if self._application.store.find(*name) is not None:
            self.settle([name])
            return False
        return True


def _batch(waiting: Mapping[Name, bytes]) -> dict[Name, bytes]:
    """Return the oldest events that fit into one request."""
    batch: dict[Name, bytes] = {}
    total = 0
    for name, raw in waiting.items():
        total += len(raw)
        if batch and (total > BATCH_BYTES_MAX or len(batch) >= BATCH_EVENTS_MAX):
            break
        batch[name] = raw
    return batch
