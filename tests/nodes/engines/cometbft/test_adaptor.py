"""The application as CometBFT drives it, request by request, over a real store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.law.verdict import Code
from dengbu.nodes.audit.audit import audit
from dengbu.nodes.engines.cometbft.abci_pb2 import (
    CommitInfo,
    Echo,
    Empty,
    Misbehavior,
    PublicKey,
    Request,
    Response,
    Validator,
    ValidatorUpdate,
    VoteInfo,
)
from dengbu.nodes.engines.cometbft.adaptor import ACCEPT, IN_THE_LOG, RECHECK, REJECT, Offence
from dengbu.nodes.engines.cometbft.files import LATE_S_MAX, address
from dengbu.nodes.finality.engine import BLOCK_EVENTS_MAX
from tests.nodes.engines.cometbft.chain import Chain, revocation
from tests.nodes.network import HOUR_MS, NOT_AFTER, event, now_ms
from tests.worlds import NET, START, signer


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    made = Chain(tmp_path)
    yield made
    made.close()


def forged(number: int) -> bytes:
    """Return an event signed with a key that is not the actor's."""
    return event(number, key=signer("mallory", "event"))


# ---- the four connections begin ---------------------------------------------------------------------------------
def test_every_request_has_its_answer(chain: Chain) -> None:
    assert chain.ask(echo=Echo(message="here?")).echo.message == "here?"
    for name in ("flush", "list_snapshots", "load_snapshot_chunk", "extend_vote"):
        assert chain.ask(**{name: Empty()}).WhichOneof("value") == name
    assert chain.ask(offer_snapshot=Empty()).offer_snapshot.result == 2, "abort: there are no snapshots"
    assert chain.ask(apply_snapshot_chunk=Empty()).apply_snapshot_chunk.result == 2
    assert chain.ask(verify_vote_extension=Empty()).verify_vote_extension.status == REJECT


def test_a_request_that_nobody_knows_is_an_exception(chain: Chain) -> None:
    assert chain.adaptor.answer(Request()).exception.error
    unknown = Request.FromString(b"\xaa\x01\x00")  # field 21, which later versions of CometBFT have
    assert chain.adaptor.answer(unknown).WhichOneof("value") == "exception"


def test_before_the_first_block_it_says_height_zero_so_that_it_is_initialised(chain: Chain) -> None:
    info = chain.ask(info=Empty()).info
    assert (info.last_block_height, info.last_block_app_hash) == (0, b"")
    answer = chain.init().init_chain
    assert answer.app_hash == chain.application.head.root
    assert not answer.validators, "those it was asked with are right"
    assert chain.init().init_chain == answer, "it may be asked again after a crash"
    assert chain.application.head.size == 1


def test_after_a_block_it_says_where_the_log_stands(chain: Chain) -> None:
    chain.block([event(1)])
    info = chain.ask(info=Empty()).info
    assert (info.last_block_height, info.last_block_app_hash) == (2, chain.application.head.root)


@pytest.mark.parametrize(
    "changed",
    [
        {"chain_id": "another"},
        {"initial_height": 1},
        {"validators": []},
        {
            "validators": [
                ValidatorUpdate(pub_key=PublicKey(ed25519=signer("mallory", "vote").public), power=10)
            ]
        },
    ],
    ids=["net", "height", "no voters", "other voters"],
)
def test_another_genesis_than_the_ledgers_is_refused(chain: Chain, changed: dict[str, object]) -> None:
    assert "genesis.json" in chain.init(**changed).exception.error


def test_voters_with_other_weights_are_refused(chain: Chain) -> None:
    voters = [
        ValidatorUpdate(pub_key=PublicKey(ed25519=signer(member, "vote").public), power=power)
        for member, power in (("hz-registry", 40), ("hz-tax", 10), ("bank-a", 10), ("bank-b", 10))
    ]
    assert chain.init(validators=voters).exception.error


# ---- what may be ordered ----------------------------------------------------------------------------------------
def test_a_good_event_is_taken(chain: Chain) -> None:
    assert chain.check(event(1)).code == 0
    assert chain.check(event(1), RECHECK).code == 0


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", Code.MALFORMED),
        (b"\x00\xff" * 40, Code.MALFORMED),
        (event(1)[:-1], Code.MALFORMED),
        (event(1) + b" ", Code.MALFORMED),
        (forged(1), Code.UNKNOWN_KEY),
        (event(1, net="another.example"), Code.WRONG_NETWORK),
        (event(1, not_after=START - 1), Code.EXPIRED),
        (event(1, not_after=now_ms() + 31 * 24 * HOUR_MS), Code.NOT_AFTER_TOO_FAR),
        (event(1, type="no.such"), Code.UNKNOWN_TYPE),
    ],
)
def test_what_may_not_enter_the_log_enters_no_block(chain: Chain, raw: bytes, code: Code) -> None:
    told = chain.check(raw)
    assert (told.code, told.codespace) == (int(code), "dengbu")
    assert told.log
    assert chain.prepare([event(2), raw, event(3)]) == [event(2), event(3)]
    assert chain.process([event(2), raw]) == REJECT
    assert chain.process([event(2)]) == ACCEPT


