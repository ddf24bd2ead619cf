"""Periods end to end: each worked example of counting days, from a log under the State Council's order for 2026."""

from datetime import date
from typing import Any

import pytest

from dengbu.ledger.advisory.clocks import clock, course, promised, steps
from dengbu.ledger.law.calendar import midnight
from dengbu.ledger.log.entry import Entry
from dengbu.ledger.register.members import POLICY_KEY, Policy
from tests.ledger.recorded import Recorded, recorded
from tests.worlds import DAY_MS, UNIT, codes, mortgage_act, ref, the_right, transfer_act

R, C1, C2 = "hz-registry", "court-1", "court-2"
ORDER_2026: dict[str, Any] = {
    "holidays": [
        *("2026-01-01", "2026-01-02", "2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19", "2026-02-20"),
        *("2026-02-23", "2026-04-06", "2026-05-01", "2026-05-04", "2026-05-05", "2026-06-19", "2026-09-25"),
        *(f"2026-10-0{day}" for day in range(1, 8)),
    ],
    "workdays": ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"],
}


def on(town: Recorded, day: str, hour: int = 9) -> None:
    """Move the clock on to an hour of a day in China."""
    at = midnight(date.fromisoformat(day)) + hour * DAY_MS // 24
    assert at >= town.time, "time does not go back"
    town.time = at


def since(day: str, **changed: Any) -> Recorded:
    """Return a network with a title, founded at nine o'clock of a day."""
    town = recorded(start=midnight(date.fromisoformat(day)) + 9 * DAY_MS // 24, **ORDER_2026, **changed)
    town.title()
    return town


def due(town: Recorded, case: str, at: int) -> tuple[str | None, int, bool]:
    """Return from the log the last day of a case's clock, the days used, and whether these exceed the promise."""
    policy = town.one(Policy, POLICY_KEY)
    of_case = [entry for entry in town.entries if case_of(entry) == case]
    found = clock(course(steps(of_case)), promised(policy, town.case(case).acts), policy, at)
    return (found.due.isoformat() if found.due else None, found.used, found.overdue)


def case_of(entry: Entry) -> str | None:
    """Return the case of an entry."""
    number = (entry.decision.get("result") or {}).get("case")
    return str(number) if number else None


@pytest.mark.parametrize(("limit", "last"), [(1, "2026-09-29"), (5, "2026-10-10"), (30, "2026-11-13")])
def test_a_case_accepted_before_national_day_is_due_after_it(limit: int, last: str) -> None:
    town = since("2026-09-28", limit_days=limit)
    case = town.accepted("bank-a", mortgage_act(the_right(town)))
    assert due(town, case, town.time) == (last, 0, False)
    end = midnight(date.fromisoformat(last)) + DAY_MS
    assert due(town, case, end - 1)[1:] == (limit, False)
    assert due(town, case, end + 3 * DAY_MS)[2] is True


def test_a_requisition_moves_the_last_day_by_what_it_took() -> None:
    town = since("2026-09-28")
    case = town.accepted("bank-a", mortgage_act(the_right(town)))
    on(town, "2026-09-29")
    town.do(R, "case.suspend", {"case": case, "ground": "requisition", "items": ["seal"]})
    assert due(town, case, town.time + 60 * DAY_MS) == (None, 1, False)
    on(town, "2026-10-09")
    town.do("bank-a", "case.resume", {"case": case})
    assert due(town, case, town.time) == ("2026-10-14", 1, False)  # 10-10, 10-12, 10-13, 10-14


@pytest.mark.parametrize(
    ("day", "hour", "expected"), [("2026-10-08", 23, ["objection-not-acknowledged"]), ("2026-10-09", 0, [])]
)
def test_an_objection_of_the_20th_of_september_stands_to_the_8th_of_october(
    day: str, hour: int, expected: list[str]
) -> None:
    town = since("2026-09-20")
    act = {"act": "objection.note", "unit": UNIT, "right": the_right(town).id, "objector": ref("z")}
    act |= {"ground": "owner-wrong", "refused": True, "shown": True}
    town.entered(R, act)
    on(town, day, hour)
    assert codes(town.apply(R, transfer_act(the_right(town)))) == expected
    if not expected:
        assert codes(town.apply(R, act)) == ["same-ground"]


@pytest.mark.parametrize(
    ("day", "hour", "expected"), [("2026-04-10", 23, ["advance-notice"]), ("2026-04-11", 0, [])]
)
def test_a_notice_ripe_on_the_10th_of_january_stands_to_the_10th_of_april(
    day: str, hour: int, expected: list[str]
) -> None:
    town = since("2026-01-10")
    act = {
        "act": "notice.set",
        "kind": "sale",
        "unit": UNIT,
        "right": the_right(town).id,
        "beneficiary": ref("x"),
    }
    notice = town.entered(R, {**act, "consent": [ref("owner")]}).result["notices"][0]
    assert town.do(R, "notice.ripen", {"notice": notice, "on": "2026-01-10"}).outcome == "recorded"
    on(town, day, hour)
    assert codes(town.apply(R, transfer_act(the_right(town)))) == expected


@pytest.mark.parametrize(
    ("behind", "day", "expected"),
    [
        (False, "2026-06-30", ["seized"]),
        (False, "2026-07-01", []),
        (True, "2026-07-01", ["seized"]),
    ],
)
def test_a_seizure_to_the_30th_of_june_lapses_with_it(behind: bool, day: str, expected: list[str]) -> None:
    town = since("2026-01-10")
    for court in (C1, C2):
        town.court(court)
    courts = {C1: "2026-06-30", **({C2: "2026-12-31"} if behind else {})}
    for court, until in courts.items():
        done = town.do(court, "court.seize", {"unit": UNIT, "document": "(2026)1", "until": until})
        assert done.outcome == "recorded", codes(done)
    on(town, day, 0)
    assert codes(town.apply(R, transfer_act(the_right(town)))) == expected


def test_an_act_that_was_accepted_before_the_lapse_is_judged_as_of_its_entry() -> None:
    town = since("2026-01-10")
    town.court(C1)
    town.do(C1, "court.seize", {"unit": UNIT, "document": "(2026)1", "until": "2026-06-30"})
    on(town, "2026-07-01", 0)
    case = town.accepted("bank-a", mortgage_act(the_right(town)))
    town.do(C1, "court.seize", {"unit": UNIT, "document": "(2026)2", "until": "2026-12-31"})
    assert codes(town.enter(case)) == ["seized"]
    on(town, "2027-01-01", 0)
    assert town.enter(case).outcome == "entered"
