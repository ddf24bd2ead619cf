"""In which districts a registry is competent is what the log proves, and not what the node says."""

from typing import Any

import pytest

from dengbu.api.client import Client, VerificationError
from dengbu.ledger.law.identifiers import HUIZHOU, Places
from dengbu.scripts.titles.districts import Territory, territory_of
from tests.api.client.scripted import Scripted, says, scripted
from tests.ledger import small_log
from tests.ledger.small_log import SmallLog, decision, signer, trust

DISTRICTS = ("441302", "441303", "441322", "441323")  # of entry 0, the genesis, and of each policy after it


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> SmallLog:
    """A genesis and three policies, of which entry 2 was refused."""
    plain = small_log.body

    def body(number: int) -> dict[str, Any]:
        type_ = "policy.set" if number else "network.genesis"
        return plain(number) | {"type": type_, "data": {"policy": {"districts": [DISTRICTS[number]]}}}

    monkeypatch.setattr(small_log, "body", body)
    return SmallLog(len(DISTRICTS))


def feed(node: Scripted, *numbers: int, **wrong: str) -> None:
    """Let a node tell of these entries."""
    items = []
    for number in numbers:
        found = decision(number)
        item = {"index": number, "type": "policy.set", "actor": "bank-a", "id": f"event-{number}"}
        items.append(
            item | {name: found[name] for name in ("outcome", "result", "reasons") if name in found} | wrong
        )
    node.on(
        "GET /v1/events", says({"items": items, "next_after": len(DISTRICTS) - 1, "head": len(DISTRICTS)})
    )


@pytest.mark.parametrize(("told", "district"), [((), 0), ((1,), 1), ((1, 2), 1), ((1, 2, 3), 3), ((2,), 0)])
def test_the_policy_in_force_is_the_last_that_was_not_refused(
    log: SmallLog, told: tuple[int, ...], district: int
) -> None:
    with scripted() as node, Client(node.url, key=signer("client"), policy=trust()) as client:
        node.show(log)
        feed(node, *told)
        assert territory_of(client) == Territory((DISTRICTS[district],), HUIZHOU)


def test_a_policy_that_the_log_does_not_have_is_not_believed(log: SmallLog) -> None:
    with scripted() as node, Client(node.url, key=signer("client"), policy=trust()) as client:
        node.show(log)
        feed(node, 2, outcome="accepted")
        with pytest.raises(VerificationError):
            territory_of(client)


def test_without_a_policy_of_ones_own_nothing_is_believed(log: SmallLog) -> None:
    with scripted() as node, Client(node.url, key=signer("client")) as client:
        node.show(log)
        feed(node, 1)
        assert territory_of(client) is None


def test_the_policy_says_which_counties_and_places_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    places = {"counties": ["330106"], "known_provinces": ["浙"], "known_places": ["杭州市", "西湖区"]}
    plain = small_log.body
    policy = {"districts": ["330106"], **places}
    monkeypatch.setattr(
        small_log,
        "body",
        lambda number: plain(number) | {"type": "network.genesis", "data": {"policy": policy}},
    )
    with scripted() as node, Client(node.url, key=signer("client"), policy=trust()) as client:
        node.show(SmallLog(1))
        feed(node)
        assert territory_of(client) == Territory(("330106",), Places(*places.values()))
