"""Deregistration 注销登记: the unit is lost, given up by its owner, or ended by a decision (IR 28; Civil Code 229, 231).

A waiver needs the written consent of everyone else with a right on the unit; a loss or a taking does not.
"""

from collections.abc import Iterator
from typing import Literal

import msgspec

from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register.record import Record
from dengbu.ledger.register.records import Right, Unit
from dengbu.ledger.register.shapes import Refs, RightId, UnitCode
from dengbu.ledger.rules import burdens, mortgages, parties, rights, roles, securing, usufructs
from dengbu.ledger.rules.act import Act, ActEffects, ActKind, ActView
from dengbu.ledger.rules.backing import Asked, Backing, Held, always, by, nobody, nothing
from dengbu.ledger.rules.in_force import notices, objections
from dengbu.ledger.rules.predicates import (
    conversion_is_awaited,
    named_unit,
    right_has_ended,
    right_is_unknown,
    right_of,
    stranger_consents,
    transfer_is_ordered,
    unit_is_disputed,
    unit_is_frozen,
    unit_is_unknown,
)
from dengbu.ledger.rules.rule import Rule, Title
from dengbu.ledger.rules.seizure_queue import Document, effective_seizure, queue

WAIVER = "waiver"
BY_DECISION = ("expropriation", "confiscation", "judgment")  # the holder is not asked


class UnitDeregister(Act, frozen=True, forbid_unknown_fields=True, tag="unit.deregister"):
    """End a unit and every right on it.

    `instrument` is the number of the decision that takes the unit. `consent` names the holders that apply, `agreed`
    others who agreed in writing: those who may use the unit, are promised it, or object.
    """

    unit: UnitCode
    right: RightId
    cause: Literal["loss", "waiver", "expropriation", "confiscation", "judgment"]
    consent: Refs
    agreed: Refs = ()
    instrument: Document | None = None


View = ActView[UnitDeregister]


def consent_is_short(view: View) -> bool:
    """Not every holder gives the unit up, or none states its loss."""
    right, act = right_of(view), view.act
    if right is None or act.cause in BY_DECISION:
        return False
    if act.cause == WAIVER:
        return any(holder.ref not in act.consent for holder in right.holders)
    return not act.consent


def instrument_is_missing(view: View) -> bool:
    """The unit is taken by a decision, but no decision is named."""
    return view.act.cause in BY_DECISION and view.act.instrument is None


def disputed_unit_is_waived(view: View) -> bool:
    """Ownership is disputed, so whoever gives the unit up might not own it."""
    return view.act.cause == WAIVER and unit_is_disputed(view)


def seizure_bars(view: View) -> bool:
    """A seizure binds the unit, and the unit is given up or the seizing court has not signed."""
    unit = view.unit(view.act.unit)
    seizure = effective_seizure(view.register, unit, view.at.time) if unit else None
    return seizure is not None and (view.act.cause == WAIVER or seizure.court not in view.consents)


def consent_is_missing(view: View) -> bool:
    """The unit is given up, and someone else with an interest in it has not agreed.

    These are its mortgagees, those who use it, the beneficiaries of advance notices, and objectors.
    """
    unit = view.unit(view.act.unit)
    if unit is None or view.act.cause != WAIVER:
        return False
    promised = [one.beneficiary for one in notices(view.register, unit, view.at.time)]
    objecting = [one.objector for one in objections(view.register, unit, view.at.time)]
    agreeing = (*view.act.agreed, *view.consents)
    using = _users(view, unit)
    return burdens.consent_is_missing(view, unit) or any(
        one not in agreeing for one in (*promised, *objecting, *using)
    )


def _users(view: View, unit: Unit) -> list[str]:
    """Return the references of those who may live on the unit, or who hold a unit that it serves.

    An easement in favour of the unit itself is its own holders' to lose.
    """
    found = usufructs.standing(view.register, unit, view.at.time)
    borne = [one for one in found if one.unit == unit.code]
    served = [view.unit(one.dominant) for one in borne if one.dominant is not None]
    owning = [view.register.get(Right, str(one.right)) for one in served if one is not None]
    holding = (*borne, *(one for one in owning if one is not None))
    return [holder.ref for right in holding for holder in right.holders]