def test_a_flipped_bit_anywhere_in_an_event_keeps_it_out(chain: Chain) -> None:
    raw = event(1)
    for place in range(0, len(raw), 7):
        bad = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        assert chain.check(bad).code != 0, place
        assert chain.process([bad]) == REJECT, place


def test_what_is_in_the_log_is_not_ordered_again(chain: Chain) -> None:
    chain.block([event(1)])
    assert chain.check(event(1)).code == IN_THE_LOG
    assert chain.check(event(1), RECHECK).code == IN_THE_LOG
    assert chain.prepare([event(1), event(2)]) == [event(2)]
    assert chain.process([event(1)]) == REJECT
    other = event(1, not_after=now_ms() + HOUR_MS)
    assert chain.check(other).code == int(Code.REUSED_ID)


def test_what_waits_leaves_when_its_time_is_over(tmp_path: Path) -> None:
    chain = Chain(tmp_path)
    raw = event(1)
    assert chain.check(raw).code == 0
    chain.block([event(2)])  # from here on no key is new
    assert chain.check(raw, RECHECK).code == 0
    chain.block([], NOT_AFTER)
    assert chain.check(raw, RECHECK).code == 0, "to the last millisecond"
    chain.block([], NOT_AFTER + 1)
    assert chain.check(raw, RECHECK).code == int(Code.EXPIRED)
    chain.close()


@pytest.mark.parametrize("ahead_ms", [-HOUR_MS, HOUR_MS])
def test_whether_an_event_is_over_is_not_for_this_nodes_clock_to_say(chain: Chain, ahead_ms: int) -> None:
    at = now_ms()
    chain.block([event(2)], at)
    chain.adaptor._now_ms = lambda: at + ahead_ms
    assert chain.check(event(1, not_after=at + 1_000)).code == 0
    assert chain.check(event(1, not_after=at - 1)).code == int(Code.EXPIRED)


def test_an_event_that_ends_late_enough_is_kept_though_block_time_lags(chain: Chain) -> None:
    """An institution signs for up to thirty days; the last block is an hour old."""
    at = now_ms()
    chain.block([event(2)], at - HOUR_MS)
    assert chain.check(event(1, not_after=at + 30 * 24 * HOUR_MS)).code == 0
    assert chain.check(event(1, not_after=at + 31 * 24 * HOUR_MS)).code == int(Code.NOT_AFTER_TOO_FAR)


def test_what_waits_leaves_when_its_key_is_revoked(chain: Chain) -> None:
    waits = event(1, actor="bank-b")
    assert chain.check(waits).code == 0
    chain.block([event(2)])
    assert chain.check(waits, RECHECK).code == 0
    chain.block([revocation("bank-b")])
    assert chain.check(waits, RECHECK).code == int(Code.KEY_NOT_VALID)


def test_an_event_stands_in_a_block_once(chain: Chain) -> None:
    other = event(1, not_after=now_ms() + HOUR_MS)
    assert chain.prepare([event(1), event(1), other]) == [event(1)]
    assert chain.process([event(1), event(1)]) == REJECT
    assert chain.process([event(1), other]) == REJECT


def test_an_event_that_expires_before_the_blocks_time_is_left_out(chain: Chain) -> None:
    soon = event(1, not_after=now_ms() + 1_000)
    assert chain.prepare([soon, event(2)], now_ms() + 2_000) == [event(2)]
    assert chain.process([soon], now_ms() + 2_000) == REJECT
    assert chain.process([soon], now_ms()) == ACCEPT


def test_a_block_has_a_limit(chain: Chain) -> None:
    events = [event(number) for number in range(BLOCK_EVENTS_MAX + 3)]
    assert chain.prepare(events) == events[:BLOCK_EVENTS_MAX]


# ---- executing --------------------------------------------------------------------------------------------------
def test_finalizing_writes_nothing_and_may_be_repeated(chain: Chain) -> None:
    before, at = chain.application.head, now_ms()
    first = chain.finalize([event(1), event(2)], at)
    assert chain.application.head == before
    assert chain.application.store.size() == 1
    assert chain.finalize([event(1), event(2)], at) == first
    assert chain.finalize([event(3)], at).app_hash != first.app_hash, "another block at this height"
    assert chain.finalize([event(1), event(2)], at) == first
    chain.commit()
    assert chain.application.head.root == first.app_hash
    assert chain.application.head.height == 2


