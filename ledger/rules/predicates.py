"""Predicates that several acts share: about the unit, the right, the holders and the mortgage that an act names.

A predicate returns True to refuse, and its docstring states the ground. It must be False whenever an earlier row
already refuses: an unknown right, for instance, is not also disputed.
"""

from collections.abc import Sequence
from typing import Any

from dengbu.ledger.law.calendar import legal_date
from dengbu.ledger.law.identifiers import PARCEL_FEATURE, InvalidIdentifier, check_unit_code
from dengbu.ledger.law.uses import DWELLING
from dengbu.ledger.register import co_ownership
from dengbu.ledger.register.encumbrances import Mortgage
from dengbu.ledger.register.members import Institution, Role
from dengbu.ledger.register.record import Holder
from dengbu.ledger.register.records import Right, Unit
from dengbu.ledger.register.register import Register
from dengbu.ledger.rules import mortgages
from dengbu.ledger.rules.act import OWNS, ActView
from dengbu.ledger.rules.in_force import freezes
from dengbu.ledger.rules.policies import policy_in_force
from dengbu.ledger.rules.seizure_queue import effective_seizure

V = ActView[Any]
NEVER_MORTGAGED = ("JA", "JC")  # land owned by a collective, and homesteads


# ---- of acts that name `unit`, `right` and `consent` --------------------------------------------------------------


def named_unit(register: Register, act: Any) -> tuple[str, ...]:
    """The unit that an act names."""
    return (act.unit,)


def unit_is_unknown(view: V) -> bool:
    """The unit has no first registration."""
    return view.unit(view.act.unit) is None


def unit_is_disputed(view: V) -> bool:
    """Ownership is disputed."""
    unit = view.unit(view.act.unit)
    return unit is not None and unit.disputed


def unit_is_seized(view: V) -> bool:
    """A seizure binds the unit."""
    unit = view.unit(view.act.unit)
    return unit is not None and effective_seizure(view.register, unit, view.at.time) is not None


def unit_is_frozen(view: V) -> bool:
    """An authority has frozen dispositions of the unit."""
    unit = view.unit(view.act.unit)
    return unit is not None and freezes(view.register, unit, view.at.time) != ()


def land_is_not_mortgageable(view: V) -> bool:
    """The unit is a collective's land or a homestead, by the parcel feature of its code (Civil Code 399(1)-(2))."""
    return view.act.unit[PARCEL_FEATURE] in NEVER_MORTGAGED


def transfer_is_ordered(view: V) -> bool:
    """A court has ordered a transfer of the unit, which goes before any other disposition."""
    unit = view.unit(view.act.unit)
    return unit is not None and bool(unit.orders)


def right_of(view: V) -> Right | None:
    """The right that the act names, if it is on the unit."""
    return view.right(view.act.unit, view.act.right)


def right_is_unknown(view: V) -> bool:
    """There is no such right on the unit."""
    return right_of(view) is None


def right_is_nowhere(view: V) -> bool:
    """There is no such right on the unit, whether ownership or a usufruct (see `right_is_a_usufruct`)."""
    return right_is_unknown(view) and not right_is_a_usufruct(view)


def right_is_a_usufruct(view: V) -> bool:
    """The right is a habitation, which cannot be transferred, or an easement, which cannot be by itself."""
    found = view.register.get(Right, view.act.right)
    return found is not None and found.unit == view.act.unit and found.kind != OWNS


def right_has_ended(view: V) -> bool:
    """The right has ended, so its former holders no longer hold anything."""
    right = right_of(view)
    return right is not None and right.status != "current"


def stranger_consents(view: V) -> bool:
    """Someone named as consenting is not a holder."""
    right = right_of(view)
    return right is not None and co_ownership.strangers(right, view.act.consent)


def consent_to_burden_is_short(view: V) -> bool:
    """Too few holders agreed to a burden on the whole."""
    right = right_of(view)
    return right is not None and not co_ownership.may_mortgage(right, view.act.consent)


def conversion_is_awaited(view: V) -> bool:
    """The finished building does not carry its construction mortgage yet; that conversion must come first."""
    unit = view.unit(view.act.unit)
    return unit is not None and bool(unit.awaiting)


def land_term_is_over(view: V) -> bool:
    """The registered land-use term is over; for dwellings it renews itself (Civil Code 359)."""
    unit = view.unit(view.act.unit)
    if unit is None or unit.land_until is None or unit.use == DWELLING:
        return False
    return unit.land_until < legal_date(view.at.time).isoformat()


# ---- of acts that name new `holders` ------------------------------------------------------------------------------


