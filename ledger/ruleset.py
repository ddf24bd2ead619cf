"""The rule set by one hash: members who judge by different tables learn it by name, before their logs part.

It covers what the tables say: each event's and each act's rules in their order with code, name and articles, the texts of
the codes and articles in both languages, who may send what, which taxes a transfer waits for, and the policy's defaults.
What a predicate computes is code, which the release identifies; a changed outcome shows in the register's digest.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from ledger import roles, tax, transition
from ledger.catalogue import ACTS
from ledger.encoding import JSONValue, canonical
from ledger.law import ARTICLES
from ledger.records import Policy
from ledger.rule import Rule
from ledger.verdict import name
from ledger.wording import TEXT


def rule_set() -> dict[str, JSONValue]:
    """What is hashed, as JSON values: tables are lists in order of precedence."""
    return {
        "common": _rows(transition.COMMON),
        "acts": {tag: _rows(kind.rules) for tag, kind in ACTS.items()},
        "events": {type_: _rows(kind.rules) for type_, kind in transition.EVENTS.items()},
        "entry": _rows(tax.ENTRY_RULES),
        "taxes": {f"{cause}.{seller}": list(taxes) for (cause, seller), taxes in tax.REQUIRED.items()},
        "event_roles": {type_: [str(one) for one in may] for type_, may in roles.EVENT_ROLES.items()},
        "act_roles": {tag: [str(one) for one in may] for tag, may in roles.ACT_ROLES.items()},
        "texts": {name(code): list(text) for code, text in TEXT.items()},
        "articles": {one.id: [one.zh, one.en, one.gist_zh, one.gist_en] for one in ARTICLES.values()},
        "policy": {field.name: _default(field) for field in msgspec.structs.fields(Policy)},
    }


def digest() -> str:
    """The hash of the rule set of this software: hex SHA-256 of its canonical JSON."""
    return hashlib.sha256(canonical(rule_set())).hexdigest()


def _rows(rules: Iterable[Rule[Any]]) -> list[JSONValue]:
    return [[int(rule.code), name(rule.code), *(article.id for article in rule.law)] for rule in rules]


def _default(field: msgspec.structs.FieldInfo) -> JSONValue:
    """What a field is if nobody sets it, as JSON; null where it has to be set."""
    if field.required:
        return None
    made = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
    return msgspec.json.decode(msgspec.json.encode(made))  # type: ignore[no-any-return]
