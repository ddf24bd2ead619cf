"""Disputes and freezes: who sets and lifts them, what they bar, and that a freeze ends by itself after its last day."""

from typing import Any

import pytest

from dengbu.ledger.register.members import POLICY_KEY, Policy
from dengbu.ledger.register.notations import Mark
from dengbu.ledger.register.records import Unit
from dengbu.ledger.transition import Decision
from tests.ledger.states import kept_out
from tests.worlds import (
    DAY_MS,
    UNIT,
    UNIT_2,
    World,
    codes,
    holder,
    mortgage_act,
    ref,
    signer,
    the_right,
    transfer_act,
    world,
)

R, B1, C1, C2 = "hz-registry", "bank-a", "court-1", "court-2"
PAPER = "(2026)粤1302民初7号"


@pytest.fixture
def town() -> World:
    """A network with two courts and a title."""
    made = world()
    for court in (C1, C2):
        made.court(court)
    made.title()
    return made


def put(town: World, kind: str, by: str = C1, **changed: Any) -> Decision:
    """Set a mark; return the decision."""
    return town.do(by, "mark.set", {"unit": UNIT, "kind": kind, "document": PAPER, **changed})


def lift(town: World, mark: str, by: str = C1) -> Decision:
    """Lift a mark; return the decision."""
    return town.do(by, "mark.lift", {"mark": mark, "document": PAPER})


def the_mark(town: World, kind: str, by: str = C1, **changed: Any) -> str:
    """Set a mark, which must succeed; return its id."""
    done = put(town, kind, by, **changed)
    assert done.outcome == "recorded", codes(done)
    return str(done.result["mark"])


def first_act() -> dict[str, Any]:
    """Return the first registration of UNIT_2."""
    act = {"act": "unit.first", "unit": UNIT_2, "use": "dwelling", "area_cm2": 900_000, "mode": "single"}
    return {**act, "holders": [holder("developer")]}


def asked(town: World) -> list[list[str]]:
    """Return what bars a sale and what bars a mortgage."""
    right = the_right(town)
    return [kept_out(town, R, transfer_act(right)), kept_out(town, B1, mortgage_act(right))]


@pytest.mark.parametrize("by", [R, C1])
@pytest.mark.parametrize(("kind", "code"), [("dispute", "disputed"), ("freeze", "frozen")])
def test_a_mark_keeps_dispositions_out_until_it_is_lifted(town: World, kind: str, code: str, by: str) -> None:
    case = town.accepted(B1, mortgage_act(the_right(town)))
    mark = the_mark(town, kind, by)
    assert town.one(Unit, UNIT).disputed is (kind == "dispute")
    assert asked(town) == [[code], [code]]
    assert codes(town.enter(case)) == [code]
    assert lift(town, mark, by).outcome == "recorded"
    assert (town.one(Unit, UNIT).disputed, town.one(Unit, UNIT).marks) == (False, ())
    assert town.one(Mark, mark).status == "lifted"
    assert codes(town.enter(case)) == []
    assert asked(town) == [[], []]


def test_a_mark_does_not_keep_a_discharge_out(town: World) -> None:
    mortgage = town.mortgage()
    the_mark(town, "dispute")
    the_mark(town, "freeze")
    town.entered(B1, {"act": "mortgage.discharge", "mortgage": mortgage})


def test_both_marks_are_told_and_each_dispute_counts(town: World) -> None:
    first, second = the_mark(town, "dispute"), the_mark(town, "dispute", C2)
    the_mark(town, "freeze")
    assert asked(town) == [["disputed", "frozen"], ["disputed", "frozen"]]
    lift(town, first)
    assert town.one(Unit, UNIT).disputed
    lift(town, second, C2)
    assert asked(town) == [["frozen"], ["frozen"]]


SET: list[tuple[str, str, dict[str, Any], list[str]]] = [
    ("a unit never registered", "freeze", {"unit": UNIT_2}, ["unit-unknown"]),
    ("a last day that is none", "freeze", {"until": "2026-02-30"}, ["bad-date"]),
    ("a last day gone by", "freeze", {"until": "2026-11-21"}, ["bad-date"]),
    ("today as the last day", "freeze", {"until": "2026-11-22"}, []),
    ("a dispute with a last day", "dispute", {"until": "2027-01-01"}, ["bad-date"]),
    ("both faults", "dispute", {"unit": UNIT_2, "until": "2027-01-01"}, ["unit-unknown", "bad-date"]),
]


