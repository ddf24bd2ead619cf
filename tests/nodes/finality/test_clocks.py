"""Wrong clocks: the log's, one witness's, many witnesses'. Real nodes over HTTP; only their wall clocks are set."""

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dengbu.ledger.log.receipt import verify
from dengbu.ledger.log.trust import GROUP, Group, Trust
from dengbu.nodes.engines.sequencer import Sequencer
from dengbu.nodes.finality import evidence
from dengbu.nodes.finality.engine import Unavailable
from dengbu.nodes.finality.readings import READING_MS_MAX, Agreement, Readings
from dengbu.nodes.finality.witness import format_request
from dengbu.nodes.health import check_clock
from tests.nodes.liars import Liar, ledger, proof, root
from tests.nodes.network import (
    HOUR_MS,
    LOG,
    REGISTRY,
    WAIT_S,
    WITNESSES,
    Head,
    Member,
    Network,
    cosigner,
    event,
    final,
    now_ms,
    signed,
)
from tests.waiting import until

YEARS_MS = 3 * 366 * 24 * HOUR_MS
MINUTE_MS = 60_000


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    with Network(tmp_path) as made:
        yield made


class Reckless(Sequencer):
    """A registry that orders by its own clock, whatever the other clocks say."""

    def _run(self) -> None:
        self._agreement.moment = self.readings.now_ms  # type: ignore[method-assign]
        super()._run()

    @property
    def _clock_trouble(self) -> str | None:
        return None


def kept(member: Member | Head) -> list[dict[str, Any]]:
    """Return the evidence a node has kept."""
    return [json.loads(path.read_bytes()) for path in sorted((member.home / "evidence").glob("*.json"))]


def trouble(network: Network) -> str:
    """Wait until the sequencer orders nothing and says why; return what it says."""
    return str(until(lambda: network.head.sequencer.trouble, "it stops, and says why"))


# ---- the log's clock ---------------------------------------------------------------------------------------------
def test_what_a_reckless_registry_dates_years_ahead_nobody_cosigns(tmp_path: Path) -> None:
    network = Network(tmp_path, engine=Reckless)
    with network:
        assert network.order(event(1)) == 1
        network.head.clock.ahead_ms = YEARS_MS
        ticket = network.head.sequencer.submit(event(2, not_after=now_ms() + YEARS_MS + HOUR_MS))
        for member in network.members.values():
            until(lambda member=member: kept(member), "it keeps evidence")  # type: ignore[misc]
            assert member.application.head.size == 2, "it is not even committed here"
            until(lambda member=member: "超前" in str(member.follower.trouble), "it says so")  # type: ignore[misc]
            assert kept(member)[0]["kind"] == evidence.AHEAD
        refusals = until(
            lambda: len(found := network.head.sequencer._publisher._cosigning.refusals) == 3 and found,
            "all refuse",
        )
        assert all("503 账本时间超前" in why for why in refusals.values())
        assert network.head.sequencer.wait_final(ticket, 0.2) is None
        assert network.head.sequencer.final_size == 2
        [found] = kept(network.members["bank-a"])
        trust = Trust(LOG.verifier, {}, {GROUP: Group(0, ())}, GROUP)
        shown = verify(found["receipt"].encode(), trust)  # the log itself has signed that time
        assert shown.entry.time - found["own_time"] > YEARS_MS - HOUR_MS
        assert shown.entry.envelope.raw == event(2, not_after=shown.entry.envelope.body.not_after)


def test_an_honest_sequencer_whose_clock_runs_ahead_stops_before_it_commits_anything(
    network: Network,
) -> None:
    network.order(event(1))
    sequencer, head = network.head.sequencer, network.head.application.head
    waits = event(2, not_after=now_ms() + 5 * MINUTE_MS)
    network.head.clock.ahead_ms = HOUR_MS
    with pytest.raises(Unavailable, match="本机时钟与会签机构不符") as refusal:  # the answer is not "expired"
        sequencer.submit(waits)
    assert refusal.value.retry_after_s > 0
    with pytest.raises(Unavailable, match=r"3[56][0-9][0-9] s"):
        network.members["bank-a"].follower.submit(waits)
    assert sequencer.submit(event(1)) is not None, "what is in the log is in the log"
    told = trouble(network)
    assert all(re.search(name + r" \+3(599|600) s", told) for name in WITNESSES)
    assert network.head.application.head == head
    network.head.clock.ahead_ms = 0
    until(lambda: sequencer.trouble is None, "it goes on by itself")
    assert network.order(waits) == 2, "nothing has expired by the clock that was wrong"
    assert abs(network.head.application.head.time - now_ms()) < MINUTE_MS
    assert not any(kept(one) for one in (network.head, *network.members.values()))


