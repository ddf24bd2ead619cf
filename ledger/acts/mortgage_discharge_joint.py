"""Discharge of a joint mortgage 共同抵押权注销登记 on all units or some; the others secure the claim as before (CC 393; IR 70).

A building under construction counts as a unit like the others; once freed, it may be sold in advance (IR 75).
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register.encumbrances import Joint, Mortgage
from dengbu.ledger.register.register import Overlay, Register
from dengbu.ledger.register.shapes import MortgageId, UnitCode
from dengbu.ledger.rules import mortgages, parties, rights, roles, securing
from dengbu.ledger.rules.act import Act, ActEffects, ActKind, ActView
from dengbu.ledger.rules.backing import BY_INSTITUTIONS
from dengbu.ledger.rules.rule import Rule, Title

UNITS_MAX = 250


class MortgageDischargeJoint(Act, frozen=True, forbid_unknown_fields=True, tag="mortgage.discharge-joint"):
    """Free units from a joint mortgage, which ends with the last of them."""

    joint: MortgageId
    units: Annotated[tuple[UnitCode, ...], Meta(min_length=1, max_length=UNITS_MAX)]


View = ActView[MortgageDischargeJoint]


def _rows(view: View) -> tuple[Mortgage, ...]:
    return mortgages.rows_of(view.register, view.act.joint)


def joint_is_unknown(view: View) -> bool:
    """There is no such joint mortgage."""
    return view.register.get(Joint, view.act.joint) is None


def joint_is_discharged(view: View) -> bool:
    """The joint mortgage has ended on every unit."""
    return not joint_is_unknown(view) and not _rows(view)


def mortgagee_did_not_sign(view: View) -> bool:
    """The registered mortgagee has not signed the application."""
    return any(row.mortgagee not in view.consents for row in _rows(view))


def unit_is_free(view: View) -> bool:
    """A named unit does not secure the claim, or no longer does."""
    secured = [code for row in _rows(view) for code in (row.unit, *row.covers)]
    return bool(secured) and any(code not in secured for code in view.act.units)


def unit_is_repeated(view: View) -> bool:
    """A unit is named twice."""
    codes = view.act.units
    return any(code in codes[:place] for place, code in enumerate(codes))


RULES: tuple[Rule[View], ...] = (
    Rule(Code.MORTGAGE_UNKNOWN, (law.CC_216,), joint_is_unknown),
    Rule(Code.MORTGAGE_DISCHARGED, (law.CC_393,), joint_is_discharged),
    Rule(Code.NOT_MORTGAGEE, (law.CC_393, law.IR_70), mortgagee_did_not_sign),
    Rule(Code.NOT_SECURED, (law.CC_393, law.IR_70), unit_is_free),
    Rule(Code.UNIT_REPEATED, (law.REG_10,), unit_is_repeated),
)


def effects(view: View) -> ActEffects:
    """Close the rows of the named units; buildings under construction among them will no longer carry the mortgage."""
    act, index = view.act, view.at.index
    overlay = Overlay(view.register)
    closed = []
    for row in _rows(view):
        if row.unit in act.units:
            overlay.apply(mortgages.ended(overlay, row, "discharged", index))
            closed.append(row.id)
            continue
        named = [code for code in row.covers if code in act.units]
        overlay.apply(mortgages.released(overlay, row, code, index) for code in named)
        rest = tuple(code for code in row.covers if code not in act.units)
        if rest != row.covers:
            overlay.apply((msgspec.structs.replace(row, covers=rest),))
    return ActEffects(overlay.changes(), {"discharged": closed, "freed": list(act.units)})


def units(register: Register, act: MortgageDischargeJoint) -> tuple[str, ...]:
    """The units to be freed, if the mortgage is on them."""
    rows = mortgages.rows_of(register, act.joint)
    secured = [code for row in rows for code in (row.unit, *row.covers)]
    return tuple(code for code in act.units if code in secured)


def _ended(register: Register, act: MortgageDischargeJoint) -> tuple[str, ...]:
    return tuple(row.id for row in mortgages.rows_of(register, act.joint) if row.unit in act.units)


KIND = ActKind(
    type=MortgageDischargeJoint,
    title=Title("共同抵押权注销登记", "discharge of a joint mortgage", "全部 whole, 部分 in part"),
    applicants=roles.REGISTRY_BANK,
    about=("joint",),
    giving=(),
    units=units,
    parties=parties.none,
    discreet=True,
    secures=securing.nobody,
    ends=_ended,
    begins=rights.none,
    disposes=False,
    taxed=False,
    backing=BY_INSTITUTIONS,
    rules=RULES,
    effects=effects,
)
