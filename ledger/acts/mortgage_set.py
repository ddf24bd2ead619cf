"""Mortgage set 抵押权首次登记: a bank's security on a right (Civil Code 395, 400, 402, 414)."""

from typing import Annotated

import msgspec
from msgspec import Meta

from ledger import holding, law
from ledger.act import OTHER_RIGHTS, Act, ActEffects, ActKind, ActView, issue
from ledger.calendar import legal_date
from ledger.envelope import Hex64, InstitutionId
from ledger.predicates import (
    may_take_mortgages,
    named_unit,
    right_has_ended,
    right_is_unknown,
    right_of,
    stranger_consents,
    unit_is_disputed,
    unit_is_frozen,
    unit_is_seized,
    unit_is_unknown,
)
from ledger.records import Mortgage
from ledger.rule import Rule
from ledger.shapes import HOLDERS_MAX, MortgageForm, RightId, UnitCode
from ledger.verdict import Code


class MortgageSet(Act, frozen=True, forbid_unknown_fields=True, tag="mortgage.set"):
    """Set a mortgage on a right: `consent` are the holders that agreed, `no_transfer` the registered clause (SFCZJZHXZ)."""

    unit: UnitCode
    right: RightId
    mortgagee: InstitutionId
    kind: MortgageForm
    no_transfer: bool
    consent: Annotated[tuple[Hex64, ...], Meta(max_length=HOLDERS_MAX)]


View = ActView[MortgageSet]


def consent_is_short(view: View) -> bool:
    """Too few holders agreed."""
    right = right_of(view)
    return right is not None and not holding.may_mortgage(right, view.act.consent)


def mortgagee_is_unknown(view: View) -> bool:
    """The mortgagee is not an active bank."""
    return not may_take_mortgages(view.register, view.act.mortgagee)


def mortgagee_did_not_sign(view: View) -> bool:
    """Both parties apply for a mortgage: the bank's signature is on the application."""
    return view.act.mortgagee not in view.consents


RULES: tuple[Rule[View], ...] = (
    Rule(Code.UNIT_UNKNOWN, (law.IR_24, law.CC_209), unit_is_unknown),
    Rule(Code.RIGHT_UNKNOWN, (law.CC_216,), right_is_unknown),
    Rule(Code.RIGHT_ENDED, (law.CC_216,), right_has_ended),
    Rule(Code.NOT_HOLDER, (law.CC_395,), stranger_consents),
    Rule(Code.CO_OWNER_CONSENT, (law.CC_301, law.IR_10), consent_is_short),
    Rule(Code.DISPUTED, (law.CC_399_4, law.REG_22_2), unit_is_disputed),
    Rule(Code.SEIZED, (law.CC_399_5, law.SEAL_24), unit_is_seized),
    Rule(Code.FROZEN, (law.CC_399_5, law.IR_19), unit_is_frozen),
    Rule(Code.MORTGAGEE_UNKNOWN, (law.NET_1,), mortgagee_is_unknown),
    Rule(Code.MORTGAGEE_DID_NOT_SIGN, (law.CC_400, law.REG_14), mortgagee_did_not_sign),
)


def enter(view: View) -> ActEffects:
    """A mortgage row at the next rank (Civil Code 414: by the order of registration), and its certificate."""
    act, at = view.act, view.at
    unit = view.unit(act.unit)
    assert unit is not None
    mortgage_id = f"M-{view.number}-{view.ordinal}"
    certificate, counter = issue(view, OTHER_RIGHTS, mortgage_id, act.unit)
    mortgage = Mortgage(
        id=mortgage_id,
        unit=act.unit,
        right=act.right,
        mortgagee=act.mortgagee,
        rank=len(unit.mortgages) + 1,
        kind=act.kind,
        no_transfer=act.no_transfer,
        entered_on=legal_date(at.time).isoformat(),
        certificate=certificate.number,
        status="active",
        case=view.number,
        since=at.index,
    )
    changed = msgspec.structs.replace(unit, mortgages=(*unit.mortgages, mortgage_id), head=at.index)
    return ActEffects(
        (mortgage, changed, certificate, counter),
        {"mortgages": [{"id": mortgage_id, "rank": mortgage.rank}], "certificates": [certificate.number]},
    )


KIND = ActKind("mortgage.set", MortgageSet, RULES, enter, named_unit, disposes=True)
