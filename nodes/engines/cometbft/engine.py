"""The engine for a network whose members trust no single operator: CometBFT, run beside each node, decides the order.

    submit -> outbox (on the disk) -> CometBFT's mempool -> a block that over two thirds of the voters have decided
    -> executed and committed here, as on every node -> checkpoint, cosignatures, final

Finality, and what a receipt proves, are the same as with any other engine.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from dengbu.ledger.admission import NotAdmitted
from dengbu.nodes.engines.cometbft.adaptor import Adaptor, Offence
from dengbu.nodes.engines.cometbft.courier import Courier
from dengbu.nodes.engines.cometbft.members import Members
from dengbu.nodes.engines.cometbft.offences import Offences, Reporter
from dengbu.nodes.engines.cometbft.outbox import Outbox
from dengbu.nodes.engines.cometbft.redial import Redial
from dengbu.nodes.engines.cometbft.rpc import EngineDown, Rpc
from dengbu.nodes.engines.cometbft.server import Server
from dengbu.nodes.finality.appender import Appender
from dengbu.nodes.finality.engine import Ticket, Unavailable, ticket_of
from dengbu.nodes.finality.readings import ROUND_MS, Readings
from dengbu.nodes.finality.rejections import Rejections
from dengbu.nodes.finality.witness import Reply
from dengbu.nodes.store.block import Finalized, names_of

LOOK_S = 0.5  # between two looks at CometBFT while there is trouble ...
LOOK_WELL_S = 2.0  # ... and while there is none
STALLED_S = 5.0  # once an event has waited longer to be ordered, no new ones are taken
RETRY_AFTER_S = 2
SILENT_BLOCKS = 20  # consecutive blocks without a voter's vote before it is reported as away
STARTS_IN_VAIN = 2
BLOCK_TIME = "block time"

log = logging.getLogger("dengbu.cometbft")


class Finality(Protocol):
    """Makes committed entries final on this node, by publishing checkpoints or by subscribing to them."""

    halted: str | None

    def start(self) -> None:
        """Start the threads."""

    def stop(self) -> None:
        """End and join the threads."""

    @property
    def away(self) -> Sequence[str]:
        """Witnesses that did not cosign when they were last asked."""

    @property
    def trouble(self) -> str | None:
        """Why entries do not become final; None if they do."""

    def add_checkpoint(self, body: bytes) -> Reply:
        """Answer the log's request for a cosignature."""

    def cosigned(self) -> bytes | None:
        """Return the newest note this node has cosigned since its start."""


@dataclass(frozen=True)
class EngineProcess:
    """The CometBFT beside this node: the outbox of events for it, and the ways to query it, make it redial and serve it.

    `stop_after` is the height after which everything stops for an upgrade.
    """

    outbox: Outbox
    rpc: Rpc
    redial: Redial
    listen: Callable[[Adaptor], Server]
    stop_after: int | None


