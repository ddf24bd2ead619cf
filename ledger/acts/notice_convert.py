"""Conversion 预告转本登记: the case enters what was promised and closes its notice (CC 221; SEC 52; IR 78).

Earlier acts of the case enter the purchase or the mortgage under their own rules; a mortgage then takes the rank of
its notice.
"""

import msgspec

from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register.encumbrances import Mortgage
from dengbu.ledger.register.record import Record
from dengbu.ledger.register.records import Right, Unit
from dengbu.ledger.register.shapes import NoticeId
from dengbu.ledger.rules import mortgages, parties, rights, roles, securing
from dengbu.ledger.rules.act import Act, ActEffects, ActKind, ActView
from dengbu.ledger.rules.backing import BY_INSTITUTIONS
from dengbu.ledger.rules.in_force import CONVERT
from dengbu.ledger.rules.rule import Rule, Title
from dengbu.ledger.rules.third_party import (
    OF_BANKS,
    notice_has_ended,
    notice_is_unknown,
    notice_of,
    noticed_unit,
)


class NoticeConvert(Act, frozen=True, forbid_unknown_fields=True, tag=CONVERT):
    """Close a notice whose promise earlier acts of the case fulfil."""

    notice: NoticeId


View = ActView[NoticeConvert]


def _promised_mortgage(view: View, unit: Unit) -> Mortgage | None:
    """The mortgage that this case sets for the bank of the notice, or None."""
    notice = notice_of(view)
    assert notice is not None
    mine = (notice.beneficiary, view.number)
    return next(
        (one for one in mortgages.on_unit(view.register, unit) if (one.mortgagee, one.case) == mine), None
    )


def something_else_is_entered(view: View) -> bool:
    """The case does not make the holder of the notice the owner, or the bank a mortgagee, of this unit."""
    notice = notice_of(view)
    if notice is None:
        return False
    unit = view.unit(notice.unit)
    if unit is None:
        return True
    if notice.kind in OF_BANKS:
        return _promised_mortgage(view, unit) is None
    right = view.register.get(Right, str(unit.right))
    assert right is not None, "an active unit has a right"
    return right.cause != view.number or notice.beneficiary not in [one.ref for one in right.holders]


RULES: tuple[Rule[View], ...] = (
    Rule(Code.NOTICE_UNKNOWN, (law.CC_216,), notice_is_unknown),
    Rule(Code.NOTICE_ENDED, (law.CC_221,), notice_has_ended),
    Rule(Code.NOTICE_MISMATCH, (law.SEC_52, law.IR_85), something_else_is_entered),
)


def effects(view: View) -> ActEffects:
    """Close the notice; a mortgage moves to the rank that it would have had if entered with the notice."""
    notice = notice_of(view)
    assert notice is not None
    unit = view.unit(notice.unit)
    assert unit is not None
    ended = msgspec.structs.replace(notice, status="converted", ended=view.at.index)
    rest = tuple(one for one in unit.notices if one != notice.id)
    changed = msgspec.structs.replace(unit, notices=rest, head=view.at.index)
    result = {"converted": [notice.id]}
    mortgage = _promised_mortgage(view, unit) if notice.kind in OF_BANKS else None
    if mortgage is None:
        return ActEffects((ended, changed), result)
    return ActEffects((ended, *_ranked(view, changed, mortgage, notice.since)), result)


def _ranked(view: View, unit: Unit, mortgage: Mortgage, since: int) -> tuple[Record, ...]:
    others = [one for one in mortgages.on_unit(view.register, unit) if one.id != mortgage.id]
    promised = msgspec.structs.replace(mortgage, ranks_from=since)
    rows = mortgages.added(others, promised)
    return (promised, *mortgages.in_order(unit, rows, view.at.index))


KIND = ActKind(
    type=NoticeConvert,
    title=Title("预告转本登记", "conversion of an advance notice"),
    applicants=roles.REGISTRY_BANK,
    about=("notice",),
    giving=(),
    units=noticed_unit,
    parties=parties.none,
    discreet=False,
    secures=securing.nobody,
    ends=securing.none,
    begins=rights.none,
    disposes=True,
    taxed=False,
    backing=BY_INSTITUTIONS,
    rules=RULES,
    effects=effects,
)
