"""Tables, triggers and indexes of `ledger.db`.

Append-only means no UPDATE, no DELETE, and an INSERT only of the next number. The last condition stops INSERT OR
REPLACE, which fires no DELETE trigger on a connection that somebody else opens.
"""

from collections.abc import Callable

from sqlite_utils import Database, Migrations

from dengbu.nodes.store.checkpoint_chain import (
    CHAINING,
    FIRST,
    FIRST_SEQ,
    HAS_CHAIN,
    HAS_TIP,
    format_tip,
    link,
)
from dengbu.nodes.store.search_columns import FACETS

APPEND_ONLY = ("entries", "touches", "hashes", "history", "blocks", "checkpoints")

# table -> (condition that makes an INSERT wrong, text of the error)
_WRONG_INSERTS = {
    "entries": (
        "NEW.idx IS NOT (SELECT coalesce(max(idx), -1) + 1 FROM entries)"
        " OR EXISTS (SELECT 1 FROM entries WHERE actor = NEW.actor AND event_id = NEW.event_id)",
        "the next index, and a new event",
    ),
    "touches": (
        "NEW.idx < (SELECT coalesce(max(size), 0) FROM blocks WHERE seq = (SELECT max(seq) FROM blocks))"
        " OR EXISTS (SELECT 1 FROM touches WHERE unit = NEW.unit AND idx = NEW.idx)",
        "an entry of the block that is being written",
    ),
    "hashes": (
        "NEW.position IS NOT (SELECT coalesce(max(position), -1) + 1 FROM hashes)",
        "the next position",
    ),
    "history": ("NEW.seq IS NOT (SELECT coalesce(max(seq), -1) + 1 FROM history)", "the next number"),
    "blocks": (
        "NEW.seq IS NOT (SELECT coalesce(max(seq), -1) + 1 FROM blocks)"
        " OR NEW.size > (SELECT coalesce(max(idx), -1) + 1 FROM entries)"
        " OR EXISTS (SELECT 1 FROM blocks WHERE seq = NEW.seq - 1"
        " AND (height > NEW.height OR time > NEW.time OR size > NEW.size))",
        "the next number, and height, time and size must not fall",
    ),
    "checkpoints": (
        "NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM checkpoints)"
        " OR EXISTS (SELECT 1 FROM checkpoints WHERE final = NEW.final AND size >= NEW.size)",
        "the next number, and a size above the last one",
    ),
}

migrations = Migrations("ledger")


def apply(database: Database) -> None:
    """Bring a database to the newest schema; leave one that already has it untouched.

    A ledger whose checkpoints are chained, though no step is known to have done it, is left as it is, too: chaining it anew would
    hide what was done to it, and the check at the start of a node names that.
    """
    pending = migrations.pending(database)
    if pending and not (CHAINING in [step.name for step in pending] and _is_chained(database)):
        migrations.apply(database)


def _is_chained(database: Database) -> bool:
    if not database.table("meta").exists():
        return False  # a new file
    return any(database.execute(sql).fetchall() for sql in (HAS_CHAIN, HAS_TIP))


@migrations()
def tables(database: Database) -> None:
    """Create the first schema."""
    create: list[Callable[[Database], None]] = [_log_tables, _register_tables, _triggers, _indexes]
    for step in create:
        step(database)


@migrations(name=CHAINING)
def chained_checkpoints(database: Database) -> None:
    """Number and chain the checkpoints. A row keeps its row id as number, so that a gap left before still shows."""
    rows = database.execute("SELECT rowid, size, final, note FROM checkpoints ORDER BY rowid").fetchall()
    database.execute("DROP TABLE checkpoints")
    database.execute(
        "CREATE TABLE checkpoints (seq INTEGER PRIMARY KEY, size INTEGER NOT NULL,"
        " final INTEGER NOT NULL CHECK (final IN (0, 1)), note BLOB NOT NULL, chain BLOB NOT NULL,"
        " UNIQUE (final, size)) STRICT"
    )
    seq, chain = FIRST_SEQ - 1, FIRST
    for seq, size, final, note in rows:
        chain = link(chain, size, final, note)
        database.execute("INSERT INTO checkpoints VALUES (?,?,?,?,?)", (seq, size, final, note, chain))
    database.execute("INSERT INTO meta VALUES ('checkpoints', ?)", (format_tip(seq, chain),))
    _append_only(database, "checkpoints")


