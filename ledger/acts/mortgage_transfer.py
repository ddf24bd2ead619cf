"""Mortgage transfer 抵押权转移登记: with the claim, at the same rank (Civil Code 407, 546; IR 69)."""

import msgspec

from ledger import law
from ledger.act import Act, ActEffects, ActKind, ActView
from ledger.envelope import InstitutionId
from ledger.predicates import (
    may_take_mortgages,
    mortgage_is_discharged,
    mortgage_is_unknown,
    mortgage_of,
    mortgaged_unit,
    mortgagee_did_not_sign,
)
from ledger.rule import Rule
from ledger.shapes import MortgageId
from ledger.verdict import Code


class MortgageTransfer(Act, frozen=True, forbid_unknown_fields=True, tag="mortgage.transfer"):
    """Move a mortgage to another bank together with the claim it secures."""

    mortgage: MortgageId
    to: InstitutionId
    claim_assigned: bool
    debtor_notified: bool


View = ActView[MortgageTransfer]


def new_mortgagee_is_unknown(view: View) -> bool:
    """The new mortgagee is not an active bank."""
    return not may_take_mortgages(view.register, view.act.to)


def new_mortgagee_did_not_sign(view: View) -> bool:
    """The new mortgagee has not signed the application."""
    return view.act.to not in view.consents


def claim_stays_behind(view: View) -> bool:
    """The claim is not assigned with it."""
    return not view.act.claim_assigned


def debtor_knows_nothing(view: View) -> bool:
    """The debtor was not notified."""
    return not view.act.debtor_notified


RULES: tuple[Rule[View], ...] = (
    Rule(Code.MORTGAGE_UNKNOWN, (law.CC_216,), mortgage_is_unknown),
    Rule(Code.MORTGAGE_DISCHARGED, (law.CC_393,), mortgage_is_discharged),
    Rule(Code.NOT_MORTGAGEE, (law.CC_407, law.IR_69), mortgagee_did_not_sign),
    Rule(Code.MORTGAGEE_UNKNOWN, (law.NET_1,), new_mortgagee_is_unknown),
    Rule(Code.MORTGAGEE_DID_NOT_SIGN, (law.IR_69, law.REG_14), new_mortgagee_did_not_sign),
    Rule(Code.CLAIM_NOT_ASSIGNED, (law.CC_407,), claim_stays_behind),
    Rule(Code.DEBTOR_NOT_NOTIFIED, (law.CC_546, law.IR_69), debtor_knows_nothing),
)


def enter(view: View) -> ActEffects:
    """The same row and rank, another mortgagee."""
    found = mortgage_of(view)
    assert found is not None
    unit = view.unit(found.unit)
    assert unit is not None
    moved = msgspec.structs.replace(found, mortgagee=view.act.to)
    changed = msgspec.structs.replace(unit, head=view.at.index)
    return ActEffects((moved, changed), {"mortgages": [{"id": found.id, "rank": found.rank}]})


KIND = ActKind("mortgage.transfer", MortgageTransfer, RULES, enter, mortgaged_unit, disposes=False)
