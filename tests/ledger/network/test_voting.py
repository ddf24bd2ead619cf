"""Votes on the order of events: who has one, what it weighs, how it is lost; nobody ever holds a third of them."""

import random
from collections.abc import Sequence
from typing import Any

import pytest

from dengbu.ledger.log.keys import Signer, key_id
from dengbu.ledger.network import voting
from dengbu.ledger.network.keychange import KeyAdd
from dengbu.ledger.register.members import Key, Voter, VoteReport, Voters
from dengbu.ledger.transition import Decision
from tests.worlds import (
    MEMBERS,
    World,
    codes,
    genesis_data,
    member,
    public_keys,
    signer,
    voting_genesis_data,
    world,
)

ALL = tuple(sorted(MEMBERS))
GOVERNORS = ("hz-registry", "hz-tax", "bank-a")


def founded(data: dict[str, Any]) -> Decision:
    """Return the decision on a genesis that every founder signed."""
    return World().do("hz-registry", "network.genesis", data, signers=_governors(data))


def _governors(data: dict[str, Any]) -> list[Signer]:
    return [signer(one["id"], "governance") for one in data["institutions"]]


@pytest.fixture
def town() -> World:
    """A network whose four founders vote on the order."""
    made = World()
    data = voting_genesis_data()
    decision = made.do("hz-registry", "network.genesis", data, signers=_governors(data))
    assert decision.outcome == "recorded", codes(decision)
    return made


def weights(town: World) -> dict[str, int]:
    return {one.institution: one.weight for one in voting.voters(town.register)}


def vote_key(institution: str, number: int = 0) -> Signer:
    """Return an institution's vote key; each number gives another key."""
    return signer(institution, f"vote {number}" if number else "vote")


def offer(key: Signer, cls: str = "vote") -> dict[str, str]:
    return {"cls": cls, "alg": "Ed25519", "public": key.public.hex()}


def joined(town: World, institution: str, *more: dict[str, str], role: str = "court") -> Decision:
    """Admit an institution with its usual keys and more; return the decision."""
    made = member(institution, role)
    keys = made.pop("keys")
    return town.govern("institution.admit", {"institution": made, "keys": [*keys, *more]})


def suspended(town: World, institution: str, by: Sequence[str] = GOVERNORS) -> Decision:
    return town.govern("institution.suspend", {"institution": institution, "reason": "left"}, by=by)


def report(town: World, by: str, key: Signer, height: int = 7) -> Decision:
    return town.do(by, "vote.report", {"key": key.key_id, "height": height, "kind": "double-sign"})


# ---- founding -----------------------------------------------------------------------------------------------------
def test_four_founders_vote_with_equal_weight(town: World) -> None:
    assert weights(town) == dict.fromkeys(ALL, 10)
    assert [one.institution for one in voting.voters(town.register)] == list(ALL)


def test_without_vote_keys_nobody_votes() -> None:
    assert voting.voters(world().register) == ()


@pytest.mark.parametrize("cls", ["vote", "link"])
def test_every_founder_brings_both_keys_or_none_does(cls: str) -> None:
    data = genesis_data()
    data["institutions"][0]["keys"] += public_keys("bank-a", (cls,))
    assert "vote-keys-uneven" in codes(founded(data))


def test_a_founder_brings_no_second_vote() -> None:
    data = voting_genesis_data()
    data["institutions"][0]["keys"].append(offer(vote_key("bank-a", 2)))
    assert "vote-keys-uneven" in codes(founded(data))


def test_three_founders_are_too_few_to_vote() -> None:
    data = voting_genesis_data()
    data["institutions"] = [one for one in data["institutions"] if one["id"] != "bank-b"]
    data["policy"] |= {"witnesses": ["bank-a", "hz-registry", "hz-tax"]}
    assert codes(founded(data)) == ["voters-too-few"]


# ---- coming and going ---------------------------------------------------------------------------------------------
def test_a_newcomer_votes_when_it_brings_a_vote_key(town: World) -> None:
    assert joined(town, "court-1", *public_keys("court-1", ("vote", "link"))).outcome == "recorded"
    assert joined(town, "court-2", *public_keys("court-2", ("link",))).outcome == "recorded"
    assert weights(town) == dict.fromkeys((*ALL, "court-1"), 10)


