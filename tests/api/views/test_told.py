"""Real nodes show an entry that touches a bank's mortgage on its feed, as far as it may see, and on no other feed."""

import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.api.routes.test_tax import act, assessed, cited, sale
from tests.api.town import PEOPLE, Caller, Town
from tests.api.views.test_feed import _events

DUE = {"deed": 1_200_000, "iit": 1_200_000}
STRANGERS = ("bank-b", "hz-court")


def _feed(caller: Caller, after: int) -> list[dict[str, Any]]:
    return list(caller.get(f"/v1/events?after={after}&limit=100").get_json()["items"])


@pytest.fixture(scope="module")
def sold(city: Town) -> dict[str, Any]:
    """A flat with a mortgage of bank-a that is sold: its title, the entry, and the registry's answer."""
    title = city.title()
    city.entered("bank-a", city.mortgage(title).get_json()["result"]["case"])
    number, registry = sale(city, title), city.caller("hz-registry")
    assessed(city, number, DUE)
    vouchers = (("deed", "1", "payment"), ("iit", "2", "payment"))
    act(city, number, "clear", cited(number, *vouchers, version=1, **DUE))
    place = f"/v1/cases/{number}"
    entered = registry.post(f"{place}/enter", If_Match=registry.get(place).headers["ETag"])
    assert entered.status_code == 201, entered.text
    city.everywhere(entered.get_json()["index"])
    (mortgage,) = registry.get(f"/v1/units/{title['unit']}").get_json()["mortgages"]
    return {**title, "mortgage": mortgage["id"], "case": number, **entered.get_json()}


def test_the_mortgagee_finds_the_sale_everywhere(city: Town, sold: dict[str, Any]) -> None:
    bank, index = city.caller("bank-a"), sold["index"]
    (line,) = [one for one in _feed(bank, index - 1) if one["index"] == index]
    assert line["units"] == [sold["unit"]]
    assert line["acts"] == [{"act": "transfer", "unit": sold["unit"]}]
    assert line["concerns"] == [sold["mortgage"]]
    assert (line["actor"], line["id"]) == ("hz-registry", sold["id"])
    answer = bank.get(f"/v1/events?after={index - 1}", Accept="text/event-stream")
    streamed = next(_events(answer, 1))
    answer.close()
    assert (streamed["id"], json.loads(streamed["data"])) == (str(index), line)
    waited = bank.get(f"/v1/events?after={index - 1}&wait=5").get_json()["items"]
    assert line in waited
    by_unit = bank.get(f"/v1/events?unit={sold['unit']}&type=case.enter").get_json()["items"]
    assert line in by_unit
    assert line in bank.get(f"/v1/events?case={sold['case']}").get_json()["items"]
    assert line in bank.get(f"/v1/units/{sold['unit']}/history").get_json()["items"]
    single = bank.get(f"/v1/events/hz-registry/{sold['id']}").get_json()
    assert single == {"status": "final", **line}


def test_it_sees_no_more_than_that(city: Town, sold: dict[str, Any]) -> None:
    bank = city.caller("bank-a")
    answers: list[TestResponse] = [
        bank.get(f"/v1/events?after={sold['index'] - 1}&limit=1"),
        bank.get(f"/v1/events/hz-registry/{sold['id']}"),
    ]
    for answer in answers:
        assert answer.status_code == 200
        for hidden in ("result", "receipt", "private", "rights", "certificates", "holders", *sold["refs"]):
            assert hidden not in answer.text
        assert PEOPLE[0]["name"] not in answer.text
    for place in (f"/v1/receipts/{sold['index']}", f"/v1/cases/{sold['case']}", f"/v1/deals/{sold['case']}"):
        assert bank.get(place).status_code in (403, 404), place
    applied = city.caller("hz-registry").get(f"/v1/cases/{sold['case']}").get_json()["applied"]
    assert applied not in [one["index"] for one in _feed(bank, -1)], "what is only applied for is not told"


def test_nobody_else_sees_it(city: Town, sold: dict[str, Any]) -> None:
    for stranger in STRANGERS:
        caller = city.caller(stranger)
        assert sold["index"] not in [one["index"] for one in _feed(caller, sold["index"] - 1)]
        assert sold["index"] not in [one["index"] for one in _feed(caller, -1)]
        for query in (f"unit={sold['unit']}", f"case={sold['case']}"):
            assert caller.get(f"/v1/events?{query}").get_json()["items"] == []
        assert caller.get(f"/v1/events/hz-registry/{sold['id']}").status_code == 404
        assert caller.get(f"/v1/receipts/{sold['index']}").status_code == 404


def test_once_its_mortgage_has_ended_a_bank_is_told_no_more(city: Town, sold: dict[str, Any]) -> None:
    body = {
        "district": "441302",
        "channel": "outlet",
        "acts": [{"act": "mortgage.discharge", "mortgage": sold["mortgage"]}],
    }
    discharged = city.caller("bank-a").post("/v1/cases", body).get_json()
    ended = city.entered("bank-a", discharged["result"]["case"])["decided"]
    data = {"unit": sold["unit"], "document": "(2026)1", "until": "2028-11-22"}
    raw = city.nodes["hz-court"].sign("court.seize", data, event_id="seize-after-the-end")
    seized = city.caller("hz-court").call("POST", "/v1/events", raw, {"Prefer": "wait=10"}).get_json()
    city.everywhere(seized["index"])
    bank = city.caller("bank-a")
    lines = {one["index"]: one for one in bank.get("/v1/events?limit=100").get_json()["items"]}
    assert seized["index"] not in lines
    assert max(lines) == ended
    assert sold["index"] in lines, "what was told stays told"
    assert bank.get("/v1/events/hz-court/seize-after-the-end").status_code == 404
    assert seized["index"] in [one["index"] for one in _feed(city.caller("hz-court"), ended)]
