"""The store: one transaction for each block, append-only, and every error of the storage fatal."""

# ruff: noqa: S608  # the tables under attack are named in the SQL

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dengbu.ledger.log.merkle import EMPTY_ROOT, Frontier, leaf_hash, prove_inclusion, verify_inclusion
from dengbu.ledger.register.encumbrances import Mortgage, Seizure
from dengbu.ledger.register.records import Case, Counter, Right, Unit, encode
from dengbu.nodes.execution.application import Application
from dengbu.nodes.execution.cache import RegisterCache
from dengbu.nodes.home.config import LEDGER_FILE
from dengbu.nodes.store.block import Block, Change, Row
from dengbu.nodes.store.connection import READERS_IDLE_MAX, FatalStorage, StoreInUse
from dengbu.nodes.store.listings import Listings
from dengbu.nodes.store.reads import Reads, hash_count, position
from dengbu.nodes.store.schema import APPEND_ONLY
from dengbu.nodes.store.store import Stale, Store, StoreExists
from tests.nodes.homes import create, full, note, story, tell, when
from tests.worlds import NET, UNIT, UNIT_2


@pytest.fixture
def home(tmp_path: Path) -> Path:
    full(tmp_path / "home")
    return tmp_path / "home"


def raw_connection(home: Path) -> sqlite3.Connection:
    """Connect as an operator with a shell would, without our pragmas."""
    return sqlite3.connect(home / LEDGER_FILE, isolation_level=None)


# ---- opening ---------------------------------------------------------------------------------------------------------


def test_a_new_ledger_is_empty_and_a_second_one_is_not_put_over_it(tmp_path: Path) -> None:
    with Store.create(tmp_path, NET) as store:
        assert (store.net(), store.head.size, store.head.root) == (NET, 0, EMPTY_ROOT)
    with pytest.raises(StoreExists, match="exists"):
        Store.create(tmp_path, "another/net")
    with Store.open(tmp_path) as store:
        assert store.net() == NET


def test_two_writers_on_one_home_are_refused(home: Path) -> None:
    with Store.open(home), pytest.raises(StoreInUse, match="another process"):
        Store.open(home)
    Store.open(home).close()  # it opens afterwards


def test_an_application_on_another_network_is_refused(home: Path) -> None:
    with Store.open(home) as store, pytest.raises(ValueError, match="belongs to network"):
        Application(store, "another/net")


@pytest.mark.parametrize("damage", [b"", b"no database at all" * 100])
def test_a_file_that_is_no_ledger_is_fatal(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / LEDGER_FILE).write_bytes(damage)
    with pytest.raises(FatalStorage):
        Store.open(tmp_path).net()


def test_a_missing_ledger_is_fatal_and_is_not_created(tmp_path: Path) -> None:
    with pytest.raises(FatalStorage):
        Store.open(tmp_path)
    assert not (tmp_path / LEDGER_FILE).exists()


def test_the_pragmas_hold_on_the_writer_and_readers_cannot_write(home: Path) -> None:
    with Store.open(home) as store:
        asked = {
            "journal_mode": "wal",
            "synchronous": 2,
            "foreign_keys": 1,
            "trusted_schema": 0,
            "mmap_size": 0,
        }
        found = {name: store._writer.execute(f"PRAGMA {name}").fetchone()[0] for name in asked}
        assert found == asked
        assert store.readers.rows("PRAGMA wal_autocheckpoint") == [(0,)]
        with pytest.raises(FatalStorage, match="readonly"):
            store.readers.rows("INSERT INTO meta (name, value) VALUES ('x', x'00')")
        strict = store.readers.rows(
            "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE '%sqlite%'"
        )
        assert strict
        assert all(flag == 1 for _, flag in strict)


# ---- reading what was written ----------------------------------------------------------------------------------------


def test_entries_come_back_by_index_by_name_and_by_what_they_touch(home: Path) -> None:
    with Reads(home) as reads:
        assert [entry.envelope.raw for entry in reads.entries(0, 100)] == list(story())
        for index, raw in enumerate(story()):
            entry = reads.entry(index)
            assert entry is not None
            assert entry.envelope.raw == raw
            assert reads.find(entry.envelope.body.actor, entry.envelope.body.id) == index
        assert reads.entry(len(story())) is None
        assert reads.find("hz-registry", "no-such-event") is None
        assert reads.size() == len(story())
        types = [entry.envelope.body.type for entry in reads.feed(-1, unit=UNIT_2)]
        assert types == ["title.import", "case.apply", "case.enter"]
        refused = reads.feed(-1, unit=UNIT)[-1]
        assert refused.decision["outcome"] == "refused"  # it changed nothing, yet it was about this unit
        assert [entry.index for entry in reads.feed(5, 2)] == [6, 7]
        case = refused_case = reads.feed(-1, type="case.apply")[0].decision["result"]["case"]
        assert {entry.envelope.body.type for entry in reads.feed(-1, case=refused_case)} == {
            "case.apply",
            "case.enter",
        }
        assert case


