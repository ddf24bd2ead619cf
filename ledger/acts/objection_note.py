"""Objection 异议登记: an interested party doubts a right whose holder refused to correct it (Civil Code 220; IR 82-84).

It bars nothing, but whoever acquires the right while it is in force must state in writing that he knows of it and
bears the risk.
"""

import msgspec

from dengbu.ledger.law import law
from dengbu.ledger.law.calendar import legal_date
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.envelope import Hex64
from dengbu.ledger.register.notations import Objection
from dengbu.ledger.register.shapes import ListCode, RightId, UnitCode
from dengbu.ledger.rules import parties, rights, roles, securing
from dengbu.ledger.rules.act import OTHER_RIGHTS, Act, ActEffects, ActKind, ActView, issue
from dengbu.ledger.rules.backing import Backing, always, nobody, nothing
from dengbu.ledger.rules.in_force import objections_ever
from dengbu.ledger.rules.predicates import (
    named_unit,
    right_has_ended,
    right_is_unknown,
    right_of,
    unit_is_unknown,
)
from dengbu.ledger.rules.rule import Rule, Title


class ObjectionNote(Act, frozen=True, forbid_unknown_fields=True, tag="objection.note"):
    """Note an objection; `refused` if the holder refused a correction, `shown` if there is prima facie proof."""

    unit: UnitCode
    right: RightId
    objector: Hex64
    ground: ListCode
    refused: bool
    shown: bool


View = ActView[ObjectionNote]


def correction_is_not_refused(view: View) -> bool:
    """The holder may still agree to a correction."""
    return not view.act.refused


def only_holder_objects(view: View) -> bool:
    """The only holder objects to his own entry, which he can have corrected: nobody refused him."""
    right = right_of(view)
    return (
        right is not None and view.act.refused and [one.ref for one in right.holders] == [view.act.objector]
    )


def nothing_is_shown(view: View) -> bool:
    """There is no prima facie proof."""
    return not view.act.shown


def ground_is_repeated(view: View) -> bool:
    """The same person has objected on the same ground before, by an objection in force or lapsed."""
    unit, mine = view.unit(view.act.unit), (view.act.objector, view.act.ground)
    if unit is None:
        return False
    return any((one.objector, one.ground) == mine for one in objections_ever(view.register, unit))


RULES: tuple[Rule[View], ...] = (
    Rule(Code.UNIT_UNKNOWN, (law.IR_24, law.CC_209), unit_is_unknown),
    Rule(Code.RIGHT_UNKNOWN, (law.CC_216,), right_is_unknown),
    Rule(Code.RIGHT_ENDED, (law.CC_216,), right_has_ended),
    Rule(Code.CORRECTION_NOT_REFUSED, (law.CC_220,), correction_is_not_refused),
    Rule(Code.CORRECTION_NOT_REFUSED, (law.CC_220, law.IR_79), only_holder_objects),
    Rule(Code.ERROR_NOT_SHOWN, (law.IR_82,), nothing_is_shown),
    Rule(Code.SAME_GROUND, (law.IR_83,), ground_is_repeated),
)


def effects(view: View) -> ActEffects:
    """Note the objection; its fifteen days begin."""
    act, at = view.act, view.at
    unit = view.unit(act.unit)
    assert unit is not None
    name = f"O-{view.number}-{view.ordinal}"
    certificate, counter = issue(view, OTHER_RIGHTS, name, act.unit)
    noted = Objection(
        id=name,
        unit=act.unit,
        right=act.right,
        objector=act.objector,
        ground=act.ground,
        entered_on=legal_date(at.time).isoformat(),
        certificate=certificate.number,
        case=view.number,
        since=at.index,
        status="noted",
    )
    changed = msgspec.structs.replace(unit, objections=(*unit.objections, name), head=at.index)
    return ActEffects(
        (noted, changed, certificate, counter),
        {"objections": [name], "certificates": [certificate.number]},
    )


KIND = ActKind(
    type=ObjectionNote,
    title=Title("异议登记", "objection"),
    applicants=roles.REGISTRY,
    about=("right", "objector", "ground"),
    giving=(),
    units=named_unit,
    parties=parties.none,
    discreet=False,
    secures=securing.nobody,
    ends=securing.none,
    begins=rights.none,
    disposes=False,
    taxed=False,
    backing=Backing(asks=nobody, tells=always(None), paper=always(True), gives=nothing),
    rules=RULES,
    effects=effects,
)
