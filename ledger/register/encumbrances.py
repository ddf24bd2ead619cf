"""Records of what burdens a unit: mortgages, courts' seizures and transfer orders."""

from typing import ClassVar

from dengbu.ledger.register.record import Holder, Record


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
    status: str  # active | discharged | converted | carried (on in the rows that name it as `origin`)
    case: str
    since: int
    ended: int | None = None
    joint: str | None = None  # the joint mortgage of whose claim this is the row on one unit
    fixed: int | None = None  # the entry that fixed a maximum claim
    origin: str | None = None  # the row that this one continues on a unit that was split or merged
    covers: tuple[str, ...] = ()  # units under construction that it is on, by the codes they will have
    ranks_from: int | None = None  # the entry whose place in time gives the rank, if not `since`


class Joint(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A claim secured on several units: its rows, one a unit, those that have ended among them."""

    TABLE: ClassVar[str] = "joint"

    id: str
    mortgages: tuple[str, ...]


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
    status: str  # effective | waiting | released | lapsed | carried (on in the rows that name it as `origin`)
    origin: str | None = None  # the row that this one continues on a unit that was split or merged
    kind: str = "seizure"  # seizure | pre-seizure
    debtor: str | None = (
        None  # of a pre-seizure: the holder, by reference, into whose name the unit is to come
    )


class Order(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A court's order to transfer a unit: from the debtor's right to the new holders, free of the mortgages named."""

    TABLE: ClassVar[str] = "order"

    id: str
    unit: str
    right: str
    court: str
    document: str
    mode: str
    holders: tuple[Holder, ...]
    ends: tuple[str, ...]
    since: int
    status: str  # open | executed | revoked | lapsed (another was executed)
    ended: int | None = None
