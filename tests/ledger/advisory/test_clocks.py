"""The clock of a case: which days count, what stops it and when it is due, from steps, policy and instant alone."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from dengbu.ledger.advisory import clocks
from dengbu.ledger.advisory.clocks import Clock, Course, Step, Wait, clock, course, registry_time
from dengbu.ledger.log.entry import Entry
from dengbu.ledger.log.envelope import parse_envelope, seal
from dengbu.ledger.register.members import Policy
from dengbu.ledger.rules.policies import STATUTORY_DAYS
from tests.worlds import NET, signer

# The State Council's order for 2026, as far as these tests need it: Mid-Autumn, National Day and their make-up days.
HOLIDAYS = ("2026-01-01", "2026-09-25", *(f"2026-10-0{day}" for day in range(1, 8)))
WORKDAYS = ("2026-09-20", "2026-10-10")
HOUR_MS = 3_600_000


def policy(**changed: Any) -> Policy:
    """Return a policy with the calendar of 2026."""
    return Policy(
        version=1,
        governance_quorum=3,
        witness_quorum=3,
        witnesses=(),
        districts=("441302",),
        holidays=HOLIDAYS,
        workdays=WORKDAYS,
        **changed,
    )


ORDERED = policy()


def at(day: str, hour: int = 9) -> int:
    """Return the instant (ms UTC) of this hour of a day in China."""
    local = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(hours=hour - 8)
    return int(local.timestamp()) * 1000


def step(day: str, type_: str, *, data: Mapping[str, Any] | None = None, **result: Any) -> Step:
    """Return a step at nine o'clock."""
    return Step(at(day), type_, data or {}, result)


def suspend(day: str, ground: str = "requisition") -> Step:
    return step(day, "case.suspend", data={"ground": ground})


def resume(day: str) -> Step:
    return step(day, "case.resume")


APPLY = step("2026-09-28", "case.apply", case="C")
TAXED = step("2026-09-28", "case.apply", case="C", deal=True)
ENTER = "case.enter"


def on(day: str, *found: Step, limit: int = 5) -> Clock:
    """Return the clock at nine o'clock of a day."""
    return clock(course(found), limit, ORDERED, at(day))


@pytest.mark.parametrize(("limit", "due"), [(1, "2026-09-29"), (5, "2026-10-10"), (30, "2026-11-13")])
def test_the_last_day_follows_the_order_of_the_state_council(limit: int, due: str) -> None:
    found = on("2026-09-28", APPLY, limit=limit)
    assert (found.used, found.due, found.provisional) == (0, date.fromisoformat(due), False)
    assert not on(due, APPLY, limit=limit).overdue, "the last day counts to its end"
    after = clock(course([APPLY]), limit, ORDERED, at(due) + 3 * 24 * HOUR_MS)
    assert (after.overdue, after.level) == (True, "red")
    assert after.statutory is (limit == STATUTORY_DAYS)


@pytest.mark.parametrize(
    ("day", "used", "level", "overdue"),
    [
        ("2026-09-28", 0, "green", False),
        ("2026-09-29", 1, "green", False),
        ("2026-09-30", 2, "green", False),
        ("2026-10-07", 2, "green", False),
        ("2026-10-08", 3, "green", False),
        ("2026-10-09", 4, "yellow", False),
        ("2026-10-10", 5, "red", False),
        ("2026-10-11", 5, "red", False),
        ("2026-10-12", 6, "red", True),
    ],
)
def test_yellow_red_overdue(day: str, used: int, level: str, overdue: bool) -> None:
    found = on(day, APPLY)
    assert (found.used, found.level, found.overdue, found.waits) == (used, level, overdue, ())


def test_the_last_second_of_the_last_day_is_in_time() -> None:
    run = course([APPLY])
    assert not clock(run, 5, ORDERED, at("2026-10-11", 24) - 1).overdue
    assert clock(run, 5, ORDERED, at("2026-10-11", 24)).overdue


def test_a_requisition_stops_the_clock_from_the_next_day_to_the_day_of_the_answer() -> None:
    asked = [APPLY, suspend("2026-09-29")]
    waiting = on("2026-11-30", *asked)
    assert (waiting.used, waiting.due, waiting.level) == (1, None, "green")
    assert waiting.waits == ("requisition",)
    answered = [*asked, resume("2026-10-09")]
    found = on("2026-10-09", *answered)
    assert (found.used, found.waits, dict(found.waited)) == (1, (), {"requisition": 3})
    assert found.due == date(2026, 10, 14)  # 10-10, 10-12, 10-13, 10-14
    assert on("2026-10-14", *answered).overdue is False
    assert on("2026-10-15", *answered).overdue is True


