"""What goes out, as the API's document says it: what becomes of events, entries of the feed, and pages of listings.

Shapes of answers document only: answers are built by the views and not filtered again. A member that may be left out has
the default UNSET; all others are always there. Members may be added, so no shape of an answer forbids others.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from dengbu.ledger.log.entry import Outcome

Milliseconds = Annotated[int, Meta(description="UTC ms")]
Index = Annotated[int, Meta(ge=0, description="条目序号 index of an entry in the log")]
Path = Annotated[str, Meta(description="本节点上的路径 a path at this node")]


class Answer(msgspec.Struct):
    """Base of what goes out."""


class Reason(Answer):
    """One reason of a refusal 不予办理的一项理由, with the articles it rests on; `at` says where it applies."""

    code: int
    name: str
    law: tuple[str, ...]
    title_zh: str
    title_en: str
    at: dict[str, Any] | UnsetType = UNSET


class Finding(Answer):
    """What this institution's own checks found: a code, and the part or unit, never a value."""

    code: str
    where: str
    detail_zh: str
    detail_en: str


# What an entry yields depends on the type of the event and on the acts of the case.
Result = Annotated[
    dict[str, Any],
    Meta(
        description="新产生的编号等 what came of it, such as `case`, `unit`, `rights`, `certificates`, `mortgages`, `discharged`",
        extra_json_schema={
            "additionalProperties": True,
            "properties": {
                "case": {"type": "string"},
                "deal": {"type": "boolean"},
                "unit": {"type": "string"},
                "rights": {"type": "array", "items": {"type": "string"}},
                "certificates": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"act": {"type": "integer"}, "number": {"type": "string"}},
                        "required": ["act", "number"],
                    },
                },
            },
        },
    ),
]


class ActTold(Answer):
    """An act by its name and the unit that it is about."""

    act: str
    unit: str | UnsetType = UNSET


class EventResult(Answer):
    """What became of an event: pending; final with index, outcome, result and receipt; or turned away with a code.

    Turned away 未入账: it was taken, but can enter the log no more (its time is over, its key was revoked, its id was
    used), and no entry comes of it; `code` says why. Sign it anew, under another id. Another's event that only touches what
    this institution has registered is told as on the feed.
    """

    status: Literal["pending", "final", "turned-away"]
    actor: str
    id: str
    index: Index | UnsetType = UNSET
    height: int | UnsetType = UNSET
    time: Milliseconds | UnsetType = UNSET
    outcome: Outcome | UnsetType = UNSET
    reasons: tuple[Reason, ...] | UnsetType = UNSET
    result: Result | UnsetType = UNSET
    receipt: Path | UnsetType = UNSET
    type: str | UnsetType = UNSET
    case: str | UnsetType | None = UNSET
    units: tuple[str, ...] | UnsetType = UNSET
    acts: tuple[ActTold, ...] | UnsetType = UNSET
    concerns: tuple[str, ...] | UnsetType = UNSET
    code: str | UnsetType = UNSET
    number: int | UnsetType = UNSET
    title_zh: str | UnsetType = UNSET
    title_en: str | UnsetType = UNSET
    detail: str | UnsetType = UNSET
    warnings: tuple[Finding, ...] | UnsetType = UNSET


class FeedEntry(Answer):
    """One entry of the feed.

    Of another's entry that touches what this institution has registered, `concerns` names what and `acts` how; there is then
    neither result nor receipt, and who did it is told only where it was the registry.
    """

    index: Index
    height: int
    time: Milliseconds
    outcome: Outcome
    type: str
    case: str | None
    units: tuple[str, ...]
    actor: str | UnsetType = UNSET
    id: str | UnsetType = UNSET
    reasons: tuple[Reason, ...] | UnsetType = UNSET
    result: Result | UnsetType = UNSET
    receipt: Path | UnsetType = UNSET
    acts: tuple[ActTold, ...] | UnsetType = UNSET
    concerns: tuple[str, ...] | UnsetType = UNSET


class Feed(Answer):
    """Entries of the feed, the index to go on from, and the number of final entries."""

    items: tuple[FeedEntry, ...]
    next_after: int
    head: int


class Reference(Answer):
    """A holder reference 权利人标识."""

    ref: str


def page_of(kind: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """The shape of one page of a listing: `next_cursor` is null on the last one."""
    members: list[tuple[str, Any]] = [("items", tuple[kind, ...]), ("next_cursor", str | None)]  # type: ignore[valid-type]
    doc = {
        "__doc__": "One page of a listing; `next_cursor` goes into `cursor` for the next one, null on the last."
    }
    return msgspec.defstruct(f"{kind.__name__}Page", members, kw_only=True, namespace=doc)


FeedEntryPage: Any = page_of(FeedEntry)