def test_a_crash_between_finalize_and_commit_leaves_the_head_and_the_block_comes_again(
    tmp_path: Path,
) -> None:
    at = now_ms()
    chain = Chain(tmp_path)
    first = chain.finalize([event(1)], at)
    chain.close()  # as after a kill: nothing was written
    again = Chain(tmp_path)
    assert again.ask(info=Empty()).info.last_block_height == 0
    assert again.finalize([event(1)], at) == first
    again.commit()
    assert again.application.head.root == first.app_hash
    again.close()


def test_the_app_hash_is_the_logs_root_and_does_not_move_on_an_empty_block(chain: Chain) -> None:
    full = chain.block([event(1)])
    root = chain.application.head.root
    assert full.app_hash == root
    empty = chain.block([])
    assert empty.app_hash == root
    head = chain.application.head
    assert (head.root, head.size, head.height) == (root, 2, 3), (
        "the height is kept with it, for the next start"
    )


def test_height_and_root_survive_a_restart(tmp_path: Path) -> None:
    chain = Chain(tmp_path)
    chain.block([event(1)])
    chain.block([])
    head = chain.application.head
    chain.close()
    again = Chain(tmp_path)
    info = again.ask(info=Empty()).info
    assert (info.last_block_height, info.last_block_app_hash) == (3, head.root)
    again.close()


def test_block_time_rises_though_consensus_should_stand_still(chain: Chain) -> None:
    at = now_ms()
    chain.block([event(1)], at)
    chain.block([event(2)], at)
    chain.block([event(3)], at - 60_000)
    times = [entry.time for entry in chain.application.store.entries(1, 4)]
    assert times == [at, at + 1, at + 2]


def test_what_was_prepared_is_what_is_executed(chain: Chain) -> None:
    at = now_ms()
    good = chain.prepare([forged(1), event(2), event(3)], at)
    assert chain.process(good, at) == ACCEPT
    done = chain.finalize(good, at)
    assert [one.code for one in done.tx_results] == [0, 0]
    chain.commit()
    assert chain.application.head.size == 3


def test_a_block_that_others_decided_against_all_rules_is_executed_alike(
    chain: Chain, tmp_path: Path
) -> None:
    """More than two thirds lie: this node can only execute what all others do, and show it in the results."""
    twin = Chain(tmp_path / "twin")
    at = now_ms()
    events = [event(1), forged(2), b"nonsense", event(1)]
    ours, theirs = chain.block(events, at), twin.block(events, at)
    assert ours == theirs
    assert [one.code for one in ours.tx_results][1:3] == [int(Code.UNKNOWN_KEY), int(Code.MALFORMED)]
    assert chain.application.head.size == 2
    twin.close()


def test_absent_voters_and_double_votes_are_told(chain: Chain) -> None:
    who = address(signer("bank-b", "vote").public)
    chain.finalize(
        [],
        decided_last_commit=CommitInfo(
            votes=[
                VoteInfo(validator=Validator(address=who, power=10), block_id_flag=1),
                VoteInfo(validator=Validator(address=b"x" * 20, power=10), block_id_flag=2),
                VoteInfo(validator=Validator(address=b"y" * 20, power=10), block_id_flag=3),
            ]
        ),
        misbehavior=[
            Misbehavior(type=1, validator=Validator(address=who, power=10), height=7),
            Misbehavior(type=2, validator=Validator(address=who, power=10), height=8),
        ],
    )
    chain.commit()
    [(_, offences, absent)] = chain.told
    assert list(offences) == [Offence(who, 7)]
    assert list(absent) == [who]


# ---- time -------------------------------------------------------------------------------------------------------
def test_after_a_halt_an_empty_block_brings_the_time_up_to_date(chain: Chain) -> None:
    """A block bears the time at which the block before it was decided, which here was before the halt."""
    before, now = now_ms() - HOUR_MS, now_ms()
    chain.block([event(1)], before)
    assert chain.prepare([event(2)], before + 1_000) == []
    assert chain.prepare([event(2)], before + 1_000) == [], "in another round of the same height, too"
    assert chain.process([event(2)], before + 1_000) == ACCEPT, (
        "what others propose is not refused for its age"
    )
    chain.block([], before + 1_000)
    assert chain.prepare([event(2)], now) == [event(2)]


def test_a_second_halt_without_an_entry_in_between_is_another_one(chain: Chain) -> None:
    """The first halt left an empty block; after it the network was up to date, and nothing was asked of it."""
    late = (LATE_S_MAX + 1) * 1_000
    assert chain.prepare([], now_ms() - late) == []
    chain.block([], now_ms() - late)
    chain.block([], now_ms())
    assert chain.prepare([event(1)], now_ms() - late) == [], "or the entry would be dated before the halt"


