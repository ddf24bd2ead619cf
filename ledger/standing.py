"""What is noted on a unit and still in force at an instant: lapse is worked out from the block's time, never by a timer."""

from ledger.calendar import is_over
from ledger.records import Mark, Unit
from ledger.register import Register


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