RULES: tuple[Rule[View], ...] = (
    Rule(Code.UNIT_UNKNOWN, (law.IR_24, law.CC_209), unit_is_unknown),
    Rule(Code.RIGHT_UNKNOWN, (law.CC_216,), right_is_unknown),
    Rule(Code.RIGHT_ENDED, (law.CC_216,), right_has_ended),
    Rule(Code.NOT_HOLDER, (law.REG_14,), stranger_consents),
    Rule(Code.CO_OWNER_CONSENT, (law.CC_301, law.IR_28), consent_is_short),
    Rule(Code.INSTRUMENT_MISSING, (law.REG_14, law.CC_229), instrument_is_missing),
    Rule(Code.DISPUTED, (law.REG_22_2,), disputed_unit_is_waived),
    Rule(Code.SEIZED, (law.SEAL_24,), seizure_bars),
    Rule(Code.FROZEN, (law.IR_19,), unit_is_frozen),
    Rule(Code.ORDER_OPEN, (law.SEAL_23, law.IR_19), transfer_is_ordered),
    Rule(Code.CONVERSION_AWAITED, (law.IR_77,), conversion_is_awaited),
    Rule(Code.CONSENT_MISSING, (law.IR_28,), consent_is_missing),
)


def effects(view: View) -> ActEffects:
    """End the unit and every right on it. Its code is not assigned again."""
    index, made = view.at.index, burdens.draft(view)
    unit, right = view.unit(view.act.unit), right_of(view)
    assert unit is not None
    assert right is not None
    for row in mortgages.on_unit(view.register, unit):
        made.overlay.apply(mortgages.ended(made.overlay, row, "discharged", index))
    for usufruct in (*unit.habitations, *unit.easements):
        used = made.overlay.get(Right, usufruct)
        assert used is not None, "a unit names rights of the register"
        made.overlay.apply(usufructs.ended(made.view, used))
    made.overlay.apply(_ended(view, unit))
    left = made.overlay.get(Unit, unit.code)
    assert left is not None
    made.overlay.apply(burdens.retired(made.view, left, right, ()))
    return ActEffects(made.overlay.changes(), {"deregistered": [unit.code]})


def _ended(view: View, unit: Unit) -> tuple[Record, ...]:
    register, index, time = view.register, view.at.index, view.at.time
    promises = [
        msgspec.structs.replace(one, status="cancelled", ended=index) for one in notices(register, unit, time)
    ]
    doubts = [
        msgspec.structs.replace(one, status="closed", ended=index) for one in objections(register, unit, time)
    ]
    seizures = [msgspec.structs.replace(one, status="released") for one in queue(register, unit, time)]
    return (*promises, *doubts, *seizures)


def _waiving(held: Held, act: UnitDeregister) -> Iterator[Asked]:
    """Ask for the holders who waive the unit; if it is lost or taken, ask for nobody."""
    return by("holders")(held, act) if act.cause == WAIVER else nobody(held, act)


def _is_shown(act: UnitDeregister) -> bool:
    return act.cause != WAIVER


KIND = ActKind(
    type=UnitDeregister,
    title=Title(
        "注销登记",
        "deregistration",
        "灭失 loss, 放弃 waiver, 征收 expropriation, 没收 confiscation, 裁判 judgment",
    ),
    applicants=roles.REGISTRY,
    about=("right",),
    giving=("consent", "agreed"),
    units=named_unit,
    parties=parties.none,
    discreet=False,
    secures=securing.nobody,
    ends=securing.none,
    begins=rights.none,
    disposes=True,
    taxed=False,
    backing=Backing(asks=_waiving, tells=always(None), paper=_is_shown, gives=nothing),
    rules=RULES,
    effects=effects,
)
