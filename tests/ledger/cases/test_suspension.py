"""A suspended case: who suspends and resumes it, in which states, and that it is not entered in the meantime."""

from typing import Any

import pytest

from dengbu.ledger.transition import Decision
from tests.worlds import World, codes, mortgage_act, the_right

GROUNDS = ("requisition", "announcement", "inspection", "verification")
NO_CASE = "441302-20261122-999999"


@pytest.fixture
def case(town: World) -> str:
    """An accepted mortgage of bank A."""
    right = the_right(town)
    return town.accepted("bank-a", mortgage_act(right))


def suspend(town: World, case: str, ground: str = "requisition", by: str = "hz-registry") -> Decision:
    """Suspend a case; return the decision."""
    return town.do(by, "case.suspend", {"case": case, "ground": ground, "items": ["loan-contract", "seal"]})


def resume(town: World, case: str, by: str = "hz-registry") -> Decision:
    """Resume a case; return the decision."""
    return town.do(by, "case.resume", {"case": case})


@pytest.mark.parametrize("ground", GROUNDS)
def test_a_suspended_case_is_not_entered_until_it_is_resumed(town: World, case: str, ground: str) -> None:
    done = suspend(town, case, ground)
    assert done.result == {"case": case, "suspended": ground}
    assert (town.case(case).suspended, town.case(case).version) == (ground, 2)
    assert codes(town.enter(case)) == ["case-suspended"]
    assert resume(town, case).result == {"case": case}
    assert town.case(case).suspended is None
    assert town.enter(case).outcome == "entered"


@pytest.mark.parametrize("how", ["refuse", "withdraw"])
def test_a_suspended_case_may_be_refused_or_withdrawn(town: World, case: str, how: str) -> None:
    suspend(town, case)
    more: dict[str, Any] = (
        {"grounds": [{"law": "REG-22-1", "text_code": "illegal"}]} if how == "refuse" else {}
    )
    assert town.do("hz-registry", f"case.{how}", {"case": case, **more}).outcome == "recorded"
    assert town.case(case).suspended is None
    assert codes(resume(town, case)) == ["case-decided"]


def test_one_waiting_at_a_time(town: World, case: str) -> None:
    assert codes(resume(town, case)) == ["case-not-suspended"]
    suspend(town, case)
    assert codes(suspend(town, case, "announcement")) == ["case-suspended"]
    assert town.case(case).suspended == "requisition"
    resume(town, case)
    assert codes(resume(town, case)) == ["case-not-suspended"]


def ask(town: World, case: str, *items: str, ground: str = "requisition") -> Decision:
    """Suspend a case and request these items; return the decision."""
    return town.do("hz-registry", "case.suspend", {"case": case, "ground": ground, "items": list(items)})


def test_what_is_missing_is_told_at_once(town: World, case: str) -> None:
    assert ask(town, case, "survey", ground="inspection").outcome == "recorded"
    resume(town, case)
    assert town.case(case).requested == ()
    assert ask(town, case, "seal", "loan-contract", "seal").outcome == "recorded"
    assert town.case(case).requested == ("seal", "loan-contract")
    resume(town, case)
    assert codes(ask(town, case, "seal", "photo")) == ["not-told-at-once"]
    assert codes(ask(town, case, "photo")) == ["not-told-at-once"]
    assert ask(town, case, "loan-contract").outcome == "recorded", "what did not come is asked for again"
    assert codes(ask(town, case, "photo")) == ["case-suspended", "not-told-at-once"]
    resume(town, case)
    assert town.case(case).requested == ("seal", "loan-contract")
    assert ask(town, case, "survey", ground="verification").outcome == "recorded", (
        "other waiting needs no paper"
    )


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize(
    ("by", "answers", "others"),
    [
        ("hz-registry", [], []),
        ("bank-a", [], ["not-authorised"]),
        ("bank-b", ["not-applicant"], ["not-applicant", "not-authorised"]),
    ],
)
def test_the_applicant_answers_a_requisition_and_the_registry_anything(
    town: World, case: str, ground: str, by: str, answers: list[str], others: list[str]
) -> None:
    suspend(town, case, ground)
    assert codes(resume(town, case, by)) == (answers if ground == "requisition" else others)


@pytest.mark.parametrize("by", ["bank-a", "hz-tax"])
def test_only_the_registry_suspends(town: World, case: str, by: str) -> None:
    assert codes(suspend(town, case, by=by)) == ["not-authorised"]


def test_an_unknown_or_decided_case_is_neither_suspended_nor_resumed(town: World, case: str) -> None:
    assert codes(suspend(town, NO_CASE)) == codes(resume(town, NO_CASE)) == ["case-unknown"]
    town.enter(case)
    assert codes(suspend(town, case)) == codes(resume(town, case)) == ["case-decided"]


def test_a_later_case_still_waits_for_a_suspended_earlier_one(town: World, case: str) -> None:
    right = the_right(town)
    later = town.accepted("bank-b", mortgage_act(right, "bank-b"))
    suspend(town, case)
    assert codes(town.enter(later)) == ["earlier-case"]
