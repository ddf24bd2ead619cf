"""Records of notations on a unit besides its rights: a right is disputed, promised or may not be disposed of."""

from typing import ClassVar

from dengbu.ledger.register.record import Record


class Mark(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A dispute or a freeze, set by an institution on an authority's document; `until` is its last day, if any."""

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
    """An objection to a right; it lapses fifteen days after its entry unless a suit has been shown by then."""

    TABLE: ClassVar[str] = "objection"

    id: str
    unit: str
    right: str
    objector: str  # a holder reference
    ground: str
    entered_on: str  # ISO date, UTC+8
    certificate: str
    case: str
    since: int
    status: str  # noted | lapsed | closed
    suit: str | None = None  # the number of the court document that shows the suit
    ended: int | None = None


class Notice(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """An advance notice of a promised right; it lapses ninety days after the right can be registered."""

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
    ripe_on: str | None = None  # the day from which the right can be registered, as an ISO date
    ended: int | None = None


class Fault(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A wrong entry that the registry found and told the holder about, as it must before correcting it itself."""

    TABLE: ClassVar[str] = "fault"

    id: str
    unit: str
    right: str
    told_on: str  # ISO date, UTC+8
    since: int
    status: str  # told | announced | corrected
    announced_on: str | None = None


class Loss(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A holder's statement, announced by the registry, that a certificate is lost."""

    TABLE: ClassVar[str] = "loss"

    id: str
    unit: str
    right: str
    certificate: str
    announced_on: str  # ISO date, UTC+8
    since: int
