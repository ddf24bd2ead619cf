"""The hash of a rule set's tables: what no longer matches it has changed a rule, and no released set may change.

It covers what decides: each event's and each act's rules in their order with code, name and articles, who may send what,
which taxes a transfer waits for, and the policy's fields with their defaults. Words are not in it: what a code, an article or
a title is called in Chinese or English decides nothing. What a predicate computes is code; the logs that releases left behind
hold it (tests/nodes/audit/test_released.py).
"""

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from dengbu.ledger import transition
from dengbu.ledger.cases.catalogue import ACTS
from dengbu.ledger.law.verdict import name
from dengbu.ledger.log.encoding import JSONValue, canonical
from dengbu.ledger.register.members import LATER_FIELDS
from dengbu.ledger.register.records import Policy
from dengbu.ledger.rules import roles
from dengbu.ledger.rules.rule import Rule
from dengbu.ledger.rules.rule_sets import FIRST
from dengbu.ledger.tax import tax


def rule_set(number: int) -> dict[str, JSONValue]:
    """What is hashed of the rule set with a number, as JSON values: tables are lists in order of precedence."""
    return {
        "common": _rows(transition.COMMON, number),
        "acts": {tag: _rows(kind.rules, number) for tag, kind in ACTS.items()},
        "events": {type_: _rows(kind.rules, number) for type_, kind in transition.EVENTS.items()},
        "entry": _rows(tax.ENTRY_RULES, number),
        "taxes": {f"{cause}.{seller}": list(taxes) for (cause, seller), taxes in tax.REQUIRED.items()},
        "event_roles": {type_: [str(one) for one in may] for type_, may in roles.EVENT_ROLES.items()},
        "act_roles": {tag: [str(one) for one in may] for tag, may in roles.ACT_ROLES.items()},
        "policy": {
            field.name: _default(field)
            for field in msgspec.structs.fields(Policy)
            if LATER_FIELDS.get(field.name, FIRST.number) <= number
        },
    }


def digest(number: int) -> str:
    """The hash of a rule set's tables as this software has them: hex SHA-256 of their canonical JSON."""
    return hashlib.sha256(canonical(rule_set(number))).hexdigest()


def _rows(rules: Iterable[Rule[Any]], number: int) -> list[JSONValue]:
    return [
        [int(rule.code), name(rule.code), *(article.id for article in rule.law)]
        for rule in rules
        if rule.belongs_to(number)
    ]


def _default(field: msgspec.structs.FieldInfo) -> JSONValue:
    """What a field is if nobody sets it, as JSON; null where it has to be set."""
    if field.required:
        return None
    made = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
    return msgspec.json.decode(msgspec.json.encode(made))  # type: ignore[no-any-return]
