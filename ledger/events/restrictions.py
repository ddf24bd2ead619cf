"""Disputes and freezes 权属争议、限制: marks on a unit that an institution sets by a document, and only it can lift.

A dispute is a suit over ownership that a court has accepted; the mark is set by the court, or by the registry to
which the suit was shown. A freeze is a decision of a court or another authority that nobody may dispose of the unit.
If the document names a last day, the freeze ends with it, without any event. Both bind from their entry, as a seizure
does.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from dengbu.ledger.law import law
from dengbu.ledger.law.calendar import IsoDate, as_date, legal_date
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register.members import KeyClass
from dengbu.ledger.register.notations import Mark
from dengbu.ledger.register.record import Record
from dengbu.ledger.register.records import Unit
from dengbu.ledger.register.shapes import UnitCode
from dengbu.ledger.rules import roles
from dengbu.ledger.rules.in_force import is_lifted, marks
from dengbu.ledger.rules.rule import Compared, Data, Does, Effects, EventKind, Rule, Title, View
from dengbu.ledger.rules.seizure_queue import Document

MarkId = Annotated[str, Meta(pattern=r"^K-[0-9]{1,16}\Z")]


class MarkSet(Data, frozen=True, forbid_unknown_fields=True):
    """Set a mark; `document` is the number of the document it rests on, `until` the last day of a freeze."""

    unit: UnitCode
    kind: Literal["dispute", "freeze"]
    document: Document
    until: IsoDate | None = None


class MarkLift(Data, frozen=True, forbid_unknown_fields=True):
    """Lift a mark by another document."""

    mark: MarkId
    document: Document


def _unit(view: View[MarkSet]) -> Unit | None:
    found = view.register.get(Unit, view.data.unit)
    return found if found is not None and found.status != "retired" else None


def unit_is_unknown(view: View[MarkSet]) -> bool:
    """The unit is neither registered nor applied for, or it is retired."""
    return _unit(view) is None


def mark_is_repeated(view: View[MarkSet]) -> bool:
    """The same institution has already set the same mark by the same document, and it still stands."""
    unit = _unit(view)
    if unit is None:
        return False
    mine = (view.data.kind, view.event.actor.id, view.data.document)
    live = marks(view.register, unit, view.at.time)
    return any((one.kind, one.institution, one.document) == mine for one in live)


def last_day_is_impossible(view: View[MarkSet]) -> bool:
    """The last day does not exist or has passed, or is given for a dispute, which lasts as long as its suit."""
    if view.data.until is None:
        return False
    until = as_date(view.data.until)
    return view.data.kind == "dispute" or until is None or until < legal_date(view.at.time)


def _named(view: View[MarkLift]) -> Mark | None:
    return view.register.get(Mark, view.data.mark)


def mark_is_unknown(view: View[MarkLift]) -> bool:
    """There is no such mark."""
    return _named(view) is None


def mark_is_anothers(view: View[MarkLift]) -> bool:
    """Another institution set the mark."""
    found = _named(view)
    return found is not None and found.institution != view.event.actor.id


def mark_has_ended(view: View[MarkLift]) -> bool:
    """The mark is lifted, or its last day has passed."""
    found = _named(view)
    return found is not None and is_lifted(found, view.at.time)


SET: tuple[Rule[View[MarkSet]], ...] = (
    Rule(Code.UNIT_UNKNOWN, (law.IR_24,), unit_is_unknown),
    Rule(Code.MARK_REPEATED, (law.REG_10,), mark_is_repeated),
    Rule(Code.BAD_DATE, (law.IR_19,), last_day_is_impossible),
)
LIFT: tuple[Rule[View[MarkLift]], ...] = (
    Rule(Code.MARK_UNKNOWN, (law.REG_10,), mark_is_unknown),
    Rule(Code.NOT_WHO_MARKED, (law.IR_19, law.SEAL_28), mark_is_anothers),
    Rule(Code.MARK_ENDED, (law.IR_19,), mark_has_ended),
)


def _set(view: View[MarkSet]) -> Effects:
    unit, data, index = _unit(view), view.data, view.at.index
    assert unit is not None
    mark = Mark(
        id=f"K-{index}",
        unit=unit.code,
        kind=data.kind,
        institution=view.event.actor.id,
        document=data.document,
        since=index,
        status="set",
        until=data.until,
    )
    live = (*marks(view.register, unit, view.at.time), mark)
    return Effects("recorded", (mark, _marked(unit, live, index)), {"mark": mark.id, "unit": unit.code})


def _lift(view: View[MarkLift]) -> Effects:
    mark, index = _named(view), view.at.index
    assert mark is not None
    unit = view.register.get(Unit, mark.unit)
    assert unit is not None, "a mark is on a unit of the register"
    ended = msgspec.structs.replace(mark, status="lifted", ended=index)
    live = tuple(one for one in marks(view.register, unit, view.at.time) if one.id != mark.id)
    return Effects("recorded", (ended, _marked(unit, live, index)), {"mark": mark.id, "unit": unit.code})


def _marked(unit: Unit, live: tuple[Mark, ...], index: int) -> Record:
    disputed = any(one.kind == "dispute" for one in live)
    return msgspec.structs.replace(unit, marks=tuple(one.id for one in live), disputed=disputed, head=index)


KINDS: tuple[EventKind[Any], ...] = (
    EventKind(
        type="mark.set",
        title=Title("记载权属争议或限制", "noting a dispute or a freeze"),
        senders=roles.REGISTRY_COURT,
        signed_by=KeyClass.EVENT,
        open=False,
        compared=Compared.NOTHING,
        does=Does.NOTHING,
        parts={},
        data=MarkSet,
        rules=SET,
        effects=_set,
    ),
    EventKind(
        type="mark.lift",
        title=Title("解除争议或限制", "lifting a dispute or a freeze"),
        senders=roles.REGISTRY_COURT,
        signed_by=KeyClass.EVENT,
        open=False,
        compared=Compared.NOTHING,
        does=Does.NOTHING,
        parts={},
        data=MarkLift,
        rules=LIFT,
        effects=_lift,
    ),
)
