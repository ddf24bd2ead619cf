"""The private parts that a node looks into, by name and shape; others are only compared with their commitments.

`SHAPES` says which event has which. Further members are allowed in each.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from dengbu.ledger.events import title_batches, titles
from dengbu.ledger.log.encoding import INT_MAX, JSONValue
from dengbu.nodes.private.problems import Problem

T = TypeVar("T")


class Person(msgspec.Struct, frozen=True):
    """A person's identity: name, kind of identity document (ZJZL) and its number."""

    name: str
    id_type: str
    id_no: str


class Parties(msgspec.Struct, frozen=True):
    """The persons of a case by their role in it."""

    transferors: tuple[Person, ...] = ()
    transferees: tuple[Person, ...] = ()
    mortgagors: tuple[Person, ...] = ()
    holders: tuple[Person, ...] = ()  # those who keep their right on a unit that changes, or give up a right
    grantors: tuple[Person, ...] = ()  # those who let others use a unit, or promise it
    takers: tuple[Person, ...] = ()  # those who may use it, or to whom it is promised


class Title(msgspec.Struct, frozen=True):
    """The holders of an imported title, and where the unit lies."""

    location: str
    holders: tuple[Person, ...]


class Contract(msgspec.Struct, frozen=True):
    """The declared price, in fen."""

    price_fen: int


class Price(msgspec.Struct, frozen=True):
    """A contract under which a price is paid, in fen."""

    price_fen: Annotated[int, Meta(ge=1, le=INT_MAX)]


class Agreement(msgspec.Struct, frozen=True):
    """A contract that may be gratuitous; the price in fen."""

    price_fen: Annotated[int, Meta(ge=0, le=INT_MAX)]


class Terms(msgspec.Struct, frozen=True):
    """The secured amount, a claim or the ceiling of a maximum-amount mortgage, in fen. Further fields are allowed."""

    amount_fen: Annotated[int, Meta(ge=1, le=INT_MAX)]


class Facts(msgspec.Struct, frozen=True):
    """The facts behind an assessment, for the cross-check. Dates are ISO dates; the default price is the contract's."""

    signed_on: str
    price_fen: int | None = None
    vat_included: bool = False
    relief: str | None = None
    held_since: str | None = None
    sole_home: bool = False
    cost_fen: int | None = None


class Amounts(msgspec.Struct, frozen=True):
    """The amount due of each tax, in fen, and the facts it was assessed on."""

    due_fen: dict[str, int]
    facts: Facts | None = None


class Payments(msgspec.Struct, frozen=True):
    """The amount paid of each tax, in fen."""

    paid_fen: dict[str, int]


class Repayment(msgspec.Struct, frozen=True):
    """The overpaid amount of each tax that is paid back, in fen."""

    repaid_fen: dict[str, int]


# (type of event, name of the part) -> the shape of its value
SHAPES: Mapping[tuple[str, str], type[msgspec.Struct]] = {
    (titles.TYPE, titles.PART): Title,
    (title_batches.TYPE, "title-NN"): Title,  # NN: the title's place in the batch, from 01
    ("case.apply", "parties"): Parties,
    ("case.apply", "contract"): Contract,
    ("case.apply", "terms"): Terms,
    ("tax.assess", "amounts"): Amounts,
    ("tax.clear", "payments"): Payments,
    ("tax.overpayment", "repayment"): Repayment,
}


@dataclass(frozen=True)
class Part:
    """An opened part: the type of its event, its name, the assessment's version if the event has one, and the value."""

    event_type: str
    name: str
    version: int | None
    value: JSONValue


class Misshapen(Exception):
    """A part lacks the shape that its name requires; the text never repeats its content."""


def shaped(part: Part, name: str, kind: type[T]) -> T | None:
    """Return the typed value of a part; None if it has another name. Raises Misshapen."""
    if part.name != name:
        return None
    try:
        return msgspec.convert(part.value, kind)
    except msgspec.ValidationError:  # its text could carry personal data
        raise Misshapen(f"{name} is not shaped as {kind.__name__}") from None


def looked_into(part: Part, name: str, kind: type[T]) -> T | Problem | None:
    """Do as `shaped`, but return a problem instead of raising Misshapen."""
    try:
        return shaped(part, name, kind)
    except Misshapen as fault:
        return Problem("payload-shape", name, "材料结构不符", f"the payload {fault}")
