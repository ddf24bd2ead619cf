"""Transfer orders 过户协助执行通知: a court orders a transfer, and the registry assists (Civil Code 229; IR 19).

An order binds from its entry: nobody may otherwise dispose of the unit, and a seizure served later does not stop the
order (SEAL 23). The act that executes it is `transfer.order`; taxes are checked there as for any other transfer.
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register import co_ownership
from dengbu.ledger.register.encumbrances import Order
from dengbu.ledger.register.members import KeyClass
from dengbu.ledger.register.records import Unit
from dengbu.ledger.register.shapes import Holders, Mode, MortgageId, OrderId, RightId, UnitCode
from dengbu.ledger.rules import roles
from dengbu.ledger.rules.rule import Compared, Data, Does, Effects, EventKind, Rule, Title, View
from dengbu.ledger.rules.seizure_queue import Document

ENDS_MAX = 50


class OrderTransfer(Data, frozen=True, forbid_unknown_fields=True):
    """A court orders the transfer of the debtor's right to new holders, free of the mortgages that `ends` names."""

    unit: UnitCode
    right: RightId
    document: Document
    mode: Mode
    holders: Holders
    ends: Annotated[tuple[MortgageId, ...], Meta(max_length=ENDS_MAX)] = ()


class RevokeOrder(Data, frozen=True, forbid_unknown_fields=True):
    """The court revokes its order before it is executed."""

    order: OrderId
    document: Document


def _unit(view: View[OrderTransfer]) -> Unit | None:
    found = view.register.get(Unit, view.data.unit)
    return found if found is not None and found.status == "active" else None


def unit_is_unknown(view: View[OrderTransfer]) -> bool:
    """The unit has no first registration."""
    return _unit(view) is None


def right_is_not_the_debtors(view: View[OrderTransfer]) -> bool:
    """The right that the court found is not the current one, since the unit has passed to somebody else."""
    unit = _unit(view)
    return unit is not None and view.data.right != unit.right


def order_is_repeated(view: View[OrderTransfer]) -> bool:
    """An order of the same court by the same document is already open on the unit."""
    unit = _unit(view)
    found = [view.register.get(Order, one) for one in (unit.orders if unit else ())]
    mine = (view.event.actor.id, view.data.document)
    return any(one is not None and (one.court, one.document) == mine for one in found)


def holder_is_repeated(view: View[OrderTransfer]) -> bool:
    """A new holder is named twice."""
    return co_ownership.repeated(view.data.holders)


def shares_do_not_fit(view: View[OrderTransfer]) -> bool:
    """The new shares do not add up to one, or do not fit the mode."""
    return co_ownership.badly_shared(view.data.mode, view.data.holders)


def mortgage_is_elsewhere(view: View[OrderTransfer]) -> bool:
    """A mortgage to be extinguished is not on the unit."""
    unit = _unit(view)
    return unit is not None and any(one not in unit.mortgages for one in view.data.ends)


ORDER: tuple[Rule[View[OrderTransfer]], ...] = (
    Rule(Code.UNIT_UNKNOWN, (law.IR_24, law.IR_19), unit_is_unknown),
    Rule(Code.NOT_DEBTOR_PROPERTY, (law.SEAL_23,), right_is_not_the_debtors),
    Rule(Code.ORDER_REPEATED, (law.IR_19,), order_is_repeated),
    Rule(Code.HOLDER_REPEATED, (law.CC_298,), holder_is_repeated),
    Rule(Code.SHARES_SUM, (law.CC_298,), shares_do_not_fit),
    Rule(Code.MORTGAGE_UNKNOWN, (law.CC_216,), mortgage_is_elsewhere),
)


def _order(view: View[OrderTransfer]) -> Effects:
    unit, data, index = _unit(view), view.data, view.at.index
    assert unit is not None
    made = Order(
        id=f"O-{index}",
        unit=unit.code,
        right=data.right,
        court=view.event.actor.id,
        document=data.document,
        mode=data.mode,
        holders=data.holders,
        ends=data.ends,
        since=index,
        status="open",
    )
    changed = msgspec.structs.replace(unit, orders=(*unit.orders, made.id), head=index)
    return Effects("recorded", (made, changed), {"order": made.id, "unit": unit.code})


def _named(view: View[RevokeOrder]) -> Order | None:
    return view.register.get(Order, view.data.order)


def order_is_unknown(view: View[RevokeOrder]) -> bool:
    """There is no such order."""
    return _named(view) is None


def order_is_another_courts(view: View[RevokeOrder]) -> bool:
    """Another court gave the order."""
    found = _named(view)
    return found is not None and found.court != view.event.actor.id


def order_has_ended(view: View[RevokeOrder]) -> bool:
    """The order has been executed or revoked."""
    found = _named(view)
    return found is not None and found.status != "open"


REVOKE: tuple[Rule[View[RevokeOrder]], ...] = (
    Rule(Code.ORDER_UNKNOWN, (law.IR_19,), order_is_unknown),
    Rule(Code.NOT_ORDERING_COURT, (law.IR_19,), order_is_another_courts),
    Rule(Code.ORDER_ENDED, (law.IR_19,), order_has_ended),
)


def _revoke(view: View[RevokeOrder]) -> Effects:
    found = _named(view)
    assert found is not None
    unit = view.register.get(Unit, found.unit)
    assert unit is not None, "an order is on a unit of the register"
    rest = tuple(one for one in unit.orders if one != found.id)
    ended = msgspec.structs.replace(found, status="revoked", ended=view.at.index)
    changed = msgspec.structs.replace(unit, orders=rest, head=view.at.index)
    return Effects("recorded", (ended, changed), {"order": found.id, "unit": unit.code})


KINDS: tuple[EventKind[Any], ...] = (
    EventKind(
        type="court.order",
        title=Title("过户协助执行通知", "transfer order"),
        senders=roles.COURT,
        signed_by=KeyClass.EVENT,
        open=False,
        compared=Compared.NOTHING,
        does=Does.NOTHING,
        parts={},
        data=OrderTransfer,
        rules=ORDER,
        effects=_order,
    ),
    EventKind(
        type="court.revoke-order",
        title=Title("撤回过户协助执行通知", "revocation of a transfer order"),
        senders=roles.COURT,
        signed_by=KeyClass.EVENT,
        open=False,
        compared=Compared.NOTHING,
        does=Does.NOTHING,
        parts={},
        data=RevokeOrder,
        rules=REVOKE,
        effects=_revoke,
    ),
)
