"""What stands in a cell: text, or what a spreadsheet made of it.

A file of text has text alone. A sheet has numbers and days, which are read where a column takes them, and what nobody
can read, such as a formula, which carries its own reason.
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
