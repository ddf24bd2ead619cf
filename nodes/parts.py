"""Private parts that a node looks into, by name and shape; others are only compared with their commitments.

title     {"location", "holders": [person]}                                          title.import
parties   {"transferors"?: [person], "transferees"?: [...], "mortgagors"?: [...]}    case.apply
contract  {"price_fen": n, ...}                                                      case.apply
amounts   {"due_fen": {tax: n}, ...}                                                 tax.assess
payments  {"paid_fen": {tax: n}, ...}                                                tax.clear
person =  {"name", "id_type", "id_no"}
"""

from dataclasses import dataclass
from typing import TypeVar

import msgspec

from ledger.encoding import JSONValue

T = TypeVar("T")


class Person(msgspec.Struct, frozen=True):
    """Who someone is: name, kind of identity document (ZJZL) and its number."""

    name: str
    id_type: str
    id_no: str


class Parties(msgspec.Struct, frozen=True):
    """The persons of a case by their part in it."""

    transferors: tuple[Person, ...] = ()
    transferees: tuple[Person, ...] = ()
    mortgagors: tuple[Person, ...] = ()
    holders: tuple[Person, ...] = ()  # of a unit that is altered, split or merged: they stay


class Title(msgspec.Struct, frozen=True):
    """The holders of an imported title, and where the unit lies."""

    location: str
    holders: tuple[Person, ...]


class Contract(msgspec.Struct, frozen=True):
    """The declared price, in fen."""

    price_fen: int


class Amounts(msgspec.Struct, frozen=True):
    """What is due of each tax, in fen."""

    due_fen: dict[str, int]


class Payments(msgspec.Struct, frozen=True):
    """What was paid of each tax, in fen."""

    paid_fen: dict[str, int]


@dataclass(frozen=True)
class Part:
    """An opened part: the event it came with, its name, the assessment's version if the event has one."""

    event_type: str
    name: str
    version: int | None
    value: JSONValue


class Misshapen(Exception):
    """A part that does not have the shape its name asks for; the text never repeats what it holds."""


def shaped(part: Part, name: str, kind: type[T]) -> T | None:
    """The typed value of a part; None if it has another name. Raises Misshapen."""
    if part.name != name:
        return None
    try:
        return msgspec.convert(part.value, kind)
    except msgspec.ValidationError:  # its text could carry personal data
        raise Misshapen(f"{name} is not shaped as {kind.__name__}") from None
