"""Merge 合并: several units of the same holders become one that names its predecessors (IR 26; GB/T 37346)."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.envelope import Hex64
from dengbu.ledger.register import co_ownership
from dengbu.ledger.register.records import Right, Unit
from dengbu.ledger.register.register import Register
from dengbu.ledger.register.shapes import AreaCm2, Holders, Mode, Refs, RightId, UnitCode, Use
from dengbu.ledger.rules import burdens, parties, roles, securing, usufructs
from dengbu.ledger.rules.act import Act, ActEffects, ActKind, ActView, begin_ownership
from dengbu.ledger.rules.backing import Asked, Backing, Held, References, always, refs_of
from dengbu.ledger.rules.in_force import freezes
from dengbu.ledger.rules.policies import area_is_exceeded
from dengbu.ledger.rules.predicates import code_is_invalid, same_sharing, unit_is_spoken_for, unit_is_taken
from dengbu.ledger.rules.rights import Begun
from dengbu.ledger.rules.rule import Rule, Title

SOURCES_MAX = 32


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A unit that goes into the merger, its right, and the holders that signed."""

    unit: UnitCode
    right: RightId
    consent: Refs


class UnitMerge(Act, frozen=True, forbid_unknown_fields=True, tag="unit.merge"):
    """Merge units into a new one, whose holders are the old ones in the same order, under their references on it."""

    sources: Annotated[tuple[Source, ...], Meta(min_length=2, max_length=SOURCES_MAX)]
    into: UnitCode
    use: Use
    area_cm2: AreaCm2
    mode: Mode
    holders: Holders
    location: Hex64 | None = None


View = ActView[UnitMerge]


def _units(view: View) -> tuple[Unit, ...]:
    found = [view.unit(one.unit) for one in view.act.sources]
    return tuple(one for one in found if one is not None)


def _rights(view: View) -> tuple[tuple[Source, Right], ...]:
    found = [(one, view.right(one.unit, one.right)) for one in view.act.sources]
    return tuple((one, right) for one, right in found if right is not None)


def a_unit_is_unknown(view: View) -> bool:
    """One of the units has no first registration."""
    return len(_units(view)) < len(view.act.sources)


def a_unit_is_repeated(view: View) -> bool:
    """A unit is named twice, or is to be merged into itself."""
    codes = [*(one.unit for one in view.act.sources), view.act.into]
    return any(code in codes[:place] for place, code in enumerate(codes))


def a_right_is_unknown(view: View) -> bool:
    """One of the rights is not on its unit."""
    return len(_rights(view)) < len(view.act.sources)


def a_right_has_ended(view: View) -> bool:
    """One of the rights has ended."""
    return any(right.status != "current" for _, right in _rights(view))


def a_stranger_consents(view: View) -> bool:
    """Someone named as consenting for a unit is not one of its holders."""
    return any(co_ownership.strangers(right, one.consent) for one, right in _rights(view))


def consent_is_short(view: View) -> bool:
    """Too few holders of one of the units agreed (Civil Code 301)."""
    return any(not co_ownership.may_mortgage(right, one.consent) for one, right in _rights(view))


def into_is_invalid(view: View) -> bool:
    """The new code is not valid (GB/T 37346)."""
    return code_is_invalid(view.register, view.act.into)


def into_is_taken(view: View) -> bool:
    """The new code is that of a registered or retired unit, or of an unregistered one that already bears something."""
    return unit_is_taken(view, view.act.into) or unit_is_spoken_for(view, view.act.into)


def holders_change(view: View) -> bool:
    """The units differ in holders or shares, or the new one has others, which would be a transfer."""
    act = view.act
    return any(right.mode != act.mode or not same_sharing(right, act.holders) for _, right in _rights(view))


def area_grows(view: View) -> bool:
    """The new unit exceeds the units' area together; a new survey result must be entered by an alteration first."""
    total = sum(unit.area_cm2 for unit in _units(view))
    return not a_unit_is_unknown(view) and area_is_exceeded(view.policy, total, view.act.area_cm2)


def a_unit_is_disputed(view: View) -> bool:
    """Ownership of one of the units is disputed."""
    return any(unit.disputed for unit in _units(view))


def a_court_is_silent(view: View) -> bool:
    """A court whose seizure binds one of the units has not signed."""
    return any(burdens.court_is_silent(view, unit) for unit in _units(view))


def a_unit_is_frozen(view: View) -> bool:
    """An authority has frozen dispositions of one of the units."""
    return any(freezes(view.register, unit, view.at.time) for unit in _units(view))


def consent_is_missing(view: View) -> bool:
    """A mortgagee of one of the units has not signed the application."""
    return any(burdens.consent_is_missing(view, unit) for unit in _units(view))


def transfer_is_ordered(view: View) -> bool:
    """A court has ordered a transfer of one of the units."""
    return any(unit.orders for unit in _units(view))


def promise_stands(view: View) -> bool:
    """An advance notice on one of the units is in force, and no earlier act of the case cancels it."""
    return any(burdens.promise_stands(view, unit) for unit in _units(view))


