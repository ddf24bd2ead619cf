"""The content of a cell: text, or in a spreadsheet also a number, a day, or something that cannot be read.

Each column says whether it takes numbers or days. What cannot be read, such as a formula, carries the reason.
"""

import re
from dataclasses import dataclass

DIGITS_KEPT = 15  # of a number in a spreadsheet
_LINE_ENDS = re.compile(r"[\r\n]+")


@dataclass(frozen=True, slots=True)
class Number:
    """A number, with the digits that a spreadsheet shows."""

    text: str


@dataclass(frozen=True, slots=True)
class Day:
    """A day, as an ISO date."""

    text: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """What cannot be read, and why, Chinese then English."""

    text: str
    why: str


Cell = str | Number | Day | Wrong


def text_of(cell: Cell) -> str:
    """Return what stands in a cell, of whatever kind."""
    return cell if isinstance(cell, str) else cell.text


def one_line(text: str) -> str:
    """Return a text with a space in place of its line ends, and none around it."""
    return " ".join(part for part in map(str.strip, _LINE_ENDS.split(text)) if part)
