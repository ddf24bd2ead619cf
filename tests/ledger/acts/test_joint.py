"""Mortgages over several units: joint, and on construction with its conversion. The last column lists every reason."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from dengbu.ledger.cases.judging import typed
from dengbu.ledger.catalogue import ACTS
from dengbu.ledger.register.encumbrances import Joint, Mortgage
from dengbu.ledger.register.records import Unit
from dengbu.ledger.transition import Decision
from tests.worlds import (
    UNIT,
    UNIT_2,
    World,
    codes,
    holder,
    mortgage_act,
    ref,
    seized,
    signer,
    the_right,
    transfer_act,
    world,
)

R, B1, B2 = "hz-registry", "bank-a", "bank-b"
PARCEL = "441302001001GB00009"
LAND = f"{PARCEL}W00000000"
TOWER, ANNEX = f"{PARCEL}F00010001", f"{PARCEL}F00010002"
Given = Callable[[World], object]


@pytest.fixture
def town() -> World:
    """A network with a court, two titles and a developer's land."""
    made = world()
    made.court()
    made.title(UNIT)
    made.title(UNIT_2, holders=[holder("neighbour")])
    made.title(LAND, holders=[holder("developer")])
    return made


def signed(town: World, actor: str, *acts: dict[str, Any], by: tuple[str, ...] = ()) -> Decision:
    """Apply for acts, signed by the actor and others."""
    return town.apply(actor, *acts, signers=[signer(one, "event") for one in (actor, *by)])


def done(town: World, actor: str, *acts: dict[str, Any], by: tuple[str, ...] = ()) -> Decision:
    """Apply for acts and enter them; both must succeed."""
    applied = signed(town, actor, *acts, by=by)
    assert applied.outcome == "accepted", codes(applied)
    if applied.result.get("deal"):
        town.clear(applied.result["case"])
    entered = town.enter(applied.result["case"])
    assert entered.outcome == "entered", codes(entered)
    return entered


def row(town: World, mortgage: str) -> Mortgage:
    """Return a mortgage by its id."""
    found = town.one(Mortgage, mortgage)
    assert isinstance(found, Mortgage)
    return found


def unit(town: World, code: str) -> Unit:
    """Return a unit by its code."""
    found = town.one(Unit, code)
    assert isinstance(found, Unit)
    return found


def nothing(town: World) -> None:
    """Leave the town as it is."""


def freeze(code: str) -> Given:
    """An authority has frozen a unit."""
    mark = {"unit": code, "kind": "freeze", "document": "(2026)粤1302行1号"}
    return lambda town: town.do("court-1", "mark.set", mark)


def dispute(code: str) -> Given:
    """Ownership of a unit is disputed."""
    return lambda town: town.change(town.one(Unit, code), disputed=True)


def expire(code: str) -> Given:
    """The land-use term of a unit ended yesterday."""
    return lambda town: town.change(town.one(Unit, code), use="industrial", land_until="2026-11-21")


# ---- joint mortgages ------------------------------------------------------------------------------------------------


def piece(town: World, code: str, **changed: Any) -> dict[str, Any]:
    """Return a unit as one piece of an act, with the consent of all holders."""
    found = the_right(town, code)
    return {"unit": code, "right": found.id, "consent": [one.ref for one in found.holders], **changed}


def joint_act(town: World, **changed: Any) -> dict[str, Any]:
    """Return a joint mortgage of both units to B1."""
    return {
        "act": "mortgage.set-joint",
        "pieces": [piece(town, UNIT), piece(town, UNIT_2)],
        "mortgagee": B1,
        "kind": "ordinary",
        "no_transfer": False,
        **changed,
    }


