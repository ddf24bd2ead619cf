"""Events on their way to an engine that takes, refuses or forgets them, or is not there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.envelope import parse_envelope
from dengbu.nodes import logging_context
from dengbu.nodes.engines.cometbft import courier as couriers
from dengbu.nodes.engines.cometbft.courier import Courier
from dengbu.nodes.engines.cometbft.outbox import Outbox
from dengbu.nodes.engines.cometbft.rpc import BATCH_EVENTS_MAX, EngineDown, Rpc
from dengbu.nodes.finality.engine import Unavailable, named, ticket_of
from dengbu.nodes.finality.rejections import Rejections
from tests.log_lines import written_lines
from tests.nodes.engines.cometbft.chain import Chain, revocation
from tests.nodes.engines.cometbft.rpc_server import RpcServer, rpc_server
from tests.nodes.homes import story
from tests.nodes.network import HOUR_MS, Failures, event, name_of, now_ms
from tests.waiting import until

RESEND_S = 0.05


class Desk:
    """A courier over a ledger and an outbox."""

    def __init__(self, home: Path, address: str) -> None:
        self.home = home
        self.chain = Chain(home)
        self.failures = Failures()
        self.outbox = Outbox(home)
        self.rejections = Rejections(self.chain.appender.progress)
        self.courier = Courier(
            self.chain.application, self.outbox, Rpc(address), self.rejections, self.failures
        )
        self.courier.start()

    def take(self, raw: bytes) -> None:
        self.courier.take(name_of(raw), raw)

    def stop(self) -> None:
        self.courier.stop()
        self.chain.close()
        assert not self.failures.seen, self.failures.seen


@pytest.fixture
def engine() -> Iterator[RpcServer]:
    with rpc_server() as server:
        yield server


@pytest.fixture
def desk(tmp_path: Path, engine: RpcServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(couriers, "RESEND_S", RESEND_S)
    made = Desk(tmp_path, engine.address)
    yield made
    made.stop()


def test_an_event_is_handed_over_at_once_and_then_asked_after(desk: Desk, engine: RpcServer) -> None:
    desk.take(event(1))
    assert engine.wait(1)[0] == event(1)
    until(lambda: "check_tx" in engine.methods, "the question that makes the engine send what it holds")


def test_it_is_handed_over_again_as_the_same_bytes_until_it_is_in_the_log(
    desk: Desk, engine: RpcServer
) -> None:
    desk.take(event(1))
    assert set(engine.wait(4)) == {event(1)}
    desk.courier.settle([name_of(event(1))])
    assert len(desk.outbox) == 0
    assert desk.courier.waited_s == 0
    desk.take(event(2))
    engine.wait(len(engine.handed) + 2)
    assert engine.handed[-1] == event(2)


@pytest.mark.parametrize(
    "complaint",
    [
        {"code": -32603, "message": "Internal error", "data": "tx already exists in cache"},
        {"code": -32603, "message": "Internal error", "data": "mempool is full: number of txs 5000"},
    ],
)
def test_in_the_cache_already_or_no_room_means_later_and_not_refused(
    desk: Desk, engine: RpcServer, complaint: dict[str, object]
) -> None:
    engine.complaint = complaint
    desk.take(event(1))
    engine.wait(3)
    assert len(desk.outbox) == 1
    assert desk.rejections.get(name_of(event(1))) is None


def test_what_the_engine_does_not_take_is_logged_with_the_request_and_the_case_behind_it(
    desk: Desk, engine: RpcServer
) -> None:
    engine.complaint = {"code": -32603, "message": "Internal error", "data": "mempool is full"}
    with written_lines() as written:
        with logging_context.resumed({"request_id": "outlet-7.0001", "officer": "officer-01"}):
            desk.take(event(1))
        desk.take(event(2))
        until(lambda: len(written.of(event="cometbft.not-taken")) > 3, "both were offered")
    mine, other = (written.of(event_id=name_of(event(n))[1], event="cometbft.not-taken") for n in (1, 2))
    assert {(line["request_id"], line["officer"]) for line in mine} == {("outlet-7.0001", "officer-01")}
    assert not [line for line in other if "request_id" in line]
    assert {line["type"] for line in (*mine, *other)} == {parse_envelope(event(1)).body.type}


def test_an_event_that_is_about_a_case_is_logged_with_it() -> None:
    told = {one.body.type: one for one in map(parse_envelope, story())}
    entered = told["case.enter"]
    assert named(entered)["case"] == entered.body.data["case"]
    assert named(told["case.apply"]).keys() == {"actor", "event_id", "type"}, (
        "the log has yet to give it a case"
    )


def test_an_engine_that_is_away_gets_it_when_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(couriers, "RESEND_S", RESEND_S)
    monkeypatch.setattr(couriers, "RETRY_S", 0.02)
    with rpc_server() as first:
        port = first.port
    desk = Desk(tmp_path, f"127.0.0.1:{port}")
    desk.take(event(1))
    with rpc_server(port) as second:
        assert second.wait(1)[0] == event(1)
        desk.stop()


def test_what_was_taken_before_a_restart_is_handed_over_after_it(tmp_path: Path, engine: RpcServer) -> None:
    outbox = Outbox(tmp_path)
    for number in (1, 2):
        outbox.put(name_of(event(number)), event(number))
    outbox.close()
    chain = Chain(tmp_path)
    chain.block([event(1)])  # it was committed, but the outbox was not told
    chain.close()
    desk = Desk(tmp_path, engine.address)
    assert engine.wait(1)[0] == event(2)
    assert list(desk.outbox.waiting()) == [name_of(event(2))]
    desk.stop()


def test_an_event_whose_time_is_over_in_the_log_is_turned_away(desk: Desk, engine: RpcServer) -> None:
    """Blocks tell the time, even without entries; this node's clock does not."""
    at = now_ms()
    raw = event(1, not_after=at - 1_000)
    desk.take(raw)
    desk.chain.block([], at - 1_001)
    engine.wait(3)
    assert desk.rejections.get(name_of(raw)) is None, "it may still be in the next block"
    assert desk.courier.holds(name_of(raw), raw)
    desk.chain.block([], at)
    fault = until(lambda: desk.rejections.get(name_of(raw)), "its sender is told")
    assert fault.code is Code.EXPIRED
    assert len(desk.outbox) == 0
    assert not desk.courier.holds(name_of(raw), raw)


