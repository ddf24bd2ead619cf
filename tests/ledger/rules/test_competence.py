"""全城通办: every office and outlet accepts for every district, and only the competent offices decide."""

from typing import Any

import pytest

from dengbu.ledger.register.records import Certificate
from dengbu.ledger.transition import Decision
from tests.worlds import UNIT, World, codes, holder, mortgage_act, policy, ref, the_right, transfer_act, world

R, B1 = "hz-registry", "bank-a"
HUIYANG, BOLUO = "441303004012GB00123F00120345", "441322001001GB00001F00010001"
DISTRICTS = ["441302", "441303", "441322"]
DECIDING = {"441302": ["hall", "city"], "441322": ["boluo", "city"]}


@pytest.fixture
def town() -> World:
    """A city of three districts, two of which name the offices that decide; each has a title."""
    made = world()
    made.govern(
        "policy.set", {"policy": {**policy(), "version": 2, "districts": DISTRICTS, "deciding": DECIDING}}
    )
    for unit in (UNIT, HUIYANG, BOLUO):
        made.title(unit)
    return made


def applied(town: World, unit: str, *, at: str, by: str = B1, district: str | None = None) -> Decision:
    """Apply at an office for a mortgage on a unit, under the unit's district if none is given; return the decision."""
    return town.apply(by, mortgage_act(the_right(town, unit)), district=district or unit[:6], office=at)


def case_of(town: World, unit: str, at: str = "outlet-7") -> str:
    """Have a mortgage accepted; return its case."""
    done = applied(town, unit, at=at)
    assert done.outcome == "accepted", codes(done)
    return str(done.result["case"])


def decide(town: World, event: str, case: str, office: str | None, **data: Any) -> list[str]:
    """Return why the registry may not do this at an office; nothing is applied."""
    body = {"office": office} if office else {}
    return codes(town.judge(town.envelope(R, event, {"case": case, **data}, **body)))


@pytest.mark.parametrize("unit", [UNIT, HUIYANG, BOLUO])
@pytest.mark.parametrize("at", ["outlet-7", "hall", "boluo", "daya-bay"])
def test_every_office_and_outlet_accepts_for_every_district(town: World, unit: str, at: str) -> None:
    done = applied(town, unit, at=at)
    case = town.case(done.result["case"])
    assert (case.number[:6], case.district, case.office) == (unit[:6], unit[:6], at)


WHO: list[tuple[str, str | None, list[str]]] = [
    (UNIT, "hall", []),
    (UNIT, "city", []),
    (UNIT, "boluo", ["office-not-competent"]),
    (UNIT, "outlet-7", ["office-not-competent"]),
    (UNIT, None, ["office-not-competent"]),
    (BOLUO, "boluo", []),
    (BOLUO, "city", []),
    (BOLUO, "hall", ["office-not-competent"]),
    (HUIYANG, "hall", []),  # the policy names no office for this district, so any may decide
    (HUIYANG, None, []),
]


@pytest.mark.parametrize(("unit", "office", "expected"), WHO)
def test_only_a_competent_office_reviews_suspends_refuses_and_enters(
    town: World, unit: str, office: str | None, expected: list[str]
) -> None:
    case = case_of(town, unit)
    asked = {"ground": "requisition", "items": ["loan-contract"]}
    grounds = [{"law": "REG-22-1", "text_code": "illegal"}]
    assert decide(town, "case.review", case, office) == expected
    assert decide(town, "case.suspend", case, office, **asked) == expected
    assert decide(town, "case.refuse", case, office, grounds=grounds) == expected
    assert decide(town, "case.enter", case, office) == expected


def test_an_applicant_withdraws_where_he_applied(town: World) -> None:
    case = case_of(town, BOLUO)
    assert codes(town.do(B1, "case.withdraw", {"case": case}, office="outlet-7")) == []


def test_a_case_across_districts_is_for_an_office_competent_in_both(town: World) -> None:
    one, two = the_right(town, UNIT), the_right(town, BOLUO)
    here = transfer_act(one, cause="exchange", against=BOLUO)
    there = transfer_act(two, "second buyer", cause="exchange", against=UNIT)
    case = town.accepted(R, here, there, office="hall")
    town.clear(case)
    assert decide(town, "case.enter", case, "hall") == ["office-not-competent"]
    assert decide(town, "case.enter", case, "boluo") == ["office-not-competent"]
    assert decide(town, "case.enter", case, "city") == []


def test_a_case_is_put_under_the_district_in_which_a_unit_lies(town: World) -> None:
    assert codes(applied(town, BOLUO, at="hall", district="441302")) == ["district-elsewhere"]
    assert codes(applied(town, BOLUO, at="hall", district="440106")) == ["not-competent"]


def test_a_county_issues_certificates_in_its_own_name(town: World) -> None:
    places = {"certificate_places": {"441322": "博罗县"}}
    town.govern("policy.set", {"policy": {**policy(), "version": 3, "districts": DISTRICTS, **places}})
    issued = [
        town.enter(case_of(town, unit)).result["certificates"][0]["number"] for unit in (UNIT, BOLUO, HUIYANG)
    ]
    assert issued == [
        "粤(2026)惠州市不动产证明第0000001号",
        "粤(2026)博罗县不动产证明第0000001号",
        "粤(2026)惠州市不动产证明第0000002号",
    ]
    assert town.one(Certificate, issued[1]).unit == BOLUO


BAD: list[dict[str, Any]] = [
    {"deciding": {"440106": ["hall"]}},
    {"deciding": {"441302": []}},
    {"deciding": {"441302": ["惠城"]}},
    {"deciding": {"441302": [f"o-{n}" for n in range(401)]}},
    {"certificate_places": {"44132": "惠州市"}},
    {"certificate_places": {"441302": ""}},
]


@pytest.mark.parametrize("changed", BAD)
def test_a_policy_that_names_nobody_is_refused(town: World, changed: dict[str, Any]) -> None:
    asked = {**policy(), "version": 3, "districts": DISTRICTS, **changed}
    assert codes(town.govern("policy.set", {"policy": asked})) == ["policy-invalid"]


@pytest.mark.parametrize("seller", ["person", "enterprise"])
def test_an_enterprise_is_a_party_like_a_person_at_any_office(town: World, seller: str) -> None:
    act = transfer_act(the_right(town, BOLUO), seller=seller, holders=[holder("collective")])
    done = town.apply(R, act, district="441322", office="hall")
    assert codes(done) == []
    town.clear(done.result["case"]) if seller == "person" else None
    expected = [] if seller == "person" else ["tax-not-cleared", "lvat-not-cleared"]
    assert decide(town, "case.enter", done.result["case"], "boluo") == expected
    assert town.case(done.result["case"]).acts[0]["holders"][0]["ref"] == ref("collective")
