"""Refuses to cosign entries dated ahead of this node's clock, until the clock has caught up.

Times rise from block to block, which execution enforces: if the last entry is not ahead, no earlier one is. Either the
log's clock is wrong or this node's; the other witnesses' refusals and the check `clock` tell which.
"""

import logging
from collections.abc import Callable, Sequence
from typing import NoReturn

from dengbu.ledger.law.calendar import SECOND_MS
from dengbu.ledger.log import receipt
from dengbu.ledger.log.checkpoint import Checkpoint
from dengbu.ledger.log.encoding import JSONValue
from dengbu.ledger.log.merkle import HashReader, NodeId, prove_inclusion
from dengbu.nodes.finality import evidence
from dengbu.nodes.finality.appender import Appender
from dengbu.nodes.finality.evidence import Evidence
from dengbu.nodes.finality.witness import Refused
from dengbu.nodes.store.block import Finalized
from dengbu.nodes.store.reads import hash_count, position

log = logging.getLogger("dengbu.dating")


class Dating:
    """Checks the time of entries that this node is asked to cosign. `now_ms` is its wall clock.

    Evidence of an entry dated ahead is kept once.
    """

    def __init__(self, appender: Appender, kept: Evidence, now_ms: Callable[[], int]) -> None:
        self._application = appender.application
        self._store = appender.application.store
        self._quorum = appender.quorum
        self._kept = kept
        self._now_ms = now_ms
        self._refused = 0  # the time of the last entry that was found ahead

    @property
    def trouble(self) -> str | None:
        """Why this node does not cosign now; None if nothing is ahead of its clock, or no longer is."""
        if not self._is_ahead(self._refused):
            return None
        return (
            f"账本时间超前，暂不会签 the log is dated {(self._refused - self._now_ms()) // SECOND_MS} s ahead of this node's "
            f"clock, {self._quorum.tolerance_ms // SECOND_MS} s are allowed: not cosigned until the clock has caught up"
        )

    def check(self, checkpoint: Checkpoint, note: bytes) -> None:
        """Check the last entry under a checkpoint whose entries are committed here. Raises `Refused` if it is ahead."""
        head = self._application.head
        if checkpoint.size == head.size and not self._is_ahead(head.time):
            return  # the head's time is the last entry's, or that of a later block without entries
        last = self._store.entry(checkpoint.size - 1)
        if last is not None and self._is_ahead(last.time):
            self._refuse(checkpoint, note, last.time, last.raw, self._store)

    def check_new(self, checkpoint: Checkpoint, note: bytes, finalized: Finalized) -> None:
        """Check entries that are executed but not yet committed. Raises `Refused` if they are dated ahead."""
        if not self._is_ahead(finalized.head.time):
            return
        last = finalized.additions[-1]
        hashes = _Appended(finalized, self._store)
        self._refuse(
            checkpoint, note, last.time, last.leaf, hashes if last.index + 1 == checkpoint.size else None
        )

    def _is_ahead(self, time: int) -> bool:
        return time - self._now_ms() > self._quorum.tolerance_ms

    def _refuse(
        self, checkpoint: Checkpoint, note: bytes, time: int, leaf: bytes, hashes: HashReader | None
    ) -> NoReturn:
        now = self._now_ms()
        if self.trouble is None:
            facts: dict[str, JSONValue | bytes] = {
                "net": checkpoint.origin,
                "checkpoint": note.decode(),
                "entry_time": time,
                "own_time": now,
                "tolerance_ms": self._quorum.tolerance_ms,
            }
            if hashes is None:
                facts["leaf"] = leaf
            else:  # with the log's key anyone can verify that it signed this time
                proof = prove_inclusion(checkpoint.size - 1, checkpoint.size, hashes)
                facts["receipt"] = receipt.make(leaf, checkpoint.size - 1, proof, note).decode()
            path = self._kept.keep(evidence.AHEAD, now, facts)
            log.critical("clock.ahead", extra={"evidence": str(path), "ahead_s": (time - now) // SECOND_MS})
        self._refused = time
        raise Refused(503, self.trouble or "账本时间超前 the log is dated ahead of this node's clock")


class _Appended:
    """The tree hashes of a ledger, followed by those of a block that is not committed yet."""

    def __init__(self, finalized: Finalized, stored: HashReader) -> None:
        self._finalized = finalized
        self._stored = stored
        self._first = hash_count(finalized.base.size)

    def read(self, ids: Sequence[NodeId]) -> list[bytes]:
        """Return the hashes of these complete subtrees."""
        return [self._read(node) for node in ids]

    def _read(self, node: NodeId) -> bytes:
        place = position(*node) - self._first
        return self._finalized.hashes[place] if place >= 0 else self._stored.read([node])[0]