def test_a_sequencer_whose_clock_is_behind_dates_nothing_in_the_past(network: Network) -> None:
    network.order(event(1))
    network.head.clock.ahead_ms = -2 * MINUTE_MS
    assert re.search("bank-a -1(19|20) s", trouble(network))
    with pytest.raises(Unavailable):
        network.head.sequencer.submit(event(2))
    network.head.clock.ahead_ms = 0
    until(lambda: network.head.sequencer.trouble is None, "it goes on by itself")
    assert network.order(event(2)) == 2


def test_what_was_queued_when_the_clock_jumped_waits_and_loses_nothing(network: Network) -> None:
    sequencer = network.head.sequencer
    network.order(event(1))
    collect = sequencer._collect

    began = threading.Event()

    def jump() -> Any:
        began.set()
        batch = collect()
        if batch:
            network.head.clock.ahead_ms = HOUR_MS
            sequencer._collect = collect
        return batch

    sequencer._collect = jump
    assert began.wait(WAIT_S)
    ticket = sequencer.submit(event(2, not_after=now_ms() + 5 * MINUTE_MS))
    trouble(network)
    assert network.head.application.head.size == 2
    assert sequencer.wait_final(ticket, 0.1) is None
    network.head.clock.ahead_ms = 0
    assert sequencer.wait_final(ticket, WAIT_S) == 2


def test_at_the_start_nothing_is_ordered_before_the_others_clocks_are_known(tmp_path: Path) -> None:
    with Network(tmp_path) as first:
        first.order(event(1))
    network = Network(tmp_path)
    network.head.clock.ahead_ms = HOUR_MS
    with network:
        sequencer = network.head.sequencer
        told = trouble(network)
        assert re.search(r"\+3(599|600) s", told)
        assert network.head.application.head.size == 2
        network.head.clock.ahead_ms = 0
        until(lambda: sequencer.trouble is None, "it goes on by itself")
        assert network.order(event(2)) == 2


def test_a_machine_that_slept_asks_afresh_and_goes_on(network: Network) -> None:
    """Its wall clock is right again but has jumped against the steady clock: the old readings do not hold."""
    network.order(event(1))
    network.head.clock.slept_ms = HOUR_MS // 2
    until(lambda: network.head.sequencer._agreement.moment(), "it has read the clocks again")
    assert network.order(event(2)) == 2
    until(lambda: network.head.sequencer.trouble is None, "all is well")


# ---- witnesses' clocks -------------------------------------------------------------------------------------------
def test_a_minority_that_lies_about_the_time_stops_nothing(network: Network) -> None:
    network.members["bank-a"].clock.ahead_ms = YEARS_MS
    assert [network.order(event(number)) for number in range(1, 5)] == [1, 2, 3, 4]
    off = until(
        lambda: (
            found
            if "bank-a" in (found := network.head.sequencer.readings.off(now_ms()))
            and found["bank-a"] < -HOUR_MS
            else None
        ),
        "its clock is read",
    )
    assert abs(off["bank-b"]) < MINUTE_MS
    assert network.head.sequencer.trouble is None
    check = check_clock(off, MINUTE_MS)
    assert check.ok
    assert list(check.value["apart"]) == ["bank-a"]  # type: ignore[index,call-overload,arg-type]


def test_two_of_three_others_that_are_apart_stop_it(network: Network) -> None:
    network.order(event(1))
    for name in ("bank-a", "bank-b"):
        network.members[name].clock.ahead_ms = 5 * MINUTE_MS
    network.order(event(2))  # dated soundly by its own clock; the cosignatures bring the others'
    told = trouble(network)
    assert "bank-a -" in told
    assert "bank-b -" in told
    assert "hz-tax" not in told
    for name in ("bank-a", "bank-b"):
        network.members[name].clock.ahead_ms = 0
    until(lambda: network.head.sequencer.trouble is None, "it goes on by itself")
    assert network.order(event(3)) == 3


