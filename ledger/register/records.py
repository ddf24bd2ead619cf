"""Records: the rows of the register, each a frozen value in the table named after it.

A record is replaced, never deleted; one that has ended says so in its `status`. The canonical bytes of a record are its
RFC 8785 form: msgspec's sorted encoding within the profile, which a property test compares with an independent encoder.
"""

from typing import Any, ClassVar

import msgspec

from dengbu.ledger.register.encumbrances import Joint, Mortgage, Order, Seizure
from dengbu.ledger.register.members import (
    Institution,
    Key,
    Policy,
    VoteReport,
    Voters,
)
from dengbu.ledger.register.notations import Fault, Loss, Mark, Notice, Objection
from dengbu.ledger.register.record import Holder, Record


class Unit(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A real-estate unit, with the ids of the rows that are registered on it.

    `head` is the index of the last entry that touched it. `mortgages` are the active ones in order of rank, `seizures`
    are in queue order, and `open_cases` are accepted and undecided, in order of acceptance.
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
    marks: tuple[str, ...] = ()  # disputes and freezes, which may include some whose last day has passed
    objections: tuple[str, ...] = ()  # all ever noted, since nobody may object twice on the same ground
    notices: tuple[str, ...] = ()  # advance notices, which may include some lapsed since the last entry
    location: str | None = None  # commitment to the location, if it was altered here
    described: int | None = None  # index of the last entry that altered location, area or use
    predecessors: tuple[str, ...] = ()  # the units it was split off or merged from
    successors: tuple[str, ...] = ()  # the units it became
    awaiting: tuple[str, ...] = ()  # construction mortgages that it will carry once they are converted
    habitations: tuple[str, ...] = ()
    easements: tuple[str, ...] = ()  # the easements that burden it and those that benefit it
    land_until: str | None = None  # the last day of the land-use term, as an ISO date
    orders: tuple[str, ...] = ()  # courts' transfer orders not yet executed, in order of service


class Right(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A right on a unit: ownership, or the right of another to use it.

    `since` and `ended` are entry indexes; `cause` is a case number or "import".
    """

    TABLE: ClassVar[str] = "right"

    id: str
    unit: str
    kind: str  # ownership | habitation | easement
    mode: str  # single | joint | shares | dominant (an easement, held by the owner of the dominant unit)
    holders: tuple[Holder, ...]
    certificate: str
    since: int
    time: int
    cause: str
    status: str  # current | ended | corrected (ended by a correction: it was entered by mistake)
    ended: int | None = None
    registered_on: str | None = None  # ISO date of a registration made before the ledger existed
    until: str | None = None  # the last day of a habitation or an easement, as an ISO date
    dominant: str | None = None  # the unit that an easement serves


CASE_STATES = ACCEPTED, ENTERED, REFUSED, WITHDRAWN = "accepted", "entered", "refused", "withdrawn"
DECIDED = ENTERED, REFUSED, WITHDRAWN


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
    state: str  # of CASE_STATES
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
    handed_over: tuple[str, ...] = ()  # doubts of the automatic desk, because of which a person decides
    agents: tuple[dict[str, Any], ...] = ()  # agents of the parties: see ledger/cases/representation.py
    suspended: str | None = None  # what the registry waits for while the case's clock stands still
    requested: tuple[str, ...] = ()  # everything that a requisition asked for, all of it at once
    shared: tuple[str, ...] = ()  # papers taken from other institutions' data instead of asked for
    rating: int | None = None  # 1 to 5, where 5 is the best


class Deal(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The tax side of a case: its state, the version of the assessment, the taxes that block it and those cleared."""

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
    repaid: tuple[str, ...] = ()  # taxes of which an overpayment was paid back


class Voucher(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A payment or exemption voucher of the tax bureau, used at most once in the whole ledger."""

    TABLE: ClassVar[str] = "voucher"
    KEY: ClassVar[str] = "number"

    number: str
    tax: str
    kind: str  # payment | part | exemption
    case: str
    version: int
    state: str  # issued | consumed | refunded


class Counter(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A counter: the last number assigned under a name."""

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
    """The commitment of a private payload whose erasure was ordered."""

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
    """Return the canonical bytes of a record."""
    return _encoder.encode(record)


def decode(table: str, raw: bytes) -> Record:
    """Return the record of canonical bytes; raise `msgspec.ValidationError` if they are not a record of this table."""
    return _decoders[table].decode(raw)