def test_tree_hashes_prove_every_entry(home: Path) -> None:
    with Reads(home) as reads:
        head = reads.load_head()
        assert reads.readers.rows("SELECT count(*) FROM hashes") == [(hash_count(head.size),)]
        assert Frontier.from_reader(head.size, reads).root() == head.root
        for index, leaf in enumerate(reads.leaves(0, head.size)):
            proof = prove_inclusion(index, head.size, reads)
            verify_inclusion(leaf_hash(leaf), index, head.size, proof, head.root)
        with pytest.raises(FatalStorage, match="missing"):
            reads.read([(0, head.size)])


@given(st.integers(1, 600))
def test_a_hash_stands_where_appending_completes_it(size: int) -> None:
    frontier, places = Frontier(), []
    for index in range(size):
        places += [position(level, at) for level, at, _ in frontier.append(leaf_hash(b"%d" % index))]
    assert places == list(range(hash_count(size)))


def test_a_record_reads_as_it_stood_after_any_entry(tmp_path: Path) -> None:
    application = create(tmp_path)
    then = []
    for raw in story():
        tell(application, (raw,))
        then.append(
            (application.store.get(Unit, UNIT), application.store.get(Case, "441302-20261122-000002"))
        )
    for index, (unit, case) in enumerate(then):
        assert application.store.record_as_at(Unit, UNIT, index) == unit
        assert application.store.record_as_at(Case, "441302-20261122-000002", index) == case
    assert application.store.record_as_at(Unit, UNIT, 0) is None
    application.store.close()


def test_lists_filter_and_go_page_by_page(home: Path) -> None:
    with Reads(home) as reads:
        listings = Listings(reads)
        assert [case.state for case in listings.cases().records] == ["entered", "entered", "withdrawn"]
        assert [case.actor for case in listings.cases(state="entered", actor="bank-a").records] == ["bank-a"]
        assert [case.deal for case in listings.cases(act="transfer").records] == [True]
        assert listings.cases(state="accepted").records == ()
        seen: list[str] = []
        cursor: int | None = 0
        while cursor is not None:
            page = listings.cases(after=cursor, limit=1)
            seen += [case.number for case in page.records]
            cursor = page.next
        assert seen == [case.number for case in listings.cases().records]
        assert [deal.state for deal in listings.deals(state="CONSUMED").records] == ["CONSUMED"]
        mortgage = listings.mortgages(mortgagee="bank-a", status="active").records[0]
        assert listings.mortgages(mortgagee="bank-b").records == ()
        assert listings.certificate(mortgage.certificate) == mortgage
        unit = reads.get(Unit, UNIT)
        assert unit is not None
        right = reads.get(Right, str(unit.right))
        assert right is not None
        assert listings.certificate(right.certificate) == right
        assert listings.certificate("粤(1999)惠州市不动产权第0000000号") is None
        assert [seizure.court for seizure in listings.seizures(unit=UNIT).records] == ["court-1"]
        kinds = {
            type(record) for page in (listings.mortgages(), listings.seizures()) for record in page.records
        }
        assert kinds == {Mortgage, Seizure}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM register WHERE tbl = 'case' AND id > 0 AND status = 'accepted' ORDER BY id LIMIT 9",
        "SELECT * FROM register WHERE tbl = 'case' AND id > 0 AND status = 'entered' AND party = 'b' ORDER BY id LIMIT 9",
        "SELECT * FROM register WHERE tbl = 'mortgage' AND id > 0 AND party = 'b' AND status = 'active' ORDER BY id LIMIT 9",
        "SELECT * FROM register WHERE tbl = 'seizure' AND id > 0 AND unit = 'u' ORDER BY id LIMIT 9",
        "SELECT * FROM register WHERE tbl = 'right' AND id > 0 AND certificate = 'c' ORDER BY id LIMIT 9",
        "SELECT leaf FROM touches JOIN entries ON entries.idx = touches.idx"
        " WHERE touches.unit = 'u' AND touches.idx > 1 ORDER BY entries.idx LIMIT 9",
        "SELECT leaf FROM entries WHERE idx > 0 AND case_no = 'c' ORDER BY idx LIMIT 9",
    ],
)  # fmt: skip
def test_lists_are_read_from_an_index(home: Path, sql: str) -> None:
    with Reads(home) as reads:
        plan = [row[3] for row in reads.readers.rows(f"EXPLAIN QUERY PLAN {sql}")]
    assert not [line for line in plan if line.startswith("SCAN")], plan


