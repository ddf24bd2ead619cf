"""Pre-seizures of a unit that has yet to come into the debtor's name, and what becomes of them when it does."""

from typing import Any

import pytest

from dengbu.ledger.register.encumbrances import Seizure
from dengbu.ledger.register.records import Unit
from dengbu.ledger.rules import seizure_queue
from dengbu.ledger.transition import Decision
from tests.worlds import (
    DAY_MS,
    UNIT,
    UNIT_2,
    World,
    codes,
    holder,
    mortgage_act,
    ref,
    the_right,
    transfer_act,
    world,
)

R, B1, B2, C1, C2 = "hz-registry", "bank-a", "bank-b", "court-1", "court-2"
UNTIL = "2027-06-30"


@pytest.fixture
def town() -> World:
    """A network with two courts; a developer holds UNIT, and UNIT_2 is not registered."""
    made = world()
    made.title(UNIT, holders=[holder("developer")])
    made.court(C1)
    made.court(C2)
    return made


def pre_seize(town: World, by: str = C1, **changed: str) -> Decision:
    """Have a court seize UNIT_2 before it is the debtor's; return the decision."""
    data = {"unit": UNIT_2, "debtor": ref("debtor"), "document": "预1号", "until": UNTIL, **changed}
    return town.do(by, "court.pre-seize", data)


def pre_seized(town: World, by: str = C1, **changed: str) -> str:
    """Pre-seize UNIT_2, which must succeed; return the seizure's id."""
    done = pre_seize(town, by, **changed)
    assert done.outcome == "recorded", codes(done)
    return str(done.result["seizure"])


def first_act(*who: str) -> dict[str, Any]:
    """Return the first registration of UNIT_2."""
    mode = "single" if len(who) == 1 else "joint"
    return {
        "act": "unit.first",
        "unit": UNIT_2,
        "use": "dwelling",
        "area_cm2": 900_000,
        "mode": mode,
        "holders": [holder(one) for one in who],
    }


def queue(town: World, unit: str = UNIT_2) -> list[tuple[str, str, str]]:
    """Return the unit's seizures now: court, kind, status."""
    live = seizure_queue.queue(town.register, town.one(Unit, unit), town.time)
    return [(one.court, one.kind, one.status) for one in live]


def kind(town: World, seizure: str) -> str:
    """Return the stored kind of a seizure."""
    return str(town.one(Seizure, seizure).kind)


