"""The engine of a node that does not order: it executes what the sequencer ordered, and cosigns the result.

Entries come when the sequencer pushes a checkpoint (`add_checkpoint`), and whenever a final checkpoint turns up that
this node has not reached, after a start from nothing or after a gap. Both go through `_execute`. Pushed entries dated
ahead of this node's clock are not committed here; entries that a quorum has made final are, whatever this clock says.
"""

import logging
import threading
from collections.abc import Callable, Sequence

from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.law.calendar import SECOND_MS
from dengbu.ledger.log import merkle
from dengbu.ledger.log.checkpoint import Checkpoint, parse_body
from dengbu.ledger.log.encoding import JSONValue, Malformed
from dengbu.ledger.log.merkle import ProofError
from dengbu.ledger.log.note import NotTrusted, open_note
from dengbu.ledger.log.trust import Trust, Verified
from dengbu.nodes.engines.charges import Charges
from dengbu.nodes.engines.followup import FollowUp
from dengbu.nodes.engines.forwarding import RETRY_AFTER_S, Forwarder
from dengbu.nodes.execution.divergence import Diverged
from dengbu.nodes.finality import evidence
from dengbu.nodes.finality.appender import Appender
from dengbu.nodes.finality.cosigner import Cosigner
from dengbu.nodes.finality.dating import Dating
from dengbu.nodes.finality.engine import Ticket, Unavailable, ticket_of
from dengbu.nodes.finality.evidence import Evidence
from dengbu.nodes.finality.readings import Readings, RoundClock
from dengbu.nodes.finality.rejections import Rejections
from dengbu.nodes.finality.witness import Refused, Reply, Witness
from dengbu.nodes.peer_client.log_source import Source, Tiles, Withheld
from dengbu.nodes.peer_client.peer_client import PeerDown
from dengbu.nodes.store.block import names_of

BATCH_ENTRIES_MAX = 1_024  # executed and committed at a time while catching up
PUSH_ENTRIES_MAX = 2_048  # a push further ahead than this is left to catching up
RETRY_FIRST_S = 0.1
RETRY_MAX_S = 5.0

log = logging.getLogger("dengbu.follower")


