"""Marshmallow shapes at the edge of the API: what may come in.

What an act of a case must hold is the ledger's to say; its JSON Schema goes into the document as it is.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from marshmallow import RAISE, Schema, ValidationError, fields, validate

from dengbu.api.edge.paging import CURSOR_CHARACTERS_MAX, LIMIT_DEFAULT, LIMIT_MAX
from dengbu.api.shapes.patterns import (
    CASE_NUMBER,
    DISTRICT,
    HEX64,
    INSTITUTION,
    ISO_DATE,
    ITEM,
    PRIVATE_NAME,
    SHARE,
    UNIT_CODE,
    Whole,
)
from dengbu.ledger.advisory.efficiency import GROUPINGS
from dengbu.ledger.cases.cases import ACTS_MAX
from dengbu.ledger.cases.ratings import SCORES
from dengbu.ledger.catalogue import ACTS, AnyAct
from dengbu.ledger.register.shapes import ITEMS_MAX
from dengbu.ledger.rules.representation import Agents

INT_MAX = 2**53 - 1
WAIT_S_MAX = 30
HOLDERS_MAX = 200
TEXT_MAX = 200
ENTITLED_MAX = 64

_INTEGER = re.compile(r"-?[0-9]{1,16}")  # as many digits as INT_MAX

# Why an officer may read personal data: a closed list, for the subject sees the purpose in the access log.
PURPOSES = {
    "acceptance": "受理核对 checking an application at acceptance",
    "review": "登记审核 reviewing a case for entry",
    "tax-assessment": "计税核定 assessing tax",
    "loan-review": "贷款审查 reviewing a mortgage loan",
    "court-assistance": "协助执行 assisting a court",
    "subject-request": "当事人申请 at the subject's own request",
    "audit": "审计监督 audit",
}


class JsonInt(fields.Integer):
    """An integer as JSON Schema means it: 8100 and 8100.0, but neither "8100" nor 8100.7 nor true."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
            raise self.make_error("invalid", input=value)
        return int(value)


class Strict(Schema):
    """A shape that refuses fields it does not know."""

    class Meta:
        unknown = RAISE


def text(pattern: str | None = None, *, longest: int = TEXT_MAX, **kwargs: Any) -> fields.String:
    """A string field with a pattern, or with 1 to `longest` characters."""
    rule = Whole(pattern) if pattern else validate.Length(min=1, max=longest)
    return fields.String(validate=rule, **kwargs)


class QueryInt(fields.Integer):
    """An integer in a query string."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        if not isinstance(value, str) or not _INTEGER.fullmatch(value):
            raise self.make_error("invalid", input=value)
        return int(value)


def _count(**kwargs: Any) -> QueryInt:
    return QueryInt(validate=validate.Range(min=0, max=INT_MAX), **kwargs)


class Page(Strict):
    """Which page of a listing."""

    limit = QueryInt(load_default=LIMIT_DEFAULT, validate=validate.Range(min=1, max=LIMIT_MAX))
    cursor = text(longest=CURSOR_CHARACTERS_MAX, load_default=None)


class CasesQuery(Page):
    """Which cases."""

    state = fields.String(
        load_default=None, validate=validate.OneOf(["accepted", "entered", "refused", "withdrawn"])
    )
    act = fields.String(load_default=None, validate=validate.OneOf(list(ACTS)))
    mine = fields.Boolean(load_default=False, truthy={"true", "1"}, falsy={"false", "0"})


class MortgagesQuery(Page):
    """Whose mortgages: only one's own may be listed."""

    mortgagee = fields.String(required=True, validate=validate.OneOf(["mine"]))


class UnitQuery(Strict):
    """A unit now, as at an entry, or as at the end of a day (UTC+8); `valid`: and who owned it that day, by valid time."""

    at_index = _count(load_default=None)
    at = text(ISO_DATE, load_default=None)
    valid = text(ISO_DATE, load_default=None)


class FeedQuery(Strict):
    """Entries after an index, filtered; `wait` seconds for the first to come."""

    after = QueryInt(load_default=-1, validate=validate.Range(min=-1, max=INT_MAX))
    wait = QueryInt(load_default=0, validate=validate.Range(min=0, max=WAIT_S_MAX))
    limit = QueryInt(load_default=LIMIT_DEFAULT, validate=validate.Range(min=1, max=LIMIT_MAX))
    type = text(r"^[a-z][a-z.-]{0,63}$", load_default=None)
    unit = text(UNIT_CODE, load_default=None)
    case = text(CASE_NUMBER, load_default=None)


class PurposeQuery(Strict):
    """Why personal data is read."""

    purpose = fields.String(
        required=True,
        validate=validate.OneOf(sorted(PURPOSES)),
        metadata={"description": "; ".join(f"{k}: {v}" for k, v in PURPOSES.items())},
    )


class AccessLogQuery(Strict):
    """Which rows of the access log; `subject` is a holder reference."""

    after = _count(load_default=0)
    limit = QueryInt(load_default=LIMIT_DEFAULT, validate=validate.Range(min=1, max=LIMIT_MAX))
    subject = text(HEX64, load_default=None)


