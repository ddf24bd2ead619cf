"""Final checkpoints on a node without the log key: it cosigns what it executed itself and keeps what is final.

Blocks come through consensus; the log's node sends only its signed checkpoints. A checkpoint that contradicts this
node's log is not cosigned, and is kept as evidence. One dated ahead of this node's clock is not cosigned until the
clock has caught up. If a quorum has cosigned the contradiction, this node is the one that differs: it stops executing
and signing, and names the entry and field where it diverged.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import NoReturn

from dengbu.ledger.log import merkle
from dengbu.ledger.log.checkpoint import Checkpoint, parse_body
from dengbu.ledger.log.encoding import JSONValue, Malformed
from dengbu.ledger.log.merkle import ProofError
from dengbu.ledger.log.note import NotTrusted, open_note
from dengbu.ledger.log.tiles import TILE_WIDTH
from dengbu.nodes.execution.divergence import Diverged, compare_leaves
from dengbu.nodes.finality import evidence
from dengbu.nodes.finality.appender import Appender
from dengbu.nodes.finality.cosigner import Cosigner
from dengbu.nodes.finality.dating import Dating
from dengbu.nodes.finality.evidence import Evidence
from dengbu.nodes.finality.witness import CONTRADICTION, Refused, Reply, Witness
from dengbu.nodes.peer_client.log_source import Source, Tiles, Withheld
from dengbu.nodes.peer_client.peer_client import PeerDown

AWAIT_S = 2.0  # for a block that others have already committed
RETRY_S = 0.2
COMPARED_MAX = 2_048  # entries fetched to find the first difference

log = logging.getLogger("dengbu.cometbft")


class Subscriber:
    """Follows the final checkpoints of one log. `now_ms` is the wall clock, `failed` ends the process."""

    def __init__(
        self,
        appender: Appender,
        source: Source,
        cosigner: Cosigner,
        kept: Evidence,
        now_ms: Callable[[], int],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._application = appender.application
        self._store = appender.application.store
        self._progress = appender.progress
        self._quorum = appender.quorum
        self._source = source
        self._log_key = appender.log_key
        self._evidence = kept
        self._now_ms = now_ms
        self._failed = failed
        self._dating = Dating(appender, kept, now_ms)
        self._stopped = threading.Event()
        self._trouble: str | None = None
        self._reported: set[int] = set()
        self._witness = Witness(
            appender.log_key, cosigner, lambda: now_ms() // 1_000, self._await, self._seen
        )
        self._thread = threading.Thread(target=self._run, name="subscriber")
        found = kept.halting()
        self.halted: str | None = halted_by(str(found)) if found else None

    def start(self) -> None:
        """Start to wait for final checkpoints."""
        self._thread.start()

    def stop(self) -> None:
        """End and join the thread; a long poll that is under way ends first."""
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._source.peer.close()

    @property
    def away(self) -> Sequence[str]:
        """Always empty: only the node that publishes checkpoints knows which witnesses cosign."""
        return ()

    @property
    def trouble(self) -> str | None:
        """Why entries do not become final here; None if all is well."""
        return self.halted or self._trouble or self._dating.trouble

    def add_checkpoint(self, body: bytes) -> Reply:
        """Answer a push from the log's node: wait until the blocks are here, compare, cosign."""
        if self.halted:
            return Reply(503, f"{self.halted}\n".encode())
        try:
            return self._witness.add_checkpoint(body)
        except Exception as error:  # the listener would swallow a failed write
            self._failed(error)
            raise

    def cosigned(self) -> bytes | None:
        """Return the newest note this node has cosigned since its start."""
        return self._witness.latest

    def _run(self) -> None:
        try:
            while not self._stopped.is_set() and not self.halted:
                try:
                    self._follow()
                    self._trouble = None
                except (PeerDown, Refused, Withheld) as fault:
                    self._trouble = str(fault)
                    self._stopped.wait(RETRY_S)
        except BaseException as error:  # noqa: BLE001  (a lost thread would be a silent failure)
            self._failed(error)

    def _follow(self) -> None:
        """Wait for the next final checkpoint and its blocks, and keep it."""
        note = self._source.checkpoint(self._progress.final[0])
        if note is None or self._stopped.is_set():
            return
        try:
            checkpoint = parse_body(open_note(note, [self._log_key]).text)
            self._quorum.trust.check(note)
        except (Malformed, NotTrusted) as fault:
            raise Refused(502, f"{self._source.peer.url}/checkpoint: {fault}") from fault
        if checkpoint.origin != self._log_key.name or checkpoint.size <= self._progress.final[0]:
            raise Refused(502, f"{self._source.peer.url}/checkpoint: not the next one of this log")
        self._progress.hear(checkpoint.size)
        if self._progress.wait_committed(checkpoint.size - 1, AWAIT_S) < checkpoint.size:
            self._compare_heads(checkpoint, note)
            raise Refused(503, self._behind(checkpoint))
        if self._root(checkpoint.size) != checkpoint.root:
            self._halt(checkpoint, note)
        self._store.put_checkpoint(checkpoint.size, note, final=True)
        self._progress.finish(checkpoint.size, note)

    def _await(self, checkpoint: Checkpoint, note: bytes) -> None:
        """Raise `Refused` unless everything under the checkpoint is executed to the same root and not dated ahead."""
        if self.halted:
            raise Refused(503, self.halted)
        if self._progress.wait_committed(checkpoint.size - 1, AWAIT_S) < checkpoint.size:
            raise Refused(503, self._behind(checkpoint))
        self._seen(checkpoint, note)
        self._dating.check(checkpoint, note)

    def _seen(self, checkpoint: Checkpoint, note: bytes) -> None:
        """Raise `Refused` if the log signed another root than this node's, or if it is a checkpoint of another log."""
        if checkpoint.origin != self._log_key.name:
            raise Refused(502, f"a checkpoint of another log: {checkpoint.origin}")
        if not 0 < checkpoint.size <= self._progress.committed:
            return
        ours = self._root(checkpoint.size)
        if ours == checkpoint.root:
            return
        if checkpoint.size not in self._reported:
            self._reported.add(checkpoint.size)
            self._keep(evidence.CONTRADICTION, checkpoint, note, {"expected": ours.hex()})
        raise Refused(422, f"{CONTRADICTION}{checkpoint.size} entries have the root {ours.hex()} here")

    def _behind(self, checkpoint: Checkpoint) -> str:
        return f"追赶中 {self._progress.committed} of {checkpoint.size} entries are executed here"

    def _root(self, size: int) -> bytes:
        head = self._application.head
        return head.root if head.size == size else merkle.root(size, self._store)

    def _compare_heads(self, checkpoint: Checkpoint, note: bytes) -> None:
        """Halt if this node lags because its log diverged, rather than because it is late."""
        head = self._application.head
        if head.size >= checkpoint.size or not head.size:
            return
        tiles = Tiles(self._source.peer, checkpoint.size)
        proof = merkle.prove_consistency(head.size, checkpoint.size, tiles)
        try:
            merkle.verify_consistency(head.size, checkpoint.size, head.root, checkpoint.root, proof)
        except ProofError:
            self._halt(checkpoint, note)

    def _halt(self, checkpoint: Checkpoint, note: bytes) -> NoReturn:
        """Stop this node and keep evidence: a quorum has cosigned another log than this node's. Raises `Refused`."""
        facts: dict[str, JSONValue | bytes] = {"own_final": self._progress.final[1].decode()}
        why = "a quorum has cosigned another root"
        try:
            self._find_difference(checkpoint)
        except Diverged as fault:
            facts |= {
                "index": fault.index,
                "field": fault.field,
                "expected": fault.ours,
                "found": fault.theirs,
            }
            why = str(fault)
        except (PeerDown, Withheld, Malformed) as fault:
            facts["first_difference"] = f"not found: {fault}"
        path = self._keep(evidence.DIVERGENCE, checkpoint, note, facts | {"why": why})
        self.halted = halted_by(path)
        raise Refused(422, why)

    def _find_difference(self, checkpoint: Checkpoint) -> None:
        """Raise `Diverged` at the first entry not yet final here that the log's node shows differently."""
        start = self._progress.final[0]
        end = min(self._progress.committed, checkpoint.size, start + COMPARED_MAX)
        start -= start % TILE_WIDTH  # a bundle is fetched whole
        theirs = self._source.entries(start, end, checkpoint.size, 0)
        ours = self._store.leaves(start, end)
        for index, (one, other) in enumerate(zip(ours, theirs, strict=False), start):
            if one != other:
                compare_leaves(index, one, other)

    def _keep(
        self, kind: str, checkpoint: Checkpoint, note: bytes, facts: dict[str, JSONValue | bytes]
    ) -> str:
        head = self._application.head
        shown: dict[str, JSONValue | bytes] = {
            "net": self._log_key.name,
            "source": self._source.peer.url,
            "checkpoint": note.decode(),
            "checkpoint_size": checkpoint.size,
            "own_size": head.size,
            "own_root": head.root.hex(),
        }
        path = str(self._evidence.keep(kind, self._now_ms(), shown | facts))
        log.critical("log.contradicted", extra={"kind": kind, "evidence": path})
        return path


def halted_by(path: str) -> str:
    """Return the message of a node that has stopped because of this evidence."""
    return (
        f"账本分歧，已停止执行 this node has stopped: the logs differ, see {path}; "
        "settle the matter with the other institutions, move the file away, start again"
    )
