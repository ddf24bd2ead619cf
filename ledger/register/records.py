"""Records: the rows of the register, each a frozen value in the table named after it.

A record is replaced, never deleted: what ended says so in its `status`. Canonical bytes of a record are its RFC 8785
form (msgspec's sorted encoding within the profile; a property test holds it against an independent encoder).
"""

from typing import Any, ClassVar

import msgspec

from dengbu.ledger.register.encumbrances import Joint, Mortgage, Order, Seizure
from dengbu.ledger.register.members import (
    POLICY_KEY,
    VOTERS_KEY,
    Institution,
    Key,
    KeyClass,
    Office,
    Policy,
    Role,
    Voter,
    VoteReport,
    Voters,
)
from dengbu.ledger.register.notations import Fault, Loss, Mark, Notice, Objection
from dengbu.ledger.register.record import Holder, Record

__all__ = [
    "POLICY_KEY",
    "TABLES",
    "VOTERS_KEY",
    "Case",
    "Certificate",
    "Counter",
    "Deal",
    "Erased",
    "Fault",
    "Holder",
    "Institution",
    "Joint",
    "Key",
    "KeyClass",
    "Loss",
    "Mark",
    "Mortgage",
    "Notice",
    "Objection",
    "Office",
    "Order",
    "Policy",
    "Record",
    "Right",
    "Role",
    "Seizure",
    "Unit",
    "VoteReport",
    "Voter",
    "Voters",
    "Voucher",
    "decode",
    "encode",
]


class Unit(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A real-estate unit and what is registered on it, by reference.

    `head` is the index of the last entry that touched it; `mortgages` are active, in rank order; `seizures` in queue
    order; `open_cases` accepted and undecided, in acceptance order.
    """

    TABLE: ClassVar[str] = "unit"
    KEY: ClassVar[str] = "code"

    code: str
    use: str
    area_cm2: int
    status: str  # active | retired | pending (applied for, not yet first-registered)
    head: int
    right: str | None = None
    mortgages: tuple[str, ...] = ()
    seizures: tuple[str, ...] = ()
    open_cases: tuple[str, ...] = ()
    disputed: bool = False
    rights_count: int = 0
    marks: tuple[str, ...] = ()  # disputes and freezes; those whose last day has passed may be among them
    objections: tuple[str, ...] = ()  # all there were, for the same ground is not raised twice
    notices: tuple[str, ...] = ()  # advance notices; those that lapsed since the last entry may be among them
    location: str | None = None  # commitment to the location, if it was altered here
    described: int | None = None  # index of the last entry that altered location, area or use
    predecessors: tuple[str, ...] = ()  # the units it was split off or merged from
    successors: tuple[str, ...] = ()  # the units it became
    awaiting: tuple[str, ...] = ()  # construction mortgages to be carried once converted
    habitations: tuple[str, ...] = ()
    easements: tuple[str, ...] = ()  # those it bears and those that serve it
    land_until: str | None = None  # the last day of the land-use term, as an ISO date
    orders: tuple[str, ...] = ()  # a court's transfer orders not yet executed, in the order of service


class Right(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A right on a unit: ownership, or another's right to use it.

    `since` and `ended` are entry indexes; `cause` is the case or "import".
    """

    TABLE: ClassVar[str] = "right"

    id: str
    unit: str
    kind: str  # ownership | habitation | easement
    mode: str  # single | joint | shares | dominant (an easement: whoever holds the dominant unit)
    holders: tuple[Holder, ...]
    certificate: str
    since: int
    time: int
    cause: str
    status: str  # current | ended
    ended: int | None = None
    registered_on: str | None = None  # ISO date of the registration before the ledger
    until: str | None = None  # the last day of a habitation or an easement, as an ISO date
    dominant: str | None = None  # the unit that an easement serves


class Case(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A case: its acts as applied for, and where it stands. `version` counts its changes."""

    TABLE: ClassVar[str] = "case"
    KEY: ClassVar[str] = "number"

    number: str
    actor: str
    district: str
    channel: str
    acts: tuple[dict[str, Any], ...]
    units: tuple[str, ...]
    state: str  # accepted | entered | refused | withdrawn
    applied: int
    applied_at: int
    event: str
    version: int = 1
    office: str | None = None
    officer: str | None = None
    decided: int | None = None
    decided_at: int | None = None
    reviewed: bool = False
    deal: bool = False
    consents: tuple[str, ...] = ()  # institutions that signed the application
    handed_over: tuple[str, ...] = ()  # the automatic desk's doubts, for which a person decides
    agents: tuple[dict[str, Any], ...] = ()  # who acts for a party: see ledger/rules/representation.py
    suspended: str | None = None  # what the registry waits for, while the case's clock stands still
    requested: tuple[str, ...] = ()  # what a requisition asked for: all of it at once
    shared: tuple[str, ...] = ()  # papers that other institutions showed and nobody was asked for
    rating: int | None = None  # 1 to 5, 5 the best


class Deal(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The tax side of a case: its state, the version of the assessment, the taxes in the way and those cleared."""

    TABLE: ClassVar[str] = "deal"
    KEY: ClassVar[str] = "case"

    case: str
    units: tuple[str, ...]
    state: str
    version: int
    binding: str
    required: tuple[str, ...]
    gates: dict[str, str] = msgspec.field(default_factory=dict)
    cleared: dict[str, str] = msgspec.field(default_factory=dict)
    contract: str | None = None  # the commitment to the contract, part of the binding
    others: tuple[
        str, ...
    ] = ()  # vouchers that clear nothing by themselves: parts, earlier versions, clawbacks
    repaid: tuple[str, ...] = ()  # taxes of which something was paid too much and paid back


class Voucher(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A payment or exemption voucher of the tax bureau, used at most once on the whole ledger."""

    TABLE: ClassVar[str] = "voucher"
    KEY: ClassVar[str] = "number"

    number: str
    tax: str
    kind: str  # payment | part | exemption
    case: str
    version: int
    state: str  # issued | consumed | refunded


class Counter(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The last number given out under a name."""

    TABLE: ClassVar[str] = "counter"
    KEY: ClassVar[str] = "name"

    name: str
    value: int


class Certificate(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A certificate number and the right or mortgage it was issued for."""

    TABLE: ClassVar[str] = "certificate"
    KEY: ClassVar[str] = "number"

    number: str
    of: str
    unit: str
    since: int


class Erased(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A private payload that was ordered erased, by its commitment."""

    TABLE: ClassVar[str] = "erased"
    KEY: ClassVar[str] = "commitment"

    commitment: str
    index: int


TABLES: dict[str, type[Record]] = {
    kind.TABLE: kind
    for kind in (
        Institution, Key, Policy, Voters, VoteReport,
        Unit, Right, Mortgage, Joint, Seizure, Order, Mark, Objection, Notice, Fault, Loss, Case, Deal, Voucher,
        Counter, Certificate, Erased,
    )
}  # fmt: skip

_encoder = msgspec.json.Encoder(order="sorted")
_decoders = {table: msgspec.json.Decoder(kind) for table, kind in TABLES.items()}


def encode(record: Record) -> bytes:
    """The canonical bytes of a record."""
    return _encoder.encode(record)


def decode(table: str, raw: bytes) -> Record:
    """The record of its canonical bytes; raises `msgspec.ValidationError` if they are none of this table."""
    return _decoders[table].decode(raw)
