"""Split 分割: one unit becomes several of the same holders, each naming its predecessor (IR 26; GB/T 37346)."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.envelope import Hex64
from dengbu.ledger.register import co_ownership
from dengbu.ledger.register.records import Unit
from dengbu.ledger.register.register import Register
from dengbu.ledger.register.shapes import AreaCm2, Holders, Refs, RightId, UnitCode, Use
from dengbu.ledger.rules import burdens, parties, roles, securing, usufructs
from dengbu.ledger.rules.act import Act, ActEffects, ActKind, ActView, begin_ownership
from dengbu.ledger.rules.backing import Asked, Backing, Held, References, always, refs_of
from dengbu.ledger.rules.policies import area_is_exceeded
from dengbu.ledger.rules.predicates import (
    code_is_invalid,
    right_has_ended,
    right_is_unknown,
    right_of,
    same_sharing,
    stranger_consents,
    transfer_is_ordered,
    unit_is_disputed,
    unit_is_frozen,
    unit_is_spoken_for,
    unit_is_taken,
    unit_is_unknown,
)
from dengbu.ledger.rules.rights import Begun
from dengbu.ledger.rules.rule import Rule, Title

PARTS_MAX = 32


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new unit, whose holders are the old ones in the same order, under their references on this unit."""

    unit: UnitCode
    use: Use
    area_cm2: AreaCm2
    holders: Holders
    location: Hex64 | None = None


class UnitSplit(Act, frozen=True, forbid_unknown_fields=True, tag="unit.split"):
    """Split a unit into parts; `consent` are the holders that signed."""

    unit: UnitCode
    right: RightId
    consent: Refs
    parts: Annotated[tuple[Part, ...], Meta(min_length=2, max_length=PARTS_MAX)]


View = ActView[UnitSplit]


def a_code_is_invalid(view: View) -> bool:
    """The code of a part is not valid (GB/T 37346)."""
    return any(code_is_invalid(view.register, part.unit) for part in view.act.parts)


def a_part_is_taken(view: View) -> bool:
    """A part has the code of a registered or retired unit, or of an unregistered one that already bears something."""
    codes = [part.unit for part in view.act.parts]
    return any(unit_is_taken(view, code) or unit_is_spoken_for(view, code) for code in codes)


def a_part_is_repeated(view: View) -> bool:
    """Two parts have the same code."""
    codes = [part.unit for part in view.act.parts]
    return any(code in codes[:place] for place, code in enumerate(codes))


def holders_change(view: View) -> bool:
    """A part has other holders or shares, which would be a transfer."""
    right = right_of(view)
    return right is not None and not all(same_sharing(right, part.holders) for part in view.act.parts)


def area_grows(view: View) -> bool:
    """The parts together exceed the unit's area; a new survey result must be entered by an alteration first."""
    unit = view.unit(view.act.unit)
    total = sum(part.area_cm2 for part in view.act.parts)
    return unit is not None and area_is_exceeded(view.policy, unit.area_cm2, total)


def consent_is_short(view: View) -> bool:
    """Too few holders agreed to the change of the unit (Civil Code 301)."""
    right = right_of(view)
    return right is not None and not co_ownership.may_mortgage(right, view.act.consent)


def court_is_silent(view: View) -> bool:
    """The court whose seizure binds the unit has not signed."""
    unit = view.unit(view.act.unit)
    return unit is not None and burdens.court_is_silent(view, unit)


def consent_is_missing(view: View) -> bool:
    """A mortgagee of the unit has not signed the application."""
    unit = view.unit(view.act.unit)
    return unit is not None and burdens.consent_is_missing(view, unit)


def promise_stands(view: View) -> bool:
    """An advance notice on the unit is in force, and no earlier act of the case cancels it."""
    unit = view.unit(view.act.unit)
    return unit is not None and burdens.promise_stands(view, unit)


def objection_stands(view: View) -> bool:
    """An objection is in force, and no earlier act of the case closes it."""
    unit = view.unit(view.act.unit)
    return unit is not None and burdens.objection_stands(view, unit)


def usufruct_stands(view: View) -> bool:
    """A habitation stands on the unit, or an easement burdens or benefits it, and must be settled first."""
    unit = view.unit(view.act.unit)
    return unit is not None and bool(usufructs.standing(view.register, unit, view.at.time))


def conversion_is_awaited(view: View) -> bool:
    """A construction mortgage on the unit, or on a building under construction there, is not converted yet."""
    unit = view.unit(view.act.unit)
    return unit is not None and burdens.conversion_is_awaited(view, unit)


