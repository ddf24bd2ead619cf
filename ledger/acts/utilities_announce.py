"""Joint change of utility accounts 水电气联动过户: the entry that transfers the unit tells the companies (GDOBE 39).

It changes nothing in the register. Each company learns who the new customer is from a private part of the
application.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.envelope import InstitutionId
from dengbu.ledger.register.members import Institution, Role
from dengbu.ledger.register.records import Right
from dengbu.ledger.register.register import Register
from dengbu.ledger.register.shapes import UnitCode
from dengbu.ledger.rules import rights, roles, securing
from dengbu.ledger.rules.act import Act, ActEffects, ActKind, ActView
from dengbu.ledger.rules.backing import BY_INSTITUTIONS
from dengbu.ledger.rules.predicates import named_unit, unit_is_unknown
from dengbu.ledger.rules.rule import Rule, Title

Service = Literal["water", "power", "gas"]
SERVICES_MAX = 3


class Account(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An account to be changed: which service, and the company that provides it."""

    service: Service
    to: InstitutionId


class UtilitiesAnnounce(Act, frozen=True, forbid_unknown_fields=True, tag="utilities.announce"):
    """Tell the companies that a unit has another holder, by the case that transfers it."""

    unit: UnitCode
    accounts: Annotated[tuple[Account, ...], Meta(min_length=1, max_length=SERVICES_MAX)]


View = ActView[UtilitiesAnnounce]


def unit_stays_with_its_holder(view: View) -> bool:
    """No earlier act of the case transfers the unit, so there is nothing to tell."""
    unit = view.unit(view.act.unit)
    right = view.register.get(Right, str(unit.right)) if unit else None
    return right is not None and right.cause != view.number


def company_is_unknown(view: View) -> bool:
    """One of the institutions to be told is not an active utility company of the network."""
    told = [view.register.get(Institution, one.to) for one in view.act.accounts]
    return any(one is None or one.role is not Role.UTILITY or one.status != "active" for one in told)


def service_is_repeated(view: View) -> bool:
    """A service is named twice."""
    services = [one.service for one in view.act.accounts]
    return any(one in services[:place] for place, one in enumerate(services))


RULES: tuple[Rule[View], ...] = (
    Rule(Code.UNIT_UNKNOWN, (law.IR_24, law.GDOBE_39), unit_is_unknown),
    Rule(Code.HOLDER_STAYS, (law.GDOBE_39,), unit_stays_with_its_holder),
    Rule(Code.UTILITY_UNKNOWN, (law.NET_1, law.GDOBE_39), company_is_unknown),
    Rule(Code.SERVICE_REPEATED, (law.GDOBE_39,), service_is_repeated),
)


def effects(view: View) -> ActEffects:
    """Change nothing in the register; the entry's result says who is told of what."""
    told = [{"unit": view.act.unit, "service": one.service, "to": one.to} for one in view.act.accounts]
    return ActEffects((), {"utilities": told})


def _companies(register: Register, act: UtilitiesAnnounce) -> tuple[str, ...]:
    """Return the companies that are told."""
    return tuple(one.to for one in act.accounts)


KIND = ActKind(
    type=UtilitiesAnnounce,
    title=Title("水电气联动过户", "joint change of water, power and gas accounts"),
    applicants=roles.REGISTRY,
    about=(),
    giving=(),
    units=named_unit,
    parties=_companies,
    discreet=False,
    secures=securing.nobody,
    ends=securing.none,
    begins=rights.none,
    disposes=False,
    taxed=False,
    backing=BY_INSTITUTIONS,
    rules=RULES,
    effects=effects,
)
