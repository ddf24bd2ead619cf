"""Records of the burdens on a unit: mortgages, courts' seizures and transfer orders."""

from typing import ClassVar

from dengbu.ledger.register.record import Holder, Record


class Mortgage(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A mortgage, with its rank among the active mortgages of its unit (1 is first)."""

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
    status: str  # active | discharged | converted | carried (continued in rows whose `origin` it is)
    case: str
    since: int
    ended: int | None = None
    joint: str | None = None  # the joint mortgage that this row is part of
    fixed: int | None = None  # index of the entry that fixed the claims of a maximum mortgage
    origin: str | None = None  # the row that this one continues after a split or merger of the unit
    covers: tuple[str, ...] = ()  # mortgaged units under construction, by the codes they will have
    ranks_from: int | None = None  # index of the entry from which it ranks, if not `since`


class Joint(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A claim secured on several units; `mortgages` are its rows, one per unit, including those that have ended."""

    TABLE: ClassVar[str] = "joint"

    id: str
    mortgages: tuple[str, ...]


class Seizure(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A seizure by a court; `until` is its last day (ISO date), `served` the block time of service (ms UTC)."""

    TABLE: ClassVar[str] = "seizure"

    id: str
    unit: str
    court: str
    document: str
    until: str
    since: int
    served: int
    status: str  # effective | waiting | released | lapsed | carried (continued in rows whose `origin` it is)
    origin: str | None = None  # the row that this one continues after a split or merger of the unit
    kind: str = "seizure"  # seizure | pre-seizure
    debtor: str | None = (
        None  # for a pre-seizure: the reference of the holder in whose name the unit will be registered
    )


class Order(Record, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A court's order to transfer a unit from the debtor's right to `holders`, free of the mortgages in `ends`."""

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
    status: str  # open | executed | revoked | lapsed (another order was executed)
    ended: int | None = None
