"""The last head that a key of this node signed, kept outside the ledger and written to the disk before each signature.

A ledger restored from a backup or with a damaged write-ahead log looks whole by itself. This file does not go back with
it.
"""

import hashlib
from pathlib import Path

import msgspec

from dengbu.nodes.store.connection import FatalStorage
from dengbu.nodes.store.slots import Slots

ROOT_BYTES = 32


class Signed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A signed head; `root` is hex."""

    size: int
    root: str


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    size: int
    root: str
    check: str


class WouldRegress(Exception):
    """Signing this head would contradict one that was signed before; the file is left unchanged."""

    def __init__(self, path: Path, last: Signed, asked: Signed) -> None:
        super().__init__(path, last, asked)
        self.path = path
        self.last = last
        self.asked = asked

    def __str__(self) -> str:
        return (
            f"拒绝签署回退或分叉的检查点 {self.path} says: signed size {self.last.size}, root {self.last.root}; "
            f"size {self.asked.size} root {self.asked.root} is not signed. "
            "Was the ledger restored from a backup? "
            "Fetch the missing entries from the other nodes, then start again."
        )


class LastSigned:
    """The last-signed file of one node. Only `advance` writes it; call it before the signature leaves."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._slots = Slots(path, _decode, lambda one: one.size)

    def read(self) -> Signed | None:
        """Return what was signed last; None if nothing ever was. Raises `FatalStorage` if the file is unreadable."""
        lines = self._slots.read()
        if lines == []:
            raise FatalStorage(str(self.path), "not a last-signed file: no line in it is whole")
        return lines[0] if lines else None

    def advance(self, size: int, root: bytes) -> None:
        """Record a head before it is signed. Raises `WouldRegress` for a lower size, or a new root at the same size."""
        asked = Signed(size, root.hex())
        last = self.read()
        if last == asked:
            return
        if last is not None and asked.size <= last.size:
            raise WouldRegress(self.path, last, asked)
        if last is None:
            self._slots.create(_encode(asked))
        else:
            self._slots.write(_encode(asked))


def _check(size: int, root: str) -> str:
    return hashlib.sha256(f"{size} {root}".encode()).hexdigest()


def _encode(signed: Signed) -> bytes:
    return msgspec.json.encode(_Line(signed.size, signed.root, _check(signed.size, signed.root)))


def _decode(raw: bytes) -> Signed | None:
    """Return the head in a line; None if the line is torn."""
    try:
        line = msgspec.json.decode(raw, type=_Line)
        if len(bytes.fromhex(line.root)) != ROOT_BYTES or line.size < 0:
            return None
    except (msgspec.MsgspecError, ValueError):
        return None
    return Signed(line.size, line.root) if line.check == _check(line.size, line.root) else None