def test_the_final_checkpoint_that_covers_an_entry_is_the_smallest(tmp_path: Path) -> None:
    application = create(tmp_path)
    store = application.store
    notes = {}
    for raw in story()[:6]:
        tell(application, (raw,))
        notes[application.head.size] = note(application.head)
        if application.head.size in (2, 5):
            store.put_checkpoint(application.head.size, notes[application.head.size], final=True)
    assert [store.checkpoint_covering(index) for index in range(6)] == [notes[2]] * 2 + [notes[5]] * 3 + [
        None
    ]
    assert store.last_checkpoint() == (5, notes[5])
    store.put_checkpoint(5, b"another note", final=True)  # the first one stays
    assert store.last_checkpoint() == (5, notes[5])
    with pytest.raises(FatalStorage, match="above the last"):
        store.put_checkpoint(4, notes[4], final=True)
    store.close()


# ---- append-only -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize(
    "change", ["UPDATE {t} SET {c} = {c}", "DELETE FROM {t}", "UPDATE OR REPLACE {t} SET {c} = {c}"]
)
def test_what_is_written_is_neither_changed_nor_deleted(home: Path, table: str, change: str) -> None:
    connection = raw_connection(home)
    column = connection.execute(f"SELECT name FROM pragma_table_info('{table}')").fetchall()[1][0]
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(change.format(t=table, c=column))
    connection.close()


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("verb", ["INSERT OR REPLACE", "REPLACE", "INSERT OR IGNORE", "INSERT"])
def test_a_row_is_not_put_over_another(home: Path, table: str, verb: str) -> None:
    connection = raw_connection(home)
    before = connection.execute(f"SELECT * FROM {table}").fetchall()
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(f"{verb} INTO {table} SELECT * FROM {table} LIMIT 1")
    assert connection.execute(f"SELECT * FROM {table}").fetchall() == before
    connection.close()


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO entries SELECT idx + 1000, height, time, actor, event_id || 'x', type, outcome, case_no, leaf"
        " FROM entries LIMIT 1",
        "INSERT INTO entries SELECT -1, height, time, actor, event_id || 'x', type, outcome, case_no, leaf"
        " FROM entries LIMIT 1",
        # the next index, but an event that exists: OR REPLACE would delete that event's entry
        "INSERT OR REPLACE INTO entries SELECT (SELECT max(idx) + 1 FROM entries), height, time, actor, event_id,"
        " type, outcome, case_no, leaf FROM entries WHERE idx = 3",
        "INSERT INTO hashes VALUES (100000, x'00')",
        "INSERT INTO history VALUES (100000, 'unit', 'u', 0, '{}')",
        "INSERT INTO blocks VALUES (100000, 99, 9999999999999, 16, x'00', x'00')",
        "INSERT INTO blocks SELECT max(seq) + 1, 1, 1, 1, root, register FROM blocks",
        "INSERT INTO touches VALUES ('u', 1)",
        "INSERT INTO checkpoints SELECT max(seq) + 1, 3, 1, x'00', x'00' FROM checkpoints",
        "INSERT INTO checkpoints SELECT max(seq) + 2, 99, 1, x'00', x'00' FROM checkpoints",
        "DELETE FROM register",
        "UPDATE register SET value = '{}'",
        "UPDATE register SET key = key || 'x', idx = 1000",
        "INSERT OR REPLACE INTO register SELECT * FROM register LIMIT 1",
        "INSERT OR REPLACE INTO register (tbl, key, idx, value) SELECT tbl, key, 1000, '{}' FROM register LIMIT 1",
    ],
)  # fmt: skip
def test_gaps_repeats_and_steps_back_are_refused(home: Path, sql: str) -> None:
    connection = raw_connection(home)
    with pytest.raises(sqlite3.IntegrityError, match=r"append-only|register:"):
        connection.execute(sql)
    connection.close()


