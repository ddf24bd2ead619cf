"""A follower's charges against a misbehaving log: an evidence file, a log line and, if nothing can mend it, a halt."""

import logging
from collections.abc import Callable, Mapping
from typing import NoReturn

from dengbu.ledger.log.checkpoint import Checkpoint
from dengbu.ledger.log.encoding import JSONValue
from dengbu.nodes.execution.application import Application
from dengbu.nodes.finality.evidence import Evidence
from dengbu.nodes.finality.finality_waiters import Progress
from dengbu.nodes.finality.witness import Refused
from dengbu.nodes.peer_client.peer_client import PeerClient

Facts = Mapping[str, JSONValue | bytes]

log = logging.getLogger("dengbu.follower")


class Charges:
    """One follower's charges against the log that it reads from a peer. `now_ms` is the wall clock."""

    def __init__(
        self,
        application: Application,
        progress: Progress,
        log_peer: PeerClient,
        kept: Evidence,
        now_ms: Callable[[], int],
    ) -> None:
        self._application = application
        self._progress = progress
        self._log_peer = log_peer
        self._kept = kept
        self._now_ms = now_ms
        self._reported: set[tuple[str, int]] = set()
        found = kept.halting()
        self.halted: str | None = _halted_by(str(found)) if found else None

    def halt(self, kind: str, checkpoint: Checkpoint, note: bytes, why: str, facts: Facts) -> NoReturn:
        """Keep evidence and stop following the log. Raises `Refused`."""
        path = self._keep(kind, checkpoint, note, why, facts)
        self.halted = _halted_by(str(path))
        log.critical("log.misbehaved", extra={"kind": kind, "evidence": str(path), "why": why})
        raise Refused(422, why)

    def report(self, kind: str, checkpoint: Checkpoint, note: bytes, why: str) -> NoReturn:
        """Keep evidence once per kind and size, and refuse; the log may yet show what it owes. Raises `Refused`."""
        if (kind, checkpoint.size) not in self._reported:
            self._reported.add((kind, checkpoint.size))
            path = self._keep(kind, checkpoint, note, why, {})
            log.error("log.misbehaved", extra={"kind": kind, "evidence": str(path), "why": why})
        raise Refused(503, why)

    def _keep(self, kind: str, checkpoint: Checkpoint, note: bytes, why: str, facts: Facts) -> str:
        head = self._application.head
        shown: dict[str, JSONValue | bytes] = {
            "net": self._application.net,
            "source": self._log_peer.url,
            "why": why,
            "checkpoint": note.decode(),
            "checkpoint_size": checkpoint.size,
            "own_size": head.size,
            "own_root": head.root.hex(),
            "own_final": self._progress.final[1].decode(),
        }
        return str(self._kept.keep(kind, self._now_ms(), shown | dict(facts)))


def _halted_by(path: str) -> str:
    return (
        f"账本行为异常，已停止跟随 the log misbehaved, see {path}; "
        "settle the matter with the other institutions, move the file away, start again"
    )
