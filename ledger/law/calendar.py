"""Legal days: the date of an instant, and the last day of a period.

Periods follow Civil Code 200-203: the first day does not count, a period of years ends on the corresponding day,
and a last day that is a day of rest moves to the next working day. Holidays and make-up working days are data in the
register's policy; the State Council announces them every autumn. Without them only weekends are days of rest.
"""

from datetime import MAXYEAR, date, timedelta
from typing import Annotated, Protocol

from msgspec import Meta

SECOND_MS = 1_000
DAY_MS = 86_400 * SECOND_MS
CHINA_OFFSET_MS = 8 * 3_600 * SECOND_MS  # UTC+8 in the whole country, without summer time
EPOCH = date(1970, 1, 1).toordinal()
_LAST = date.max.toordinal()
_SATURDAY = 5
_ONE_DAY = timedelta(days=1)
WORKING_DAYS_MAX = 2_000  # more than any period in the law; bounds the cost of counting

IsoDate = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]  # the shape only: see `as_date`


class RestDays(Protocol):
    """The part of a policy that the calendar needs: the holidays and the weekend days that are worked."""

    @property
    def holidays(self) -> tuple[str, ...]:
        """Days of rest by official order, as ISO dates."""

    @property
    def workdays(self) -> tuple[str, ...]:
        """Saturdays and Sundays that are working days by official order, as ISO dates."""


def legal_date(time: int) -> date:
    """The date in China (UTC+8) at an instant in ms UTC; later instants give the last day of year 9999."""
    return date.fromordinal(min(EPOCH + (time + CHINA_OFFSET_MS) // DAY_MS, _LAST))


def midnight(day: date) -> int:
    """The first instant (ms UTC) of a day in China."""
    return (day.toordinal() - EPOCH) * DAY_MS - CHINA_OFFSET_MS


def as_date(text: str) -> date | None:
    """The day that an ISO date names, or None if the calendar has no such day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def is_working_day(day: date, rest: RestDays) -> bool:
    """Whether offices work on this day: as the policy orders, otherwise from Monday to Friday."""
    text = day.isoformat()
    if text in rest.workdays:
        return True
    return day.weekday() < _SATURDAY and text not in rest.holidays


def is_ordered(day: date, rest: RestDays) -> bool:
    """Whether the policy knows the holidays of this day's year; if not, a count reaching the year is provisional."""
    return any(one.startswith(f"{day.year}-") for one in rest.holidays)


def last_day(start: date, days: int, rest: RestDays) -> date:
    """The last day of a period of calendar days that begins on `start` (Civil Code 201, 203)."""
    return next_working_day(start + timedelta(days=days), rest)


def last_working_day(start: date, days: int, rest: RestDays) -> date:
    """The last day of a period of working days that begins on `start`, which does not count (Civil Code 201).

    Raises `ValueError` for a period longer than `WORKING_DAYS_MAX`.
    """
    if not 0 <= days <= WORKING_DAYS_MAX:
        raise ValueError(f"{days} working days; a period has 0 to {WORKING_DAYS_MAX}")
    day = start
    for _ in range(days):
        day = next_working_day(day + _ONE_DAY, rest)
    return day


def years_later(start: date, years: int) -> date:
    """The last day of a period of years: the corresponding day, or else the end of the month (Civil Code 202)."""
    year = min(start.year + years, MAXYEAR)
    if (start.month, start.day) == (2, 29) and not _is_leap(year):
        return date(year, 2, 28)
    return start.replace(year=year)


def is_over(until: str, time: int) -> bool:
    """Whether the day named by an ISO date has passed at an instant (ms UTC); the day counts until its end."""
    return legal_date(time).isoformat() > until


def next_working_day(day: date, rest: RestDays) -> date:
    """The day on which a period ends: this day if it is a working day, else the next one (Civil Code 203)."""
    while not is_working_day(day, rest):
        day += _ONE_DAY
    return day


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