def test_a_newcomer_brings_one_vote(town: World) -> None:
    refused = joined(town, "court-1", offer(vote_key("court-1")), offer(vote_key("court-1", 2)))
    assert codes(refused) == ["vote-key-held"]


@pytest.mark.parametrize("cls", ["vote", "link"])
def test_where_nobody_votes_no_keys_for_it_are_taken(cls: str) -> None:
    town = world()
    assert codes(joined(town, "court-1", offer(vote_key("court-1"), cls))) == ["nobody-votes"]
    added = town.govern("key.add", {"institution": "bank-a", "key": offer(vote_key("bank-a"), cls)})
    assert codes(added) == ["nobody-votes"]


def test_of_five_a_suspended_one_loses_its_vote(town: World) -> None:
    joined(town, "court-1", *public_keys("court-1", ("vote", "link")))
    assert suspended(town, "court-1").outcome == "recorded"
    assert weights(town) == dict.fromkeys(ALL, 10)


def test_of_four_a_suspended_one_keeps_the_least_weight_so_that_nobody_holds_a_third(town: World) -> None:
    assert suspended(town, "bank-b").outcome == "recorded"
    assert weights(town) == {"bank-a": 10, "bank-b": 1, "hz-registry": 10, "hz-tax": 10}
    joined(town, "court-1", *public_keys("court-1", ("vote", "link")))
    assert weights(town) == {"bank-a": 10, "court-1": 10, "hz-registry": 10, "hz-tax": 10}


def test_two_full_votes_are_too_few() -> None:
    made = World()
    data = voting_genesis_data()
    data["policy"] |= {"witness_quorum": 3}
    made.do("hz-registry", "network.genesis", data, signers=_governors(data))
    joined(made, "court-1")  # so that enough are left to govern
    joined(made, "court-2")
    assert suspended(made, "bank-b").outcome == "recorded"
    assert "voters-too-few" in codes(suspended(made, "bank-a", by=("hz-registry", "hz-tax", "court-1")))
    key = signer("bank-a", "vote").key_id
    assert codes(made.govern("key.revoke", {"key": key, "reason": "lost"})) == ["voters-too-few"]


# ---- keys -----------------------------------------------------------------------------------------------------------
def test_a_vote_key_is_replaced_by_a_quorum(town: World) -> None:
    old, new = vote_key("bank-a"), vote_key("bank-a", 2)
    done = town.govern("key.replace", {"old": old.key_id, "key": offer(new)})
    assert done.outcome == "recorded", codes(done)
    voter = next(one for one in voting.voters(town.register) if one.institution == "bank-a")
    assert (voter.key, voter.public, voter.weight) == (new.key_id, new.public.hex(), 10)
    assert town.one(Key, old.key_id).until == town.one(Key, new.key_id).since == town.index


def test_any_key_but_the_log_key_may_be_replaced(town: World) -> None:
    for cls in ("governance", "event", "cosign", "node", "link"):
        old, new = signer("bank-b", cls), signer("bank-b", f"{cls} 2")
        assert town.govern("key.replace", {"old": old.key_id, "key": offer(new, cls)}).outcome == "recorded"
    log = signer("hz-registry", "log").key_id
    refused = town.govern("key.replace", {"old": log, "key": offer(signer("hz-registry", "log 2"), "log")})
    assert codes(refused) == ["log-key-fixed"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"old": "ab" * 32, "key": offer(vote_key("bank-a", 2))}, "key-unknown"),
        (
            {"old": vote_key("bank-a").key_id, "key": offer(vote_key("bank-a", 2), "link")},
            "key-class-changed",
        ),
        ({"old": vote_key("bank-a").key_id, "key": offer(vote_key("bank-b"))}, "key-used"),
        (
            {"old": vote_key("bank-a").key_id, "key": offer(vote_key("bank-a", 2)) | {"alg": "X25519"}},
            "key-algorithm",
        ),
    ],
)
def test_what_cannot_replace_a_key(town: World, data: dict[str, Any], expected: str) -> None:
    assert codes(town.govern("key.replace", data)) == [expected]


def test_an_ended_key_is_not_replaced(town: World) -> None:
    data = {"old": vote_key("bank-a").key_id, "key": offer(vote_key("bank-a", 2))}
    assert town.govern("key.replace", data).outcome == "recorded"
    again = {"old": vote_key("bank-a").key_id, "key": offer(vote_key("bank-a", 3))}
    assert codes(town.govern("key.replace", again)) == ["key-ended"]


