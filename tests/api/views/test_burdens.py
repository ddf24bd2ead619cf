"""What lies on a unit, by viewer and time: everything lapses by the time of reading, with no event in between."""

from datetime import date
from typing import Any

import pytest

from dengbu.api.views.views import Viewer
from dengbu.ledger.law.calendar import midnight
from dengbu.ledger.register.records import Unit
from tests.worlds import UNIT, World, codes, ref, the_right, world

R, B1, B2, C1 = "hz-registry", "bank-a", "bank-b", "court-1"
ROLES = {R: "registry", B1: "bank", B2: "bank", C1: "court", "hz-tax": "tax"}
LYING = ("marks", "objections", "notices", "orders", "usufructs")


@pytest.fixture
def town() -> World:
    """A dwelling with a mortgage of bank A, and a court; it is Sunday, 2026-11-22."""
    made = world(holidays=("2026-12-07", "2026-12-08"))
    made.title()
    made.court()
    made.mortgage()
    return made


def seen(town: World, by: str, time: int | None = None) -> dict[str, Any]:
    """Return the unit as an institution sees it at an instant."""
    shown = Viewer(by, ROLES[by], town.register, town.time if time is None else time).unit(UNIT)
    assert shown is not None
    return shown


def day(text: str) -> int:
    """Return the first instant of a day in China."""
    return midnight(date.fromisoformat(text))


def object_to(town: World) -> str:
    """Note a neighbour's objection; its fifteen days, extended by two holidays, end with 2026-12-09. Return its id."""
    right = town.one(Unit, UNIT).right
    act = {
        "act": "objection.note",
        "unit": UNIT,
        "right": right,
        "objector": ref("z"),
        "ground": "owner-wrong",
    }
    return str(town.entered(R, {**act, "refused": True, "shown": True}).result["objections"][0])


def promise(town: World) -> str:
    """Register an advance notice of a sale; return its id."""
    right = town.one(Unit, UNIT).right
    act = {"act": "notice.set", "kind": "sale", "unit": UNIT, "right": right, "beneficiary": ref("x")}
    return str(town.entered(R, {**act, "consent": [ref("owner")]}).result["notices"][0])


def freeze(town: World, until: str | None = None) -> None:
    """Have a court freeze the unit."""
    more = {"until": until} if until else {}
    done = town.do(C1, "mark.set", {"unit": UNIT, "kind": "freeze", "document": "(2026)1", **more})
    assert done.outcome == "recorded", codes(done)


def inhabit(town: World, until: str) -> None:
    """Register a right of habitation that lasts until a day."""
    right = town.one(Unit, UNIT).right
    act = {"act": "habitation.set", "unit": UNIT, "right": right, "ground": "contract"}
    act |= {"taker": "person", "beneficiaries": [ref("guest")]}
    done = town.entered(R, {**act, "consent": [ref("owner")], "until": until})
    assert done.outcome == "entered"


def test_an_objection_ends_with_its_last_day_at_the_reading_moment(town: World) -> None:
    noted, head = object_to(town), town.one(Unit, UNIT).head
    for by in (R, B1, B2):
        assert seen(town, by, day("2026-12-10") - 1)["flags"]["objected"] is True
        assert seen(town, by, day("2026-12-10"))["flags"]["objected"] is False
    assert [one["id"] for one in seen(town, B1)["objections"]] == [noted]
    assert seen(town, B1, day("2026-12-10"))["objections"] == []
    assert town.one(Unit, UNIT).head == head, "nothing was entered meanwhile"


def test_a_suit_keeps_it(town: World) -> None:
    noted = object_to(town)
    done = town.do(R, "objection.suit", {"objection": noted, "document": "(2026)2"})
    assert done.outcome == "recorded", codes(done)
    assert seen(town, B2, day("2027-12-10"))["flags"]["objected"] is True