RULES: tuple[Rule[View], ...] = (
    Rule(Code.UNIT_UNKNOWN, (law.IR_24, law.CC_209), unit_is_unknown),
    Rule(Code.RIGHT_UNKNOWN, (law.CC_216,), right_is_unknown),
    Rule(Code.RIGHT_ENDED, (law.CC_216,), right_has_ended),
    Rule(Code.NOT_HOLDER, (law.REG_14,), stranger_consents),
    Rule(Code.CO_OWNER_CONSENT, (law.CC_301, law.IR_10), consent_is_short),
    Rule(Code.BAD_UNIT_CODE, (law.REG_18,), a_code_is_invalid),
    Rule(Code.UNIT_REPEATED, (law.REG_10,), a_part_is_repeated),
    Rule(Code.UNIT_REGISTERED, (law.REG_10,), a_part_is_taken),
    Rule(Code.HOLDERS_DIFFER, (law.IR_26,), holders_change),
    Rule(Code.AREA_EXCEEDED, (law.REG_18, law.REG_10), area_grows, since=2),
    Rule(Code.DISPUTED, (law.REG_22_2,), unit_is_disputed),
    Rule(Code.SEIZED, (law.SEAL_24,), court_is_silent),
    Rule(Code.FROZEN, (law.IR_19,), unit_is_frozen),
    Rule(Code.ORDER_OPEN, (law.SEAL_23, law.IR_19), transfer_is_ordered),
    Rule(Code.ADVANCE_NOTICE, (law.CC_221, law.IR_26), promise_stands),
    Rule(Code.OBJECTION_STANDS, (law.IR_84,), objection_stands),
    Rule(Code.USUFRUCT_STANDS, (law.CC_382, law.IR_26), usufruct_stands),
    Rule(Code.CONVERSION_AWAITED, (law.IR_77,), conversion_is_awaited),
    Rule(Code.CONSENT_MISSING, (law.IR_26,), consent_is_missing),
)


def effects(view: View) -> ActEffects:
    """Retire the unit and begin each part under its own certificate, with every burden of the whole."""
    act, made = view.act, burdens.draft(view)
    old, right = view.unit(act.unit), right_of(view)
    assert old is not None
    assert right is not None
    parts: list[Unit] = []
    numbers: list[str] = []
    for part in act.parts:
        begun, certificate, counter = begin_ownership(made.view, part.unit, right.mode, part.holders, 1)
        before = view.register.get(Unit, part.unit)
        unit = Unit(
            code=part.unit,
            use=part.use,
            area_cm2=part.area_cm2,
            status="active",
            head=view.at.index,
            right=begun.id,
            open_cases=before.open_cases if before else (),
            rights_count=1,
            location=part.location,
            land_until=old.land_until,
            predecessors=(old.code,),
        )
        made.overlay.apply((begun, certificate, counter, unit))
        parts.append(unit)
        numbers.append(certificate.number)
    numbers.extend(burdens.carry(made, (old,), tuple(parts)))
    made.overlay.apply(burdens.retired(made.view, old, right, tuple(one.code for one in parts)))
    rights = [one.right for one in parts]
    return ActEffects(made.overlay.changes(), {"rights": rights, "certificates": numbers})


def units(register: Register, act: UnitSplit) -> tuple[str, ...]:
    """The unit and its parts."""
    return (act.unit, *(part.unit for part in act.parts))


def _split(held: Held, act: UnitSplit) -> Iterator[Asked]:
    """Ask for the same persons on the unit and on every part."""
    yield Asked("holders", ((act.unit, held.by_right(act.unit, act.right)), *_gives(held, act).items()))


def _gives(held: Held, act: UnitSplit) -> Mapping[str, References]:
    return {part.unit: refs_of(part.holders) for part in act.parts}


def _begins(act: Mapping[str, Any]) -> Begun:
    return {str(part["unit"]): 1 for part in act["parts"]}


KIND = ActKind(
    type=UnitSplit,
    title=Title("分割", "split of a unit"),
    applicants=roles.REGISTRY,
    about=("right",),
    giving=("consent",),
    units=units,
    parties=parties.none,
    discreet=False,
    secures=securing.nobody,
    ends=securing.none,
    begins=_begins,
    disposes=True,
    taxed=False,
    backing=Backing(asks=_split, tells=always(None), paper=always(False), gives=_gives),
    rules=RULES,
    effects=effects,
)
