"""Following the log from nothing, after gaps and through restarts; forwarding events to the sequencer."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.envelope import parse_envelope
from dengbu.nodes.engines import follower as following
from dengbu.nodes.finality.engine import Unavailable
from dengbu.nodes.finality.witness import format_request
from tests.nodes.liars import Liar, ledger, proof, root
from tests.nodes.network import WAIT_S, Member, Network, event, final, signed
from tests.waiting import until


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    with Network(tmp_path, ("bank-a", "hz-tax")) as made:
        yield made


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 600])
@pytest.mark.parametrize("batch", [100, 1_024])
def test_it_catches_up_from_nothing(
    count: int, batch: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "BATCH_ENTRIES_MAX", batch)
    with ledger(tmp_path / "truth", count) as truth:
        source = Liar(truth.leaves)  # in this test it tells the truth
        member = Member(tmp_path / "bank-a", "bank-a", source.url)
        try:
            member.follower.start()
            source.publish(count + 1, final(count + 1, root(truth.leaves)))
            assert member.follower.wait_size(count, WAIT_S) == count + 1, member.follower.trouble
            assert member.application.store.leaves(0, count + 1) == truth.leaves
        finally:
            source.progress.close()
            member.stop()
            source.listener.stop()
        assert not member.failures.seen
        assert not source.failures.seen


def test_a_newcomer_reaches_the_others_while_they_go_on(tmp_path: Path, network: Network) -> None:
    for number in range(20):
        network.order(event(number))
    late = Member(tmp_path / "bank-b", "bank-b", network.head.url)
    late.follower.start()
    for number in range(20, 25):
        network.order(event(number))
    assert late.follower.wait_size(25, WAIT_S) == 26
    assert late.application.head == network.head.application.head
    network.head.sequencer.progress.close()
    late.stop()
    assert not late.failures.seen


def test_a_restarted_follower_goes_on(tmp_path: Path) -> None:
    with Network(tmp_path) as network:
        network.order(event(1))
        member = network.members["bank-b"]
        until(lambda: member.application.head.size == 2, "it has the first event")
        member.stop()
        for number in range(2, 6):
            network.order(event(number))
        again = Member(tmp_path / "bank-b", "bank-b", network.head.url)
        network.members["bank-b"] = again
        assert again.follower.trouble is None
        again.follower.start()
        assert again.follower.wait_size(5, WAIT_S) == 6


def test_the_source_may_go_away_and_come_back(tmp_path: Path) -> None:
    with ledger(tmp_path / "truth", 5) as truth:
        source = Liar(truth.leaves)
        member = Member(tmp_path / "bank-a", "bank-a", source.url)
        source.publish(3, final(3, root(truth.leaves[:3])))
        member.follower.start()
        assert member.follower.wait_size(2, WAIT_S) == 3
        source.progress.close()
        source.listener.stop()
        until(lambda: member.follower.trouble, "it says that the source is away")
        with pytest.raises(Unavailable, match="does not answer"):
            member.follower.submit(event(99))
        source = Liar(truth.leaves)
        source.publish(6, final(6, root(truth.leaves)))
        member.client.url = source.url
        assert member.follower.wait_size(5, WAIT_S) == 6
        until(lambda: member.follower.trouble is None, "all is well again")
        source.progress.close()
        member.stop()
        source.listener.stop()


def test_a_push_far_ahead_is_left_to_catching_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "PUSH_ENTRIES_MAX", 4)
    with ledger(tmp_path / "truth", 9) as truth:
        source = Liar(truth.leaves)
        member = Member(tmp_path / "bank-a", "bank-a", source.url)
        whole = format_request(0, [], signed(10, root(truth.leaves)))
        reply = member.follower.add_checkpoint(whole)
        assert (reply.status, member.application.head.size) == (503, 1)
        near = format_request(0, [], signed(5, root(truth.leaves[:5])))
        assert member.follower.add_checkpoint(near).status == 200
        source.publish(10, final(10, root(truth.leaves)))
        member.follower.start()
        assert member.follower.wait_size(9, WAIT_S) == 10
        rest = format_request(5, proof(5, truth.leaves), signed(10, root(truth.leaves)))
        assert member.follower.add_checkpoint(rest).status == 200, "executed already, now cosigned"
        source.progress.close()
        member.stop()
        source.listener.stop()


def test_concurrent_pushes_sign_one_growing_tree(tmp_path: Path) -> None:
    with ledger(tmp_path / "truth", 30) as truth:
        source = Liar(truth.leaves)
        member = Member(tmp_path / "bank-a", "bank-a", source.url)
        start, sizes, lock = threading.Barrier(6), [], threading.Lock()

        def push(offset: int) -> None:
            start.wait()
            while True:
                last = member.follower.witness._last_signed.read()
                old = last.size if last else 0
                size = min(31, old + 1 + offset % 4)
                base = truth.leaves[:size]
                reply = member.follower.add_checkpoint(
                    format_request(old, proof(old, base), signed(size, root(base)))
                )
                assert reply.status in (200, 409), reply
                with lock:
                    sizes.append((size, reply.status))
                if old == 31:
                    return

        threads = [threading.Thread(target=push, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert member.application.head.root == root(truth.leaves)
        assert not (member.home / "evidence").exists()
        source.progress.close()
        member.stop()
        source.listener.stop()


def test_an_event_is_forwarded_and_becomes_final_here(network: Network) -> None:
    member = network.members["bank-a"].follower
    raw = event(1)
    ticket = member.submit(raw)
    assert member.wait_final(ticket, WAIT_S) == 1
    assert member.submit(raw) == ticket
    assert network.head.application.head.size == 2
    with pytest.raises(NotAdmitted) as refusal:
        member.submit(event(2, id="import-1"))
    assert refusal.value.code == Code.REUSED_ID


def test_the_sequencer_s_refusal_comes_through_as_it_is(network: Network) -> None:
    """Only the sequencer can refuse, because the follower has not seen what the sequencer has."""
    behind = network.members["bank-a"].follower
    network.order(event(1))
    until(lambda: behind.final_size == 2, "it follows")
    behind._application.check = lambda raw, now: (parse_envelope(raw), None)  # type: ignore[method-assign]
    with pytest.raises(NotAdmitted) as refusal:
        behind.submit(event(2, id="import-1"))
    assert refusal.value.code == Code.REUSED_ID
    assert refusal.value.where == "/body/id"


def test_a_lost_answer_leaves_the_event_in_the_log_once(network: Network) -> None:
    member = network.members["bank-a"]
    raw = event(1)
    network.head.sequencer.submit(raw)  # the event arrived, but not its answer
    ticket = member.follower.submit(raw)
    assert member.follower.wait_final(ticket, WAIT_S) == 1
    assert network.order(event(2)) == 2
