"""The institutions that an entry concerns although they are not parties to it.

They have a mortgage, a seizure, an order, a mark or a notice on the unit. A sale carries the mortgages along, a release
brings the next seizure into effect, and an executed order ends the mortgages it names, so these institutions are told,
and nobody else.

The answer is computed from the register just before and just after the entry, at the entry's time, so it never changes:
burdens that had lapsed or ended before do not count, and burdens registered later do not look back.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dengbu.ledger.register.encumbrances import Mortgage, Order, Seizure
from dengbu.ledger.register.notations import Mark, Notice
from dengbu.ledger.register.records import Right, Unit
from dengbu.ledger.register.register import Register
from dengbu.ledger.rules.in_force import marks, notices, objections
from dengbu.ledger.rules.seizure_queue import queue

MAXIMUM = "maximum"

Burden = Mortgage | Seizure | Order | Mark | Notice


@dataclass(frozen=True, slots=True)
class Concern:
    """The part of an entry that concerns an institution: the units, and the ids of its burdens on them."""

    units: tuple[str, ...]
    burdens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Touched:
    """A unit before and after an entry: the burdens of institutions on it by id, and the ground on which they rest."""

    was: Mapping[str, Burden]
    now: Mapping[str, Burden]
    rested_on: object
    rests_on: object

    @property
    def differing(self) -> tuple[Burden, ...]:
        """The burdens that begin, change or end with the entry, each as it was and as it is now."""
        both = dict.fromkeys((*self.was, *self.now))
        found = [(self.was.get(one), self.now.get(one)) for one in both]
        return tuple(each for pair in found if pair[0] != pair[1] for each in pair if each is not None)


def own_row_differs(touched: Touched) -> Iterable[Burden]:
    """The institution's own burden begins, moves up, follows the unit, takes effect or ends (CC 406, 409; SEAL 26)."""
    return touched.differing


def ground_differs(touched: Touched) -> Iterable[Burden]:
    """The owner, the description or the objections change, which concerns every burden there (CC 220, 406, 408)."""
    return touched.was.values() if touched.rested_on != touched.rests_on else ()


def seizure_begins(touched: Touched) -> Iterable[Burden]:
    """A seizure begins: the claims of a maximum mortgage stop growing once its mortgagee knows (CC 423; SEAL 25)."""
    begins = any(isinstance(one, Seizure) and one.id not in touched.was for one in touched.differing)
    found = [one for one in touched.was.values() if isinstance(one, Mortgage) and one.kind == MAXIMUM]
    return found if begins else ()


def order_names_it(touched: Touched) -> Iterable[Burden]:
    """A court's order begins, changes or ends: the mortgages that it names are to end by it (IR 19)."""
    named = [name for one in touched.differing if isinstance(one, Order) for name in one.ends]
    return [touched.was[one] for one in named if one in touched.was]


# Each row returns the burdens on the unit whose holders the entry concerns.
CONCERNS: tuple[Callable[[Touched], Iterable[Burden]], ...] = (
    own_row_differs,
    ground_differs,
    seizure_begins,
    order_names_it,
)


def concerned(
    before: Register, after: Register, index: int, units: Sequence[str], time: int
) -> dict[str, Concern]:
    """Return the institutions that the entry at an index concerns, each with its units and burdens.

    `before` and `after` are the register without and with the entry, `units` those that it may touch, and `time` is
    that of the entry (ms UTC).
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for code in units:
        unit = after.get(Unit, code)
        if unit is None or unit.head != index:
            continue  # an entry that changes anything on a unit becomes its `head`
        touched = _touched(before, after, unit, time)
        for row in CONCERNS:
            for burden in row(touched):
                found.setdefault(_institution(burden), []).append((code, burden.id))
    return {
        institution: Concern(*(tuple(dict.fromkeys(each)) for each in zip(*pairs, strict=True)))
        for institution, pairs in found.items()
    }


def _touched(before: Register, after: Register, unit: Unit, time: int) -> Touched:
    old = before.get(Unit, unit.code)
    return Touched(
        _standing(before, old, time),
        _standing(after, unit, time),
        _ground(before, old, time),
        _ground(after, unit, time),
    )


def _standing(register: Register, unit: Unit | None, time: int) -> dict[str, Burden]:
    """The burdens of institutions on a unit at an instant, with the mortgages that it will carry once registered."""
    if unit is None:
        return {}
    secured = [register.get(Mortgage, one) for one in (*unit.mortgages, *unit.awaiting)]
    ordered = [register.get(Order, one) for one in unit.orders]
    found: list[Any] = [
        *(one for one in (*secured, *ordered) if one is not None),
        *queue(register, unit, time),
        *marks(register, unit, time),
        *notices(register, unit, time),
    ]
    return {one.id: one for one in found}


def _ground(register: Register, unit: Unit | None, time: int) -> object:
    if unit is None:
        return None
    right = register.get(Right, unit.right) if unit.right else None
    held = (right.id, right.mode, right.holders) if right else None
    doubts = [(one.id, one.suit) for one in objections(register, unit, time)]
    return (unit.use, unit.area_cm2, unit.location, unit.land_until, held, doubts)


def _institution(burden: Burden) -> str:
    if isinstance(burden, Mortgage):
        return burden.mortgagee
    if isinstance(burden, Seizure | Order):
        return burden.court
    return burden.institution if isinstance(burden, Mark) else burden.beneficiary