class CometBFT:
    """Orders events through the CometBFT beside this node."""

    def __init__(
        self,
        appender: Appender,
        finality: Finality,
        process: EngineProcess,
        reporter: Reporter,
        readings: Readings,
        failed: Callable[[BaseException], None],
    ) -> None:
        self._appender = appender
        self._application = appender.application
        self._store = appender.application.store
        self._finality = finality
        self._rpc = process.rpc
        self._institution = reporter.institution
        self._redial = process.redial
        self._stop_after = process.stop_after
        self.readings = readings
        self._now_ms = now_ms = readings.now_ms
        self._decided_at: int | None = None  # steady ms at which the last block was committed here
        self._failed = failed
        self.progress = appender.progress
        self.bundles = appender.bundles
        self._members = Members(self._store)
        self._offences = Offences(self._store, self._members, reporter, now_ms, self.submit)
        self._rejections = Rejections(self.progress)
        self._courier = Courier(self._application, process.outbox, self._rpc, self._rejections, failed)
        self._adaptor = Adaptor(appender.application, self, now_ms)
        self._server = process.listen(self._adaptor)
        self._silent: dict[bytes, int] = {}  # address -> consecutive blocks without its vote
        self._trouble: str | None = "共识引擎尚未连接 the engine process has not connected yet"
        self._away: list[str] = []
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cometbft-look")

    def start(self) -> None:
        """Listen for CometBFT, and resume the work that was left."""
        self._server.start()
        self._finality.start()
        self._courier.start()
        self._thread.start()

    def stop(self) -> None:
        """End and join the threads. CometBFT ends by itself when its application is gone."""
        self._stopped.set()
        self.progress.close()
        if self._thread.ident is not None:
            self._thread.join()
        self._courier.stop()
        self._server.stop()
        self._finality.stop()
        self._rpc.close()

    @property
    def final_size(self) -> int:
        """How many entries are final on this node."""
        return self.progress.final[0]

    @property
    def trouble(self) -> str | None:
        """Why events are not taken or do not become final; None if all is well."""
        return self._refusing() or self._finality.trouble

    @property
    def away(self) -> Sequence[str]:
        """Institutions that are not connected, have not voted for a while, or do not cosign."""
        silent = [
            self._members.voters[address].institution
            for address, blocks in list(self._silent.items())
            if blocks >= SILENT_BLOCKS and address in self._members.voters
        ]
        return sorted({*self._away, *silent, *self._finality.away})

    @property
    def waiting(self) -> tuple[int, float]:
        """Events in the outbox, and seconds since the oldest was taken."""
        return self._courier.waiting

    def submit(self, raw: bytes) -> Ticket:
        """Take an event; on return it is on the disk. Raises `NotAdmitted` or `Unavailable`."""
        ticket = ticket_of(self._application.parse(raw))
        name = (ticket.actor, ticket.event_id)
        if self._courier.holds(name, raw):
            return ticket  # on its way: only the log can say that it comes too late
        _, index = self._application.check(raw, self._now_ms())
        if index is not None:
            return ticket  # with the same bytes, or check would have refused it
        refusing = self._refusing()
        if refusing:
            raise Unavailable(RETRY_AFTER_S, refusing)
        self._courier.take(name, raw)
        return ticket

    def wait_final(self, ticket: Ticket, timeout_s: float) -> int | None:
        """Return the index of the ticket's entry once it is final; None if that takes more than `timeout_s` seconds.

        Raises `NotAdmitted` if the event can no longer enter the log.
        """
        return self.progress.wait_ticket(ticket, timeout_s, self._rejections.check)

    def turned_away(self, actor: str, event_id: str) -> NotAdmitted | None:
        """Return why an event that was taken can no longer enter the log; None if that is not known."""
        return self._rejections.get((actor, event_id))

    def wait_size(self, size: int, timeout_s: float) -> int:
        """Wait until more than `size` entries are final, at most `timeout_s` seconds; return how many are."""
        return self.progress.wait_final(size, timeout_s)[0]

    def wait_committed(self, size: int, timeout_s: float) -> int:
        """Wait until more than `size` entries are committed, at most `timeout_s` seconds; return how many are."""
        return self.progress.wait_committed(size, timeout_s)

    def add_checkpoint(self, body: bytes) -> Reply:
        """Answer the log's request for a cosignature."""
        return self._finality.add_checkpoint(body)

    def cosigned(self) -> bytes | None:
        """Return the newest note this node has cosigned since its start."""
        return self._finality.cosigned()

    def append(self, finalized: Finalized, offences: Sequence[Offence], absent: Sequence[bytes]) -> None:
        """Commit a block that consensus has decided. Nothing here may call CometBFT, which waits for it to return."""
        self._appender.append(finalized)
        self._members.note(finalized)
        self._courier.settle(name for name, _ in names_of(finalized))
        self._offences.add(offences)
        self._read_clock(finalized.head.time)
        self._silent = {address: self._silent.get(address, 0) + 1 for address in absent}

    def may_link(self, node_id: str) -> bool:
        """Return whether an engine with this node id may connect: only with an active member's link key."""
        return node_id in self._members.links

    @property
    def halted(self) -> str | None:
        """Why this node no longer executes anything; None if all is well."""
        return self._finality.halted

    def stopped_before(self, height: int) -> str | None:
        """Return why a block of this height is not executed, None if it is: members may agree on a planned stop."""
        if self._stop_after is None or height <= self._stop_after:
            return None
        return (
            f"升级停机 planned stop after height {self._stop_after}; when all have stopped there: install the new version, "
            "take stop_after out of node.toml, start again"
        )

    def _refusing(self) -> str | None:
        planned = self.stopped_before(self._application.head.height + 1)
        return self.halted or planned or self._trouble

    def _read_clock(self, block_time: int) -> None:
        """Compare this node's clock with a block's time, the voters' median of when the previous block was decided."""
        if self._decided_at is not None and self._trouble is None:  # otherwise the blocks may be old ones
            after = self._decided_at - ROUND_MS
            self.readings.heard(BLOCK_TIME, block_time, 1, after, self._decided_at)
        self._decided_at = self.readings.steady_ms()

    def _run(self) -> None:
        try:
            while not self._stopped.wait(LOOK_S if self._trouble else LOOK_WELL_S):
                self._look()
                while self._offences and not self._refusing():
                    self._offences.report()
        except BaseException as error:  # noqa: BLE001  (a lost thread would be a silent failure)
            self._failed(error)

    def _look(self) -> None:
        """Ask CometBFT for its state, and log every change."""
        trouble = self._found()
        if trouble != self._trouble:
            log.log(
                logging.WARNING if trouble else logging.INFO,
                "engine.trouble",
                extra={"trouble": trouble or "-"},
            )
        self._trouble = trouble

    def _found(self) -> str | None:
        try:
            links = self._rpc.links()
            present = {self._members.links[one] for one in links if one in self._members.links}
            present.add(self._institution)
            self._redial.missing(self._members.links, present)
            catching_up = self._rpc.catching_up()
        except EngineDown as fault:
            return f"共识引擎无应答 the engine process does not answer ({fault}){self._in_vain()}"
        if not self._server.connections:
            return (
                "共识引擎未连接本节点 the engine process runs but is not connected to this node; "
                "end it and start it again"
            )
        self._away, decisive = self._members.missing(present)
        if not decisive:
            return (
                f"可达机构不足三分之二 too few institutions can be reached; missing: {', '.join(self._away)}"
            )
        if catching_up:
            return "追赶中 the engine is catching up with the others"
        waited = self._courier.waited_s
        if waited > STALLED_S:
            missing = ", ".join(self.away) or "-"
            return f"排序停滞 nothing has been ordered for {waited:.0f} s; not heard from: {missing}"
        return None

    def _in_vain(self) -> str:
        """Return the likely reason why CometBFT restarts again and again: its data is behind this ledger."""
        if self._adaptor.starts_in_vain < STARTS_IN_VAIN:
            return ""
        return (
            f"; 账本可能比引擎数据新 it ends each time it is told that this ledger is at height {self._application.head.height}: "
            "if its log says 'higher than core', the ledger is newer than its data, as after a restore in the wrong order"
        )
