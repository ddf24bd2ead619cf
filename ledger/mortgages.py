"""Mortgages on units: the rows of one claim, whom a change of them concerns, and ranks that move up (Civil Code 409, 414).

A claim secured on several units has a row on each, with a rank of its own there; they change together.
"""

from collections.abc import Sequence

import msgspec

from ledger import holding
from ledger.records import Joint, Mortgage, Record, Right, Unit
from ledger.register import Register


def claim_of(register: Register, mortgage: str) -> tuple[Mortgage, ...]:
    """The active rows of the claim that a mortgage secures, in the order of their units; none if it has ended."""
    found = register.get(Mortgage, mortgage)
    if found is None or found.status != "active":
        return ()
    if found.joint is None:
        return (found,)
    return rows_of(register, found.joint)


def rows_of(register: Register, joint: str) -> tuple[Mortgage, ...]:
    """The active rows of a joint mortgage, in the order of their units."""
    together = register.get(Joint, joint)
    named = together.mortgages if together else ()
    rows = [register.get(Mortgage, one) for one in named]
    return tuple(one for one in rows if one is not None and one.status == "active")


def unit_of(register: Register, mortgage: Mortgage) -> Unit:
    """The unit that an active mortgage is on."""
    unit = register.get(Unit, mortgage.unit)
    assert unit is not None, "an active mortgage is on a unit of the register"
    return unit


def on_unit(register: Register, unit: Unit) -> tuple[Mortgage, ...]:
    """The active mortgages of a unit in rank order."""
    rows = [register.get(Mortgage, one) for one in unit.mortgages]
    return tuple(one for one in rows if one is not None)


def right_under(register: Register, mortgage: Mortgage) -> Right:
    """The right that an active mortgage is on."""
    right = register.get(Right, mortgage.right)
    assert right is not None, "an active mortgage is on a right of the register"
    return right


def strangers(register: Register, rows: Sequence[Mortgage], consent: Sequence[str]) -> bool:
    """Whether someone named as consenting holds none of the mortgaged rights."""
    refs = [holder.ref for row in rows for holder in right_under(register, row).holders]
    return any(one not in refs for one in consent)


def consent_is_short(register: Register, rows: Sequence[Mortgage], consent: Sequence[str]) -> bool:
    """Whether too few holders of a mortgaged right agreed to change what burdens it."""
    return any(not holding.may_mortgage(right_under(register, row), consent) for row in rows)


def juniors(register: Register, row: Mortgage) -> tuple[Mortgage, ...]:
    """The mortgages of other mortgagees that rank behind this one on its unit."""
    others = on_unit(register, unit_of(register, row))
    return tuple(one for one in others if one.rank > row.rank and one.mortgagee != row.mortgagee)


def in_order(unit: Unit, rows: Sequence[Mortgage], index: int) -> tuple[Record, ...]:
    """The unit with these as its mortgages, first rank first, and each row whose rank is another now."""
    moved = [msgspec.structs.replace(one, rank=rank) for rank, one in enumerate(rows, 1) if one.rank != rank]
    named = tuple(one.id for one in rows)
    return (*moved, msgspec.structs.replace(unit, mortgages=named, head=index))
