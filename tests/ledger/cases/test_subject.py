"""The case and the units that an event is about, whatever it names and however it was decided."""

from typing import Any

import pytest

from dengbu.ledger.cases.subject import case_number, units_about
from tests.ledger.plays import C1, PAPER, discharge, sale, town_of
from tests.worlds import UNIT, World

OTHER = UNIT[:-1] + "2"


@pytest.fixture
def town() -> World:
    return town_of()


@pytest.mark.parametrize(
    ("data", "result", "expected"),
    [
        ({}, {}, None),
        ({"case": "C-1"}, {}, "C-1"),
        ({}, {"case": "C-2"}, "C-2"),
        ({"case": "C-1"}, {"case": "C-2"}, "C-2"),
        ({"case": 7}, {}, None),
        ({"case": ["C-1"]}, {"case": None}, None),
    ],
)
def test_the_case_is_the_one_that_the_event_opens_or_names(
    data: dict[str, Any], result: dict[str, Any], expected: str | None
) -> None:
    assert case_number(data, result) == expected


@pytest.mark.parametrize(
    ("data", "result", "expected"),
    [
        ({"unit": OTHER}, {}, (OTHER,)),
        ({}, {"unit": OTHER}, (OTHER,)),
        ({"unit": OTHER}, {"unit": OTHER}, (OTHER,)),
        ({"unit": 7, "seizure": 8, "case": "nowhere"}, {"unit": None}, ()),
        ({"acts": [discharge("M-nowhere")]}, {}, ()),
    ],
)
def test_the_units_are_those_named(
    town: World, data: dict[str, Any], result: dict[str, Any], expected: tuple[str, ...]
) -> None:
    assert units_about(town.register, data, result) == expected


def test_the_units_are_those_of_what_is_named(town: World) -> None:
    mortgage = town.mortgage()
    assert units_about(town.register, {"acts": [discharge(mortgage)]}, {}) == (UNIT,)
    assert units_about(town.register, {"case": sale(town)}, {}) == (UNIT,)
    seized = town.do(C1, "court.seize", {"unit": UNIT, "document": PAPER, "until": "2028-11-22"})
    assert units_about(town.register, {"seizure": seized.result["seizure"]}, {}) == (UNIT,)
    assert units_about(town.register, {"seizure": "S-nowhere"}, {}) == ()
