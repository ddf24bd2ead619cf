"""Records of the network itself: institutions, their keys, the policy in force."""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar

import msgspec

from dengbu.ledger.register.record import Record

POLICY_KEY = "current"
VOTERS_KEY = "current"


class Role(StrEnum):
    """What an institution is for."""

    REGISTRY = "registry"
    TAX = "tax"
    BANK = "bank"
    COURT = "court"
    NOTARY = "notary"
    BUREAU = "bureau"
    UTILITY = "utility"


class KeyClass(StrEnum):
    """What a key may sign or open; one key has one class."""

    GOVERNANCE = "governance"
    EVENT = "event"
    LOG = "log"
    COSIGN = "cosign"
    NODE = "node"
    ENVELOPE = "envelope"
    VOTE = "vote"  # votes on the order of events, where the members vote on it
    LINK = "link"  # the connections over which they vote


class Institution(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A member of the network. `admitted` is the index of the entry that admitted it."""

    TABLE: ClassVar[str] = "institution"

    id: str
    role: Role
    name_zh: str
    name_en: str
    status: str  # active | suspended
    admitted: int


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


class Office(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An office or an outlet, by its institution and the name that its events bear, and the district it lies in."""

    institution: str
    office: str
    district: str


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
    certificate_places: dict[str, str] = msgspec.field(
        default_factory=dict
    )  # districts that issue under their own name
    consent: str = "civil-code"  # civil-code | urban-real-estate-law
    desk: tuple[str, ...] = ("mortgage.set", "mortgage.discharge")
    holidays: tuple[str, ...] = ()  # ISO dates
    workdays: tuple[str, ...] = ()  # make-up working days, ISO dates
    seizure_term_years_max: int = 3
    mortgage_consent_before: str = "2021-01-01"
    habitation_for: str = "persons"  # persons | anyone
    adverse_changes: tuple[str, ...] = ("amount-raised", "scope-widened", "term-extended")
    limit_days: int = 5  # working days promised from acceptance to decision
    double_sign: str = "suspend"  # suspend | record: what two votes of one key at one height lead to
    limits: dict[str, int] = msgspec.field(default_factory=dict)  # the same for single acts
    offices: tuple[Office, ...] = ()  # the registry's offices and the banks' outlets
    mortgage_banks: tuple[str, ...] = ()  # banks with mortgage business here, members or not
    online_acts: tuple[str, ...] = ()  # acts that can be applied for online
    online_channels: tuple[str, ...] = ("online",)
    # district -> the registry's offices that decide its cases; one not named: every office (Interim Regulation 7)
    deciding: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    fault_notice_days: int = 30  # working days
    fault_announcement_days: int = 15  # working days
    loss_announcement_days: int = 15  # working days
    replacing_seized: bool = False
    rule_set: str = (
        ""  # hash of the rule set that the members judge by (ledger/rules/rule_sets.py), "": the first
    )
    altering_seized: str = "court-signs"  # court-signs | names-free
    area_tolerance_ppm: int = (
        0  # millionths by which a split or merger may come to more area than was registered
    )
    clock_tolerance_s: int = (
        60  # seconds by which the clocks of those who cosign may differ from an entry's time
    )

    @property
    def key(self) -> str:
        """There is one policy."""
        return POLICY_KEY


# Fields of the policy that the first rule set does not have, and the number of the first that does.
LATER_FIELDS: Mapping[str, int] = {"area_tolerance_ppm": 2, "clock_tolerance_s": 2}


class Voter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An institution's vote on the order of events: its key (id and hex) and its weight."""

    institution: str
    key: str
    public: str
    weight: int


class Voters(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Who votes on the order of events, by institution; there is no such row where nobody does."""

    TABLE: ClassVar[str] = "voters"

    voters: tuple[Voter, ...]

    @property
    def key(self) -> str:
        """There is one set of voters."""
        return VOTERS_KEY


class VoteReport(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Who has reported two votes of one key at one height; `proven` when enough institutions have."""

    TABLE: ClassVar[str] = "vote_report"

    id: str  # <key id>:<height>
    reporters: tuple[str, ...]
    proven: bool