def _log_tables(database: Database) -> None:
    database.table("meta").create({"name": str, "value": bytes}, pk="name", strict=True)
    entries = {
        "idx": int,
        "height": int,
        "time": int,
        "actor": str,
        "event_id": str,
        "type": str,
        "outcome": str,
        "case_no": str,
        "leaf": bytes,
    }
    database.table("entries").create(
        entries, pk="idx", not_null=[name for name in entries if name not in ("idx", "case_no")], strict=True
    )
    # Hashes of complete subtrees, in the order in which appending completes them: see position() in
    # nodes/store/reads.py.
    database.table("hashes").create(
        {"position": int, "hash": bytes}, pk="position", not_null=["hash"], strict=True
    )
    blocks = {"seq": int, "height": int, "time": int, "size": int, "root": bytes, "register": bytes}
    database.table("blocks").create(blocks, pk="seq", not_null=[*blocks][1:], strict=True)
    database.execute(
        "CREATE TABLE checkpoints (size INTEGER NOT NULL, final INTEGER NOT NULL CHECK (final IN (0, 1)),"
        " note BLOB NOT NULL, PRIMARY KEY (final, size)) STRICT"
    )
    database.execute(
        "CREATE TABLE touches (unit TEXT NOT NULL, idx INTEGER NOT NULL REFERENCES entries (idx),"
        " PRIMARY KEY (unit, idx)) STRICT, WITHOUT ROWID"
    )


def _register_tables(database: Database) -> None:
    row = {"tbl": str, "key": str, "idx": int, "value": str}
    facets = dict.fromkeys(FACETS, str)
    database.table("register").create({"id": int, **row, **facets}, pk="id", not_null=[*row], strict=True)
    database.table("history").create({"seq": int, **row}, pk="seq", not_null=[*row], strict=True)


def _triggers(database: Database) -> None:
    for table in APPEND_ONLY:
        if table != "checkpoints":  # made anew by the next step
            _append_only(database, table)
    _refuse(
        database,
        "register",
        "INSERT",
        "EXISTS (SELECT 1 FROM register WHERE tbl = NEW.tbl AND key = NEW.key)"
        " OR EXISTS (SELECT 1 FROM register WHERE id = NEW.id)",
        "register: a row is replaced by UPDATE, which keeps the old one in history",
    )
    _refuse(database, "register", "DELETE", "1", "register: rows are never deleted")
    _refuse(
        database,
        "register",
        "UPDATE",
        "NEW.id IS NOT OLD.id OR NEW.tbl IS NOT OLD.tbl OR NEW.key IS NOT OLD.key OR NEW.idx <= OLD.idx",
        "register: an update keeps its key and names a later entry",
    )
    database.execute(
        "CREATE TRIGGER register_history AFTER UPDATE ON register BEGIN"
        " INSERT INTO history (seq, tbl, key, idx, value) VALUES"
        " ((SELECT coalesce(max(seq), -1) + 1 FROM history), OLD.tbl, OLD.key, OLD.idx, OLD.value); END"
    )


def _append_only(database: Database, table: str) -> None:
    wrong, right = _WRONG_INSERTS[table]
    for change in ("UPDATE", "DELETE"):
        _refuse(database, table, change, "1", f"{table} is append-only")
    _refuse(database, table, "INSERT", wrong, f"{table} is append-only: insert {right}")


def _refuse(database: Database, table: str, change: str, condition: str, message: str) -> None:
    database.execute(
        f"CREATE TRIGGER {table}_{change.lower()} BEFORE {change} ON {table}"
        f" WHEN {condition} BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )


def _indexes(database: Database) -> None:
    database.table("entries").create_index(["actor", "event_id"], unique=True)
    database.table("entries").create_index(["type"])
    database.execute("CREATE INDEX idx_entries_case ON entries (case_no) WHERE case_no IS NOT NULL")
    database.table("register").create_index(["tbl", "key"], unique=True)
    database.table("history").create_index(["tbl", "key", "idx"], unique=True)
    # Row ids follow the indexed columns, so pages in row id order need no sort.
    for columns in ("status", "party, status", "unit", "certificate"):
        first = columns.partition(",")[0]
        database.execute(
            f"CREATE INDEX idx_register_{first} ON register (tbl, {columns}) WHERE {first} IS NOT NULL"
        )
