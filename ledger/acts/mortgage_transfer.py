"""Mortgage transfer 抵押权转移登记: with the claim, at the same rank (Civil Code 407, 546; IR 69)."""

import msgspec

from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.envelope import InstitutionId
from dengbu.ledger.register.record import Record
from dengbu.ledger.register.shapes import MortgageId
from dengbu.ledger.rules import mortgages, parties, rights, roles, securing
from dengbu.ledger.rules.act import Act, ActEffects, ActKind, ActView
from dengbu.ledger.rules.backing import BY_INSTITUTIONS
from dengbu.ledger.rules.predicates import (
    claimed_units,
    may_take_mortgages,
    mortgage_is_discharged,
    mortgage_is_unknown,
    mortgagee_did_not_sign,
)
from dengbu.ledger.rules.rule import Rule, Title


class MortgageTransfer(Act, frozen=True, forbid_unknown_fields=True, tag="mortgage.transfer"):
    """Move a mortgage to another bank together with the claim it secures, on every unit that secures it.

    `agreed` is true if the parties to a maximum mortgage agreed that it may move before its claims are fixed.
    """

    mortgage: MortgageId
    to: InstitutionId
    claim_assigned: bool
    debtor_notified: bool
    agreed: bool = False


View = ActView[MortgageTransfer]


def new_mortgagee_is_unknown(view: View) -> bool:
    """The new mortgagee is not an active bank."""
    return not may_take_mortgages(view.register, view.act.to)


def new_mortgagee_did_not_sign(view: View) -> bool:
    """The new mortgagee has not signed the application."""
    return view.act.to not in view.consents


def claim_stays_behind(view: View) -> bool:
    """The claim is not assigned along with the mortgage."""
    return not view.act.claim_assigned


def debtor_knows_nothing(view: View) -> bool:
    """The debtor was not notified of the assignment."""
    return not view.act.debtor_notified


def maximum_is_open(view: View) -> bool:
    """The claims of a maximum mortgage are not fixed, and the parties did not agree that it may move before."""
    rows = mortgages.claim_of(view.register, view.act.mortgage)
    return not view.act.agreed and any(row.kind == "maximum" for row in rows)


def mortgagee_stays(view: View) -> bool:
    """The new mortgagee is the present one."""
    rows = mortgages.claim_of(view.register, view.act.mortgage)
    return any(row.mortgagee == view.act.to for row in rows)


RULES: tuple[Rule[View], ...] = (
    Rule(Code.MORTGAGE_UNKNOWN, (law.CC_216,), mortgage_is_unknown),
    Rule(Code.MORTGAGE_DISCHARGED, (law.CC_393,), mortgage_is_discharged),
    Rule(Code.NOT_MORTGAGEE, (law.CC_407, law.IR_69), mortgagee_did_not_sign),
    Rule(Code.MORTGAGEE_UNKNOWN, (law.NET_1,), new_mortgagee_is_unknown),
    Rule(Code.MORTGAGEE_DID_NOT_SIGN, (law.IR_69, law.REG_14), new_mortgagee_did_not_sign),
    Rule(Code.MORTGAGE_UNCHANGED, (law.IR_69,), mortgagee_stays),
    Rule(Code.CLAIM_NOT_ASSIGNED, (law.CC_407,), claim_stays_behind),
    Rule(Code.CLAIM_NOT_FIXED, (law.CC_421, law.IR_74), maximum_is_open),
    Rule(Code.DEBTOR_NOT_NOTIFIED, (law.CC_546, law.IR_69), debtor_knows_nothing),
)


def effects(view: View) -> ActEffects:
    """Replace the mortgagee on every row; the ranks stay."""
    records: list[Record] = []
    shown = []
    for row in mortgages.claim_of(view.register, view.act.mortgage):
        unit = mortgages.unit_of(view.register, row)
        moved = msgspec.structs.replace(row, mortgagee=view.act.to)
        records += [moved, msgspec.structs.replace(unit, head=view.at.index)]
        shown.append({"id": row.id, "rank": row.rank})
    return ActEffects(tuple(records), {"mortgages": shown})


def _successor(act: MortgageTransfer) -> str:
    return act.to


KIND = ActKind(
    type=MortgageTransfer,
    title=Title("抵押权转移登记", "transfer of a mortgage"),
    applicants=roles.REGISTRY_BANK,
    about=("mortgage",),
    giving=(),
    units=claimed_units,
    parties=parties.mortgagee,
    discreet=True,
    secures=_successor,
    ends=securing.none,
    begins=rights.none,
    disposes=False,
    taxed=False,
    backing=BY_INSTITUTIONS,
    rules=RULES,
    effects=effects,
)
