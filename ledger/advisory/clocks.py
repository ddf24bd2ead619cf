"""The clock of a case 办理时限: the working days that have counted since its acceptance, according to the log.

A case must be decided within 30 working days of acceptance (Interim Regulation 20), or within the fewer days that the
policy promises. The day of acceptance does not count (Civil Code 201). Days on which the registry had to wait do not
count either: from the day after a suspension, or after acceptance while taxes are uncleared, to the day on which the
wait ended.

Everything is computed from the entries of the case, the policy and an instant; no timer runs and no event is needed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from dengbu.ledger.advisory.levels import GREEN, RED, YELLOW
from dengbu.ledger.law.calendar import RestDays, is_ordered, is_working_day, legal_date
from dengbu.ledger.log.entry import Entry
from dengbu.ledger.register.members import Policy
from dengbu.ledger.rules.policies import STATUTORY_DAYS
from dengbu.ledger.rules.rule import Does
from dengbu.ledger.tax.tax import CLEARED
from dengbu.ledger.transition import EVENTS

YELLOW_PERCENT = 80
TAX = "tax"  # the ground while taxes are not cleared; the others are in `dengbu.ledger.cases.suspension`
DAYS_MAX = 4_000  # calendar days after which counting stops; such an old case is long past every limit
_ONE_DAY = timedelta(days=1)
_DECIDES = (Does.ENTERS, Does.REFUSES, Does.WITHDRAWS)


@dataclass(frozen=True, slots=True)
class Step:
    """The parts that a clock needs of an entry that was not refused: block time (ms UTC), type, data and result."""

    time: int
    type: str
    data: Mapping[str, Any]
    result: Mapping[str, Any]

    @property
    def does(self) -> Does:
        """What its event does to the case."""
        return EVENTS[self.type].does


@dataclass(frozen=True, slots=True)
class Wait:
    """A period (ms UTC) in which the registry waited on a ground; `until` is None while it still waits."""

    ground: str
    since: int
    until: int | None


@dataclass(frozen=True, slots=True)
class Course:
    """The course of a case (ms UTC): acceptance, decision (None if undecided), and waits in order of beginning."""

    accepted: int
    decided: int | None = None
    waits: tuple[Wait, ...] = ()


@dataclass(frozen=True, slots=True)
class Clock:
    """A case's clock at an instant.

    `used` is the number of working days that counted, `limit` the number promised. `due` is the last day, or None while
    the clock stands still; `waits` are the grounds on which it does. `provisional` is true if `due` lies in a year
    whose holidays the policy does not have yet.
    """

    used: int
    limit: int
    level: str  # green | yellow: four fifths of `limit` are used | red: all of it is used
    overdue: bool  # more than `limit` is used
    statutory: bool  # more than the law allows is used
    due: date | None
    provisional: bool
    waits: tuple[str, ...] = ()
    waited: Mapping[str, int] = field(default_factory=dict)  # ground -> working days that did not count


def steps(entries: Iterable[Entry]) -> list[Step]:
    """The steps of a case: its entries that were not refused, in order."""
    return [
        Step(
            entry.time, entry.envelope.body.type, entry.envelope.body.data, entry.decision.get("result") or {}
        )
        for entry in entries
        if not entry.is_refused
    ]


def course(found: Sequence[Step]) -> Course:
    """The course of a case by its steps, of which the first is the acceptance."""
    accepted, decided = found[0].time, None
    waits: list[Wait] = []
    began: dict[str, int] = {TAX: accepted} if found[0].result.get("deal") else {}
    for step in found:
        if step.does is Does.SUSPENDS:
            began[str(step.data["ground"])] = step.time
        elif step.does is Does.AWAITS_TAX:
            began.setdefault(TAX, step.time)
        for ground in _ended(step, began):
            waits.append(Wait(ground, began.pop(ground), step.time))
        if step.does in _DECIDES:
            decided = step.time
            break  # later steps, such as a refund, do not take the registry's time
    waits += [Wait(ground, since, None) for ground, since in began.items()]
    return Course(accepted, decided, tuple(sorted(waits, key=lambda wait: (wait.since, wait.ground))))


def _ended(step: Step, began: Mapping[str, int]) -> list[str]:
    if step.does in _DECIDES:
        return list(began)
    if step.does is Does.RESUMES:
        return [ground for ground in began if ground != TAX]
    if step.does is Does.CLEARS_TAX and step.result.get("state") == CLEARED:
        return [ground for ground in began if ground == TAX]
    return []


def promised(policy: Policy, acts: Iterable[Mapping[str, Any]]) -> int:
    """The working days that the policy promises for a case with these acts: the most for any of them."""
    return max(policy.limits.get(str(act["act"]), policy.limit_days) for act in acts)


def clock(run: Course, limit: int, rest: RestDays, time: int) -> Clock:
    """The clock of a case at an instant (ms UTC); it stops when the case is decided."""
    end = time if run.decided is None else min(time, run.decided)
    now = [
        wait.ground for wait in run.waits if wait.since <= end and (wait.until is None or wait.until > end)
    ]
    start, today = legal_date(run.accepted), legal_date(end)
    used, waited = 0, dict.fromkeys((wait.ground for wait in run.waits), 0)
    for day in _working_days(start, today, rest):
        standing = [wait.ground for wait in run.waits if _covers(wait, day, end)]
        used += not standing
        for ground in dict.fromkeys(standing):
            waited[ground] += 1
    due = None if now else _due(run, limit, rest, end)
    level = RED if used >= limit else YELLOW if used * 100 >= limit * YELLOW_PERCENT else GREEN
    return Clock(
        used=used,
        limit=limit,
        level=level,
        overdue=used > limit,
        statutory=used > STATUTORY_DAYS,
        due=due,
        provisional=due is not None and not is_ordered(due, rest),
        waits=tuple(now),
        waited=waited,
    )


def registry_time(run: Course, time: int) -> int:
    """Milliseconds for which the registry had the case and waited for nothing, until an instant or the decision."""
    end = time if run.decided is None else min(time, run.decided)
    spent, busy_from = 0, run.accepted
    for wait in run.waits:
        since, until = min(wait.since, end), end if wait.until is None else min(wait.until, end)
        spent += max(0, since - busy_from)
        busy_from = max(busy_from, until)
    return spent + max(0, end - busy_from)


def _covers(wait: Wait, day: date, end: int) -> bool:
    """Whether a wait covers this day, that is, from the day after it began to the day it ended (Civil Code 201)."""
    until = end if wait.until is None else min(wait.until, end)
    return legal_date(wait.since) < day <= legal_date(until)


def _due(run: Course, limit: int, rest: RestDays, end: int) -> date | None:
    left = limit
    start = legal_date(run.accepted)
    for day in _working_days(start, date.max, rest):
        left -= not any(_covers(wait, day, end) for wait in run.waits)
        if left == 0:
            return day
    return None


def _working_days(start: date, end: date, rest: RestDays) -> Iterable[date]:
    """The working days after `start` up to and including `end`, within at most DAYS_MAX calendar days."""
    for _ in range(min((end - start).days, DAYS_MAX)):
        start += _ONE_DAY
        if is_working_day(start, rest):
            yield start
