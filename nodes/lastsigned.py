"""The last head that a key of this node signed: kept outside the ledger and on the disk before each signature.

A ledger restored from a backup, or a damaged write-ahead log, looks whole by itself. This file does not go
back with it.

The file has two lines of fixed length. A new head overwrites the older line in place, so that a power cut in
the middle leaves the other line whole, and no file system journal has to be waited for.
"""

import hashlib
import os
from pathlib import Path

import msgspec

from nodes.connection import FatalStorage

ROOT_BYTES = 32
SLOT_BYTES = 512  # what disks write as a whole
SLOTS = 2


class Signed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A signed head; `root` is hex."""

    size: int
    root: str


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    size: int
    root: str
    check: str


class WouldRegress(Exception):
    """Signing this head would contradict one that was signed before; the file is left as it is."""

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
    """The file of one node. Only `advance` writes it; call it before the signature leaves."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Signed | None:
        """What was signed last; None if nothing ever was. Raises `FatalStorage` if the file cannot be
        understood.
        """
        slots = self._slots()
        if slots is None:
            return None
        found = max(slots, key=_size, default=None)
        if found is None:
            raise FatalStorage(str(self.path), "not a last-signed file: no line in it is whole")
        return found

    def advance(self, size: int, root: bytes) -> None:
        """Remember a head before it is signed; raises `WouldRegress` for a lower size, or another root at the
        same size.
        """
        asked = Signed(size, root.hex())
        last = self.read()
        if last == asked:
            return
        if last is not None and asked.size <= last.size:
            raise WouldRegress(self.path, last, asked)
        try:
            self._write(asked, first=last is None)
        except OSError as fault:
            raise FatalStorage(str(self.path), str(fault)) from fault

    def _slots(self) -> list[Signed] | None:
        """The lines that are whole; None if there is no file."""
        try:
            with self.path.open("rb") as file:
                raw = file.read(SLOTS * SLOT_BYTES + 1)
        except FileNotFoundError:
            return None
        except OSError as fault:
            raise FatalStorage(str(self.path), str(fault)) from fault
        found = [_parse(raw[at : at + SLOT_BYTES]) for at in range(0, len(raw), SLOT_BYTES)]
        return [one for one in found if one is not None]

    def _write(self, asked: Signed, first: bool) -> None:
        if first:
            self._create(asked)
            return
        descriptor = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        try:
            slots = [_parse(os.pread(descriptor, SLOT_BYTES, at * SLOT_BYTES)) for at in range(SLOTS)]
            older = min(range(SLOTS), key=lambda at: _size(slots[at]))
            os.pwrite(descriptor, _format(asked), older * SLOT_BYTES)
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)

    def _create(self, asked: Signed) -> None:
        """The first head: a new file under a temporary name, then the name."""
        beside = self.path.with_name(self.path.name + ".new")
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, SLOTS * _format(asked))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        beside.replace(self.path)
        directory = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def _size(signed: Signed | None) -> int:
    return -1 if signed is None else signed.size


def _check(size: int, root: str) -> str:
    return hashlib.sha256(f"{size} {root}".encode()).hexdigest()


def _format(signed: Signed) -> bytes:
    line = msgspec.json.encode(_Line(signed.size, signed.root, _check(signed.size, signed.root)))
    return line.ljust(SLOT_BYTES - 1) + b"\n"


def _parse(raw: bytes) -> Signed | None:
    """The head in a line; None if the line is torn."""
    try:
        line = msgspec.json.decode(raw, type=_Line)
        if len(bytes.fromhex(line.root)) != ROOT_BYTES or line.size < 0:
            return None
    except (msgspec.MsgspecError, ValueError):
        return None
    return Signed(line.size, line.root) if line.check == _check(line.size, line.root) else None
