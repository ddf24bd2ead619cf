"""Cases: acceptance, order on a unit, decisions, bundles, withdrawal and import; judging changes nothing."""

from typing import Any

import pytest

from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.cases.cases import UNNUMBERED
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register.encumbrances import Mortgage
from dengbu.ledger.register.members import POLICY_KEY, Policy
from dengbu.ledger.register.records import Case, Right, Unit
from tests.worlds import UNIT, UNIT_2, World, codes, holder, mortgage_act, ref, the_right, transfer_act


def right_of(town: World, unit: str = UNIT) -> Right:
    """Return the current right on a unit."""
    found = the_right(town, unit)
    assert isinstance(found, Right)
    return found


def test_a_case_number_names_district_day_and_serial(town: World) -> None:
    first = town.accepted("bank-a", mortgage_act(right_of(town)))
    second = town.accepted("bank-a", mortgage_act(right_of(town)))
    assert (first, second) == ("441302-20261122-000001", "441302-20261122-000002")
    town.time += 16 * 3_600_000  # past midnight of UTC+8
    assert town.accepted("bank-a", mortgage_act(right_of(town))) == "441302-20261123-000001"


def test_a_later_case_waits_for_an_earlier_one_on_the_unit(town: World) -> None:
    sale = town.accepted("hz-registry", transfer_act(right_of(town)))
    loan = town.accepted("bank-a", mortgage_act(right_of(town)))
    assert codes(town.enter(loan)) == ["earlier-case"]
    assert town.case(loan).state == "accepted"
    assert town.do("hz-registry", "case.withdraw", {"case": sale}).outcome == "recorded"
    assert town.enter(loan).outcome == "entered"


def test_a_discharge_waits_for_nobody(town: World) -> None:
    mortgage = town.mortgage()
    town.accepted("hz-registry", transfer_act(right_of(town)))
    town.entered("bank-a", {"act": "mortgage.discharge", "mortgage": mortgage})


def test_a_sold_right_cannot_be_mortgaged_by_the_seller(town: World) -> None:
    sale = town.accepted("hz-registry", transfer_act(right_of(town)))
    loan = town.accepted("bank-a", mortgage_act(right_of(town)))
    town.clear(sale)
    assert town.enter(sale).outcome == "entered"
    assert codes(town.enter(loan)) == ["right-ended"]


def test_a_bundle_is_entered_whole_or_not_at_all(town: World) -> None:
    mortgage = town.mortgage("bank-a")
    case = town.accepted(
        "bank-a", mortgage_act(right_of(town)), {"act": "mortgage.discharge", "mortgage": mortgage}
    )
    town.change(town.one(Unit, UNIT), disputed=True)
    before = dict(town.register.items())
    refused = town.enter(case)
    assert codes(refused) == ["disputed"]
    assert refused.reasons[0].at == {"act": 1}
    assert dict(town.register.items()) == before
    town.change(town.one(Unit, UNIT), disputed=False)
    done = town.enter(case)
    assert done.outcome == "entered", codes(done)
    assert town.one(Mortgage, mortgage).status == "discharged"
    assert [town.one(Mortgage, one["id"]).rank for one in done.result["mortgages"]] == [1]


def test_an_act_sees_what_the_acts_before_it_do(town: World) -> None:
    first = {
        "act": "unit.first", "unit": UNIT_2, "use": "dwelling", "area_cm2": 5, "mode": "single",
        "holders": [holder("developer")],
    }  # fmt: skip
    loan = {
        "act": "mortgage.set", "unit": UNIT_2, "right": f"R-{UNIT_2}-1", "mortgagee": "bank-a", "kind": "maximum",
        "no_transfer": False, "consent": [ref("developer")],
    }  # fmt: skip
    from tests.worlds import signer

    keys = [signer(one, "event") for one in ("hz-registry", "bank-a")]
    done = town.entered("hz-registry", first, loan, signers=keys)
    assert [one["act"] for one in done.result["certificates"]] == [1, 2]
    assert codes(
        town.apply("hz-registry", loan | {"unit": UNIT, "right": f"R-{UNIT}-1", "consent": [ref("owner")]})
    ) == ["mortgagee-did-not-sign"]


APPLY: list[tuple[str, str, dict[str, Any], list[str]]] = [
    ("another registry's district", "bank-a", {"district": "440106"}, ["not-competent"]),
    ("a tax bureau", "hz-tax", {}, ["not-authorised", "not-authorised", "mortgagee-did-not-sign"]),
]


@pytest.mark.parametrize(("what", "actor", "more", "expected"), APPLY)
def test_who_may_apply_where(
    town: World, what: str, actor: str, more: dict[str, Any], expected: list[str]
) -> None:
    assert codes(town.apply(actor, mortgage_act(right_of(town)), **more)) == expected