def test_nothing_is_replaced_for_a_suspended_institution(town: World) -> None:
    suspended(town, "bank-b")
    data = {"old": vote_key("bank-b").key_id, "key": offer(vote_key("bank-b", 2))}
    assert codes(town.govern("key.replace", data)) == ["institution-not-active"]


def test_two_institutions_are_no_quorum_to_replace(town: World) -> None:
    data = {"old": vote_key("bank-a").key_id, "key": offer(vote_key("bank-a", 2))}
    assert codes(town.govern("key.replace", data, by=("bank-a", "hz-tax"))) == ["governance-quorum"]


@pytest.mark.parametrize("cls", ["vote", "link"])
def test_vote_and_link_keys_do_not_rotate_by_themselves(town: World, cls: str) -> None:
    old, new = signer("bank-a", cls), signer("bank-a", f"{cls} 2")
    refused = town.do("bank-a", "key.rotate", {"old": old.key_id, "key": offer(new, cls)}, signers=[old, new])
    assert codes(refused) == ["quorum-replaces"]


def test_an_institution_has_one_vote_key(town: World) -> None:
    refused = town.govern("key.add", {"institution": "bank-a", "key": offer(vote_key("bank-a", 2))})
    assert codes(refused) == ["vote-key-held"]
    link = town.govern("key.add", {"institution": "bank-a", "key": offer(signer("bank-a", "link 2"), "link")})
    assert link.outcome == "recorded"


def test_a_revoked_vote_comes_back_with_another_key(town: World) -> None:
    joined(town, "court-1", *public_keys("court-1", ("vote", "link")))
    assert (
        town.govern("key.revoke", {"key": vote_key("bank-a").key_id, "reason": "lost"}).outcome == "recorded"
    )
    assert "bank-a" not in weights(town)
    done = town.govern("key.add", {"institution": "bank-a", "key": offer(vote_key("bank-a", 2))})
    assert done.outcome == "recorded", codes(done)
    assert weights(town)["bank-a"] == 10


def test_revoking_another_key_leaves_the_votes(town: World) -> None:
    before = voting.voters(town.register)
    assert (
        town.govern("key.revoke", {"key": signer("bank-a", "link").key_id, "reason": "lost"}).outcome
        == "recorded"
    )
    assert voting.voters(town.register) == before
    assert not any(isinstance(one, Voters) for one in town.decisions[-1].changes)


# ---- double votes -------------------------------------------------------------------------------------------------
def test_two_of_four_reports_prove_it_and_end_the_key(town: World) -> None:
    bad = vote_key("bank-b")
    first = report(town, "hz-tax", bad)
    assert (first.outcome, first.result and first.result["proven"]) == ("recorded", False)
    assert weights(town)["bank-b"] == 10, "one institution alone ends nobody's vote"
    second = report(town, "bank-a", bad)
    assert second.result == {"key": bad.key_id, "reporters": 2, "proven": True, "ended": True}
    assert weights(town)["bank-b"] == 1
    assert town.one(Key, bad.key_id).until == town.index
    assert town.one(VoteReport, f"{bad.key_id}:7").reporters == ("bank-a", "hz-tax")


def test_reports_of_different_heights_do_not_add_up(town: World) -> None:
    bad = vote_key("bank-b")
    report(town, "hz-tax", bad, 7)
    assert report(town, "bank-a", bad, 8).result == {
        "key": bad.key_id,
        "reporters": 1,
        "proven": False,
        "ended": False,
    }


def test_the_policy_may_ask_to_record_it_only() -> None:
    town = World()
    data = voting_genesis_data(double_sign="record")
    town.do("hz-registry", "network.genesis", data, signers=_governors(data))
    bad = vote_key("bank-b")
    report(town, "hz-tax", bad)
    done = report(town, "bank-a", bad)
    assert done.result is not None
    assert (done.result["proven"], done.result["ended"]) == (True, False)
    assert weights(town)["bank-b"] == 10


def test_a_vote_is_not_ended_when_someone_would_then_hold_a_third(town: World) -> None:
    for who in ("bank-b", "bank-a"):
        for by in ("hz-tax", "hz-registry"):
            done = report(town, by, vote_key(who))
    assert done.result is not None
    assert (done.result["proven"], done.result["ended"]) == (True, False)
    assert weights(town) == {"bank-a": 10, "bank-b": 1, "hz-registry": 10, "hz-tax": 10}


