"""When an event was taken but did not enter the log, its submitter learns why at the node that took it."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.law.verdict import Code
from dengbu.nodes.engines import followup
from dengbu.nodes.engines.sequencer import Sequencer
from dengbu.nodes.finality.engine import Ticket, Unavailable
from tests.nodes.engines.cometbft.chain import revocation
from tests.nodes.engines.test_sequencer import Valve, shut, valved, valves  # noqa: F401  (a fixture)
from tests.nodes.network import (
    WAIT_S,
    WITNESSES,
    Network,
    event,
    now_ms,
)
from tests.waiting import until

MEMBER = "bank-a"
# A member asks 0.4, 1.2 and 1.9 s after it took an event, so it still has the event for 0.4 s after the end of its life.
LIFE_MS, FIRST_S = 1_500, 0.4


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let members ask sooner, so that a test need not wait."""
    monkeypatch.setattr(followup, "LOOK_S", 0.05)
    monkeypatch.setattr(followup, "FIRST_S", FIRST_S)


@pytest.fixture
def network(tmp_path: Path, valves: dict[str, Valve]) -> Iterator[Network]:  # noqa: F811
    with valved(tmp_path, valves) as made:
        yield made


def held_up(network: Network, valves: dict[str, Valve]) -> None:  # noqa: F811
    """Have the sequencer wait for a quorum on a block, so that later events stay in its queue."""
    network.order(event("first"))
    shut(valves, *WITNESSES)
    network.head.sequencer.submit(event("second"))
    until(lambda: network.head.application.head.size == 3, "a round is under way")


def expired(network: Network, valves: dict[str, Valve]) -> Ticket:  # noqa: F811
    """Return the ticket of a member's event that expires while it waits in the sequencer's queue."""
    held_up(network, valves)
    end = now_ms() + LIFE_MS
    raw = event(1, actor=MEMBER, not_after=end)
    follower = network.members[MEMBER].follower
    ticket = follower.submit(raw)
    assert follower.turned_away(ticket.actor, ticket.event_id) is None
    until(lambda: now_ms() > end, "its time is over")
    assert follower.submit(raw) == ticket, "as long as it is on its way, the same bytes have the same ticket"
    return ticket


def told(network: Network, ticket: Ticket) -> NotAdmitted:
    """Wait until the member knows that the event was turned away; return the reason."""
    follower = network.members[MEMBER].follower
    fault = until(lambda: follower.turned_away(ticket.actor, ticket.event_id), "it is told")
    with pytest.raises(NotAdmitted) as raised:
        follower.wait_final(ticket, 0.0)
    assert raised.value is fault
    return fault  # type: ignore[no-any-return]


def test_an_event_that_expired_in_the_queue(network: Network, valves: dict[str, Valve]) -> None:  # noqa: F811
    """The network is quiet afterwards: no block tells the time, the sequencer does, and the member's clock agrees."""
    ticket = expired(network, valves)
    follower = network.members[MEMBER].follower
    woken: list[BaseException] = []

    def wait() -> None:
        try:
            follower.wait_final(ticket, WAIT_S)
        except NotAdmitted as fault:
            woken.append(fault)

    thread = threading.Thread(target=wait)
    thread.start()
    shut(valves)
    fault = told(network, ticket)
    assert fault.code is Code.EXPIRED
    thread.join(WAIT_S)
    assert woken == [fault], "who waits is woken"
    assert network.head.application.head.size == 3, "no block was needed to tell"
    assert not follower._followup._events


def test_an_event_whose_key_was_revoked_in_the_queue(network: Network, valves: dict[str, Valve]) -> None:  # noqa: F811
    held_up(network, valves)
    network.head.sequencer.submit(revocation("bank-b"))
    ticket = network.members[MEMBER].follower.submit(event(1, actor="bank-b"))
    shut(valves)
    assert told(network, ticket).code is Code.KEY_NOT_VALID