SET: list[tuple[str, Given, dict[str, Any], dict[str, Any], list[str]]] = [
    ("as it should be", nothing, {}, {}, []),
    ("an unknown unit", nothing, {"unit": TOWER}, {}, ["unit-unknown", "right-unknown"]),
    ("a unit twice", nothing, {"unit": UNIT, "right": f"R-{UNIT}-1", "consent": [ref("owner")]}, {}, ["unit-repeated"]),
    ("another's right", nothing, {"right": f"R-{UNIT}-1"}, {}, ["right-unknown"]),
    ("a right that ended", lambda town: town.change(the_right(town, UNIT_2), status="ended"), {}, {}, ["right-ended"]),
    ("a stranger consents", nothing, {"consent": [ref("neighbour"), ref("owner")]}, {}, ["not-holder"]),
    ("the neighbour does not", nothing, {"consent": []}, {}, ["co-owner-consent"]),
    ("the land's term of one unit is over", expire(UNIT_2), {}, {}, ["land-term-over"]),
    ("one unit disputed", dispute(UNIT_2), {}, {}, ["disputed"]),
    ("one unit seized", partial(seized, unit=UNIT_2), {}, {}, ["seized"]),
    ("one unit frozen", freeze(UNIT_2), {}, {}, ["frozen"]),
    ("mortgagee is no bank", nothing, {}, {"mortgagee": R}, ["mortgagee-unknown", "mortgagee-did-not-sign"]),
    ("mortgagee did not sign", nothing, {}, {"mortgagee": B2}, ["mortgagee-did-not-sign"]),
    ("all at once", lambda town: (dispute(UNIT)(town), seized(town, unit=UNIT_2)), {"consent": []}, {"mortgagee": B2},
     ["co-owner-consent", "disputed", "seized", "mortgagee-did-not-sign"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "second", "changed", "expected"), [one[1:] for one in SET], ids=[one[0] for one in SET]
)
def test_set_joint(
    town: World, given: Given, second: dict[str, Any], changed: dict[str, Any], expected: list[str]
) -> None:
    pieces = [piece(town, UNIT), piece(town, UNIT_2, **second)]
    given(town)
    assert codes(signed(town, B1, joint_act(town, pieces=pieces, **changed))) == expected


def set_joint(town: World, **changed: Any) -> tuple[str, str, str]:
    """Enter a joint mortgage; return its id and the ids of its rows on UNIT and UNIT_2."""
    made = done(town, B1, joint_act(town, **changed)).result
    first, second = (one["id"] for one in made["mortgages"])
    return made["joint"][0], first, second


def test_a_joint_mortgage_has_a_row_and_a_rank_on_each_unit(town: World) -> None:
    earlier = town.mortgage(B2)
    made = done(town, B1, joint_act(town)).result
    joint, first, second = made["joint"][0], *(one["id"] for one in made["mortgages"])
    assert [one["rank"] for one in made["mortgages"]] == [2, 1]
    assert len({one["number"] for one in made["certificates"]}) == 2
    assert unit(town, UNIT).mortgages == (earlier, first)
    assert unit(town, UNIT_2).mortgages == (second,)
    assert [row(town, one).joint for one in (first, second)] == [joint, joint]
    assert town.one(Joint, joint).mortgages == (first, second)
    assert {unit(town, code).head for code in (UNIT, UNIT_2)} == {town.index - 1}


def test_it_moves_to_another_bank_on_every_unit(town: World) -> None:
    _, first, second = set_joint(town)
    move = {
        "act": "mortgage.transfer",
        "mortgage": second,
        "to": B2,
        "claim_assigned": True,
        "debtor_notified": True,
    }
    done(town, B1, move, by=(B2,))
    assert [row(town, one).mortgagee for one in (first, second)] == [B2, B2]


def test_a_maximum_claim_is_fixed_on_every_unit(town: World) -> None:
    _, first, second = set_joint(town, kind="maximum")
    made = done(town, B1, {"act": "mortgage.fix", "mortgage": first, "ground": "period-over"})
    assert made.result["fixed"] == [first, second]
    assert [row(town, one).kind for one in (first, second)] == ["ordinary", "ordinary"]


def test_one_unit_is_freed_and_the_other_secures_the_claim(town: World) -> None:
    joint, first, second = set_joint(town)
    later = town.mortgage(B2)
    free = {"act": "mortgage.discharge-joint", "joint": joint, "units": [UNIT]}
    assert done(town, B1, free).result == {
        "case": town.case(town.decisions[-1].result["case"]).number,
        "discharged": [first],
        "freed": [UNIT],
    }
    assert (row(town, first).status, row(town, second).status) == ("discharged", "active")
    assert (unit(town, UNIT).mortgages, row(town, later).rank) == ((later,), 1)
    assert codes(signed(town, B1, free)) == ["not-secured"]
    done(town, B1, {"act": "mortgage.discharge-joint", "joint": joint, "units": [UNIT_2]})
    assert codes(signed(town, B1, free)) == ["mortgage-discharged"]


def test_both_are_freed_at_once_or_each_by_its_row(town: World) -> None:
    joint, first, second = set_joint(town)
    done(town, B1, {"act": "mortgage.discharge-joint", "joint": joint, "units": [UNIT, UNIT_2]})
    assert [row(town, one).status for one in (first, second)] == ["discharged", "discharged"]
    _, first, second = set_joint(town)
    done(town, B1, {"act": "mortgage.discharge", "mortgage": first})
    assert [row(town, one).status for one in (first, second)] == ["discharged", "active"]


@pytest.mark.parametrize("freed", [(UNIT,), (UNIT, UNIT_2)], ids=["in part", "whole"])
def test_a_joint_discharge_declares_the_rows_that_it_ends(town: World, freed: tuple[str, ...]) -> None:
    joint, *_ = set_joint(town)
    ends_what_it_declares(town, {"act": "mortgage.discharge-joint", "joint": joint, "units": list(freed)})


def test_a_discharge_declares_the_row_that_it_ends(town: World) -> None:
    _, first, _ = set_joint(town)
    ends_what_it_declares(town, {"act": "mortgage.discharge", "mortgage": first})


def ends_what_it_declares(town: World, act: dict[str, Any]) -> None:
    """Enter a discharge; the mortgages that its row declares as ended are those that the entry discharged."""
    declared = ACTS[act["act"]].ends(town.register, typed([act])[0])
    assert declared
    assert list(declared) == done(town, B1, act).result["discharged"]


DISCHARGE: list[tuple[str, str, dict[str, Any], list[str]]] = [
    ("another bank", B2, {}, ["not-mortgagee"]),
    ("the registry alone", R, {}, ["not-mortgagee"]),
    ("an unknown joint mortgage", B1, {"joint": "M-9"}, ["mortgage-unknown"]),
    ("a unit that is not its security", B1, {"units": [LAND]}, ["not-secured"]),
    ("a unit twice", B1, {"units": [UNIT, UNIT]}, ["unit-repeated"]),
    ("under seizure", B1, {}, []),
]


@pytest.mark.parametrize(
    ("actor", "changed", "expected"), [one[1:] for one in DISCHARGE], ids=[one[0] for one in DISCHARGE]
)
def test_discharge_joint(town: World, actor: str, changed: dict[str, Any], expected: list[str]) -> None:
    joint, _, _ = set_joint(town)
    seized(town, unit=UNIT)
    act = {"act": "mortgage.discharge-joint", "joint": joint, "units": [UNIT], **changed}
    assert codes(signed(town, actor, act)) == expected


# ---- construction mortgages -----------------------------------------------------------------------------------------


def building_act(town: World, bank: str = B1, **changed: Any) -> dict[str, Any]:
    """Return a mortgage of the land and both buildings."""
    return {
        "act": "mortgage.set-construction",
        "unit": LAND,
        "right": f"R-{LAND}-1",
        "buildings": [TOWER, ANNEX],
        "mortgagee": bank,
        "kind": "ordinary",
        "no_transfer": False,
        "permits": True,
        "consent": [ref("developer")],
        **changed,
    }


def first_act(code: str) -> dict[str, Any]:
    """Return the first registration of a finished building."""
    return {
        "act": "unit.first",
        "unit": code,
        "use": "dwelling",
        "area_cm2": 900_000,
        "mode": "single",
        "holders": [holder(f"developer {code[-4:]}")],
    }


def applied_for(then: Given) -> Given:
    """The first registration of a building has been applied for; then something happens to the building."""

    def given(town: World) -> None:
        town.accepted(R, first_act(TOWER))
        then(town)

    return given


CONSTRUCTION: list[tuple[str, Given, dict[str, Any], list[str]]] = [
    ("as it should be", nothing, {}, []),
    ("unknown land", nothing, {"unit": f"{PARCEL[:-1]}8W00000000"}, ["unit-unknown", "right-unknown", "other-parcel"]),
    ("unknown right", nothing, {"right": "R-9"}, ["right-unknown"]),
    ("a right that ended", lambda town: town.change(the_right(town, LAND), status="ended"), {}, ["right-ended"]),
    ("a stranger consents", nothing, {"consent": [ref("developer"), ref("x")]}, ["not-holder"]),
    ("the developer does not", nothing, {"consent": []}, ["co-owner-consent"]),
    ("disputed land", dispute(LAND), {}, ["disputed"]),
    ("seized land", partial(seized, unit=LAND), {}, ["seized"]),
    ("frozen land", freeze(LAND), {}, ["frozen"]),
    ("a bad code", nothing, {"buildings": [f"{PARCEL}F00000001"]}, ["bad-unit-code"]),
    ("a building twice", nothing, {"buildings": [TOWER, TOWER]}, ["unit-repeated"]),
    ("a building elsewhere", nothing, {"buildings": ["441302001001GB00008F00010001"]}, ["other-parcel"]),
    ("a finished building", lambda town: done(town, R, first_act(TOWER)), {}, ["unit-registered"]),
    ("a disputed building", applied_for(dispute(TOWER)), {}, ["disputed"]),
    ("a frozen building", applied_for(freeze(TOWER)), {}, ["frozen"]),
    ("the land's term is over", expire(LAND), {}, ["land-term-over"]),
    ("applied for, not registered", lambda town: town.accepted(R, first_act(TOWER)), {}, []),
    ("no permits", nothing, {"permits": False}, ["permits-missing"]),
    ("no bank", nothing, {"mortgagee": R}, ["mortgagee-unknown", "mortgagee-did-not-sign"]),
    ("a bank that did not sign", nothing, {"mortgagee": B2}, ["mortgagee-did-not-sign"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "changed", "expected"), [one[1:] for one in CONSTRUCTION], ids=[one[0] for one in CONSTRUCTION]
)
def test_set_construction(town: World, given: Given, changed: dict[str, Any], expected: list[str]) -> None:
    given(town)
    assert codes(signed(town, B1, building_act(town, **changed))) == expected


def building(town: World, bank: str = B1, **changed: Any) -> str:
    """Enter a construction mortgage; return its id."""
    return str(done(town, bank, building_act(town, bank, **changed)).result["mortgages"][0]["id"])


def convert(mortgage: str, code: str = TOWER) -> dict[str, Any]:
    """Return a conversion of a construction mortgage."""
    return {"act": "mortgage.convert", "mortgage": mortgage, "unit": code}


def test_a_building_is_registered_and_carries_its_mortgage_in_one_case(town: World) -> None:
    mortgage = building(town)
    assert unit(town, TOWER).status == "pending"
    assert unit(town, TOWER).awaiting == (mortgage,)
    town.time += 400 * 24 * 3_600_000
    made = done(town, R, first_act(TOWER), convert(mortgage), by=(B1,)).result
    new = row(town, made["mortgages"][0]["id"])
    old = row(town, mortgage)
    assert (unit(town, TOWER).mortgages, unit(town, TOWER).awaiting) == ((new.id,), ())
    assert (new.mortgagee, new.rank, new.entered_on, new.joint) == (B1, 1, old.entered_on, mortgage)
    assert new.right == unit(town, TOWER).right
    assert (old.covers, old.status, unit(town, LAND).mortgages) == ((ANNEX,), "active", (mortgage,))
    done(town, R, first_act(ANNEX), convert(mortgage, ANNEX), by=(B1,))
    old = row(town, mortgage)
    assert (old.covers, old.status, unit(town, LAND).mortgages) == ((), "converted", ())
    assert len(town.one(Joint, mortgage).mortgages) == 3
    assert codes(signed(town, B1, convert(mortgage))) == ["mortgage-discharged"]


def test_the_rank_is_by_the_construction_mortgage_whatever_is_converted_first(town: World) -> None:
    first, second = building(town, B1), building(town, B2, buildings=[TOWER])
    done(town, R, first_act(TOWER))
    assert unit(town, TOWER).awaiting == (first, second)
    made = done(town, R, convert(second), by=(B2,)).result
    assert made["mortgages"][0]["rank"] == 1
    made = done(town, R, convert(first), by=(B1,)).result
    assert made["mortgages"][0]["rank"] == 1
    ranks = [row(town, one) for one in unit(town, TOWER).mortgages]
    assert [(one.mortgagee, one.rank) for one in ranks] == [(B1, 1), (B2, 2)]
    later = town.mortgage(B2, the_right(town, TOWER))
    assert row(town, later).rank == 3


def test_until_its_conversion_a_building_is_neither_sold_nor_mortgaged(town: World) -> None:
    mortgage = building(town)
    done(town, R, first_act(TOWER))
    found = the_right(town, TOWER)
    assert codes(town.apply(R, transfer_act(found))) == ["conversion-awaited"]
    assert codes(town.apply(B2, mortgage_act(found, B2))) == ["conversion-awaited"]
    both = joint_act(town, pieces=[piece(town, TOWER), piece(town, UNIT)])
    assert codes(signed(town, B1, both)) == ["conversion-awaited"]
    done(town, B1, convert(mortgage))
    assert codes(town.apply(R, transfer_act(found))) == []
    assert codes(town.apply(B2, mortgage_act(found, B2))) == []


def test_a_title_imported_where_one_builds_awaits_the_conversion(town: World) -> None:
    mortgage = building(town)
    town.title(TOWER, holders=[holder("developer")])
    assert unit(town, TOWER).awaiting == (mortgage,)
    done(town, B1, convert(mortgage))


CONVERT: list[tuple[str, Given, str, dict[str, Any], list[str]]] = [
    ("the building is finished", lambda town: done(town, R, first_act(TOWER)), B1, {}, []),
    ("it is not registered", nothing, B1, {}, ["unit-unknown"]),
    ("another bank", lambda town: done(town, R, first_act(TOWER)), B2, {}, ["not-mortgagee"]),
    ("the registry alone", lambda town: done(town, R, first_act(TOWER)), R, {}, ["not-mortgagee"]),
    ("an unknown mortgage", lambda town: done(town, R, first_act(TOWER)), B1, {"mortgage": "M-9"}, ["mortgage-unknown"]),
    ("a unit it does not cover", nothing, B1, {"unit": UNIT}, ["not-under-construction"]),
    ("the seized building", lambda town: (done(town, R, first_act(TOWER)), seized(town, unit=TOWER)), B1, {}, []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "actor", "changed", "expected"), [one[1:] for one in CONVERT], ids=[one[0] for one in CONVERT]
)
def test_convert(town: World, given: Given, actor: str, changed: dict[str, Any], expected: list[str]) -> None:
    mortgage = building(town)
    given(town)
    assert codes(signed(town, actor, {**convert(mortgage), **changed})) == expected


def test_an_ordinary_mortgage_is_not_converted(town: World) -> None:
    assert codes(signed(town, B1, convert(town.mortgage(B1), UNIT))) == ["not-under-construction"]


def test_a_building_is_freed_before_it_is_sold_in_advance(town: World) -> None:
    mortgage = building(town)
    free = {"act": "mortgage.discharge-joint", "joint": mortgage, "units": [TOWER]}
    assert done(town, B1, free).result["freed"] == [TOWER]
    assert (row(town, mortgage).covers, unit(town, TOWER).awaiting) == ((ANNEX,), ())
    assert codes(signed(town, B1, free)) == ["not-secured"]
    done(town, R, first_act(TOWER))
    assert codes(town.apply(R, transfer_act(the_right(town, TOWER)))) == []
    done(town, B1, {"act": "mortgage.discharge-joint", "joint": mortgage, "units": [LAND]})
    assert unit(town, ANNEX).awaiting == ()


def test_with_the_discharge_nothing_awaits_it(town: World) -> None:
    mortgage, other = building(town), building(town, B2)
    made = town.accepted(B1, {"act": "mortgage.discharge", "mortgage": mortgage})
    assert town.case(made).units == (LAND, TOWER, ANNEX)
    assert town.enter(made).outcome == "entered"
    assert unit(town, TOWER).awaiting == unit(town, ANNEX).awaiting == (other,)
    assert (row(town, mortgage).covers, row(town, other).rank) == ((), 1)


def test_it_moves_on_land_and_buildings_alike(town: World) -> None:
    mortgage = building(town)
    new = done(town, R, first_act(TOWER), convert(mortgage), by=(B1,)).result["mortgages"][0]["id"]
    move = {
        "act": "mortgage.transfer",
        "mortgage": new,
        "to": B2,
        "claim_assigned": True,
        "debtor_notified": True,
    }
    done(town, B1, move, by=(B2,))
    assert [row(town, one).mortgagee for one in (mortgage, new)] == [B2, B2]
    assert codes(signed(town, B1, convert(mortgage, ANNEX))) == ["unit-unknown", "not-mortgagee"]


def test_all_or_none_of_first_registration_and_conversion(town: World) -> None:
    mortgage = building(town)
    before = dict(town.register.items())
    refused = signed(town, R, first_act(TOWER), convert(mortgage))
    assert codes(refused) == ["not-mortgagee"]
    assert refused.reasons[0].at == {"act": 2}
    assert dict(town.register.items()) == before


# ---- joint by a split -----------------------------------------------------------------------------------------------


def split_act(town: World, code: str, *parts: str) -> dict[str, Any]:
    """Return a split into parts of the same holder."""
    found = the_right(town, code)
    share = found.holders[0].share
    made = [
        {"unit": one, "use": "dwelling", "area_cm2": 1, "holders": [{"ref": ref(one), "share": share}]}
        for one in parts
    ]
    return {
        "act": "unit.split",
        "unit": code,
        "right": found.id,
        "consent": [one.ref for one in found.holders],
        "parts": made,
    }


def test_what_a_split_unit_secured_its_parts_secure_jointly(town: World) -> None:
    mortgage = town.mortgage(B1)
    parts = (f"{UNIT[:-1]}8", f"{UNIT[:-1]}9")
    done(town, R, split_act(town, UNIT, *parts), by=(B1,))
    rows = [unit(town, code).mortgages[0] for code in parts]
    assert town.one(Joint, mortgage).mortgages == tuple(rows)
    done(town, B1, {"act": "mortgage.discharge-joint", "joint": mortgage, "units": [parts[0]]})
    assert [row(town, one).status for one in rows] == ["discharged", "active"]


def test_a_joint_mortgage_goes_on_in_the_parts_and_elsewhere(town: World) -> None:
    joint, first, second = set_joint(town)
    parts = (f"{UNIT[:-1]}8", f"{UNIT[:-1]}9")
    done(town, R, split_act(town, UNIT, *parts), by=(B1,))
    rows = [unit(town, code).mortgages[0] for code in parts]
    assert town.one(Joint, joint).mortgages == (first, second, *rows)
    move = {
        "act": "mortgage.transfer",
        "mortgage": second,
        "to": B2,
        "claim_assigned": True,
        "debtor_notified": True,
    }
    done(town, B1, move, by=(B2,))
    assert [row(town, one).mortgagee for one in (first, second, *rows)] == [B1, B2, B2, B2]


@pytest.mark.parametrize("code", [LAND, TOWER])
def test_nothing_is_split_or_merged_before_the_conversion(town: World, code: str) -> None:
    building(town)
    done(town, R, first_act(TOWER))
    parts = (f"{PARCEL}F00020001", f"{PARCEL}F00020002")
    assert codes(signed(town, R, split_act(town, code, *parts), by=(B1,))) == ["conversion-awaited"]
    sources = [piece(town, code), piece(town, UNIT)]
    merged = {
        "act": "unit.merge",
        "sources": sources,
        "into": parts[0],
        "use": "dwelling",
        "area_cm2": 1,
        "mode": "single",
        "holders": [holder("developer")],
    }
    assert codes(signed(town, R, merged, by=(B1,))) == ["conversion-awaited"]
