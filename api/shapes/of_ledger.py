"""Shapes that the ledger defines, as the API takes and publishes them.

None of them is repeated here: patterns, limits and choices are read off the ledger's own types.
"""

import re
from collections.abc import Mapping
from typing import Any, get_type_hints

import msgspec
from marshmallow import ValidationError, fields

REFERENCE = "#/components/schemas/{name}"
Json = dict[str, Any]


class OfLedger(fields.Field):
    """A member whose shape is the ledger's; its value is checked and passed on unchanged."""

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
    """Return the field for a member of an event's data, required if the ledger requires it."""
    kind = get_type_hints(data, include_extras=True)[name]
    (found,) = (each for each in msgspec.structs.fields(data) if each.name == name)
    if found.required:
        return OfLedger(kind, required=True, **kwargs)
    return OfLedger(kind, load_default=found.default, **kwargs)


def published(kind: Any) -> tuple[Json, Json]:
    """Return a shape as the API's document shows it, and the components to which it refers."""
    (shape,), components = msgspec.json.schema_components([kind], ref_template=REFERENCE)
    return _ecma(shape), _ecma(components)


def _ecma(value: Any) -> Any:
    r"""Return the schema with Python's end-of-text `\Z` written `$`, as in ECMA-262."""
    if isinstance(value, dict):
        return {name: _ecma(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_ecma(each) for each in value]
    return value.replace(r"\Z", "$") if isinstance(value, str) else value


def _nested(path: str, message: str) -> Any:
    """Return a message at a path such as `[0].unit`, nested as marshmallow nests messages."""
    steps = [step for step in re.split(r"[\[\].]+", path) if step and step != "..."]
    found: Any = [message]
    for step in reversed(steps):
        found = {step: found}
    return found
