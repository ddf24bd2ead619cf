"""The rate table: the worked vectors, each row on its first and last day, and what each relief may be claimed for."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from dengbu.ledger.advisory.calculator import (
    Line,
    NotCalculable,
    Transfer,
    calculate,
    may_claim,
    rate_of,
    untold,
)
from dengbu.ledger.advisory.rates import CM2_PER_M2, EXEMPT, RELIEFS, SINCE, TABLES

YUAN = 100
WAN = 10_000 * YUAN


def home(m2: int = 98, **changed: object) -> Transfer:
    """Return a flat sold between persons in 2026 for 1,200,000 yuan and held for three years."""
    flat = Transfer(
        on=date(2026, 11, 20), price_fen=120 * WAN, area_cm2=m2 * CM2_PER_M2, held_since=date(2023, 11, 20)
    )
    return replace(flat, **changed)  # type: ignore[arg-type]


def due(transfer: Transfer) -> dict[str, int]:
    """Return tax -> amount in fen."""
    return {line.tax: line.due_fen for line in calculate(transfer)}


def line(transfer: Transfer, tax: str) -> Line:
    """Return the line of one tax."""
    return next(one for one in calculate(transfer) if one.tax == tax)


def test_vector_only_home_of_98_square_metres_held_three_years() -> None:
    found = due(home(98, relief="only-home"))
    assert found == {
        "deed": 12_000 * YUAN,
        "vat": 0,
        "iit": 12_000 * YUAN,
        "lvat": 0,
        "stamp-buyer": 0,
        "stamp-seller": 0,
    }


def test_vector_first_home_of_150_square_metres_held_less_than_two_years() -> None:
    sale = home(150, relief="only-home", price_fen=103 * WAN, vat_included=True, held_since=date(2025, 3, 1))
    found = due(sale)
    assert (found["vat"], found["deed"]) == (30_000 * YUAN, 15_000 * YUAN)
    assert line(sale, "deed").base_fen == 100 * WAN


def test_vector_company_buys_a_shop() -> None:
    shop = Transfer(
        on=date(2026, 11, 20),
        price_fen=500 * WAN,
        area_cm2=200 * CM2_PER_M2,
        use="shop",
        buyer="enterprise",
        seller="enterprise",
    )
    assert due(shop) == {
        "deed": 150_000 * YUAN,
        "stamp-buyer": 2_500 * YUAN,
        "stamp-seller": 2_500 * YUAN,
    }


@pytest.mark.parametrize(
    ("on", "relief", "m2", "thousandths"),
    [
        ("2016-02-22", "only-home", 90, 10),
        ("2016-02-22", "only-home", 91, 15),
        ("2024-11-30", "only-home", 90, 10),
        ("2024-11-30", "only-home", 140, 15),
        ("2024-11-30", "second-home", 90, 10),
        ("2024-11-30", "second-home", 91, 20),
        ("2024-12-01", "only-home", 140, 10),
        ("2024-12-01", "only-home", 141, 15),
        ("2024-12-01", "second-home", 140, 10),
        ("2024-12-01", "second-home", 141, 20),
        ("2024-12-01", None, 90, 30),
        ("2024-12-01", "third-home", 90, 30),
        ("2016-02-22", None, 90, 30),
    ],
)
def test_deed_tax_on_homes(on: str, relief: str | None, m2: int, thousandths: int) -> None:
    found = rate_of("deed", home(m2, on=date.fromisoformat(on), relief=relief))
    assert found is not None
    assert found.rate == Fraction(thousandths, 1000)


def test_the_limit_of_area_is_exact() -> None:
    limit = home(relief="only-home", area_cm2=140 * CM2_PER_M2)
    assert due(limit)["deed"] == 12_000 * YUAN
    assert due(replace(limit, area_cm2=140 * CM2_PER_M2 + 1))["deed"] == 18_000 * YUAN


@pytest.mark.parametrize(
    ("on", "held_since", "hundredths"),
    [
        ("2025-12-31", "2024-01-01", 5),
        ("2025-12-31", "2023-12-31", 0),
        ("2026-01-01", "2024-01-02", 3),
        ("2026-01-01", "2024-01-01", 0),
        ("2026-11-20", "2024-11-21", 3),
        ("2026-11-20", "2024-11-20", 0),
    ],
)
def test_vat_by_the_time_that_the_seller_held_the_home(on: str, held_since: str, hundredths: int) -> None:
    sale = home(on=date.fromisoformat(on), held_since=date.fromisoformat(held_since))
    found = rate_of("vat", sale)
    assert found is not None
    assert found.rate == Fraction(hundredths, 100)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"held_since": date(2021, 11, 20), "sole_home": True}, 0),
        ({"held_since": date(2021, 11, 21), "sole_home": True}, 12_000 * YUAN),
        ({"held_since": date(2011, 11, 20), "sole_home": False}, 12_000 * YUAN),
        ({"cost_fen": 100 * WAN}, 40_000 * YUAN),
        ({"cost_fen": 130 * WAN}, 0),
        ({"use": "shop", "cost_fen": 100 * WAN}, 40_000 * YUAN),
        ({"use": "shop"}, None),
        ({"seller": "enterprise"}, None),
        ({"cause": "gift"}, None),
    ],
)
def test_income_tax_of_a_person_who_sells(changed: dict[str, object], expected: int | None) -> None:
    assert due(home(**changed)).get("iit") == expected  # type: ignore[arg-type]


def test_what_the_table_does_not_know_it_does_not_guess() -> None:
    unknown = home(held_since=None, sole_home=True)
    assert "vat" not in due(unknown)
    assert due(unknown)["iit"] == 12_000 * YUAN
    with pytest.raises(NotCalculable, match="without VAT"):
        calculate(replace(unknown, vat_included=True))
    assert due(home(on=date(2010, 1, 1))) == {}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, {}),
        ({"held_since": None}, {"vat": "held_since"}),
        ({"held_since": None, "cost_fen": 100 * WAN}, {"vat": "held_since"}),
        ({"use": "shop"}, {"vat": None, "iit": "cost_fen", "lvat": None}),
        ({"use": "shop", "cost_fen": 100 * WAN}, {"vat": None, "lvat": None}),
        ({"seller": "enterprise", "held_since": None}, {"vat": None, "iit": None, "lvat": None}),
    ],
)
def test_what_cannot_be_told_says_what_is_missing(
    changed: dict[str, object], expected: dict[str, str | None]
) -> None:
    transfer = home(**changed)  # type: ignore[arg-type]
    assert {one.tax: one.missing for one in untold(transfer)} == expected
    assert {*due(transfer), *expected} == set(TABLES), "every tax is told or said not to be"


def test_from_the_day_on_which_the_tables_begin_every_tax_can_be_told() -> None:
    first = home(on=date.fromisoformat(SINCE), held_since=date(2010, 1, 1))
    assert untold(first) == ()
    assert "vat" in {one.tax for one in untold(replace(first, on=date(2016, 4, 30)))}


@pytest.mark.parametrize(
    ("relief", "changed", "allowed"),
    [
        (None, {}, True),
        ("only-home", {}, True),
        ("only-home", {"buyer": "enterprise"}, False),
        ("second-home", {"buyer": "enterprise"}, False),
        ("only-home", {"use": "shop"}, False),
        ("only-home", {"cause": "gift"}, False),
        ("spouses", {"cause": "gift"}, True),
        ("spouses", {"buyer": "enterprise"}, False),
        ("legal-heir", {"cause": "inheritance"}, True),
        ("legal-heir", {"cause": "legacy"}, False),
        ("legal-heir", {"cause": "sale"}, False),
        ("public-use", {"buyer": "enterprise", "use": "shop"}, True),
        ("public-use", {}, False),
        ("third-home", {}, False),
    ],
)
def test_who_may_claim_a_relief(relief: str | None, changed: dict[str, object], allowed: bool) -> None:
    transfer = home(relief=relief, **changed)  # type: ignore[arg-type]
    assert may_claim(transfer) is allowed
    deed = line(transfer, "deed")
    if relief is not None:
        assert (deed.row.rate < Fraction(3, 100)) is allowed
    assert (deed.due_fen == 0) is (allowed and relief in EXEMPT)


@pytest.mark.parametrize(
    ("price", "base", "vat"), [(103, 100, 3), (100, 97, 3), (1, 1, 0), (50, 49, 1), (0, 0, 0)]
)
def test_amounts_are_rounded_to_the_fen_and_add_up(price: int, base: int, vat: int) -> None:
    sale = home(price_fen=price, vat_included=True, held_since=date(2026, 1, 1))
    assert (line(sale, "vat").base_fen, line(sale, "vat").due_fen) == (base, vat)
    assert line(sale, "deed").base_fen + line(sale, "vat").due_fen == price


@pytest.mark.parametrize(("price", "expected"), [(49, 0), (50, 1), (149, 1), (150, 2)])
def test_half_a_fen_is_rounded_up(price: int, expected: int) -> None:
    assert due(home(price_fen=price, relief="only-home"))["deed"] == expected


def test_every_row_says_where_it_comes_from() -> None:
    rows = [row for table in TABLES.values() for row in table]
    for row in rows:
        assert any("\u4e00" <= char <= "\u9fff" for char in row.zh)
        assert row.en.isascii()
        assert row.until is None or row.since <= row.until
    assert all(code in RELIEFS for code in EXEMPT)
    assert {row.relief for row in TABLES["deed"]} - {None} == set(RELIEFS)
