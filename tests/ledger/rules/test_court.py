"""Seizures: queue by service, terms, lapse without an event, promotion and release; and that they stop a transfer."""

from datetime import UTC, datetime
from functools import partial

import pytest

from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register.encumbrances import Seizure
from dengbu.ledger.register.members import Institution
from dengbu.ledger.register.records import Case, Unit
from dengbu.ledger.rules import seizure_queue
from dengbu.ledger.transition import Decision
from tests import worlds
from tests.worlds import UNIT, UNIT_2, World, codes, mortgage_act, the_right, transfer_act, world

C1, C2 = "court-1", "court-2"
UNTIL = "2027-06-30"
seize, seized = (partial(one, until=UNTIL, document="1号") for one in (worlds.seize, worlds.seized))
NOBODY = "S-999"


@pytest.fixture
def town() -> World:
    """A network with two courts and a title on UNIT; the day is 2026-11-22."""
    made = world()
    made.title()
    made.court(C1)
    made.court(C2)
    return made


@pytest.mark.parametrize("document", ["", " ", " 1号", "1号 ", "\t", "1号\n", "1" * 65])
def test_a_papers_number_is_a_number(town: World, document: str) -> None:
    with pytest.raises(NotAdmitted) as caught:
        seize(town, document=document)
    assert (caught.value.code, caught.value.where) == (Code.MALFORMED_DATA, "/body/data/document")
    assert seize(town, document="(2026)粤1302执 1号之一").outcome == "recorded"


def release(town: World, seizure: str, by: str = C1) -> Decision:
    """Have a court release a seizure; return the decision."""
    return town.do(by, "court.release", {"seizure": seizure, "document": "解1号"})


def renew(town: World, seizure: str, until: str, by: str = C1) -> Decision:
    """Have a court renew a seizure; return the decision."""
    return town.do(by, "court.renew", {"seizure": seizure, "document": "续1号", "until": until})


def move_to(town: World, day: str, hour: int = 0) -> None:
    """Move the clock to an hour of a day in China."""
    town.time = int(datetime.fromisoformat(f"{day}T{hour:02}:00:00+08:00").astimezone(UTC).timestamp()) * 1000


def unit(town: World) -> Unit:
    """Return UNIT as it is stored."""
    found = town.one(Unit, UNIT)
    assert isinstance(found, Unit)
    return found


def standing(town: World) -> list[tuple[str, str, str]]:
    """Return who seizes UNIT now: court, status, last day."""
    return [
        (one.court, one.status, one.until)
        for one in seizure_queue.queue(town.register, unit(town), town.time)
    ]


def stored(town: World, seizure: str) -> str:
    """Return the stored status of a seizure."""
    return str(town.one(Seizure, seizure).status)


# ---- service and queue --------------------------------------------------------------------------------------------


def test_the_first_served_binds_and_the_others_wait_in_order(town: World) -> None:
    first = seize(town)
    assert (first.result["status"], first.result["waiting_behind"]) == ("effective", 0)
    second, third = seize(town, C2), seize(town, C1, document="2号")
    assert [(one.result["status"], one.result["waiting_behind"]) for one in (second, third)] == [
        ("waiting", 1),
        ("waiting", 2),
    ]
    assert [one for one, _, _ in standing(town)] == [C1, C2, C1]
    assert unit(town).head == town.index - 1


