"""Correction 更正登记: a wrong entry is put right, and the old value stays in the log (Civil Code 220(1); IR 79-81).

A correction is made on request, with the holders' written consent or with proof; or by the registry itself, once
the holder was told and did not apply, and the correction was announced. It cannot undo later entries that rely on
the error.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from dengbu.ledger.events.announcements import fault_announced_long_enough
from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.envelope import Hex64
from dengbu.ledger.register import co_ownership
from dengbu.ledger.register.encumbrances import Order
from dengbu.ledger.register.notations import Fault
from dengbu.ledger.register.record import Record
from dengbu.ledger.register.records import Right, Unit
from dengbu.ledger.register.shapes import AreaCm2, FaultId, Holders, Mode, Refs, RightId, UnitCode, Use
from dengbu.ledger.rules import parties, rights, roles, securing, usufructs
from dengbu.ledger.rules.act import Act, ActEffects, ActKind, ActView, begin_ownership, reissue
from dengbu.ledger.rules.backing import Asked, Backing, Held, References, always, by, refs_of
from dengbu.ledger.rules.in_force import freezes, notices
from dengbu.ledger.rules.mortgages import on_unit
from dengbu.ledger.rules.predicates import (
    named_unit,
    right_has_ended,
    right_is_unknown,
    right_of,
    stranger_consents,
    unit_is_disputed,
    unit_is_unknown,
)
from dengbu.ledger.rules.rights import Begun
from dengbu.ledger.rules.rule import Rule, Title
from dengbu.ledger.rules.seizure_queue import queue


class Owners(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The holders that the right should have had all along."""

    mode: Mode
    holders: Holders


class Correction(Act, frozen=True, forbid_unknown_fields=True, tag="correction"):
    """Correct the fields that are given, and nothing else.

    `shown` is true if there is proof of the error. `fault` names the error that the registry corrects by itself.
    """

    unit: UnitCode
    right: RightId
    consent: Refs
    shown: bool = False
    fault: FaultId | None = None
    location: Hex64 | None = None
    area_cm2: AreaCm2 | None = None
    use: Use | None = None
    owners: Owners | None = None


View = ActView[Correction]


def _described(act: Correction) -> dict[str, str | int]:
    asked = {"location": act.location, "area_cm2": act.area_cm2, "use": act.use}
    return {name: value for name, value in asked.items() if value is not None}


def nothing_changes(view: View) -> bool:
    """No correction is named, or one of them is what the register already says."""
    unit, right, act = view.unit(view.act.unit), right_of(view), view.act
    if unit is None or right is None:
        return False
    said = any(getattr(unit, name) == value for name, value in _described(act).items())
    same = act.owners is not None and (act.owners.mode, act.owners.holders) == (right.mode, right.holders)
    return said or same or not (_described(act) or act.owners)


def holder_is_repeated(view: View) -> bool:
    """A holder is named twice."""
    return view.act.owners is not None and co_ownership.repeated(view.act.owners.holders)


def shares_do_not_fit(view: View) -> bool:
    """The shares do not add up to one, or do not fit the mode."""
    owners = view.act.owners
    return owners is not None and co_ownership.badly_shared(owners.mode, owners.holders)


def error_is_not_shown(view: View) -> bool:
    """Not all holders agree in writing, and there is no proof; a correction by the registry itself needs neither."""
    right, act = right_of(view), view.act
    if right is None or act.fault is not None or act.shown:
        return False
    return any(holder.ref not in act.consent for holder in right.holders)


def _fault(view: View) -> Fault | None:
    found = view.register.get(Fault, view.act.fault) if view.act.fault else None
    return found if found is not None and found.right == view.act.right else None


def fault_is_unknown(view: View) -> bool:
    """The holders of this right were not told of the error, or it is already corrected."""
    found = _fault(view)
    return view.act.fault is not None and (found is None or found.status == "corrected")


def period_is_running(view: View) -> bool:
    """The correction has not been announced, or not for long enough."""
    found = _fault(view)
    return found is not None and not fault_announced_long_enough(view.register, found, view.at.time)


def something_was_built_on_it(view: View) -> bool:
    """A disposal, advance notice, seizure, freeze or court's order was entered after the error, and still stands."""
    unit, right = view.unit(view.act.unit), right_of(view)
    if unit is None or right is None:
        return False
    if view.act.owners is not None and any(since > right.since for since in _entered(view, unit)):
        return True
    if not _described(view.act):
        return False
    wrong = _described_since(view, unit)
    return right.since > wrong or any(since > wrong for since in _entered(view, unit))


