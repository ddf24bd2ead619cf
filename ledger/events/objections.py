"""objection.suit 异议诉讼: a suit shown within the fifteen days keeps the objection from lapsing (Civil Code 220)."""

import msgspec

from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register.members import KeyClass
from dengbu.ledger.register.notations import Objection
from dengbu.ledger.register.records import Unit
from dengbu.ledger.register.shapes import ObjectionId
from dengbu.ledger.rules import roles
from dengbu.ledger.rules.in_force import is_raised
from dengbu.ledger.rules.rule import Compared, Data, Does, Effects, EventKind, Rule, Title, View
from dengbu.ledger.rules.seizure_queue import Document


class ObjectionSuit(Data, frozen=True, forbid_unknown_fields=True):
    """Show a suit; `document` is the number of the document by which the court accepts it."""

    objection: ObjectionId
    document: Document


V = View[ObjectionSuit]


def _named(view: V) -> Objection | None:
    return view.register.get(Objection, view.data.objection)


def objection_is_unknown(view: V) -> bool:
    """There is no such objection."""
    return _named(view) is None


def objection_has_ended(view: V) -> bool:
    """The objection has lapsed or is closed, so the suit comes too late."""
    found = _named(view)
    return found is not None and not is_raised(view.register, found, view.at.time)


RULES: tuple[Rule[V], ...] = (
    Rule(Code.OBJECTION_UNKNOWN, (law.CC_216,), objection_is_unknown),
    Rule(Code.OBJECTION_ENDED, (law.CC_220,), objection_has_ended),
)


def effects(view: V) -> Effects:
    """Record the suit, which keeps the objection in force until it is closed."""
    found = _named(view)
    assert found is not None
    sued = msgspec.structs.replace(found, suit=view.data.document)
    unit = view.register.get(Unit, found.unit)
    assert unit is not None, "an objection is to a right on a unit of the register"
    touched = msgspec.structs.replace(unit, head=view.at.index)
    return Effects("recorded", (sued, touched), {"objection": found.id, "unit": found.unit})


KIND = EventKind(
    type="objection.suit",
    title=Title("异议诉讼证明", "proof of suit for an objection"),
    senders=roles.REGISTRY_COURT,
    signed_by=KeyClass.EVENT,
    open=False,
    compared=Compared.NOTHING,
    does=Does.NOTHING,
    parts={},
    data=ObjectionSuit,
    rules=RULES,
    effects=effects,
)
