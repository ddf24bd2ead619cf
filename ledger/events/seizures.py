"""Seizures by courts 查封、预查封、续封、解封: each is an event of the court, in force from its entry (SEAL 1).

The order in the log is the order of service. `dengbu.ledger.rules.seizure_queue` says how the queue changes over
time.
"""

from datetime import date
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from dengbu.ledger.law import law
from dengbu.ledger.law.calendar import IsoDate, as_date, legal_date, years_later
from dengbu.ledger.law.identifiers import COUNTY
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.envelope import Hex64
from dengbu.ledger.register.encumbrances import Seizure
from dengbu.ledger.register.members import KeyClass
from dengbu.ledger.register.records import Unit
from dengbu.ledger.register.shapes import UnitCode
from dengbu.ledger.rules import roles
from dengbu.ledger.rules.competence import is_foreign
from dengbu.ledger.rules.mortgages import on_unit
from dengbu.ledger.rules.predicates import code_is_invalid
from dengbu.ledger.rules.rule import Compared, Data, Does, Effects, EventKind, Rule, Title, View
from dengbu.ledger.rules.seizure_queue import (
    PRE_SEIZURE,
    SEIZURE,
    Document,
    converted,
    promoted,
    queue,
    stored_anew,
    walk,
    years_max,
)

Id = Annotated[str, Meta(min_length=1, max_length=64)]


class Seize(Data, frozen=True):
    """A court seizes a unit until a last day; `right` is the ownership right that the court found there."""

    unit: Id
    document: Document
    until: IsoDate
    right: Id | None = None


class PreSeize(Data, frozen=True):
    """A court seizes, until a last day, a unit that is not in the debtor's name yet; `debtor` is his reference.

    The unit may be one that nobody has registered yet.
    """

    unit: UnitCode
    debtor: Hex64
    document: Document
    until: IsoDate


class Renew(Data, frozen=True):
    """The seizing court extends its seizure to a later last day; the rank stays."""

    seizure: Id
    document: Document
    until: IsoDate


class Release(Data, frozen=True):
    """The seizing court releases its seizure."""

    seizure: Id
    document: Document


R = TypeVar("R", Renew, Release)
S = TypeVar("S", Seize, PreSeize)


def _unit(view: View[S]) -> Unit | None:
    found = view.register.get(Unit, view.data.unit)
    return found if found is not None and found.status != "retired" else None


def _unit_is_unknown(view: View[Seize]) -> bool:
    unit = _unit(view)
    return unit is None or unit.status != "active"


def _code_is_invalid(view: View[PreSeize]) -> bool:
    return code_is_invalid(view.register, view.data.unit)


def _unit_is_foreign(view: View[PreSeize]) -> bool:
    return is_foreign(view.register, (view.data.unit[COUNTY],))


def _unit_is_retired(view: View[PreSeize]) -> bool:
    return view.register.get(Unit, view.data.unit) is not None and _unit(view) is None


def _right_is_not_the_debtors(view: View[Seize]) -> bool:
    unit = _unit(view)
    if unit is None or unit.status != "active":
        return False
    return view.data.right is not None and view.data.right != unit.right


def _is_repeated(view: View[S]) -> bool:
    unit = _unit(view)
    if unit is None:
        return False
    mine = (view.event.actor.id, view.data.document)
    return any((one.court, one.document) == mine for one in queue(view.register, unit, view.at.time))


def _is_past(view: View[S]) -> bool:
    until = as_date(view.data.until)
    return until is None or until <= legal_date(view.at.time)


def _is_too_long(view: View[S]) -> bool:
    until = as_date(view.data.until)
    return until is not None and until > years_later(legal_date(view.at.time), years_max(view.register))


def _seize(view: View[Seize]) -> Effects:
    unit = _unit(view)
    assert unit is not None
    return _queued(view, unit, SEIZURE, None)


def _pre_seize(view: View[PreSeize]) -> Effects:
    code, index = view.data.unit, view.at.index
    unit = _unit(view) or Unit(code, use="", area_cm2=0, status="pending", head=index)
    return _queued(view, unit, PRE_SEIZURE, view.data.debtor)


