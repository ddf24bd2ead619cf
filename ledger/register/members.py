"""Records of the network itself: institutions, their keys, the policy in force, and votes on the order of events."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar

import msgspec

from dengbu.ledger.law.identifiers import HUIZHOU, Places
from dengbu.ledger.register.dated import Before
from dengbu.ledger.register.record import Record

POLICY_KEY = "current"
VOTERS_KEY = "current"


class Role(StrEnum):
    """The role of an institution in the network."""

    REGISTRY = "registry"
    TAX = "tax"
    BANK = "bank"
    COURT = "court"
    NOTARY = "notary"
    BUREAU = "bureau"
    UTILITY = "utility"


class KeyClass(StrEnum):
    """What a key may sign or open; each key has exactly one class."""

    GOVERNANCE = "governance"
    EVENT = "event"
    LOG = "log"
    COSIGN = "cosign"
    NODE = "node"
    ENVELOPE = "envelope"
    VOTE = "vote"  # votes on the order of events, in networks whose members vote on it
    LINK = "link"  # the connections over which the members vote


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
    """A public key, valid for entries with `since` <= index < `until`."""

    TABLE: ClassVar[str] = "key"

    id: str
    institution: str
    cls: KeyClass
    alg: str  # Ed25519 | X25519
    public: str  # hex
    since: int
    until: int | None = None


class Office(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An office or outlet: its institution, the name it has in events, and the district where it lies."""

    institution: str
    office: str
    district: str


class Policy(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The policy in force: quorums, the automatic desk, and the law that is data (calendar, terms, switches)."""

    TABLE: ClassVar[str] = "policy"
    BEFORE: ClassVar[Mapping[str, Before[Any]]] = {
        "area_tolerance_ppm": ((2, None),),
        "clock_tolerance_s": ((2, None),),
        "counties": ((2, None),),
        "known_places": ((2, None),),
        "known_provinces": ((2, None),),
    }

    version: int
    governance_quorum: int
    witness_quorum: int
    witnesses: tuple[str, ...]  # institutions whose nodes cosign
    districts: tuple[str, ...]  # six-digit division codes for which the registry is competent
    certificate_prefix: str = "粤"
    certificate_place: str = "惠州市"
    certificate_places: dict[str, str] = msgspec.field(
        default_factory=dict
    )  # district -> place name, for districts that issue certificates under their own name
    consent: str = "civil-code"  # civil-code | urban-real-estate-law
    desk: tuple[str, ...] = ("mortgage.set", "mortgage.discharge")
    holidays: tuple[str, ...] = ()  # ISO dates
    workdays: tuple[str, ...] = ()  # make-up working days, ISO dates
    seizure_term_years_max: int = 3
    mortgage_consent_before: str = "2021-01-01"
    habitation_for: str = "persons"  # persons | anyone
    adverse_changes: tuple[str, ...] = ("amount-raised", "scope-widened", "term-extended")
    limit_days: int = 5  # working days promised from acceptance to decision
    double_sign: str = "suspend"  # suspend | record: the consequence of two votes of one key at one height
    limits: dict[str, int] = msgspec.field(default_factory=dict)  # act -> its own `limit_days`
    offices: tuple[Office, ...] = ()  # the registry's offices and the banks' outlets
    mortgage_banks: tuple[str, ...] = ()  # banks with mortgage business here, members or not
    online_acts: tuple[str, ...] = ()  # acts that can be applied for online
    online_channels: tuple[str, ...] = ("online",)
    # district -> the registry's offices that decide its cases; for other districts every office (Interim Regulation 7)
    deciding: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    fault_notice_days: int = 30  # working days
    fault_announcement_days: int = 15  # working days
    loss_announcement_days: int = 15  # working days
    replacing_seized: bool = False
    rule_set: str = (
        ""  # hash of the rule set in force (ledger/rules/rule_sets.py); "" stands for the first one
    )
    altering_seized: str = "court-signs"  # court-signs | names-free
    area_tolerance_ppm: int = (
        0  # millionths by which the area after a split or merger may exceed the registered area
    )
    clock_tolerance_s: int = 60  # seconds by which a cosigner's clock may differ from an entry's time
    counties: tuple[str, ...] = tuple(HUIZHOU.counties)  # six-digit codes with which unit codes may begin
    # what numbers of certificates from before the ledger carry: short names of provinces, and place names
    known_provinces: tuple[str, ...] = tuple(HUIZHOU.provinces)
    known_places: tuple[str, ...] = tuple(HUIZHOU.names)

    @property
    def key(self) -> str:
        """The key of the only policy."""
        return POLICY_KEY

    @property
    def places(self) -> Places:
        """Where units may lie, and where certificates from before the ledger come from."""
        return Places(self.counties, self.known_provinces, self.known_places)


# Roles that the first rule set lacks, each with the number of the first rule set that has it.
LATER_ROLES: Mapping[Role, int] = {}
# Defaults, as JSON, that fields of the policy have from a later rule set on: ((3, X), (5, Y)). Those in the struct stay, because
# a record leaves out what equals them.
LATER_DEFAULTS: Mapping[str, tuple[tuple[int, Any], ...]] = {}


class Voter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An institution's vote on the order of events: its key (id and hex) and its weight."""

    institution: str
    key: str
    public: str
    weight: int


class Voters(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The voters on the order of events, by institution; the row is absent in networks where nobody votes."""

    TABLE: ClassVar[str] = "voters"

    voters: tuple[Voter, ...]

    @property
    def key(self) -> str:
        """The key of the only set of voters."""
        return VOTERS_KEY


class VoteReport(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The institutions that reported two votes of one key at one height; `proven` once they are enough."""

    TABLE: ClassVar[str] = "vote_report"

    id: str  # <key id>:<height>
    reporters: tuple[str, ...]
    proven: bool
