"""Two lines of fixed length in one file, for a small fact that must be on the disk before something leaves.

A new line overwrites the older one in place, so a power cut midway leaves the other line whole, and there is no file
system journal to wait for.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from dengbu.nodes.store.connection import FatalStorage

SLOT_BYTES = 512  # the unit that disks write as a whole
SLOTS = 2
T = TypeVar("T")


@dataclass(frozen=True)
class Slots(Generic[T]):
    """One such file. `decode` returns None for a line that is not whole; the line with the higher `rank` is newer."""

    path: Path
    decode: Callable[[bytes], T | None]
    rank: Callable[[T], int]

    def read(self) -> list[T] | None:
        """Return the lines that are whole, newest first; None if there is no file."""
        try:
            with self.path.open("rb") as file:
                raw = file.read(SLOTS * SLOT_BYTES + 1)
        except FileNotFoundError:
            return None
        except OSError as fault:
            raise FatalStorage(str(self.path), str(fault)) from fault
        lines = [self.decode(raw[at : at + SLOT_BYTES]) for at in range(0, len(raw), SLOT_BYTES)]
        return sorted((one for one in lines if one is not None), key=self.rank, reverse=True)

    def create(self, line: bytes) -> None:
        """Create or replace the file with two equal lines, by writing a temporary file and renaming it."""
        beside = self.path.with_name(self.path.name + ".new")
        try:
            beside.unlink(missing_ok=True)
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                os.write(descriptor, SLOTS * _padded(line))
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            beside.replace(self.path)
            directory = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(directory)
            finally:
                os.close(directory)
        except OSError as fault:
            raise FatalStorage(str(self.path), str(fault)) from fault

    def write(self, line: bytes) -> None:
        """Overwrite the older line; on return it is on the disk."""
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
            try:
                lines = [
                    self.decode(os.pread(descriptor, SLOT_BYTES, at * SLOT_BYTES)) for at in range(SLOTS)
                ]
                older = min(range(SLOTS), key=lambda at: self._rank(lines[at]))
                os.pwrite(descriptor, _padded(line), older * SLOT_BYTES)
                os.fdatasync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as fault:
            raise FatalStorage(str(self.path), str(fault)) from fault

    def _rank(self, line: T | None) -> int:
        return -1 if line is None else self.rank(line)


def _padded(line: bytes) -> bytes:
    assert len(line) < SLOT_BYTES, "a line fits into what a disk writes as a whole"
    return line.ljust(SLOT_BYTES - 1) + b"\n"
