"""One row defines an act, and one an event: all other tables follow from it, and an incomplete row does not import."""

import dataclasses
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import msgspec
import pytest

from dengbu.ledger import transition
from dengbu.ledger.catalogue import ACTS, KINDS, AnyAct
from dengbu.ledger.register.members import Role
from dengbu.ledger.rules.act import ActKind
from dengbu.ledger.rules.backing import Backing
from dengbu.ledger.rules.rule import Does, EventKind
from dengbu.ledger.rules.rule_sets import NEWEST
from tests.test_tidy import ROOT

ROWS: list[Any] = [*ACTS.values(), *transition.EVENTS.values()]
TELLS_ALL = ["act", "cause", "friend", "holders", "mode", "note", "other", "right", "seller", "unit"]


def in_matrix(name: str, *roles: Role) -> str:
    """The line of docs/rules.md that says which roles may."""
    return f"| `{name}` | " + " | ".join("✓" if one in roles else "" for one in Role) + " |"


FACTS = {
    "typed": "MadeUp",
    "called": "虚构登记 made-up registration",
    "headings": ["### 虚构登记 Made-up registration: 甲 one, 乙 two `made.up`", "### 虚构事件 Made-up event `made.up-event`"],
    "roles": [in_matrix("made.up-event", Role.NOTARY), in_matrix("made.up", Role.BANK, Role.NOTARY)],
    "documented": True,
    "in the rule set": [True, True],
    "event in it": [True, True],
    "sets that change": [NEWEST.number],
    "dated": [f"自规则集 {NEWEST.number} 起 From rule set {NEWEST.number} on."] * 2,
    "policy may name it": True,
    "bank applies": [],
    "registry applies": ["not-authorised"],
    "twice": ["act-repeated"],
    "twice, of other notes": [],
    "taxes": ["deed", "iit"],
    "friend sees": TELLS_ALL,
    "another bank sees": None,
    "tax bureau sees": ["act", "unit"],
    "asked": ["takers"],
    "left with nothing": ["paper-to-see", "parties-missing", "second-mortgage", "terms-missing"],
    "left with all": ["identity-mismatch", "paper-to-see", "second-mortgage"],
    "notary sends": [],
    "registry sends": ["not-authorised"],
    "compared": ["bad-identity"],
    "open": True,
    "followed": {
        "course": [1, 6, ["tax", 1, 4], ["requisition", 2, 3], ["tax", 5, 6]],
        "ends": {"enters": "entered", "refuses": "refused", "withdraws": "withdrawn"},
        "handled": [True, ["minor"], 4],
        "desk tries": ["accepts"],
        "desk is answered": ["enters", "hands-over"],
        "erased": {"erases": ["c"]},
    },
    "part expected": [True, False],
    "parts published": {"title": {"$ref": "#/components/schemas/Title"}},
    "part in words": "隐私材料 private parts; 本节点核对 a node looks into `title`: Title",
    "route open to": ["notary"],
    "begun in a bundle": "R-441302001001GB00001F00010001-2",
    "gives up": True,
}  # fmt: skip


def test_all_that_is_told_of_an_act_and_an_event_follows_from_one_row_each() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.made_up"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == FACTS


def test_without_the_row_nobody_knows_them() -> None:
    assert "made.up" not in ACTS
    assert "made.up-event" not in transition.EVENTS
    assert [kind.tag for kind in KINDS] == list(ACTS)
    assert AnyAct.__args__ == tuple(kind.type for kind in KINDS)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("row", "name"),
    [
        (row, field.name)
        for row in (ACTS["transfer"], ACTS["transfer"].backing, transition.EVENTS["case.enter"])
        for field in dataclasses.fields(row)
        if field.name
        not in ("reasons", "look", "private_max", "reads", "since", "before")  # most rows leave these out
    ],
    ids=lambda one: one if isinstance(one, str) else type(one).__name__,
)
def test_a_row_that_leaves_a_fact_out_does_not_import(row: Any, name: str) -> None:
    told = {field.name: getattr(row, field.name) for field in dataclasses.fields(row)}
    assert type(row)(**told) == row
    del told[name]
    with pytest.raises(TypeError, match=name):
        type(row)(**told)


@pytest.mark.parametrize("kind", [ActKind, Backing, EventKind])
def test_no_fact_of_a_row_is_told_by_its_place(kind: type[Any]) -> None:
    assert all(field.kw_only for field in dataclasses.fields(kind))


@pytest.mark.parametrize(
    "changed", [{"about": ("right", "colour")}, {"taxed": True}], ids=["a field it has not", "nothing to tax"]
)
def test_a_row_that_names_what_its_act_has_not_does_not_import(changed: dict[str, Any]) -> None:
    with pytest.raises(AssertionError, match=r"certificate\.replace"):
        dataclasses.replace(ACTS["certificate.replace"], **changed)


@pytest.mark.parametrize("row", [ACTS["transfer"], transition.EVENTS["case.enter"]], ids=["act", "event"])
def test_a_row_that_dates_what_nobody_asks_by_the_rule_set_does_not_import(row: Any) -> None:
    with pytest.raises(AssertionError, match=row.tag if isinstance(row, ActKind) else row.type):
        dataclasses.replace(row, before={"title": ((NEWEST.number, row.title),)})


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.tag if isinstance(row, ActKind) else row.type)
def test_a_title_is_in_both_languages_and_no_other_kind_has_it(row: Any) -> None:
    title = row.title
    assert all("\u4e00" <= letter <= "\u9fff" or letter in "、()" for letter in title.zh)
    assert title.en.isascii()
    assert title.en == title.en.strip()
    assert title.en[0].islower()
    assert [one.title for one in ROWS if title.zh == one.title.zh or title.en == one.title.en] == [title]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.tag if isinstance(row, ActKind) else row.type)
def test_somebody_may_ask_for_each(row: Any) -> None:
    may = row.applicants if isinstance(row, ActKind) else row.senders
    assert may
    assert len(dict.fromkeys(may)) == len(may)


def test_the_members_that_others_follow_are_in_the_data() -> None:
    with pytest.raises(AssertionError, match=r"case\.rate"):
        dataclasses.replace(transition.EVENTS["case.rate"], does=Does.SUSPENDS)


def persons(kind: Any) -> Iterator[str]:
    """Yield the fields, a struct's own and of its parts, that hold references to persons."""
    for name, type_ in get_type_hints(kind, include_extras=True).items():
        inner = [type_, *get_args(type_), *(two for one in get_args(type_) for two in get_args(one))]
        if any("0-9a-f]{64}" in str(one) for one in inner):
            yield name
        for one in inner:
            if isinstance(one, type) and issubclass(one, msgspec.Struct):
                yield from persons(one)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.tag)
def test_those_who_consent_or_agree_give_something_up(kind: ActKind[Any]) -> None:
    found = dict.fromkeys(name for name in persons(kind.type) if name in ("consent", "agreed"))
    assert kind.giving == tuple(found)
