"""The queue of seizures 查封 on a unit: they take effect, wait, lapse and succeed one another in the order of the log.

A seizure lapses when its last day has passed, without any event, and the first waiting one takes its place the day
after, when its own term begins. The queue is therefore computed from the stored rows and the block's time whenever it
is needed (`queue`), and stored again whenever an event touches the unit (`refresh`).

A pre-seizure 预查封 is in the same queue and binds a unit that is not in the debtor's name yet. It becomes a seizure,
at its place in the queue, with the entry that brings the unit into the debtor's name. The events of courts are in
`dengbu.ledger.events.seizures`.
"""

from datetime import date, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta

from dengbu.ledger.law.calendar import is_over, legal_date, years_later
from dengbu.ledger.register.encumbrances import Seizure
from dengbu.ledger.register.record import Record
from dengbu.ledger.register.records import Right, Unit
from dengbu.ledger.register.register import Register
from dengbu.ledger.rules.policies import policy_in_force

# The number of a court document, as printed; it neither begins nor ends with a blank.
Document = Annotated[str, Meta(pattern=r"^[^\s\x00-\x1f\x7f](.{0,62}[^\s\x00-\x1f\x7f])?\Z")]
SEIZURE, PRE_SEIZURE = "seizure", "pre-seizure"
EFFECTIVE, WAITING = "effective", "waiting"
_ONE_DAY = timedelta(days=1)


def queue(register: Register, unit: Unit, time: int) -> tuple[Seizure, ...]:
    """The unit's seizures as they stand at an instant (ms UTC): the effective one, then those that wait."""
    return walk(register, unit, time)[1]


def effective_seizure(register: Register, unit: Unit, time: int) -> Seizure | None:
    """The seizure that binds the unit at an instant (ms UTC), if any."""
    live = queue(register, unit, time)
    return live[0] if live else None


def refresh(register: Register, unit: Unit, time: int) -> tuple[Record, ...]:
    """Return the records that update the stored queue to an instant: seizures lapsed, promoted or converted, the unit.

    Nothing is returned if the queue is up to date.
    """
    lapsed, standing = walk(register, unit, time)
    live = converted(register, unit, standing)
    return stored_anew(register, unit, lapsed, live) if lapsed or live != standing else ()


def converted(register: Register, unit: Unit, live: tuple[Seizure, ...]) -> tuple[Seizure, ...]:
    """The queue with pre-seizures made seizures if the debtor now holds the unit (SPC notice [2004] no. 5, 15)."""
    right = register.get(Right, unit.right) if unit.right else None
    holders = [holder.ref for holder in right.holders] if right else []
    return tuple(
        msgspec.structs.replace(one, kind=SEIZURE)
        if one.kind == PRE_SEIZURE and one.debtor in holders
        else one
        for one in live
    )


def walk(register: Register, unit: Unit, time: int) -> tuple[tuple[Seizure, ...], tuple[Seizure, ...]]:
    """The seizures that have lapsed since the queue was stored, and those that stand at an instant (ms UTC)."""
    lapsed: list[Seizure] = []
    rest = [_row(register, one) for one in unit.seizures]
    while rest and is_over(rest[0].until, time):
        ended = rest.pop(0)
        lapsed.append(msgspec.structs.replace(ended, status="lapsed"))
        if rest:
            rest[0] = promoted(register, rest[0], date.fromisoformat(ended.until) + _ONE_DAY)
    return tuple(lapsed), tuple(rest)


def _row(register: Register, seizure: str) -> Seizure:
    found = register.get(Seizure, seizure)
    assert found is not None, f"the unit names {seizure}, which is not in the register"
    return found


def promoted(register: Register, waiting: Seizure, start: date) -> Seizure:
    """The waiting seizure in effect from `start`, when the term for which it was ordered begins (SEAL 26)."""
    term = date.fromisoformat(waiting.until) - legal_date(waiting.served)
    until = min(start + term, years_later(start, years_max(register)))
    return msgspec.structs.replace(waiting, status=EFFECTIVE, until=until.isoformat())


def years_max(register: Register) -> int:
    """The longest term of a seizure in years, by the policy in force."""
    return policy_in_force(register).seizure_term_years_max


def stored_anew(
    register: Register, unit: Unit, ended: tuple[Seizure, ...], live: tuple[Seizure, ...]
) -> tuple[Record, ...]:
    """Return the records of a changed queue: the ended rows, the changed rows, and the unit with those that stand."""
    changed = tuple(one for one in live if register.get(Seizure, one.id) != one)
    return (*ended, *changed, msgspec.structs.replace(unit, seizures=tuple(one.id for one in live)))
