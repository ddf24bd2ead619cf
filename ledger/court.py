"""Seizures 查封: they take effect, wait, lapse and follow one another by the order of the log.

A seizure lapses by the passing of its last day, without any event, and the first that waits takes its place
the day after; its own term runs from then on. So the queue is worked out from the stored rows and the block's
time whenever it is asked for (`queue`), and stored anew whenever an event touches the unit (`refresh`).
"""

from datetime import date, timedelta
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from ledger import law
from ledger.calendar import IsoDate, as_date, is_over, legal_date, years_later
from ledger.records import POLICY_KEY, Policy, Record, Seizure, Unit
from ledger.register import Register
from ledger.rule import Data, Effects, EventKind, Rule, View
from ledger.verdict import Code

Document = Annotated[str, Meta(min_length=1, max_length=64)]  # the number of the court's paper, as printed
Id = Annotated[str, Meta(min_length=1, max_length=64)]
_ONE_DAY = timedelta(days=1)


class Seize(Data, frozen=True):
    """A court seizes a unit until a last day; `right` is the ownership right that the court found there."""

    unit: Id
    document: Document
    until: IsoDate
    right: Id | None = None


class Renew(Data, frozen=True):
    """The seizing court extends its seizure to a later last day; the rank stays."""

    seizure: Id
    document: Document
    until: IsoDate


class Release(Data, frozen=True):
    """The seizing court releases its seizure."""

    seizure: Id
    document: Document


R = TypeVar("R", Renew, Release)


def queue(register: Register, unit: Unit, time: int) -> tuple[Seizure, ...]:
    """The unit's seizures as they stand at an instant (ms UTC): the effective one, then those that wait."""
    return _walk(register, unit, time)[1]


def effective_seizure(register: Register, unit: Unit, time: int) -> Seizure | None:
    """The seizure that binds the unit at an instant (ms UTC), if any."""
    live = queue(register, unit, time)
    return live[0] if live else None


def refresh(register: Register, unit: Unit, time: int) -> tuple[Record, ...]:
    """The rows that bring the stored queue up to the instant: lapsed, promoted, the unit; none if it is."""
    lapsed, live = _walk(register, unit, time)
    return _stored_anew(register, unit, lapsed, live) if lapsed else ()


def _walk(register: Register, unit: Unit, time: int) -> tuple[tuple[Seizure, ...], tuple[Seizure, ...]]:
    """What has lapsed since the queue was stored, and what stands."""
    lapsed: list[Seizure] = []
    rest = [_row(register, one) for one in unit.seizures]
    while rest and is_over(rest[0].until, time):
        ended = rest.pop(0)
        lapsed.append(msgspec.structs.replace(ended, status="lapsed"))
        if rest:
            rest[0] = _promoted(register, rest[0], date.fromisoformat(ended.until) + _ONE_DAY)
    return tuple(lapsed), tuple(rest)


def _row(register: Register, seizure: str) -> Seizure:
    found = register.get(Seizure, seizure)
    assert found is not None, f"the unit names {seizure}, which is not in the register"
    return found


def _promoted(register: Register, waiting: Seizure, start: date) -> Seizure:
    """The waiting seizure in effect from `start`: the days it was ordered for begin then (SEAL 26)."""
    term = date.fromisoformat(waiting.until) - legal_date(waiting.served)
    until = min(start + term, years_later(start, _years_max(register)))
    return msgspec.structs.replace(waiting, status="effective", until=until.isoformat())


def _years_max(register: Register) -> int:
    policy = register.get(Policy, POLICY_KEY)
    assert policy is not None, "the genesis sets a policy"
    return policy.seizure_term_years_max


def _stored_anew(
    register: Register, unit: Unit, ended: tuple[Seizure, ...], live: tuple[Seizure, ...]
) -> tuple[Record, ...]:
    changed = tuple(one for one in live if register.get(Seizure, one.id) != one)
    return (*ended, *changed, msgspec.structs.replace(unit, seizures=tuple(one.id for one in live)))


def _unit(view: View[Seize]) -> Unit | None:
    found = view.register.get(Unit, view.data.unit)
    return found if found is not None and found.status == "active" else None


def _unit_is_unknown(view: View[Seize]) -> bool:
    return _unit(view) is None


def _right_is_not_the_debtors(view: View[Seize]) -> bool:
    unit = _unit(view)
    return unit is not None and view.data.right is not None and view.data.right != unit.right


def _is_repeated(view: View[Seize]) -> bool:
    unit = _unit(view)
    if unit is None:
        return False
    mine = (view.event.actor.id, view.data.document)
    return any((one.court, one.document) == mine for one in queue(view.register, unit, view.at.time))


def _is_past(view: View[Seize]) -> bool:
    until = as_date(view.data.until)
    return until is None or until <= legal_date(view.at.time)


def _is_too_long(view: View[Seize]) -> bool:
    until = as_date(view.data.until)
    return until is not None and until > years_later(legal_date(view.at.time), _years_max(view.register))


