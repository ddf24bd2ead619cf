"""The document as a generator of clients reads it: names, servers, signatures, typed answers, problems with their members."""

import json
import re
from typing import Any

import jsonschema_rs
import pytest

from dengbu.api.edge.access import ROLES, access_of
from dengbu.api.edge.errors import CATALOGUE
from dengbu.api.edge.problem import CONTENT_TYPE
from dengbu.ledger.transition import EVENTS
from dengbu.nodes.home.config import SCOPES
from tests.api.described import CONVERTER, closed, operations, resolved
from tests.api.town import Town

Json = dict[str, Any]
SHAPES = ("Problem", "Blocked", "AlreadyImported", "NotAdmitted", "Refusal")
OF_WRITES = {"400", "401", "403", "409", "422", "429", "503"}


@pytest.fixture(scope="module")
def document(city: Town) -> Json:
    """The document that a node serves."""
    return dict(json.loads(city.apps["bank-a"].test_client().get("/openapi.json").data))


def test_it_begins_as_generators_want_it(document: Json) -> None:
    assert document["openapi"] == "3.1.0"
    assert document["info"]["title"].isascii()
    assert document["servers"] == [{"url": "/", "description": "本节点 this node"}]


def test_every_operation_has_a_name_of_its_own_and_a_summary(document: Json) -> None:
    names = [one["operationId"] for _, _, one in operations(document)]
    assert len(set(names)) == len(names) > 50
    assert [name for name in names if not re.fullmatch(r"[a-z]+(_[a-z]+)*", name)] == []
    assert [path for _, path, one in operations(document) if not one.get("summary")] == []


def test_every_json_answer_has_a_shape_with_members(document: Json) -> None:
    schemas, seen = document["components"]["schemas"], 0
    for _, path, operation in operations(document):
        done = {status: one for status, one in operation["responses"].items() if status < "300"}
        assert done, path
        for response in done.values():
            assert response["content"], path
            schema = response["content"].get("application/json", {}).get("schema")
            if schema is None:
                continue
            for one in schema.get("anyOf", [schema]):
                assert schemas[one["$ref"].rpartition("/")[2]]["properties"], path
                seen += 1
    assert seen > 40
    assert not {"Anything", "PageOut"} & schemas.keys()


def test_signatures_are_described_and_asked_for_where_they_are_checked(city: Town, document: Json) -> None:
    schemes = document["components"]["securitySchemes"]
    headers = {name: (one["type"], one["in"], one["name"]) for name, one in schemes.items()}
    assert headers == {
        "SignatureInput": ("apiKey", "header", "Signature-Input"),
        "Signature": ("apiKey", "header", "Signature"),
        "ContentDigest": ("apiKey", "header", "Content-Digest"),
    }
    app = city.apps["bank-a"]
    for rule in app.url_map.iter_rules():
        wanted = access_of(app.view_functions[rule.endpoint])
        item = document["paths"].get(CONVERTER.sub(r"{\1}", rule.rule), {})
        for method in (rule.methods or set()) & {"GET", "POST"}:
            if method.lower() not in item:
                continue
            operation = item[method.lower()]
            signed = {"SignatureInput", "Signature"} | (
                {"ContentDigest"} if "requestBody" in operation else set()
            )
            assert wanted is not None
            asked = [] if wanted.is_public else [{name: [] for name in sorted(signed)}]
            assert [dict(sorted(one.items())) for one in operation["security"]] == asked, rule.rule


