"""Mortgage discharge 抵押权注销登记: only by the registered mortgagee; junior ranks move up (Civil Code 393, 414; IR 70)."""

from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register.encumbrances import Mortgage
from dengbu.ledger.register.register import Register
from dengbu.ledger.register.shapes import MortgageId
from dengbu.ledger.rules import mortgages, parties, rights, roles, securing
from dengbu.ledger.rules.act import Act, ActEffects, ActKind, ActView
from dengbu.ledger.rules.backing import BY_INSTITUTIONS
from dengbu.ledger.rules.predicates import (
    mortgage_is_discharged,
    mortgage_is_unknown,
    mortgage_of,
    mortgagee_did_not_sign,
)
from dengbu.ledger.rules.rule import Rule, Title


class MortgageDischarge(Act, frozen=True, forbid_unknown_fields=True, tag="mortgage.discharge"):
    """End a mortgage, named by its id."""

    mortgage: MortgageId


View = ActView[MortgageDischarge]


RULES: tuple[Rule[View], ...] = (
    Rule(Code.MORTGAGE_UNKNOWN, (law.CC_216,), mortgage_is_unknown),
    Rule(Code.MORTGAGE_DISCHARGED, (law.CC_393,), mortgage_is_discharged),
    Rule(Code.NOT_MORTGAGEE, (law.CC_393, law.IR_70), mortgagee_did_not_sign),
)


def secured_units(register: Register, act: MortgageDischarge) -> tuple[str, ...]:
    """The mortgage's unit, and the buildings under construction that are to carry it."""
    found = register.get(Mortgage, act.mortgage)
    return (found.unit, *found.covers) if found else ()


def effects(view: View) -> ActEffects:
    """Close the row; every later rank moves up by one. The other rows of a joint mortgage stand."""
    found = mortgage_of(view)
    assert found is not None
    records = mortgages.ended(view.register, found, "discharged", view.at.index)
    return ActEffects(records, {"discharged": [found.id]})


def _ended(register: Register, act: MortgageDischarge) -> tuple[str, ...]:
    return (act.mortgage,)


KIND = ActKind(
    type=MortgageDischarge,
    title=Title("抵押权注销登记", "discharge of a mortgage"),
    applicants=roles.REGISTRY_BANK,
    about=("mortgage",),
    giving=(),
    units=secured_units,
    parties=parties.mortgagee,
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
