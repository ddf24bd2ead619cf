"""Import of existing titles, and holder references: the two places where the registry's counter names persons."""

from flask import Response

from dengbu.api.edge.auth import OFFICER, SYSTEM, access, senders
from dengbu.api.edge.encoding import Json, reply
from dengbu.api.edge.errors import Problem
from dengbu.api.edge.reading import personal
from dengbu.api.edge.state import state
from dengbu.api.shapes import answers, schemas
from dengbu.api.shapes.blueprint import WRITE, Blueprint
from dengbu.api.views import writing
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
    node = state().node
    unit = body["unit"]
    holders = [
        {"ref": _reference(unit, one, f"#/holders/{place}"), "share": one["share"]}
        for place, one in enumerate(body["holders"])
    ]
    right = {
        "mode": body["mode"],
        "holders": holders,
        "certificate": body["certificate"],
        "registered_on": body["registered_on"],
    }
    data = {"unit": unit, "use": body["use"], "area_cm2": body["area_cm2"], "right": right}
    persons = [{name: one[name] for name in PERSON} for one in body["holders"]]
    private = {"title": PrivatePart({"location": body["location"], "holders": persons}, (node.institution,))}
    return writing.write("title.import", lambda: data, private)


@blp.route("/holder-references", methods=["POST"])
@blp.arguments(schemas.ReferenceIn())
@blp.response(200, answers.Reference)
@access(OFFICER, SYSTEM, roles=(Role.REGISTRY,))
@personal
def holder_reference(body: Json) -> Response:
    """权利人标识 The reference of a person at a unit, for the acts of a case; nothing is changed or stored."""
    return reply({"ref": _reference(body["unit"], body, "#")}, headers={"Cache-Control": "no-store"})


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
