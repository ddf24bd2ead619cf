"""title.import-batch 存量数据批量导入: many titles from before the ledger in one event, entered whole or refused whole.

Each title is judged by the rules of `title.import`, against the register as the titles before it in the batch leave it.
A refused batch names, for each rule, the places of the titles that it refuses, from 1.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from msgspec import Meta

from dengbu.ledger.events import titles
from dengbu.ledger.events.titles import TitleImport
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.envelope import PRIVATE_MAX
from dengbu.ledger.register.members import KeyClass
from dengbu.ledger.register.record import Record
from dengbu.ledger.register.register import Overlay
from dengbu.ledger.rules import payload_shapes, roles
from dengbu.ledger.rules.rule import (
    Compared,
    Data,
    Does,
    Effects,
    Event,
    EventKind,
    Rule,
    Title,
    View,
    refusals,
)
from dengbu.ledger.rules.rule_sets import NEWEST

TYPE = "title.import-batch"
# One private part for each title. An envelope has room for about as many titles with one or two holders each.
TITLES_MAX = PRIVATE_MAX
PART = "title-{:02}"  # the private part of the title at a place, from 1


class TitleBatch(Data, frozen=True, forbid_unknown_fields=True):
    """Titles to enter in this order, each as `title.import` has it."""

    titles: Annotated[tuple[TitleImport, ...], Meta(min_length=1, max_length=TITLES_MAX)]


@dataclass(frozen=True, slots=True)
class Judged(View[TitleBatch]):
    """A batch with the judgement on each title: the places refused under each code, and the records of the others."""

    refused: Mapping[Code, list[int]]
    records: tuple[Record, ...]


def part_of(place: int) -> str:
    """Return the name of the private part that belongs to the title at a place, from 1."""
    return PART.format(place)


def _reads(data: TitleBatch) -> Iterator[tuple[str, str]]:
    for title in data.titles:
        yield from titles.rows_of(title)


def _look(view: View[TitleBatch]) -> Judged:
    event, overlay = view.event, Overlay(view.register)
    refused: dict[Code, list[int]] = {}
    for place, title in enumerate(view.data.titles, 1):
        one = View(overlay, Event(event.envelope, title, event.signers, event.actor), view.at)
        found = refusals(titles.RULES, one, view.at)
        for reason in found:
            refused.setdefault(reason.code, []).append(place)
        if not found:
            overlay.apply(titles.effects(one).records)
    return Judged(view.register, event, view.at, refused, overlay.changes())


def _of_each(rule: Rule[View[TitleImport]]) -> Rule[Judged]:
    """Return the row by which a batch is refused if a rule of single titles refuses any of its titles."""

    def places(view: Judged) -> dict[str, Any]:
        return {"titles": view.refused[rule.code]}

    return Rule(rule.code, rule.law, _refuses(rule.code), rule.since, rule.until, places)


def _refuses(code: Code) -> Callable[[Judged], bool]:
    return lambda view: code in view.refused


def _effects(view: Judged) -> Effects:
    return Effects("recorded", view.records, {"imported": len(view.data.titles)})


KIND = EventKind(
    type=TYPE,
    title=Title("存量登记数据批量导入", "import of existing titles in a batch"),
    senders=roles.REGISTRY,
    signed_by=KeyClass.EVENT,
    open=False,
    compared=Compared.TITLES,
    does=Does.NOTHING,
    parts={part_of(place): payload_shapes.Title for place in range(1, TITLES_MAX + 1)},
    data=TitleBatch,
    rules=tuple(map(_of_each, titles.RULES)),
    effects=_effects,
    look=_look,
    private_max=TITLES_MAX,
    reads=_reads,
    since=NEWEST.number,
)
