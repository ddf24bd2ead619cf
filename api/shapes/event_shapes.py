"""Events as they are signed and submitted, each type with the data that the ledger takes, and what private parts hold."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_type_hints

import msgspec
from msgspec import Meta

from dengbu.api.shapes.of_ledger import Json, reference
from dengbu.ledger.log.envelope import Body, EnvelopeShape, Private
from dengbu.ledger.rules.rule import EventKind
from dengbu.ledger.transition import EVENTS
from dengbu.nodes.answers import PRIVATE_SHAPES

_SIGNATURES = get_type_hints(EnvelopeShape, include_extras=True)["sigs"]
_TYPES = get_type_hints(Body, include_extras=True)
_DEFAULTS = {one.name: one.default for one in msgspec.structs.fields(Body) if not one.required}


def _event(kind: EventKind[Any]) -> type[msgspec.Struct]:
    """The shape of an envelope with an event of this type."""
    name = "".join(word.capitalize() for word in re.split("[.-]", kind.type))
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
SHAPES: tuple[type[msgspec.Struct], ...] = (*BY_TYPE.values(), *PRIVATE_SHAPES.values())


def submitted(*types: str) -> Json:
    """The request body of an operation that takes a signed event, of these types or of any."""
    taken = [reference(BY_TYPE[name]) for name in types or BY_TYPE]
    schema = taken[0] if len(taken) == 1 else {"anyOf": taken}
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def private_of(event_type: str) -> str:
    """Which private parts of a type of event a node looks into, and the shapes of their values, in words."""
    found = [
        f"`{part}`: {shape.__name__}" for (of, part), shape in PRIVATE_SHAPES.items() if of == event_type
    ]
    return (
        f"隐私材料 private parts; 本节点核对 a node looks into {', '.join(found)}"
        if found
        else "隐私材料 private parts"
    )


def private_shapes() -> Json:
    """The shapes of the values of private parts, by type of event and name of the part."""
    found: Json = {}
    for (event_type, part), shape in PRIVATE_SHAPES.items():
        found.setdefault(event_type, {})[part] = reference(shape)
    return found
