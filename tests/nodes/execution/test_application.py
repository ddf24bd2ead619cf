"""The state machine is repeatable and the same on every node, and it names what differs."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.encoding import canonical
from dengbu.ledger.log.envelope import seal
from dengbu.ledger.register.records import Unit
from dengbu.nodes.execution.application import Application
from dengbu.nodes.execution.divergence import Diverged, first_difference
from dengbu.nodes.store.block import Block, Finalized
from dengbu.nodes.store.reads import Reads
from tests.nodes.homes import create, story, tell, when
from tests.waiting import WAIT_S_MAX
from tests.worlds import NET, START, UNIT, signer


def empty_event(event_id: str, data: dict[str, Any] | None = None, **body: Any) -> bytes:
    """Return a case.enter for a case that does not exist: it is admitted and refused, as often as wanted."""
    made = {
        "v": 1,
        "net": NET,
        "type": "case.enter",
        "id": event_id,
        "actor": "hz-registry",
        "not_after": when(99),
    }
    made |= {"data": data or {"case": "441302-20261122-999999"}, **body}
    return seal(made, [signer(str(made["actor"]), "event")])


@pytest.fixture
def application(tmp_path: Path) -> Any:
    made = create(tmp_path / "leader")
    tell(made, story()[:4])
    yield made
    made.store.close()


def contents(finalized: Finalized) -> list[object]:
    """Return everything of a finalized block that is written or reported."""
    rejected = [(raw, fault.code, fault.where) for raw, fault in finalized.rejected]
    rows = [(change.table, change.key, change.row.index, change.row.raw) for change in finalized.changes]
    return [
        finalized.base,
        finalized.head,
        *finalized.additions,
        *finalized.hashes,
        *finalized.blocks,
        *rejected,
        *rows,
    ]


# ---- finalize and commit ---------------------------------------------------------------------------------------------


def test_finalizing_again_gives_the_same_and_touches_nothing(application: Application) -> None:
    block = Block(9, when(9), (*story()[4:8], b"{}", story()[2]))
    before = list(application.store._writer.iterdump())
    first, second = application.finalize(block), application.finalize(block)
    assert contents(first) == contents(second)
    assert list(application.store._writer.iterdump()) == before
    assert application.head.size == 4
    application.commit(second)
    assert application.head == first.head == application.store.load_head()


def test_an_abandoned_block_leaves_no_trace_in_the_next(application: Application, tmp_path: Path) -> None:
    application.finalize(Block(5, when(4), (empty_event("abandoned"), *story()[4:9])))
    tell(application, story()[4:])
    other = create(tmp_path / "other")
    tell(other, story())
    assert application.head == other.head
    other.store.close()


def test_what_may_not_enter_the_log_is_rejected_with_its_reason_and_the_rest_goes_in(
    application: Application,
) -> None:
    late = empty_event("late", not_after=when(3))
    strange = empty_event("strange", data={"no-such-field": 1})
    again = empty_event("again")
    other = empty_event("again", data={"case": "441302-20261122-888888"})
    forged = again.replace(b'"officer"', b'"officer"')[:-100] + again[-100:].replace(b"A", b"B", 1)
    events = (b"not json", late, strange, again, again, other, story()[1], forged)
    finalized = application.finalize(Block(5, when(4), events))
    assert [entry.event_id for entry in finalized.additions] == ["again"]
    codes = {raw: fault.code for raw, fault in finalized.rejected}
    assert codes == {
        b"not json": Code.MALFORMED,
        late: Code.EXPIRED,
        strange: Code.MALFORMED_DATA,
        again: Code.REUSED_ID,
        other: Code.REUSED_ID,
        story()[1]: Code.REUSED_ID,
        forged: codes[forged],
    }
    assert codes[forged] in (Code.BAD_SIGNATURE, Code.REUSED_ID, Code.MALFORMED)
    assert len(finalized.rejected) == 7


def test_an_event_expires_by_block_time_alone(application: Application) -> None:
    event = empty_event("on-time", not_after=when(4))
    assert len(application.finalize(Block(5, when(4), (event,))).entries) == 1
    assert application.finalize(Block(5, when(4) + 1, (event,))).rejected[0][1].code == Code.EXPIRED


@pytest.mark.parametrize(("height", "time"), [(4, when(9)), (3, when(9)), (5, when(3)), (5, START)])
def test_height_and_time_must_rise(application: Application, height: int, time: int) -> None:
    with pytest.raises(ValueError, match="must both rise"):
        application.finalize(Block(height, time, ()))


def test_an_empty_block_moves_height_and_time_only(application: Application) -> None:
    before = application.head
    head = application.commit(application.finalize(Block(7, when(7), ())))
    assert (head.size, head.root, head.digest) == (before.size, before.root, before.digest)
    assert (head.height, head.time) == (7, when(7))
    with pytest.raises(ValueError, match="must both rise"):
        application.finalize(Block(7, when(8), ()))


def test_the_genesis_comes_first_and_once(tmp_path: Path, application: Application) -> None:
    empty = create(tmp_path / "empty")
    finalized = empty.finalize(Block(1, START, (story()[1],)))
    assert finalized.entries == []
    assert finalized.rejected[0][1].code == Code.UNKNOWN_ACTOR
    empty.store.close()
    renamed = story()[0].replace(b'"id":"event-1"', b'"id":"event-x"')
    assert application.finalize(Block(5, when(4), (renamed,))).rejected[0][1].code == Code.NETWORK_EXISTS


def test_events_of_one_block_see_each_other(tmp_path: Path) -> None:
    application = create(tmp_path / "one-block")
    finalized = application.finalize(Block(1, START, story()[:1]))
    application.commit(finalized)
    late = application.finalize(Block(2, when(99), story()[1:6]))  # not_after is an hour later
    assert len(late.entries) == 5
    application.commit(late)
    assert application.register.get(Unit, UNIT) == application.store.get(Unit, UNIT)
    application.store.close()


# ---- check -----------------------------------------------------------------------------------------------------------


def test_check_admits_what_finalize_would_and_refuses_the_rest(application: Application) -> None:
    fresh, index = application.check(story()[4], when(4))
    assert (fresh.raw, index) == (story()[4], None)
    known, index = application.check(story()[2], when(4))
    assert (known.raw, index) == (story()[2], 2), "in the log, the same bytes: its entry is the answer"
    refused = {
        b"[]": Code.MALFORMED,
        empty_event("late", not_after=when(3)): Code.EXPIRED,
        empty_event("elsewhere", net="another/net"): Code.WRONG_NETWORK,
        story()[2].replace(b'"dwelling"', b'"workshop"'): Code.BAD_SIGNATURE,
        empty_event(orjson.loads(story()[2])["body"]["id"]): Code.REUSED_ID,
    }
    for raw, code in refused.items():
        with pytest.raises(NotAdmitted) as caught:
            application.check(raw, when(4))
        assert caught.value.code == code


def test_a_wrong_signature_stays_wrong_however_often_it_is_shown(application: Application) -> None:
    forged = story()[4].replace(b'"case":"441302', b'"case":"441303', 1)
    assert forged != story()[4]
    application.check(story()[4], when(4))
    for _ in range(3):
        with pytest.raises(NotAdmitted):
            application.check(forged, when(4))
        assert application.finalize(Block(5, when(4), (forged,))).entries == []
    assert len(application.finalize(Block(5, when(4), (story()[4],))).entries) == 1


# ---- replay ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def leaves(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[bytes], bytes]:
    """A leader's leaves, with several events to a block, and its root."""
    leader = create(tmp_path_factory.mktemp("leader"))
    tell(leader, story()[:2])
    for height, start in enumerate(range(2, len(story()), 3), start=3):
        block = Block(height, when(start + 3), story()[start : start + 3])
        leader.commit(leader.finalize(block))
    found = leader.store.leaves(0, leader.head.size)
    leader.store.close()
    return found, leader.head.root


