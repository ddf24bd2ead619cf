"""Private parts that a node looks into, by name and shape; others are only compared with their commitments.

title     {"location", "holders": [person]}                                          title.import
parties   {role?: [person]}, a role for each field of `Parties`                      case.apply
contract  {"price_fen": n, ...}                                                      case.apply
terms     {"amount_fen": n, ...}                                                     case.apply
amounts   {"due_fen": {tax: n}, "facts"?: facts, ...}                                tax.assess
payments  {"paid_fen": {tax: n}, ...}                                                tax.clear
repayment {"repaid_fen": {tax: n}, ...}                                              tax.overpayment
person =  {"name", "id_type", "id_no"}
facts =   {"signed_on", "price_fen"?, "vat_included"?, "relief"?, "held_since"?, "sole_home"?, "cost_fen"?}
"""

from dataclasses import dataclass
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from dengbu.ledger.log.encoding import INT_MAX, JSONValue
from dengbu.nodes.private.problems import Problem

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
    holders: tuple[Person, ...] = ()  # who stays what he is on units that change, or gives up what he has
    grantors: tuple[Person, ...] = ()  # who lets others use a unit, or promises it
    takers: tuple[Person, ...] = ()  # whom they let use it, or to whom they promise it


class Title(msgspec.Struct, frozen=True):
    """The holders of an imported title, and where the unit lies."""

    location: str
    holders: tuple[Person, ...]


class Contract(msgspec.Struct, frozen=True):
    """The declared price, in fen."""

    price_fen: int


class Price(msgspec.Struct, frozen=True):
    """A contract by which something is paid, in fen."""

    price_fen: Annotated[int, Meta(ge=1, le=INT_MAX)]


class Agreement(msgspec.Struct, frozen=True):
    """A contract by which something may be given for nothing; the price in fen."""

    price_fen: Annotated[int, Meta(ge=0, le=INT_MAX)]


class Terms(msgspec.Struct, frozen=True):
    """What a mortgage secures: the claim, or the ceiling of a maximum mortgage, in fen; further fields are free."""

    amount_fen: Annotated[int, Meta(ge=1, le=INT_MAX)]


class Facts(msgspec.Struct, frozen=True):
    """What an assessment rests on, for the cross-check; dates are ISO dates, the price is the contract's if not given."""

    signed_on: str
    price_fen: int | None = None
    vat_included: bool = False
    relief: str | None = None
    held_since: str | None = None
    sole_home: bool = False
    cost_fen: int | None = None


class Amounts(msgspec.Struct, frozen=True):
    """What is due of each tax, in fen, and the facts on which it was assessed."""

    due_fen: dict[str, int]
    facts: Facts | None = None


class Payments(msgspec.Struct, frozen=True):
    """What was paid of each tax, in fen."""

    paid_fen: dict[str, int]


class Repayment(msgspec.Struct, frozen=True):
    """What of each tax was paid too much and is paid back, in fen."""

    repaid_fen: dict[str, int]


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


def looked_into(part: Part, name: str, kind: type[T]) -> T | Problem | None:
    """As `shaped`, with a problem for what does not have the shape."""
    try:
        return shaped(part, name, kind)
    except Misshapen as fault:
        return Problem("payload-shape", name, "材料结构不符", f"the payload {fault}")
