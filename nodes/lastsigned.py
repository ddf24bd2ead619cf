"""The last head that a key of this node signed: kept outside the ledger and fsynced before each signature.

A ledger restored from a backup, or a damaged write-ahead log, looks whole by itself. This file does not go
back with it.
"""

import contextlib
import os
from pathlib import Path

import msgspec

from nodes.connection import FatalStorage

ROOT_BYTES = 32
FILE_BYTES_MAX = 1_024


class Signed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A signed head; `root` is hex."""

    size: int
    root: str


class WouldRegress(Exception):
    """Signing this head would contradict one that was signed before; the file is left as it is."""

    def __init__(self, path: Path, last: Signed, asked: Signed) -> None:
        super().__init__(path, last, asked)
        self.path = path
        self.last = last
        self.asked = asked

    def __str__(self) -> str:
        return (
            f"拒绝签署回退或分叉的检查点 {self.path} says: signed size {self.last.size} "
            f"root {self.last.root}; "
            f"size {self.asked.size} root {self.asked.root} is not signed. "
            "Was the ledger restored from a backup? "
            "Fetch the missing entries from the other nodes, then start again."
        )


class LastSigned:
    """The file of one key. Only `advance` writes it; call it before the signature leaves."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Signed | None:
        """What was signed last; None if nothing ever was. Raises `FatalStorage` if the file cannot be
        understood.
        """
        try:
            with self.path.open("rb") as file:
                raw = file.read(FILE_BYTES_MAX)
            signed = msgspec.json.decode(raw, type=Signed)
            if len(bytes.fromhex(signed.root)) == ROOT_BYTES and signed.size >= 0:
                return signed
        except FileNotFoundError:
            return None
        except OSError as fault:
            raise FatalStorage(str(self.path), str(fault)) from fault
        except (msgspec.MsgspecError, ValueError) as fault:
            raise FatalStorage(str(self.path), f"not a last-signed file: {fault}") from fault
        raise FatalStorage(str(self.path), "not a last-signed file: size or root is out of range")

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
            self._replace(msgspec.json.encode(asked) + b"\n")
        except OSError as fault:
            raise FatalStorage(str(self.path), str(fault)) from fault

    def _replace(self, raw: bytes) -> None:
        """Write beside, fsync, rename over, fsync the directory: after a crash it is the old file or the new
        one.
        """
        beside = self.path.with_name(self.path.name + ".new")
        with contextlib.suppress(FileNotFoundError):
            beside.unlink()
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb", closefd=False) as file:
                file.write(raw)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        beside.replace(self.path)
        directory = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
