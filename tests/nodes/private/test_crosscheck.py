"""The cross-check warns where assessment and table, or payment and assessment, differ; it never invents what it lacks."""

from typing import Any

import pytest

from dengbu.ledger.register.records import Case, Deal, Unit
from dengbu.ledger.register.register import MemoryRegister
from dengbu.nodes.private.parts import Part
from dengbu.nodes.private.tax_crosscheck import CrossCheck, cross_check

CASE = "441302-20261122-000001"
UNIT = "441302001001GB00001F00010001"
YUAN = 100
SALE = {"act": "transfer", "unit": UNIT, "right": "R-1", "cause": "sale", "seller": "person"}
PERSON = {"name": "某", "id_type": "1", "id_no": "441302190001010019"}
COMPANY = {"name": "某公司", "id_type": "7", "id_no": "91441300MA9000011R"}
FACTS = {"signed_on": "2026-11-20", "relief": "only-home", "held_since": "2023-11-20"}
DUE = {"deed": 12_000 * YUAN, "iit": 12_000 * YUAN}


def register(
    *acts: dict[str, Any], version: int = 1, use: str = "dwelling", unit: bool = True
) -> MemoryRegister:
    """Return a register with a case whose deal is assessed, on a flat of 98 square metres."""
    made = MemoryRegister()
    made.apply(
        [
            Case(number=CASE, actor="hz-registry", district="441302", channel="counter", acts=acts or (SALE,),
                 units=(UNIT,), state="accepted", applied=1, applied_at=1, event="e", deal=True),
            Deal(case=CASE, units=(UNIT,), state="ASSESSED", version=version, binding="0" * 64, required=("deed",)),
        ]
    )  # fmt: skip
    if unit:
        made.apply([Unit(code=UNIT, use=use, area_cm2=980_000, status="active", head=1)])
    return made


def declared(buyer: dict[str, str] = PERSON, price: int = 1_200_000 * YUAN) -> list[Part]:
    """Return what the application told the tax bureau."""
    return [
        Part("case.apply", "parties", None, {"transferors": [PERSON], "transferees": [buyer]}),  # type: ignore[dict-item]
        Part("case.apply", "contract", None, {"price_fen": price}),
    ]


def amounts(due: Any = None, version: int = 1, **facts: Any) -> Part:
    """Return an assessment."""
    value: Any = {"due_fen": due or DUE, "facts": {**FACTS, **facts}}
    return Part("tax.assess", "amounts", version, value)


def paid(event: str = "tax.clear", **fen: int) -> Part:
    """Return a payment."""
    return Part(event, "payments", 1, {"paid_fen": fen})  # type: ignore[dict-item]


BACK = Part("tax.overpayment", "repayment", None, {"repaid_fen": {"deed": 500 * YUAN}})


def told(found: CrossCheck) -> list[tuple[str, str]]:
    """Return the warnings by code and place."""
    return [(one.code, one.where) for one in found.warnings]


def test_an_assessment_that_agrees_is_silent() -> None:
    found = cross_check(register(), CASE, [*declared(), amounts()])
    assert told(found) == []
    assert {line.tax: line.due_fen for line in found.lines if line.due_fen} == DUE
    assert found.assessed_fen == DUE


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([amounts({"deed": 12_500 * YUAN, "iit": 12_000 * YUAN})], [("differs-from-table", "deed")]),
        ([amounts({"deed": 1, "iit": 1})], [("differs-from-table", "deed"), ("differs-from-table", "iit")]),
        ([amounts(price_fen=1_300_000 * YUAN)], [("differs-from-table", "deed"), ("differs-from-table", "iit")]),
        ([amounts({"deed": 13_000 * YUAN, "iit": 13_000 * YUAN}, price_fen=1_300_000 * YUAN)], []),
        ([amounts(), paid(deed=12_500 * YUAN)], [("overpaid", "deed")]),
        ([amounts(), paid(deed=12_000 * YUAN, iit=1)], []),
        ([amounts(), paid(deed=12_000 * YUAN), paid("tax.clawback-paid", deed=5_000 * YUAN)], []),
        ([amounts(), paid(deed=12_500 * YUAN), BACK], []),
        ([amounts(signed_on="soon")], [("not-calculated", "amounts.facts")]),
        ([amounts(vat_included=True, held_since=None)], [("not-calculated", "amounts.facts")]),
        ([amounts(held_since="long ago")], []),
        ([Part("tax.assess", "amounts", 1, {"due_fen": {"deed": 1}})], [("not-calculated", "amounts.facts")]),
        ([Part("tax.assess", "amounts", 1, {"due": 1})], []),
        ([], []),
    ],
)  # fmt: skip
def test_what_is_warned_of(parts: list[Part], expected: list[tuple[str, str]]) -> None:
    assert told(cross_check(register(), CASE, [*declared(), *parts])) == expected


def test_the_last_assessment_counts_and_one_about_to_be_signed_too() -> None:
    old = amounts({"deed": 1}, version=1)
    assert told(cross_check(register(version=2), CASE, [*declared(), old, amounts(version=2)])) == []
    assert told(cross_check(register(version=1), CASE, [*declared(), old, amounts(version=2)])) == []
    assert cross_check(register(version=2), CASE, [*declared(), old]) == CrossCheck((), {}, ())


@pytest.mark.parametrize("buyer", [COMPANY, PERSON])
def test_a_relief_that_a_company_claims_is_named(buyer: dict[str, str]) -> None:
    found = cross_check(register(), CASE, [*declared(buyer), amounts()])
    if buyer is PERSON:
        assert told(found) == []
    else:
        assert told(found) == [
            ("relief-not-eligible", "amounts.facts.relief"),
            ("differs-from-table", "deed"),
        ]


@pytest.mark.parametrize(
    ("made", "parts"),
    [
        (register(SALE, SALE), declared()),
        (register({"act": "mortgage.set", "unit": UNIT}), declared()),
        (register(unit=False), declared()),
        (register(), []),
    ],
    ids=["two transfers", "no transfer", "no unit", "no price"],
)
def test_without_the_facts_nothing_is_compared(made: MemoryRegister, parts: list[Part]) -> None:
    found = cross_check(made, CASE, [*parts, amounts()])
    assert (found.lines, told(found)) == ((), [("not-calculated", "amounts.facts")])


def test_an_unknown_case_has_no_cross_check() -> None:
    assert cross_check(MemoryRegister(), CASE, [amounts()]) == CrossCheck((), {}, ())
