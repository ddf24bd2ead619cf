"""Checkpoints over blocks that consensus has decided: one node publishes, three compare and cosign, over real HTTP."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dengbu.ledger.log.checkpoint import parse_body
from dengbu.ledger.log.note import split_note
from dengbu.ledger.log.receipt import verify
from dengbu.ledger.log.trust import GROUP, Group, Trust
from dengbu.nodes.engines.cometbft import subscriber as subscribers
from dengbu.nodes.engines.cometbft.publishing import Publishing
from dengbu.nodes.engines.cometbft.subscriber import Subscriber
from dengbu.nodes.finality import evidence
from dengbu.nodes.finality.cosigner import Cosigner
from dengbu.nodes.finality.cosigning import Cosigning
from dengbu.nodes.finality.dating import Dating
from dengbu.nodes.finality.evidence import Evidence
from dengbu.nodes.finality.lastsigned import LastSigned
from dengbu.nodes.finality.publisher import Publisher
from dengbu.nodes.peer_client.log_source import Source
from dengbu.nodes.peer_client.peer_client import PeerClient
from tests.nodes.engines.cometbft.chain import Chain
from tests.nodes.network import (
    HOUR_MS,
    LOG,
    NET,
    REGISTRY,
    WITNESSES,
    Clock,
    Failures,
    cosigner,
    event,
    now_ms,
    serve,
    signer,
)
from tests.waiting import until

AT = now_ms() - HOUR_MS


class Place:
    """One node: a ledger that gets its blocks from the test, a finality, a listener."""

    def __init__(self, home: Path, name: str) -> None:
        home.mkdir()
        self.home, self.name = home, name
        self.chain = Chain(home)
        self.clock = Clock()
        self.failures = Failures()
        self.finality: Any = None
        application = self.chain.application
        self.listener, self.url = serve(
            application.store,
            application.register,
            self.chain.appender.progress,
            self.chain.appender.bundles,
            self,
            self.failures,
        )

    def add_checkpoint(self, body: bytes) -> Any:
        return self.finality.add_checkpoint(body)

    def cosigned(self) -> bytes | None:
        return self.finality.cosigned()

    def publish(self, witnesses: dict[str, str]) -> None:
        clients = {name: PeerClient(url, signer(REGISTRY, "node")) for name, url in witnesses.items()}
        kept, readings = Evidence(self.home / "evidence"), self.clock.readings()
        publisher = Publisher(
            self.chain.appender,
            LOG,
            Cosigner(REGISTRY, cosigner(REGISTRY), LastSigned(self.home / "last-signed")),
            Cosigning(self.chain.application.store, clients, LOG.verifier, readings, self.failures),
            Dating(self.chain.appender, kept, self.clock.now_ms),
            readings,
        )
        self.finality = Publishing(self.chain.appender, publisher, kept, self.clock.now_ms, self.failures)

    def subscribe(self, url: str) -> None:
        self.finality = Subscriber(
            self.chain.appender,
            Source(PeerClient(url, signer(self.name, "node"))),
            Cosigner(self.name, cosigner(self.name), LastSigned(self.home / "last-signed")),
            Evidence(self.home / "evidence"),
            self.clock.now_ms,
            self.failures,
        )

    @property
    def final(self) -> int:
        return self.chain.appender.progress.final[0]

    @property
    def evidence(self) -> list[dict[str, Any]]:
        return [json.loads(path.read_bytes()) for path in sorted((self.home / "evidence").glob("*.json"))]

    def stop(self) -> None:
        self.chain.appender.progress.close()
        self.finality.stop()
        self.listener.stop()
        self.chain.close()
        assert not self.failures.seen, self.failures.seen


@pytest.fixture
def places(tmp_path: Path) -> Iterator[dict[str, Place]]:
    found = {name: Place(tmp_path / name, name) for name in (REGISTRY, *WITNESSES)}
    found[REGISTRY].publish({name: found[name].url for name in WITNESSES})
    for name in WITNESSES:
        found[name].subscribe(found[REGISTRY].url)
    for place in found.values():
        place.finality.start()
    yield found
    for place in found.values():
        place.stop()


def decide(places: dict[str, Place], *numbers: int, only: tuple[str, ...] = ()) -> None:
    """Give a block with these events to every node, or only to some."""
    for name in only or places:
        places[name].chain.block(
            [event(number) for number in numbers], AT + places[name].chain.next_height * 1_000
        )


def test_what_all_have_executed_becomes_final_everywhere(places: dict[str, Place]) -> None:
    decide(places, 1, 2)
    decide(places, 3)
    until(lambda: all(place.final == 4 for place in places.values()), "all are final")
    note = places["bank-a"].chain.appender.progress.final[1]
    assert parse_body(split_note(note)[0]).root == places[REGISTRY].chain.application.head.root
    assert places[REGISTRY].chain.appender.quorum.trust.check(note)
    assert all(place.finality.trouble is None and not place.evidence for place in places.values())


def test_a_node_that_is_late_cosigns_when_it_has_the_block(places: dict[str, Place]) -> None:
    decide(places, 1, only=(REGISTRY, "bank-a"))
    until(lambda: places[REGISTRY].finality._publisher._cosigning.refusals, "two are waited for")
    assert places[REGISTRY].final < 2
    decide(places, 1, only=("bank-b",))
    until(lambda: places[REGISTRY].final == 2, "three of four suffice")
    decide(places, 1, only=("hz-tax",))
    until(lambda: places["hz-tax"].final == 2, "the last one hears of it")


def test_empty_blocks_need_no_checkpoint(places: dict[str, Place]) -> None:
    decide(places, 1)
    until(lambda: places[REGISTRY].final == 2, "final")
    rounds = places[REGISTRY].finality._publisher._rounds
    decide(places)
    decide(places, 2)
    until(lambda: all(place.final == 3 for place in places.values()), "final")
    assert places[REGISTRY].finality._publisher._rounds <= rounds + 1


def test_a_node_that_went_its_own_way_stops_and_says_where(places: dict[str, Place]) -> None:
    decide(places, 1)
    until(lambda: all(place.final == 2 for place in places.values()), "final")
    odd = places["bank-b"]
    for place in places.values():
        number = 99 if place is odd else 2
        place.chain.block([event(number)], AT + 60_000)
    until(lambda: odd.finality.halted, "it finds out that it is alone")
    [found] = [one for one in odd.evidence if one["kind"] == evidence.DIVERGENCE]
    assert (found["index"], found["field"][:6]) == (2, "/event")
    others = [place for place in places.values() if place is not odd]
    until(lambda: all(place.final == 3 for place in others), "the others go on")
    assert not any(place.finality.halted for place in others)
    reasons = places[REGISTRY].finality._publisher.contradictions
    assert list(reasons) == ["bank-b"], "and they name it"
    assert odd.finality.add_checkpoint(b"").status == 503


def test_a_node_that_cannot_follow_any_more_finds_out_by_consistency(
    places: dict[str, Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The node's own engine has stopped at the block it executed otherwise; the others are blocks ahead."""
    monkeypatch.setattr(subscribers, "AWAIT_S", 0.05)
    odd = places["bank-b"]
    odd.chain.block([event(99)], AT + 60_000)
    decide(places, 1, 2, only=(REGISTRY, "bank-a", "hz-tax"))
    until(lambda: odd.finality.halted, "it finds out")
    assert any(one["kind"] == evidence.DIVERGENCE and one["index"] == 1 for one in odd.evidence)


