"""Easement 地役权首次登记: one unit serves another, and the register says so for both (Civil Code 372-379; IR 60-64)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec

from dengbu.ledger.law import law
from dengbu.ledger.law.calendar import IsoDate
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register.records import Right
from dengbu.ledger.register.register import Register
from dengbu.ledger.register.shapes import Acknowledged, Refs, RightId, UnitCode
from dengbu.ledger.rules import parties, predicates, rights, roles, securing, usufructs
from dengbu.ledger.rules.act import OTHER_RIGHTS, Act, ActEffects, ActKind, ActView, issue
from dengbu.ledger.rules.backing import Asked, Backing, Held, Stated, always, by, nothing
from dengbu.ledger.rules.rule import Rule, Title
from dengbu.ledger.rules.third_party import notice_bars, objection_is_unacknowledged


class Dominant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The unit that is served: its right, and the holders of it that agreed."""

    unit: UnitCode
    right: RightId
    consent: Refs


class EasementSet(Act, frozen=True, forbid_unknown_fields=True, tag="easement.set"):
    """Burden a unit for the benefit of another, until a last day if one is given.

    `consent` names holders of the servient unit, and `agreed` those who have a right to live there or are promised
    the unit.
    """

    unit: UnitCode
    right: RightId
    consent: Refs
    dominant: Dominant
    until: IsoDate | None = None
    agreed: Refs = ()
    acknowledged: Acknowledged = ()


View = ActView[EasementSet]


def served(view: View) -> ActView[Any]:
    """Return the view of the act as if it were about the dominant unit."""
    return replace(view, act=view.act.dominant)  # type: ignore[arg-type]


def unit_is_unknown(view: View) -> bool:
    """One of the units has no first registration."""
    return predicates.unit_is_unknown(view) or predicates.unit_is_unknown(served(view))


def serves_itself(view: View) -> bool:
    """Both units are the same."""
    return view.act.unit == view.act.dominant.unit


def right_is_unknown(view: View) -> bool:
    """One of the rights is not on its unit."""
    return predicates.right_is_unknown(view) or predicates.right_is_unknown(served(view))


def right_has_ended(view: View) -> bool:
    """One of the rights has ended."""
    return predicates.right_has_ended(view) or predicates.right_has_ended(served(view))


def stranger_consents(view: View) -> bool:
    """Someone named as consenting for a unit is not one of its holders."""
    return predicates.stranger_consents(view) or predicates.stranger_consents(served(view))


def consent_is_short(view: View) -> bool:
    """Too few holders of one of the units agreed."""
    short = predicates.consent_to_burden_is_short
    return short(view) or short(served(view))


def habitant_is_silent(view: View) -> bool:
    """Someone with a habitation on the servient unit has not agreed."""
    unit = view.unit(view.act.unit)
    rights = usufructs.habitations(view.register, unit, view.at.time) if unit else ()
    return any(one.ref not in view.act.agreed for right in rights for one in right.holders)


def term_is_wrong(view: View) -> bool:
    """The last day does not exist, is not in the future, or lies beyond the land-use term of one of the units."""
    return usufructs.term_is_wrong(view, view.act.unit, view.act.dominant.unit)


RULES: tuple[Rule[View], ...] = (
    Rule(Code.UNIT_UNKNOWN, (law.IR_24, law.IR_64), unit_is_unknown),
    Rule(Code.SAME_UNIT, (law.CC_372,), serves_itself),
    Rule(Code.RIGHT_UNKNOWN, (law.CC_216,), right_is_unknown),
    Rule(Code.RIGHT_ENDED, (law.CC_216,), right_has_ended),
    Rule(Code.NOT_HOLDER, (law.CC_373,), stranger_consents),
    Rule(Code.CO_OWNER_CONSENT, (law.CC_301, law.CC_373), consent_is_short),
    Rule(Code.USUFRUCT_CONSENT, (law.CC_379,), habitant_is_silent),
    Rule(Code.USUFRUCT_TERM, (law.CC_377,), term_is_wrong),
    Rule(Code.DISPUTED, (law.REG_22_2,), predicates.unit_is_disputed),
    Rule(Code.SEIZED, (law.SEAL_24,), predicates.unit_is_seized),
    Rule(Code.ORDER_OPEN, (law.SEAL_23, law.IR_19), predicates.transfer_is_ordered),
    Rule(Code.FROZEN, (law.IR_19,), predicates.unit_is_frozen),
    Rule(Code.ADVANCE_NOTICE, (law.CC_221, law.PI1_4), notice_bars),
    Rule(Code.OBJECTION_NOT_ACKNOWLEDGED, (law.IR_84,), objection_is_unacknowledged),
    Rule(Code.CONVERSION_AWAITED, (law.IR_77,), predicates.conversion_is_awaited),
)


def effects(view: View) -> ActEffects:
    """Enter one right, named by both units; it passes with the dominant unit (IR 64; Civil Code 380)."""
    act, at = view.act, view.at
    servient, dominant = view.unit(act.unit), view.unit(act.dominant.unit)
    assert servient is not None
    assert dominant is not None
    name = f"R-{view.number}-{view.ordinal}"
    certificate, counter = issue(view, OTHER_RIGHTS, name, act.unit)
    made = Right(
        id=name,
        unit=act.unit,
        kind=usufructs.EASEMENT,
        mode="dominant",
        holders=(),
        certificate=certificate.number,
        since=at.index,
        time=at.time,
        cause=view.number,
        status="current",
        until=act.until,
        dominant=dominant.code,
    )
    both = [
        msgspec.structs.replace(one, easements=(*one.easements, name), head=at.index)
        for one in (servient, dominant)
    ]
    return ActEffects(
        (made, *both, certificate, counter), {"easements": [name], "certificates": [certificate.number]}
    )


def units(register: Register, act: EasementSet) -> tuple[str, ...]:
    """The servient and the dominant unit."""
    return (act.unit, act.dominant.unit)


def _grantors_and_takers(held: Held, act: EasementSet) -> Iterator[Asked]:
    """Ask for the holders of the servient unit and of the dominant unit."""
    yield from by("grantors")(held, act)
    yield from by("takers")(held, act.dominant)


KIND = ActKind(
    type=EasementSet,
    title=Title("地役权首次登记", "first registration of an easement"),
    applicants=roles.REGISTRY,
    about=("right",),
    giving=("consent", "agreed"),
    units=units,
    parties=parties.none,
    discreet=False,
    secures=securing.nobody,
    ends=securing.none,
    begins=rights.none,
    disposes=True,
    taxed=False,
    backing=Backing(
        asks=_grantors_and_takers, tells=always(Stated.AGREEMENT), paper=always(False), gives=nothing
    ),
    rules=RULES,
    effects=effects,
)