def test_a_witness_whose_clock_is_behind_refuses_alone_and_cosigns_when_its_clock_is_there(
    network: Network,
) -> None:
    network.order(event(1))
    late = network.members["bank-b"]
    late.clock.ahead_ms = -5 * MINUTE_MS
    assert [network.order(event(number)) for number in (2, 3)] == [2, 3]
    until(lambda: late.follower.final_size == 4, "what is final is final there, too")
    until(lambda: "bank-b" in network.head.sequencer.away, "it is missed")
    assert "超前" in str(late.follower.trouble)
    assert "503 账本时间超前" in network.head.sequencer._publisher._cosigning.refusals["bank-b"]
    assert [one["kind"] for one in kept(late)] == [evidence.AHEAD], "once, not with every attempt"
    until(lambda: network.head.sequencer.trouble is None, "the others go on")
    check = check_clock(late.follower.readings.off(late.clock.now_ms()), MINUTE_MS)
    assert not check.ok
    assert -302 <= check.value["off_s"] <= -298  # type: ignore[index,call-overload,operator]
    late.clock.ahead_ms = 0
    until(lambda: "bank-b" not in network.head.sequencer.away, "it cosigns")
    assert late.follower.trouble is None
    assert late.follower.witness._last_signed.read().size == 4  # type: ignore[union-attr]
    assert network.order(event(4)) == 4


def test_a_witness_whose_clock_is_ahead_knows_it(network: Network) -> None:
    network.members["bank-b"].clock.ahead_ms = 5 * MINUTE_MS
    for number in range(1, 4):
        network.order(event(number))
        until(lambda number=number: network.members["bank-b"].follower.final_size == number + 1, "it follows")  # type: ignore[misc]
    member = network.members["bank-b"]
    check = check_clock(member.follower.readings.off(member.clock.now_ms()), MINUTE_MS)
    assert not check.ok
    assert 297 <= check.value["off_s"] <= 302  # type: ignore[index,call-overload,operator]
    assert (
        check.value["against"] == sorted({REGISTRY, *WITNESSES} - {"bank-b"})
        or len(check.value["against"]) >= 2
    )  # type: ignore[index,call-overload,arg-type]


# ---- a follower and what is final --------------------------------------------------------------------------------
def test_entries_before_the_last_are_not_ahead_if_the_last_is_not(tmp_path: Path) -> None:
    """Times rise strictly: a log whose times fall is not executed at all."""
    with ledger(tmp_path / "truth", 3) as truth:
        source = Liar(truth.leaves)
        member = Member(tmp_path / "bank-a", "bank-a", source.url)
        entries = [json.loads(leaf) for leaf in truth.leaves]
        assert [one["time"] for one in entries] == sorted({one["time"] for one in entries})
        member.clock.ahead_ms = entries[2]["time"] - now_ms() - 2 * MINUTE_MS
        push = format_request(0, [], signed(4, root(truth.leaves)))
        assert member.follower.add_checkpoint(push).status == 503
        assert member.application.head.size == 1
        near = format_request(0, [], signed(1, root(truth.leaves[:1])))
        assert member.follower.add_checkpoint(near).status == 200
        member.clock.ahead_ms = 0
        rest = format_request(1, proof(1, truth.leaves), signed(4, root(truth.leaves)))
        assert member.follower.add_checkpoint(rest).status == 200
        assert member.follower.trouble is None
        source.progress.close()
        member.stop()
        source.listener.stop()


def test_what_a_quorum_made_final_is_followed_by_a_node_whose_clock_is_behind(tmp_path: Path) -> None:
    with ledger(tmp_path / "truth", 3) as truth:
        source = Liar(truth.leaves)
        member = Member(tmp_path / "bank-a", "bank-a", source.url)
        member.clock.ahead_ms = -YEARS_MS
        source.publish(4, final(4, root(truth.leaves), ("bank-b", "hz-tax")))
        member.follower.start()
        until(lambda: member.follower.trouble, "two cosignatures are no quorum")
        assert member.application.head.size == 1, "so it is no more than a push"
        source.publish(4, final(4, root(truth.leaves), ("bank-a", "bank-b", "hz-tax")))
        assert member.follower.wait_size(3, WAIT_S) == 4
        source.progress.close()
        member.stop()
        source.listener.stop()


# ---- readings -----------------------------------------------------------------------------------------------------
class Two:
    """A wall clock and a steady clock, both set by hand."""

    def __init__(self) -> None:
        self.wall, self.steady = 1_000_000_000, 5_000

    def pass_(self, ms: int) -> None:
        self.wall, self.steady = self.wall + ms, self.steady + ms


@pytest.fixture
def two() -> Two:
    return Two()


@pytest.fixture
def readings(two: Two) -> Readings:
    return Readings(lambda: two.wall, lambda: two.steady)