def test_a_replaced_row_goes_into_history_whoever_replaces_it(home: Path) -> None:
    connection = raw_connection(home)
    old = connection.execute(
        "SELECT tbl, key, idx, value FROM register WHERE tbl = 'unit' LIMIT 1"
    ).fetchone()
    connection.execute(
        "UPDATE register SET value = '{}', idx = 1000 WHERE tbl = 'unit' AND key = ?", (old[1],)
    )
    found = connection.execute(
        "SELECT tbl, key, idx, value FROM history ORDER BY seq DESC LIMIT 1"
    ).fetchone()
    assert found == old
    connection.close()


# ---- committing ------------------------------------------------------------------------------------------------------


def test_a_block_for_another_head_is_stale_and_writes_nothing(tmp_path: Path) -> None:
    application = create(tmp_path)
    tell(application, story()[:3])
    block = Block(4, when(3), story()[3:4])
    finalized = application.finalize(block)
    head = application.commit(finalized)
    with pytest.raises(Stale, match="continues size 3"):
        application.commit(finalized)
    assert application.head == head == application.store.load_head()
    application.store.close()


def test_a_failed_commit_leaves_the_store_as_it_was_and_ends_all_writing(tmp_path: Path) -> None:
    application = create(tmp_path)
    tell(application, story()[:3])
    finalized = application.finalize(Block(4, when(3), story()[3:4]))
    other = raw_connection(tmp_path)
    leaf = b"{}"
    other.execute("INSERT INTO entries VALUES (3, 4, 1, 'intruder', 'e', 't', 'recorded', NULL, ?)", (leaf,))
    other.close()
    with pytest.raises(FatalStorage, match="append-only"):
        application.commit(finalized)
    with pytest.raises(FatalStorage):
        application.store.put_checkpoint(3, b"note", final=True)
    with pytest.raises(FatalStorage):
        application.commit(finalized)
    assert application.head.size == 3
    application.store.close()
    with Reads(tmp_path) as reads:
        assert reads.readers.rows("SELECT count(*) FROM hashes") == [(hash_count(3),)]
        assert reads.load_head().size == 3


def test_a_home_that_is_not_there_is_fatal(tmp_path: Path) -> None:
    with pytest.raises(FatalStorage, match="no-such-home"):
        Store.open(tmp_path / "no-such-home")


def test_threads_that_read_in_turn_share_one_connection(home: Path) -> None:
    with Reads(home) as reads:
        reads.size()
        for _ in range(20):
            thread = threading.Thread(target=reads.size)
            thread.start()
            thread.join()
        assert len(reads.readers._open) == 1


def test_a_burst_of_readers_leaves_a_few_connections(home: Path) -> None:
    with Reads(home) as reads:
        together = threading.Barrier(2 * READERS_IDLE_MAX + 1)
        found: list[int] = []

        def read() -> None:
            with reads.readers.snapshot():
                found.append(reads.size())
                together.wait()

        threads = [threading.Thread(target=read) for _ in range(2 * READERS_IDLE_MAX)]
        for thread in threads:
            thread.start()
        together.wait()
        for thread in threads:
            thread.join()
        assert len(set(found)) == 1
        assert len(reads.readers._open) == READERS_IDLE_MAX


def test_a_read_inside_a_snapshot_uses_its_connection_and_a_failed_one_is_given_back(home: Path) -> None:
    with Reads(home) as reads:
        with pytest.raises(FatalStorage), reads.readers.snapshot():
            reads.readers.rows("SELECT nothing FROM nowhere")
        with reads.readers.snapshot():
            reads.size()
            assert len(reads.readers._open) == 1
        reads.size()
        assert len(reads.readers._open) == 1


def test_readers_in_other_threads_see_whole_blocks_only(tmp_path: Path) -> None:
    application = create(tmp_path)
    store, done, torn = application.store, threading.Event(), []

    def watch() -> None:
        while not done.is_set():
            with store.readers.snapshot():
                size, block = store.size(), store.last_block()
                hashes = store.readers.rows("SELECT count(*) FROM hashes")[0][0]
                if hashes != hash_count(size) or (block.size if block else 0) != size:
                    torn.append((size, hashes, block))

    watchers = [threading.Thread(target=watch) for _ in range(3)]
    for watcher in watchers:
        watcher.start()
    tell(application, story())
    done.set()
    for watcher in watchers:
        watcher.join()
    assert torn == []
    store.close()


