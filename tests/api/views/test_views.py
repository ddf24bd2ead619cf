"""What each institution may see, over real nodes: flags, structure, ranks, cases, and one 404 for hidden and absent."""

import time
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from werkzeug.test import TestResponse

from dengbu.api.views.views import Viewer
from dengbu.ledger.law.calendar import legal_date
from tests.api.town import UNITS, Town
from tests.ledger.recorded import recorded
from tests.worlds import UNIT, transfer_act

FLAGS = {
    *("registered", "mortgaged", "seized", "disputed", "frozen", "objected", "promised", "encumbered"),
    *("ordered", "pending"),
}
UNKNOWN_CASE = "441302-20260101-999999"


def _body(answer: TestResponse) -> dict[str, Any]:
    """Return a problem without what differs between requests."""
    return {name: value for name, value in answer.get_json().items() if name != "request_id"}


@pytest.fixture(scope="module")
def mortgaged(city: Town) -> dict[str, Any]:
    """A title with a mortgage of bank-a, entered."""
    title = city.title()
    answer = city.mortgage(title)
    assert answer.status_code == 201, answer.text
    case = city.entered("bank-a", answer.get_json()["result"]["case"])
    return {**title, "case": case["number"], "decided": case["decided"]}


def test_a_stranger_bank_sees_flags_and_nothing_else(city: Town, mortgaged: dict[str, Any]) -> None:
    shown = city.caller("bank-b").get(f"/v1/units/{mortgaged['unit']}").get_json()
    assert set(shown) == {"code", "flags"}
    assert set(shown["flags"]) == FLAGS
    assert {name for name, yes in shown["flags"].items() if yes} == {"registered", "mortgaged"}


def test_a_unit_that_is_not_registered_answers_like_any_other(city: Town) -> None:
    answer = city.caller("bank-b").get(f"/v1/units/{UNITS[-1]}")
    assert answer.status_code == 200
    assert set(answer.get_json()["flags"].values()) == {False}
    assert set(answer.get_json()["flags"]) == FLAGS


def test_the_mortgagee_sees_the_structure(city: Town, mortgaged: dict[str, Any]) -> None:
    shown = city.caller("bank-a").get(f"/v1/units/{mortgaged['unit']}").get_json()
    assert shown["right"]["id"] == mortgaged["right"]
    assert [one["mortgagee"] for one in shown["mortgages"]] == ["bank-a"]
    assert shown["use"] == "dwelling"


def test_a_second_bank_sees_the_ranks_of_the_first_and_no_more(city: Town) -> None:
    title = city.title()
    first = city.mortgage(title, "bank-a").get_json()["result"]["case"]
    city.entered("bank-a", first)
    second = city.mortgage(title, "bank-b").get_json()["result"]["case"]
    city.entered("bank-b", second)
    seen = city.caller("bank-b").get(f"/v1/units/{title['unit']}").get_json()
    assert seen["mortgages"][0] == {"rank": 1, "status": "active"}
    assert seen["mortgages"][1]["mortgagee"] == "bank-b"
    assert "bank-a" not in city.caller("bank-b").get(f"/v1/units/{title['unit']}").text
    assert "bank-a" not in city.caller("bank-b").get(f"/v1/units/{title['unit']}/history").text
    assert city.caller("bank-b").get(f"/v1/cases/{first}").status_code == 404


def test_what_may_not_be_seen_answers_like_what_is_not_there(city: Town, mortgaged: dict[str, Any]) -> None:
    """Same status and same body, except for the id of the request."""
    bank, bureau = city.caller("bank-b"), city.caller("hz-tax")
    pairs = [
        (bank, f"/v1/cases/{mortgaged['case']}", f"/v1/cases/{UNKNOWN_CASE}"),
        (bank, f"/v1/cases/{mortgaged['case']}/receipt", f"/v1/cases/{UNKNOWN_CASE}/receipt"),
        (bank, f"/v1/receipts/{mortgaged['decided']}", "/v1/receipts/99999999"),
        (bank, f"/v1/units/{mortgaged['unit']}/history", f"/v1/units/{UNITS[-1]}/history"),
        (
            bank,
            f"/v1/cases/{mortgaged['case']}/private?purpose=loan-review",
            f"/v1/cases/{UNKNOWN_CASE}/private?purpose=loan-review",
        ),
        (bank, "/v1/events/bank-a/nothing", "/v1/events/bank-c/nothing"),
        (bureau, f"/v1/units/{mortgaged['unit']}", f"/v1/units/{UNITS[-1]}"),
        (bureau, f"/v1/cases/{mortgaged['case']}", f"/v1/cases/{UNKNOWN_CASE}"),
    ]
    for caller, hidden, absent in pairs:
        one, other = caller.get(hidden), caller.get(absent)
        assert (one.status_code, other.status_code) == (404, 404), hidden
        assert _body(one) == _body(other)
        assert len(one.data) == len(other.data)