def test_when_the_log_keys_own_node_differs_it_is_the_one_that_stops(places: dict[str, Place]) -> None:
    decide(places, 1)
    until(lambda: all(place.final == 2 for place in places.values()), "final")
    for name, place in places.items():
        place.chain.block([event(99 if name == REGISTRY else 2)], AT + 60_000)
    head = places[REGISTRY]
    until(lambda: head.finality.trouble and head.finality.halted, "it stops")
    [found] = [one for one in head.evidence if one["kind"] == evidence.DIVERGENCE]
    assert set(found["contradicted_by"]) >= {"bank-a", "bank-b"} or len(found["contradicted_by"]) >= 2
    for name in WITNESSES:
        assert not places[name].finality.halted, "one signature alone stops nobody else"
    assert any(
        one["kind"] == evidence.CONTRADICTION for name in WITNESSES for one in places[name].evidence
    ), "what its log key has signed is kept"


def test_a_halted_node_stays_halted_until_the_evidence_is_moved_away(places: dict[str, Place]) -> None:
    odd = places["bank-b"]
    for place in places.values():
        place.chain.block([event(99 if place is odd else 2)], AT + 60_000)
    until(lambda: odd.finality.halted, "it stops")
    kept = Evidence(odd.home / "evidence")
    assert kept.halting() is not None
    for path in kept.folder.glob("*divergence*"):
        path.rename(odd.home / path.name)
    assert kept.halting() is None


