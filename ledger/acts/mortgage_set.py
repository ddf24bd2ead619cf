"""First registration of a mortgage 抵押权首次登记: a bank's security on a right (Civil Code 395, 400, 402, 414)."""

from typing import Annotated

import msgspec
from msgspec import Meta

from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.envelope import Hex64, InstitutionId
from dengbu.ledger.register.shapes import HOLDERS_MAX, Acknowledged, MortgageForm, Refs, RightId, UnitCode
from dengbu.ledger.rules import mortgages, parties, rights, roles, securing
from dengbu.ledger.rules.act import Act, ActEffects, ActKind, ActView
from dengbu.ledger.rules.backing import Backing, Stated, always, by, nothing
from dengbu.ledger.rules.predicates import (
    consent_to_burden_is_short,
    conversion_is_awaited,
    land_is_not_mortgageable,
    land_term_is_over,
    lender_did_not_sign,
    lender_is_unknown,
    named_unit,
    right_has_ended,
    right_is_a_usufruct,
    right_is_nowhere,
    stranger_consents,
    transfer_is_ordered,
    unit_is_disputed,
    unit_is_frozen,
    unit_is_seized,
    unit_is_unknown,
)
from dengbu.ledger.rules.rule import Rule, Title
from dengbu.ledger.rules.third_party import notice_bars, objection_is_unacknowledged


class MortgageSet(Act, frozen=True, forbid_unknown_fields=True, tag="mortgage.set"):
    """Set a mortgage on a right.

    `consent` names the holders that agreed, and `no_transfer` is the registered clause against transfer (SFCZJZHXZ).
    """

    unit: UnitCode
    right: RightId
    mortgagee: InstitutionId
    kind: MortgageForm
    no_transfer: bool
    consent: Annotated[tuple[Hex64, ...], Meta(max_length=HOLDERS_MAX)]
    agreed: Refs = ()
    acknowledged: Acknowledged = ()


View = ActView[MortgageSet]


RULES: tuple[Rule[View], ...] = (
    Rule(Code.UNIT_UNKNOWN, (law.IR_24, law.CC_209), unit_is_unknown),
    Rule(Code.RIGHT_UNKNOWN, (law.CC_216,), right_is_nowhere),
    Rule(Code.RIGHT_NOT_TRANSFERABLE, (law.CC_369, law.CC_380, law.CC_381), right_is_a_usufruct),
    Rule(Code.RIGHT_ENDED, (law.CC_216,), right_has_ended),
    Rule(Code.NOT_HOLDER, (law.CC_395,), stranger_consents),
    Rule(Code.CO_OWNER_CONSENT, (law.CC_301, law.IR_10), consent_to_burden_is_short),
    Rule(Code.NOT_MORTGAGEABLE, (law.CC_399,), land_is_not_mortgageable),
    Rule(Code.LAND_TERM_OVER, (law.REG_22_3, law.CC_359), land_term_is_over),
    Rule(Code.DISPUTED, (law.CC_399_4, law.REG_22_2), unit_is_disputed),
    Rule(Code.SEIZED, (law.CC_399_5, law.SEAL_24), unit_is_seized),
    Rule(Code.ORDER_OPEN, (law.SEAL_23, law.IR_19), transfer_is_ordered),
    Rule(Code.FROZEN, (law.CC_399_5, law.IR_19), unit_is_frozen),
    Rule(Code.ADVANCE_NOTICE, (law.CC_221, law.PI1_4), notice_bars),
    Rule(Code.OBJECTION_NOT_ACKNOWLEDGED, (law.IR_84,), objection_is_unacknowledged),
    Rule(Code.CONVERSION_AWAITED, (law.IR_77,), conversion_is_awaited),
    Rule(Code.MORTGAGEE_UNKNOWN, (law.NET_1,), lender_is_unknown),
    Rule(Code.MORTGAGEE_DID_NOT_SIGN, (law.CC_400, law.REG_14), lender_did_not_sign),
)


def effects(view: View) -> ActEffects:
    """Enter a mortgage row at the next rank, in the order of registration (Civil Code 414), and its certificate."""
    act, at = view.act, view.at
    unit = view.unit(act.unit)
    assert unit is not None
    mortgage_id = f"M-{view.number}-{view.ordinal}"
    mortgage, certificate, counter = mortgages.begin(
        view, mortgage_id, unit, act.mortgagee, act.kind, act.no_transfer
    )
    changed = msgspec.structs.replace(unit, mortgages=(*unit.mortgages, mortgage_id), head=at.index)
    return ActEffects(
        (mortgage, changed, certificate, counter),
        {"mortgages": [{"id": mortgage_id, "rank": mortgage.rank}], "certificates": [certificate.number]},
    )


KIND = ActKind(
    type=MortgageSet,
    title=Title("抵押权首次登记", "first registration of a mortgage"),
    applicants=roles.REGISTRY_BANK,
    about=("right", "mortgagee"),
    giving=("consent", "agreed"),
    units=named_unit,
    parties=parties.none,
    discreet=True,
    secures=securing.its_mortgagee,
    ends=securing.none,
    begins=rights.none,
    disposes=True,
    taxed=False,
    backing=Backing(asks=by("mortgagors"), tells=always(Stated.TERMS), paper=always(False), gives=nothing),
    rules=RULES,
    effects=effects,
)