@pytest.mark.parametrize(
    ("what", "data", "expected"),
    [
        ("an unknown unit", {"unit": UNIT_2}, ["unit-unknown"]),
        ("a right that has ended", {"right": "R-0"}, ["not-debtor-property"]),
        ("until today", {"until": "2026-11-22"}, ["seizure-term-past"]),
        ("until a day before", {"until": "2020-01-01"}, ["seizure-term-past"]),
        ("until no day", {"until": "2027-02-29"}, ["seizure-term-past"]),
        ("a day over three years", {"until": "2029-11-23"}, ["seizure-term-too-long"]),
        ("four years on a stranger's unit", {"unit": UNIT_2, "right": "R-0", "until": "2030-01-01"},
         ["unit-unknown", "seizure-term-too-long"]),
        ("the same paper again", {"document": "0号"}, ["seizure-repeated"]),
        ("all that can be wrong", {"document": "0号", "right": "R-0", "until": "2030-01-01"},
         ["not-debtor-property", "seizure-repeated", "seizure-term-too-long"]),
        ("three years to the day", {"until": "2029-11-22"}, []),
        ("until tomorrow", {"until": "2026-11-23"}, []),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_seize(town: World, what: str, data: dict[str, str], expected: list[str]) -> None:
    seized(town, document="0号")
    before = dict(town.register.items())
    done = town.do(C1, "court.seize", {"unit": UNIT, "document": "1号", "until": UNTIL, **data})
    assert codes(done) == expected
    assert expected == [] or dict(town.register.items()) == before


def test_the_same_paper_number_of_another_court_is_another_paper(town: World) -> None:
    seized(town, C1)
    assert seize(town, C2).outcome == "recorded"


def test_a_unit_not_yet_registered_cannot_be_seized(town: World) -> None:
    town.change(unit(town), status="pending")
    assert codes(seize(town)) == ["unit-unknown"]


def test_a_unit_just_transferred_is_no_longer_the_debtors(town: World) -> None:
    old = the_right(town)
    case = town.accepted("hz-registry", transfer_act(old))
    town.clear(case)
    assert town.enter(case).outcome == "entered"
    assert codes(seize(town, right=old.id)) == ["not-debtor-property"]
    assert seize(town, right=the_right(town).id).outcome == "recorded"


# ---- lapse --------------------------------------------------------------------------------------------------------


def test_the_last_day_counts_and_the_seizure_lapses_with_it(town: World) -> None:
    seizure = seized(town, until="2027-06-30")
    move_to(town, "2027-06-30", hour=23)
    found = seizure_queue.effective_seizure(town.register, unit(town), town.time)
    assert found is not None
    assert found.id == seizure
    move_to(town, "2027-07-01")
    assert seizure_queue.effective_seizure(town.register, unit(town), town.time) is None
    assert stored(town, seizure) == "effective", "time alone writes nothing"


def test_what_waits_moves_up_the_day_after_with_its_own_term(town: World) -> None:
    seized(town, C1, until="2027-06-30")
    seized(town, C2, until="2027-02-20")  # ordered for 90 days; waiting uses none of them up
    move_to(town, "2027-06-30")
    assert standing(town) == [(C1, "effective", "2027-06-30"), (C2, "waiting", "2027-02-20")]
    move_to(town, "2027-07-01")
    assert standing(town) == [(C2, "effective", "2027-09-29")]
    move_to(town, "2027-09-30")
    assert standing(town) == []


def test_several_lapse_one_after_the_other(town: World) -> None:
    for number, by in enumerate((C1, C2, C1), 1):
        seized(town, by, until="2026-12-22", document=f"{number}号")  # 30 days each
    move_to(town, "2027-02-20")
    assert standing(town) == [(C1, "effective", "2027-02-22")]
    move_to(town, "2027-02-23")
    assert standing(town) == []


def test_a_promoted_seizure_lasts_no_longer_than_three_years(town: World) -> None:
    move_to(town, "2027-12-01")
    seized(town, C1, until="2028-12-31")
    seized(town, C2, until="2030-12-01")  # 1096 days, a leap day among them
    move_to(town, "2029-01-01")
    assert standing(town) == [(C2, "effective", "2032-01-01")]


def test_the_next_event_on_the_unit_stores_what_time_has_done(town: World) -> None:
    first, second = seized(town, C1), seized(town, C2, until="2029-11-22")
    move_to(town, "2027-07-01")
    third = seized(town, C1, document="3号", until="2028-01-01")
    assert [stored(town, one) for one in (first, second, third)] == ["lapsed", "effective", "waiting"]
    assert unit(town).seizures == (second, third)


def test_refresh_writes_what_has_changed_and_nothing_else(town: World) -> None:
    first, second = seized(town, C1), seized(town, C2)
    assert seizure_queue.refresh(town.register, unit(town), town.time) == ()
    move_to(town, "2027-07-01")
    records = seizure_queue.refresh(town.register, unit(town), town.time)
    assert [(one.TABLE, one.key) for one in records] == [
        ("seizure", first),
        ("seizure", second),
        ("unit", UNIT),
    ]
    town.register.apply(records)
    assert seizure_queue.refresh(town.register, unit(town), town.time) == ()


def test_an_entry_on_the_unit_stores_the_lapse(town: World) -> None:
    seizure = seized(town)
    move_to(town, "2027-07-01")
    town.mortgage()
    assert stored(town, seizure) == "lapsed"
    assert unit(town).seizures == ()


# ---- release and renewal ------------------------------------------------------------------------------------------


def test_release_moves_the_queue_up_from_the_day_of_release(town: World) -> None:
    first, second, third = (
        seized(town, C1),
        seized(town, C2, until="2026-12-22"),
        seized(town, C1, document="3号"),
    )
    done = release(town, first)
    assert done.result == {"seizure": first, "unit": UNIT, "effective": second}
    assert [stored(town, one) for one in (first, second, third)] == ["released", "effective", "waiting"]
    assert standing(town)[0] == (C2, "effective", "2026-12-22")
    move_to(town, "2026-12-20")
    assert release(town, second, C2).result["effective"] == third


def test_release_of_one_that_waits_leaves_the_effective_one(town: World) -> None:
    first, second = seized(town, C1), seized(town, C2)
    assert release(town, second, C2).result["effective"] == first
    assert standing(town) == [(C1, "effective", UNTIL)]
    assert "effective" not in release(town, first).result
    assert standing(town) == []


@pytest.mark.parametrize(
    ("what", "by", "day", "named", "expected"),
    [
        ("no such seizure", C1, "2026-11-22", NOBODY, ["seizure-unknown"]),
        ("another court", C2, "2026-11-22", None, ["not-seizing-court"]),
        ("lapsed", C1, "2027-07-01", None, ["seizure-ended"]),
        ("another court, lapsed", C2, "2027-07-01", None, ["not-seizing-court", "seizure-ended"]),
        ("on the last day", C1, "2027-06-30", None, []),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_release(town: World, what: str, by: str, day: str, named: str | None, expected: list[str]) -> None:
    seizure = seized(town)
    move_to(town, day, hour=12)
    assert codes(release(town, named or seizure, by)) == expected


def test_a_seizure_is_released_once(town: World) -> None:
    seizure = seized(town)
    release(town, seizure)
    assert codes(release(town, seizure)) == ["seizure-ended"]
    assert codes(renew(town, seizure, "2028-01-01")) == ["seizure-ended"]


@pytest.mark.parametrize(
    ("what", "by", "day", "until", "named", "expected"),
    [
        ("no such seizure", C1, "2026-12-01", "2028-01-01", NOBODY, ["seizure-unknown"]),
        ("another court", C2, "2026-12-01", "2028-01-01", None, ["not-seizing-court"]),
        ("after expiry", C1, "2027-07-01", "2028-01-01", None, ["seizure-ended"]),
        ("to the same day", C1, "2026-12-01", UNTIL, None, ["seizure-term-past"]),
        ("to an earlier day", C1, "2026-12-01", "2027-01-01", None, ["seizure-term-past"]),
        ("to no day", C1, "2026-12-01", "2027-13-01", None, ["seizure-term-past"]),
        ("three years and a day more", C1, "2026-12-01", "2030-07-01", None, ["seizure-term-too-long"]),
        ("another court, too long", C2, "2026-12-01", "2030-07-01", None,
         ["not-seizing-court", "seizure-term-too-long"]),
        ("three years more", C1, "2026-12-01", "2030-06-30", None, []),
        ("on the last day", C1, "2027-06-30", "2028-01-01", None, []),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_renew(
    town: World, what: str, by: str, day: str, until: str, named: str | None, expected: list[str]
) -> None:
    seizure = seized(town)
    seized(town, C2)
    move_to(town, day, hour=12)
    done = renew(town, named or seizure, until, by)
    assert codes(done) == expected
    if not expected:
        assert standing(town)[0] == (C1, "effective", until)
        assert unit(town).seizures[0] == seizure, "the rank stays"


def test_a_waiting_seizure_has_no_term_to_renew(town: World) -> None:
    seized(town, C1)
    waiting = seized(town, C2)
    assert codes(renew(town, waiting, "2028-01-01", C2)) == ["seizure-waits"]


# ---- what a seizure stops -----------------------------------------------------------------------------------------


def test_a_seizure_stops_an_open_transfer_until_it_is_released(town: World) -> None:
    case = town.accepted("hz-registry", transfer_act(the_right(town)))
    town.clear(case)
    seizure = seized(town)
    stopped = town.enter(case)
    assert codes(stopped) == ["seized"]
    assert [one.id for one in stopped.reasons[0].law] == ["URE-38-2", "SEAL-23"]
    assert town.one(Case, case).state == "accepted"
    release(town, seizure)
    assert town.enter(case).outcome == "entered"


def test_with_a_queue_the_next_court_binds_when_the_first_lapses(town: World) -> None:
    act = transfer_act(the_right(town))
    seized(town, C1)
    seized(town, C2)
    move_to(town, "2027-07-01")
    assert codes(town.apply("hz-registry", act)) == ["seized"]
    move_to(town, "2028-07-01")
    assert town.apply("hz-registry", act).outcome == "accepted"


def test_a_seized_unit_takes_no_mortgage_but_a_discharge(town: World) -> None:
    mortgage = town.mortgage()
    seized(town)
    assert codes(town.apply("bank-b", mortgage_act(the_right(town), "bank-b"))) == ["seized"]
    town.entered("bank-a", {"act": "mortgage.discharge", "mortgage": mortgage})


def test_a_suspended_court_seizes_nothing(town: World) -> None:
    town.change(town.one(Institution, C1), status="suspended")
    assert codes(seize(town)) == ["institution-suspended"]
