"""Competence 全城通办: any office or outlet accepts for any district; only competent offices decide (CC 210; REG 7).

A city may centralise registration for its districts (Interim Regulation 7), and then every office of the registry may
decide. If the policy names the offices that decide for a district (`deciding`), no other office may review, enter or
refuse its cases.
"""

from collections.abc import Iterable
from typing import Any

from dengbu.ledger.law import law
from dengbu.ledger.law.identifiers import COUNTY
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register.records import Case
from dengbu.ledger.register.register import Register
from dengbu.ledger.rules.policies import policy_in_force
from dengbu.ledger.rules.rule import Rule, View


def counties(units: Iterable[str]) -> tuple[str, ...]:
    """The counties in which units lie, each once."""
    return tuple(dict.fromkeys(code[COUNTY] for code in units))


def is_foreign(register: Register, districts: Iterable[str]) -> bool:
    """Whether one of the districts is another registry's."""
    competent = policy_in_force(register).districts
    return any(one not in competent for one in districts)


def deciding(register: Register, case: Case) -> tuple[str, ...] | None:
    """The offices that may decide a case: those named for every one of its districts that has any named.

    None means every office of the registry.
    """
    named = policy_in_force(register).deciding
    bound = [named[one] for one in dict.fromkeys((case.district, *counties(case.units))) if one in named]
    return tuple(one for one in bound[0] if all(one in each for each in bound)) if bound else None


def office_may_not_decide(view: View[Any]) -> bool:
    """The office at which this is done is not one of those that decide for the district."""
    case = view.register.get(Case, view.data.case)
    offices = deciding(view.register, case) if case is not None else None
    return offices is not None and view.event.envelope.body.office not in offices


DECIDES: Rule[View[Any]] = Rule(Code.OFFICE_NOT_COMPETENT, (law.CC_210, law.REG_7), office_may_not_decide)
