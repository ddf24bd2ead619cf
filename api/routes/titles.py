"""Import of existing titles, and holder references: the places where the registry's counter names persons."""

from collections.abc import Mapping
from typing import Any

from flask import Response

from dengbu.api.edge.access import OFFICER, SYSTEM, access, senders
from dengbu.api.edge.encoding import Json, reply
from dengbu.api.edge.errors import ALREADY_IMPORTED, Problem
from dengbu.api.edge.spending import personal
from dengbu.api.edge.state import state
from dengbu.api.shapes import answers, schemas
from dengbu.api.shapes.blueprint import WRITE, Blueprint
from dengbu.api.views import writing
from dengbu.ledger.events import title_batches, titles
from dengbu.ledger.register.members import Role
from dengbu.nodes.private.package import PrivatePart

blp = Blueprint("titles", __name__, url_prefix="/v1", description="存量权利 Existing titles")

PERSON = ("name", "id_type", "id_no")


@blp.route("/titles", methods=["POST"])
@blp.arguments(schemas.TitleIn())
@blp.event(*WRITE)
@access(OFFICER, SYSTEM, roles=senders("title.import"))
def import_title(body: Json) -> Response:
    """导入存量权利 Import one title: persons become references; names and numbers go only to the registry's vault."""
    data = _data(body, "#")
    return writing.write(titles.TYPE, lambda: data, {titles.PART: _part(body)})


@blp.route("/title-batches", methods=["POST"])
@blp.arguments(schemas.TitleBatchIn())
@blp.event(*WRITE)
@access(OFFICER, SYSTEM, roles=senders(title_batches.TYPE))
def import_titles(body: Json) -> Response:
    """批量导入存量权利 Import titles in one event, all or none: each is judged as a single one, after those before it.

    A refusal names in `at` of each reason the places of the titles, from 1. If some were imported before, word for word,
    nothing is signed (409 already-imported), and the answer says which, and by which entries.
    """
    given = body["titles"]

    def data() -> Mapping[str, Any]:
        made = [_data(one, f"#/titles/{place}") for place, one in enumerate(given)]
        _none_imported(made, given)
        return {"titles": made}

    parts = {title_batches.part_of(place): _part(one) for place, one in enumerate(given, 1)}
    return writing.write(title_batches.TYPE, data, parts)


@blp.route("/holder-references", methods=["POST"])
@blp.arguments(schemas.ReferenceIn())
@blp.response(200, answers.Reference)
@access(OFFICER, SYSTEM, roles=(Role.REGISTRY,))
@personal
def holder_reference(body: Json) -> Response:
    """权利人标识 The reference of a person at a unit, for the acts of a case; nothing is changed or stored."""
    return reply({"ref": _reference(body["unit"], body, "#")}, headers={"Cache-Control": "no-store"})


def _data(title: Json, pointer: str) -> Json:
    """Return what the log holds of a title that stands at a pointer into the body."""
    holders = [
        {"ref": _reference(title["unit"], one, f"{pointer}/holders/{place}"), "share": one["share"]}
        for place, one in enumerate(title["holders"])
    ]
    right = {
        "mode": title["mode"],
        "holders": holders,
        "certificate": title["certificate"],
        "registered_on": title["registered_on"],
    }
    return {"unit": title["unit"], "use": title["use"], "area_cm2": title["area_cm2"], "right": right}


def _private(title: Json) -> Json:
    persons = [{name: one[name] for name in PERSON} for one in title["holders"]]
    return {"location": title["location"], "holders": persons}


def _part(title: Json) -> PrivatePart:
    """Return the private part of a title, which the registry alone may read."""
    return PrivatePart(_private(title), (state().node.institution,))


def _none_imported(made: list[Json], given: list[Json]) -> None:
    found = state().node.imported([(data, _private(title)) for data, title in zip(made, given, strict=True)])
    places = [{"place": place, "index": index} for place, index in enumerate(found, 1) if index is not None]
    if places:
        raise Problem(ALREADY_IMPORTED, extra={"imported": places})


def _reference(unit: str, person: Json, pointer: str) -> str:
    try:
        return state().node.holder_ref(unit, person["id_type"], person["id_no"])
    except ValueError as error:
        # The error's message could repeat what was typed, so the problem says only where it is.
        raise Problem(
            "invalid-request",
            "证件类型或号码无效。",
            "The kind or number of the identity document is not valid.",
            errors=[{"in": "body", "pointer": pointer, "detail": "证件无效 not a valid document"}],
        ) from error
