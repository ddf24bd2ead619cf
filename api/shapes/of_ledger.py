"""Shapes that the ledger defines, as the API takes and publishes them.

None of them is repeated here: patterns, limits and choices are read off the ledger's own types.
"""

import inspect
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Any, get_type_hints

import msgspec
from marshmallow import Schema, ValidationError, fields, validate
from msgspec import UNSET, Meta, UnsetType

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


class Many(fields.List):
    """A list of objects of one schema, of which there may be many: looked at together, and one by one only for the faults.

    Marshmallow takes as long over an object as all else that is done with it. Every member of the schema is required.
    """

    def __init__(self, schema: type[Schema], **kwargs: Any) -> None:
        super().__init__(fields.Nested(schema), **kwargs)
        self._shape = tuple[_shape(schema), ...]  # type: ignore[misc]

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            msgspec.convert(value, self._shape)
        except msgspec.ValidationError:
            return super()._deserialize(value, attr, data, **kwargs)
        return value


def _shape(schema: type[Schema]) -> type[msgspec.Struct]:
    """Return the type of what a schema takes."""
    members = [(name, _kind(field)) for name, field in schema().fields.items()]
    return msgspec.defstruct(schema.__name__, members, forbid_unknown_fields=True)


def _kind(field: fields.Field) -> Any:
    """Return the type of what a field takes. Raises TypeError for a field that this cannot tell."""
    if isinstance(field, OfLedger) and field.required:
        return field.kind
    for length in field.validators:
        if isinstance(length, validate.Length) and field.required:
            limits = Meta(min_length=length.min, max_length=length.max)
            if isinstance(field, fields.String):
                return Annotated[str, limits]
            if isinstance(field, fields.List) and isinstance(field.inner, fields.Nested):
                return Annotated[tuple[_shape(type(field.inner.schema)), ...], limits]  # type: ignore[misc]
    raise TypeError(f"{field.name}: not a required member of a known length, nor one of the ledger")


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
    return _public(shape), _public(components)


def components(kinds: Iterable[type[msgspec.Struct]]) -> Json:
    """Return several shapes and all that they refer to, by their names in the API's document."""
    _, found = msgspec.json.schema_components(kinds, ref_template=REFERENCE)
    return dict(_public(found))


def reference(kind: type[msgspec.Struct]) -> Json:
    """Return the reference to a shape of the API's document."""
    return {"$ref": REFERENCE.format(name=kind.__name__)}


def shown(
    record: type[msgspec.Struct], name: str, *, always: Collection[str] | None = None, **more: Any
) -> type[msgspec.Struct]:
    """Return the shape of an answer that shows a record of the ledger with all its members, those with defaults included.

    If `always` is given, all other members are shown to some readers only and are optional. `more` has further members, or
    other types for members of the record.
    """
    hints = get_type_hints(record, include_extras=True)
    types = {each: hints[each] for each in record.__struct_fields__} | more
    needed = types.keys() if always is None else {*always, *(more.keys() - hints.keys())}
    members = [
        (each, kind) if each in needed else (each, kind | UnsetType, UNSET) for each, kind in types.items()
    ]
    tagged = record.__struct_config__
    return msgspec.defstruct(
        name,
        members,
        kw_only=True,
        tag=tagged.tag,
        tag_field=tagged.tag_field,
        namespace={"__doc__": record.__doc__},
    )


def _public(value: Any) -> Any:
    r"""Return the schema with `\Z` written `$`, as in ECMA-262, with clean descriptions, and with the type of choices stated."""
    if isinstance(value, dict):
        made = {name: _public(each) for name, each in value.items()}
        choices = made.get("enum")
        if isinstance(choices, list) and all(isinstance(each, str) for each in choices):
            made.setdefault("type", "string")
        return made
    if isinstance(value, list | tuple):
        return [_public(each) for each in value]
    return inspect.cleandoc(value.replace(r"\Z", "$")) if isinstance(value, str) else value


def _nested(path: str, message: str) -> Any:
    """Return a message at a path such as `[0].unit`, nested as marshmallow nests messages."""
    steps = [step for step in re.split(r"[\[\].]+", path) if step and step != "..."]
    found: Any = [message]
    for step in reversed(steps):
        found = {step: found}
    return found
