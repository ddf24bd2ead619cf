"""The hash of a rule set's tables. A mismatch means that a rule has changed, and no released rule set may change.

The hash covers what decides and is a table: the rules of each event and act in order, with code, name and articles; who
may send what and with which class of key; what else an act's row says of waiting, taxes, likeness and who gives
something up; which taxes a transfer waits for. From set 2 on it covers what may enter the log: the shapes of the data of
events and acts and of the policy, down to the last nested struct, with patterns, values, limits and defaults, the shape
of the envelope, and its limits. Set 1 was hashed with the names and defaults of members alone.

It does not cover wording, since the Chinese or English text of a code, an article or a title decides nothing, nor the
names of classes. It does not cover code: predicates and effects with the constants in them (such as the sixty days of
`transfer.LEGACY_DAYS` or what `policies.is_invalid` allows), canonical form, signatures and digests. Re-judging the logs
of earlier releases does (tests/nodes/audit/test_released.py), and the vectors of tests/vectors.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import inspect

from dengbu.ledger import transition
from dengbu.ledger.admission import NOT_AFTER_MS_MAX
from dengbu.ledger.catalogue import ACTS, acts_in
from dengbu.ledger.law.verdict import name
from dengbu.ledger.log.encoding import DEPTH_MAX, INT_MAX, JSONValue, canonical
from dengbu.ledger.log.envelope import ENVELOPE_BYTES_MAX, EnvelopeShape
from dengbu.ledger.register.dated import before_of, in_set, row_in
from dengbu.ledger.register.members import LATER_ROLES, Policy, Role
from dengbu.ledger.rules.act import ActKind
from dengbu.ledger.rules.policies import later_defaults
from dengbu.ledger.rules.rule import EventKind, Rule
from dengbu.ledger.rules.rule_sets import FIRST
from dengbu.ledger.rules.taxes import BOUND, REQUIRED, required
from dengbu.ledger.tax import tax


def rule_set(number: int) -> dict[str, JSONValue]:
    """Return the content of a rule set that is hashed, as JSON values; rules are lists in order of precedence."""
    acts, events = _acts(number), _events(number)
    taxes = {pair: required(*pair, number) for pair in REQUIRED}
    return {
        "common": _rows(transition.COMMON, number),
        "acts": {tag: _rows(kind.rules, number) for tag, kind in acts.items()},
        "events": {type_: _rows(kind.rules, number) for type_, kind in events.items()},
        "entry": _rows(tax.ENTRY_RULES, number),
        "taxes": {".".join(pair): list(found) for pair, found in taxes.items() if found is not None},
        "event_roles": {type_: _roles(kind.senders, number) for type_, kind in events.items()},
        "act_roles": {tag: _roles(kind.applicants, number) for tag, kind in acts.items()},
        "act_rows": {
            tag: {
                "about": list(kind.about),
                "disposes": kind.disposes,
                "taxed": kind.taxed,
                "members": _names(kind.type, number),
            }
            for tag, kind in acts.items()
        },
        "event_rows": {
            type_: {"signed_by": str(kind.signed_by), "members": _names(kind.data, number)}
            for type_, kind in events.items()
        },
        "policy": _names(Policy, number),
    } | ({} if number == FIRST.number else more(number))


def more(number: int) -> dict[str, JSONValue]:
    """Return what the hash covers from set 2 on and that of set 1 does not."""
    events = _events(number)
    return {
        "giving": {tag: list(kind.giving) for tag, kind in _acts(number).items()},
        "bound": list(BOUND),
        "shapes": {type_: _shape(inspect.type_info(kind.data), number) for type_, kind in events.items()},
        "private_max": {type_: kind.private_max for type_, kind in events.items()},
        "defaults": later_defaults(number),
        "envelope": {
            "shape": _shape(inspect.type_info(EnvelopeShape), number),
            "bytes_max": ENVELOPE_BYTES_MAX,
            "depth_max": DEPTH_MAX,
            "integer_max": INT_MAX,
            "not_after_ms_max": NOT_AFTER_MS_MAX,
        },
    }


def digest(number: int) -> str:
    """Return the hash of a rule set's tables in this software: hex SHA-256 of their canonical JSON."""
    return hashlib.sha256(canonical(rule_set(number))).hexdigest()


