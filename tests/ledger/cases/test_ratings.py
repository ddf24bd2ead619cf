"""Ratings: only of decided cases, once for each case, by its applicant or the registry, in five grades."""

from typing import Any

import pytest

from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register.records import Unit
from dengbu.ledger.register.shapes import SCORES
from dengbu.ledger.transition import Decision
from tests.worlds import UNIT, World, codes, mortgage_act, the_right

NO_CASE = "441302-20261122-999999"
REFUSED = {"grounds": [{"law": "REG-22-1", "text_code": "illegal"}]}


@pytest.fixture
def case(town: World) -> str:
    """An accepted mortgage of bank A."""
    return town.accepted("bank-a", mortgage_act(the_right(town)))


def rate(town: World, case: str, score: Any = 5, by: str = "bank-a") -> Decision:
    """Rate a case; return the decision."""
    return town.do(by, "case.rate", {"case": case, "score": score})


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("how", ["enter", "refuse", "withdraw"])
@pytest.mark.parametrize("by", ["bank-a", "hz-registry"])
def test_a_decided_case_is_rated_once(town: World, case: str, score: int, how: str, by: str) -> None:
    decided = town.do("hz-registry", f"case.{how}", {"case": case, **(REFUSED if how == "refuse" else {})})
    assert decided.outcome != "refused"
    before, unit = town.case(case), town.one(Unit, UNIT)
    assert rate(town, case, score, by).result == {"case": case, "score": score}
    after = town.case(case)
    assert (after.rating, after.version, after.state) == (score, before.version + 1, before.state)
    assert town.one(Unit, UNIT) == unit
    for again in ("bank-a", "hz-registry"):
        assert codes(rate(town, case, 1, again)) == ["case-rated"]
    assert town.case(case).rating == score


def test_an_undecided_case_is_not_rated(town: World, case: str) -> None:
    assert codes(rate(town, case)) == ["case-undecided"]
    town.do("hz-registry", "case.suspend", {"case": case, "ground": "requisition", "items": ["seal"]})
    assert codes(rate(town, case)) == ["case-undecided"]
    assert town.case(case).rating is None


def test_a_case_that_is_none_is_not_rated(town: World) -> None:
    assert codes(rate(town, NO_CASE)) == ["case-unknown"]


def test_another_bank_does_not_rate(town: World, case: str) -> None:
    assert codes(rate(town, case, by="bank-b")) == ["not-applicant", "case-undecided"]
    town.enter(case)
    assert codes(rate(town, case, by="bank-b")) == ["not-applicant"]
    assert codes(rate(town, case, by="hz-tax")) == ["not-authorised", "not-applicant"]


@pytest.mark.parametrize("score", [0, 6, -1, 10**9, "5", True, None, [5]])
def test_there_are_five_grades(town: World, case: str, score: Any) -> None:
    town.enter(case)
    with pytest.raises(NotAdmitted) as caught:
        rate(town, case, score)
    assert caught.value.code is Code.MALFORMED_DATA
    assert caught.value.where == "/body/data/score"


def test_papers_that_were_shared_are_kept_with_the_case_each_once(town: World) -> None:
    act = mortgage_act(the_right(town))
    data = {
        "district": "441302",
        "channel": "outlet",
        "acts": [act],
        "shared": ["id-card", "marriage", "id-card"],
    }
    done = town.do("bank-a", "case.apply", data)
    assert town.case(done.result["case"]).shared == ("id-card", "marriage")


@pytest.mark.parametrize("shared", [["Identity Card"], [""], ["x" * 65], ["id-card"] * 33, "id-card"])
def test_shared_papers_are_named_by_codes(town: World, shared: Any) -> None:
    act = mortgage_act(the_right(town))
    data = {"district": "441302", "channel": "outlet", "acts": [act], "shared": shared}
    with pytest.raises(NotAdmitted) as caught:
        town.do("bank-a", "case.apply", data)
    assert caught.value.code is Code.MALFORMED_DATA
