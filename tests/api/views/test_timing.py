"""Case clocks over the API: suspended and resumed, read for any day, and the list of what is nearly overdue."""

import time

import msgspec
import pytest

from dengbu.ledger.log.envelope import seal
from dengbu.ledger.register.records import encode
from dengbu.ledger.rules.policies import policy_in_force
from dengbu.nodes.home.keystore import GOVERNANCE
from tests.api.town import NET, Town, sale_of

FAR = "2031-01-31"  # by then every case of this test has used up its days


def applied(city: Town) -> str:
    """Apply for a gift whose taxes are not cleared; return the case number."""
    title = city.title()
    act = sale_of(title, "0" * 64) | {"cause": "gift"}
    answer = city.caller("hz-registry").post(
        "/v1/cases", {"district": "441302", "channel": "counter", "acts": [act]}
    )
    assert answer.status_code == 201, answer.text
    return str(answer.get_json()["result"]["case"])


def test_a_requisition_stops_the_clock_until_it_is_answered(city: Town) -> None:
    registry = city.caller("hz-registry")
    number = applied(city)
    place = f"/v1/cases/{number}"
    clock = registry.get(f"{place}/clock").get_json()
    assert (clock["used"], clock["limit"], clock["level"], clock["waits"]) == (0, 5, "green", ["tax"])
    asked = {"ground": "requisition", "items": ["survey-report"]}
    assert registry.post(f"{place}/suspend", asked).status_code == 201
    assert registry.get(place).get_json()["suspended"] == "requisition"
    assert registry.get(f"{place}/clock?at={FAR}").get_json()["waits"] == ["tax", "requisition"]
    again = registry.post(f"{place}/suspend", asked)
    assert (again.status_code, again.get_json()["code"]) == (422, "case-suspended")
    entry = registry.post(f"{place}/enter", If_Match=registry.get(place).headers["ETag"])
    assert "case-suspended" in [reason["name"] for reason in entry.get_json()["reasons"]]
    note = {"note": {"value": {"survey": "filed"}, "to": ["hz-registry"]}}
    assert registry.post(f"{place}/resume", {"private": note}).status_code == 201
    assert registry.get(place).get_json()["suspended"] is None
    assert registry.get(f"{place}/clock").get_json()["waits"] == ["tax"]
    assert registry.post(f"{place}/resume").get_json()["code"] == "case-not-suspended"


def test_what_is_nearly_overdue_is_listed_at_the_day_asked_for(city: Town) -> None:
    number = city.mortgage(city.title()).get_json()["result"]["case"]
    city.entered("bank-a", number)
    decided = city.caller("bank-a").get(f"/v1/cases/{number}/clock?at={FAR}").get_json()
    assert (decided["used"], decided["waits"], decided["level"]) == (0, [], "green")
    assert decided["registry_ms"] == decided["decided_at"] - decided["accepted_at"]
    waiting = applied(city)
    first = {
        "act": "unit.first", "unit": "441302001001GB09999F00010001", "use": "shop", "area_cm2": 1,
        "mode": "single", "holders": [{"ref": "0" * 64, "share": "1/1"}],
    }  # fmt: skip
    body = {"district": "441302", "channel": "counter", "acts": [first]}
    counted = city.caller("hz-registry").post("/v1/cases", body).get_json()["result"]["case"]
    for query in (f"at={FAR}", f"at={FAR}&level=red"):
        listing = {str(item["case"]): item for item in listed(city, query)}
        assert waiting not in listing, "it waits for its tax"
        assert number not in listing, "it is decided"
        assert listing[counted]["acts"] == ["unit.first"]
        assert (listing[counted]["level"], listing[counted]["overdue"]) == ("red", True)
        assert (listing[counted]["statutory_overdue"], listing[counted]["provisional"]) == (True, True)
    assert listed(city, "") == []


def listed(city: Town, query: str) -> list[dict[str, object]]:
    """Return the list for a query."""
    items = city.caller("hz-registry").get(f"/v1/worklists/overdue?{query}").get_json()["items"]
    assert isinstance(items, list)
    return items


@pytest.mark.parametrize("at", ["2026-02-30", "tomorrow", "2026-1-1"])
def test_a_day_that_is_none_is_said_to_be_none(city: Town, at: str) -> None:
    answer = city.caller("hz-registry").get(f"/v1/worklists/overdue?at={at}")
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"].endswith("at")


def test_only_the_registry_sees_the_list_and_suspends(city: Town) -> None:
    bank = city.caller("bank-a")
    assert bank.get("/v1/worklists/overdue").status_code == 403
    body = {"ground": "requisition", "items": ["x"]}
    assert bank.post("/v1/cases/441302-20261122-000001/suspend", body).status_code == 403


def promise(city: Town, **limits: int) -> None:
    """Have the members put a policy in force that promises this many days for these acts."""
    node = city.nodes["hz-registry"]
    policy = policy_in_force(node.register)
    changed = msgspec.structs.replace(policy, version=policy.version + 1, limits=limits)
    body = {
        "v": 1, "net": NET, "type": "policy.set", "id": f"policy-{changed.version}", "actor": "hz-registry",
        "not_after": int(time.time() * 1000) + 60_000, "data": {"policy": msgspec.json.decode(encode(changed))},
    }  # fmt: skip
    signers = [one.keystore.signer(GOVERNANCE) for one in city.nodes.values()]
    answer = city.caller("hz-registry").post("/v1/events", seal(body, signers), key=body["id"])
    assert answer.status_code == 201, answer.text
    city.everywhere(answer.get_json()["index"])


def test_what_was_promised_at_acceptance_stays_promised(city: Town) -> None:
    registry, before = city.caller("hz-registry"), applied(city)
    try:
        promise(city, transfer=9)
        after = applied(city)
        limits = [registry.get(f"/v1/cases/{one}/clock").get_json()["limit"] for one in (before, after)]
        assert limits == [5, 9]
    finally:
        promise(city)
