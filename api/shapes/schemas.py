"""Marshmallow shapes at the edge of the API: what may come in.

Members that the ledger knows have the ledger's shape (`of_ledger`); only what the API alone asks for is written here.
"""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, pre_load, validate

from dengbu.api.body_size import WAIT_S_MAX
from dengbu.api.edge.paging import CURSOR_CHARACTERS_MAX, LIMIT_DEFAULT, LIMIT_MAX
from dengbu.api.shapes.event_shapes import private_of
from dengbu.api.shapes.of_ledger import Many, OfLedger, member
from dengbu.ledger.advisory.efficiency import GROUPINGS, Groupings
from dengbu.ledger.advisory.levels import RED, YELLOW
from dengbu.ledger.cases.cases import CaseApply, CaseRefuse
from dengbu.ledger.cases.ratings import CaseRate
from dengbu.ledger.cases.suspension import CaseSuspend
from dengbu.ledger.catalogue import ACTS
from dengbu.ledger.events.title_batches import TITLES_MAX
from dengbu.ledger.events.titles import ImportedRight, TitleImport
from dengbu.ledger.law.calendar import IsoDate
from dengbu.ledger.law.identifiers import DOCUMENT_NUMBER_CHARACTERS_MAX
from dengbu.ledger.log.encoding import INT_MAX
from dengbu.ledger.log.envelope import EventType, Hex64, Private, PrivateName
from dengbu.ledger.register.record import Holder
from dengbu.ledger.register.records import CASE_STATES
from dengbu.ledger.register.shapes import (
    HOLDERS_MAX,
    LOCATION_CHARACTERS_MAX,
    NAME_CHARACTERS_MAX,
    CaseNumber,
    UnitCode,
)
from dengbu.ledger.rules.rule import PRIVATE_PARTS_MAX

SEIZURE_STATES = ("effective", "waiting", "released", "lapsed", "carried")
DOCUMENT_KIND_CHARACTERS_MAX = 32  # longer than any kind: what was typed is normalised first

TWICE = "Given more than once."
_INTEGER = re.compile(r"-?[0-9]{1,16}")  # as many digits as INT_MAX

# The purposes for which an officer may read personal data: a closed list, because the subject sees them in the access log.
PURPOSES = {
    "acceptance": "受理核对 checking an application at acceptance",
    "review": "登记审核 reviewing a case for entry",
    "tax-assessment": "计税核定 assessing tax",
    "loan-review": "贷款审查 reviewing a mortgage loan",
    "court-assistance": "协助执行 assisting a court",
    "subject-request": "当事人申请 at the subject's own request",
    "audit": "审计监督 audit",
}


class Strict(Schema):
    """A shape that refuses fields it does not know, and a member of a query that is given more than once."""

    class Meta:
        unknown = RAISE

    @pre_load
    def once(self, data: Any, **_: Any) -> Any:
        """Return the members of a request as they came. Raises ValidationError for a repeated one of a query."""
        values_of = getattr(data, "getlist", None)
        repeated = [name for name in data if values_of and len(values_of(name)) > 1]
        if repeated:
            raise ValidationError({name: [TWICE] for name in repeated})
        return data


def text(longest: int, **kwargs: Any) -> fields.String:
    """Return a string field of 1 to `longest` characters."""
    return fields.String(validate=validate.Length(min=1, max=longest), **kwargs)


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


class PageQuery(Strict):
    """Which page of a listing."""

    limit = QueryInt(load_default=LIMIT_DEFAULT, validate=validate.Range(min=1, max=LIMIT_MAX))
    cursor = text(CURSOR_CHARACTERS_MAX, load_default=None)


class CasesQuery(PageQuery):
    """Which cases."""

    state = fields.String(load_default=None, validate=validate.OneOf(CASE_STATES))
    act = fields.String(load_default=None, validate=validate.OneOf(list(ACTS)))
    mine = fields.Boolean(load_default=False, truthy={"true", "1"}, falsy={"false", "0"})
    order = fields.String(load_default="oldest", validate=validate.OneOf(["oldest", "newest"]))


class MortgagesQuery(PageQuery):
    """Whose mortgages: an institution may list only its own."""

    mortgagee = fields.String(required=True, validate=validate.OneOf(["mine"]))


class SeizuresQuery(PageQuery):
    """Which seizures, by unit and by how they stand."""

    unit = OfLedger(UnitCode, load_default=None)
    status = fields.String(load_default=None, validate=validate.OneOf(SEIZURE_STATES))


class UnitQuery(Strict):
    """A unit now, as of an entry, or as of the end of a day (UTC+8).

    `valid` asks in addition who owned it on that day, by valid time.
    """

    at_index = _count(load_default=None)
    at = OfLedger(IsoDate, load_default=None)
    valid = OfLedger(IsoDate, load_default=None)


