"""Legal days: dates in China, and periods that skip holidays and roll over."""

from dataclasses import dataclass
from datetime import date

import pytest

from dengbu.ledger.law import calendar

HOUR_MS = 3_600_000
# The State Council's order for 2026, as far as these tests need it: New Year, Qingming, Mid-Autumn, National Day.
HOLIDAYS_2026 = (
    *("2026-01-01", "2026-01-02", "2026-04-06", "2026-09-25"),
    *(f"2026-10-0{day}" for day in range(1, 8)),
)
WORKDAYS_2026 = ("2026-01-04", "2026-09-20", "2026-10-10")


@dataclass(frozen=True)
class Days:
    """The part of a policy that the calendar reads."""

    holidays: tuple[str, ...] = HOLIDAYS_2026
    workdays: tuple[str, ...] = WORKDAYS_2026


ORDERED = Days()
WEEKENDS_ONLY = Days((), ())


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (0, "1970-01-01"),
        (16 * HOUR_MS - 1, "1970-01-01"),
        (16 * HOUR_MS, "1970-01-02"),
        (1_782_835_199_999, "2026-06-30"),  # 2026-06-30T15:59:59.999Z
        (1_782_835_200_000, "2026-07-01"),  # midnight in China
        (2**53 - 1, "9999-12-31"),  # the largest time an entry can carry
    ],
)
def test_the_date_of_an_instant_is_the_date_in_china(time: int, expected: str) -> None:
    assert calendar.legal_date(time) == day(expected)


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        ("2026-09-28", 0, "2026-09-28"),
        ("2026-09-28", 1, "2026-09-29"),
        ("2026-09-28", 5, "2026-10-10"),  # a Saturday that is worked
        ("2026-09-28", 30, "2026-11-13"),
        ("2026-10-02", 1, "2026-10-08"),  # it begins inside the holiday
    ],
)
def test_working_days_follow_the_order_of_the_state_council(start: str, days: int, expected: str) -> None:
    assert calendar.last_working_day(day(start), days, ORDERED) == day(expected)


def test_without_an_order_only_weekends_rest() -> None:
    assert calendar.last_working_day(day("2026-09-28"), 5, WEEKENDS_ONLY) == day("2026-10-05")


@pytest.mark.parametrize("days", [-1, calendar.WORKING_DAYS_MAX + 1])
def test_a_period_of_working_days_outside_any_law_is_refused(days: int) -> None:
    with pytest.raises(ValueError, match="working days"):
        calendar.last_working_day(day("2026-09-28"), days, ORDERED)


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        ("2026-09-20", 15, "2026-10-08"),  # day 15 is 10-05, a holiday
        ("2026-01-10", 90, "2026-04-10"),
        ("2026-11-20", 1, "2026-11-23"),  # a Saturday rolls over to Monday
        ("2026-10-08", 2, "2026-10-10"),  # a Saturday that is worked does not roll over
    ],
)
def test_a_last_day_of_rest_moves_to_the_next_working_day(start: str, days: int, expected: str) -> None:
    assert calendar.last_day(day(start), days, ORDERED) == day(expected)


@pytest.mark.parametrize(
    ("start", "years", "expected"),
    [
        ("2026-06-30", 3, "2029-06-30"),
        ("2024-02-29", 3, "2027-02-28"),
        ("2024-02-29", 4, "2028-02-29"),
        ("2096-02-29", 4, "2100-02-28"),
        ("1996-02-29", 4, "2000-02-29"),
        ("9998-01-01", 3, "9999-01-01"),
    ],
)
def test_a_period_of_years_ends_on_the_corresponding_day(start: str, years: int, expected: str) -> None:
    assert calendar.years_later(day(start), years) == day(expected)


def test_the_last_day_counts_to_its_end() -> None:
    last_instant = 1_782_835_199_999
    assert not calendar.is_over("2026-06-30", last_instant)
    assert calendar.is_over("2026-06-30", last_instant + 1)
