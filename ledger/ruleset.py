"""The hash of a rule set's tables. A mismatch means that a rule has changed, and no released rule set may change.

The hash covers what decides: the rules of each event and act in order, with code, name and articles; who may send what
and with which class of key; what else an act's row says of waiting, taxes, likeness and who gives something up; the
members of acts and events, and the policy's fields, with their defaults; and which taxes a transfer waits for. It does
not cover wording, since the Chinese or English text of a code, an article or a title decides nothing. It does not cover
the code of predicates either; re-judging the logs of earlier releases does (tests/nodes/audit/test_released.py).
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from dengbu.ledger import transition
from dengbu.ledger.catalogue import acts_in
from dengbu.ledger.law.verdict import name
from dengbu.ledger.log.encoding import JSONValue, canonical
from dengbu.ledger.register.members import LATER_FIELDS, LATER_ROLES
from dengbu.ledger.register.records import Policy, Role
from dengbu.ledger.rules.rule import Rule
from dengbu.ledger.rules.rule_sets import FIRST, LATER_MEMBERS
from dengbu.ledger.rules.taxes import REQUIRED
from dengbu.ledger.tax import tax


def rule_set(number: int) -> dict[str, JSONValue]:
    """Return the content of a rule set that is hashed, as JSON values; rules are lists in order of precedence."""
    acts = acts_in(number)
    events = {type_: kind for type_, kind in transition.EVENTS.items() if kind.since <= number}
    return {
        "common": _rows(transition.COMMON, number),
        "acts": {tag: _rows(kind.rules, number) for tag, kind in acts.items()},
        "events": {type_: _rows(kind.rules, number) for type_, kind in events.items()},
        "entry": _rows(tax.ENTRY_RULES, number),
        "taxes": {f"{cause}.{seller}": list(taxes) for (cause, seller), taxes in REQUIRED.items()},
        "event_roles": {type_: _roles(kind.senders, number) for type_, kind in events.items()},
        "act_roles": {tag: _roles(kind.applicants, number) for tag, kind in acts.items()},
        "act_rows": {
            tag: {
                "about": list(kind.about),
                "disposes": kind.disposes,
                "taxed": kind.taxed,
                "members": _members(kind.type, LATER_MEMBERS.get(tag, {}), number),
                **(
                    {"giving": list(kind.giving)} if number > FIRST.number else {}
                ),  # set 1 was hashed without it
            }
            for tag, kind in acts.items()
        },
        "event_rows": {
            type_: {
                "signed_by": str(kind.signed_by),
                "members": _members(kind.data, LATER_MEMBERS.get(type_, {}), number),
            }
            for type_, kind in events.items()
        },
        "policy": _members(Policy, LATER_FIELDS, number),
    }


def digest(number: int) -> str:
    """Return the hash of a rule set's tables in this software: hex SHA-256 of their canonical JSON."""
    return hashlib.sha256(canonical(rule_set(number))).hexdigest()


def _rows(rules: Iterable[Rule[Any]], number: int) -> list[JSONValue]:
    return [
        [int(rule.code), name(rule.code), *(article.id for article in rule.law)]
        for rule in rules
        if rule.belongs_to(number)
    ]


def _roles(roles: Iterable[Role], number: int) -> list[JSONValue]:
    return [str(one) for one in roles if LATER_ROLES.get(one, FIRST.number) <= number]


def _members(struct: type[msgspec.Struct], later: Mapping[str, int], number: int) -> JSONValue:
    """Return the members that a struct has in a rule set, each with its default."""
    return {
        field.name: _default(field)
        for field in msgspec.structs.fields(struct)
        if later.get(field.name, FIRST.number) <= number
    }


def _default(field: msgspec.structs.FieldInfo) -> JSONValue:
    """The default of a field as JSON, or null if the field is required."""
    if field.required:
        return None
    made = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
    return msgspec.json.decode(msgspec.json.encode(made))  # type: ignore[no-any-return]
