"""Mortgage discharge 抵押权注销登记: only by the registered mortgagee; junior ranks move up (Civil Code 393, 414; IR 70)."""

import msgspec

from ledger import law
from ledger.act import Act, ActEffects, ActKind, ActView
from ledger.predicates import (
    mortgage_is_discharged,
    mortgage_is_unknown,
    mortgage_of,
    mortgaged_unit,
    mortgagee_did_not_sign,
)
from ledger.records import Record
from ledger.rule import Rule
from ledger.shapes import MortgageId
from ledger.verdict import Code


class MortgageDischarge(Act, frozen=True, forbid_unknown_fields=True, tag="mortgage.discharge"):
    """End a mortgage, named by its id."""

    mortgage: MortgageId


View = ActView[MortgageDischarge]


RULES: tuple[Rule[View], ...] = (
    Rule(Code.MORTGAGE_UNKNOWN, (law.CC_216,), mortgage_is_unknown),
    Rule(Code.MORTGAGE_DISCHARGED, (law.CC_393,), mortgage_is_discharged),
    Rule(Code.NOT_MORTGAGEE, (law.CC_393, law.IR_70), mortgagee_did_not_sign),
)


def enter(view: View) -> ActEffects:
    """Close the row; every later rank moves up by one."""
    found = mortgage_of(view)
    assert found is not None
    unit = view.unit(found.unit)
    assert unit is not None
    ended = msgspec.structs.replace(found, status="discharged", ended=view.at.index)
    rest = [one for one in view.mortgages(unit) if one.id != found.id]
    moved: list[Record] = [
        msgspec.structs.replace(one, rank=rank) for rank, one in enumerate(rest, 1) if one.rank != rank
    ]
    changed = msgspec.structs.replace(unit, mortgages=tuple(one.id for one in rest), head=view.at.index)
    return ActEffects((ended, *moved, changed), {"discharged": [found.id]})


KIND = ActKind("mortgage.discharge", MortgageDischarge, RULES, enter, mortgaged_unit, disposes=False)