def test_a_question_answered_on_the_same_day_takes_no_day() -> None:
    found = on("2026-10-10", APPLY, suspend("2026-09-29"), resume("2026-09-29"))
    assert (found.used, found.due) == (5, date(2026, 10, 10))


def test_the_past_is_told_as_it_was() -> None:
    steps = [APPLY, suspend("2026-09-29"), resume("2026-10-09"), step("2026-10-10", ENTER)]
    then = on("2026-10-08", *steps)
    assert (then.used, then.waits, then.due) == (1, ("requisition",), None)
    before = on("2026-09-28", *steps)
    assert (before.used, before.waits, before.due) == (0, (), date(2026, 10, 10))


def test_waiting_for_tax_is_not_the_registrys_time() -> None:
    assessed = step("2026-09-29", "tax.assess", state="ASSESSED")
    part = step("2026-09-30", "tax.clear", state="PART_PAID")
    unpaid = on("2026-10-12", TAXED, assessed, part)
    assert (unpaid.used, unpaid.waits, unpaid.due) == (0, ("tax",), None)
    steps = [TAXED, assessed, part, step("2026-10-09", "tax.clear", state="CLEARED")]
    paid = on("2026-10-12", *steps)
    assert (paid.used, paid.waits, dict(paid.waited)) == (2, (), {"tax": 4})
    back = [*steps, step("2026-10-12", "tax.refund-request", state="REFUND_REQUESTED")]
    assert on("2026-10-20", *back).waits == ("tax",)


def test_a_day_of_two_waits_is_left_out_once() -> None:
    steps = [
        TAXED,
        suspend("2026-09-28"),
        resume("2026-09-30"),
        step("2026-10-08", "tax.clear", state="CLEARED"),
    ]
    found = on("2026-10-09", *steps)
    assert (found.used, dict(found.waited)) == (1, {"tax": 3, "requisition": 2})


@pytest.mark.parametrize("decision", ["case.enter", "case.refuse", "case.withdraw"])
def test_a_decision_stops_the_clock_for_good(decision: str) -> None:
    steps = [
        TAXED,
        suspend("2026-09-29"),
        step("2026-10-09", decision),
        step("2026-10-20", "tax.refund-request"),
    ]
    run = course(steps)
    assert run.decided == at("2026-10-09")
    assert [(wait.ground, wait.until) for wait in run.waits] == [
        ("tax", run.decided),
        ("requisition", run.decided),
    ]
    assert on("2026-10-09", *steps) == on("2027-10-09", *steps)


def test_a_last_day_in_a_year_without_an_order_is_provisional() -> None:
    late = step("2026-12-30", "case.apply", case="C")
    assert on("2026-12-30", late).provisional is True
    assert on("2026-12-30", late, limit=1).provisional is False


def test_a_count_has_an_end() -> None:
    old = step("1990-01-01", "case.apply", case="C")
    found = on("2026-10-12", old, suspend("1990-01-01"), resume("2026-10-01"))
    assert found.due is None
    assert found.used < clocks.DAYS_MAX


def test_registry_time_is_what_no_wait_takes() -> None:
    steps = [
        TAXED,
        step("2026-09-30", "tax.clear", state="CLEARED"),
        suspend("2026-10-01"),
        resume("2026-10-08"),
        step("2026-10-09", ENTER),
    ]
    run = course(steps)
    day = 24 * HOUR_MS
    assert registry_time(run, at("2026-12-01")) == 2 * day
    assert registry_time(run, at("2026-10-05")) == 1 * day
    assert registry_time(run, at("2026-09-29")) == 0
    overlapping = Course(
        0, 100, (Wait("tax", 0, 60), Wait("requisition", 10, 30), Wait("inspection", 70, None))
    )
    assert registry_time(overlapping, 100) == 10
    assert registry_time(Course(0, None, (Wait("tax", 50, None),)), 80) == 50


def test_a_policy_promises_by_act() -> None:
    given = policy(limit_days=5, limits={"transfer": 3, "mortgage.discharge": 1})
    assert clocks.promised(given, [{"act": "transfer"}]) == 3
    assert clocks.promised(given, [{"act": "transfer"}, {"act": "mortgage.set"}]) == 5
    assert clocks.promised(given, [{"act": "mortgage.discharge"}]) == 1


def test_refused_entries_are_no_steps() -> None:
    body = {
        "v": 1, "net": NET, "type": "case.enter", "id": "e-1", "actor": "hz-registry", "not_after": 9, "data": {},
    }  # fmt: skip
    envelope = parse_envelope(seal(body, [signer("hz-registry", "event")]))
    made = [
        Entry(index, 1, index, "", envelope, {"outcome": outcome}, b"")
        for index, outcome in enumerate(("refused", "entered"))
    ]
    assert clocks.steps(made) == [Step(1, "case.enter", {}, {})]