@pytest.mark.parametrize("step", [1, 2, 5, 1000])
def test_replaying_gives_the_leaders_ledger_however_it_is_cut(
    tmp_path: Path, leaves: tuple[list[bytes], bytes], step: int
) -> None:
    told, root = leaves
    follower, whole = create(tmp_path / "a"), create(tmp_path / "b")
    whole.commit(whole.replay(told))
    for start in range(0, len(told), step):
        follower.commit(follower.replay(told[start : start + step]))
    assert follower.head == whole.head
    assert follower.head.root == root
    for table in ("entries", "touches", "hashes", "register", "history", "meta"):
        rows = [one.store.readers.rows(f"SELECT * FROM {table}") for one in (follower, whole)]  # noqa: S608
        assert rows[0] == rows[1]
    follower.store.close()
    whole.store.close()


def changed(leaf: bytes, *path: str | int, to: Any) -> bytes:
    """Return the leaf with another value at a path."""
    value = orjson.loads(leaf)
    inner = value
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = to
    return canonical(value)


@pytest.mark.parametrize(
    ("path", "to", "field"),
    [
        (("decision", "outcome"), "accepted", "/decision/outcome"),
        (("decision", "register"), "0" * 64, "/decision/register"),
        (("decision", "result", "case"), "441302-20261122-000009", "/decision/result/case"),
        (("decision", "result", "extra"), 1, "/decision/result/extra"),
        (("index",), 9, "/index"),
        (("prev",), "0" * 64, "/prev"),
        (("height",), 1, "/height"),
        (("height",), 2, "/time"),
        (("time",), START, "/height"),
        (("event", "body", "not_after"), 1, "/event"),
        (("event", "body", "channel"), "x", "/event/body"),
        (("v",), 2, "/v"),
    ],
)
def test_a_changed_leaf_diverges_and_the_field_is_named(
    tmp_path: Path, leaves: tuple[list[bytes], bytes], path: tuple[str, ...], to: Any, field: str
) -> None:
    told = leaves[0]
    victim = (
        next(at for at in range(2, len(told)) if b'"outcome":"accepted"' in told[at])
        if "result" in path
        else 2
    )
    follower = create(tmp_path / "follower")
    with pytest.raises(Diverged) as caught:
        follower.replay([*told[:victim], changed(told[victim], *path, to=to), *told[victim + 1 :]])
    assert (caught.value.index, caught.value.field) == (victim, field)
    assert f"index {victim}," in str(caught.value)
    assert follower.head.size == 0
    follower.store.close()


