"""Events as they are signed and submitted, each type with the data that the ledger takes, and what private parts hold."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, get_type_hints

import msgspec
from msgspec import Meta

from dengbu.api.shapes.of_ledger import Json, reference
from dengbu.ledger.log.envelope import Body, EnvelopeShape, Private
from dengbu.ledger.register.members import KeyClass
from dengbu.ledger.rules.rule import EventKind
from dengbu.ledger.transition import EVENTS

_SIGNATURES = get_type_hints(EnvelopeShape, include_extras=True)["sigs"]
_TYPES = get_type_hints(Body, include_extras=True)
_DEFAULTS = {one.name: one.default for one in msgspec.structs.fields(Body) if not one.required}


def _named(kind: EventKind[Any]) -> str:
    return "".join(word.capitalize() for word in re.split("[.-]", kind.type))


def _event(kind: EventKind[Any]) -> type[msgspec.Struct]:
    """The shape of an envelope with an event of this type."""
    name = _named(kind)
    parts = Annotated[tuple[Private, ...], Meta(max_length=kind.private_max)]
    types = {**_TYPES, "type": Literal[kind.type], "data": kind.data, "private": parts}
    members = [
        (one, types[one], _DEFAULTS[one]) if one in _DEFAULTS else (one, types[one])
        for one in Body.__struct_fields__
    ]
    body = msgspec.defstruct(
        f"{name}Body", members, forbid_unknown_fields=True, namespace={"__doc__": Body.__doc__}
    )
    return msgspec.defstruct(
        f"{name}Event",
        [("body", body), ("sigs", _SIGNATURES)],
        forbid_unknown_fields=True,
        namespace={"__doc__": f"{kind.title.zh} {kind.title.en} ({kind.type})"},
    )


BY_TYPE: Mapping[str, type[msgspec.Struct]] = {name: _event(kind) for name, kind in EVENTS.items()}
# Types of events that come about in another way: by the routes of cases, taxes and titles, by keys that no node uses for an
# officer (governance), by two keys (a rotation), by the engine (a report of a double vote).
NAMES_SHOWN = 3
OTHERWISE = ("case", "tax", "title", "key", "vote")
STATED: Mapping[str, EventKind[Any]] = {
    name: kind
    for name, kind in EVENTS.items()
    if kind.signed_by == KeyClass.EVENT and name.partition(".")[0] not in OTHERWISE
}
STATING_ROLES = tuple(sorted({str(role) for kind in STATED.values() for role in kind.senders}))


def _statement(kind: EventKind[Any]) -> type[msgspec.Struct]:
    """The shape of a statement: the type, and the data that the ledger takes of it."""
    return msgspec.defstruct(
        f"{_named(kind)}Statement",
        [("type", Literal[kind.type]), ("data", kind.data)],
        forbid_unknown_fields=True,
        namespace={"__doc__": f"{kind.title.zh} {kind.title.en} ({kind.type})"},
    )


_STATEMENTS = [_statement(kind) for kind in STATED.values()]
_PARTS = tuple(dict.fromkeys(shape for kind in EVENTS.values() for shape in kind.parts.values()))
SHAPES: tuple[type[msgspec.Struct], ...] = (*BY_TYPE.values(), *_PARTS, *_STATEMENTS)


def submitted(*types: str) -> Json:
    """The request body of an operation that takes a signed event, of these types or of any."""
    taken = [reference(BY_TYPE[name]) for name in types or BY_TYPE]
    schema = taken[0] if len(taken) == 1 else {"anyOf": taken}
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def stated() -> Json:
    """The request body of a statement: one of those that a node signs for its officer."""
    schema = {"anyOf": [reference(one) for one in _STATEMENTS]}
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def private_of(event_type: str) -> str:
    """Which private parts of a type of event a node looks into, and the shapes of their values, in words."""
    parts = EVENTS[event_type].parts
    by_shape = {shape: [name for name, one in parts.items() if one is shape] for shape in parts.values()}
    found = [f"{_span(names)}: {shape.__name__}" for shape, names in by_shape.items()]
    return (
        f"隐私材料 private parts; 本节点核对 a node looks into {', '.join(found)}"
        if found
        else "隐私材料 private parts"
    )


def private_shapes() -> Json:
    """The shapes of the values of private parts, by type of event and name of the part."""
    return {
        name: {part: reference(shape) for part, shape in kind.parts.items()}
        for name, kind in EVENTS.items()
        if kind.parts
    }


def _span(names: Sequence[str]) -> str:
    """The names of parts of one shape: each, or of many the first and the last."""
    shown = names if len(names) <= NAMES_SHOWN else (names[0], "…", names[-1])
    return " ".join(name if name == "…" else f"`{name}`" for name in shown)