class Follower:
    """Follows one log; `failed` ends the process."""

    def __init__(
        self,
        appender: Appender,
        source: Source,
        cosigner: Cosigner,
        kept: Evidence,
        readings: Readings,
        failed: Callable[[BaseException], None],
    ) -> None:
        self._appender = appender
        self._application = appender.application
        self._store = appender.application.store
        self._source = source
        self._forwarder = Forwarder(source.peer)
        self._log_key = appender.log_key
        self.readings = readings
        self._now_ms = readings.now_ms
        self._failed = failed
        self._lock = threading.Lock()  # held over execution and commit
        self._stopped = threading.Event()
        self._trouble: str | None = None
        self.progress = appender.progress
        self._charges = Charges(self._application, self.progress, source.peer, kept, self._now_ms)
        self._dating = Dating(appender, kept, self._now_ms)
        self._rounds = RoundClock(readings, cosigner.key.verifier.name)
        self._rejections = Rejections(self.progress)
        self._followup = FollowUp(
            self._application, self._forwarder.forward, self._rejections, self._now_ms, failed
        )
        self._shown: bytes = self.progress.final[1]  # the newest note of the log that this node agreed with
        self.bundles = appender.bundles
        self._quorum = appender.quorum
        self.witness = Witness(
            appender.log_key, cosigner, lambda: self._now_ms() // SECOND_MS, self._reach, self._examine
        )
        self._thread = threading.Thread(target=self._run, name="follower")

    def start(self) -> None:
        """Start to follow the final checkpoints."""
        self._thread.start()
        self._followup.start()

    def stop(self) -> None:
        """End and join the thread; a long poll that is under way ends first."""
        self._stopped.set()
        self.progress.close()
        if self._thread.ident is not None:
            self._thread.join()
        self._followup.stop()
        self._source.peer.close()

    @property
    def final_size(self) -> int:
        """How many entries are final on this node."""
        return self.progress.final[0]

    @property
    def trouble(self) -> str | None:
        """Why this node does not follow the log; None if all is well."""
        return self._charges.halted or self._trouble or self._dating.trouble

    @property
    def away(self) -> Sequence[str]:
        """Always empty: a follower deals with the sequencer alone, and reports its absence as `trouble`."""
        return ()

    @property
    def waiting(self) -> tuple[int, float]:
        """Events on their way to the log, and seconds since the oldest was taken."""
        return self._followup.waiting

    def wait_final(self, ticket: Ticket, timeout_s: float) -> int | None:
        """Return the index of the ticket's entry once it is final; None if that takes more than `timeout_s` seconds.

        Raises `NotAdmitted` if the event can no longer enter the log.
        """
        return self.progress.wait_ticket(ticket, timeout_s, self._rejections.check)

    def turned_away(self, actor: str, event_id: str) -> NotAdmitted | None:
        """Return why an event that the sequencer took can no longer enter the log; None if that is not known."""
        return self._rejections.get((actor, event_id))

    def wait_size(self, size: int, timeout_s: float) -> int:
        """Wait until more than `size` entries are final, at most `timeout_s` seconds; return how many are."""
        return self.progress.wait_final(size, timeout_s)[0]

    def wait_committed(self, size: int, timeout_s: float) -> int:
        """Wait until more than `size` entries are committed, at most `timeout_s` seconds; return how many are."""
        return self.progress.wait_committed(size, timeout_s)

    def submit(self, raw: bytes) -> Ticket:
        """Check an event and forward it to the sequencer. Raises `NotAdmitted` or `Unavailable`."""
        ticket = ticket_of(self._application.parse(raw))
        if self._followup.holds(ticket):
            return ticket  # on its way: this node's clock alone cannot say that it comes too late
        _, index = self._application.check(raw, self._now_ms())
        if index is not None:
            return ticket  # with the same bytes, or check would have refused it
        if self._charges.halted:
            raise Unavailable(RETRY_AFTER_S, self._charges.halted)
        if self._followup.is_full:
            raise Unavailable(RETRY_AFTER_S, "待排序事件过多 too many events are on their way")
        self._forwarder.forward(raw)
        self._followup.add(raw)
        return ticket

    def add_checkpoint(self, body: bytes) -> Reply:
        """Answer a push from the sequencer: execute, then cosign."""
        if self._charges.halted:
            return Reply(503, f"{self._charges.halted}\n".encode())
        try:
            return self.witness.add_checkpoint(body)
        except Exception as error:  # the listener would swallow a failed write
            self._failed(error)
            raise

    def cosigned(self) -> bytes | None:
        """Return the newest note this node has cosigned since its start."""
        return self.witness.latest

    def _run(self) -> None:
        pause = RETRY_FIRST_S
        try:
            while not self._stopped.is_set() and not self._charges.halted:
                try:
                    self._follow()
                    self._trouble, pause = None, RETRY_FIRST_S
                except (PeerDown, Refused) as fault:
                    self._trouble = fault.why
                    self._rounds.lose_touch()
                    self._stopped.wait(pause)
                    pause = min(2 * pause, RETRY_MAX_S)
        except BaseException as error:  # noqa: BLE001  (a lost thread would be a silent failure)
            self._failed(error)

    def _follow(self) -> None:
        """Wait for the next final checkpoint, reach it, and keep it."""
        note = self._source.checkpoint(self.final_size)
        if note is None or self._stopped.is_set():
            return
        try:
            checkpoint = parse_body(open_note(note, [self._log_key]).text)
        except (Malformed, NotTrusted) as fault:
            raise Refused(502, f"{self._source.peer.url}/checkpoint: {fault}") from fault
        self._examine(checkpoint, note)
        if checkpoint.size < self.final_size:
            self._charges.report(
                evidence.ROLLBACK, checkpoint, note, "the source went back to before the final checkpoint"
            )
        if checkpoint.size == self.final_size:
            raise Refused(
                502, f"{self._source.peer.url}/checkpoint: nothing new, though it was not asked for"
            )
        trust = self._quorum.trust
        verified = _verified(trust, note)
        with self._lock:
            self._execute(checkpoint, note, final=verified is not None)
        if verified is None or self._quorum.trust is not trust:  # its entries may change who must cosign
            try:
                verified = self._quorum.trust.check(note)
            except NotTrusted as fault:
                raise Refused(502, f"{self._source.peer.url}/checkpoint: {fault}") from fault
        self._store.put_checkpoint(checkpoint.size, note, final=True)
        self.progress.finish(checkpoint.size, note)
        self._rounds.finish(verified)

    def _examine(self, checkpoint: Checkpoint, note: bytes) -> None:
        """Halt if the log signed another root for entries that this node has executed. Raises `Refused`."""
        if checkpoint.origin != self._log_key.name:
            raise Refused(502, f"a checkpoint of another log: {checkpoint.origin}")
        self._rounds.begin(checkpoint.size)
        self.progress.hear(checkpoint.size)
        head = self._application.head
        if not 0 < checkpoint.size <= head.size:
            return
        ours = head.root if checkpoint.size == head.size else merkle.root(checkpoint.size, self._store)
        if ours != checkpoint.root:
            self._charges.halt(
                evidence.FORK,
                checkpoint,
                note,
                "the log has signed two trees",
                {"expected": {"size": checkpoint.size, "root": ours.hex()}, "signed_before": self._shown},
            )

    def _reach(self, checkpoint: Checkpoint, note: bytes) -> None:
        """Raise `Refused` unless the entries under the checkpoint are executed and not dated ahead of this clock."""
        with self._lock:
            if checkpoint.size > self._application.head.size + PUSH_ENTRIES_MAX:
                raise Refused(503, "catching up first")
            self._execute(checkpoint, note, final=False)
            self._dating.check(checkpoint, note)  # a final checkpoint may have brought the entries already

    def _execute(self, checkpoint: Checkpoint, note: bytes, final: bool) -> None:
        """Execute and commit every entry under a checkpoint. Raises `Refused` if that is not possible."""
        if self._charges.halted:
            raise Refused(503, self._charges.halted)
        try:
            while self._application.head.size < checkpoint.size:
                self._advance(checkpoint, note, final)
        except Diverged as fault:
            facts: dict[str, JSONValue | bytes] = {
                "index": fault.index,
                "field": fault.field,
                "expected": fault.ours,
                "found": fault.theirs,
                "signed_before": self._shown,
            }
            self._charges.halt(evidence.DIVERGENCE, checkpoint, note, str(fault), facts)
        except (ProofError, Malformed) as fault:
            self._charges.halt(evidence.FORGED, checkpoint, note, str(fault), {"signed_before": self._shown})
        except Withheld as fault:
            self._charges.report(evidence.WITHHELD, checkpoint, note, str(fault))
        except PeerDown as fault:
            raise Refused(503, str(fault)) from fault
        self._shown = note

    def _advance(self, checkpoint: Checkpoint, note: bytes, final: bool) -> None:
        """Fetch, execute and commit the next batch; only entries that the checkpoint covers are committed."""
        head = self._application.head
        start, end = head.size, min(checkpoint.size, head.size + BATCH_ENTRIES_MAX)
        leaves = self._source.entries(start, end, checkpoint.size, self.bundles.bytes_before(start))
        finalized = self._application.replay(leaves)
        root = finalized.head.root
        if end == checkpoint.size:
            if root != checkpoint.root:
                raise ProofError(
                    "root", f"these entries give the root {root.hex()}, {checkpoint.root.hex()} was signed"
                )
        else:
            tiles = Tiles(self._source.peer, checkpoint.size)
            proof = merkle.prove_consistency(end, checkpoint.size, tiles)
            merkle.verify_consistency(end, checkpoint.size, root, checkpoint.root, proof)
        if not final:
            self._dating.check_new(checkpoint, note, finalized)
        self._appender.append(finalized)
        self._followup.settle(name for name, _ in names_of(finalized))


def _verified(trust: Trust, note: bytes) -> Verified | None:
    """Return what a quorum vouches for in a note; None if no quorum does."""
    try:
        return trust.check(note)
    except NotTrusted:
        return None
