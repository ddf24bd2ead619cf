"""Transfer by court order 协助执行过户: the winner alone applies, the registry assists (Civil Code 229; IR 19; REG 14(3)).

Taxes are checked on entry, as for a sale. Burdens that the order does not extinguish stay on the unit.
"""

from typing import Literal

import msgspec

from dengbu.ledger.law import law
from dengbu.ledger.law.calendar import legal_date
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register.encumbrances import Order, Seizure
from dengbu.ledger.register.records import Unit
from dengbu.ledger.register.register import Overlay
from dengbu.ledger.register.shapes import Holders, Mode, OrderId, RightId, UnitCode
from dengbu.ledger.rules import mortgages, parties, rights, roles, securing
from dengbu.ledger.rules.act import Act, ActEffects, ActKind, ActView, begin_ownership
from dengbu.ledger.rules.backing import Backing, always, both_sides, its_holders
from dengbu.ledger.rules.in_force import freezes
from dengbu.ledger.rules.predicates import (
    conversion_is_awaited,
    named_unit,
    right_has_ended,
    right_is_unknown,
    right_of,
    unit_is_unknown,
)
from dengbu.ledger.rules.rule import Rule, Title
from dengbu.ledger.rules.seizure_queue import PRE_SEIZURE, WAITING, promoted, queue


class TransferOrder(Act, frozen=True, forbid_unknown_fields=True, tag="transfer.order"):
    """Execute a court's order as it was given; `seller` is the debtor."""

    order: OrderId
    unit: UnitCode
    right: RightId
    cause: Literal["court-order"]
    seller: Literal["person", "enterprise"]
    mode: Mode
    holders: Holders


View = ActView[TransferOrder]


def _order(view: View) -> Order | None:
    found = view.register.get(Order, view.act.order)
    return found if found is not None and found.unit == view.act.unit else None


def order_is_unknown(view: View) -> bool:
    """There is no such order on the unit."""
    return _order(view) is None


def order_has_ended(view: View) -> bool:
    """The order has been executed or revoked."""
    found = _order(view)
    return found is not None and found.status != "open"


def order_differs(view: View) -> bool:
    """The court ordered something else: another right, other holders or shares."""
    found, act = _order(view), view.act
    ordered = (found.right, found.mode, found.holders) if found else None
    return ordered not in (None, (act.right, act.mode, act.holders))


def earlier_order_is_open(view: View) -> bool:
    """Another order, served before this one, is still open."""
    found, unit = _order(view), view.unit(view.act.unit)
    return found is not None and unit is not None and found.id in unit.orders[1:]


def earlier_seizure_binds(view: View) -> bool:
    """Another court's seizure, served before the order, is in effect, so the courts have to agree."""
    found, unit = _order(view), view.unit(view.act.unit)
    live = queue(view.register, unit, view.at.time) if unit else ()
    return found is not None and any(one.court != found.court and one.since < found.since for one in live[:1])


def earlier_freeze_binds(view: View) -> bool:
    """Another authority froze dispositions before the order."""
    found, unit = _order(view), view.unit(view.act.unit)
    marks = freezes(view.register, unit, view.at.time) if unit else ()
    return found is not None and any(
        one.institution != found.court and one.since < found.since for one in marks
    )


RULES: tuple[Rule[View], ...] = (
    Rule(Code.UNIT_UNKNOWN, (law.IR_24, law.CC_209), unit_is_unknown),
    Rule(Code.RIGHT_UNKNOWN, (law.CC_216,), right_is_unknown),
    Rule(Code.RIGHT_ENDED, (law.CC_216, law.SEAL_23), right_has_ended),
    Rule(Code.ORDER_UNKNOWN, (law.IR_19,), order_is_unknown),
    Rule(Code.ORDER_ENDED, (law.IR_19,), order_has_ended),
    Rule(Code.ORDER_DIFFERS, (law.CC_229, law.IR_19), order_differs),
    Rule(Code.ORDER_EARLIER, (law.SEAL_23, law.IR_91), earlier_order_is_open),
    Rule(Code.SEIZED, (law.SEAL_23, law.IR_91), earlier_seizure_binds),
    Rule(Code.FROZEN, (law.IR_19,), earlier_freeze_binds),
    Rule(Code.CONVERSION_AWAITED, (law.IR_77,), conversion_is_awaited),
)


def effects(view: View) -> ActEffects:
    """Transfer the right, and end the mortgages that the order names and all other orders, seizures and freezes.

    A pre-seizure against a new holder stays (see `_seizures`).
    """
    act, index = view.act, view.at.index
    unit, old, order = view.unit(act.unit), right_of(view), _order(view)
    assert unit is not None
    assert old is not None
    assert order is not None
    overlay = Overlay(view.register)
    nth = unit.rights_count + 1
    new, certificate, counter = begin_ownership(view, act.unit, act.mode, act.holders, nth)
    ended = msgspec.structs.replace(old, status="ended", ended=index)
    executed = msgspec.structs.replace(order, status="executed", ended=index)
    seizures, kept = _seizures(view, unit, order)
    frozen = [
        msgspec.structs.replace(one, status="lifted", ended=index)
        for one in freezes(view.register, unit, view.at.time)
    ]
    marks = tuple(one for one in unit.marks if one not in [each.id for each in frozen])
    changed = msgspec.structs.replace(
        unit, right=new.id, rights_count=nth, head=index, orders=(), seizures=kept, marks=marks
    )
    overlay.apply((ended, new, changed, certificate, counter, executed, *seizures, *frozen))
    later = [view.register.get(Order, one) for one in unit.orders if one != order.id]
    overlay.apply(msgspec.structs.replace(one, status="lapsed", ended=index) for one in later if one)
    gone = [one for one in mortgages.on_unit(view.register, unit) if one.id in order.ends]
    for row in gone:
        overlay.apply(mortgages.ended(overlay, row, "discharged", index))
    stay = overlay.get(Unit, act.unit)
    assert stay is not None
    overlay.apply(msgspec.structs.replace(one, right=new.id) for one in mortgages.on_unit(overlay, stay))
    result = {"rights": [new.id], "certificates": [certificate.number], "executed": [order.id]}
    if gone:
        result["discharged"] = [row.id for row in gone]
    return ActEffects(overlay.changes(), result)


def _seizures(view: View, unit: Unit, order: Order) -> tuple[tuple[Seizure, ...], tuple[str, ...]]:
    """Return the seizures that change, and the ids of those that stay: pre-seizures of a new holder (SEAL 26-27)."""
    buyers = [one.ref for one in order.holders]
    live = queue(view.register, unit, view.at.time)
    kept = [one for one in live if one.kind == PRE_SEIZURE and one.debtor in buyers]
    ended = tuple(
        msgspec.structs.replace(one, status="released" if one.court == order.court else "lapsed")
        for one in live
        if one not in kept
    )
    today = legal_date(view.at.time)
    first = [promoted(view.register, one, today) for one in kept[:1] if one.status == WAITING]
    return (*ended, *first), tuple(one.id for one in kept)


KIND = ActKind(
    type=TransferOrder,
    title=Title("协助执行过户", "transfer by a court's order"),
    applicants=roles.REGISTRY,
    about=("right",),
    giving=(),
    units=named_unit,
    parties=parties.none,
    discreet=False,
    secures=securing.nobody,
    ends=securing.none,
    begins=rights.following,
    disposes=False,
    taxed=True,
    backing=Backing(asks=both_sides, tells=always(None), paper=always(False), gives=its_holders),
    rules=RULES,
    effects=effects,
)
