"""Types of events as forms: what a program asks a person for, read from the ledger's rows and the shapes of their data.

A new type of event is a new form, without a change here. Nothing else in the client imports this: it loads the rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_type_hints

import msgspec
from msgspec import inspect

from dengbu.api.client.errors import NotSuchData
from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.envelope import convert
from dengbu.ledger.register.members import KeyClass, Policy
from dengbu.ledger.rules.rule_sets import NEWEST
from dengbu.ledger.transition import EVENTS

Shape = Literal["text", "number", "choice", "yes-no", "row", "json"]


@dataclass(frozen=True)
class Member:
    """One member of a form: a text, a number, one of `choices`, yes or no, a row of `parts`, or any JSON.

    `many` of it may be given; `required` says whether it must be.
    """

    name: str
    shape: Shape
    required: bool
    many: bool = False
    choices: tuple[str, ...] = ()
    parts: tuple[Member, ...] = ()


@dataclass(frozen=True)
class Form:
    """A type of event: its titles, the roles that may send it, what it says in English, and its members.

    `governed` is true if it takes the signatures of a governance quorum.
    """

    type: str
    zh: str
    en: str
    about: str
    roles: tuple[str, ...]
    governed: bool
    members: tuple[Member, ...]

    def check(self, data: Mapping[str, Any]) -> None:
        """Raise NotSuchData, naming the place, unless data have the shape that the ledger takes."""
        try:
            convert(data, EVENTS[self.type].data)
        except Malformed as fault:
            raise NotSuchData(
                f"格式不符 {self.type}{fault.where.replace('/', '.')}: {fault.message}"
            ) from fault


@cache
def form(type: str) -> Form:
    """Return the form of a type of event. Raises KeyError if this software does not know it."""
    kind = EVENTS[type]
    about = " ".join((kind.data.__doc__ or "").split())
    members = tuple(_member(name, *each) for name, *each in _members(kind.data))
    governed = kind.signed_by == KeyClass.GOVERNANCE
    roles = tuple(str(role) for role in kind.senders)
    return Form(
        type=type,
        zh=kind.title.zh,
        en=kind.title.en,
        about=about,
        roles=roles,
        governed=governed,
        members=members,
    )


def types() -> tuple[str, ...]:
    """Return every type of event, in the order of the ledger's table."""
    return tuple(EVENTS)


def later_policy(fields: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the next version of a policy: its fields with some changed, without those that have their default.

    Raises NotSuchData for a field that there is not, or a value of the wrong shape.
    """
    unknown = [name for name in changes if name not in Policy.__struct_fields__]
    if unknown:
        raise NotSuchData(
            f"没有此项 the policy has no {', '.join(unknown)}; there are: {', '.join(Policy.__struct_fields__)}"
        )
    next_one = {**fields, "version": int(fields["version"]) + 1, **changes}
    try:
        made = convert(next_one, Policy)
    except Malformed as fault:
        raise NotSuchData(f"格式不符 policy{fault.where.replace('/', '.')}: {fault.message}") from fault
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(made))
    return found


def whole_policy(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return a policy with all its fields, those with their default included. Raises NotSuchData."""
    try:
        made = convert(fields, Policy)
    except Malformed as fault:
        raise NotSuchData(f"格式不符 policy{fault.where.replace('/', '.')}: {fault.message}") from fault
    return {name: msgspec.to_builtins(getattr(made, name)) for name in Policy.__struct_fields__}


def newest_rule_set() -> str:
    """Return the hash of the newest rule set of this release, by which a policy names it."""
    return NEWEST.hash


def _members(struct: type[msgspec.Struct]) -> list[tuple[str, Any, bool]]:
    hints = get_type_hints(struct, include_extras=True)
    return [(each.name, hints[each.name], each.required) for each in msgspec.structs.fields(struct)]


def _member(name: str, kind: Any, required: bool) -> Member:
    found = inspect.type_info(kind)
    many = isinstance(found, inspect.VarTupleType | inspect.ListType)
    one = found.item_type if isinstance(found, inspect.VarTupleType | inspect.ListType) else found
    if isinstance(one, inspect.UnionType):  # an optional member
        one = next(each for each in one.types if not isinstance(each, inspect.NoneType))
    shape, choices, parts = _shape(one)
    return Member(name, shape, required, many, choices, parts)


def _shape(one: inspect.Type) -> tuple[Shape, tuple[str, ...], tuple[Member, ...]]:
    if isinstance(one, inspect.StrType):
        return "text", (), ()
    if isinstance(one, inspect.IntType):
        return "number", (), ()
    if isinstance(one, inspect.BoolType):
        return "yes-no", (), ()
    if isinstance(one, inspect.LiteralType):
        return "choice", tuple(map(str, one.values)), ()
    if isinstance(one, inspect.EnumType):
        return "choice", tuple(str(each) for each in one.cls), ()
    if isinstance(one, inspect.StructType):
        parts = tuple(_member(name, *each) for name, *each in _members(one.cls))
        if all(part.required and not part.many and part.shape in ("text", "choice") for part in parts):
            return "row", (), parts
    return "json", (), ()
