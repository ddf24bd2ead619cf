"""Statements over the API: signed for the officer, refused by role before anything is signed; seizures as they stand; policy."""

import json
from typing import Any

import pytest

from dengbu.api.shapes.event_shapes import OTHERWISE, STATED
from dengbu.ledger.register.members import KeyClass
from dengbu.ledger.transition import EVENTS
from tests.api.shapes.test_patterns import Samples
from tests.api.town import Town

COURT, REGISTRY = "hz-court", "hz-registry"
PAPER, UNTIL = "(2026)粤13执1号", "2027-12-31"


def seizure(unit: str, **more: Any) -> dict[str, Any]:
    """A court's statement that it seizes a unit."""
    return {"type": "court.seize", "data": {"unit": unit, "document": PAPER, "until": UNTIL, **more}}


def test_what_is_stated_is_signed_for_the_officer_once(city: Town) -> None:
    unit = city.title()["unit"]
    first = city.caller(COURT).post("/v1/statements", seizure(unit), key="seize-1")
    again = city.caller(COURT).post("/v1/statements", seizure(unit), key="seize-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json() == again.get_json()
    entry = city.nodes[COURT].ledger.entry(first.get_json()["index"])
    assert entry is not None
    body = entry.envelope.body
    assert (body.actor, body.id, body.officer, body.data) == (
        COURT,
        "seize-1",
        "officer-01",
        seizure(unit)["data"],
    )
    other = city.caller(COURT).post("/v1/statements", seizure(unit, until="2028-01-01"), key="seize-1")
    assert (other.status_code, other.get_json()["code"]) == (422, "idempotency-key-reused")


@pytest.mark.parametrize("type_", STATED)
def test_nobody_states_what_his_role_may_not(city: Town, type_: str) -> None:
    document = city.apps[REGISTRY].test_client().get("/openapi.json").get_json()
    name = "".join(word.capitalize() for word in type_.replace("-", ".").split("."))
    body = Samples(document).value({"$ref": f"#/components/schemas/{name}Statement"})
    assert body["type"] == type_
    for institution, node in city.nodes.items():
        if node.role in STATED[type_].senders:
            continue
        before = city.nodes[REGISTRY].head.size
        answer = city.caller(institution).post("/v1/statements", body)
        assert (answer.status_code, answer.get_json()["code"]) == (403, "forbidden")
        assert city.nodes[REGISTRY].head.size == before


def test_every_type_that_no_other_route_makes_is_stated() -> None:
    assert set(EVENTS) == set(STATED) | {
        name
        for name, kind in EVENTS.items()
        if kind.signed_by == KeyClass.GOVERNANCE or name.partition(".")[0] in OTHERWISE
    }
    assert not [name for name in STATED if STATED[name].signed_by != KeyClass.EVENT]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#"),
        ([], "#"),
        ({"type": "court.seize"}, "#"),
        ({**seizure("0" * 28), "private": {}}, "#"),
        ({"type": "case.apply", "data": {}}, "#/type"),
        ({"type": "institution.admit", "data": {}}, "#/type"),
        ({"type": 1, "data": {}}, "#/type"),
        ({"type": "court.seize", "data": []}, "#/data"),
        (seizure("0" * 28, until="tomorrow"), "#/data/until"),
        (seizure("0" * 28, why="because"), "#/data"),
    ],
)
def test_what_is_no_statement_is_said_where_it_is_wrong(city: Town, body: Any, pointer: str) -> None:
    answer = city.caller(COURT).post("/v1/statements", json.dumps(body).encode())
    assert answer.status_code == 422, answer.text
    assert [one["pointer"] for one in answer.get_json()["errors"]] == [pointer]


def test_what_is_no_json_is_400(city: Town) -> None:
    answer = city.caller(COURT).post("/v1/statements", b"{")
    assert (answer.status_code, answer.get_json()["code"]) == (400, "malformed-request")


def test_seizures_are_listed_to_who_seized_and_to_the_registry(city: Town) -> None:
    unit = city.title()["unit"]
    for paper in ("1", "2"):
        answer = city.caller(COURT).post("/v1/statements", seizure(unit, document=paper))
        assert answer.status_code == 201, answer.text
    city.everywhere(answer.get_json()["index"])
    for institution in (COURT, REGISTRY):
        found = city.caller(institution).get(f"/v1/seizures?unit={unit}").get_json()["items"]
        assert [(one["document"], one["status"]) for one in found] == [("1", "effective"), ("2", "waiting")]
        only = city.caller(institution).get(f"/v1/seizures?unit={unit}&status=waiting").get_json()["items"]
        assert [one["document"] for one in only] == ["2"]
    released = {"type": "court.release", "data": {"seizure": found[0]["id"], "document": "3"}}
    assert city.caller(COURT).post("/v1/statements", released).status_code == 201
    found = city.caller(COURT).get(f"/v1/seizures?unit={unit}").get_json()["items"]
    assert [one["status"] for one in found] == ["released", "effective"]
    assert city.caller("bank-a").get("/v1/seizures").status_code == 403
    assert city.caller(COURT).get("/v1/seizures?status=lost").status_code == 422


def test_the_policy_in_force_is_open_to_every_member(city: Town) -> None:
    for institution in city.nodes:
        found = city.caller(institution).get("/v1/policy").get_json()
        assert (found["version"], found["active"]) == (1, len(city.nodes))
        assert set(found["witnesses"]) == set(city.nodes)
        assert found["rule_set_number"] >= 1