def test_the_registry_sees_all(city: Town, mortgaged: dict[str, Any]) -> None:
    registry = city.caller("hz-registry")
    assert registry.get(f"/v1/units/{mortgaged['unit']}").get_json()["mortgages"][0]["mortgagee"] == "bank-a"
    assert registry.get(f"/v1/cases/{mortgaged['case']}").get_json()["acts"][0]["mortgagee"] == "bank-a"
    history = registry.get(f"/v1/units/{mortgaged['unit']}/history").get_json()["items"]
    assert [item["type"] for item in history] == ["title.import", "case.apply", "case.enter"]


def test_a_listing_holds_only_ones_own(city: Town, mortgaged: dict[str, Any]) -> None:
    for target in ("/v1/cases", "/v1/mortgages?mortgagee=mine", "/v1/worklists/bank", "/v1/events"):
        assert mortgaged["case"] not in city.caller("bank-b").get(target).text, target
    numbers = [
        item["number"] for item in city.caller("bank-a").get("/v1/cases?mine=true").get_json()["items"]
    ]
    assert mortgaged["case"] in numbers
    own = city.caller("bank-a").get("/v1/mortgages?mortgagee=mine").get_json()["items"]
    assert {item["mortgagee"] for item in own} == {"bank-a"}


def test_a_certificate_shows_the_right_and_another_banks_mortgage_does_not(
    city: Town, mortgaged: dict[str, Any]
) -> None:
    shown = city.caller("bank-b").get(f"/v1/certificates/{quote(mortgaged['certificate'])}").get_json()
    assert (shown["unit"], shown["right"]) == (mortgaged["unit"], mortgaged["right"])
    assert "name" not in str(shown["holders"])
    listed = city.caller("bank-a").get("/v1/mortgages?mortgagee=mine").get_json()["items"]
    number = next(item["certificate"] for item in listed if item["unit"] == mortgaged["unit"])
    assert city.caller("bank-a").get(f"/v1/certificates/{quote(number)}").get_json()["mortgagee"] == "bank-a"
    assert city.caller("bank-b").get(f"/v1/certificates/{quote(number)}").status_code == 404


def test_a_unit_in_the_past_is_shown_as_it_was(city: Town, mortgaged: dict[str, Any]) -> None:
    registry = city.caller("hz-registry")
    code, decided = mortgaged["unit"], mortgaged["decided"]
    assert registry.get(f"/v1/units/{code}?at_index={decided}").get_json()["mortgages"]
    assert registry.get(f"/v1/units/{code}?at_index={decided - 1}").get_json()["mortgages"] == []
    assert registry.get(f"/v1/units/{code}?at_index=0").status_code == 404
    assert registry.get(f"/v1/units/{code}?at=2000-01-01").status_code == 404
    assert registry.get(f"/v1/units/{code}?at=9999-12-30").get_json()["mortgages"]
    assert registry.get(f"/v1/units/{code}?at=2026-02-30").status_code == 422
    assert registry.get(f"/v1/units/{code}?at=2026-02-01&at_index=1").status_code == 422
    stranger = city.caller("bank-b").get(f"/v1/units/{code}?at_index={decided}").get_json()
    assert set(stranger) == {"code", "flags"}


def test_who_owned_a_unit_is_asked_by_valid_time_of_any_recorded_time(
    city: Town, mortgaged: dict[str, Any]
) -> None:
    registry = city.caller("hz-registry")
    place, decided = f"/v1/units/{mortgaged['unit']}", mortgaged["decided"]
    for known in ("", f"&at_index={decided}", "&at=9999-12-30"):
        shown = registry.get(f"{place}?valid=2020-05-06{known}").get_json()["valid"]
        assert (shown["on"], shown["right"]["id"]) == ("2020-05-06", mortgaged["right"])
        assert registry.get(f"{place}?valid=2020-05-05{known}").get_json()["valid"]["right"] is None
    assert "valid" not in registry.get(place).get_json()
    assert registry.get(f"{place}?valid=2020-05-06&at=2000-01-01").status_code == 404
    assert registry.get(f"{place}?valid=2020-02-30").get_json()["errors"][0]["pointer"] == "#/valid"
    stranger = city.caller("bank-b").get(f"{place}?valid=2020-05-06").get_json()
    assert set(stranger) == {"code", "flags"}