def _acts(number: int) -> dict[str, ActKind[Any]]:
    return {tag: row_in(number, kind) for tag, kind in acts_in(number).items()}


def _events(number: int) -> dict[str, EventKind[Any]]:
    known = {type_: kind for type_, kind in transition.EVENTS.items() if kind.since <= number}
    return {type_: row_in(number, kind) for type_, kind in known.items()}


def _rows(rules: Iterable[Rule[Any]], number: int) -> list[JSONValue]:
    return [
        [int(rule.code), name(rule.code), *(article.id for article in rule.law)]
        for rule in rules
        if rule.belongs_to(number)
    ]


def _roles(roles: Iterable[Role], number: int) -> list[JSONValue]:
    return [str(one) for one in roles if LATER_ROLES.get(one, FIRST.number) <= number]


def _names(struct: type[msgspec.Struct], number: int) -> JSONValue:
    """Return the members that a struct has in a rule set, each with its default, null for a required one."""
    return {field.name: _default(field) for field, _ in _members(struct, number)}


def _members(struct: type[msgspec.Struct], number: int) -> Iterator[tuple[inspect.Field, inspect.Type]]:
    """Yield the members that a struct has in a rule set, each with its type there."""
    found = inspect.type_info(struct)
    assert isinstance(found, inspect.StructType)
    for field in found.fields:
        was = in_set(number, field.type, before_of(struct).get(field.name, ()))
        if was is not None:
            yield field, was if isinstance(was, inspect.Type) else inspect.type_info(was)


def _default(field: inspect.Field) -> JSONValue:
    """The default of a field as JSON, or null if the field is required."""
    if field.required:
        return None
    made = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
    return msgspec.json.decode(msgspec.json.encode(made))  # type: ignore[no-any-return]


def _shape(kind: inspect.Type, number: int) -> JSONValue:
    """Describe what values of a type are admitted in a rule set; order and names of classes do not matter.

    It is a description of our own, since the JSON schemas that msgspec writes hold words, and names of classes; only the
    kinds of scalars and lists are called what `msgspec.inspect` calls them.
    """
    if isinstance(kind, inspect.Metadata):
        return _shape(kind.type, number)
    if isinstance(kind, inspect.StructType):
        members = {
            field.name: {
                "shape": _shape(type_, number),
                "required": field.required,
                "default": _default(field),
            }
            for field, type_ in _members(kind.cls, number)
        }
        return {
            "members": members,
            "tag": kind.tag,
            "by": kind.tag_field,
            "closed": kind.forbid_unknown_fields,
        }
    if isinstance(kind, inspect.EnumType):
        return {"values": _sorted(one.value for one in kind.cls if _is_known(one, number))}
    if isinstance(kind, inspect.LiteralType):
        return {"values": _sorted(kind.values)}
    if isinstance(kind, inspect.UnionType):
        return {"any": _sorted(_shape(one, number) for one in kind.types if not _is_later(one, number))}
    facts = {name_: getattr(kind, name_) for name_ in kind.__struct_fields__}
    shown = {
        name_: _shape(fact, number) if isinstance(fact, inspect.Type) else fact
        for name_, fact in facts.items()
    }
    return {type(kind).__name__: {name_: fact for name_, fact in shown.items() if fact is not None}}


def _is_known(value: object, number: int) -> bool:
    return not isinstance(value, Role) or LATER_ROLES.get(value, FIRST.number) <= number


def _is_later(kind: inspect.Type, number: int) -> bool:
    """Whether a type is that of an act that only a later rule set has."""
    cls = kind.cls if isinstance(kind, inspect.StructType) else None
    return any(act.type is cls and act.since > number for act in ACTS.values())


def _sorted(values: Iterable[JSONValue]) -> list[JSONValue]:
    return sorted(values, key=canonical)