def test_a_reading_is_a_range_and_the_doubt_counts_for_agreement(two: Two, readings: Readings) -> None:
    shown = two.wall
    two.pass_(400)
    readings.heard("it", shown, 1_000, two.steady - 400, two.steady)  # asked 0.4 s ago, answered now
    assert readings.off(shown) == {"it": 0}, (
        "it may have been signed a moment ago, in the first of its second"
    )
    assert readings.off(shown - 1) == {"it": -1}
    assert readings.off(shown + 1_400) == {"it": 0}, "or when it was asked, in the last of its second"
    assert readings.off(shown + 1_401) == {"it": 1}


def test_it_is_carried_forward_by_the_clock_that_nobody_sets(two: Two, readings: Readings) -> None:
    readings.heard("it", two.wall, 0, two.steady, two.steady)
    two.pass_(10 * MINUTE_MS)
    assert readings.off(two.wall) == {"it": 0}
    two.wall += HOUR_MS
    assert readings.off(two.wall) == {"it": HOUR_MS}
    two.wall -= 2 * HOUR_MS
    assert readings.off(two.wall) == {"it": -HOUR_MS}


class Rule:
    """Who cosigns, how many are enough, and how far clocks may differ."""

    def __init__(self, needed: int, *names: str) -> None:
        keys = {name: cosigner(name).verifier for name in names}
        self.trust = Trust(LOG.verifier, keys, {GROUP: Group(needed, names)}, GROUP)
        self.needed, self.tolerance_ms = needed, MINUTE_MS


ALL = (REGISTRY, *WITNESSES)


def agreement(readings: Readings, rule: Rule) -> Agreement:
    return Agreement(readings, rule, REGISTRY)  # type: ignore[arg-type]


def test_agreement_takes_a_quorum_its_own_node_among_them(two: Two, readings: Readings) -> None:
    one = agreement(readings, Rule(3, *ALL))
    assert one.moment() is None, "nothing is known"
    assert one.apart() is None, "and nobody is apart"
    readings.heard("bank-a", two.wall, 0, two.steady, two.steady)
    assert one.moment() is None
    readings.heard("stranger", two.wall, 0, two.steady, two.steady)
    assert one.moment() is None, "whoever does not cosign does not count"
    readings.heard("bank-b", two.wall + MINUTE_MS, 0, two.steady, two.steady)
    assert one.moment() == two.wall, "to the last second of tolerance"
    readings.heard("bank-b", two.wall + MINUTE_MS + 1, 0, two.steady, two.steady)
    assert one.moment() is None
    assert one.apart() is None, "the third is not known"
    readings.heard("hz-tax", two.wall - MINUTE_MS - 1, 0, two.steady, two.steady)
    assert one.moment() is None
    assert one.apart()


def test_a_registry_that_does_not_cosign_does_not_count_itself(two: Two, readings: Readings) -> None:
    one = agreement(readings, Rule(2, *WITNESSES))
    readings.heard("bank-a", two.wall, 0, two.steady, two.steady)
    assert one.moment() is None
    readings.heard("bank-b", two.wall, 0, two.steady, two.steady)
    assert one.moment() == two.wall


def test_an_old_reading_says_nothing(two: Two, readings: Readings) -> None:
    one = agreement(readings, Rule(2, REGISTRY, "bank-a"))
    readings.heard("bank-a", two.wall, 0, two.steady, two.steady)
    two.pass_(READING_MS_MAX)
    assert one.moment() == two.wall
    two.pass_(1)
    assert one.moment() is None
    assert one.apart() is None


def test_alone_it_agrees_with_itself(two: Two, readings: Readings) -> None:
    assert agreement(readings, Rule(1, REGISTRY)).moment() == two.wall


def test_without_anything_to_compare_the_clock_is_not_called_wrong() -> None:
    check = check_clock({}, MINUTE_MS)
    assert (check.ok, check.degraded, check.value) == (True, True, {"off_s": None, "against": []})


@pytest.mark.parametrize(
    ("off", "ok", "said"),
    [
        ({"a": 0, "b": 400, "c": -90_000}, True, 0),
        ({"a": 61_000, "b": 70_000, "c": 0}, False, 61),
        ({"a": -61_000, "b": -61_000, "c": -62_000}, False, -61),
        ({"block time": 59_000}, True, 59),
    ],
)
def test_the_median_says_whether_it_is_this_clock(off: dict[str, int], ok: bool, said: int) -> None:
    check = check_clock(off, MINUTE_MS)
    assert check.ok is ok
    assert check.value["off_s"] == said  # type: ignore[index,call-overload]