class FeedQuery(Strict):
    """Entries after an index, filtered; `wait` is how many seconds to wait for the first."""

    after = QueryInt(load_default=-1, validate=validate.Range(min=-1, max=INT_MAX))
    wait = QueryInt(load_default=0, validate=validate.Range(min=0, max=WAIT_S_MAX))
    limit = QueryInt(load_default=LIMIT_DEFAULT, validate=validate.Range(min=1, max=LIMIT_MAX))
    type = OfLedger(EventType, load_default=None)
    unit = OfLedger(UnitCode, load_default=None)
    case = OfLedger(CaseNumber, load_default=None)


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
    subject = OfLedger(Hex64, load_default=None)


class PrivatePartIn(Strict):
    """A private payload: any JSON value within the ledger's profile, and the institutions entitled to read it."""

    value = fields.Raw(required=True, allow_none=True)
    to = member(Private, "to")


def private_parts(event_type: str, **kwargs: Any) -> fields.Dict:
    """Return the field for a mapping of part name to private part, for an event of this type."""
    return fields.Dict(
        keys=OfLedger(PrivateName),
        values=fields.Nested(PrivatePartIn),
        validate=validate.Length(max=PRIVATE_PARTS_MAX),
        metadata={"maxProperties": PRIVATE_PARTS_MAX, "description": private_of(event_type)},
        **kwargs,
    )


class CaseIn(Strict):
    """An application for registration."""

    district = member(CaseApply, "district")
    channel = member(CaseApply, "channel")
    acts = member(CaseApply, "acts")
    agents = member(CaseApply, "agents")
    shared = member(CaseApply, "shared")
    private = private_parts("case.apply", load_default=dict)


class CheckQuery(Strict):
    """Whether the application is only pre-checked 预检."""

    check = fields.Boolean(load_default=False, truthy={"true", "1"}, falsy={"false", "0"})


def application(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of the event for an application; `agents` and `shared` are left out when empty."""
    data = {name: body[name] for name in ("district", "channel", "acts")}
    return data | {name: body[name] for name in ("agents", "shared") if body[name]}


class RefuseIn(Strict):
    """An officer's refusal: at least one ground, each with its article."""

    grounds = member(CaseRefuse, "grounds")


class SuspendIn(Strict):
    """The ground of a suspension, and the codes of all that the registry asks for."""

    ground = member(CaseSuspend, "ground")
    items = member(CaseSuspend, "items")


class ResumeIn(Strict):
    """The applicant's answer to what was asked for, as private parts."""

    private = private_parts("case.resume", load_default=dict)


class DayQuery(Strict):
    """The end of which day (UTC+8); a future day is shown as it would be if nothing more happened, no day means now."""

    at = OfLedger(IsoDate, load_default=None)


class OverdueQuery(PageQuery):
    """From which level on, and as of the end of which day."""

    at = OfLedger(IsoDate, load_default=None)
    level = fields.String(load_default=YELLOW, validate=validate.OneOf([YELLOW, RED]))


class StatsQuery(Strict):
    """From which day to which (UTC+8, both included), and grouped by what: act, office, channel, district."""

    start = OfLedger(IsoDate, data_key="from", load_default=None)
    end = OfLedger(IsoDate, data_key="to", load_default=None)
    by = OfLedger(Groupings, load_default=",".join(GROUPINGS[:3]))


class RateIn(Strict):
    """A rating from 1 to 5; 5 is the best."""

    score = member(CaseRate, "score")


class HolderIn(Strict):
    """A holder as the registry's counter knows them; only a reference made from these data goes into the register."""

    name = text(NAME_CHARACTERS_MAX, required=True)
    id_type = text(DOCUMENT_KIND_CHARACTERS_MAX, required=True)
    id_no = text(DOCUMENT_NUMBER_CHARACTERS_MAX, required=True)
    share = member(Holder, "share")


class TitleIn(Strict):
    """An existing title to import: unit, ownership and persons; the persons become references and a private part."""

    unit = member(TitleImport, "unit")
    use = member(TitleImport, "use")
    area_cm2 = member(TitleImport, "area_cm2")
    certificate = member(ImportedRight, "certificate")
    registered_on = member(ImportedRight, "registered_on")
    mode = member(ImportedRight, "mode")
    location = text(LOCATION_CHARACTERS_MAX, required=True)
    holders = fields.List(
        fields.Nested(HolderIn), required=True, validate=validate.Length(min=1, max=HOLDERS_MAX)
    )


class TitleBatchIn(Strict):
    """Existing titles to import in one event, which is entered whole or refused whole."""

    titles = Many(TitleIn, required=True, validate=validate.Length(min=1, max=TITLES_MAX))


class ReferenceIn(Strict):
    """A person, and the unit at which the reference stands for them."""

    unit = OfLedger(UnitCode, required=True)
    id_type = text(DOCUMENT_KIND_CHARACTERS_MAX, required=True)
    id_no = text(DOCUMENT_NUMBER_CHARACTERS_MAX, required=True)
