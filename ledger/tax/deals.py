"""What the rules about tax events share: access to the case and the deal that an event names."""

from typing import Any

from dengbu.ledger.register.record import Record
from dengbu.ledger.register.records import Case, Deal
from dengbu.ledger.rules.rule import Effects, View

V = View[Any]


def case_of(view: V) -> Case | None:
    """The case that the event names."""
    return view.register.get(Case, view.data.case)


def deal_of(view: V) -> Deal | None:
    """The deal of the case that the event names."""
    return view.register.get(Deal, view.data.case)


def named(view: V) -> Deal:
    """The deal that the event names, which exists if no rule refuses the event."""
    deal = deal_of(view)
    assert deal is not None
    return deal


def case_is_unknown(view: V) -> bool:
    """There is no such case."""
    return case_of(view) is None


def nothing_to_tax(view: V) -> bool:
    """The case has no deal."""
    return case_of(view) is not None and deal_of(view) is None


def stands_in_none(view: V, *states: str) -> bool:
    """The deal is in none of these states."""
    deal = deal_of(view)
    return deal is not None and deal.state not in states


def recorded(deal: Deal, *more: Record) -> Effects:
    """Return the effects of an event that leaves the deal like this and changes more records."""
    result = {"case": deal.case, "state": deal.state, "version": deal.version}
    return Effects("recorded", (deal, *more), result)