def holder_is_repeated(view: V) -> bool:
    """A new holder is named twice."""
    return co_ownership.repeated(view.act.holders)


def shares_do_not_fit(view: V) -> bool:
    """The new shares do not add up to one, or do not fit the mode."""
    return co_ownership.badly_shared(view.act.mode, view.act.holders)


# ---- of acts that name a `mortgage`, and of mortgagees ------------------------------------------------------------


def mortgage_of(view: V) -> Mortgage | None:
    """The mortgage that the act names."""
    return view.register.get(Mortgage, view.act.mortgage)


def mortgage_is_unknown(view: V) -> bool:
    """There is no such mortgage."""
    return mortgage_of(view) is None


def mortgage_is_discharged(view: V) -> bool:
    """The mortgage has already ended."""
    found = mortgage_of(view)
    return found is not None and found.status != "active"


def mortgagee_did_not_sign(view: V) -> bool:
    """The registered mortgagee has not signed the application."""
    found = mortgage_of(view)
    return found is not None and found.mortgagee not in view.consents


def mortgaged_unit(register: Register, act: Any) -> tuple[str, ...]:
    """The unit of the mortgage that an act names."""
    found = register.get(Mortgage, act.mortgage)
    return (found.unit,) if found else ()


# ---- of acts that name a `mortgage` and change its claim, on every unit that secures it ----------------------------


def claimed_units(register: Register, act: Any) -> tuple[str, ...]:
    """Every unit that secures the claim of the mortgage that an act names."""
    return tuple(row.unit for row in mortgages.claim_of(register, act.mortgage))


def claim_is_disputed(view: V) -> bool:
    """Ownership of one of the units is disputed."""
    return any(mortgages.unit_of(view.register, row).disputed for row in _claim(view))


def claim_is_seized(view: V) -> bool:
    """A seizure binds one of the units."""
    units = [mortgages.unit_of(view.register, row) for row in _claim(view)]
    return any(effective_seizure(view.register, unit, view.at.time) is not None for unit in units)


def claim_is_frozen(view: V) -> bool:
    """An authority has frozen dispositions of one of the units."""
    units = [mortgages.unit_of(view.register, row) for row in _claim(view)]
    return any(freezes(view.register, unit, view.at.time) for unit in units)


def stranger_to_the_claim_consents(view: V) -> bool:
    """Someone named as consenting holds none of the mortgaged rights."""
    return bool(_claim(view)) and mortgages.strangers(view.register, _claim(view), view.act.consent)


def mortgagors_consent_is_short(view: V) -> bool:
    """Too few holders of a mortgaged right agreed."""
    return mortgages.consent_is_short(view.register, _claim(view), view.act.consent)


def _claim(view: V) -> tuple[Mortgage, ...]:
    return mortgages.claim_of(view.register, view.act.mortgage)


# ---- of acts that set a mortgage for a `mortgagee` -----------------------------------------------------------------


def lender_is_unknown(view: V) -> bool:
    """The mortgagee is not an active bank."""
    return not may_take_mortgages(view.register, view.act.mortgagee)


def lender_did_not_sign(view: V) -> bool:
    """The bank has not signed the application, although both parties must apply for a mortgage."""
    return view.act.mortgagee not in view.consents


def may_take_mortgages(register: Register, institution: str) -> bool:
    """Whether this is an active bank of the network."""
    bank = register.get(Institution, institution)
    return bank is not None and bank.role is Role.BANK and bank.status == "active"


# ---- of acts that begin a unit ------------------------------------------------------------------------------------


def code_is_invalid(register: Register, code: str) -> bool:
    """Whether a unit code is not valid (GB/T 37346), or of a county that the policy does not name."""
    try:
        check_unit_code(code, policy_in_force(register).places)
    except InvalidIdentifier:
        return True
    return False


def unit_is_taken(view: V, code: str) -> bool:
    """Whether the register already has a unit of this code, even a retired one."""
    found = view.register.get(Unit, code)
    return found is not None and found.status != "pending"


def unit_is_spoken_for(view: V, code: str) -> bool:
    """Whether an unregistered unit is pre-seized, promised, marked, or due to carry a construction mortgage."""
    found = view.register.get(Unit, code)
    return found is not None and bool(found.seizures or found.awaiting or found.notices or found.marks)


def same_sharing(right: Right, holders: Sequence[Holder]) -> bool:
    """Whether these are distinct holders with the same shares in the same order as the right's.

    References do not show whether they are the same persons.
    """
    distinct = not co_ownership.repeated(holders)
    return distinct and [one.share for one in right.holders] == [one.share for one in holders]