# ---- the register in memory ------------------------------------------------------------------------------------------

KEYS = st.integers(0, 9)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("commit"), st.lists(st.tuples(KEYS, st.integers(0, 99)), max_size=6)),
        st.tuples(st.just("read"), KEYS),
    ),
    max_size=60,
)


class Rows:
    """A source of rows that forgets nothing, used in place of the disk."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], Row] = {}

    def row(self, table: str, key: str) -> Row | None:
        return self.rows.get((table, key))


@settings(max_examples=300)
@given(STEPS, st.integers(1, 5))
def test_the_cache_answers_as_the_store_does(steps: list[tuple[str, object]], rows_max: int) -> None:
    source = Rows()
    cache = RegisterCache(source, rows_max)
    for index, (step, what) in enumerate(steps):
        if step == "read":
            assert cache.row("counter", str(what)) == source.row("counter", str(what))
            continue
        changes = []
        for key, value in what:  # type: ignore[attr-defined]
            record = Counter(str(key), value)
            changes.append(Change("counter", str(key), Row(index, encode(record), record), None))
        for change in changes:
            source.rows[change.table, change.key] = change.row
        cache.refresh(changes)
    for key in range(10):
        assert cache.row("counter", str(key)) == source.row("counter", str(key))
    assert len(cache._young) <= rows_max
    assert len(cache._old) <= rows_max


def test_a_row_read_before_a_commit_is_not_kept_after_it() -> None:
    old, new = Counter("n", 1), Counter("n", 2)
    rows = {"value": Row(0, encode(old), old)}

    class Slow:
        """A source whose read is overtaken by a commit."""

        def row(self, table: str, key: str) -> Row | None:
            found = rows["value"]
            rows["value"] = Row(1, encode(new), new)
            cache.refresh([Change("counter", "n", rows["value"], found)] if found.index == 0 else [])
            return found

        def rows(self, places: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Row]:
            return {}

    cache = RegisterCache(Slow())
    cache.row("counter", "n")
    assert cache.get(Counter, "n") == new


def test_the_cache_over_a_real_store_follows_every_commit(tmp_path: Path) -> None:
    application = create(tmp_path)
    small = RegisterCache(application.store, 3)
    for index, raw in enumerate(story()):
        finalized = application.finalize(Block(index + 1, when(index), (raw,)))
        application.commit(finalized)
        small.refresh(finalized.changes)
        for kind, key in (
            (Unit, UNIT),
            (Unit, UNIT_2),
            (Right, f"R-{UNIT}-1"),
            (Case, "441302-20261122-000002"),
        ):
            assert (
                small.get(kind, key)
                == application.register.get(kind, key)
                == application.store.get(kind, key)
            )
    application.store.close()


@pytest.mark.parametrize("left", ["", "-wal", "-shm"])
def test_a_crash_while_a_ledger_is_made_leaves_nothing_to_mend(tmp_path: Path, left: str) -> None:
    (tmp_path / f"ledger.db.new{left}").write_bytes(b"half a ledger")
    store = Store.create(tmp_path, NET)
    assert (store.net(), store.head.size) == (NET, 0)
    store.close()
    assert sorted(path.name for path in tmp_path.glob("ledger.db.new*")) == []
    before = (tmp_path / "ledger.db").read_bytes()
    with pytest.raises(StoreExists):
        Store.create(tmp_path, NET)
    assert (tmp_path / "ledger.db").read_bytes() == before


def test_many_rows_and_events_are_looked_up_in_an_index(home: Path) -> None:
    """However long the log is: a statement that reads a whole index would make each block slower than the last."""
    asked: list[str] = []
    with Store.open(home) as store:
        with store.readers.snapshot():
            store.readers._local.held.set_trace_callback(asked.append)
            store.rows([("unit", "u"), ("right", "r")])
            store.find_all([("a", "1"), ("b", "2")])
            store.readers._local.held.set_trace_callback(None)
        plans = [[row[3] for row in store.readers.rows(f"EXPLAIN QUERY PLAN {sql}")] for sql in asked]
    assert len(plans) == 2
    for plan in plans:
        assert [line for line in plan if line.startswith("SEARCH") and "INDEX" in line], plan
        assert not [line for line in plan if line.startswith(("SCAN register", "SCAN entries"))], plan
