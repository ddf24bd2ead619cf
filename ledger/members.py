"""Records of the network itself: institutions, their keys, the policy in force."""

from enum import StrEnum
from typing import ClassVar

import msgspec

from ledger.record import Record

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
    adverse_changes: tuple[str, ...] = ("amount-raised", "scope-widened", "term-extended")
    limit_days: int = 5  # working days promised from acceptance to decision
    limits: dict[str, int] = msgspec.field(default_factory=dict)  # the same for single acts
    altering_seized: str = "court-signs"  # court-signs | names-free

    @property
    def key(self) -> str:
        """There is one policy."""
        return POLICY_KEY
