"""Shapes that the ledger defines, at the edge of the API: what it takes, the API takes; what it publishes, the API publishes.

Nothing of them is written here: patterns, limits and choices are read off the ledger's own types.
"""

import re
from collections.abc import Mapping
from typing import Any, get_type_hints

import msgspec
from marshmallow import ValidationError, fields

REFERENCE = "#/components/schemas/{name}"
Json = dict[str, Any]


class OfLedger(fields.Field):
    """A member whose shape is the ledger's; what is passed on is what came, checked."""

    def __init__(self, kind: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind = kind

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        try:
            msgspec.convert(value, self.kind)
        except msgspec.ValidationError as fault:
            message, _, path = str(fault).partition(" - at `$")
            raise ValidationError(_nested(path.rstrip("`"), message)) from fault
        return value


def member(data: type[msgspec.Struct], name: str, **kwargs: Any) -> OfLedger:
    """The member of an event's data: of the ledger's shape, and required where the ledger requires it."""
    kind = get_type_hints(data, include_extras=True)[name]
    (found,) = (each for each in msgspec.structs.fields(data) if each.name == name)
    if found.required:
        return OfLedger(kind, required=True, **kwargs)
    return OfLedger(kind, load_default=found.default, **kwargs)


def published(kind: Any) -> tuple[Json, Json]:
    """A shape as the API's document shows it, and the components to which that refers."""
    (shape,), components = msgspec.json.schema_components([kind], ref_template=REFERENCE)
    return _ecma(shape), _ecma(components)


def _ecma(value: Any) -> Any:
    """The schema with Python's end-of-text written as ECMA-262 does."""
    if isinstance(value, dict):
        return {name: _ecma(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_ecma(each) for each in value]
    return value.replace(r"\Z", "$") if isinstance(value, str) else value


def _nested(path: str, message: str) -> Any:
    """A message at a path such as `[0].unit`, nested as marshmallow nests messages."""
    steps = [step for step in re.split(r"[\[\].]+", path) if step and step != "..."]
    found: Any = [message]
    for step in reversed(steps):
        found = {step: found}
    return found