def _described_since(view: View, unit: Unit) -> int:
    """The index of the entry that last set location, area and use."""
    if unit.described is not None:
        return unit.described
    first = view.register.get(Right, rights.right_id(unit.code, 1))
    assert first is not None, "a unit begins with its first right"
    return first.since


def _entered(view: View, unit: Unit) -> Iterable[int]:
    time = view.at.time
    orders = [view.register.get(Order, one) for one in unit.orders]
    for rows in (
        on_unit(view.register, unit),
        usufructs.standing(view.register, unit, time),
        [one for one in orders if one is not None],
        notices(view.register, unit, time),
        queue(view.register, unit, time),
        freezes(view.register, unit, time),
    ):
        yield from (one.since for one in rows)


RULES: tuple[Rule[View], ...] = (
    Rule(Code.UNIT_UNKNOWN, (law.IR_24, law.CC_209), unit_is_unknown),
    Rule(Code.RIGHT_UNKNOWN, (law.CC_216,), right_is_unknown),
    Rule(Code.RIGHT_ENDED, (law.CC_216,), right_has_ended),
    Rule(Code.NOT_HOLDER, (law.REG_14,), stranger_consents),
    Rule(Code.NOTHING_CHANGES, (law.REG_16, law.IR_79), nothing_changes),
    Rule(Code.HOLDER_REPEATED, (law.CC_298,), holder_is_repeated),
    Rule(Code.SHARES_SUM, (law.CC_298,), shares_do_not_fit),
    Rule(Code.ERROR_NOT_SHOWN, (law.CC_220, law.IR_79), error_is_not_shown),
    Rule(Code.FAULT_UNKNOWN, (law.IR_81,), fault_is_unknown),
    Rule(Code.PERIOD_RUNNING, (law.IR_81,), period_is_running),
    Rule(Code.DISPUTED, (law.REG_22_2,), unit_is_disputed),
    Rule(Code.LATER_DISPOSAL, (law.IR_80, law.IR_81), something_was_built_on_it),
)


def effects(view: View) -> ActEffects:
    """Enter the unit as it should have been.

    If the owners were wrong, their right ends as corrected, and a right of the true owners begins.
    """
    act, index = view.act, view.at.index
    unit, right, fault = view.unit(act.unit), right_of(view), _fault(view)
    assert unit is not None
    assert right is not None
    asked = _described(act)
    changed = msgspec.structs.replace(unit, head=index, **asked)
    if asked:
        changed = msgspec.structs.replace(changed, described=index)
    closed = () if fault is None else (msgspec.structs.replace(fault, status="corrected"),)
    if act.owners is None:
        altered, certificate, counter = reissue(view, right)
        records: tuple[Record, ...] = (changed, altered, certificate, counter, *closed)
        return ActEffects(records, {"corrected": [act.unit], "certificates": [certificate.number]})
    nth = unit.rights_count + 1
    new, certificate, counter = begin_ownership(view, act.unit, act.owners.mode, act.owners.holders, nth)
    ended = msgspec.structs.replace(right, status="corrected", ended=index)
    changed = msgspec.structs.replace(changed, right=new.id, rights_count=nth)
    burdens = [msgspec.structs.replace(one, right=new.id) for one in on_unit(view.register, unit)]
    result = {"corrected": [act.unit], "rights": [new.id], "certificates": [certificate.number]}
    return ActEffects((ended, new, *burdens, changed, certificate, counter, *closed), result)


def _corrected(held: Held, act: Correction) -> Iterator[Asked]:
    """Ask for the holders of the right; if the correction names other owners, for both."""
    if act.owners is None:
        yield from by("holders")(held, act)
        return
    yield from by("transferors")(held, act)
    yield Asked("transferees", ((act.unit, refs_of(act.owners.holders)),))


def _is_shown(act: Correction) -> bool:
    return act.shown or act.fault is not None


def _gives(held: Held, act: Correction) -> Mapping[str, References]:
    return {} if act.owners is None else {act.unit: refs_of(act.owners.holders)}


def _begins(act: Mapping[str, Any]) -> Begun:
    return {} if act.get("owners") is None else rights.following(act)


KIND = ActKind(
    type=Correction,
    title=Title("更正登记", "correction"),
    applicants=roles.REGISTRY,
    about=("right",),
    giving=("consent",),
    units=named_unit,
    parties=parties.none,
    discreet=False,
    secures=securing.nobody,
    ends=securing.none,
    begins=_begins,
    disposes=True,
    taxed=False,
    backing=Backing(asks=_corrected, tells=always(None), paper=_is_shown, gives=_gives),
    rules=RULES,
    effects=effects,
)
