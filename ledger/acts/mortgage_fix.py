"""Fixing a maximum claim 最高额抵押权确定登记, which makes the mortgage ordinary at the same rank (Civil Code 423; IR 73)."""

from datetime import date
from typing import Literal

import msgspec

from dengbu.ledger.law import law
from dengbu.ledger.law.calendar import as_date, legal_date, years_later
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register.encumbrances import Mortgage
from dengbu.ledger.register.record import Record
from dengbu.ledger.register.shapes import MortgageId
from dengbu.ledger.rules import mortgages, parties, rights, roles, securing
from dengbu.ledger.rules.act import Act, ActEffects, ActKind, ActView
from dengbu.ledger.rules.backing import Backing, Stated, always, nothing
from dengbu.ledger.rules.predicates import (
    claimed_units,
    mortgage_is_discharged,
    mortgage_is_unknown,
    mortgagee_did_not_sign,
)
from dengbu.ledger.rules.rule import Rule, Title
from dengbu.ledger.rules.seizure_queue import queue

MAXIMUM, ORDINARY = "maximum", "ordinary"
YEARS_UNTIL_REQUEST = 2  # Civil Code 423(2)


class MortgageFix(Act, frozen=True, forbid_unknown_fields=True, tag="mortgage.fix"):
    """Fix the claims of a maximum mortgage; `ground` is one of Civil Code 423, with `requested` for its item 2."""

    mortgage: MortgageId
    ground: Literal[
        "period-over", "requested", "no-new-claims", "seizure-known", "insolvency", "other-by-law"
    ]


View = ActView[MortgageFix]


def _rows(view: View) -> tuple[Mortgage, ...]:
    return mortgages.claim_of(view.register, view.act.mortgage)


def claim_is_not_maximum(view: View) -> bool:
    """The mortgage is ordinary, or its claims are already fixed."""
    return any(row.kind != MAXIMUM for row in _rows(view))


def request_is_early(view: View) -> bool:
    """The claims are to be fixed on request before two years have passed since the set-up.

    A request is possible only where no period was agreed (Civil Code 423(2)).
    """
    if view.act.ground != "requested":
        return False
    today = legal_date(view.at.time)
    return any(today <= years_later(_entered(row), YEARS_UNTIL_REQUEST) for row in _rows(view))


def _entered(row: Mortgage) -> date:
    day = as_date(row.entered_on)
    assert day is not None, "a mortgage was entered on a day of the calendar"
    return day


def book_shows_no_seizure(view: View) -> bool:
    """The mortgagee is said to know of a seizure, but none stands on any of the units."""
    rows = _rows(view)
    units = [mortgages.unit_of(view.register, row) for row in rows]
    seized = any(queue(view.register, unit, view.at.time) for unit in units)
    return view.act.ground == "seizure-known" and bool(rows) and not seized


RULES: tuple[Rule[View], ...] = (
    Rule(Code.MORTGAGE_UNKNOWN, (law.CC_216,), mortgage_is_unknown),
    Rule(Code.MORTGAGE_DISCHARGED, (law.CC_393,), mortgage_is_discharged),
    Rule(Code.NOT_MORTGAGEE, (law.CC_423, law.IR_73), mortgagee_did_not_sign),
    Rule(Code.NOT_MAXIMUM, (law.CC_420, law.CC_423), claim_is_not_maximum),
    Rule(Code.FIXING_EARLY, (law.CC_423,), request_is_early),
    Rule(Code.FIXING_WITHOUT_SEIZURE, (law.CC_423, law.SEAL_25), book_shows_no_seizure),
)


def effects(view: View) -> ActEffects:
    """Make every row of the claim ordinary; ranks and certificates stay."""
    records: list[Record] = []
    for row in _rows(view):
        unit = mortgages.unit_of(view.register, row)
        fixed = msgspec.structs.replace(row, kind=ORDINARY, fixed=view.at.index)
        records += [fixed, msgspec.structs.replace(unit, head=view.at.index)]
    return ActEffects(tuple(records), {"fixed": [row.id for row in _rows(view)]})


KIND = ActKind(
    type=MortgageFix,
    title=Title("最高额抵押权确定登记", "fixing of a maximum claim"),
    applicants=roles.REGISTRY_BANK,
    about=("mortgage", "ground"),
    giving=(),
    units=claimed_units,
    parties=parties.mortgagee,
    discreet=True,
    secures=securing.nobody,
    ends=securing.none,
    begins=rights.none,
    disposes=False,
    taxed=False,
    backing=Backing(
        asks=mortgages.claimed_of, tells=always(Stated.TERMS), paper=always(False), gives=nothing
    ),
    rules=RULES,
    effects=effects,
)