def test_every_flipped_bit_of_a_decision_diverges(tmp_path: Path, leaves: tuple[list[bytes], bytes]) -> None:
    told = leaves[0]
    follower = create(tmp_path / "follower")
    follower.commit(follower.replay(told[:2]))
    end = told[2].index(b',"event"')
    for place in range(end):
        flipped = told[2][:place] + bytes([told[2][place] ^ 1]) + told[2][place + 1 :]
        with pytest.raises(Diverged) as caught:
            follower.replay([flipped])
        assert caught.value.index == 2
    follower.commit(follower.replay(told[2:]))
    follower.store.close()


def test_an_event_told_twice_diverges(tmp_path: Path, leaves: tuple[list[bytes], bytes]) -> None:
    told = leaves[0]
    follower = create(tmp_path / "follower")
    follower.commit(follower.replay(told[:3]))
    with pytest.raises(Diverged) as caught:
        follower.replay([told[2]])
    assert caught.value.field == "/event/body/id"
    with pytest.raises(Diverged) as caught:
        follower.replay([told[4]])  # a gap
    assert caught.value.index == 3
    follower.store.close()


@pytest.mark.parametrize(
    ("ours", "theirs", "found"),
    [
        ({"a": 1, "b": [1, {"c": 2}]}, {"a": 1, "b": [1, {"c": 3}]}, ("/b/1/c", 2, 3)),
        ({"a": 1}, {"a": 1, "b": None}, None),
        ([1], [1, 2], ("/1", None, 2)),
        (1, True, ("", 1, True)),
        ({"a": {}}, {"a": []}, ("/a", {}, [])),
        ("x", "x", None),
    ],
)
def test_the_first_difference_is_found(ours: Any, theirs: Any, found: object) -> None:
    assert first_difference(ours, theirs) == found


# ---- determinism -----------------------------------------------------------------------------------------------------

_TELL = """
import sys
from pathlib import Path
from tests.nodes.homes import create, story, tell
application = create(Path(sys.argv[1]))
tell(application, story())
print(application.head.root.hex(), application.head.digest.hex())
"""


def test_the_root_does_not_depend_on_the_hash_seed(tmp_path: Path) -> None:
    roots = set()
    for seed in ("0", "1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", _TELL, str(tmp_path / seed)]
        run = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True, timeout=WAIT_S_MAX
        )
        roots.add(run.stdout)
        with Reads(tmp_path / seed) as reads:
            assert reads.size() == len(story())
    assert len(roots) == 1


def test_what_is_in_the_log_is_not_barred_when_its_time_is_over(application: Application) -> None:
    soon = application.head.time + 5_000
    inside, outside = (empty_event(name, not_after=soon) for name in ("inside", "outside"))
    application.commit(application.finalize(Block(application.head.height + 1, soon - 1_000, (inside,))))
    assert (application.barred(inside), application.barred(outside)) == (None, None)
    later = empty_event("later", not_after=soon + 60_000)
    application.commit(application.finalize(Block(application.head.height + 1, soon + 1_000, (later,))))
    assert application.barred(inside) is None
    fault = application.barred(outside)
    assert fault is not None
    assert fault.code is Code.EXPIRED
    assert (application.holds(inside), application.holds(outside)) == (True, False)
