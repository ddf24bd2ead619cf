"""The shapes of the private parts that a node looks into; the row of each event says which parts it has (`parts`).

Their values never enter the log. Further members are allowed in each.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from dengbu.ledger.log.encoding import INT_MAX


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