class PrivatePartIn(Strict):
    """A private payload: any JSON value within the ledger's profile, and the institutions entitled to read
    it."""

    value = fields.Raw(required=True, allow_none=True)
    to = fields.List(text(INSTITUTION), required=True, validate=validate.Length(min=1, max=ENTITLED_MAX))


_ACTS = Annotated[tuple[AnyAct, ...], msgspec.Meta(min_length=1, max_length=ACTS_MAX)]


class OfLedger(fields.Field):
    """A member whose shape is the ledger's; what is passed on is what came, checked."""

    def __init__(self, kind: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._kind = kind

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        try:
            msgspec.convert(value, self._kind)
        except msgspec.ValidationError as fault:
            message, _, path = str(fault).partition(" - at `$")
            raise ValidationError(_nested(path.rstrip("`"), message)) from fault
        return value


def _nested(path: str, message: str) -> Any:
    """A message at a path such as `[0].unit`, nested as marshmallow nests messages."""
    steps = [step for step in re.split(r"[\[\].]+", path) if step and step != "..."]
    found: Any = [message]
    for step in reversed(steps):
        found = {step: found}
    return found


def private_parts(**kwargs: Any) -> fields.Dict:
    """A mapping of part name to private part."""
    return fields.Dict(keys=text(PRIVATE_NAME), values=fields.Nested(PrivatePartIn), **kwargs)


class CaseIn(Strict):
    """An application for registration."""

    district = text(DISTRICT, required=True)
    channel = text(r"^[a-z][a-z0-9-]{0,31}$", required=True)
    acts = OfLedger(_ACTS, required=True)
    agents = OfLedger(Agents, load_default=())
    shared = fields.List(
        text(ITEM), load_default=list, validate=validate.Length(max=ITEMS_MAX)
    )  # papers that were not asked for
    private = private_parts(load_default=dict)


def application(body: Mapping[str, Any]) -> dict[str, Any]:
    """The data of the event that an application becomes; members that say nothing are left out."""
    data = {name: body[name] for name in ("district", "channel", "acts")}
    return data | {name: body[name] for name in ("agents", "shared") if body[name]}


class RefuseIn(Strict):
    """An officer's refusal: at least one ground, each with its article."""

    class Ground(Strict):
        """One ground."""

        law = text(longest=64, required=True)
        text_code = text(ITEM, required=True)

    grounds = fields.List(fields.Nested(Ground), required=True, validate=validate.Length(min=1, max=16))


class SuspendIn(Strict):
    """What the registry waits for, and everything it asks for, by codes."""

    ground = fields.String(
        required=True,
        validate=validate.OneOf(["requisition", "announcement", "inspection", "verification"]),
    )
    items = fields.List(text(ITEM), required=True, validate=validate.Length(min=1, max=ITEMS_MAX))


class ResumeIn(Strict):
    """The answer to what was asked for."""

    private = private_parts(load_default=dict)


class DayQuery(Strict):
    """At the end of which day (UTC+8): past, or to come as it would be if nothing happened; now without one."""

    at = text(ISO_DATE, load_default=None)


class OverdueQuery(Page):
    """From which level on, and at the end of which day."""

    at = text(ISO_DATE, load_default=None)
    level = fields.String(load_default="yellow", validate=validate.OneOf(["yellow", "red"]))


class StatsQuery(Strict):
    """From which day to which (UTC+8, both included), and grouped by what: act, office, channel, district."""

    start = text(ISO_DATE, data_key="from", load_default=None)
    end = text(ISO_DATE, data_key="to", load_default=None)
    by = text(rf"^({'|'.join(GROUPINGS)})(,({'|'.join(GROUPINGS)}))*$", load_default=",".join(GROUPINGS[:3]))


class RateIn(Strict):
    """A rating: one of five grades, 5 the best."""

    score = JsonInt(required=True, validate=validate.Range(min=min(SCORES), max=max(SCORES)))


class HolderIn(Strict):
    """A holder as the registry's counter knows them; only a reference made of it goes into the register."""

    name = text(longest=100, required=True)
    id_type = text(longest=32, required=True)
    id_no = text(longest=64, required=True)
    share = text(SHARE, required=True)


class TitleIn(Strict):
    """An existing title to import: unit, ownership, and the persons, who become references and a private
    part."""

    unit = text(UNIT_CODE, required=True)
    use = text(r"^[a-z][a-z-]{0,31}$", required=True)
    area_cm2 = JsonInt(required=True, validate=validate.Range(min=1, max=10**12))
    certificate = text(longest=64, required=True)
    registered_on = text(ISO_DATE, required=True)
    mode = fields.String(required=True, validate=validate.OneOf(["single", "joint", "shares"]))
    location = text(required=True)
    holders = fields.List(
        fields.Nested(HolderIn), required=True, validate=validate.Length(min=1, max=HOLDERS_MAX)
    )


class ReferenceIn(Strict):
    """A person at a unit."""

    unit = text(UNIT_CODE, required=True)
    id_type = text(longest=32, required=True)
    id_no = text(longest=64, required=True)
