"""The shapes of problems (RFC 9457), and which of them come with each status.

Every kind of problem is one of five shapes: the ledger's refusal, an event that is not admitted, what this institution's
own checks found, titles that were imported before, and all others. The codes of each are read off the catalogue.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from dengbu.api.edge.errors import (
    ALREADY_IMPORTED,
    BLOCKED,
    CATALOGUE,
    admission_codes,
    refusal_codes,
)
from dengbu.api.edge.problem import CONTENT_TYPE
from dengbu.api.shapes import headers
from dengbu.api.shapes.answers import Answer, Finding, Index, Milliseconds, Path, Reason
from dengbu.api.shapes.of_ledger import Json, reference

_OTHERS = [
    code
    for code, kind in CATALOGUE.items()
    if kind.number is None and code not in (BLOCKED, ALREADY_IMPORTED)
]


class ErrorAt(Answer):
    """Where a request is wrong: a JSON pointer as a URI fragment, into body, query, header or path."""

    pointer: str
    place: str = msgspec.field(name="in")
    detail: str


class Problem(Answer):
    """A problem (RFC 9457): title, detail and action in the caller's language, and in both."""

    type: Path
    title: str
    status: int
    detail: str
    code: Annotated[str, Meta(extra_json_schema={"enum": _OTHERS})]
    title_zh: str
    title_en: str
    detail_zh: str
    detail_en: str
    action: str
    action_zh: str
    action_en: str
    request_id: str
    errors: tuple[ErrorAt, ...] | UnsetType = UNSET


class Blocked(Problem, kw_only=True):
    """This institution's own checks do not pass, so its node does not sign: everything that they found."""

    code: Annotated[str, Meta(extra_json_schema={"enum": [BLOCKED]})]
    problems: tuple[Finding, ...]


class Imported(Answer):
    """A title that was imported before: its place in the batch, from 1, and the entry that imported it."""

    place: int
    index: Index


class AlreadyImported(Problem, kw_only=True):
    """Some titles of a batch are in the ledger word for word, so nothing was signed: which, and by which entries."""

    code: Annotated[str, Meta(extra_json_schema={"enum": [ALREADY_IMPORTED]})]
    imported: tuple[Imported, ...]


class NotAdmitted(Problem, kw_only=True):
    """An event that the ledger does not admit 未准入账: no entry comes of it."""

    code: Annotated[str, Meta(extra_json_schema={"enum": list(admission_codes())})]
    number: int


class Refusal(Problem, kw_only=True):
    """An event that the ledger refused 不予办理: an entry, with a receipt; `code` is the name of its first reason."""

    code: Annotated[str, Meta(extra_json_schema={"enum": list(refusal_codes())})]
    actor: str
    id: str
    index: Index
    height: int
    time: Milliseconds
    outcome: Literal["refused"]
    reasons: tuple[Reason, ...]
    receipt: Path


_SHAPES: Mapping[int, tuple[type[Problem], ...]] = {
    400: (Problem, NotAdmitted),
    403: (Problem, NotAdmitted),
    409: (Problem, Blocked, AlreadyImported, NotAdmitted),
    422: (Problem, Refusal),
}
ALL: tuple[type[Problem], ...] = (Problem, Blocked, AlreadyImported, NotAdmitted, Refusal)
# What any request may be answered with, whatever it asks for: the document says so once, as the default of each operation.
OF_ANY = (405, 413, 415, 431, 500, 503)


def responses() -> dict[str, Json]:
    """A response for each status that comes with a problem, by its name in the document."""
    statuses = {kind.status for kind in CATALOGUE.values()}
    return {name_of(status): _response(status) for status in sorted(statuses)}


def name_of(status: int) -> str:
    """The name of the response with a status."""
    return HTTPStatus(status).name


def of_any() -> Json:
    """The response with a problem of any kind."""
    return {
        "description": "问题 any other problem",
        "headers": headers.of_problem(*OF_ANY),
        "content": {CONTENT_TYPE: {"schema": _one_of(ALL)}},
    }


def _response(status: int) -> Json:
    edge = [kind for kind in CATALOGUE.values() if kind.status == status and kind.number is None]
    said = [f"`{kind.code}` {kind.title_zh} {kind.title_en}" for kind in edge if kind.code != "error"]
    return {
        "description": "; ".join(said) or HTTPStatus(status).phrase,
        "headers": headers.of_problem(status),
        "content": {CONTENT_TYPE: {"schema": _one_of(_SHAPES.get(status, (Problem,)))}},
    }


def _one_of(shapes: tuple[type[Any], ...]) -> Json:
    if len(shapes) == 1:
        return reference(shapes[0])
    return {"anyOf": [reference(shape) for shape in shapes]}
