"""Reads the kept checkpoints in order, and finds the first place where one is missing or was replaced.

Whoever can write the file and computes the whole chain anew leaves no trace here: what he took away, the other
institutions still hold.
"""

from collections.abc import Iterator

from dengbu.nodes.store.checkpoint_chain import FIRST, FIRST_SEQ, format_tip, link
from dengbu.nodes.store.connection import Readers

NOTES_READ = 500
TIP = "meta, name checkpoints"


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
    chained = readers.rows("SELECT 1 FROM _sqlite_migrations WHERE name = 'chained_checkpoints'") != []
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