# ---- time ---------------------------------------------------------------------------------------------------------
def dated(places: dict[str, Place], at: int, number: int) -> None:
    """Give every node a block with this time."""
    for place in places.values():
        place.chain.block([event(number, not_after=at + HOUR_MS)], at)


def kinds(place: Place) -> list[str]:
    return [one["kind"] for one in place.evidence]


def test_what_voters_date_years_ahead_nobody_cosigns_until_the_clocks_are_there(
    places: dict[str, Place],
) -> None:
    decide(places, 1)
    until(lambda: all(place.final == 2 for place in places.values()), "final")
    ahead_ms = 3 * 366 * 24 * HOUR_MS
    dated(places, now_ms() + ahead_ms, 2)
    until(lambda: all(kinds(place) == [evidence.AHEAD] for place in places.values()), "all keep evidence")
    until(lambda: all("超前" in str(place.finality.trouble) for place in places.values()), "and say so")
    assert all(place.final == 2 for place in places.values())
    trust = Trust(LOG.verifier, {}, {GROUP: Group(0, ())}, GROUP)
    for place in places.values():
        assert verify(place.evidence[0]["receipt"].encode(), trust).entry.index == 2
        assert not place.finality.halted
        assert Evidence(place.home / "evidence").halting() is None
    for place in places.values():
        place.clock.ahead_ms = ahead_ms
    until(lambda: all(place.final == 3 for place in places.values()), "now they cosign")
    until(lambda: not any(place.finality.trouble for place in places.values()), "all is well")
    assert all(kinds(place) == [evidence.AHEAD] for place in places.values()), "kept once"


@pytest.mark.parametrize("who", [REGISTRY, "bank-b"])
def test_a_node_whose_clock_is_behind_withholds_its_own_cosignature_alone(
    places: dict[str, Place], who: str
) -> None:
    places[who].clock.ahead_ms = -5 * 60_000
    dated(places, now_ms(), 1)
    until(lambda: all(place.final == 2 for place in places.values()), "the others suffice")
    note = places["bank-a"].chain.appender.progress.final[1]
    names = [name for name, _ in places["bank-a"].chain.appender.quorum.trust.check(note).cosigners]
    assert f"{NET}/{who}" not in names
    assert [name for name, place in places.items() if kinds(place) == [evidence.AHEAD]] == [who]
    places[who].clock.ahead_ms = 0
    dated(places, now_ms() + 1_000, 2)
    until(lambda: places[who].final == 3 and not places[who].finality.trouble, "it cosigns again")


def test_a_node_whose_cosignature_is_waited_for_gives_it_when_its_clock_is_there(
    places: dict[str, Place],
) -> None:
    for name in (REGISTRY, "bank-b"):
        places[name].clock.ahead_ms = -5 * 60_000
    dated(places, now_ms(), 1)
    until(lambda: all(kinds(places[name]) for name in (REGISTRY, "bank-b")), "both refuse")
    assert places[REGISTRY].final < 2
    places[REGISTRY].clock.ahead_ms = 0
    until(lambda: all(place.final == 2 for place in places.values()), "three of four suffice")
