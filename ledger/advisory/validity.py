"""Who owned a unit on a day, according to a register: valid time, as opposed to the recorded time of the entries.

A right holds from its entry (Civil Code 214); one imported from the old book, from the day it was registered there. A
right that was ended by a correction had been entered by mistake, so the right entered in its place counts from the
beginning of the mistaken one. This holds for a register that knows of the correction; an earlier one shows the mistake.
"""

from collections.abc import Callable, Iterator
from datetime import date

from dengbu.ledger.law.calendar import legal_date
from dengbu.ledger.register.records import Right, Unit
from dengbu.ledger.register.register import Register
from dengbu.ledger.rules.rights import right_id

CORRECTED = "corrected"


def owned_on(register: Register, unit: Unit, day: date, ended_on: Callable[[int], date]) -> Right | None:
    """The ownership that was valid at the end of a day; None before the first one and after the last one.

    `ended_on` returns the day (UTC+8) of the entry at an index.
    """
    valid, mistaken_since = None, None
    for right in _owned_ever(register, unit):
        since = mistaken_since or _since(right)
        mistaken_since = since if right.status == CORRECTED else None
        if mistaken_since is None and since <= day:
            valid = right
    if valid is None or valid.ended is None:
        return valid
    return valid if ended_on(valid.ended) > day else None


def _owned_ever(register: Register, unit: Unit) -> Iterator[Right]:
    """Every ownership right that a unit has had, in the order of entry."""
    for nth in range(1, unit.rights_count + 1):
        right = register.get(Right, right_id(unit.code, nth))
        assert right is not None, "a unit counts the ownerships it has had"
        yield right


def _since(right: Right) -> date:
    """The day from which a right holds."""
    return legal_date(right.time) if right.registered_on is None else date.fromisoformat(right.registered_on)
