"""End of an objection 异议注销: the objector withdraws it, or a court has decided (Civil Code 220; IR 83-84)."""

from collections.abc import Iterator

import msgspec

from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register.notations import Objection
from dengbu.ledger.register.register import Register
from dengbu.ledger.register.shapes import ObjectionId, Refs
from dengbu.ledger.rules import parties, rights, roles, securing
from dengbu.ledger.rules.act import Act, ActEffects, ActKind, ActView
from dengbu.ledger.rules.backing import Asked, Backing, Held, always, nothing
from dengbu.ledger.rules.in_force import is_raised
from dengbu.ledger.rules.rule import Rule, Title
from dengbu.ledger.rules.seizure_queue import Document


class ObjectionClose(Act, frozen=True, forbid_unknown_fields=True, tag="objection.close"):
    """Close an objection: the objector is in `consent`, or `judgment` is the number of the court's paper."""

    objection: ObjectionId
    consent: Refs
    judgment: Document | None = None


View = ActView[ObjectionClose]


def _named(view: View) -> Objection | None:
    return view.register.get(Objection, view.act.objection)


def objection_is_unknown(view: View) -> bool:
    """There is no such objection."""
    return _named(view) is None


def objection_has_ended(view: View) -> bool:
    """The objection has lapsed or is closed."""
    found = _named(view)
    return found is not None and not is_raised(view.register, found, view.at.time)


def objector_is_silent(view: View) -> bool:
    """The objector has not agreed, and no court has decided."""
    found = _named(view)
    return found is not None and view.act.judgment is None and found.objector not in view.act.consent


RULES: tuple[Rule[View], ...] = (
    Rule(Code.OBJECTION_UNKNOWN, (law.CC_216,), objection_is_unknown),
    Rule(Code.OBJECTION_ENDED, (law.CC_220,), objection_has_ended),
    Rule(Code.NOT_OBJECTOR, (law.REG_14,), objector_is_silent),
)


def effects(view: View) -> ActEffects:
    """End the objection."""
    found = _named(view)
    assert found is not None
    unit = view.unit(found.unit)
    assert unit is not None
    ended = msgspec.structs.replace(found, status="closed", ended=view.at.index)
    return ActEffects((ended, msgspec.structs.replace(unit, head=view.at.index)), {"closed": [found.id]})


def units(register: Register, act: ObjectionClose) -> tuple[str, ...]:
    """The unit that the objection is on."""
    found = register.get(Objection, act.objection)
    return (found.unit,) if found else ()


def _objector(held: Held, act: ObjectionClose) -> Iterator[Asked]:
    """Ask for the objector who withdraws the objection."""
    found = held.register.get(Objection, act.objection)
    if found is not None and act.judgment is None:
        yield Asked("holders", ((found.unit, (found.objector,)),))


def _is_shown(act: ObjectionClose) -> bool:
    return act.judgment is not None


KIND = ActKind(
    type=ObjectionClose,
    title=Title("异议注销登记", "end of an objection"),
    applicants=roles.REGISTRY,
    about=("objection",),
    giving=("consent",),
    units=units,
    parties=parties.none,
    discreet=False,
    secures=securing.nobody,
    ends=securing.none,
    begins=rights.none,
    disposes=False,
    taxed=False,
    backing=Backing(asks=_objector, tells=always(None), paper=_is_shown, gives=nothing),
    rules=RULES,
    effects=effects,
)
