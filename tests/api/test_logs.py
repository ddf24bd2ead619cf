"""What a node's log says of a case: who asked, by which request, about which case, and never a person."""

import json
import logging
from collections.abc import Iterator

import pytest

from dengbu.ledger.cases.cases import DESK
from tests.api.routes.test_tax import BUYER, act, sale
from tests.api.town import PEOPLE, Town
from tests.log_lines import Written, written_lines
from tests.waiting import until

NEVER = {one[part] for one in (*PEOPLE, BUYER) for part in ("name", "id_no")}


@pytest.fixture
def written() -> Iterator[Written]:
    with written_lines() as lines:
        yield lines


def test_every_line_of_a_request_says_who_asked_and_about_which_case(city: Town, written: Written) -> None:
    title = city.title()
    bank = city.caller("bank-a")
    number = city.mortgage(title).get_json()["result"]["case"]
    city.entered("bank-a", number)
    answer = bank.get(f"/v1/cases/{number}/private?purpose=loan-review", X_Request_ID="outlet-7.0001")
    assert answer.status_code == 200
    assert answer.headers["X-Request-ID"] == "outlet-7.0001"
    lines = written.of(event="http.request")
    assert lines
    for line in lines:
        assert {"request_id", "caller", "officer", "route", "status"} <= line.keys(), line
        assert ("case" in line) == ("/cases" in str(line["route"])), line
    mine = written.of(request_id="outlet-7.0001")
    assert [line["event"] for line in mine] == ["http.request"]
    assert (mine[0]["caller"], mine[0]["officer"], mine[0]["case"]) == (
        bank.signer.key_id,
        "officer-01",
        number,
    )
    applied = written.of(route="/v1/cases", method="POST", case=number)
    assert len(applied) == 1, "the case that came of an application is on its line"
    assert applied[0]["event_id"]


def test_the_desk_says_which_case_it_sends_and_which_it_leaves(city: Town, written: Written) -> None:
    number = city.mortgage(city.title()).get_json()["result"]["case"]
    city.entered("bank-a", number)
    assert written.of(event="desk.sent", case=number)
    left = sale(city)
    until(lambda: written.of(event="desk.left", case=left), "the desk leaves a sale to a person")
    assert not [line for line in written.lines if line.get("officer") == DESK], "the desk is no caller"


def test_what_a_request_leaves_in_its_thread_is_not_the_next_ones(city: Town, written: Written) -> None:
    city.caller("bank-a").get("/v1/institutions", X_Request_ID="the-first-one")
    logging.getLogger("dengbu.node").info("node.between")
    between = written.of(event="node.between")
    assert "request_id" not in between[0]
    assert "caller" not in between[0]
    city.apps["bank-a"].test_client().get("/v1/institutions")
    unsigned = written.of(event="http.request", status=401)
    assert "caller" not in unsigned[-1]
    assert unsigned[-1]["request_id"] != "the-first-one"


def test_an_address_of_another_form_is_not_logged_as_a_case(city: Town, written: Written) -> None:
    city.caller("bank-a").get("/v1/cases/TEST0000001")
    city.caller("bank-a").get("/v1/cases/2026-zhangsan/private?purpose=audit")
    lines = written.of(event="http.request")
    assert len(lines) == 2
    assert not [line for line in lines if "case" in line]


def test_no_name_and_no_number_of_a_person_is_in_any_line(city: Town, written: Written) -> None:
    """A mortgage and a taxed sale with everything that can be asked about them, and requests that fail at a name."""
    registry, tax = city.caller("hz-registry"), city.caller("hz-tax")
    title = city.title(holders=2)
    number = city.mortgage(title).get_json()["result"]["case"]
    city.entered("bank-a", number)
    sold = sale(city)
    deal = tax.get(f"/v1/deals/{sold}").get_json()
    amounts = {"value": {"due_fen": {"deed": 3, "iit": 1}}, "to": ["hz-registry", "hz-tax"]}
    assessed = {
        "version": deal["version"] + 1,
        "gates": {"deed": "due", "iit": "due"},
        "private": {"amounts": amounts},
    }
    act(city, sold, "assess", assessed)
    for caller, place in ((registry, number), (registry, sold), (tax, sold)):
        assert caller.get(f"/v1/cases/{place}/private?purpose=review").status_code == 200
    name, id_no = PEOPLE[0]["name"], PEOPLE[0]["id_no"]
    wrong = [
        registry.call("POST", "/v1/holder-references", {"unit": name, "id_type": "2", "id_no": id_no}),
        registry.post("/v1/cases", {"district": name, "channel": id_no, "acts": [{"act": name}]}),
        registry.post(f"/v1/cases/{sold}/refuse", {"reason": name}),
        registry.post("/v1/events", {"body": {"officer": name, "data": {"who": id_no}}}),
        registry.get(f"/v1/cases/{id_no}/private?purpose={id_no}"),
    ]
    assert all(400 <= one.status_code < 500 for one in wrong), [one.text for one in wrong]
    text = "\n".join(written.texts)
    assert len(written.texts) > 20
    assert number in text
    assert not [one for one in NEVER if one in text or json.dumps(one)[1:-1] in text]
