"""Units: the register now and at any entry or day, and the history of a unit."""

from dataclasses import replace
from datetime import date

from flask import Response

from dengbu.api.edge import paging
from dengbu.api.edge.access import AUDITOR, OFFICER, SYSTEM, access
from dengbu.api.edge.conditional import content_etag, not_modified
from dengbu.api.edge.encoding import Json, reply
from dengbu.api.edge.errors import Problem
from dengbu.api.edge.state import state
from dengbu.api.shapes import answers, schemas
from dengbu.api.shapes import register_answers as shapes
from dengbu.api.shapes.blueprint import UNIT, Blueprint
from dengbu.api.views import feed
from dengbu.api.views.timing import end_of_day
from dengbu.api.views.viewing import viewer
from dengbu.api.views.views import plain
from dengbu.ledger.advisory.validity import owned_on
from dengbu.ledger.law.calendar import legal_date
from dengbu.ledger.log.entry import Entry
from dengbu.ledger.log.envelope import fits
from dengbu.ledger.register.records import Unit
from dengbu.ledger.register.register import Register
from dengbu.ledger.register.shapes import UnitCode

blp = Blueprint("units", __name__, url_prefix="/v1/units", description="不动产单元 Units")


@blp.route("/<code>", parameters=[UNIT])
@blp.arguments(schemas.UnitQuery(), location="query")
@blp.response(200, shapes.Unit)
@blp.not_modified
@access(OFFICER, SYSTEM, AUDITOR)
def read_unit(query: Json, code: str) -> Response:
    """不动产单元 What this institution may see of a unit, now or in the past: its structure, or yes/no flags."""
    _check(code)
    index = _index(query)
    seen = viewer()
    if index is None:
        shown = seen.unit(code)
    else:
        # Today's register decides who may see the unit; the past register is what is shown.
        unit = seen.register.get(Unit, code)
        entitled = unit is not None and seen.may_see_structure(unit)
        ledger = state().node.ledger
        entry = ledger.entry(index)
        seen = replace(seen, register=ledger.register_at(index), time=_time(query, entry))
        shown = seen.unit_as(code, entitled=entitled)
    if shown is None:
        raise Problem("not-found")
    held = seen.register.get(Unit, code)
    if query["valid"] is not None and held is not None and "right" in shown:
        shown["valid"] = _owned(seen.register, held, query["valid"])
    response = reply(shown)
    if index is None:
        return not_modified(response, content_etag(response))
    return response


@blp.route("/<code>/history", parameters=[UNIT])
@blp.arguments(schemas.PageQuery(), location="query")
@blp.response(200, answers.FeedEntryPage)
@access(OFFICER, SYSTEM, AUDITOR)
def read_unit_history(query: Json, code: str) -> Response:
    """登记簿历史 Every entry that touched the unit, oldest first, as far as it is this institution's business."""
    _check(code)
    seen = viewer()
    unit = seen.register.get(Unit, code)
    if unit is None or not seen.may_see_structure(unit):
        raise Problem("not-found")
    after = paging.row_of(query["cursor"]) - 1  # the cursor is the first index not yet read
    page = feed.read(state().node, seen, feed.Wanted(unit=code), after, query["limit"])
    more = page.next_after + 1 < page.head
    return reply(paging.page(page.items, str(page.next_after + 1) if more else None))


def _owned(register: Register, unit: Unit, on: str) -> Json:
    """Return who owned the unit at the end of a day by valid time, as far as the register knows."""
    end_of_day(on, "valid")  # refuses a date that does not exist
    ledger = state().node.ledger
    right = owned_on(
        register, unit, date.fromisoformat(on), lambda index: legal_date(_moment(ledger.entry(index)))
    )
    return {"on": on, "right": plain(right) if right else None}


def _check(code: str) -> None:
    if not fits(code, UnitCode):
        raise Problem("not-found", "不动产单元代码应为 28 位。", "A unit code has 28 characters, ungrouped.")


def _index(query: Json) -> int | None:
    """Return the index of the entry after which the unit is to be shown, or None for now."""
    if query["at_index"] is not None and query["at"] is not None:
        raise _wrong("at", "at 与 at_index 只能选一 give at or at_index, not both")
    if query["at"] is None:
        return _known(query["at_index"])
    return state().node.ledger.index_before(end_of_day(query["at"]))


def _time(query: Json, entry: Entry | None) -> int:
    """Return the instant shown: the end of the day, by which something may have lapsed, or the entry's time."""
    if query["at"] is not None:
        return end_of_day(query["at"]) - 1
    return _moment(entry)


def _moment(entry: Entry | None) -> int:
    return entry.time if entry else 0


def _known(index: int | None) -> int | None:
    if index is not None and index >= state().node.head.size:
        raise Problem("not-found", "账本尚无此条目。", "The log has no such entry yet.")
    return index


def _wrong(name: str, detail: str) -> Problem:
    return Problem("invalid-request", errors=[{"in": "query", "pointer": f"#/{name}", "detail": detail}])
