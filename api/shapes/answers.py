"""The shapes of answers in the OpenAPI document. They only document: the views build answers, which are not filtered again."""

from marshmallow import INCLUDE, Schema, fields, validate


class ErrorAt(Schema):
    """Where a request is wrong."""

    pointer = fields.String(metadata={"description": "JSON pointer as a URI fragment"})
    place = fields.String(data_key="in")
    detail = fields.String()


class ReasonOut(Schema):
    """One reason of a refusal."""

    code = fields.Integer()
    name = fields.String()
    law = fields.List(fields.String())
    title_zh = fields.String()
    title_en = fields.String()
    at = fields.Dict()


class ProblemOut(Schema):
    """A problem (RFC 9457), in the caller's language and in both."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String()
    code = fields.String(required=True)
    title_zh = fields.String()
    title_en = fields.String()
    detail_zh = fields.String()
    detail_en = fields.String()
    action = fields.String()
    action_zh = fields.String()
    action_en = fields.String()
    request_id = fields.String()
    errors = fields.List(fields.Nested(ErrorAt))
    reasons = fields.List(fields.Nested(ReasonOut))
    index = fields.Integer()
    receipt = fields.String()


class EventResult(Schema):
    """What became of an event: pending; final with index, outcome, result and receipt; or turned away with a code.

    Turned away means that the event was taken but can no longer enter the log (its time is over, its key was revoked, its id
    was used), so no entry comes of it. Sign it again, under another id.
    """

    status = fields.String(
        required=True,
        validate=validate.OneOf(["pending", "final", "turned-away"]),
        metadata={
            "description": "turned-away 未入账: taken, but it can no longer enter the log; `code` says why"
        },
    )
    actor = fields.String(required=True)
    id = fields.String(required=True)
    index = fields.Integer()
    height = fields.Integer()
    time = fields.Integer(metadata={"description": "block time, ms UTC"})
    outcome = fields.String()
    reasons = fields.List(fields.Nested(ReasonOut))
    result = fields.Dict()
    receipt = fields.String()
    type = fields.String()
    case = fields.String(allow_none=True)
    units = fields.List(fields.String())
    acts = fields.List(fields.Dict())
    concerns = fields.List(fields.String(), metadata={"description": "what it touches of the reader's own"})
    code = fields.String(
        metadata={"description": "why it was turned away, e.g. `expired`; a page explains each code"}
    )
    number = fields.Integer(metadata={"description": "the ledger's number of that code"})
    title_zh = fields.String()
    title_en = fields.String()
    detail = fields.String()
    warnings = fields.List(
        fields.Dict(), metadata={"description": "warnings of the tax cross-check; they stop nothing"}
    )


class ReferenceOut(Schema):
    """A holder reference."""

    ref = fields.String(required=True)


class Anything(Schema):
    """An object whose members depend on the reader's role."""

    class Meta:
        unknown = INCLUDE


class PageOut(Schema):
    """One page of a listing."""

    items = fields.List(fields.Dict(), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class FeedOut(Schema):
    """Entries of the feed, and the index to go on from."""

    items = fields.List(fields.Dict(), required=True)
    next_after = fields.Integer(required=True)
    head = fields.Integer(required=True, metadata={"description": "number of final entries"})