@pytest.mark.parametrize(("kind", "code"), [("dispute", "disputed"), ("freeze", "frozen")])
def test_what_is_disputed_or_frozen_while_it_is_applied_for_is_not_registered(
    town: World, kind: str, code: str
) -> None:
    case = town.accepted(R, first_act())
    mark = the_mark(town, kind, unit=UNIT_2)
    assert codes(town.enter(case)) == [code]
    assert codes(town.apply(R, first_act())) == [code]
    lift(town, mark)
    assert codes(town.enter(case)) == []
    assert codes(town.apply(R, first_act())) == ["unit-registered"]


@pytest.mark.parametrize(
    ("kind", "changed", "expected"), [row[1:] for row in SET], ids=[row[0] for row in SET]
)
def test_setting(town: World, kind: str, changed: dict[str, Any], expected: list[str]) -> None:
    assert codes(put(town, kind, **changed)) == expected


def test_the_same_paper_sets_a_mark_once_while_it_stands(town: World) -> None:
    mark = the_mark(town, "freeze")
    assert codes(put(town, "freeze")) == ["mark-repeated"]
    assert codes(put(town, "dispute")) == codes(put(town, "freeze", C2)) == []
    lift(town, mark)
    assert codes(put(town, "freeze")) == []


def test_only_who_set_a_mark_lifts_it(town: World) -> None:
    mark = the_mark(town, "dispute")
    assert codes(lift(town, mark, C2)) == codes(lift(town, mark, R)) == ["not-who-marked"]
    assert codes(lift(town, "K-99999")) == ["mark-unknown"]
    assert codes(lift(town, mark)) == []
    assert codes(lift(town, mark)) == ["mark-ended"]
    assert codes(lift(town, mark, C2)) == ["not-who-marked", "mark-ended"]


def test_a_freeze_ends_with_its_last_day_and_no_event(town: World) -> None:
    mark = the_mark(town, "freeze", until="2026-11-23")
    town.time += DAY_MS
    assert asked(town) == [["frozen"], ["frozen"]]
    town.time += DAY_MS
    assert asked(town) == [[], []]
    assert codes(lift(town, mark)) == ["mark-ended"]
    later = the_mark(town, "freeze", until="2026-11-30")
    assert town.one(Unit, UNIT).marks == (later,)


def alter(town: World, *signers: str, **changed: Any) -> list[str]:
    """Return what bars an alteration."""
    act = {
        "act": "unit.alter",
        "unit": UNIT,
        "right": the_right(town).id,
        "consent": [ref("owner")],
        **changed,
    }
    return codes(town.apply(R, act, signers=[signer(one, "event") for one in (R, *signers)]))


RENAMED = {"renamed": [{"old": ref("owner"), "new": ref("owner renamed")}]}


def test_a_frozen_unit_is_altered_with_the_court_that_froze_it(town: World) -> None:
    the_mark(town, "freeze")
    assert alter(town, **RENAMED) == alter(town, use="shop") == alter(town, C2, use="shop") == ["frozen"]
    assert alter(town, C1, use="shop") == []
    town.change(town.one(Policy, POLICY_KEY), altering_seized="names-free")
    assert (alter(town, **RENAMED), alter(town, use="shop")) == ([], ["frozen"])


def test_the_registry_does_not_speak_for_the_authority_by_whose_paper_it_froze(town: World) -> None:
    the_mark(town, "freeze", R)
    assert alter(town, use="shop") == ["frozen"]


def test_a_frozen_unit_is_neither_split_nor_merged(town: World) -> None:
    town.title(UNIT_2)
    the_mark(town, "freeze")
    parts = [
        {
            "unit": f"{UNIT[:-1]}{nth}",
            "use": "shop",
            "area_cm2": 1,
            "holders": [{"ref": ref("x"), "share": "1/1"}],
        }
        for nth in (3, 4)
    ]
    split = {"act": "unit.split", "unit": UNIT, "right": the_right(town).id, "consent": [ref("owner")]}
    assert codes(town.apply(R, {**split, "parts": parts})) == ["frozen"]
    sources = [
        {"unit": one, "right": the_right(town, one).id, "consent": [ref("owner")]} for one in (UNIT, UNIT_2)
    ]
    into = {
        "into": f"{UNIT[:-1]}3",
        "use": "shop",
        "area_cm2": 1,
        "mode": "single",
        "holders": parts[0]["holders"],
    }
    assert codes(town.apply(R, {"act": "unit.merge", "sources": sources, **into})) == ["frozen"]
