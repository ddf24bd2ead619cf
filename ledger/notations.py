"""Records of what is noted on a unit beside the rights: it says that a right is doubted, promised or held back."""

from typing import ClassVar

from ledger.record import Record


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
