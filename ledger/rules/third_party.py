"""What others with a right on a unit may keep out: holders of advance notices, objectors, mortgagees.

The predicates are of acts that name `unit`, `consent`, `agreed` (holders of notices that agreed in writing) and
`acknowledged` (objections that the taker knows of, at his own risk); each is true when it refuses.
"""

from typing import Any

from dengbu.ledger.register.records import Mortgage, Notice, Unit
from dengbu.ledger.register.register import Register
from dengbu.ledger.rules.act import ActView
from dengbu.ledger.rules.in_force import is_noticed, notices, objections

V = ActView[Any]


def in_book(view: V) -> Unit | None:
    """The unit of the act, registered or applied for; a retired one has nothing on it."""
    return view.register.get(Unit, view.act.unit)


def notice_bars(view: V) -> bool:
    """Someone is promised a right in advance, and neither agrees nor is the one that takes."""
    unit, act = in_book(view), view.act
    if unit is None:
        return False
    taking = [one.ref for one in getattr(act, "holders", ())]
    agreeing = [*act.agreed, *act.consent, *taking, *view.consents]
    return any(one.beneficiary not in agreeing for one in notices(view.register, unit, view.at.time))


def objection_is_unacknowledged(view: V) -> bool:
    """An objection is in force, and who takes has not said that he knows of it and bears the risk."""
    unit = in_book(view)
    if unit is None:
        return False
    return any(one.id not in view.act.acknowledged for one in objections(view.register, unit, view.at.time))


def clause_bars(view: V) -> bool:
    """A mortgagee with a registered clause against transfer has not signed."""
    return any(one.no_transfer for one in _silent(view))


def old_mortgage_bars(view: V) -> bool:
    """The mortgagee of a mortgage entered before the Civil Code has not signed."""
    before = view.policy.mortgage_consent_before
    return any(one.entered_on < before and not one.no_transfer for one in _silent(view))


def _silent(view: V) -> list[Mortgage]:
    unit = view.unit(view.act.unit)
    found = view.mortgages(unit) if unit else ()
    return [one for one in found if one.mortgagee not in view.consents]


# ---- of acts that name a `notice` ---------------------------------------------------------------------------------


def notice_of(view: V) -> Notice | None:
    """The advance notice that the act names."""
    return view.register.get(Notice, view.act.notice)


def notice_is_unknown(view: V) -> bool:
    """There is no such notice."""
    return notice_of(view) is None


def notice_has_ended(view: V) -> bool:
    """It is converted, cancelled or lapsed."""
    found = notice_of(view)
    if found is None:
        return False
    unit = view.register.get(Unit, found.unit)
    assert unit is not None, "a notice is on a unit of the register"
    return not is_noticed(view.register, unit, found, view.at.time)


def noticed_unit(register: Register, act: Any) -> tuple[str, ...]:
    """The unit of the notice that an act names."""
    found = register.get(Notice, act.notice)
    return (found.unit,) if found else ()