def objection_stands(view: View) -> bool:
    """An objection is in force on one of the units, and no earlier act of the case closes it."""
    return any(burdens.objection_stands(view, unit) for unit in _units(view))


def usufruct_stands(view: View) -> bool:
    """A habitation stands on one of the units, or an easement burdens or benefits it, and must be settled first."""
    return any(usufructs.standing(view.register, unit, view.at.time) for unit in _units(view))


def conversion_is_awaited(view: View) -> bool:
    """A construction mortgage on one of the units, or on a building under construction there, is not converted yet."""
    return any(burdens.conversion_is_awaited(view, unit) for unit in _units(view))


RULES: tuple[Rule[View], ...] = (
    Rule(Code.UNIT_UNKNOWN, (law.IR_24, law.CC_209), a_unit_is_unknown),
    Rule(Code.UNIT_REPEATED, (law.REG_10,), a_unit_is_repeated),
    Rule(Code.RIGHT_UNKNOWN, (law.CC_216,), a_right_is_unknown),
    Rule(Code.RIGHT_ENDED, (law.CC_216,), a_right_has_ended),
    Rule(Code.NOT_HOLDER, (law.REG_14,), a_stranger_consents),
    Rule(Code.CO_OWNER_CONSENT, (law.CC_301, law.IR_10), consent_is_short),
    Rule(Code.BAD_UNIT_CODE, (law.REG_18,), into_is_invalid),
    Rule(Code.UNIT_REGISTERED, (law.REG_10,), into_is_taken),
    Rule(Code.HOLDERS_DIFFER, (law.IR_26,), holders_change),
    Rule(Code.AREA_EXCEEDED, (law.REG_18, law.REG_10), area_grows, since=2),
    Rule(Code.DISPUTED, (law.REG_22_2,), a_unit_is_disputed),
    Rule(Code.SEIZED, (law.SEAL_24,), a_court_is_silent),
    Rule(Code.FROZEN, (law.IR_19,), a_unit_is_frozen),
    Rule(Code.ORDER_OPEN, (law.SEAL_23, law.IR_19), transfer_is_ordered),
    Rule(Code.ADVANCE_NOTICE, (law.CC_221, law.IR_26), promise_stands),
    Rule(Code.OBJECTION_STANDS, (law.IR_84,), objection_stands),
    Rule(Code.USUFRUCT_STANDS, (law.CC_382, law.IR_26), usufruct_stands),
    Rule(Code.CONVERSION_AWAITED, (law.IR_77,), conversion_is_awaited),
    Rule(Code.CONSENT_MISSING, (law.IR_26,), consent_is_missing),
)


def effects(view: View) -> ActEffects:
    """Retire the units and begin the new one under its own certificate, with every burden of the old ones."""
    act, made = view.act, burdens.draft(view)
    begun, certificate, counter = begin_ownership(made.view, act.into, act.mode, act.holders, 1)
    before = view.register.get(Unit, act.into)
    terms = [one.land_until for one in _units(view) if one.land_until is not None]
    unit = Unit(
        code=act.into,
        use=act.use,
        area_cm2=act.area_cm2,
        status="active",
        head=view.at.index,
        right=begun.id,
        open_cases=before.open_cases if before else (),
        rights_count=1,
        location=act.location,
        land_until=min(terms, default=None),
        predecessors=tuple(one.unit for one in act.sources),
    )
    made.overlay.apply((begun, certificate, counter, unit))
    numbers = (certificate.number, *burdens.carry(made, _units(view), (unit,)))
    for old, (_, right) in zip(_units(view), _rights(view), strict=True):
        made.overlay.apply(burdens.retired(made.view, old, right, (act.into,)))
    return ActEffects(made.overlay.changes(), {"rights": [begun.id], "certificates": list(numbers)})


def units(register: Register, act: UnitMerge) -> tuple[str, ...]:
    """The old units and the new one."""
    return (*(one.unit for one in act.sources), act.into)


def _merged(held: Held, act: UnitMerge) -> Iterator[Asked]:
    """Ask for the same persons on every source unit and on the merged unit."""
    sources = tuple((one.unit, held.by_right(one.unit, one.right)) for one in act.sources)
    yield Asked("holders", (*sources, *_gives(held, act).items()))


def _gives(held: Held, act: UnitMerge) -> Mapping[str, References]:
    return {act.into: refs_of(act.holders)}


def _begins(act: Mapping[str, Any]) -> Begun:
    return {str(act["into"]): 1}


KIND = ActKind(
    type=UnitMerge,
    title=Title("合并", "merge of units"),
    applicants=roles.REGISTRY,
    about=(),
    giving=("consent",),
    units=units,
    parties=parties.none,
    discreet=False,
    secures=securing.nobody,
    ends=securing.none,
    begins=_begins,
    disposes=True,
    taxed=False,
    backing=Backing(asks=_merged, tells=always(None), paper=always(False), gives=_gives),
    rules=RULES,
    effects=effects,
)
