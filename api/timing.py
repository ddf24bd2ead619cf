"""Days and clocks at the edge: the end of a day that a query names, and a case's clock as an answer.

A clock is worked out from the log whenever it is asked for.
"""

from api.encoding import Json
from api.errors import Problem
from api.state import state
from ledger import clocks
from ledger.calendar import CHINA_OFFSET_MS, DAY_MS, EPOCH, as_date
from ledger.policies import STATUTORY_DAYS, policy_in_force
from ledger.records import Case
from nodes.clock import now_ms


def end_of_day(text: str) -> int:
    """The first instant (ms UTC) after a day in China given as an ISO date; Problem if there is no such day."""
    day = as_date(text)
    if day is None:
        wrong = {"in": "query", "pointer": "#/at", "detail": "不是日期 not a date"}
        raise Problem("invalid-request", errors=[wrong])
    return (day.toordinal() - EPOCH + 1) * DAY_MS - CHINA_OFFSET_MS


def asked_time(query: Json) -> int:
    """The instant (ms UTC) that a query asks for: the end of the day `at`, or now."""
    return now_ms() if query["at"] is None else end_of_day(query["at"]) - 1


def clock_shown(case: Case, time: int) -> Json:
    """The clock of a case at an instant (ms UTC), with the registry's own time in milliseconds."""
    node = state().node
    policy = policy_in_force(node.register)
    run = clocks.course(clocks.steps(node.store.feed(-1, case=case.number)))
    found = clocks.clock(run, clocks.promised(policy, case.acts), policy, time)
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