def test_a_notice_ends_ninety_days_after_it_is_ripe(town: World) -> None:
    noted = promise(town)
    assert seen(town, B2, day("2036-01-01"))["flags"]["promised"] is True, "as long as nobody states the day"
    done = town.do(R, "notice.ripen", {"notice": noted, "on": "2026-11-22"})
    assert done.outcome == "recorded", codes(done)
    assert (
        seen(town, B2, day("2027-02-23") - 1)["flags"]["promised"] is True
    )  # the 90th day is Saturday the 20th
    assert seen(town, B2, day("2027-02-23"))["flags"]["promised"] is False
    assert seen(town, R, day("2027-02-23"))["notices"] == []


def test_a_freeze_and_a_habitation_end_with_their_days(town: World) -> None:
    inhabit(town, "2026-12-31")
    freeze(town, "2026-12-24")
    then, later, last = (
        seen(town, B2, day(text))["flags"] for text in ("2026-12-24", "2026-12-25", "2027-01-01")
    )
    assert (then["frozen"], then["encumbered"]) == (True, True)
    assert (later["frozen"], later["encumbered"]) == (False, True)
    assert (last["frozen"], last["encumbered"]) == (False, False)
    assert seen(town, R, day("2027-01-01"))["usufructs"] == []


def test_the_seizure_that_waits_binds_from_the_day_after(town: World) -> None:
    for paper, until in (("(2026)1", "2026-11-30"), ("(2026)2", "2027-11-22")):
        done = town.do(C1, "court.seize", {"unit": UNIT, "document": paper, "until": until})
        assert done.outcome == "recorded", codes(done)
    papers = [
        [(one["document"], one["status"]) for one in seen(town, R, day(text))["seizures"]]
        for text in ("2026-11-30", "2026-12-01", "2027-12-02")
    ]
    assert papers == [[("(2026)1", "effective"), ("(2026)2", "waiting")], [("(2026)2", "effective")], []]
    assert seen(town, B2, day("2027-12-02"))["flags"]["seized"] is False


def test_others_see_what_binds_them_and_not_whose_it_is(town: World) -> None:
    promised, noted = promise(town), object_to(town)
    freeze(town)
    own, other, registry = seen(town, C1), seen(town, B1), seen(town, R)
    assert "marks" not in own, "a court that has not seized the unit sees flags"
    assert other["objections"] == [{"id": noted, "entered_on": "2026-11-22"}]
    assert other["notices"] == [{"id": promised, "kind": "sale", "entered_on": "2026-11-22"}]
    assert other["marks"] == [{"kind": "freeze", "until": None}]
    assert ref("z") not in str(other)
    assert ref("x") not in str(other)
    assert (registry["objections"][0]["objector"], registry["marks"][0]["institution"]) == (ref("z"), C1)
    assert set(seen(town, B2)) == {"code", "flags"}


def test_who_set_a_mark_sees_it_in_full(town: World) -> None:
    freeze(town)
    done = town.do(C1, "court.seize", {"unit": UNIT, "document": "(2026)1", "until": "2027-01-31"})
    assert done.outcome == "recorded", codes(done)
    assert seen(town, C1)["marks"][0]["document"] == "(2026)1"


def test_a_courts_order_shows(town: World) -> None:
    right = the_right(town)
    data = {"unit": UNIT, "right": right.id, "document": "(2026)9", "mode": "single"}
    done = town.do(C1, "court.order", {**data, "holders": [{"ref": ref("w"), "share": "1/1"}]})
    assert done.outcome == "recorded", codes(done)
    assert seen(town, B2)["flags"]["ordered"] is True
    assert [set(one) for one in seen(town, B1)["orders"]] == [{"id"}]
    assert seen(town, R)["orders"][0]["court"] == C1


def test_a_unit_without_anything_has_empty_lists(town: World) -> None:
    shown = seen(town, B1)
    assert [shown[name] for name in LYING] == [[]] * len(LYING)
    assert not any(
        shown["flags"][name] for name in ("frozen", "objected", "promised", "encumbered", "ordered")
    )
