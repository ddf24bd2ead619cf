"""Records of what is noted on a unit beside the rights: it says that a right is doubted, promised or held back."""

from typing import ClassVar

from dengbu.ledger.register.record import Record


class Mark(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A dispute or a freeze, set by an institution on a paper of an authority; `until` is its last day, if it has one."""

    TABLE: ClassVar[str] = "mark"

    id: str
    unit: str
    kind: str  # dispute | freeze
    institution: str
    document: str
    since: int
    status: str  # set | lifted
    until: str | None = None
    ended: int | None = None


class Objection(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """An objection to a right; it lapses fifteen days after its entry unless a suit was shown by then."""

    TABLE: ClassVar[str] = "objection"

    id: str
    unit: str
    right: str
    objector: str  # by reference
    ground: str
    entered_on: str  # ISO date, UTC+8
    certificate: str
    case: str
    since: int
    status: str  # noted | lapsed | closed
    suit: str | None = None  # the number of the court's paper that shows it
    ended: int | None = None


class Notice(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """An advance notice: who is promised a right; it lapses ninety days after what it promises can be registered."""

    TABLE: ClassVar[str] = "notice"

    id: str
    unit: str
    kind: str  # presale | sale | mortgage | presale-mortgage
    beneficiary: str  # a holder reference, or the bank of a promised mortgage
    entered_on: str  # ISO date, UTC+8
    certificate: str
    case: str
    since: int
    status: str  # noted | converted | cancelled | lapsed
    ripe_on: str | None = None  # the day from which it can be registered
    ended: int | None = None


class Fault(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A wrong entry that the registry found and told the holder of, so that it may correct it itself later."""

    TABLE: ClassVar[str] = "fault"

    id: str
    unit: str
    right: str
    told_on: str  # ISO date, UTC+8
    since: int
    status: str  # told | announced | corrected
    announced_on: str | None = None


class Loss(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A holder's announced statement that a certificate is lost."""

    TABLE: ClassVar[str] = "loss"

    id: str
    unit: str
    right: str
    certificate: str
    announced_on: str  # ISO date, UTC+8
    since: int