def test_a_day_to_come_is_shown_as_if_nothing_happened_until_then(city: Town) -> None:
    title, court = city.title(), city.nodes["hz-court"]
    until = legal_date(int(time.time() * 1000)) + timedelta(days=30)
    data = {"unit": title["unit"], "document": "(2026)1", "until": until.isoformat()}
    raw = court.sign("court.seize", data, event_id="seize-for-a-month")
    sent = city.caller("hz-court").call("POST", "/v1/events", raw, {"Prefer": "wait=10"})
    assert sent.status_code == 201, sent.text
    city.everywhere(sent.get_json()["index"])
    place = f"/v1/units/{title['unit']}"
    seized = [
        city.caller("bank-a").get(f"{place}?at={day.isoformat()}").get_json()["flags"]["seized"]
        for day in (until, until + timedelta(days=1))
    ]
    assert seized == [True, False]


def test_a_unit_that_was_read_is_not_sent_again_until_it_looks_otherwise(city: Town) -> None:
    title, registry = city.title(), city.caller("hz-registry")
    place = f"/v1/units/{title['unit']}"
    first = registry.get(place).headers["ETag"]
    assert registry.get(place, If_None_Match=first).status_code == 304
    applied = city.mortgage(title)
    assert applied.status_code == 201, applied.text
    city.everywhere(applied.get_json()["index"])
    again = registry.get(place, If_None_Match=first)
    assert (again.status_code, again.headers["ETag"] != first) == (200, True)


def test_the_feed_passes_over_what_is_not_ones_own(city: Town, mortgaged: dict[str, Any]) -> None:
    target = f"/v1/events?limit=100&after={mortgaged['decided'] - 10}"
    whole = city.caller("hz-registry").get(target).get_json()["items"]
    seen = city.caller("bank-b").get(target).get_json()["items"]
    first = city.caller("bank-b").get("/v1/events?limit=100").get_json()["items"]
    assert "network.genesis" in {item["type"] for item in first}
    assert all(
        item["actor"] in ("bank-b", "hz-registry")
        for item in (*first, *seen)
        if item["type"] != "network.genesis"
    )
    assert mortgaged["case"] in {item["case"] for item in whole}
    assert mortgaged["case"] not in {item["case"] for item in seen}


def test_personal_data_is_in_no_answer_but_the_private_one(city: Town, mortgaged: dict[str, Any]) -> None:
    for institution in city.nodes:
        for target in (
            f"/v1/units/{mortgaged['unit']}",
            f"/v1/cases/{mortgaged['case']}",
            "/v1/events?limit=100",
            "/v1/cases",
            f"/v1/certificates/{quote(mortgaged['certificate'])}",
            "/metrics",
            "/v1/worklists/bank",
        ):
            text = city.caller(institution).get(target).text
            assert "测试甲" not in text, (institution, target)
            assert "TEST0000001" not in text


def test_a_utility_company_is_told_on_its_feed_and_sees_no_more() -> None:
    town = recorded()
    for company in ("hz-water", "hz-gas"):
        town.join(company, "utility")
    sale = transfer_act(town.title(UNIT))
    told = {"act": "utilities.announce", "unit": UNIT, "accounts": [{"service": "water", "to": "hz-water"}]}
    number = town.accepted("hz-registry", sale, told)
    town.clear(number)
    assert town.enter(number).outcome == "entered"
    water, gas = (Viewer(one, "utility", town.register, town.time) for one in ("hz-water", "hz-gas"))
    shown = water.case(town.case(number))
    assert shown is not None
    assert shown["acts"] == [{"act": "transfer", "unit": UNIT}, told]
    assert (shown["consents"], shown["agents"]) == ([], [])
    assert gas.case(town.case(number)) is None
    assert (water.unit(UNIT), gas.unit(UNIT)) == (None, None)
    entered = town.entries[-1]
    line = water.entry(entered)
    assert line is not None
    assert line["result"]["utilities"] == [{"unit": UNIT, "service": "water", "to": "hz-water"}]
    assert gas.entry(entered) is None
