"""Predicates for third parties with a say over a unit: holders of advance notices, objectors and mortgagees.

They apply to acts that name `unit`, `consent`, `agreed` (holders of notices who agreed in writing) and `acknowledged`
(objections that the acquirer knows of and whose risk he bears). A predicate returns True to refuse.
"""

from typing import Any

from dengbu.ledger.register.encumbrances import Mortgage
from dengbu.ledger.register.notations import Notice
from dengbu.ledger.register.records import Unit
from dengbu.ledger.register.register import Register
from dengbu.ledger.rules.act import ActView
from dengbu.ledger.rules.in_force import is_noticed, notices, objections
from dengbu.ledger.rules.mortgages import on_unit

OF_BANKS = ("mortgage", "presale-mortgage")  # kinds of notice that promise a mortgage: the bank has them

V = ActView[Any]


def in_book(view: V) -> Unit | None:
    """The act's unit, be it registered, pending or retired (then without burdens); None if there is none."""
    return view.register.get(Unit, view.act.unit)


def notice_bars(view: V) -> bool:
    """The beneficiary of an advance notice neither agrees nor is the acquirer."""
    unit, act = in_book(view), view.act
    if unit is None:
        return False
    taking = [one.ref for one in getattr(act, "holders", ())]
    agreeing = [*act.agreed, *act.consent, *taking, *view.consents]
    return any(one.beneficiary not in agreeing for one in notices(view.register, unit, view.at.time))


def objection_is_unacknowledged(view: V) -> bool:
    """An objection is in force, and the acquirer has not acknowledged it and accepted the risk."""
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
    found = on_unit(view.register, unit) if unit else ()
    return [one for one in found if one.mortgagee not in view.consents]


# ---- of acts that name a `notice` ---------------------------------------------------------------------------------


def notice_of(view: V) -> Notice | None:
    """The advance notice that the act names."""
    return view.register.get(Notice, view.act.notice)


def notice_is_unknown(view: V) -> bool:
    """There is no such notice."""
    return notice_of(view) is None


def notice_has_ended(view: V) -> bool:
    """The notice has been converted or cancelled, or has lapsed."""
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
