"""What both API and ledger know is defined by the ledger: the API's document has its patterns, limits and choices."""

import json
from collections.abc import Iterator
from typing import Any, get_type_hints

import msgspec
import pytest
from marshmallow import Schema, ValidationError, fields

from dengbu.api.shapes import schemas, tax_schemas
from dengbu.api.shapes.headers import ANSWERED
from dengbu.api.shapes.of_ledger import Many, OfLedger, published
from dengbu.ledger.cases.cases import CaseApply, CaseRefuse
from dengbu.ledger.cases.ratings import CaseRate
from dengbu.ledger.cases.suspension import CaseSuspend
from dengbu.ledger.events.title_batches import TitleBatch
from dengbu.ledger.events.titles import ImportedRight, TitleImport
from dengbu.ledger.register.record import Holder
from dengbu.ledger.rules.rule import PRIVATE_PARTS_MAX
from dengbu.ledger.tax.assessment import Assess, Clear
from dengbu.ledger.tax.refunds import Clawback, ClawbackPaid, Overpayment, RefundRequest
from tests.api.town import Town
from tests.test_patterns import SHAPES

Json = dict[str, Any]
# Bodies, and the ledger data that the node makes of each.
BECOMES: dict[type[schemas.Strict], tuple[type[msgspec.Struct], ...]] = {
    schemas.CaseIn: (CaseApply,),
    schemas.RefuseIn: (CaseRefuse,),
    schemas.SuspendIn: (CaseSuspend,),
    schemas.RateIn: (CaseRate,),
    schemas.TitleIn: (TitleImport, ImportedRight),
    schemas.TitleBatchIn: (TitleBatch,),
    schemas.HolderIn: (Holder,),
    tax_schemas.AssessIn: (Assess,),
    tax_schemas.ClearIn: (Clear,),
    tax_schemas.RefundRequestIn: (RefundRequest,),
    tax_schemas.OverpaymentIn: (Overpayment,),
    tax_schemas.ClawbackIn: (Clawback,),
    tax_schemas.ClawbackPaidIn: (ClawbackPaid,),
}
SHARED = [
    (body, data, name)
    for body, several in BECOMES.items()
    for data in several
    for name in data.__struct_fields__
    if name in body().fields
    and name not in ("holders", "titles")  # the body holds persons, the event references
]
OF_THE_EDGE = {r'^"v[0-9]{1,15}"$'}  # an ETag


@pytest.fixture(scope="module")
def document(city: Town) -> Json:
    found: Json = city.apps["bank-a"].test_client().get("/openapi.json").get_json()
    return found


@pytest.mark.parametrize(
    ("body", "data", "name"), SHARED, ids=[f"{body.__name__}.{name}" for body, _, name in SHARED]
)
def test_a_member_is_published_as_the_ledger_has_it(
    document: Json, body: type[schemas.Strict], data: type[msgspec.Struct], name: str
) -> None:
    # Compare as JSON, in which an empty tuple is an empty list.
    shape, components = json.loads(json.dumps(published(get_type_hints(data, include_extras=True)[name])))
    schema = document["components"]["schemas"][body.__name__]
    assert {each: schema["properties"][name][each] for each in shape} == shape
    assert {each: document["components"]["schemas"][each] for each in components} == components
    default = next(one.default for one in msgspec.structs.fields(data) if one.name == name)
    assert (name in schema["required"]) == (default is msgspec.NODEFAULT)


