"""Forms of events are those of the ledger: every member of every type, with what it takes."""

import msgspec
import pytest

from dengbu.api.client import NotSuchData
from dengbu.api.client.kinds import form, later_policy, newest_rule_set, types, whole_policy
from dengbu.ledger.register.members import KeyClass, Policy
from dengbu.ledger.rules.rule_sets import NEWEST
from dengbu.ledger.transition import EVENTS
from tests.worlds import policy


@pytest.mark.parametrize("type_", EVENTS)
def test_a_form_has_the_members_of_its_row(type_: str) -> None:
    kind, found = EVENTS[type_], form(type_)
    fields = msgspec.structs.fields(kind.data)
    assert [(one.name, one.required) for one in found.members] == [(one.name, one.required) for one in fields]
    assert (found.zh, found.en, found.roles) == (kind.title.zh, kind.title.en, tuple(kind.senders))
    assert found.governed == (kind.signed_by == KeyClass.GOVERNANCE)
    assert all(one.parts for one in found.members if one.shape == "row")
    assert all(one.choices for one in found.members if one.shape == "choice")


def test_every_type_is_a_form() -> None:
    assert types() == tuple(EVENTS)
    order = {one.name: one for one in form("court.order").members}
    assert (order["mode"].shape, order["mode"].choices) == ("choice", ("joint", "shares", "single"))
    assert (order["holders"].shape, order["holders"].many) == ("row", True)
    assert [part.name for part in order["holders"].parts] == ["ref", "share"]
    assert (order["ends"].shape, order["ends"].many, order["ends"].required) == ("text", True, False)
    assert form("policy.set").members[0].shape == "json"
    assert form("vote.report").members[1].shape == "number"


@pytest.mark.parametrize(
    ("data", "where"),
    [
        ({"seizure": "S-1", "document": "1"}, None),
        ({"seizure": "S-1"}, "document"),
        ({"seizure": "S-1", "document": " 1"}, "document"),
        ({"seizure": "S-1", "document": "1", "until": "2027-01-01"}, "until"),
    ],
)
def test_a_form_takes_what_the_ledger_takes(data: dict[str, str], where: str | None) -> None:
    if where is None:
        form("court.release").check(data)
        return
    with pytest.raises(NotSuchData, match=where):
        form("court.release").check(data)


def test_the_next_policy_is_the_one_in_force_with_some_fields_changed() -> None:
    before = whole_policy(policy())
    assert set(before) == set(Policy.__struct_fields__)
    after = later_policy(before, {"limit_days": 3, "rule_set": newest_rule_set()})
    assert whole_policy(after) == {
        **before,
        "version": before["version"] + 1,
        "limit_days": 3,
        "rule_set": NEWEST.hash,
    }
    assert "holidays" not in after, (
        "a field with its default is left out: an earlier rule set may not have it"
    )
    for wrong in ({"limit_dayz": 3}, {"limit_days": "3"}, {"holidays": None}):
        with pytest.raises(NotSuchData):
            later_policy(before, wrong)
    with pytest.raises(NotSuchData):
        whole_policy({"version": 1})
