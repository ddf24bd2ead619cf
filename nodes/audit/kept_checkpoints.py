"""Reads the kept checkpoints in order, and finds the first place where one is missing or was replaced.

Whoever can write the file and computes the whole chain anew, or puts table, tip and the migration's name back to what
the last release kept, leaves no trace here: what he took away, the other institutions still hold.
"""

from collections.abc import Iterator

from dengbu.nodes.store.checkpoint_chain import (
    CHAINING,
    FIRST,
    FIRST_SEQ,
    HAS_CHAIN,
    HAS_TIP,
    format_tip,
    link,
)
from dengbu.nodes.store.connection import Readers

NOTES_READ = 500
TIP = "meta, name checkpoints"
MIGRATION = f"_sqlite_migrations, name {CHAINING}"


class Broken(Exception):
    """The rows are not those that this node kept: the place, and what is wrong there."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(place, problem)
        self.place = place
        self.problem = problem


def kept(readers: Readers) -> Iterator[tuple[int, int, bytes]]:
    """Yield size, kind (1 for final) and note of every kept checkpoint, the oldest first. Raises `Broken`.

    A ledger that no newer node has opened yet numbers its rows and does not chain them.
    """
    chained = _is_chained(readers)
    column = "chain" if chained else "NULL"
    sql = f"SELECT rowid, size, final, note, {column} FROM checkpoints WHERE rowid > ? ORDER BY rowid LIMIT ?"  # noqa: S608
    seq, chain = FIRST_SEQ - 1, FIRST
    while rows := readers.rows(sql, (seq, NOTES_READ)):
        for number, size, final, note, stored in rows:
            if number != seq + 1:
                raise Broken(f"checkpoints, seq {seq + 1}", f"the row is missing; the next one is {number}")
            seq, chain = number, link(chain, size, final, note)
            if chained and stored != chain:
                raise Broken(
                    f"checkpoints, seq {seq}, size {size}",
                    "its chain is not the hash of this note and the row before",
                )
            yield size, final, note
    tip = readers.rows("SELECT value FROM meta WHERE name = 'checkpoints'")
    if chained and tip != [(format_tip(seq, chain),)]:
        raise Broken(TIP, f"is not the number and hash of the last row, {seq}: rows after it are missing")


def _is_chained(readers: Readers) -> bool:
    """Return whether the table chains its rows. Raises `Broken` if the tip or the migration's name says otherwise."""
    chained = readers.rows(HAS_CHAIN) != []
    if (readers.rows(HAS_TIP) != []) != chained:
        raise Broken(
            TIP, "is missing for a chained table" if chained else "names a chain that the table has not"
        )
    if (readers.rows("SELECT 1 FROM _sqlite_migrations WHERE name = ?", (CHAINING,)) != []) != chained:
        raise Broken(
            MIGRATION, "is missing for a chained table" if chained else "is there, and the chain is not"
        )
    return chained