def test_who_reported_once_does_not_count_twice(town: World) -> None:
    report(town, "hz-tax", vote_key("bank-b"))
    assert codes(report(town, "hz-tax", vote_key("bank-b"))) == ["report-repeated"]


def test_only_vote_keys_that_are_valid_can_be_reported(town: World) -> None:
    assert codes(report(town, "hz-tax", signer("nobody", "vote"))) == ["key-unknown"]
    assert codes(report(town, "hz-tax", signer("bank-b", "event"))) == ["not-a-vote-key"]
    report(town, "hz-tax", vote_key("bank-b"))
    report(town, "bank-a", vote_key("bank-b"))
    assert codes(report(town, "hz-registry", vote_key("bank-b"), 9)) == ["key-ended"]


def test_who_has_no_vote_reports_nothing(town: World) -> None:
    joined(town, "court-1")
    assert codes(report(town, "court-1", vote_key("bank-b"))) == ["not-a-voter"]


def test_an_unknown_policy_value_is_invalid() -> None:
    assert "policy-invalid" in codes(founded(voting_genesis_data(double_sign="forgive")))


# ---- always -------------------------------------------------------------------------------------------------------
def moves(rng: random.Random, town: World, step: int) -> Decision:
    """Make a random event about membership, keys or votes; return the decision."""
    institutions = [*ALL, *(f"court-{number}" for number in range(1, 5))]
    who = rng.choice(institutions)
    fresh = offer(vote_key(who, step + 100))
    held = [one for one in voting.voters(town.register) if one.institution == who]
    old = held[0].key if held else vote_key(who).key_id
    by = tuple(rng.sample(ALL, 3))
    choice = rng.randrange(6)
    if choice == 0:
        return joined(
            town, who, *([fresh, offer(signer(who, f"link {step}"), "link")] if rng.random() < 0.8 else [])
        )
    if choice == 1:
        return suspended(town, who, by)
    if choice == 2:
        return town.govern("key.replace", {"old": old, "key": fresh}, by)
    if choice == 3:
        return town.govern("key.revoke", {"key": old, "reason": "lost"}, by)
    if choice == 4:
        return town.govern("key.add", {"institution": who, "key": fresh}, by)
    return town.do(
        rng.choice(ALL), "vote.report", {"key": old, "height": rng.randrange(1, 3), "kind": "double-sign"}
    )


def test_whatever_happens_nobody_holds_a_third() -> None:
    seed = random.randrange(2**32)
    print("seed", seed)  # noqa: T201
    rng = random.Random(seed)
    recorded = 0
    for _ in range(25):
        town = World()
        data = voting_genesis_data()
        town.do("hz-registry", "network.genesis", data, signers=_governors(data))
        for step in range(30):
            recorded += moves(rng, town, step).outcome == "recorded"
            check(town)
    assert recorded > 100, "most of it happens"


def check(town: World) -> None:
    among = voting.voters(town.register)
    total = sum(one.weight for one in among)
    assert among
    assert all(3 * one.weight < total for one in among)
    assert [one.institution for one in among] == sorted({one.institution for one in among})
    assert len({one.key for one in among}) == len(among)
    for one in among:
        key = town.one(Key, one.key)
        assert (key.institution, key.public) == (one.institution, one.public)
        assert key.until is None or one.weight == 1


def test_weights_do_not_depend_on_the_order_of_coming() -> None:
    def voter(name: str) -> tuple[str, KeyAdd]:
        public = vote_key(name).public.hex()
        return name, KeyAdd(institution=name, key=_key_offer(public))

    names = ["a", "b", "c", "d", "e"]
    forward = voting.first((name, voter(name)[1].key) for name in names)
    backward = voting.first((name, voter(name)[1].key) for name in reversed(names))
    assert forward == backward
    assert all(isinstance(one, Voter) for one in forward)


def _key_offer(public: str) -> Any:
    from dengbu.ledger.network.key_enrolment import KeyOffer
    from dengbu.ledger.register.members import KeyClass

    made = KeyOffer(cls=KeyClass.VOTE, alg="Ed25519", public=public)
    assert made.id == key_id("Ed25519", bytes.fromhex(public))
    return made
