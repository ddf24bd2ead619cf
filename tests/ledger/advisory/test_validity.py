"""Who owned a unit on a day: by valid time, as the register knows it at different recorded times."""

from datetime import date, timedelta

import pytest

from dengbu.ledger.advisory.validity import owned_on
from dengbu.ledger.law.calendar import legal_date
from dengbu.ledger.register.records import Right, Unit
from tests.ledger.recorded import Recorded, recorded
from tests.worlds import DAY_MS, UNIT, codes, holder, ref, transfer_act

R = "hz-registry"
IMPORTED = date(2020, 5, 6)


@pytest.fixture
def town() -> Recorded:
    """An imported title of the owner, registered in the old book in 2020."""
    made = recorded()
    made.title()
    return made


def today(town: Recorded) -> date:
    """Return the day in China that the next entry will have."""
    return legal_date(town.time)


def owner(town: Recorded, day: date) -> str | None:
    """Return the reference of whoever owned the unit at the end of a day, as the register knows now."""
    unit = town.one(Unit, UNIT)
    right = owned_on(town.register, unit, day, lambda index: legal_date(town.entries[index].time))
    return right.holders[0].ref if right else None


def sold(town: Recorded) -> date:
    """Enter a sale by the owner to a buyer; return the day."""
    case = town.accepted(R, transfer_act(town.one(Right, f"R-{UNIT}-1"), "buyer"))
    town.clear(case)
    day = today(town)
    assert codes(town.enter(case)) == []
    return day


def test_an_imported_right_holds_from_its_day_in_the_old_book(town: Recorded) -> None:
    assert owner(town, IMPORTED - timedelta(days=1)) is None
    assert owner(town, IMPORTED) == ref("owner")
    assert owner(town, today(town)) == ref("owner")


def test_a_transfer_holds_from_the_day_of_its_entry(town: Recorded) -> None:
    town.time += 3 * DAY_MS
    day = sold(town)
    town.time += 3 * DAY_MS
    assert owner(town, day - timedelta(days=1)) == ref("owner")
    assert owner(town, day) == owner(town, day + timedelta(days=9)) == ref("buyer")


def test_who_was_entered_by_mistake_owned_nothing_once_that_is_known(town: Recorded) -> None:
    day = sold(town)
    town.time += 5 * DAY_MS
    assert owner(town, day) == ref("buyer")
    mistaken = town.one(Right, f"R-{UNIT}-2")
    act = {
        "act": "correction",
        "unit": UNIT,
        "right": mistaken.id,
        "consent": [ref("buyer")],
        "owners": {"mode": "single", "holders": [holder("true buyer")]},
    }
    town.entered(R, act)
    assert town.one(Right, mistaken.id).status == "corrected"
    assert owner(town, day - timedelta(days=1)) == ref("owner")
    assert owner(town, day) == owner(town, today(town)) == ref("true buyer")


def test_a_mistake_that_was_mended_wrongly_counts_from_the_first(town: Recorded) -> None:
    for nth, who in enumerate(("second", "third"), 1):
        town.time += DAY_MS
        wrong = town.one(Right, f"R-{UNIT}-{nth}")
        owners = {"mode": "single", "holders": [holder(who)]}
        act = {"act": "correction", "unit": UNIT, "right": wrong.id, "owners": owners}
        town.entered(R, {**act, "consent": [wrong.holders[0].ref]})
    assert owner(town, IMPORTED) == owner(town, today(town)) == ref("third")
    assert owner(town, IMPORTED - timedelta(days=1)) is None


def test_nobody_owns_a_unit_that_is_lost_from_that_day_on(town: Recorded) -> None:
    town.time += 3 * DAY_MS
    day = today(town)
    act = {"act": "unit.deregister", "unit": UNIT, "right": f"R-{UNIT}-1", "cause": "loss"}
    town.entered(R, {**act, "consent": [ref("owner")]})
    assert owner(town, day - timedelta(days=1)) == ref("owner")
    assert owner(town, day) is None
