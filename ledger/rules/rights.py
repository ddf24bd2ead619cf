"""Ownership rights by id: R-, the unit, and the ordinal of the right on it; and the rights that an act begins.

The functions for a row's `begins` take an act's JSON values, and return the unit of each right with its ordinal there:
a later act of the case can name a right that is not registered yet. They raise `ValueError` for a right that is no
ownership.
"""

from collections.abc import Mapping
from typing import Any

Begun = Mapping[str, int]


def right_id(unit: str, nth: int) -> str:
    """Return the id of the nth ownership right on a unit."""
    return f"R-{unit}-{nth}"


def ordinal(right: str) -> int:
    """Return the ordinal of an ownership right on its unit. Raises `ValueError` for any other id."""
    nth = right.rpartition("-")[2]
    if not (nth.isascii() and nth.isdigit()):
        raise ValueError(f"不是所有权编号 not an ownership right: {right}")
    return int(nth)


def none(act: Mapping[str, Any]) -> Begun:
    """Return no right, for an act that begins none."""
    return {}


def first(act: Mapping[str, Any]) -> Begun:
    """Return the first right on the unit that the act names."""
    return {str(act["unit"]): 1}


def following(act: Mapping[str, Any]) -> Begun:
    """Return the right that follows on the one that the act names, and ends."""
    return {str(act["unit"]): ordinal(str(act["right"])) + 1}
