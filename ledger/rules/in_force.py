"""Notations on a unit that are in force at an instant. Lapse is computed from the block's time, never by a timer.

Lapsed rows are stored as lapsed whenever a case is entered on their unit (`refresh`).
"""

from datetime import date

import msgspec

from dengbu.ledger.law.calendar import is_over, last_day, legal_date
from dengbu.ledger.register.notations import Mark, Notice, Objection
from dengbu.ledger.register.record import Record
from dengbu.ledger.register.records import Case, Unit
from dengbu.ledger.register.register import Register
from dengbu.ledger.rules.policies import policy_in_force

OBJECTION_DAYS = 15  # Civil Code 220: to sue
NOTICE_DAYS = 90  # Civil Code 221: to apply, once it can be registered
CONVERT = "notice.convert"  # the tag of the act that asks for it, which by that keeps a notice in force


def marks(register: Register, unit: Unit, time: int) -> tuple[Mark, ...]:
    """The disputes and freezes on a unit at an instant (ms UTC)."""
    found = [register.get(Mark, one) for one in unit.marks]
    return tuple(one for one in found if one is not None and not is_lifted(one, time))


def is_lifted(mark: Mark, time: int) -> bool:
    """Whether a mark has ended at an instant: it was lifted, or its last day has passed."""
    return mark.status == "lifted" or (mark.until is not None and is_over(mark.until, time))


def freezes(register: Register, unit: Unit, time: int) -> tuple[Mark, ...]:
    """The freezes on a unit at an instant."""
    return tuple(one for one in marks(register, unit, time) if one.kind == "freeze")


def objections(register: Register, unit: Unit, time: int) -> tuple[Objection, ...]:
    """The objections in force on a unit at an instant."""
    return tuple(one for one in objections_ever(register, unit) if is_raised(register, one, time))


def objections_ever(register: Register, unit: Unit) -> tuple[Objection, ...]:
    """Every objection ever noted on a unit, in the order of entry."""
    found = [register.get(Objection, one) for one in unit.objections]
    return tuple(one for one in found if one is not None)


def is_raised(register: Register, objection: Objection, time: int) -> bool:
    """Whether an objection is in force: not closed, and either sued on or within its fifteen days."""
    if objection.status != "noted":
        return False
    return objection.suit is not None or not _is_past(register, objection.entered_on, OBJECTION_DAYS, time)


def notices(register: Register, unit: Unit, time: int) -> tuple[Notice, ...]:
    """The advance notices in force on a unit at an instant, in the order of entry."""
    found = [register.get(Notice, one) for one in unit.notices]
    return tuple(one for one in found if one is not None and is_noticed(register, unit, one, time))


def is_noticed(register: Register, unit: Unit, notice: Notice, time: int) -> bool:
    """Whether a notice is in force: not ended, and its conversion possible yet or applied for in time."""
    if notice.status != "noted":
        return False
    if notice.ripe_on is None or not _is_past(register, notice.ripe_on, NOTICE_DAYS, time):
        return True
    cases = [register.get(Case, one) for one in unit.open_cases]
    return any(one is not None and _asks_in_time(register, one, notice) for one in cases)


def _asks_in_time(register: Register, case: Case, notice: Notice) -> bool:
    assert notice.ripe_on is not None
    asks = any(act["act"] == CONVERT and act["notice"] == notice.id for act in case.acts)
    return asks and not _is_past(register, notice.ripe_on, NOTICE_DAYS, case.applied_at)


def _is_past(register: Register, since: str, days: int, time: int) -> bool:
    last = last_day(date.fromisoformat(since), days, policy_in_force(register))
    return legal_date(time) > last


def refresh(register: Register, unit: Unit, time: int) -> tuple[Record, ...]:
    """Return the records that update a unit to an instant: its objections and notices that have lapsed, and the unit.

    Nothing is returned if none has lapsed.
    """
    live = tuple(one.id for one in notices(register, unit, time))
    gone = [one for one in unit.notices if one not in live]
    lapsed: list[Record] = [
        _lapsed(found) for one in gone if (found := register.get(Notice, one)) is not None
    ]
    lapsed += [
        _lapsed(one)
        for one in objections_ever(register, unit)
        if one.status == "noted" and not is_raised(register, one, time)
    ]
    return (*lapsed, msgspec.structs.replace(unit, notices=live)) if lapsed else ()


def _lapsed(row: Notice | Objection) -> Record:
    return msgspec.structs.replace(row, status="lapsed")