def test_a_bank_may_not_apply_for_a_transfer(town: World) -> None:
    assert codes(town.apply("bank-a", transfer_act(right_of(town)))) == ["not-authorised"]


def test_the_same_act_twice_in_a_case_is_refused(town: World) -> None:
    act = mortgage_act(right_of(town))
    assert codes(town.apply("bank-a", act, act)) == ["act-repeated"]
    mortgage = town.mortgage()
    twice = {"act": "mortgage.discharge", "mortgage": mortgage}
    assert codes(town.apply("bank-a", twice, twice)) == ["act-repeated", "mortgage-discharged"]


@pytest.mark.parametrize("case", ["000000-00000000-000000", "441302-20261122-000001", "-"])
def test_an_application_cannot_name_the_mortgage_that_it_asks_for(town: World, case: str) -> None:
    """The mortgage's id is made from the case's number, which is given at acceptance: naming it before is a guess."""
    act = mortgage_act(right_of(town))
    guess = {"act": "mortgage.discharge", "mortgage": f"M-{case}-1"}
    assert codes(town.apply("bank-a", act, guess)) == ["mortgage-unknown"]


def test_what_stands_for_the_number_of_a_case_without_one_cannot_be_written(town: World) -> None:
    act = {"act": "mortgage.discharge", "mortgage": f"M-{UNNUMBERED}-1"}
    with pytest.raises(NotAdmitted) as refused:
        town.apply("bank-a", mortgage_act(right_of(town)), act)
    assert refused.value.code is Code.MALFORMED_DATA


UNKNOWN = "441302-20261122-999999"
GROUNDS = [{"law": "REG-22-1", "text_code": "forged-papers"}]


@pytest.mark.parametrize(
    ("type_", "more"),
    [("case.enter", {}), ("case.review", {}), ("case.refuse", {"grounds": GROUNDS}), ("case.withdraw", {})],
)
def test_an_unknown_case_is_refused(town: World, type_: str, more: dict[str, Any]) -> None:
    assert codes(town.do("hz-registry", type_, {"case": UNKNOWN, **more})) == ["case-unknown"]


def test_a_decided_case_is_not_decided_again(town: World) -> None:
    case = town.accepted("bank-a", mortgage_act(right_of(town)))
    assert town.do("hz-registry", "case.refuse", {"case": case, "grounds": GROUNDS}).outcome == "recorded"
    assert town.case(case).state == "refused"
    for type_, more in [
        ("case.enter", {}),
        ("case.review", {}),
        ("case.refuse", {"grounds": GROUNDS}),
        ("case.withdraw", {}),
    ]:
        assert codes(town.do("hz-registry", type_, {"case": case, **more})) == ["case-decided"]
    assert town.one(Unit, UNIT).open_cases == ()


def test_withdrawal_is_the_applicants_or_the_registrys_until_entry(town: World) -> None:
    case = town.accepted("bank-a", mortgage_act(right_of(town)))
    assert codes(town.do("bank-b", "case.withdraw", {"case": case})) == ["not-applicant"]
    assert town.do("bank-a", "case.withdraw", {"case": case}).result["state"] == "withdrawn"
    other = town.accepted("bank-a", mortgage_act(right_of(town)))
    town.enter(other)
    assert codes(town.do("bank-a", "case.withdraw", {"case": other})) == ["already-entered"]


def test_a_review_is_taken_once(town: World) -> None:
    case = town.accepted("bank-a", mortgage_act(right_of(town)))
    assert town.do("hz-registry", "case.review", {"case": case}).outcome == "recorded"
    assert codes(town.do("hz-registry", "case.review", {"case": case})) == ["already-reviewed"]
    assert town.case(case).version == 2
    assert town.enter(case).outcome == "entered"


@pytest.mark.parametrize("type_", ["case.enter", "case.review", "title.import", "payload.erase"])
def test_only_the_registry_decides(town: World, type_: str) -> None:
    case = town.accepted("bank-a", mortgage_act(right_of(town)))
    right = {
        "mode": "single",
        "holders": [holder("x")],
        "certificate": "粤(2020)惠州市不动产权第0000009号",
        "registered_on": "2020-05-06",
    }
    data: dict[str, Any] = {
        "title.import": {"unit": UNIT_2, "use": "shop", "area_cm2": 1, "right": right},
        "payload.erase": {"commitments": ["0" * 64], "ground": "retention-over"},
    }.get(type_, {"case": case})
    assert codes(town.do("bank-a", type_, data))[0] == "not-authorised"


