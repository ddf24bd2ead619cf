"""Mortgages on units: the rows of a claim, the parties affected by a change, and ranks moving up (Civil Code 409, 414).

A claim secured on several units has a row on each, with its own rank there; the rows change together.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from dengbu.ledger.law.calendar import legal_date
from dengbu.ledger.register import co_ownership
from dengbu.ledger.register.encumbrances import Joint, Mortgage
from dengbu.ledger.register.record import Record
from dengbu.ledger.register.records import Certificate, Counter, Right, Unit
from dengbu.ledger.register.register import Register
from dengbu.ledger.rules.act import OTHER_RIGHTS, ActView, issue
from dengbu.ledger.rules.backing import Asked, Held


def claim_of(register: Register, mortgage: str) -> tuple[Mortgage, ...]:
    """The active rows of the claim that a mortgage secures, in the order of their units; none if it has ended."""
    found = register.get(Mortgage, mortgage)
    if found is None or found.status != "active":
        return ()
    if found.joint is None:
        return (found,)
    return rows_of(register, found.joint)


def claimed_of(held: Held, act: Any) -> Iterator[Asked]:
    """Ask for the holders of each unit that secures the claim of the act's mortgage."""
    return mortgagors(held, claim_of(held.register, act.mortgage))


def mortgagors(held: Held, rows: Sequence[Mortgage]) -> Iterator[Asked]:
    """Ask for the holders of the unit under each of these mortgages."""
    for one in rows:
        yield Asked("mortgagors", ((one.unit, held.by_right(one.unit, one.right)),))


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
    return any(not co_ownership.may_mortgage(right_under(register, row), consent) for row in rows)


def juniors(register: Register, row: Mortgage) -> tuple[Mortgage, ...]:
    """The mortgages of other mortgagees that rank behind this one on its unit."""
    others = on_unit(register, unit_of(register, row))
    return tuple(one for one in others if one.rank > row.rank and one.mortgagee != row.mortgagee)


def in_order(unit: Unit, rows: Sequence[Mortgage], index: int) -> tuple[Record, ...]:
    """Return the unit with these mortgages in order of rank, and each row whose rank has changed."""
    moved = [msgspec.structs.replace(one, rank=rank) for rank, one in enumerate(rows, 1) if one.rank != rank]
    named = tuple(one.id for one in rows)
    return (*moved, msgspec.structs.replace(unit, mortgages=named, head=index))


def begin(
    view: ActView[Any], mortgage: str, unit: Unit, mortgagee: str, kind: str, no_transfer: bool, **more: Any
) -> tuple[Mortgage, Certificate, Counter]:
    """Return a new mortgage on the unit's current right, ranking behind all others, and its certificate."""
    certificate, counter = issue(view, OTHER_RIGHTS, mortgage, unit.code)
    assert unit.right is not None
    made = {
        "entered_on": legal_date(view.at.time).isoformat(),
        "rank": len(unit.mortgages) + 1,
        **more,
    }
    row = Mortgage(
        id=mortgage,
        unit=unit.code,
        right=unit.right,
        mortgagee=mortgagee,
        kind=kind,
        no_transfer=no_transfer,
        certificate=certificate.number,
        status="active",
        case=view.number,
        since=view.at.index,
        **made,
    )
    return row, certificate, counter


def added(rows: Sequence[Mortgage], row: Mortgage) -> tuple[Mortgage, ...]:
    """Return the mortgages of a unit with one more, inserted before the first that ranks from a later entry."""
    later = [place for place, one in enumerate(rows) if _ranks_from(one) > _ranks_from(row)]
    place = later[0] if later else len(rows)
    return (*rows[:place], row, *rows[place:])


def _ranks_from(row: Mortgage) -> int:
    return row.since if row.ranks_from is None else row.ranks_from


def ended(register: Register, row: Mortgage, status: str, index: int) -> tuple[Record, ...]:
    """Return the records that end a mortgage: later ranks move up, and unfinished buildings will not carry it."""
    unit = unit_of(register, row)
    closed = msgspec.structs.replace(row, status=status, ended=index, covers=())
    rest = [one for one in on_unit(register, unit) if one.id != row.id]
    freed = [released(register, row, code, index) for code in row.covers]
    return (closed, *in_order(unit, rest, index), *freed)


def released(register: Register, row: Mortgage, building: str, index: int) -> Unit:
    """Return an unfinished building that will no longer carry a construction mortgage which covered it."""
    unit = register.get(Unit, building)
    assert unit is not None, "what a mortgage covers waits in the register"
    rest = tuple(one for one in unit.awaiting if one != row.id)
    return msgspec.structs.replace(unit, awaiting=rest, head=index)


def joined(register: Register, row: Mortgage, rows: tuple[str, ...]) -> tuple[Record, ...]:
    """Return the records for a mortgage that continues in other rows.

    They belong to the joint mortgage that the old row belonged to; otherwise they become joint if they are several.
    """
    if row.joint is None and len(rows) == 1:
        return ()
    name = row.joint or row.id
    before = register.get(Joint, name)
    more = [register.get(Mortgage, one) for one in rows]
    named = tuple(msgspec.structs.replace(one, joint=name) for one in more if one is not None)
    return (*named, Joint(name, (*(before.mortgages if before else ()), *rows)))
