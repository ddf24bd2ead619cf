"""Rights to use another's unit, habitations 居住权 and easements 地役权: which stand, and how an act ends one.

Such a right ends with its term, without any event (Civil Code 370, 377); its discharge then only tidies the register.
"""

from typing import Any

import msgspec

from dengbu.ledger.law.calendar import as_date, is_over, legal_date
from dengbu.ledger.register.record import Record
from dengbu.ledger.register.records import Right, Unit
from dengbu.ledger.register.register import Register
from dengbu.ledger.rules.act import ActView

HABITATION, EASEMENT = "habitation", "easement"
EXPIRED = "expired"
GIVEN_UP = ("waiver", "agreement")

V = ActView[Any]


def habitations(register: Register, unit: Unit, time: int) -> tuple[Right, ...]:
    """The habitations on a unit that stand at an instant (ms UTC)."""
    return _standing(register, unit.habitations, time)


def standing(register: Register, unit: Unit, time: int) -> tuple[Right, ...]:
    """The habitations on a unit, and the easements that burden or benefit it, that stand at an instant (ms UTC)."""
    return _standing(register, (*unit.habitations, *unit.easements), time)


def _standing(register: Register, ids: tuple[str, ...], time: int) -> tuple[Right, ...]:
    found = [register.get(Right, one) for one in ids]
    return tuple(one for one in found if one is not None and not is_expired(one, time))


def is_expired(right: Right, time: int) -> bool:
    """Whether the last day of a right has passed."""
    return right.until is not None and is_over(right.until, time)


def term_is_wrong(view: V, *units: str) -> bool:
    """The last day does not exist, is not in the future, or lies beyond the land-use term of one of the units."""
    until = view.act.until
    if until is not None and ((day := as_date(until)) is None or day <= legal_date(view.at.time)):
        return True
    found = [view.unit(code) for code in units]
    terms = [unit.land_until for unit in found if unit is not None and unit.land_until is not None]
    return any(until is None or until > term for term in terms)


# ---- of acts that name a `usufruct` and a `ground` for its end ------------------------------------------------------


def named(view: V, kind: str) -> Right | None:
    """The habitation or easement that the act names."""
    found = view.register.get(Right, view.act.usufruct)
    return found if found is not None and found.kind == kind else None


def has_ended(view: V, kind: str) -> bool:
    """The right is already discharged."""
    found = named(view, kind)
    return found is not None and found.status != "current"


def is_not_over(view: V, kind: str) -> bool:
    """The act claims that the term is over, but by the register it is not."""
    found = named(view, kind)
    return found is not None and view.act.ground == EXPIRED and not is_expired(found, view.at.time)


def ended(view: V, right: Right) -> tuple[Record, ...]:
    """Return the records that end a usufruct: the right, and the units that named it."""
    records: list[Record] = [msgspec.structs.replace(right, status="ended", ended=view.at.index)]
    for code in units_of(right):
        unit = view.register.get(Unit, code)
        assert unit is not None, "a right is on units of the register"
        records.append(
            msgspec.structs.replace(
                unit,
                habitations=tuple(one for one in unit.habitations if one != right.id),
                easements=tuple(one for one in unit.easements if one != right.id),
                head=view.at.index,
            )
        )
    return tuple(records)


def units_of(right: Right) -> tuple[str, ...]:
    """The unit that bears a right, and for an easement also the unit that it benefits."""
    return (right.unit,) if right.dominant is None else (right.unit, right.dominant)


def units_named(register: Register, act: Any) -> tuple[str, ...]:
    """The units of the usufruct that a discharge names; none if there is no such right."""
    found = register.get(Right, act.usufruct)
    return units_of(found) if found else ()


def rests_on_paper(act: Any) -> bool:
    """Whether the ground of a discharge is shown by a paper: neither the holders' will nor the end of the term."""
    return act.ground not in (*GIVEN_UP, EXPIRED)
