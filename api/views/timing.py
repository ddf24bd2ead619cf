"""Days and clocks at the edge: the end of a day that a query names, and a case's clock as an answer.

A clock is worked out from the log whenever it is asked for.
"""

from dengbu.api.edge.encoding import Json
from dengbu.api.edge.errors import Problem
from dengbu.api.edge.state import state
from dengbu.ledger.advisory import clocks
from dengbu.ledger.advisory.efficiency import Period
from dengbu.ledger.law.calendar import DAY_MS, as_date, midnight
from dengbu.ledger.log.encoding import INT_MAX
from dengbu.ledger.register.members import POLICY_KEY, Policy
from dengbu.ledger.register.records import Case
from dengbu.ledger.rules.policies import STATUTORY_DAYS, policy_in_force


def end_of_day(text: str, name: str = "at") -> int:
    """Return the first instant (ms UTC) after a day in China given as an ISO date. Raises Problem if there is no such day.

    `name` is the name of the query parameter.
    """
    day = as_date(text)
    if day is None:
        raise _wrong(name, "不是日期 not a date")
    return midnight(day) + DAY_MS


def asked_period(query: Json) -> Period:
    """Return the period from the beginning of the day `from` to the end of the day `to`; a missing day sets no bound.

    Raises Problem if the period ends before it begins.
    """
    start = 0 if query["start"] is None else end_of_day(query["start"], "from") - DAY_MS
    end = INT_MAX if query["end"] is None else end_of_day(query["end"], "to")
    if end <= start:
        raise _wrong("to", "止日早于起日 the period ends before it begins")
    return Period(start, end)


def _wrong(name: str, detail: str) -> Problem:
    return Problem("invalid-request", errors=[{"in": "query", "pointer": f"#/{name}", "detail": detail}])


def asked_time(query: Json) -> int:
    """Return the instant (ms UTC) that a query asks for: the end of the day `at`, or now."""
    return state().node.now_ms() if query["at"] is None else end_of_day(query["at"]) - 1


def clock_shown(case: Case, time: int) -> Json:
    """Return the clock of a case at an instant (ms UTC), with the registry's own time in milliseconds."""
    node = state().node
    policy = policy_in_force(node.register)  # its calendar; the promise is that of the acceptance
    then = node.ledger.register_at(case.applied).get(Policy, POLICY_KEY)
    run = clocks.course(clocks.steps(node.ledger.feed(-1, case=case.number)))
    found = clocks.clock(run, clocks.promised(then or policy, case.acts), policy, time)
    return {
        "case": case.number,
        "accepted_at": run.accepted,
        "decided_at": run.decided,
        "used": found.used,
        "limit": found.limit,
        "statutory_limit": STATUTORY_DAYS,
        "level": found.level,
        "overdue": found.overdue,
        "statutory_overdue": found.statutory,
        "due": found.due.isoformat() if found.due else None,
        "provisional": found.provisional,
        "waits": list(found.waits),
        "waited_days": dict(found.waited),
        "registry_ms": clocks.registry_time(run, time),
    }
