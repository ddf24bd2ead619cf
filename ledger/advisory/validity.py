"""Who owned a unit on a day, as a register knows it: valid time, beside the recorded time of the entries.

A right holds from its entry on (Civil Code 214), one imported from the old book from the day it was registered there. A
right that a correction ended was entered by mistake: the right entered in its place counts from the mistaken one's
beginning, for whoever asks a register that knows of the correction; one that does not yet know shows the mistake.
"""

from collections.abc import Callable, Iterator
from datetime import date

from dengbu.ledger.law.calendar import legal_date
from dengbu.ledger.register.records import Right, Unit
from dengbu.ledger.register.register import Register

CORRECTED = "corrected"


def owned_on(register: Register, unit: Unit, day: date, ended_on: Callable[[int], date]) -> Right | None:
    """The ownership that was valid at the end of a day; None before the first and after the last one.

    `ended_on` gives the day (UTC+8) of an entry, by its index.
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
    """Every ownership of a unit, in the order of entry."""
    for nth in range(1, unit.rights_count + 1):
        right = register.get(Right, f"R-{unit.code}-{nth}")
        assert right is not None, "a unit counts the ownerships it has had"
        yield right


def _since(right: Right) -> date:
    """The day from which a right holds."""
    return legal_date(right.time) if right.registered_on is None else date.fromisoformat(right.registered_on)
