"""What is wrong with a file of titles, and where: every fault is named by line, unit, column and value.

A value is shown as it stands in the file, but an identity number only by its last characters, in whatever column it
stands, and a character that cannot be seen by its number.
"""

import re
from dataclasses import dataclass

NO_COLUMN = "-"
SHOWN_CHARACTERS_MAX = 60
KEPT_CHARACTERS = 4  # of an identity number
IDENTITY_CHARACTERS = 18  # of the longest one
# More digits than any other code has on end, half or full width; or an organisation's code that stands alone.
_IDENTITY = re.compile(r"[0-9０-９]{14,}[0-9０-９XxＸｘ]|(?<![0-9A-Z])[0-9A-Z]{18}(?![0-9A-Z])")
# What makes a run of another length one: province, city and county, the day of birth, and the three digits after it.
_BIRTH = re.compile(
    r"(?:[0-9]{2}){3}(?:1[89]|20)?[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}"
)
_LENGTHS = (15, 18)
_HALF_WIDTH = {0xFF10 + digit: str(digit) for digit in range(10)}
# Controls, what has no width, what turns the direction of writing, and the mark of a character that was lost.
HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff0-\ufffd]"
)


@dataclass(frozen=True)
class Fault:
    """One mistake: the line on which its row begins (from 1), the column, and what is wrong, Chinese then English.

    `unit` is the code of the row, and `value` what stands in the cell, as it may be shown; both may be empty.
    """

    line: int
    column: str
    message: str
    unit: str = ""
    value: str = ""

    def __str__(self) -> str:
        place = f"第 {self.line} 行 line {self.line}, {self.column}"
        return f"{place}{f' [{self.value}]' if self.value else ''}: {self.message}"


class NotRead(Exception):
    """Raised for a file of which no row can be read; it carries the fault."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def shown(text: str) -> str:
    """Return a value as it may be shown: identity numbers masked, long text cut, hidden characters as code points."""
    start = text[
        : SHOWN_CHARACTERS_MAX + IDENTITY_CHARACTERS
    ]  # so that no number is cut before it is known as one
    start = _IDENTITY.sub(lambda found: _masked(found[0]) if _is_identity(found[0]) else found[0], start)
    if len(text) > SHOWN_CHARACTERS_MAX:
        start = start[:SHOWN_CHARACTERS_MAX] + "…"
    return HIDDEN.sub(lambda found: f"<U+{ord(found[0]):04X}>", start)


def masked(number: str) -> str:
    """Return a document number with all but its last characters hidden; a number as short as those is hidden whole."""
    return shown(_masked(number))


def _is_identity(run: str) -> bool:
    """Return whether a long run may be or hold an identity number; an area of 21 digits is none, and is shown."""
    return len(run) in _LENGTHS or _BIRTH.search(run.translate(_HALF_WIDTH)) is not None


def _masked(number: str) -> str:
    kept = number[-KEPT_CHARACTERS:] if len(number) > KEPT_CHARACTERS else ""
    return "*" * min(len(number) - len(kept), SHOWN_CHARACTERS_MAX - KEPT_CHARACTERS) + kept