def test_every_body_that_becomes_an_event_is_compared(document: Json) -> None:
    bodies = {
        shape["$ref"].rpartition("/")[2]
        for item in document["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict) and "requestBody" in operation
        for shape in [operation["requestBody"]["content"]["application/json"]["schema"]]
        if "$ref" in shape
    }
    # private parts alone; a person at a unit, of whom nothing is recorded; an event as the ledger has it
    alone = {"ResumeIn", "ReferenceIn", "CaseApplyEvent"}
    assert bodies == {body.__name__ for body in BECOMES} - {"HolderIn"} | alone


def _patterns(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (one for name, one in value.items() if name == "pattern" and isinstance(one, str))
        value = list(value.values())
    for each in value if isinstance(value, list) else ():
        yield from _patterns(each)


def test_every_published_pattern_is_one_of_the_ledger(document: Json) -> None:
    ledgers = {value.replace(r"\Z", "$") for where, value in SHAPES if where.startswith("ledger/")}
    of_headers = {form for _, form, _ in ANSWERED.values()}  # tests/api/shapes/test_examples.py compares each
    assert set(_patterns(document)) - ledgers - of_headers == OF_THE_EDGE


@pytest.mark.parametrize("serial", ["000001", "1234567", "123456789"])
def test_a_case_number_is_as_long_as_the_ledger_makes_it(city: Town, serial: str) -> None:
    caller, number = city.caller("hz-registry"), f"441302-20261122-{serial}"
    assert caller.get(f"/v1/events?case={number}").status_code == 200
    assert caller.get(f"/v1/events?case={number}0000").status_code == 422


def test_more_private_parts_than_an_event_carries_are_refused_where_they_are(city: Town) -> None:
    parts = {f"p{place}": {"value": 1, "to": ["hz-registry"]} for place in range(PRIVATE_PARTS_MAX + 1)}
    answer = city.caller("hz-registry").post("/v1/cases/441302-20261122-000001/resume", {"private": parts})
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.get_json()["errors"]] == ["#/private"]


def test_a_shape_of_the_ledger_takes_what_the_ledger_takes() -> None:
    member = OfLedger(get_type_hints(Assess, include_extras=True)["version"])
    assert member.deserialize(1) == 1
    for wrong in (0, True, "1", 1.5, None):
        with pytest.raises(ValidationError):
            member.deserialize(wrong)


TITLE = {
    "unit": "441302001001GB00200F00010001",
    "use": "dwelling",
    "area_cm2": 890_000,
    "mode": "single",
    "certificate": "粤(2020)惠州市不动产权第0000200号",
    "registered_on": "2020-05-06",
    "location": "惠州市惠城区测试路 1 号",
    "holders": [{"name": "测试甲", "id_type": "2", "id_no": "TEST0000001", "share": "1/1"}],
}
HOLDER = TITLE["holders"][0]  # type: ignore[index]
WRONG: list[dict[str, Any]] = [
    *({name: value} for name in TITLE for value in (None, "", 0, True, 1.5, [], {}, ["x"])),
    *({name: "x" * 201} for name in TITLE),
    *({"holders": [{**HOLDER, name: value}]} for name in HOLDER for value in (None, "", 1, "x" * 201)),
    *({"holders": [{**HOLDER, "more": 1}]}, {"holders": [{}]}, {"holders": [HOLDER] * 201}, {"more": 1}),
]


@pytest.mark.parametrize("changed", WRONG, ids=str)
def test_what_one_title_may_not_hold_no_title_of_many_may(changed: dict[str, Any]) -> None:
    """Many titles are looked at together; the faults are those of each alone, under its place."""
    title = {**TITLE, **changed}
    alone, among = (
        schemas.TitleIn().validate(title),
        schemas.TitleBatchIn().validate({"titles": [TITLE, title]}),
    )
    assert alone
    assert among == {"titles": {1: alone}}


def test_what_may_be_sent_alone_may_be_sent_among_many() -> None:
    most = {
        **TITLE,
        "mode": "joint",
        "location": "路" * 200,
        "holders": [{**HOLDER, "name": "名" * 100}] * 200,
    }
    for some in ([TITLE], [TITLE, most]):
        assert schemas.TitleBatchIn().load({"titles": some}) == {"titles": some}
        assert [schemas.TitleIn().load(title) for title in some] == some


@pytest.mark.parametrize(
    "field", [OfLedger(int), fields.String(required=True), fields.Integer(required=True)], ids=str
)
def test_many_objects_are_looked_at_together_only_if_every_member_has_a_known_shape(field: Any) -> None:
    schema = Schema.from_dict({"n": field})
    with pytest.raises(TypeError, match="n: not a required member"):
        Many(schema)