IMPORT: list[tuple[str, dict[str, Any], dict[str, Any], list[str]]] = [
    ("as it should be", {}, {}, []),
    ("a bad code", {"unit": "441302001001GB00000F00010002"}, {}, ["bad-unit-code"]),
    ("another county", {"unit": "441303001001GB00001F00010001"}, {}, ["not-competent"]),
    ("a registered unit", {"unit": UNIT}, {}, ["unit-registered"]),
    ("a bad certificate", {}, {"certificate": "第1号"}, ["bad-certificate"]),
    ("a used certificate", {}, {"certificate": "粤(2020)惠州市不动产权第0000002号"}, ["certificate-used"]),
    ("a number of next year", {}, {"certificate": "粤(2027)惠州市不动产权第0000002号"}, ["bad-certificate"]),
    (
        "the same in full-width brackets",
        {},
        {"certificate": "粤（2020）惠州市不动产权第0000002号"},
        ["certificate-used"],
    ),
    ("no such day", {}, {"registered_on": "2020-02-30"}, ["bad-date"]),
    ("tomorrow", {}, {"registered_on": "2026-11-23"}, ["bad-date"]),
    ("today", {}, {"registered_on": "2026-11-22"}, []),
    ("a holder twice", {}, {"mode": "joint", "holders": [holder("a"), holder("a")]}, ["holder-repeated"]),
    (
        "half a unit",
        {},
        {"mode": "shares", "holders": [holder("a", "1/4"), holder("b", "1/4")]},
        ["shares-sum"],
    ),
]


@pytest.mark.parametrize(("what", "changed", "right", "expected"), IMPORT)
def test_title_import(
    town: World, what: str, changed: dict[str, Any], right: dict[str, Any], expected: list[str]
) -> None:
    whole = {
        "mode": "single",
        "holders": [holder("x")],
        "certificate": "粤(2020)惠州市不动产权第0000009号",
        "registered_on": "2020-05-06",
    }
    data = {"unit": UNIT_2, "use": "shop", "area_cm2": 1, "right": {**whole, **right}, **changed}
    assert codes(town.do("hz-registry", "title.import", data)) == expected


OLD_LOAN = {
    "mortgagee": "bank-a",
    "kind": "maximum",
    "no_transfer": True,
    "certificate": "粤(2019)惠州市不动产证明第0000001号",
    "registered_on": "2019-03-04",
}
SECOND_LOAN = OLD_LOAN | {"mortgagee": "bank-b", "certificate": "粤(2021)惠州市不动产证明第0000002号"}
IMPORT_MORTGAGES: list[tuple[str, list[dict[str, Any]], list[str]]] = [
    ("two", [OLD_LOAN, SECOND_LOAN], []),
    ("one number for both", [OLD_LOAN, OLD_LOAN], ["certificate-used"]),
    (
        "the title's own number",
        [OLD_LOAN | {"certificate": "粤(2020)惠州市不动产权第0000009号"}],
        ["bad-certificate", "certificate-used"],
    ),
    (
        "a title's kind of number",
        [OLD_LOAN | {"certificate": "粤(2020)惠州市不动产权第0000010号"}],
        ["bad-certificate"],
    ),
    ("a bad number", [OLD_LOAN | {"certificate": "no. 1"}], ["bad-certificate"]),
    ("tomorrow", [OLD_LOAN | {"registered_on": "2026-11-23"}], ["bad-date"]),
    ("a bank that is none", [OLD_LOAN | {"mortgagee": "hz-tax"}], ["mortgagee-unknown"]),
    ("an unknown bank", [OLD_LOAN | {"mortgagee": "bank-z"}], ["mortgagee-unknown"]),
]


def test_a_title_has_a_certificate_of_ownership(town: World) -> None:
    right = title_data()["right"] | {"certificate": "粤(2020)惠州市不动产证明第0000009号"}
    assert codes(town.do("hz-registry", "title.import", title_data(right=right))) == ["bad-certificate"]


def title_data(**changed: Any) -> dict[str, Any]:
    """Return a title on UNIT_2 to import."""
    whole = {
        "mode": "single",
        "holders": [holder("x")],
        "certificate": "粤(2020)惠州市不动产权第0000009号",
        "registered_on": "2020-05-06",
    }
    return {"unit": UNIT_2, "use": "shop", "area_cm2": 1, "right": whole, **changed}


@pytest.mark.parametrize(("what", "mortgages", "expected"), IMPORT_MORTGAGES)
def test_mortgages_come_in_with_the_title(
    town: World, what: str, mortgages: list[dict[str, Any]], expected: list[str]
) -> None:
    assert codes(town.do("hz-registry", "title.import", title_data(mortgages=mortgages))) == expected


def test_imported_mortgages_keep_rank_number_and_day(town: World) -> None:
    done = town.do("hz-registry", "title.import", title_data(mortgages=[OLD_LOAN, SECOND_LOAN]))
    first, second = (f"M-{UNIT_2}-{rank}" for rank in (1, 2))
    assert done.result["mortgages"] == [{"id": first, "rank": 1}, {"id": second, "rank": 2}]
    assert town.one(Unit, UNIT_2).mortgages == (first, second)
    row = town.one(Mortgage, first)
    assert (row.certificate, row.entered_on) == (OLD_LOAN["certificate"], "2019-03-04")
    assert (row.no_transfer, row.kind, row.case) == (True, "maximum", "import")
    town.entered("bank-a", {"act": "mortgage.discharge", "mortgage": first})
    assert town.one(Mortgage, second).rank == 1


