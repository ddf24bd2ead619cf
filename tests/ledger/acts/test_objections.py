"""Objections: who may raise one, what a taker must acknowledge, and that one lapses unless a suit is shown."""

from typing import Any

import pytest

from dengbu.ledger.law.calendar import legal_date
from dengbu.ledger.register.notations import Objection
from dengbu.ledger.register.records import Certificate, Unit
from dengbu.ledger.transition import Decision
from tests.ledger.states import end_right, kept_out, nothing
from tests.worlds import (
    DAY_MS,
    UNIT,
    UNIT_2,
    World,
    codes,
    holder,
    mortgage_act,
    ref,
    seized,
    the_right,
    transfer_act,
    world,
)

R, B1, C1 = "hz-registry", "bank-a", "court-1"
Z, OWNER = ref("objector"), [ref("owner")]
PAPER = "(2026)粤1302民初7号"
PARCEL = "441302001001GB00001W00000000"


def objection_act(town: World, **changed: Any) -> dict[str, Any]:
    """Return an objection of Z to the owner's right."""
    made = {"act": "objection.note", "unit": UNIT, "right": the_right(town).id, "objector": Z}
    return {**made, "ground": "owner-wrong", "refused": True, "shown": True, **changed}


def noted(town: World, **changed: Any) -> str:
    """Enter an objection; return its id."""
    return str(town.entered(R, objection_act(town, **changed)).result["objections"][0])


def suit(town: World, objection: str, by: str = R) -> Decision:
    """Show that a suit about an objection has been brought; return the decision."""
    return town.do(by, "objection.suit", {"objection": objection, "document": PAPER})


NOTE: list[tuple[str, Any, dict[str, Any], list[str]]] = [
    ("as it should be", nothing, {}, []),
    ("of a seized unit", seized, {}, []),
    ("unknown unit", nothing, {"unit": UNIT_2}, ["unit-unknown", "right-unknown"]),
    ("unknown right", nothing, {"right": "R-9"}, ["right-unknown"]),
    ("ended right", end_right, {}, ["right-ended"]),
    ("before a correction was refused", nothing, {"refused": False}, ["correction-not-refused"]),
    ("with nothing to show", nothing, {"shown": False}, ["error-not-shown"]),
    ("the same again", noted, {}, ["same-ground"]),
    ("another ground", noted, {"ground": "share-wrong"}, []),
    ("another person", noted, {"objector": ref("other")}, []),
]


@pytest.mark.parametrize(
    ("given", "changed", "expected"), [row[1:] for row in NOTE], ids=[row[0] for row in NOTE]
)
def test_objection_note(town: World, given: Any, changed: dict[str, Any], expected: list[str]) -> None:
    given(town)
    assert codes(town.apply(R, objection_act(town, **changed))) == expected


def test_an_objection_is_noted_past_an_earlier_case(town: World) -> None:
    town.accepted(R, transfer_act(the_right(town)))
    done = town.entered(R, objection_act(town))
    noted = town.one(Objection, done.result["objections"][0])
    assert (noted.status, noted.objector, noted.entered_on) == ("noted", Z, "2026-11-22")
    assert town.one(Unit, UNIT).objections == (noted.id,)
    assert town.one(Certificate, noted.certificate).of == noted.id


def asked(town: World, *known: str) -> list[list[str]]:
    """Return what bars a sale, a mortgage and a promise whose taker knows of these objections."""
    right = the_right(town)
    promise = {"act": "notice.set", "kind": "sale", "unit": UNIT, "right": right.id, "consent": OWNER}
    return [
        kept_out(town, R, transfer_act(right, acknowledged=list(known))),
        kept_out(town, B1, mortgage_act(right, acknowledged=list(known))),
        kept_out(town, R, {**promise, "beneficiary": ref("buyer"), "acknowledged": list(known)}),
    ]


UNKNOWN = [["objection-not-acknowledged"]] * 3


def test_who_takes_says_that_he_knows_of_each_objection(town: World) -> None:
    first, second = noted(town), noted(town, objector=ref("other"))
    assert asked(town) == asked(town, first) == asked(town, second) == asked(town, "O-9") == UNKNOWN
    assert asked(town, first, second) == [[], [], []]


def test_heirs_and_winners_take_without_a_word(town: World) -> None:
    noted(town)
    right = the_right(town)
    heir = transfer_act(right, cause="inheritance", consent=[])
    winner = transfer_act(right, cause="judgment", consent=[], instrument=PAPER)
    assert codes(town.apply(R, heir)) == codes(town.apply(R, winner)) == []


