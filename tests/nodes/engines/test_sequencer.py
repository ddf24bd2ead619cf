"""The sequencer: order, idempotence, quorum, and death at every step."""

import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.checkpoint import parse_body
from dengbu.ledger.log.entry import check_link
from dengbu.ledger.log.note import open_note, split_note
from dengbu.nodes.engines import sequencer as sequencing
from dengbu.nodes.finality import publisher as publishing
from dengbu.nodes.finality.engine import Ticket, Unavailable
from dengbu.nodes.finality.lastsigned import LastSigned, WouldRegress
from dengbu.nodes.founding.addresses import free_ports
from tests.nodes.crashing import STEPS
from tests.nodes.network import (
    LOG,
    LOOPBACK,
    NET,
    NOT_AFTER,
    REGISTRY,
    WAIT_S,
    WITNESSES,
    Head,
    Member,
    Network,
    event,
    now_ms,
)
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[3]


class Valve:
    """Stands between a witness's listener and its application; when closed, it refuses to cosign."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.open = True
        self.asked = 0
        self.answer: Callable[[Any], Iterable[bytes]] | None = None

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/add-checkpoint":
            return self.app(environ, start_response)  # type: ignore[no-any-return]
        self.asked += 1
        if self.answer:
            return self.answer(start_response)
        if self.open:
            return self.app(environ, start_response)  # type: ignore[no-any-return]
        start_response("503 Service Unavailable", [("Content-Length", "0")])
        return ()


@pytest.fixture
def valves() -> dict[str, Valve]:
    """The valves of the members by institution; they are there once there is a network."""
    return {}


def valved(folder: Path, valves: dict[str, Valve]) -> Network:
    """Return a network in which each member has a valve."""
    return Network(folder, wrap=lambda name, app: valves.setdefault(name, Valve(app)))


@pytest.fixture
def network(tmp_path: Path, valves: dict[str, Valve]) -> Iterator[Network]:
    with valved(tmp_path, valves) as made:
        yield made


def shut(valves: dict[str, Valve], *names: str) -> None:
    """Close these valves and open the others."""
    for name, valve in valves.items():
        valve.open = name not in names


def final(network: Network, ticket: Ticket) -> int:
    """Return the index of an event that must become final."""
    index = network.head.sequencer.wait_final(ticket, WAIT_S)
    assert index is not None, network.head.sequencer.trouble
    return int(index)


# ---- order ---------------------------------------------------------------------------------------------------


def test_events_become_final_in_order_on_every_node(network: Network) -> None:
    indexes = [network.order(event(number)) for number in range(5)]
    assert indexes == [1, 2, 3, 4, 5]
    head = network.head.application.head
    for member in network.members.values():
        assert member.follower.wait_size(5, WAIT_S) == 6
        assert member.application.head == head
    entries = network.head.application.store.entries(0, 6)
    for before, entry in zip([None, *entries], entries, strict=False):
        check_link(before, entry)


def test_every_final_checkpoint_has_its_quorum_and_one_tree(network: Network) -> None:
    for number in range(4):
        network.order(event(number))
    sequencer = network.head.sequencer
    for member in network.members.values():
        member.follower.wait_size(4, WAIT_S)
    for index in range(5):
        note = network.head.application.store.checkpoint_covering(index)
        verified = sequencer._appender.quorum.trust.check(note)
        assert len(verified.cosigners) >= 3
        assert f"{NET}/{REGISTRY}" in dict(verified.cosigners)


def test_without_events_there_are_no_blocks(network: Network) -> None:
    assert network.head.sequencer.wait_size(0, WAIT_S) == 1
    height = network.head.application.head.height
    for number in range(3):
        network.order(event(number))
    assert network.head.application.head.height == height + 3
    assert network.head.application.store.entries(1, 4)[-1].height == height + 3


def test_what_is_queued_goes_into_one_block(network: Network, valves: dict[str, Valve]) -> None:
    network.order(event(0))
    shut(valves, *WITNESSES)
    first = network.head.sequencer.submit(event(1))
    until(lambda: network.head.application.head.size == 3, "the first event is committed")
    tickets = [network.head.sequencer.submit(event(number)) for number in range(2, 42)]
    shut(valves)
    assert final(network, first) == 2
    assert [final(network, ticket) for ticket in tickets] == list(range(3, 43))
    heights = {entry.height for entry in network.head.application.store.entries(3, 43)}
    assert len(heights) == 1


def test_a_block_holds_no_more_than_its_limit(
    network: Network, valves: dict[str, Valve], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequencing, "BLOCK_EVENTS_MAX", 3)
    shut(valves, *WITNESSES)
    sequencer = network.head.sequencer
    tickets = [sequencer.submit(event(number)) for number in range(10)]
    shut(valves)
    indexes = [final(network, ticket) for ticket in tickets]
    assert indexes == list(range(1, 11)), "first come, first served"
    heights = [entry.height for entry in network.head.application.store.entries(1, 11)]
    assert max(heights.count(height) for height in heights) <= 3


def test_block_time_rises_though_the_clock_goes_back(network: Network) -> None:
    network.order(event(0))
    raws = [event(1), event(2)]
    before = network.head.application.head.time
    network.head.clock.ahead_ms = -10_000
    for raw in raws:
        network.order(raw)
    assert [entry.time for entry in network.head.application.store.entries(2, 4)] == [before + 1, before + 2]


# ---- submitting ----------------------------------------------------------------------------------------------


def test_the_same_bytes_have_one_effect_and_one_ticket(network: Network) -> None:
    raw, sequencer = event(1), network.head.sequencer
    tickets = [sequencer.submit(raw) for _ in range(5)]
    index = final(network, tickets[0])
    tickets.append(sequencer.submit(raw))
    assert len(set(tickets)) == 1
    assert network.order(event(2)) == index + 1
    assert network.order(raw) == index


def test_other_bytes_under_a_used_id_are_refused(network: Network, valves: dict[str, Valve]) -> None:
    raw, other = event(1), event(2, id="import-1")
    network.order(raw)
    with pytest.raises(NotAdmitted) as refusal:
        network.head.sequencer.submit(other)
    assert refusal.value.code == Code.REUSED_ID
    shut(valves, *WITNESSES)
    network.head.sequencer.submit(event(3))
    until(lambda: network.head.application.head.size == 3, "it is committed, not final")
    for state in ("queued", "still queued"):
        network.head.sequencer.submit(event(4))
        with pytest.raises(NotAdmitted, match="reused-id"):
            network.head.sequencer.submit(event(state, id="import-4"))
    with pytest.raises(NotAdmitted, match="reused-id"):
        network.head.sequencer.submit(event(5, id="import-3"))


def test_of_concurrent_submissions_under_one_id_one_wins(network: Network) -> None:
    variants = [event(f"variant-{number}", id="contested") for number in range(8)]
    start, outcomes, lock = threading.Barrier(16), [], threading.Lock()

    def submit(raw: bytes) -> None:
        start.wait()
        try:
            found: Any = network.head.sequencer.submit(raw).hash
        except NotAdmitted as refusal:
            found = refusal.code
        with lock:
            outcomes.append((raw, found))

    threads = [threading.Thread(target=submit, args=(variants[number % 8],)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = {raw for raw, found in outcomes if found != Code.REUSED_ID}
    assert len(won) == 1
    assert sum(found != Code.REUSED_ID for _, found in outcomes) == 2, (
        "both who sent these bytes have a ticket"
    )
    index = network.order(won.pop())
    assert network.order(event("behind")) == index + 1


@pytest.mark.parametrize(
    "spoil",
    [lambda raw: raw[:-1], lambda raw: raw.replace(b"980000", b"980001"), lambda raw: b"", lambda raw: b"{}"],
    ids=["cut", "edited", "empty", "another object"],
)
def test_what_may_not_enter_is_refused_at_once(network: Network, spoil: Callable[[bytes], bytes]) -> None:
    with pytest.raises(NotAdmitted):
        network.head.sequencer.submit(spoil(event(1)))
    with pytest.raises(NotAdmitted):
        network.members["bank-a"].follower.submit(spoil(event(1)))
    assert network.order(event(2)) == 1


def test_an_event_that_expires_in_the_queue_is_turned_away_and_its_sender_told(
    network: Network, valves: dict[str, Valve]
) -> None:
    sequencer = network.head.sequencer
    network.order(event(0))
    shut(valves, *WITNESSES)
    sequencer.submit(event(1))
    until(lambda: network.head.application.head.size == 3, "the round is under way")
    ticket = sequencer.submit(event(2, not_after=now_ms() + 30_000))
    assert sequencer.turned_away(ticket.actor, ticket.event_id) is None
    network.head.clock.ahead_ms = 50_000  # this much is tolerated
    shut(valves)
    with pytest.raises(NotAdmitted, match="expired"):
        sequencer.wait_final(ticket, WAIT_S)
    fault = sequencer.turned_away(ticket.actor, ticket.event_id)
    assert fault is not None
    assert fault.code is Code.EXPIRED
    assert network.order(event(3)) == 3


# ---- quorum --------------------------------------------------------------------------------------------------


def test_one_witness_less_is_still_a_quorum(network: Network, valves: dict[str, Valve]) -> None:
    shut(valves, "bank-b")
    assert [network.order(event(number)) for number in range(3)] == [1, 2, 3]
    assert network.head.sequencer.trouble is None


def test_a_late_witness_goes_on_with_the_newest_checkpoint(
    network: Network, valves: dict[str, Valve]
) -> None:
    shut(valves, "bank-b")
    for number in range(3):
        network.order(event(number))
    shut(valves)
    network.order(event(3))
    witness = network.members["bank-b"].follower.witness
    until(lambda: (last := witness._last_signed.read()) and last.size == 5, "it cosigns the newest")


def test_without_a_quorum_writers_are_sent_away_and_work_resumes_alone(
    network: Network, valves: dict[str, Valve], monkeypatch: pytest.MonkeyPatch
) -> None:
    sequencer = network.head.sequencer
    network.order(event(0))
    monkeypatch.setattr(publishing, "QUORUM_WAIT_S_MAX", 0.05)
    shut(valves, "bank-a", "bank-b")
    ticket = sequencer.submit(event(1))

    def missing() -> bool:
        said = sequencer.trouble or ""
        return "bank-a (503" in said and "bank-b (503" in said and "hz-tax" not in said

    until(missing, "it names those who do not cosign, and nobody else")
    with pytest.raises(Unavailable) as refusal:
        sequencer.submit(event(2))
    assert refusal.value.retry_after_s > 0
    assert sequencer.submit(event(0)) is not None, "what is in the log is in the log"
    with pytest.raises(Unavailable, match="quorum"):
        network.members["hz-tax"].follower.submit(event(2))
    assert sequencer.wait_final(ticket, 0.0) is None
    assert sequencer.final_size == 2
    shut(valves)
    assert final(network, ticket) == 2
    monkeypatch.undo()
    assert network.order(event(2)) == 3


def test_a_wrong_cosignature_does_not_count(network: Network, valves: dict[str, Valve]) -> None:
    network.order(event(0))
    other = network.members["hz-tax"].follower.witness.latest
    assert other is not None
    stale = other.split(b"\n\n")[1].split(b"\n", 1)[1]

    def lie(start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", str(len(stale)))])
        return (stale,)

    valves["bank-b"].open = False
    valves["hz-tax"].answer = lie
    ticket = network.head.sequencer.submit(event(1))
    until(lambda: "hz-tax" in network.head.sequencer._publisher._cosigning.refusals, "the answer is refused")
    asked = valves["hz-tax"].asked
    until(lambda: valves["hz-tax"].asked > asked + 1, "it is asked again")
    assert network.head.sequencer.final_size == 2
    valves["hz-tax"].answer = None
    assert final(network, ticket) == 2


def test_a_witness_that_claims_more_than_there_is_does_not_stop_the_log(
    network: Network, valves: dict[str, Valve]
) -> None:
    def lie(start_response: Any) -> Iterable[bytes]:
        start_response("409 Conflict", [("Content-Type", "text/x.tlog.size"), ("Content-Length", "8")])
        return (b"9999999\n",)

    valves["bank-b"].answer = lie
    assert [network.order(event(number)) for number in range(3)] == [1, 2, 3]
    assert network.head.sequencer.trouble is None


# ---- being set back ------------------------------------------------------------------------------------------


def test_a_ledger_that_was_set_back_signs_nothing_new(tmp_path: Path) -> None:
    """The whole home comes from a backup, its last-signed file too: only the others know better."""
    head = Head(tmp_path / REGISTRY)
    members = {name: Member(tmp_path / name, name, head.url) for name in WITNESSES}
    urls = {name: member.url for name, member in members.items()}
    try:
        head.start(urls)
        head.sequencer.wait_final(head.sequencer.submit(event(1)), WAIT_S)
        head.stop()
        shutil.copytree(tmp_path / REGISTRY, tmp_path / "backup")
        head = Head(tmp_path / REGISTRY)
        for member in members.values():
            member.client.url = head.url
        head.start(urls)
        head.sequencer.wait_final(head.sequencer.submit(event(2)), WAIT_S)
        until(
            lambda: all(m.follower.witness._last_signed.read().size == 3 for m in members.values()),  # type: ignore[union-attr]
            "all have cosigned",
        )
        head.stop()
        head = Head(tmp_path / "backup")
        head.start(urls)
        trouble = until(lambda: head.sequencer.trouble, "it finds out")
        assert "3 entries signed by this log's key, this node has 2" in trouble
        with pytest.raises(Unavailable, match="set back"):
            head.sequencer.submit(event(3))
        assert LastSigned(tmp_path / "backup" / "last-signed").read().size == 2  # type: ignore[union-attr]
        assert head.application.head.size == 2
    finally:
        head.stop()
        for member in members.values():
            member.stop()


def test_a_ledger_behind_its_own_last_signed_file_ends_the_process(tmp_path: Path) -> None:
    head = Head(tmp_path / REGISTRY)
    head.last_signed.advance(7, bytes(32))
    head.start({})
    until(lambda: head.failures.seen, "it fails")
    assert isinstance(head.failures.seen[0], WouldRegress)
    assert head.sequencer.cosigned() is None
    head.stop()


# ---- dying ---------------------------------------------------------------------------------------------------


class Child:
    """A sequencer process."""

    def __init__(
        self, home: Path, port: int, step: str, first: int, last: int, witnesses: dict[str, str]
    ) -> None:
        command = [
            sys.executable,
            "-m",
            "tests.nodes.crashing",
            str(home),
            str(port),
            step,
            str(first),
            str(last),
            str(NOT_AFTER),
        ]
        command += [f"{name}={url}" for name, url in witnesses.items()]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def lines(self) -> list[list[str]]:
        """Return what it prints until it ends or says that it has done everything."""
        assert self.process.stdout is not None
        found = []
        for line in self.process.stdout:
            found.append(line.split())
            if found[-1][0] == "end":
                break
        return found

    def end(self) -> int:
        """Tell it to end if it has not; return its exit code."""
        self.process.communicate(timeout=WAIT_S)
        return self.process.returncode


@pytest.mark.parametrize("step", STEPS)
def test_dying_at_any_step_loses_nothing_final_and_work_goes_on(step: str, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    members = {name: Member(tmp_path / name, name, f"http://{LOOPBACK}:{port}") for name in WITNESSES}
    urls = {name: member.url for name, member in members.items()}
    for member in members.values():
        member.follower.start()
    child = Child(tmp_path / REGISTRY, port, step, 1, 4, urls)
    try:
        told = child.lines()
        assert child.end() == -signal.SIGKILL, "it was to die"
        assert [line[:2] for line in told] == [["final", str(number)] for number in (1, 2, 3)]
        child = Child(tmp_path / REGISTRY, port, "never", 1, 6, urls)
        again = child.lines()
        assert again[:3] == told, "what was final keeps its place"
        *_, (end, size, root) = again
        assert (end, size) == ("end", "8"), "genesis, six events, and the one before the last: nothing twice"
        for member in members.values():
            assert member.follower.wait_size(7, WAIT_S) == 8
            assert member.application.head.root.hex() == root
            assert member.follower.trouble is None
            assert not (member.home / "evidence").exists()
            assert not member.failures.seen
        assert child.end() == 0
    finally:
        if child.process.poll() is None:
            child.process.kill()
            child.process.communicate()
        for member in members.values():
            member.stop()


def test_the_newest_final_note_is_the_log_s(network: Network) -> None:
    network.order(event(1))
    size, note = network.head.sequencer.progress.final
    open_note(note, [LOG.verifier])
    assert parse_body(split_note(note)[0]).size == size == 2
