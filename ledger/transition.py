"""The state transition: `judge(register, event, at)` decides on an event, and nothing else does.

The same register, event and place in the log give the same decision on every node, now and in ten years: there is no
clock, no randomness and no I/O below this function.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from dengbu.ledger.cases import cases, entering, handover, ratings, suspension
from dengbu.ledger.events import (
    announcements,
    erasure,
    notices,
    objections,
    restrictions,
    seizures,
    title_batches,
    titles,
    transfer_orders,
)
from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code, Reason
from dengbu.ledger.network import governance
from dengbu.ledger.network.governance import Genesis
from dengbu.ledger.register.dated import row_in
from dengbu.ledger.register.record import Record
from dengbu.ledger.register.register import Register
from dengbu.ledger.rules.rule import Event, EventKind, LogPosition, Rule, View, refusals
from dengbu.ledger.rules.rule_sets import RuleSet, in_force, named
from dengbu.ledger.tax import assessment, refunds

EVENTS: dict[str, EventKind[Any]] = {
    kind.type: kind
    for kind in (
        *governance.KINDS,
        titles.KIND,
        title_batches.KIND,
        *cases.KINDS,
        entering.KIND,
        *suspension.KINDS,
        handover.KIND,
        ratings.KIND,
        *assessment.KINDS,
        *refunds.KINDS,
        *seizures.KINDS,
        *transfer_orders.KINDS,
        *restrictions.KINDS,
        objections.KIND,
        notices.KIND,
        *announcements.KINDS,
        *erasure.KINDS,
    )
}


def role_may_not(view: View[Any]) -> bool:
    """The institution's role may not sign this type of event."""
    kind = row_in(view.at.rule_set, EVENTS[view.event.envelope.body.type])
    return view.event.actor.role not in kind.senders


def institution_is_suspended(view: View[Any]) -> bool:
    """The institution is suspended."""
    return view.event.actor.status != "active"


COMMON: tuple[Rule[View[Any]], ...] = (
    Rule(Code.NOT_AUTHORISED, (law.NET_2, law.CC_210), role_may_not),
    Rule(Code.INSTITUTION_SUSPENDED, (law.NET_1,), institution_is_suspended),
)


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision on an event: its outcome, all reasons if refused, its result, and the records that change."""

    outcome: str
    reasons: tuple[Reason, ...] = ()
    result: dict[str, Any] = field(default_factory=dict)
    changes: tuple[Record, ...] = ()

    def as_json(self, register: str) -> dict[str, Any]:
        """Return the decision in the form that a leaf holds; `register` is the digest after the changes."""
        found: dict[str, Any] = {"outcome": self.outcome, "register": register}
        if self.reasons:
            found["reasons"] = [reason.as_json() for reason in self.reasons]
        if self.result:
            found["result"] = self.result
        return found


def judge(register: Register, event: Event[Any], at: LogPosition) -> Decision:
    """Decide on an admitted event at a place in the log; the register is only read.

    Raises `UnknownRuleSet` if this software lacks the rule set in force.
    """
    kind = EVENTS[event.envelope.body.type]
    at = replace(at, rule_set=rule_set(register, event.data).number)
    view = kind.look(View(register, event, at))
    reasons = (*refusals(COMMON, view, at), *refusals(kind.rules, view, at), *kind.reasons(view))
    if reasons:
        return Decision("refused", reasons)
    effects = kind.effects(view)
    return Decision(effects.outcome, (), effects.result, effects.records)


def rule_set(register: Register, data: Any) -> RuleSet:
    """Return the rule set that decides on an event with these data; raise `UnknownRuleSet`.

    It is that of the policy in force; for entry 0, it is that of the policy which the event brings.
    """
    return named(data.policy.rule_set) if isinstance(data, Genesis) else in_force(register)