def test_an_event_whose_key_was_revoked_meanwhile_is_turned_away(desk: Desk) -> None:
    raw = event(1, actor="bank-b")
    desk.take(raw)
    desk.chain.block([revocation("bank-b")])
    fault = until(lambda: desk.rejections.get(name_of(raw)), "its sender is told")
    assert fault.code is Code.KEY_NOT_VALID


def test_an_event_whose_id_was_used_by_another_meanwhile_is_turned_away(desk: Desk) -> None:
    raw = event(1)
    ticket = ticket_of(parse_envelope(raw))
    desk.take(raw)
    desk.chain.block([event(2, id="import-1")])
    until(lambda: desk.rejections.get(name_of(raw)), "its sender is told")
    with pytest.raises(NotAdmitted) as refusal:
        desk.rejections.check(ticket)
    assert refusal.value.code is Code.REUSED_ID
    desk.rejections.check(
        ticket_of(parse_envelope(event(2, id="import-1")))
    )  # these bytes were not turned away


def test_of_those_turned_away_the_newest_are_remembered(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dengbu.nodes.finality.rejections.REJECTIONS_KEPT_MAX", 2)
    for number in (1, 2, 3):
        desk.take(event(number, not_after=now_ms() - 1_000))
    desk.chain.block([])
    until(lambda: len(desk.outbox) == 0, "all are turned away")
    told = [desk.rejections.get(name_of(event(number))) is not None for number in (1, 2, 3)]
    assert told == [False, True, True]


def test_other_bytes_under_a_waiting_name_are_refused(desk: Desk, engine: RpcServer) -> None:
    desk.take(event(1))
    with pytest.raises(NotAdmitted) as refusal:
        desk.take(event(1, not_after=now_ms() + HOUR_MS))
    assert refusal.value.code is Code.REUSED_ID
    desk.take(event(1))
    assert set(engine.wait(2)) == {event(1)}


def test_a_full_outbox_says_when_to_come_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dengbu.nodes.engines.cometbft.outbox.EVENTS_MAX", 1)
    desk.take(event(1))
    with pytest.raises(Unavailable) as refusal:
        desk.take(event(2))
    assert refusal.value.retry_after_s > 0


def test_many_events_go_in_batches_and_all_arrive(desk: Desk, engine: RpcServer) -> None:
    events = [event(number) for number in range(BATCH_EVENTS_MAX + 20)]
    for raw in events:
        desk.courier.take(name_of(raw), raw)
    until(lambda: set(engine.handed) >= set(events), "every event was handed over")


# ---- the RPC itself -----------------------------------------------------------------------------------------------
def test_what_is_no_answer_is_an_engine_that_is_down(engine: RpcServer) -> None:
    rpc = Rpc(engine.address)
    for garbage in (b" ", b"{}", b"[]", b"not json", b"[1]", b'[{"id": 6}]'):
        engine.garbage = garbage
        with pytest.raises(EngineDown):
            rpc.catching_up()
    rpc.close()


def test_it_tells_height_and_links(engine: RpcServer) -> None:
    rpc = Rpc(engine.address)
    engine.links, engine.catching_up = ["ab" * 20], True
    assert rpc.links() == {"ab" * 20}
    assert rpc.catching_up()
    rpc.close()


def test_a_port_where_nobody_listens_is_an_engine_that_is_down() -> None:
    with rpc_server() as server:
        address = server.address
    rpc = Rpc(address)
    with pytest.raises(EngineDown):
        rpc.hand_over([event(1)])
    rpc.close()
