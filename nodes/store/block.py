"""Blocks on their way into the store: what an engine hands over, the result of executing it, and the log's head."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.log.digest import RegisterDigest
from dengbu.ledger.log.entry import FIRST_PREV
from dengbu.ledger.log.merkle import EMPTY_ROOT, Frontier
from dengbu.ledger.register.record import Record


class Block(msgspec.Struct, frozen=True):
    """Events at one height. `time` is UTC milliseconds, after the previous block's; `events` are raw envelopes."""

    height: int
    time: int
    events: tuple[bytes, ...]


class Head(msgspec.Struct, frozen=True):
    """The head of the log: `size` entries under `root`, the last block's height and time, the register's digest.

    `prev` is the previous hash that the next entry must name.
    """

    size: int = 0
    root: bytes = EMPTY_ROOT
    height: int = 0
    time: int = 0
    digest: RegisterDigest = RegisterDigest()
    prev: str = FIRST_PREV


class Row(msgspec.Struct, frozen=True, gc=False):
    """A register row: the record, its canonical bytes, and the index of the entry that set it.

    `term` is the row's term in the register digest if it has been computed, else 0.
    """

    index: int
    raw: bytes
    record: Record
    term: int = 0


class Change(msgspec.Struct, frozen=True, gc=False):
    """One register row set by one entry, and the row it replaces, if any."""

    table: str
    key: str
    row: Row
    before: Row | None


class Addition(msgspec.Struct, frozen=True, gc=False):
    """An entry with the columns by which it is found, such as its case number and the units it touches."""

    index: int
    height: int
    time: int
    actor: str
    event_id: str
    type: str
    outcome: str
    case: str | None
    units: tuple[str, ...]
    leaf: bytes


class Sealed(msgspec.Struct, frozen=True):
    """The end of a block: the log's size and root there, and the register digest."""

    height: int
    time: int
    size: int
    root: bytes
    register: bytes


@dataclass(frozen=True)
class Finalized:
    """Everything that committing a block will write, and the events left out. None of it is in the store yet.

    `rejected` holds the events that do not enter the log, each with the reason. `hashes` continue the stored ones in
    order; `frontier` is the compact range at the new head.
    """

    base: Head
    head: Head
    additions: Sequence[Addition]
    hashes: Sequence[bytes]
    changes: Sequence[Change]
    blocks: Sequence[Sealed]
    rejected: Sequence[tuple[bytes, NotAdmitted]]
    frontier: Frontier

    @property
    def entries(self) -> list[bytes]:
        """The new leaves."""
        return [addition.leaf for addition in self.additions]


def names_of(finalized: Finalized) -> list[tuple[tuple[str, str], int]]:
    """Return actor and id of each new entry's event, with its index."""
    return [((one.actor, one.event_id), one.index) for one in finalized.additions]
