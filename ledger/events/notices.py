"""notice.ripen 能够登记之日: the day from which the promise of an advance notice can be registered (Civil Code 221).

Ninety days after it the notice lapses, unless its conversion was applied for by then. The ledger does not guess the
day: until the registry states it, the notice holds.
"""

from typing import Any

import msgspec

from dengbu.ledger.law import law
from dengbu.ledger.law.calendar import IsoDate, as_date, legal_date
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register.members import KeyClass
from dengbu.ledger.register.notations import Notice
from dengbu.ledger.register.records import Right, Unit
from dengbu.ledger.register.shapes import NoticeId
from dengbu.ledger.rules import roles
from dengbu.ledger.rules.in_force import is_noticed
from dengbu.ledger.rules.rights import right_id
from dengbu.ledger.rules.rule import Compared, Data, Does, Effects, EventKind, Rule, Title, View


class NoticeRipen(Data, frozen=True, forbid_unknown_fields=True):
    """State the day, today or earlier, from which what was promised could be registered."""

    notice: NoticeId
    on: IsoDate


V = View[NoticeRipen]


def _named(view: V) -> Notice | None:
    return view.register.get(Notice, view.data.notice)


def _unit(view: V, notice: Notice) -> Unit:
    unit = view.register.get(Unit, notice.unit)
    assert unit is not None, "a notice is on a unit of the register"
    return unit


def notice_is_unknown(view: V) -> bool:
    """There is no such notice."""
    return _named(view) is None


def notice_has_ended(view: V) -> bool:
    """The notice has been converted or cancelled, or has lapsed."""
    found = _named(view)
    return found is not None and not is_noticed(view.register, _unit(view, found), found, view.at.time)


def day_is_stated(view: V) -> bool:
    """The day is already stated and cannot be moved."""
    found = _named(view)
    return found is not None and found.ripe_on is not None


def unit_is_unknown(view: V) -> bool:
    """The presold unit has no first registration, before which nothing else can be registered on it."""
    found = _named(view)
    return found is not None and _unit(view, found).status == "pending"


def day_is_impossible(view: V) -> bool:
    """The day does not exist, lies ahead, or precedes the notice or the first registration of the unit."""
    found, day = _named(view), as_date(view.data.on)
    if day is None or day > legal_date(view.at.time):
        return True
    return found is not None and view.data.on < max(found.entered_on, _registered_on(view, found))


def _registered_on(view: V, notice: Notice) -> str:
    """The day of the unit's first registration, in the old book for an imported title; "" if there is none."""
    first = view.register.get(Right, right_id(notice.unit, 1))
    if first is None:
        return ""
    return first.registered_on or legal_date(first.time).isoformat()


RULES: tuple[Rule[V], ...] = (
    Rule(Code.NOTICE_UNKNOWN, (law.CC_216,), notice_is_unknown),
    Rule(Code.NOTICE_ENDED, (law.CC_221,), notice_has_ended),
    Rule(Code.NOTICE_RIPE, (law.CC_221,), day_is_stated),
    Rule(Code.UNIT_UNKNOWN, (law.IR_24, law.CC_221), unit_is_unknown),
    Rule(Code.BAD_DATE, (law.CC_221,), day_is_impossible),
)


def effects(view: V) -> Effects:
    """State the day, from which the ninety days run."""
    found = _named(view)
    assert found is not None
    ripe = msgspec.structs.replace(found, ripe_on=view.data.on)
    touched = msgspec.structs.replace(_unit(view, found), head=view.at.index)
    result: dict[str, Any] = {"notice": found.id, "unit": found.unit}
    return Effects("recorded", (ripe, touched), result)


KIND = EventKind(
    type="notice.ripen",
    title=Title("载明能够登记之日", "stating the day from which a promise can be registered"),
    senders=roles.REGISTRY,
    signed_by=KeyClass.EVENT,
    open=False,
    compared=Compared.NOTHING,
    does=Does.NOTHING,
    parts={},
    data=NoticeRipen,
    rules=RULES,
    effects=effects,
)