def _queued(view: View[Any], unit: Unit, kind: str, debtor: str | None) -> Effects:
    lapsed, live = walk(view.register, unit, view.at.time)
    asked = Seizure(
        id=f"S-{view.at.index}",
        unit=unit.code,
        court=view.event.actor.id,
        document=view.data.document,
        until=view.data.until,
        since=view.at.index,
        served=view.at.time,
        status="waiting" if live else "effective",
        kind=kind,
        debtor=debtor,
    )
    (new,) = converted(view.register, unit, (asked,))
    touched = msgspec.structs.replace(unit, head=view.at.index)
    records = stored_anew(view.register, touched, lapsed, (*live, new))
    result: dict[str, Any] = {
        "seizure": new.id,
        "unit": unit.code,
        "status": new.status,
        "waiting_behind": len(live),
    }
    if debtor is not None:
        result["kind"] = new.kind
    maximum = [row for row in on_unit(view.register, unit) if row.kind == "maximum"]
    if maximum:  # their claims stop growing once the mortgagee knows, so he is told (SEAL 25, Civil Code 423)
        result["maximum"] = [{"mortgage": row.id, "mortgagee": row.mortgagee} for row in maximum]
    return Effects("recorded", records, result)


def _named(view: View[R]) -> Seizure | None:
    return view.register.get(Seizure, view.data.seizure)


def _unit_of(view: View[R], seizure: Seizure) -> Unit:
    unit = view.register.get(Unit, seizure.unit)
    assert unit is not None, "a seizure is on a unit of the register"
    return unit


def _live(view: View[R]) -> Seizure | None:
    """The named seizure as it stands now, or None if it has ended."""
    found = _named(view)
    if found is None:
        return None
    live = queue(view.register, _unit_of(view, found), view.at.time)
    return next((one for one in live if one.id == found.id), None)


def _seizure_is_unknown(view: View[R]) -> bool:
    return _named(view) is None


def _is_another_courts(view: View[R]) -> bool:
    found = _named(view)
    return found is not None and found.court != view.event.actor.id


def _has_ended(view: View[R]) -> bool:
    return _named(view) is not None and _live(view) is None


def _still_waits(view: View[Renew]) -> bool:
    found = _live(view)
    return found is not None and found.status == "waiting"


def _does_not_extend(view: View[Renew]) -> bool:
    found, until = _live(view), as_date(view.data.until)
    return until is None or (found is not None and view.data.until <= found.until)


def _extends_too_far(view: View[Renew]) -> bool:
    found, until = _live(view), as_date(view.data.until)
    if found is None or until is None:
        return False
    return until > years_later(date.fromisoformat(found.until), years_max(view.register))


def _renew(view: View[Renew]) -> Effects:
    unit, lapsed, live = _touched(view)
    first = msgspec.structs.replace(live[0], until=view.data.until, document=view.data.document)
    return _requeued(view, unit, lapsed, (first, *live[1:]))


def _release(view: View[Release]) -> Effects:
    unit, lapsed, live = _touched(view)
    ended = next(one for one in live if one.id == view.data.seizure)
    rest = tuple(one for one in live if one.id != ended.id)
    if rest and rest[0].status == "waiting":
        rest = (promoted(view.register, rest[0], legal_date(view.at.time)), *rest[1:])
    return _requeued(view, unit, (*lapsed, msgspec.structs.replace(ended, status="released")), rest)


def _touched(view: View[R]) -> tuple[Unit, tuple[Seizure, ...], tuple[Seizure, ...]]:
    """Return the unit with this entry as its head, the seizures that have lapsed there, and the queue as it stands."""
    found = _named(view)
    assert found is not None
    unit = _unit_of(view, found)
    lapsed, live = walk(view.register, unit, view.at.time)
    return msgspec.structs.replace(unit, head=view.at.index), lapsed, live


def _requeued(view: View[R], unit: Unit, ended: tuple[Seizure, ...], live: tuple[Seizure, ...]) -> Effects:
    result = {"seizure": view.data.seizure, "unit": unit.code}
    if live:
        result["effective"] = live[0].id
    return Effects("recorded", stored_anew(view.register, unit, ended, live), result)


