"""What came with a later rule set is unknown to an earlier one: an act, a type of event, a role. Its tables stay as they were.

Software of an earlier day cannot read such an event and keeps it out of the log, so software that can must keep it out as well.
"""

import dataclasses
from collections.abc import Callable
from typing import Any, cast

import pytest

from dengbu.ledger import ruleset, transition
from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.catalogue import ACTS
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register.members import LATER_ROLES
from dengbu.ledger.register.records import Role
from dengbu.ledger.rules.rule_sets import FIRST, LATER_MEMBERS, NEWEST
from dengbu.ledger.transition import Decision
from tests.worlds import World, codes, member, policy, the_right, transfer_act, world

Patch = pytest.MonkeyPatch
Ask = Callable[[World], Decision]


def act(patch: Patch) -> None:
    """The transfer comes with the newest set."""
    patch.setitem(ACTS, "transfer", dataclasses.replace(ACTS["transfer"], since=NEWEST.number))


def event(patch: Patch) -> None:
    """The announcement of a loss comes with the newest set."""
    later = dataclasses.replace(transition.EVENTS["loss.announce"], since=NEWEST.number)
    patch.setitem(transition.EVENTS, "loss.announce", later)


def role(patch: Patch) -> None:
    """Notaries come with the newest set."""
    patch.setitem(cast("dict[Role, int]", LATER_ROLES), Role.NOTARY, NEWEST.number)


def member_of_act(patch: Patch) -> None:
    """A transfer's sellers are declared with the newest set only."""
    patch.setitem(cast("dict[str, dict[str, int]]", LATER_MEMBERS), "transfer", {"seller": NEWEST.number})


def member_of_event(patch: Patch) -> None:
    """A loss names its right with the newest set only."""
    patch.setitem(cast("dict[str, dict[str, int]]", LATER_MEMBERS), "loss.announce", {"right": NEWEST.number})


def transferred(town: World) -> Decision:
    """The transfer is applied for."""
    return town.apply("hz-registry", transfer_act(the_right(town)))


def lost(town: World) -> Decision:
    """A loss is announced."""
    right = the_right(town)
    return town.do("hz-registry", "loss.announce", {"unit": right.unit, "right": right.id})


def joined(town: World) -> Decision:
    """A notary is admitted."""
    made = member("notary-1", "notary")
    keys = made.pop("keys")
    return town.govern("institution.admit", {"institution": made, "keys": keys})


LATER: list[tuple[Callable[[Patch], None], Ask, Code, str]] = [
    (act, transferred, Code.MALFORMED_DATA, "/body/data/acts/0/act"),
    (event, lost, Code.UNKNOWN_TYPE, "/body/type"),
    (role, joined, Code.MALFORMED_DATA, "/body/data/institution/role"),
    (member_of_act, transferred, Code.MALFORMED_DATA, "/body/data/acts/0/seller"),
    (member_of_event, lost, Code.MALFORMED_DATA, "/body/data/right"),
]


def titled(rule_set: str) -> World:
    """A network under a rule set, with one title."""
    town = world(rule_set=rule_set)
    town.title()
    return town


@pytest.mark.parametrize(
    ("later", "ask", "code", "where"), LATER, ids=[later.__name__ for later, *_ in LATER]
)
def test_it_is_kept_out_under_the_first_set_and_let_in_under_its_own(
    later: Callable[[Patch], None], ask: Ask, code: Code, where: str, monkeypatch: Patch
) -> None:
    assert codes(ask(titled(FIRST.hash))) == []
    later(monkeypatch)
    with pytest.raises(NotAdmitted) as caught:
        ask(titled(FIRST.hash))
    assert (caught.value.code, caught.value.where) == (code, where)
    assert codes(ask(titled(NEWEST.hash))) == []


def test_who_leaves_a_later_member_out_is_let_in_under_the_first_set(monkeypatch: Patch) -> None:
    later = cast("dict[str, dict[str, int]]", LATER_MEMBERS)
    monkeypatch.setitem(later, "transfer", {"bequest": NEWEST.number})
    assert codes(transferred(titled(FIRST.hash))) == []


def test_a_founder_has_no_role_that_the_first_policys_set_lacks(monkeypatch: Patch) -> None:
    monkeypatch.setitem(cast("dict[Role, int]", LATER_ROLES), Role.TAX, NEWEST.number)
    with pytest.raises(NotAdmitted, match="has no such role") as caught:
        world(rule_set=FIRST.hash)
    assert caught.value.where == "/body/data/institutions/3/role"
    world(rule_set=NEWEST.hash)


def test_no_policy_under_an_earlier_set_names_a_later_act(monkeypatch: Patch) -> None:
    act(monkeypatch)
    for field, value in (("desk", ["transfer"]), ("limits", {"transfer": 3}), ("online_acts", ["transfer"])):
        named = {"policy": {**policy(version=2), field: value}}
        assert codes(titled(FIRST.hash).govern("policy.set", named)) == ["policy-invalid"]
        assert codes(titled(NEWEST.hash).govern("policy.set", named)) == []


def test_who_votes_the_first_set_back_leaves_the_later_fields_out(monkeypatch: Patch) -> None:
    town = titled(NEWEST.hash)
    back = {**policy(version=2, rule_set=FIRST.hash), "area_tolerance_ppm": 5}
    with pytest.raises(NotAdmitted, match="rule set 1 has no such field") as caught:
        town.govern("policy.set", {"policy": back})
    assert caught.value.where == "/body/data/policy/area_tolerance_ppm"
    unknown = {**back, "rule_set": "f" * 64}  # of a release to come: what it has is not known here
    assert codes(town.govern("policy.set", {"policy": unknown})) == []


def names(tables: Any) -> list[str]:
    """Every string in a rule set, keys among them."""
    if isinstance(tables, dict):
        return [*tables, *(name for each in tables.values() for name in names(each))]
    return [name for each in tables for name in names(each)] if isinstance(tables, list) else [str(tables)]


@pytest.mark.parametrize(
    ("later", "name"),
    [(act, "transfer"), (event, "loss.announce"), (role, "notary")],
    ids=["act", "event", "role"],
)
def test_it_is_in_the_tables_of_its_own_set_and_of_no_earlier_one(
    later: Callable[[Patch], None], name: str, monkeypatch: Patch
) -> None:
    assert name in names(ruleset.rule_set(FIRST.number))
    newest = ruleset.digest(NEWEST.number)
    later(monkeypatch)
    assert name not in names(ruleset.rule_set(FIRST.number))
    assert ruleset.digest(NEWEST.number) == newest
