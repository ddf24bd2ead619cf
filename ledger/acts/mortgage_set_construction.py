"""Construction mortgage 在建建筑物抵押权首次登记: land, and buildings under construction on it (CC 395, 397; IR 75; SEC 51).

It covers the named buildings and none begun later. Units already promised to buyers cannot be among them.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from dengbu.ledger.law import law
from dengbu.ledger.law.identifiers import PARCEL
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.envelope import Hex64, InstitutionId
from dengbu.ledger.register.encumbrances import Joint
from dengbu.ledger.register.records import Unit
from dengbu.ledger.register.register import Register
from dengbu.ledger.register.shapes import HOLDERS_MAX, Acknowledged, MortgageForm, Refs, RightId, UnitCode
from dengbu.ledger.rules import mortgages, parties, rights, roles, securing
from dengbu.ledger.rules.act import Act, ActEffects, ActKind, ActView
from dengbu.ledger.rules.backing import Backing, Stated, always, by, nothing
from dengbu.ledger.rules.in_force import freezes, notices
from dengbu.ledger.rules.predicates import (
    code_is_invalid,
    consent_to_burden_is_short,
    land_is_not_mortgageable,
    land_term_is_over,
    lender_did_not_sign,
    lender_is_unknown,
    right_has_ended,
    right_is_unknown,
    stranger_consents,
    transfer_is_ordered,
    unit_is_disputed,
    unit_is_frozen,
    unit_is_seized,
    unit_is_taken,
    unit_is_unknown,
)
from dengbu.ledger.rules.rule import Rule, Title
from dengbu.ledger.rules.seizure_queue import effective_seizure
from dengbu.ledger.rules.third_party import notice_bars, objection_is_unacknowledged

BUILDINGS_MAX = 200


class MortgageSetConstruction(Act, frozen=True, forbid_unknown_fields=True, tag="mortgage.set-construction"):
    """Mortgage land together with the units being built on it, by the codes that they will have.

    `permits` is true if the planning and building permits were shown. `consent` names the holders of the land right
    that agreed.
    """

    unit: UnitCode
    right: RightId
    buildings: Annotated[tuple[UnitCode, ...], Meta(min_length=1, max_length=BUILDINGS_MAX)]
    mortgagee: InstitutionId
    kind: MortgageForm
    no_transfer: bool
    permits: bool
    consent: Annotated[tuple[Hex64, ...], Meta(max_length=HOLDERS_MAX)]
    agreed: Refs = ()
    acknowledged: Acknowledged = ()


View = ActView[MortgageSetConstruction]


def a_code_is_invalid(view: View) -> bool:
    """The code of a building is not valid (GB/T 37346)."""
    return any(code_is_invalid(view.register, code) for code in view.act.buildings)


def building_is_repeated(view: View) -> bool:
    """A building is named twice."""
    codes = view.act.buildings
    return any(code in codes[:place] for place, code in enumerate(codes))


def building_is_elsewhere(view: View) -> bool:
    """A building stands on another parcel."""
    parcel = view.act.unit[PARCEL]
    return any(code[PARCEL] != parcel for code in view.act.buildings)


def building_is_registered(view: View) -> bool:
    """A building is already finished and registered, and has to be mortgaged as such."""
    return any(unit_is_taken(view, code) for code in view.act.buildings)


def building_is_seized(view: View) -> bool:
    """A seizure binds a building that is not registered yet."""
    return any(effective_seizure(view.register, unit, view.at.time) is not None for unit in _pending(view))


def building_is_disputed(view: View) -> bool:
    """Ownership of a building that is not registered yet is disputed."""
    return any(unit.disputed for unit in _pending(view))


def building_is_frozen(view: View) -> bool:
    """An authority has frozen a building that is not registered yet."""
    return any(freezes(view.register, unit, view.at.time) for unit in _pending(view))


def _pending(view: View) -> list[Unit]:
    found = [view.register.get(Unit, code) for code in view.act.buildings]
    return [unit for unit in found if unit is not None and unit.status == "pending"]


def building_is_promised(view: View) -> bool:
    """A building is promised to a buyer by an advance notice, so the developer cannot mortgage it."""
    found = [view.register.get(Unit, code) for code in view.act.buildings]
    return any(notices(view.register, unit, view.at.time) for unit in found if unit is not None)


def permits_are_missing(view: View) -> bool:
    """The permits were not shown."""
    return not view.act.permits


RULES: tuple[Rule[View], ...] = (
    Rule(Code.UNIT_UNKNOWN, (law.IR_24, law.CC_209), unit_is_unknown),
    Rule(Code.RIGHT_UNKNOWN, (law.CC_216,), right_is_unknown),
    Rule(Code.RIGHT_ENDED, (law.CC_216,), right_has_ended),
    Rule(Code.NOT_HOLDER, (law.CC_395,), stranger_consents),
    Rule(Code.CO_OWNER_CONSENT, (law.CC_301, law.IR_10), consent_to_burden_is_short),
    Rule(Code.LAND_TERM_OVER, (law.REG_22_3, law.CC_359), land_term_is_over),
    Rule(Code.NOT_MORTGAGEABLE, (law.CC_399,), land_is_not_mortgageable),
    Rule(Code.DISPUTED, (law.CC_399_4, law.REG_22_2), unit_is_disputed),
    Rule(Code.SEIZED, (law.CC_399_5, law.SEAL_24), unit_is_seized),
    Rule(Code.ORDER_OPEN, (law.SEAL_23, law.IR_19), transfer_is_ordered),
    Rule(Code.FROZEN, (law.CC_399_5, law.IR_19), unit_is_frozen),
    Rule(Code.ADVANCE_NOTICE, (law.CC_221, law.PI1_4), notice_bars),
    Rule(Code.OBJECTION_NOT_ACKNOWLEDGED, (law.IR_84,), objection_is_unacknowledged),
    Rule(Code.BAD_UNIT_CODE, (law.REG_18,), a_code_is_invalid),
    Rule(Code.UNIT_REPEATED, (law.REG_10,), building_is_repeated),
    Rule(Code.OTHER_PARCEL, (law.CC_397, law.IR_75), building_is_elsewhere),
    Rule(Code.UNIT_REGISTERED, (law.IR_75,), building_is_registered),
    Rule(Code.DISPUTED, (law.CC_399_4, law.REG_22_2), building_is_disputed),
    Rule(Code.SEIZED, (law.CC_399_5, law.SPC_2004_5), building_is_seized),
    Rule(Code.FROZEN, (law.CC_399_5, law.IR_19), building_is_frozen),
    Rule(Code.ADVANCE_NOTICE, (law.IR_75,), building_is_promised),
    Rule(Code.PERMITS_MISSING, (law.IR_75,), permits_are_missing),
    Rule(Code.MORTGAGEE_UNKNOWN, (law.NET_1,), lender_is_unknown),
    Rule(Code.MORTGAGEE_DID_NOT_SIGN, (law.CC_400, law.REG_14), lender_did_not_sign),
)


def effects(view: View) -> ActEffects:
    """Enter a mortgage on the land at the next rank, which each building is to carry after its first registration."""
    act, index = view.act, view.at.index
    land = view.unit(act.unit)
    assert land is not None
    mortgage = f"M-{view.number}-{view.ordinal}"
    row, certificate, counter = mortgages.begin(
        view,
        mortgage,
        land,
        act.mortgagee,
        act.kind,
        act.no_transfer,
        joint=mortgage,
        covers=act.buildings,
    )
    laden = msgspec.structs.replace(land, mortgages=(*land.mortgages, mortgage), head=index)
    buildings = [_awaiting(view, code, mortgage) for code in act.buildings]
    return ActEffects(
        (row, Joint(mortgage, (mortgage,)), laden, *buildings, certificate, counter),
        {"mortgages": [{"id": mortgage, "rank": row.rank}], "certificates": [certificate.number]},
    )


def _awaiting(view: View, code: str, mortgage: str) -> Unit:
    index = view.at.index
    unit = view.register.get(Unit, code) or Unit(code, use="", area_cm2=0, status="pending", head=index)
    return msgspec.structs.replace(unit, awaiting=(*unit.awaiting, mortgage), head=index)


def units(register: Register, act: MortgageSetConstruction) -> tuple[str, ...]:
    """The land and the buildings on it."""
    return (act.unit, *act.buildings)


KIND = ActKind(
    type=MortgageSetConstruction,
    title=Title("在建建筑物抵押权首次登记", "first registration of a construction mortgage"),
    applicants=roles.REGISTRY_BANK,
    about=("right", "mortgagee"),
    giving=("consent", "agreed"),
    units=units,
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