@pytest.mark.parametrize(
    ("what", "changed", "expected"),
    [
        ("as it should be", {}, []),
        ("a bad code", {"unit": "441302001001GB00000F00010001"}, ["bad-unit-code"]),
        ("another registry's unit", {"unit": "441303001001GB00001F00010001"}, ["not-competent"]),
        ("the same paper again", {"document": "预0号"}, ["seizure-repeated"]),
        ("until today", {"until": "2026-11-22"}, ["seizure-term-past"]),
        ("a day over three years", {"until": "2029-11-23"}, ["seizure-term-too-long"]),
        ("all at once", {"document": "预0号", "until": "2030-01-01"}, ["seizure-repeated", "seizure-term-too-long"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_pre_seize(town: World, what: str, changed: dict[str, str], expected: list[str]) -> None:
    pre_seized(town, document="预0号")
    before = dict(town.register.items())
    assert codes(pre_seize(town, **changed)) == expected
    assert expected == [] or dict(town.register.items()) == before


def test_a_retired_unit_comes_into_nobodys_name(town: World) -> None:
    town.change(town.one(Unit, UNIT), status="retired")
    assert codes(pre_seize(town, unit=UNIT)) == ["unit-retired"]


def test_a_unit_that_nobody_knows_waits_for_the_court(town: World) -> None:
    done = pre_seize(town)
    assert done.result["kind"] == "pre-seizure"
    assert (done.result["status"], done.result["waiting_behind"]) == ("effective", 0)
    assert town.one(Unit, UNIT_2).status == "pending"
    assert pre_seize(town, C2).result["status"] == "waiting"
    data = {"unit": UNIT_2, "document": "1号", "until": UNTIL}
    assert codes(town.do(C2, "court.seize", data)) == ["unit-unknown"]


def test_it_is_a_seizure_from_the_first_registration_in_the_debtors_name(town: World) -> None:
    first, second = pre_seized(town), pre_seized(town, C2)
    town.entered(R, first_act("debtor", "spouse"))
    assert queue(town) == [(C1, "seizure", "effective"), (C2, "seizure", "waiting")]
    assert (kind(town, first), kind(town, second)) == ("seizure", "seizure")
    found = the_right(town, UNIT_2)
    assert codes(town.apply(R, transfer_act(found))) == ["seized"]
    assert codes(town.apply(R, transfer_act(found, "debtor"))) == ["seized"]


def test_an_imported_title_of_the_debtor_converts_it_too(town: World) -> None:
    seizure = pre_seized(town)
    town.title(UNIT_2, holders=[holder("debtor")])
    assert kind(town, seizure) == "seizure"
    assert queue(town) == [(C1, "seizure", "effective")]


def test_registered_for_another_the_unit_may_come_to_the_debtor_alone(town: World) -> None:
    seizure = pre_seized(town)
    town.entered(R, first_act("developer"))
    assert queue(town) == [(C1, "pre-seizure", "effective")]
    found = the_right(town, UNIT_2)
    assert codes(town.apply(R, transfer_act(found, "somebody"))) == ["seized"]
    assert codes(town.apply(B1, mortgage_act(found))) == ["seized"]
    case = town.accepted(R, transfer_act(found, "debtor"))
    town.clear(case)
    assert town.enter(case).outcome == "entered"
    assert kind(town, seizure) == "seizure"
    assert codes(town.apply(R, transfer_act(the_right(town, UNIT_2), "somebody"))) == ["seized"]


def test_the_debtor_may_be_one_of_the_buyers(town: World) -> None:
    pre_seized(town, unit=UNIT)
    both = {"mode": "joint", "holders": [holder("debtor"), holder("spouse")]}
    assert codes(town.apply(R, transfer_act(the_right(town, UNIT), **both))) == []


def test_of_what_is_the_debtors_already_it_is_a_seizure(town: World) -> None:
    done = pre_seize(town, unit=UNIT, debtor=ref("developer"))
    assert done.result["kind"] == "seizure"
    assert queue(town, UNIT) == [(C1, "seizure", "effective")]


def test_behind_a_pre_seizure_a_seizure_waits_and_moves_up(town: World) -> None:
    first = pre_seized(town, unit=UNIT)
    data = {"unit": UNIT, "document": "1号", "until": "2028-11-22"}
    assert town.do(C2, "court.seize", data).result["status"] == "waiting"
    assert codes(town.apply(R, transfer_act(the_right(town, UNIT), "debtor"))) == []
    town.do(C1, "court.release", {"seizure": first, "document": "解1号"})
    assert queue(town, UNIT) == [(C2, "seizure", "effective")]
    assert codes(town.apply(R, transfer_act(the_right(town, UNIT), "debtor"))) == ["seized"]


def test_it_lapses_and_is_renewed_like_a_seizure(town: World) -> None:
    lapsing = pre_seized(town, until="2026-11-30")
    renewed = pre_seized(town, unit=UNIT, until="2026-11-30")
    done = town.do(C1, "court.renew", {"seizure": renewed, "document": "续1号", "until": UNTIL})
    assert done.outcome == "recorded", codes(done)
    town.time += 9 * DAY_MS
    assert (queue(town, UNIT_2), queue(town, UNIT)) == ([], [(C1, "pre-seizure", "effective")])
    town.entered(R, first_act("debtor"))
    assert town.one(Seizure, lapsing).status == "lapsed"
    assert codes(town.apply(R, transfer_act(the_right(town, UNIT_2)))) == []


def test_what_is_seized_in_advance_is_not_made_of_parts_nor_mortgaged_as_a_building_site(town: World) -> None:
    pre_seized(town)
    found = the_right(town, UNIT)
    parts = [
        {"unit": code, "use": "shop", "area_cm2": 1, "holders": [holder("developer")]}
        for code in (UNIT_2, f"{UNIT[:-1]}9")
    ]
    split = {
        "act": "unit.split",
        "unit": UNIT,
        "right": found.id,
        "consent": [ref("developer")],
        "parts": parts,
    }
    assert codes(town.apply(R, split)) == ["unit-registered"]
    site = {
        "act": "mortgage.set-construction",
        "unit": UNIT,
        "right": found.id,
        "buildings": [UNIT_2],
        "mortgagee": B1,
        "kind": "ordinary",
        "no_transfer": False,
        "permits": True,
        "consent": [ref("developer")],
    }
    assert codes(town.apply(B1, site)) == ["seized"]


def test_the_mortgagee_of_an_open_maximum_claim_is_told(town: World) -> None:
    mortgage = town.mortgage(B2, the_right(town, UNIT), kind="maximum")
    town.mortgage(B1, the_right(town, UNIT))
    data = {"unit": UNIT, "document": "1号", "until": UNTIL}
    told = town.do(C1, "court.seize", data).result["maximum"]
    assert told == [{"mortgage": mortgage, "mortgagee": B2}]
