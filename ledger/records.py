"""Records: the rows of the register, each a frozen value in the table named after it.

A record is replaced, never deleted: what ended says so in its `status`. Canonical bytes of a record are its RFC 8785
form (msgspec's sorted encoding within the profile; a property test holds it against an independent encoder).
"""

from enum import StrEnum
from typing import Any, ClassVar

import msgspec

POLICY_KEY = "current"


class Role(StrEnum):
    """What an institution is for."""

    REGISTRY = "registry"
    TAX = "tax"
    BANK = "bank"
    COURT = "court"
    NOTARY = "notary"
    BUREAU = "bureau"


class KeyClass(StrEnum):
    """What a key may sign or open; one key has one class."""

    GOVERNANCE = "governance"
    EVENT = "event"
    LOG = "log"
    COSIGN = "cosign"
    NODE = "node"
    ENVELOPE = "envelope"


class Record(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A row of the register; `key` is unique within `TABLE`."""

    TABLE: ClassVar[str]

    @property
    def key(self) -> str:
        """The row's key within its table."""
        raise AssertionError("every record names its key")


class Institution(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A member of the network. `admitted` is the index of the entry that admitted it."""

    TABLE: ClassVar[str] = "institution"

    id: str
    role: Role
    name_zh: str
    name_en: str
    status: str  # active | suspended
    admitted: int

    @property
    def key(self) -> str:
        return self.id


class Key(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A public key: valid for entries with since <= index < until."""

    TABLE: ClassVar[str] = "key"

    id: str
    institution: str
    cls: KeyClass
    alg: str  # Ed25519 | X25519
    public: str  # hex
    since: int
    until: int | None = None

    @property
    def key(self) -> str:
        return self.id


class Policy(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The policy in force: quorums, the desk, and the facts of law that are data (calendar, terms, switches)."""

    TABLE: ClassVar[str] = "policy"

    version: int
    governance_quorum: int
    witness_quorum: int
    witnesses: tuple[str, ...]  # institutions whose nodes cosign
    districts: tuple[str, ...]  # six-digit division codes this registry is competent for
    certificate_prefix: str = "粤"
    certificate_place: str = "惠州市"
    consent: str = "civil-code"  # civil-code | urban-real-estate-law
    desk: tuple[str, ...] = ("mortgage.set", "mortgage.discharge")
    holidays: tuple[str, ...] = ()  # ISO dates
    workdays: tuple[str, ...] = ()  # make-up working days, ISO dates
    seizure_term_years_max: int = 3
    mortgage_consent_before: str = "2021-01-01"

    @property
    def key(self) -> str:
        return POLICY_KEY


class Unit(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A real-estate unit and what is registered on it, by reference.

    `head` is the index of the last entry that touched it; `mortgages` are active, in rank order; `seizures` in queue
    order; `open_cases` accepted and undecided, in acceptance order.
    """

    TABLE: ClassVar[str] = "unit"

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

    @property
    def key(self) -> str:
        return self.code


class Holder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A holder by reference (64 hex digits), with a share as an exact fraction."""

    ref: str
    share: str


class Right(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """An ownership right on a unit. `since` and `ended` are entry indexes; `cause` is the case or "import"."""

    TABLE: ClassVar[str] = "right"

    id: str
    unit: str
    kind: str  # ownership
    mode: str  # single | joint | shares
    holders: tuple[Holder, ...]
    certificate: str
    since: int
    time: int
    cause: str
    status: str  # current | ended
    ended: int | None = None
    registered_on: str | None = None  # ISO date of the registration before the ledger

    @property
    def key(self) -> str:
        return self.id


class Mortgage(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A mortgage with its rank among the active ones of its unit (1 is first)."""

    TABLE: ClassVar[str] = "mortgage"

    id: str
    unit: str
    right: str
    mortgagee: str
    rank: int
    kind: str  # ordinary | maximum
    no_transfer: bool
    entered_on: str  # ISO date, UTC+8
    certificate: str
    status: str  # active | discharged
    case: str
    since: int
    ended: int | None = None

    @property
    def key(self) -> str:
        return self.id


class Seizure(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A seizure by a court; `until` is its last day (ISO date), `served` the block time of service."""

    TABLE: ClassVar[str] = "seizure"

    id: str
    unit: str
    court: str
    document: str
    until: str
    since: int
    served: int
    status: str  # effective | waiting | released | lapsed

    @property
    def key(self) -> str:
        return self.id


class Case(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A case: its acts as applied for, and where it stands. `version` counts its changes."""

    TABLE: ClassVar[str] = "case"

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

    @property
    def key(self) -> str:
        return self.number


class Deal(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The tax side of a case: its state, the version of the assessment, the taxes in the way and those cleared."""

    TABLE: ClassVar[str] = "deal"

    case: str
    units: tuple[str, ...]
    state: str
    version: int
    binding: str
    required: tuple[str, ...]
    gates: dict[str, str] = {}
    cleared: dict[str, str] = {}
    contract: str | None = None  # the commitment to the contract, part of the binding

    @property
    def key(self) -> str:
        return self.case


class Voucher(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A payment or exemption voucher of the tax bureau, used at most once on the whole ledger."""

    TABLE: ClassVar[str] = "voucher"

    number: str
    tax: str
    kind: str  # payment | exemption
    case: str
    version: int
    state: str  # issued | consumed | refunded

    @property
    def key(self) -> str:
        return self.number


class Counter(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The last number given out under a name."""

    TABLE: ClassVar[str] = "counter"

    name: str
    value: int

    @property
    def key(self) -> str:
        return self.name


class Certificate(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A certificate number and the right or mortgage it was issued for."""

    TABLE: ClassVar[str] = "certificate"

    number: str
    of: str
    unit: str
    since: int

    @property
    def key(self) -> str:
        return self.number


class Erased(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A private payload that was ordered erased, by its commitment."""

    TABLE: ClassVar[str] = "erased"

    commitment: str
    index: int

    @property
    def key(self) -> str:
        return self.commitment


TABLES: dict[str, type[Record]] = {
    kind.TABLE: kind
    for kind in (
        Institution, Key, Policy, Unit, Right, Mortgage, Seizure, Case, Deal, Voucher, Counter, Certificate, Erased,
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