def test_what_a_restarted_sequencer_lost_is_handed_to_it_again(tmp_path: Path) -> None:
    """The queue was in memory, and the member's client has a ticket."""
    with Network(tmp_path) as network:
        network.order(event(1))
        follower = network.members[MEMBER].follower
        sequencer = network.head.sequencer
        held = threading.Event()

        def hold() -> Any:
            held.set()
            return ()

        sequencer._collect = hold
        assert held.wait(WAIT_S)
        ticket = follower.submit(event(2, actor=MEMBER))
        sequencer._queue.clear()  # as when it ends
        del sequencer._collect
        assert follower.wait_final(ticket, WAIT_S) == 2
        assert follower.turned_away(ticket.actor, ticket.event_id) is None
        until(lambda: not follower._followup._events, "nothing is left to ask after")


class Denying(Sequencer):
    """A registry that says the banks' events have expired, and orders them later all the same."""

    denied: list[bytes]

    def submit(self, raw: bytes) -> Ticket:
        if raw in self.denied:
            raise NotAdmitted(Code.EXPIRED, "it says so", "/body/not_after")
        return super().submit(raw)


def test_a_sequencer_s_word_alone_turns_nothing_away(tmp_path: Path) -> None:
    with Network(tmp_path, engine=Denying) as network:
        sequencer, follower = network.head.sequencer, network.members[MEMBER].follower
        raw = event(1, actor=MEMBER)
        sequencer.denied = []
        asked = []
        held = threading.Event()
        sequencer._collect = lambda: held.set() or ()
        assert held.wait(WAIT_S)
        ticket = follower.submit(raw)
        forward = follower._followup._forward

        def counting(again: bytes) -> None:
            asked.append(again)
            forward(again)

        follower._followup._forward = counting
        sequencer.denied = [raw]
        until(lambda: len(asked) >= 2, "it asks, and is refused")
        assert follower.turned_away(ticket.actor, ticket.event_id) is None, (
            "by this node's own clock it may still enter"
        )
        assert follower.wait_final(ticket, 0.0) is None
        del sequencer._collect
        assert follower.wait_final(ticket, WAIT_S) == 1


def test_an_entry_counts_for_more_than_what_was_said_of_it(network: Network) -> None:
    follower = network.members[MEMBER].follower
    ticket = follower.submit(event(1, actor=MEMBER))
    assert follower.wait_final(ticket, WAIT_S) == 1
    follower._rejections.add([(ticket, NotAdmitted(Code.EXPIRED, "it was said"))])
    assert follower.wait_final(ticket, 0.0) == 1


def test_no_more_events_are_taken_than_can_be_followed(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followup, "EVENTS_MAX", 0)
    with pytest.raises(Unavailable, match="too many events are on their way"):
        network.members[MEMBER].follower.submit(event(1, actor=MEMBER))
    assert network.head.application.head.size == 1


def test_other_bytes_under_the_name_of_one_that_was_turned_away_are_a_new_event(
    network: Network,
    valves: dict[str, Valve],  # noqa: F811
) -> None:
    ticket = expired(network, valves)
    shut(valves)
    told(network, ticket)
    sequencer = network.head.sequencer
    until(lambda: sequencer.turned_away(ticket.actor, ticket.event_id), "it has left the queue")
    follower = network.members[MEMBER].follower
    anew = follower.submit(event(1, actor=MEMBER))
    assert (anew.actor, anew.event_id) == (ticket.actor, ticket.event_id)
    assert follower.turned_away(anew.actor, anew.event_id) is None
    assert follower.wait_final(anew, WAIT_S) == 3


def test_at_the_sequencer_itself(network: Network, valves: dict[str, Valve]) -> None:  # noqa: F811
    ticket = expired(network, valves)
    shut(valves)
    sequencer = network.head.sequencer
    fault = until(lambda: sequencer.turned_away(ticket.actor, ticket.event_id), "it is told")
    assert fault.code is Code.EXPIRED
    assert sequencer.turned_away(ticket.actor, "another") is None
