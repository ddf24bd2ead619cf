"""The ids of ownership rights, and which right an act begins; `tests/worlds.py` compares each entry with its acts' rows."""

from typing import Any

import pytest

from dengbu.ledger.rules import rights
from tests.worlds import UNIT


@pytest.mark.parametrize("nth", [1, 2, 10])
def test_an_id_tells_which_right_of_its_unit_it_is(nth: int) -> None:
    assert rights.ordinal(rights.right_id(UNIT, nth)) == nth


@pytest.mark.parametrize(
    "right", ["", "R", f"R-{UNIT}", f"R-{UNIT}-", f"R-{UNIT}-x", f"R-{UNIT}-２", f"R-{UNIT}-²"]
)
def test_what_is_no_ownership_has_no_place_among_the_rights_of_a_unit(right: str) -> None:
    with pytest.raises(ValueError, match="not an ownership right"):
        rights.ordinal(right)
    with pytest.raises(ValueError, match="not an ownership right"):
        rights.following({"unit": UNIT, "right": right})


@pytest.mark.parametrize(
    ("begins", "expected"), [(rights.none, {}), (rights.first, {UNIT: 1}), (rights.following, {UNIT: 3})]
)
def test_the_rights_that_an_act_begins(begins: Any, expected: dict[str, int]) -> None:
    assert begins({"unit": UNIT, "right": rights.right_id(UNIT, 2)}) == expected