def test_an_import_passes_a_first_registration_that_was_only_applied_for(town: World) -> None:
    first = {
        "act": "unit.first", "unit": UNIT_2, "use": "shop", "area_cm2": 1, "mode": "single", "holders": [holder("x")],
    }  # fmt: skip
    waiting = town.accepted("hz-registry", first)
    assert codes(town.do("hz-registry", "title.import", title_data())) == []
    assert codes(town.do("hz-registry", "title.import", title_data())) == [
        "unit-registered",
        "certificate-used",
    ]
    assert town.one(Unit, UNIT_2).open_cases == (waiting,)
    assert codes(town.enter(waiting)) == ["unit-registered"]


def test_a_unit_waits_only_for_cases_that_dispose_of_it(town: World) -> None:
    mortgage = town.mortgage("bank-a")
    town.do("hz-registry", "title.import", title_data())
    other = mortgage_act(right_of(town, UNIT_2), consent=[ref("x")])
    mixed = town.accepted("bank-a", {"act": "mortgage.discharge", "mortgage": mortgage}, other)
    assert town.case(mixed).units == (UNIT, UNIT_2)
    sale = town.accepted("hz-registry", transfer_act(right_of(town)))
    assert codes(town.enter(sale)) == ["tax-not-cleared", "iit-not-cleared"]
    second = town.accepted("bank-a", mortgage_act(right_of(town, UNIT_2), consent=[ref("x")]))
    assert codes(town.enter(second)) == ["earlier-case"]


def test_a_case_of_a_district_given_up_is_not_entered_here(town: World) -> None:
    case = town.accepted("bank-a", mortgage_act(right_of(town)))
    town.change(town.one(Policy, POLICY_KEY), districts=("441303",))
    assert codes(town.enter(case)) == ["not-competent"]


SHAPES: list[tuple[str, dict[str, Any]]] = [
    ("a unit code in small letters", {"unit": UNIT.lower()}),
    ("a unit code of digits that are not ours", {"unit": "４" + UNIT[1:]}),
    ("a short unit code", {"unit": UNIT[:-1]}),
    ("a right that is none", {"right": "M-1"}),
    ("a bank by name", {"mortgagee": "中国银行"}),
    ("a consent by name", {"consent": ["张三"]}),
    ("an amount on the log", {"amount": 100}),
    ("a kind that does not exist", {"kind": "floating"}),
    ("text for a flag", {"no_transfer": "no"}),
]


@pytest.mark.parametrize(("what", "changed"), SHAPES)
def test_an_act_of_another_shape_never_enters_the_log(
    town: World, what: str, changed: dict[str, Any]
) -> None:
    with pytest.raises(NotAdmitted) as refused:
        town.apply("bank-a", {**mortgage_act(right_of(town)), **changed})
    assert refused.value.code is Code.MALFORMED_DATA


@pytest.mark.parametrize("acts", [[], [{"act": "demolish"}], [{"unit": UNIT}], "transfer"])
def test_a_case_has_acts_of_the_catalogue(town: World, acts: Any) -> None:
    with pytest.raises(NotAdmitted) as refused:
        town.do("bank-a", "case.apply", {"district": "441302", "channel": "counter", "acts": acts})
    assert refused.value.code is Code.MALFORMED_DATA


def test_judging_writes_nothing_and_a_refusal_changes_nothing(town: World) -> None:
    before = dict(town.register.items())
    envelope = town.envelope(
        "bank-a",
        "case.apply",
        {"district": "441302", "channel": "outlet", "acts": [mortgage_act(right_of(town))]},
    )
    assert town.judge(envelope) == town.judge(envelope)
    assert dict(town.register.items()) == before
    refused = town.apply("bank-b", mortgage_act(right_of(town)))
    assert refused.outcome == "refused"
    assert refused.changes == ()


def test_the_decision_in_a_leaf_names_number_name_and_articles(town: World) -> None:
    refused = town.apply("bank-a", mortgage_act(right_of(town), consent=[]))
    assert refused.as_json("00") == {
        "outcome": "refused",
        "register": "00",
        "reasons": [{"code": 3006, "name": "co-owner-consent", "law": ["CC-301", "IR-10"], "at": {"act": 1}}],
    }
    done = town.apply("bank-a", mortgage_act(right_of(town)))
    assert done.as_json("00")["result"] == {"case": "441302-20261122-000001"}
    assert isinstance(town.case("441302-20261122-000001"), Case)
