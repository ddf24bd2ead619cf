"""Conversion 在建建筑物抵押权转为建筑物抵押权: a finished building carries its construction mortgage (IR 77).

The conversion is in the same case as the building's first registration or comes right after it, since nothing else is
entered on the building before. The mortgage ranks by the time of the construction mortgage, not of the conversion.
"""

from collections.abc import Iterator

import msgspec

from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register.encumbrances import Joint, Mortgage
from dengbu.ledger.register.record import Record
from dengbu.ledger.register.register import Register
from dengbu.ledger.register.shapes import MortgageId, UnitCode
from dengbu.ledger.rules import mortgages, parties, rights, roles, securing
from dengbu.ledger.rules.act import Act, ActEffects, ActKind, ActView
from dengbu.ledger.rules.backing import Asked, Backing, Held, always, nothing
from dengbu.ledger.rules.predicates import (
    mortgage_is_discharged,
    mortgage_is_unknown,
    mortgage_of,
    mortgagee_did_not_sign,
    unit_is_unknown,
)
from dengbu.ledger.rules.rule import Rule, Title


class MortgageConvert(Act, frozen=True, forbid_unknown_fields=True, tag="mortgage.convert"):
    """Convert a construction mortgage on one of the units that it covers, after the unit's first registration."""

    mortgage: MortgageId
    unit: UnitCode


View = ActView[MortgageConvert]


def unit_is_not_covered(view: View) -> bool:
    """The mortgage does not cover the unit, or is already converted there."""
    found = mortgage_of(view)
    return found is not None and found.status == "active" and view.act.unit not in found.covers


RULES: tuple[Rule[View], ...] = (
    Rule(Code.MORTGAGE_UNKNOWN, (law.CC_216,), mortgage_is_unknown),
    Rule(Code.MORTGAGE_DISCHARGED, (law.CC_393,), mortgage_is_discharged),
    Rule(Code.UNIT_UNKNOWN, (law.IR_77, law.IR_24), unit_is_unknown),
    Rule(Code.NOT_UNDER_CONSTRUCTION, (law.IR_75, law.IR_77), unit_is_not_covered),
    Rule(Code.NOT_MORTGAGEE, (law.IR_77, law.REG_14), mortgagee_did_not_sign),
)


def effects(view: View) -> ActEffects:
    """Enter a row of the same claim on the building; with the last building, the mortgage on the bare land ends."""
    found, index = mortgage_of(view), view.at.index
    assert found is not None
    unit = view.unit(view.act.unit)
    assert unit is not None
    row, certificate, counter = mortgages.begin(
        view,
        f"M-{view.number}-{view.ordinal}",
        unit,
        found.mortgagee,
        found.kind,
        found.no_transfer,
        joint=found.id,
        entered_on=found.entered_on,
        fixed=found.fixed,
        ranks_from=found.since,
    )
    rows = mortgages.added(mortgages.on_unit(view.register, unit), row)
    carried = msgspec.structs.replace(unit, awaiting=tuple(one for one in unit.awaiting if one != found.id))
    placed = mortgages.in_order(carried, rows, index)
    records = (row, *placed, *_joined(view, found, row), certificate, counter)
    rank = rows.index(row) + 1
    return ActEffects(
        records,
        {"mortgages": [{"id": row.id, "rank": rank}], "certificates": [certificate.number]},
    )


def _joined(view: View, found: Mortgage, row: Mortgage) -> tuple[Record, ...]:
    """Return the claim with one more row, and the construction mortgage with one unit less, or ended after the last."""
    joint = view.register.get(Joint, found.id)
    assert joint is not None, "a construction mortgage is joint with what it is converted to"
    more = Joint(joint.id, (*joint.mortgages, row.id))
    covers = tuple(code for code in found.covers if code != row.unit)
    left = msgspec.structs.replace(found, covers=covers)
    if covers:
        return (more, left)
    return (more, *mortgages.ended(view.register, left, "converted", view.at.index))


def units(register: Register, act: MortgageConvert) -> tuple[str, ...]:
    """The building, and the land under it."""
    found = register.get(Mortgage, act.mortgage)
    return (act.unit, found.unit) if found else (act.unit,)


def _building(held: Held, act: MortgageConvert) -> Iterator[Asked]:
    """Ask for the holders of the building that is to carry the mortgage."""
    yield Asked("mortgagors", ((act.unit, held.of_unit(act.unit)),))


KIND = ActKind(
    type=MortgageConvert,
    title=Title("在建建筑物抵押权转为建筑物抵押权登记", "conversion of a construction mortgage"),
    applicants=roles.REGISTRY_BANK,
    about=("mortgage",),
    giving=(),
    units=units,
    parties=parties.mortgagee,
    discreet=True,
    secures=securing.nobody,
    ends=securing.none,
    begins=rights.none,
    disposes=False,
    taxed=False,
    backing=Backing(asks=_building, tells=always(None), paper=always(False), gives=nothing),
    rules=RULES,
    effects=effects,
)