def test_land_and_joint_mortgages_ask_for_the_same_word(town: World) -> None:
    land, other = (
        town.title(PARCEL, holders=[holder("developer")]),
        town.title(UNIT_2, holders=[holder("other")]),
    )
    here, there = noted(town), noted(town, unit=PARCEL, right=land.id)
    act = {"mortgagee": B1, "kind": "ordinary", "no_transfer": False}
    piece = {"unit": UNIT, "right": the_right(town).id, "consent": OWNER}
    pieces = [{"unit": UNIT_2, "right": other.id, "consent": [ref("other")]}, piece]
    joint = {"act": "mortgage.set-joint", **act, "pieces": pieces}
    built = {"act": "mortgage.set-construction", **act, "unit": PARCEL, "right": land.id, "permits": True}
    built |= {"buildings": [f"{UNIT[:-1]}7"], "consent": [ref("developer")]}
    assert codes(town.apply(B1, joint)) == codes(town.apply(B1, built)) == ["objection-not-acknowledged"]
    piece["acknowledged"] = [here]
    assert codes(town.apply(B1, joint)) == codes(town.apply(B1, {**built, "acknowledged": [there]})) == []


def test_an_objection_keeps_neither_a_discharge_nor_an_alteration_out(town: World) -> None:
    mortgage = town.mortgage()
    noted(town)
    town.entered(B1, {"act": "mortgage.discharge", "mortgage": mortgage})
    alter = {"act": "unit.alter", "unit": UNIT, "right": the_right(town).id, "consent": OWNER, "use": "shop"}
    town.entered(R, alter)


def test_a_unit_is_neither_split_nor_merged_under_an_objection(town: World) -> None:
    town.title(UNIT_2, holders=[holder("owner of 2")])
    objection = noted(town)
    parts = [
        {"unit": f"{UNIT[:-1]}{nth}", "use": "shop", "area_cm2": 1, "holders": [holder(f"owner {nth}")]}
        for nth in (3, 4)
    ]
    split = {"act": "unit.split", "unit": UNIT, "right": the_right(town).id, "consent": OWNER, "parts": parts}
    sources = [
        {"unit": UNIT, "right": the_right(town).id, "consent": OWNER},
        {"unit": UNIT_2, "right": the_right(town, UNIT_2).id, "consent": [ref("owner of 2")]},
    ]
    merge = {"act": "unit.merge", "sources": sources, "into": f"{UNIT[:-1]}5", "use": "shop", "area_cm2": 1}
    merge |= {"mode": "single", "holders": [holder("owner of 5")]}
    close = {"act": "objection.close", "objection": objection, "consent": [Z]}
    for act in (split, merge):
        assert codes(town.apply(R, act)) == ["objection-stands"]
        assert codes(town.apply(R, close, act)) == []


def test_an_objection_lapses_on_its_fifteenth_day_without_any_event(town: World) -> None:
    objection = noted(town)
    town.time += 15 * DAY_MS  # the fifteenth day is 2026-12-07, a Monday
    assert legal_date(town.time).isoformat() == "2026-12-07"
    assert asked(town) == UNKNOWN
    town.time += DAY_MS
    assert asked(town) == [[], [], []]
    assert town.one(Objection, objection).status == "noted"
    assert codes(suit(town, objection)) == ["objection-ended"]
    close = {"act": "objection.close", "objection": objection, "consent": [Z]}
    assert codes(town.apply(R, close)) == ["objection-ended"]
    assert codes(town.apply(R, objection_act(town))) == ["same-ground"]
    town.entered(B1, mortgage_act(the_right(town)))
    assert town.one(Objection, objection).status == "lapsed"
    assert codes(town.apply(R, objection_act(town))) == ["same-ground"]


def test_the_fifteenth_day_moves_past_a_holiday() -> None:
    town = world(holidays=("2026-12-07", "2026-12-08"))
    town.title()
    noted(town)
    town.time += 17 * DAY_MS
    assert asked(town) == UNKNOWN
    town.time += DAY_MS
    assert asked(town) == [[], [], []]


@pytest.mark.parametrize("by", [R, C1])
def test_a_suit_shown_in_time_keeps_it(town: World, by: str) -> None:
    town.court()
    objection = noted(town)
    town.time += 15 * DAY_MS
    assert codes(suit(town, objection, by)) == []
    assert town.one(Objection, objection).suit == PAPER
    town.time += 400 * DAY_MS
    assert asked(town) == UNKNOWN


def test_a_suit_of_no_objection_is_not_shown(town: World) -> None:
    assert codes(suit(town, "O-9")) == ["objection-unknown"]


def test_the_objector_or_a_judgment_closes_an_objection(town: World) -> None:
    first, second = noted(town), noted(town, objector=ref("other"))
    close = {"act": "objection.close", "objection": first}
    assert codes(town.apply(R, {**close, "consent": OWNER})) == ["not-objector"]
    assert codes(town.apply(R, {**close, "objection": "O-9", "consent": [Z]})) == ["objection-unknown"]
    done = town.entered(R, {**close, "consent": [Z]})
    assert (done.result["closed"], town.one(Objection, first).status) == ([first], "closed")
    assert codes(town.apply(R, {**close, "consent": [Z]})) == ["objection-ended"]
    suit(town, second)
    town.entered(R, {**close, "objection": second, "consent": [], "judgment": PAPER})
    assert asked(town) == [[], [], []]