def _seize(view: View[Seize]) -> Effects:
    unit = _unit(view)
    assert unit is not None
    lapsed, live = _walk(view.register, unit, view.at.time)
    new = Seizure(
        id=f"S-{view.at.index}",
        unit=unit.code,
        court=view.event.actor.id,
        document=view.data.document,
        until=view.data.until,
        since=view.at.index,
        served=view.at.time,
        status="waiting" if live else "effective",
    )
    touched = msgspec.structs.replace(unit, head=view.at.index)
    records = _stored_anew(view.register, touched, lapsed, (*live, new))
    result = {"seizure": new.id, "unit": unit.code, "status": new.status, "waiting_behind": len(live)}
    return Effects("recorded", records, result)


def _named(view: View[R]) -> Seizure | None:
    return view.register.get(Seizure, view.data.seizure)


def _unit_of(view: View[R], seizure: Seizure) -> Unit:
    unit = view.register.get(Unit, seizure.unit)
    assert unit is not None, "a seizure is on a unit of the register"
    return unit


def _live(view: View[R]) -> Seizure | None:
    """The named seizure as it stands now, if it does."""
    found = _named(view)
    if found is None:
        return None
    live = queue(view.register, _unit_of(view, found), view.at.time)
    return next((one for one in live if one.id == found.id), None)


def _seizure_is_unknown(view: View[R]) -> bool:
    return _named(view) is None


def _is_another_courts(view: View[R]) -> bool:
    found = _named(view)
    return found is not None and found.court != view.event.actor.id


def _has_ended(view: View[R]) -> bool:
    return _named(view) is not None and _live(view) is None


def _still_waits(view: View[Renew]) -> bool:
    found = _live(view)
    return found is not None and found.status == "waiting"


def _does_not_extend(view: View[Renew]) -> bool:
    found, until = _live(view), as_date(view.data.until)
    return until is None or (found is not None and view.data.until <= found.until)


def _extends_too_far(view: View[Renew]) -> bool:
    found, until = _live(view), as_date(view.data.until)
    if found is None or until is None:
        return False
    return until > years_later(date.fromisoformat(found.until), _years_max(view.register))


def _renew(view: View[Renew]) -> Effects:
    unit, lapsed, live = _touched(view)
    first = msgspec.structs.replace(live[0], until=view.data.until, document=view.data.document)
    return _requeued(view, unit, lapsed, (first, *live[1:]))


def _release(view: View[Release]) -> Effects:
    unit, lapsed, live = _touched(view)
    ended = next(one for one in live if one.id == view.data.seizure)
    rest = tuple(one for one in live if one.id != ended.id)
    if rest and rest[0].status == "waiting":
        rest = (_promoted(view.register, rest[0], legal_date(view.at.time)), *rest[1:])
    return _requeued(view, unit, (*lapsed, msgspec.structs.replace(ended, status="released")), rest)


def _touched(view: View[R]) -> tuple[Unit, tuple[Seizure, ...], tuple[Seizure, ...]]:
    """The unit as this entry touches it, what lapsed there, and the queue as it stands."""
    found = _named(view)
    assert found is not None
    unit = _unit_of(view, found)
    lapsed, live = _walk(view.register, unit, view.at.time)
    return msgspec.structs.replace(unit, head=view.at.index), lapsed, live


def _requeued(view: View[R], unit: Unit, ended: tuple[Seizure, ...], live: tuple[Seizure, ...]) -> Effects:
    result = {"seizure": view.data.seizure, "unit": unit.code}
    if live:
        result["effective"] = live[0].id
    return Effects("recorded", _stored_anew(view.register, unit, ended, live), result)


SEIZE_RULES: tuple[Rule[View[Seize]], ...] = (
    Rule(Code.UNIT_UNKNOWN, (law.SEAL_2,), _unit_is_unknown),
    Rule(Code.NOT_DEBTOR_PROPERTY, (law.SEAL_23,), _right_is_not_the_debtors),
    Rule(Code.SEIZURE_REPEATED, (law.SEAL_26,), _is_repeated),
    Rule(Code.SEIZURE_TERM_PAST, (law.CPI_485,), _is_past),
    Rule(Code.SEIZURE_TERM_TOO_LONG, (law.CPI_485,), _is_too_long),
)
RENEW_RULES: tuple[Rule[View[Renew]], ...] = (
    Rule(Code.SEIZURE_UNKNOWN, (law.CPI_485,), _seizure_is_unknown),
    Rule(Code.NOT_SEIZING_COURT, (law.CPI_485,), _is_another_courts),
    Rule(Code.SEIZURE_ENDED, (law.SEAL_27, law.CPI_485), _has_ended),
    Rule(Code.SEIZURE_WAITS, (law.SEAL_26,), _still_waits),
    Rule(Code.SEIZURE_TERM_PAST, (law.CPI_485,), _does_not_extend),
    Rule(Code.SEIZURE_TERM_TOO_LONG, (law.CPI_485,), _extends_too_far),
)
RELEASE_RULES: tuple[Rule[View[Release]], ...] = (
    Rule(Code.SEIZURE_UNKNOWN, (law.SEAL_28,), _seizure_is_unknown),
    Rule(Code.NOT_SEIZING_COURT, (law.SEAL_28,), _is_another_courts),
    Rule(Code.SEIZURE_ENDED, (law.SEAL_27,), _has_ended),
)

KINDS: tuple[EventKind[Any], ...] = (
    EventKind("court.seize", Seize, SEIZE_RULES, _seize),
    EventKind("court.renew", Renew, RENEW_RULES, _renew),
    EventKind("court.release", Release, RELEASE_RULES, _release),
)
