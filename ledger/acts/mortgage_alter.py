"""Mortgage alteration 抵押权变更登记: amount, term, scope, debtor, the clause against transfer (Civil Code 409; IR 68, 72).

Amounts and dates are private parts of the application. The log says only in which direction they change, since that
decides who must agree.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.envelope import Hex64
from dengbu.ledger.register.record import Record
from dengbu.ledger.register.shapes import HOLDERS_MAX, MortgageId, Refs
from dengbu.ledger.rules import mortgages, parties, rights, roles, securing
from dengbu.ledger.rules.act import Act, ActEffects, ActKind, ActView
from dengbu.ledger.rules.backing import Backing, Stated, always, nothing
from dengbu.ledger.rules.in_force import notices
from dengbu.ledger.rules.predicates import (
    claim_is_disputed,
    claim_is_frozen,
    claim_is_seized,
    claimed_units,
    mortgage_is_discharged,
    mortgage_is_unknown,
    mortgagee_did_not_sign,
    mortgagors_consent_is_short,
    stranger_to_the_claim_consents,
)
from dengbu.ledger.rules.rule import Rule, Title


class MortgageAlter(Act, frozen=True, forbid_unknown_fields=True, tag="mortgage.alter"):
    """Change what a mortgage secures, on every unit of its claim; `consent` names the holders that agreed.

    For a maximum mortgage, `amount` is the ceiling and `term` the period within which its claims arise. `agreed`
    names holders of advance notices who agreed.
    """

    mortgage: MortgageId
    consent: Annotated[tuple[Hex64, ...], Meta(max_length=HOLDERS_MAX)]
    amount: Literal["raised", "lowered"] | None = None
    term: Literal["extended", "shortened"] | None = None
    scope: Literal["widened", "narrowed"] | None = None
    debtor: Literal["replaced"] | None = None
    no_transfer: bool | None = None
    agreed: Refs = ()


View = ActView[MortgageAlter]


def changes(act: MortgageAlter) -> tuple[str, ...]:
    """Return the changes by their names in the policy, such as "amount-raised"."""
    fields = {"amount": act.amount, "term": act.term, "scope": act.scope, "debtor": act.debtor}
    return tuple(f"{name}-{how}" for name, how in fields.items() if how is not None)


def nothing_changes(view: View) -> bool:
    """No change is named, or only the clause against transfer, which is already as named."""
    rows = mortgages.claim_of(view.register, view.act.mortgage)
    clause = view.act.no_transfer
    return not changes(view.act) and all(clause in (None, row.no_transfer) for row in rows) and bool(rows)


def is_adverse(view: View) -> bool:
    """Whether the change may harm others with an interest in the unit; the policy says which changes do."""
    return any(one in view.policy.adverse_changes for one in changes(view.act))


def junior_did_not_sign(view: View) -> bool:
    """The change is adverse, and a mortgagee of later rank has not signed."""
    rows = mortgages.claim_of(view.register, view.act.mortgage)
    behind = [one for row in rows for one in mortgages.juniors(view.register, row)]
    return is_adverse(view) and any(one.mortgagee not in view.consents for one in behind)


def dispute_bars_it(view: View) -> bool:
    """The change is adverse, and ownership of one of the units is disputed."""
    return is_adverse(view) and claim_is_disputed(view)


def seizure_bars_it(view: View) -> bool:
    """The change is adverse, and a seizure binds one of the units."""
    return is_adverse(view) and claim_is_seized(view)


def order_bars_it(view: View) -> bool:
    """The change is adverse, and a court has ordered a transfer of one of the units."""
    rows = mortgages.claim_of(view.register, view.act.mortgage)
    return is_adverse(view) and any(mortgages.unit_of(view.register, row).orders for row in rows)


def freeze_bars_it(view: View) -> bool:
    """The change is adverse, and dispositions of one of the units are frozen."""
    return is_adverse(view) and claim_is_frozen(view)


def notice_bars_it(view: View) -> bool:
    """The beneficiary of an advance notice has not agreed to an adverse change, or to a clause against transfer."""
    act = view.act
    if not (is_adverse(view) or act.no_transfer):
        return False
    agreeing = [*act.agreed, *act.consent, *view.consents]
    units = [mortgages.unit_of(view.register, row) for row in mortgages.claim_of(view.register, act.mortgage)]
    promised = [one for unit in units for one in notices(view.register, unit, view.at.time)]
    return any(one.beneficiary not in agreeing for one in promised)


RULES: tuple[Rule[View], ...] = (
    Rule(Code.MORTGAGE_UNKNOWN, (law.CC_216,), mortgage_is_unknown),
    Rule(Code.MORTGAGE_DISCHARGED, (law.CC_393,), mortgage_is_discharged),
    Rule(Code.NOT_MORTGAGEE, (law.CC_409, law.IR_68), mortgagee_did_not_sign),
    Rule(Code.MORTGAGE_UNCHANGED, (law.IR_68,), nothing_changes),
    Rule(Code.NOT_HOLDER, (law.CC_409,), stranger_to_the_claim_consents),
    Rule(Code.CO_OWNER_CONSENT, (law.CC_409, law.CC_301), mortgagors_consent_is_short),
    Rule(Code.JUNIOR_CONSENT, (law.CC_409, law.CC_422, law.IR_68), junior_did_not_sign),
    Rule(Code.DISPUTED, (law.CC_399_4, law.REG_22_2), dispute_bars_it),
    Rule(Code.SEIZED, (law.CC_399_5, law.SEAL_24), seizure_bars_it),
    Rule(Code.ORDER_OPEN, (law.SEAL_23, law.IR_19), order_bars_it),
    Rule(Code.FROZEN, (law.CC_399_5, law.IR_19), freeze_bars_it),
    Rule(Code.ADVANCE_NOTICE, (law.CC_221, law.PI1_4), notice_bars_it),
)


def effects(view: View) -> ActEffects:
    """Set the clause on every row; all other changes are in the private parts that this entry commits to."""
    clause = view.act.no_transfer
    records: list[Record] = []
    shown = []
    for row in mortgages.claim_of(view.register, view.act.mortgage):
        changed = row if clause is None else msgspec.structs.replace(row, no_transfer=clause)
        unit = mortgages.unit_of(view.register, row)
        records += [changed, msgspec.structs.replace(unit, head=view.at.index)]
        shown.append({"id": row.id, "rank": row.rank})
    return ActEffects(tuple(records), {"mortgages": shown})


KIND = ActKind(
    type=MortgageAlter,
    title=Title("抵押权变更登记", "alteration of a mortgage"),
    applicants=roles.REGISTRY_BANK,
    about=("mortgage",),
    giving=("consent", "agreed"),
    units=claimed_units,
    parties=parties.mortgagee,
    discreet=True,
    secures=securing.nobody,
    ends=securing.none,
    begins=rights.none,
    disposes=True,
    taxed=False,
    backing=Backing(
        asks=mortgages.claimed_of, tells=always(Stated.TERMS), paper=always(False), gives=nothing
    ),
    rules=RULES,
    effects=effects,
)
