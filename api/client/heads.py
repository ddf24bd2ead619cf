"""The last verified head, from which a client notices at its next look if the log went back or forked.

A node can show readers different pasts only as long as no reader remembers. This client remembers the last head, in
memory or in a file, and checks a consistency proof from it to every new head.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dengbu.api.client.errors import NoPolicy, VerificationError
from dengbu.api.client.tilereader import TileReader
from dengbu.api.client.transport import Transport
from dengbu.ledger.log.merkle import ProofError, prove_consistency, verify_consistency
from dengbu.ledger.log.trust import Trust


@dataclass(frozen=True)
class Head:
    """A verified head of the log: number of entries, root, cosigners (name, UTC seconds), and the note itself."""

    origin: str
    size: int
    root: bytes
    cosigners: tuple[tuple[str, int], ...]
    note: bytes


def verify_head(note: bytes, trust: Trust | None) -> Head:
    """Return the head in a cosigned checkpoint; raise VerificationError unless the policy's quorum cosigned it.

    Raises NoPolicy if `trust` is None.
    """
    if trust is None:
        raise NoPolicy
    try:
        checked = trust.check(note)
    except ValueError as error:
        raise VerificationError(str(getattr(error, "code", "checkpoint")), str(error)) from error
    checkpoint = checked.checkpoint
    return Head(checkpoint.origin, checkpoint.size, checkpoint.root, tuple(checked.cosigners), note)


class Heads:
    """Remembers the highest verified head and accepts only heads that continue it."""

    def __init__(self, transport: Transport, trust: Trust | None, file: str | Path | None = None) -> None:
        self._transport = transport
        self._trust = trust
        self._file = Path(file) if file is not None else None
        self.last: Head | None = None
        if self._file is not None and self._file.exists():
            self.last = verify_head(self._file.read_bytes(), trust)

    def look(self) -> Head:
        """Return the node's current head; raise VerificationError (rollback, fork) unless it continues the last one."""
        head = verify_head(self._transport.get("/v1/checkpoint", accept="text/plain").body, self._trust)
        if self.last is not None:
            self._continues(self.last, head)
        self._remember(head)
        return head

    def _continues(self, old: Head, new: Head) -> None:
        if new.origin != old.origin:
            raise VerificationError(
                "other-log", f"这是另一本账 this is the log {new.origin}, not {old.origin}"
            )
        if new.size < old.size:
            raise VerificationError(
                "rollback", f"账本倒退 the log went back from {old.size} entries to {new.size}"
            )
        try:
            verify_consistency(old.size, new.size, old.root, new.root, self._proof(old, new))
        except ProofError as error:
            raise VerificationError(
                "fork",
                f"账本分叉 the head at {new.size} does not continue the one at {old.size}: {error}",
            ) from error

    def _proof(self, old: Head, new: Head) -> Sequence[bytes]:
        if old.size in (0, new.size):
            return ()
        return prove_consistency(old.size, new.size, TileReader(self._transport, new.size))

    def _remember(self, head: Head) -> None:
        if self._file is not None and (self.last is None or head.size > self.last.size):
            _replace(self._file, head.note)
        self.last = head


def _replace(path: Path, content: bytes) -> None:
    """Replace a file by writing beside it, fsync and rename, so a crash leaves either the old head or the new one."""
    beside = path.with_name(path.name + ".new")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