def test_statuses_are_said_where_they_can_happen(document: Json) -> None:
    for method, path, operation in operations(document):
        said = operation["responses"].keys()
        assert ("401" in said) == bool(operation["security"]), path
        wanted = operation.get("x-access", {"scopes": SCOPES, "roles": ROLES})
        assert ("403" in said) == (set(wanted["scopes"]) < set(SCOPES) or set(wanted["roles"]) < ROLES), path
        if "requestBody" in operation:
            assert {"400", "413", "415", "422"} <= said, path
        if "{" in path and path != "/v1/tile/{level}/{place}":
            assert "404" in said, path
        if "202" in said:
            assert said >= OF_WRITES, path
        if method == "post":
            assert "429" in said, path
        names = {resolved(document, one)["name"] for one in operation["parameters"]}
        assert "X-Request-ID" in names, path
        assert ("If-Match" in names) == ({"412", "428"} <= said), path
        assert ("If-None-Match" in names) == ("304" in said), path
        assert ("Idempotency-Key" in names) == ("202" in said or path == "/v1/drafts"), path
        assert ("Last-Event-ID" in names) == (path == "/v1/events" and method == "get"), path


def test_every_problem_has_one_shape_with_its_code(document: Json) -> None:
    schemas = document["components"]["schemas"]
    codes = {name: set(schemas[name]["properties"]["code"]["enum"]) for name in SHAPES}
    assert sum(len(each) for each in codes.values()) == len(CATALOGUE)
    assert set().union(*codes.values()) == CATALOGUE.keys() == document["x-problems"].keys()
    base = set(schemas["Problem"]["required"])
    assert base >= {"type", "title", "status", "detail", "code", "action", "request_id"}
    more = {name: set(schemas[name]["required"]) - base for name in SHAPES}
    assert more == {
        "Problem": set(),
        "Blocked": {"problems"},
        "AlreadyImported": {"imported"},
        "NotAdmitted": {"number"},
        "Refusal": {"actor", "id", "index", "height", "time", "outcome", "reasons", "receipt"},
    }
    for name in SHAPES:
        assert "additionalProperties" not in schemas[name]


def test_every_shape_is_a_json_schema(document: Json) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert jsonschema_rs.meta.is_valid(schema), name


# A private part is what its event's type says (`x-private`), or any JSON; so is the value that a check found.
ANY_JSON = {("PrivatePartIn", "value"), ("Payload", "value"), ("Check", "value")}


def test_every_member_has_a_type_but_those_that_may_be_any_json(document: Json) -> None:
    typed = {"type", "$ref", "anyOf", "enum", "const"}
    untyped = {
        (name, member)
        for name, schema in document["components"]["schemas"].items()
        for member, one in schema.get("properties", {}).items()
        if not typed & one.keys()
    }
    assert untyped == ANY_JSON


def test_what_may_be_answered_lets_members_be_added(document: Json) -> None:
    """A generated client must read what a later node answers."""
    text = json.dumps(document["components"]["responses"])
    assert "additionalProperties" not in text
    for name in ("Case", "Unit", "Deal", "EventResult", "FeedEntry"):
        assert "additionalProperties" not in document["components"]["schemas"][name]


def test_every_type_of_event_and_every_private_part_has_its_shape(city: Town, document: Json) -> None:
    taken = document["paths"]["/v1/events"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert len(taken["anyOf"]) == len(EVENTS)
    whole = {**taken, "components": closed(document["components"])}
    validator = jsonschema_rs.Draft202012Validator(whole)
    seen = set()
    node = city.nodes["hz-registry"]
    for entry in node.ledger.feed(-1, 500):
        fault = next(validator.iter_errors(json.loads(entry.envelope.raw)), None)
        assert fault is None, (entry.envelope.body.type, fault)
        seen.add(entry.envelope.body.type)
    assert "network.genesis" in seen
    assert document["x-private"]["case.apply"].keys() == {"parties", "contract", "terms"}
    for parts in document["x-private"].values():
        for one in parts.values():
            assert document["components"]["schemas"][one["$ref"].rpartition("/")[2]]["properties"]


def test_an_unsigned_or_unknown_request_is_answered_with_a_problem_too(city: Town) -> None:
    client = city.apps["bank-a"].test_client()
    for answer in (client.get("/v1/cases"), client.get("/nowhere"), client.put("/v1/cases")):
        assert answer.content_type == CONTENT_TYPE
