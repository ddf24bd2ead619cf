"""The burdens on a unit other than mortgages and seizures, at an instant and as one institution may see them.

A burden whose term has run out has ended at the instant asked about: no event is needed for that, and none is waited for
(Civil Code 220, 221, 370).
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from dengbu.api.shapes.register_answers import SEEN_BY_ALL
from dengbu.ledger.register.encumbrances import Order
from dengbu.ledger.register.records import Unit
from dengbu.ledger.register.register import Register
from dengbu.ledger.rules.in_force import freezes, marks, notices, objections
from dengbu.ledger.rules.usufructs import standing

Json = dict[str, Any]


def flags(register: Register, unit: Unit | None, time: int) -> dict[str, bool]:
    """Return whether the unit bears each kind of burden at an instant (ms UTC)."""
    return {
        "frozen": unit is not None and bool(freezes(register, unit, time)),
        "objected": unit is not None and bool(objections(register, unit, time)),
        "promised": unit is not None and bool(notices(register, unit, time)),
        "encumbered": unit is not None and bool(standing(register, unit, time)),
        "ordered": unit is not None and bool(unit.orders),
    }


def structure(register: Register, unit: Unit, time: int, institution: str | None) -> Json:
    """Return the burdens at an instant (ms UTC), each in full for the institution it belongs to, the rest in part.

    None as the institution shows all in full: the registry's view.
    """
    orders = [one for key in unit.orders if (one := register.get(Order, key)) is not None]
    return {
        "marks": _shown(marks(register, unit, time), "institution", institution),
        "objections": _shown(objections(register, unit, time), None, institution),
        "notices": _shown(notices(register, unit, time), "beneficiary", institution),
        "orders": _shown(orders, "court", institution),
        "usufructs": _shown(standing(register, unit, time), None, institution),
    }


def _shown(found: Iterable[Any], owner: str | None, institution: str | None) -> list[Json]:
    return [
        {name: msgspec.to_builtins(getattr(one, name)) for name in _names(one, owner, institution)}
        for one in found
    ]


def _names(one: Any, owner: str | None, institution: str | None) -> tuple[str, ...]:
    if institution is None or (owner is not None and getattr(one, owner) == institution):
        return tuple(one.__struct_fields__)
    return SEEN_BY_ALL[type(one)]
