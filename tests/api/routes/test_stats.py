"""Efficiency over the API: who sees what, compared with a recount of the node's own log; ratings; invalid questions."""

from typing import Any

import pytest

from dengbu.ledger.advisory.efficiency import FORMULAS, Days, Period, report
from dengbu.ledger.advisory.timeline import Handling
from dengbu.ledger.rules.policies import policy_in_force
from dengbu.nodes.desk.desk import OFFICER
from tests.api.town import Town

EVER = Period(0, 2**53)


def entered(city: Town, bank: str = "bank-a", **more: Any) -> str:
    """Have the desk enter a mortgage; return the case number."""
    answer = city.mortgage(city.title(), bank, **more)
    assert answer.status_code == 201, answer.text
    number = str(answer.get_json()["result"]["case"])
    city.entered(bank, number)
    return number


def stats(city: Town, institution: str, query: str = "", scope: str = "officer") -> dict[str, Any]:
    """Return a report."""
    answer = city.caller(institution, scope).get(f"/v1/stats{query}")
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


def test_the_registry_reads_what_a_recount_of_its_log_finds(city: Town) -> None:
    entered(city, shared=["id-card", "marriage"])
    found = stats(city, "hz-registry", "?by=act,office,channel")
    node = city.nodes["hz-registry"]
    handling = Handling(OFFICER)
    handling.add(node.store.entries(0, found["entries"]))
    days = Days(policy_in_force(node.register))
    expected = report(handling, EVER, ("act", "office", "channel"), days)
    assert {name: found[name] for name in expected} == expected
    assert found["all"]["shared_papers"] >= 2
    assert found["all"]["automatic"]["count"] >= 1
    keys = [tuple(one["key"].values()) for one in found["groups"]]
    assert ("mortgage.set", "bank-a/counter-01", "outlet") in keys
    assert (found["by"], found["only"]) == (["act", "office", "channel"], None)
    assert set(found["formulas"]) == set(FORMULAS)


def test_a_later_report_has_what_came_since(city: Town) -> None:
    before = stats(city, "hz-registry")["all"]
    entered(city)
    after = stats(city, "hz-registry")["all"]
    assert after["entered"] == before["entered"] + 1
    assert after["total_time"]["sum_ms"] > before["total_time"]["sum_ms"]


def test_a_bank_sees_its_own_cases_and_an_auditor_all(city: Town) -> None:
    entered(city, "bank-a")
    entered(city, "bank-b")
    whole = stats(city, "hz-registry")
    own = {bank: stats(city, bank, "?by=office") for bank in ("bank-a", "bank-b")}
    for bank, found in own.items():
        assert found["only"] == bank
        assert {one["key"]["office"].split("/")[0] for one in found["groups"]} == {bank}
        assert found["coverage"] == whole["coverage"]
    assert sum(found["all"]["entered"] for found in own.values()) <= whole["all"]["entered"]
    assert stats(city, "bank-b", scope="auditor")["only"] is None
    assert stats(city, "hz-tax")["all"]["accepted"] == 0


def test_a_period_is_of_whole_days(city: Town) -> None:
    entered(city)
    assert stats(city, "hz-registry", "?from=2020-01-01&to=2020-12-31")["all"]["accepted"] == 0
    assert stats(city, "hz-registry", "?from=2020-01-01")["all"]["accepted"] > 0
    assert stats(city, "hz-registry", "?to=2099-12-31")["all"]["accepted"] > 0


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("?from=2026-02-30", "#/from"),
        ("?to=2026-13-01", "#/to"),
        ("?from=2026-11-02&to=2026-11-01", "#/to"),
        ("?from=yesterday", "#/from"),
        ("?by=officer", "#/by"),
        ("?by=act,act", "#/by"),
        ("?by=", "#/by"),
        ("?since=2026-01-01", "#/since"),
    ],
)
def test_a_question_that_is_none_names_the_place(city: Town, query: str, where: str) -> None:
    answer = city.caller("hz-registry").get(f"/v1/stats{query}")
    assert answer.status_code == 422, answer.text
    assert where in [one["pointer"] for one in answer.get_json()["errors"]]


def test_a_case_is_rated_once_when_it_is_decided(city: Town) -> None:
    number = entered(city)
    bank, place = city.caller("bank-a"), f"/v1/cases/{number}/rate"
    before = stats(city, "hz-registry")["all"]["ratings"]
    for wrong in (0, 6, "5", None, 4.5):
        assert bank.post(place, {"score": wrong}).status_code == 422
    assert city.caller("hz-tax").post(place, {"score": 5}).status_code == 403
    assert city.caller("bank-b").post(place, {"score": 5}).status_code == 404
    done = bank.post(place, {"score": 4})
    assert done.status_code == 201, done.text
    city.everywhere(done.get_json()["index"])
    assert bank.get(f"/v1/cases/{number}").get_json()["rating"] == 4
    again = bank.post(place, {"score": 5})
    assert (again.status_code, again.get_json()["code"]) == (422, "case-rated")
    after = stats(city, "hz-registry")["all"]["ratings"]
    assert after == {**before, "4": before["4"] + 1}


@pytest.mark.parametrize("shared", ["id-card", [""], ["身份证"], ["x"] * 33, [7]])
def test_shared_papers_are_codes(city: Town, shared: Any) -> None:
    answer = city.mortgage(city.title(), shared=shared)
    assert answer.status_code == 422, answer.text


def test_a_draft_keeps_the_papers_that_were_shared(city: Town) -> None:
    act = {"act": "mortgage.discharge", "mortgage": "M-441302-20260101-999999-1"}
    body = {"district": "441302", "channel": "outlet", "acts": [act], "shared": ["id-card"]}
    drafted = city.caller("bank-a").post("/v1/drafts", body)
    assert drafted.status_code == 200, drafted.text
    assert drafted.get_json()["body"]["data"] == body
    plain = city.caller("bank-a").post("/v1/drafts", {**body, "shared": []})
    assert "shared" not in plain.get_json()["body"]["data"]