SEIZE_RULES: tuple[Rule[View[Seize]], ...] = (
    Rule(Code.UNIT_UNKNOWN, (law.SEAL_2,), _unit_is_unknown),
    Rule(Code.NOT_DEBTOR_PROPERTY, (law.SEAL_23,), _right_is_not_the_debtors),
    Rule(Code.SEIZURE_REPEATED, (law.SEAL_26,), _is_repeated),
    Rule(Code.SEIZURE_TERM_PAST, (law.CPI_485,), _is_past),
    Rule(Code.SEIZURE_TERM_TOO_LONG, (law.CPI_485,), _is_too_long),
)
PRE_SEIZE_RULES: tuple[Rule[View[PreSeize]], ...] = (
    Rule(Code.BAD_UNIT_CODE, (law.REG_18,), _code_is_invalid),
    Rule(Code.NOT_COMPETENT, (law.CC_210, law.REG_7), _unit_is_foreign),
    Rule(Code.UNIT_RETIRED, (law.SPC_2004_5,), _unit_is_retired),
    Rule(Code.SEIZURE_REPEATED, (law.SEAL_26,), _is_repeated),
    Rule(Code.SEIZURE_TERM_PAST, (law.CPI_485,), _is_past),
    Rule(Code.SEIZURE_TERM_TOO_LONG, (law.CPI_485,), _is_too_long),
)
RENEW_RULES: tuple[Rule[View[Renew]], ...] = (
    Rule(Code.SEIZURE_UNKNOWN, (law.CPI_485,), _seizure_is_unknown),
    Rule(Code.NOT_SEIZING_COURT, (law.CPI_485,), _is_another_courts),
    Rule(Code.SEIZURE_ENDED, (law.SEAL_27, law.CPI_485), _has_ended),
    Rule(Code.SEIZURE_WAITS, (law.SEAL_26,), _still_waits),
    Rule(Code.SEIZURE_TERM_PAST, (law.CPI_485,), _does_not_extend),
    Rule(Code.SEIZURE_TERM_TOO_LONG, (law.CPI_485,), _extends_too_far),
)
RELEASE_RULES: tuple[Rule[View[Release]], ...] = (
    Rule(Code.SEIZURE_UNKNOWN, (law.SEAL_28,), _seizure_is_unknown),
    Rule(Code.NOT_SEIZING_COURT, (law.SEAL_28,), _is_another_courts),
    Rule(Code.SEIZURE_ENDED, (law.SEAL_27,), _has_ended),
)

KINDS: tuple[EventKind[Any], ...] = (
    EventKind(
        type="court.seize",
        title=Title("查封", "seizure"),
        senders=roles.COURT,
        signed_by=KeyClass.EVENT,
        open=False,
        compared=Compared.NOTHING,
        does=Does.NOTHING,
        parts={},
        data=Seize,
        rules=SEIZE_RULES,
        effects=_seize,
    ),
    EventKind(
        type="court.pre-seize",
        title=Title("预查封", "pre-seizure"),
        senders=roles.COURT,
        signed_by=KeyClass.EVENT,
        open=False,
        compared=Compared.NOTHING,
        does=Does.NOTHING,
        parts={},
        data=PreSeize,
        rules=PRE_SEIZE_RULES,
        effects=_pre_seize,
    ),
    EventKind(
        type="court.renew",
        title=Title("续封", "renewal"),
        senders=roles.COURT,
        signed_by=KeyClass.EVENT,
        open=False,
        compared=Compared.NOTHING,
        does=Does.NOTHING,
        parts={},
        data=Renew,
        rules=RENEW_RULES,
        effects=_renew,
    ),
    EventKind(
        type="court.release",
        title=Title("解除查封", "release"),
        senders=roles.COURT,
        signed_by=KeyClass.EVENT,
        open=False,
        compared=Compared.NOTHING,
        does=Does.NOTHING,
        parts={},
        data=Release,
        rules=RELEASE_RULES,
        effects=_release,
    ),
)