def test_where_each_height_takes_long_events_are_ordered_all_the_same(chain: Chain) -> None:
    late = (LATE_S_MAX + 1) * 1_000
    assert chain.prepare([event(2)], now_ms() - late) == []
    chain.block([], now_ms() - late)
    assert chain.prepare([event(2)], now_ms() - late) == [event(2)]
    chain.block([event(2)], now_ms() - late)
    assert chain.prepare([event(3)], now_ms() - late) == [], "the next halt is another one"


def test_a_block_as_old_as_a_quiet_network_makes_it_is_not_left_empty(chain: Chain) -> None:
    assert chain.prepare([event(1)], now_ms() - (LATE_S_MAX - 1) * 1_000) == [event(1)]


def test_blocks_without_entries_do_not_make_the_ledger_grow(tmp_path: Path) -> None:
    chain = Chain(tmp_path)
    chain.block([event(1)], now_ms())
    rows = sum(1 for _ in chain.application.store._writer.iterdump())
    for _ in range(5):
        chain.block([], now_ms())
    head = chain.application.head
    assert (head.height, head.size) == (7, 2)
    assert sum(1 for _ in chain.application.store._writer.iterdump()) == rows + 1
    chain.close()
    again = Chain(tmp_path)
    assert again.application.head == head, "height and time are there at the next start"
    again.block([event(2)], head.time + 1)
    assert again.application.head.height == 8
    assert audit(again.application.store).fault is None
    assert again.application.store.load_head() == again.application.head
    again.close()


# ---- who may connect --------------------------------------------------------------------------------------------
def test_the_register_answers_who_may_connect(tmp_path: Path) -> None:
    known = address(signer("bank-a", "link").public).hex()
    chain = Chain(tmp_path, [known])
    assert chain.query(f"/p2p/filter/id/{known}") == 0
    assert chain.query("/p2p/filter/addr/127.0.0.1:4000") == 0, "an address says nothing; the key decides"
    for path in (f"/p2p/filter/id/{'0' * 40}", "/p2p/filter/id/", "/store/key", ""):
        assert chain.query(path) != 0, path
    chain.close()


# ---- a node that has halted -------------------------------------------------------------------------------------
@pytest.mark.parametrize("asked", ["prepare", "process", "finalize", "commit"])
def test_a_halted_node_takes_part_in_nothing(chain: Chain, asked: str) -> None:
    chain.finalize([event(1)])
    chain.halted = "the logs differ"
    answer: Response = {
        "prepare": lambda: chain.ask(prepare_proposal={"txs": [event(2)], "height": 2}),
        "process": lambda: chain.ask(process_proposal={"txs": [event(2)], "height": 2}),
        "finalize": lambda: chain.ask(finalize_block={"txs": [event(2)], "height": 2}),
        "commit": lambda: chain.ask(commit=Empty()),
    }[asked]()
    assert answer.exception.error == "the logs differ"
    assert chain.application.head.size == 1


# ---- an engine that starts and ends -------------------------------------------------------------------------------
def test_starts_that_lead_to_nothing_are_counted(chain: Chain) -> None:
    for _ in range(3):
        chain.ask(echo={"message": "hello"})
        chain.ask(info={})
        chain.ask(flush=Empty())
    assert chain.adaptor.starts_in_vain == 3
    chain.check(event(1))
    assert chain.adaptor.starts_in_vain == 0, "it asks for something: it is at work"


# ---- a planned stop ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("asked", ["prepare", "process", "finalize"])
def test_no_block_above_a_planned_stop_is_executed(chain: Chain, asked: str) -> None:
    chain.stop_after = chain.next_height
    chain.finalize([event(1)])
    chain.commit()
    above = {"txs": [event(2)], "height": chain.next_height}
    answer: Response = {
        "prepare": lambda: chain.ask(prepare_proposal=above),
        "process": lambda: chain.ask(process_proposal=above),
        "finalize": lambda: chain.ask(finalize_block=above),
    }[asked]()
    assert answer.exception.error == "planned stop"
    assert chain.application.head.height == chain.stop_after
    assert chain.check(event(2)).code == 0, "what comes in meanwhile is kept for the new version"


def test_a_block_at_a_planned_stop_is_committed(chain: Chain) -> None:
    chain.stop_after = chain.next_height
    chain.finalize([event(1)])
    assert not chain.ask(commit=Empty()).HasField("exception")
    assert chain.application.head.height == chain.stop_after


def test_admission_speaks_in_codes_and_not_in_exceptions(chain: Chain) -> None:
    with pytest.raises(NotAdmitted):
        chain.application.check(forged(1), now_ms())
    assert chain.check(forged(1)).log.count(NET) <= 1
