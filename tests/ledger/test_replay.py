"""An old decision replays from the log under the policy of its day, whatever the policy is now."""

from typing import Any

from dengbu.ledger.admission import admit
from dengbu.ledger.register.members import POLICY_KEY, Policy
from dengbu.ledger.register.records import Right
from dengbu.ledger.register.register import MemoryRegister
from dengbu.ledger.rules import rule_sets
from dengbu.ledger.rules.rule import LogPosition
from dengbu.ledger.transition import Decision, judge
from tests.ledger.recorded import FIRST, Recorded, recorded
from tests.worlds import GOVERNORS, NET, UNIT, codes, holder, policy, ref, signer, transfer_act

R = "hz-registry"
TWO_OF_THREE = [ref("one"), ref("two")]


def replayed(town: Recorded) -> tuple[list[Decision], MemoryRegister]:
    """Return the decisions that the entries' events get from an empty register on, and the final register."""
    register, decisions = MemoryRegister(), []
    for entry in town.entries:
        at = LogPosition(entry.index, entry.height, entry.time)
        event = admit(register if entry.index else None, NET, entry.envelope, at)
        decisions.append(judge(register, event, at))
        register.apply(decisions[-1].changes)
    return decisions, register


def govern(town: Recorded, **changed: Any) -> None:
    """Put another policy in force."""
    version = town.one(Policy, POLICY_KEY).version + 1
    data = {"policy": {**policy(), **FIRST, "version": version, **changed}}
    done = town.do(R, "policy.set", data, signers=[signer(one, "governance") for one in GOVERNORS])
    assert codes(done) == []


def ask(town: Recorded, nth: int) -> Decision:
    """Apply for a sale of the unit by two of three owners by shares."""
    act = transfer_act(town.one(Right, f"R-{UNIT}-{nth}"), "buyer", consent=TWO_OF_THREE)
    return town.apply(R, act)


def shared() -> Recorded:
    """A unit held by thirds, for which the Civil Code's two thirds are enough."""
    town = recorded(consent="civil-code")
    town.title(mode="shares", holders=[holder(one, "1/3") for one in ("one", "two", "three")])
    return town


def test_an_old_case_replays_as_it_was_decided_then() -> None:
    town = shared()
    old = len(town.entries)
    assert codes(ask(town, 1)) == []
    govern(town, consent="urban-real-estate-law")
    new = len(town.entries)
    assert codes(ask(town, 1)) == ["co-owner-consent"]

    decisions, register = replayed(town)
    assert (decisions[old].outcome, codes(decisions[new])) == ("accepted", ["co-owner-consent"])
    for entry, decision in zip(town.entries, decisions, strict=True):
        assert decision.as_json("00" * 32) == entry.decision
    assert register.items() == town.register.items()


def test_the_policy_of_the_day_decides_and_not_the_order_of_asking() -> None:
    town = shared()
    govern(town, consent="urban-real-estate-law")
    assert codes(ask(town, 1)) == ["co-owner-consent"]
    refused = len(town.entries) - 1
    govern(town, consent="civil-code")
    assert codes(ask(town, 1)) == []
    decisions, _ = replayed(town)
    assert codes(decisions[refused]) == ["co-owner-consent"]
    assert decisions[-1].outcome == "accepted"


def test_the_rule_set_that_was_agreed_on_is_in_the_log_from_its_day_on() -> None:
    town = recorded(rule_set=rule_sets.FIRST.hash)
    govern(town, rule_set=rule_sets.SECOND.hash)
    stated = [entry.envelope.body.data["policy"]["rule_set"] for entry in town.entries]
    assert stated == [rule_sets.FIRST.hash, rule_sets.SECOND.hash]
    _, register = replayed(town)
    found = register.get(Policy, POLICY_KEY)
    assert found is not None
    assert found.rule_set == rule_sets.SECOND.hash
