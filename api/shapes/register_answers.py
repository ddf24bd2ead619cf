"""What goes out of the register, by the register's own records: units and what lies on them, cases, deals, certificates."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from dengbu.api.shapes.answers import ActTold, Answer, Finding, Milliseconds, Path, Reason, page_of
from dengbu.api.shapes.of_ledger import reference, shown
from dengbu.ledger.cases.representation import Attorney, Guardian
from dengbu.ledger.catalogue import KINDS
from dengbu.ledger.log.envelope import Hex64
from dengbu.ledger.register import encumbrances, notations, records
from dengbu.ledger.register.record import Holder, Record
from dengbu.ledger.register.records import CASE_STATES

# Fields of other institutions' records that anyone entitled to the unit's structure sees.
SEEN_BY_ALL: dict[type[Record], tuple[str, ...]] = {
    encumbrances.Mortgage: ("rank", "status"),
    encumbrances.Seizure: ("status",),
    notations.Mark: ("kind", "until"),
    notations.Objection: ("id", "entered_on"),
    notations.Notice: ("id", "kind", "entered_on"),
    encumbrances.Order: ("id",),
    records.Right: ("id", "kind", "until", "dominant"),
}


def _partly(record: type[Record], name: str) -> Any:
    """A record on a unit: in full for the institution whose it is and for the registry, else what all see of it."""
    return shown(record, name, always=SEEN_BY_ALL[record])


Right: Any = shown(records.Right, "Right")
Mortgage: Any = shown(encumbrances.Mortgage, "Mortgage")
MortgageOnUnit: Any = _partly(encumbrances.Mortgage, "MortgageOnUnit")
Seizure: Any = shown(encumbrances.Seizure, "Seizure")
SeizureOnUnit: Any = _partly(encumbrances.Seizure, "SeizureOnUnit")
MarkOnUnit: Any = _partly(notations.Mark, "MarkOnUnit")
ObjectionOnUnit: Any = _partly(notations.Objection, "ObjectionOnUnit")
NoticeOnUnit: Any = _partly(notations.Notice, "NoticeOnUnit")
OrderOnUnit: Any = _partly(encumbrances.Order, "OrderOnUnit")
UsufructOnUnit: Any = _partly(records.Right, "UsufructOnUnit")
Deal: Any = shown(records.Deal, "Deal")


class Flags(Answer):
    """Yes or no about a unit: registered, mortgaged, seized, disputed, frozen, objected to, promised, encumbered, ordered.

    `pending`: an application waits on it. Of a unit that nobody has registered every answer is no.
    """

    registered: bool
    mortgaged: bool
    seized: bool
    disputed: bool
    frozen: bool
    objected: bool
    promised: bool
    encumbered: bool
    ordered: bool
    pending: bool


class OwnedOn(Answer):
    """Who owned a unit on a day by valid time."""

    on: str
    right: Right | None


class Unit(Answer):
    """A unit as this institution may see it: flags alone, or its structure too."""

    code: str
    flags: Flags
    use: str | UnsetType = UNSET
    area_cm2: int | UnsetType = UNSET
    status: str | UnsetType = UNSET
    head: int | UnsetType = UNSET
    right: Right | UnsetType | None = UNSET
    mortgages: tuple[MortgageOnUnit, ...] | UnsetType = UNSET
    seizures: tuple[SeizureOnUnit, ...] | UnsetType = UNSET
    marks: tuple[MarkOnUnit, ...] | UnsetType = UNSET
    objections: tuple[ObjectionOnUnit, ...] | UnsetType = UNSET
    notices: tuple[NoticeOnUnit, ...] | UnsetType = UNSET
    orders: tuple[OrderOnUnit, ...] | UnsetType = UNSET
    usufructs: tuple[UsufructOnUnit, ...] | UnsetType = UNSET
    open_cases: tuple[str, ...] | UnsetType = UNSET
    valid: OwnedOn | UnsetType = UNSET


# An act that is not the reader's business is told by its name and unit.
_ActShown = Annotated[
    Any, Meta(extra_json_schema={"anyOf": [*(reference(kind.type) for kind in KINDS), reference(ActTold)]})
]
# Of an agent's paper a case keeps the commitment.
AttorneyOfCase: Any = shown(Attorney, "AttorneyOfCase", paper=Hex64)
GuardianOfCase: Any = shown(Guardian, "GuardianOfCase", paper=Hex64)
_CASE: dict[str, Any] = {
    "acts": tuple[_ActShown, ...],
    "agents": tuple[AttorneyOfCase | GuardianOfCase, ...],
    "state": Literal[CASE_STATES],
    "deal_state": str | None,
    "receipts": tuple[Path, ...],
}
Case: Any = shown(records.Case, "Case", **_CASE)


class GroundTold(Answer):
    """A ground of an officer's refusal 不予登记的理由: the article, and the code of its text."""

    law: str
    text_code: str


class Doubt(Answer):
    """Why the automatic desk left a case to a person 转人工的原因."""

    code: str
    title_zh: str
    title_en: str


CaseRead: Any = shown(
    records.Case,
    "CaseRead",
    **_CASE,
    doubts=tuple[Doubt, ...],
    suspended_at=Milliseconds | None,
    grounds=tuple[GroundTold, ...],
)
CaseToDecide: Any = shown(records.Case, "CaseToDecide", **_CASE, desk=tuple[str, ...])


class Precheck(Answer):
    """What would become of an application, as of a number of entries; nothing was signed, sent or written.

    `problems` keep this institution from signing it (`blocked`), `reasons` are those of the rules (`refused`), and for `doubts` a
    person decides (`person`); without any it would be entered by the automatic desk (`automatic`), once its taxes are cleared.
    Only the registry compares persons with the register, and a pre-check says of that no more than "goes to a person".
    """

    handling: Literal["blocked", "refused", "person", "automatic"]
    reasons: tuple[Reason, ...]
    problems: tuple[Finding, ...]
    doubts: tuple[Finding, ...]
    as_of: int


class Clock(Answer):
    """A case's clock 办理时限: working days used, the limits, the last day, and what the registry waits for."""

    case: str
    accepted_at: Milliseconds
    decided_at: Milliseconds | None
    used: int
    limit: int
    statutory_limit: int
    level: str
    overdue: bool
    statutory_overdue: bool
    due: str | None
    provisional: bool
    waits: tuple[str, ...]
    waited_days: dict[str, int]
    registry_ms: int


class CaseByClock(Clock):
    """An undecided case by its clock, and the names of its acts."""

    acts: tuple[str, ...]


class TaxLine(Answer):
    """One tax by the rate table: base, rate and amount due, and what was assessed."""

    tax: str
    base_fen: int
    rate: str
    due_fen: int
    assessed_fen: int | None
    basis_zh: str
    basis_en: str
    sure: bool


class TaxCheck(Answer):
    """The rate table over a case's own payloads; it decides nothing."""

    case: str
    lines: tuple[TaxLine, ...]
    warnings: tuple[Finding, ...]


class RightCertified(Answer):
    """The right for which a certificate was issued."""

    number: str
    kind: Literal["ownership", "habitation", "easement"]
    unit: str
    use: str | None
    right: str
    mode: str
    holders: tuple[Holder, ...]
    status: str
    since: int
    receipt: Path


MortgageCertified: Any = shown(
    encumbrances.Mortgage,
    "MortgageCertified",
    number=str,
    mortgage=str,
    kind=Literal["mortgage"],
    receipt=Path,
)

CasePage: Any = page_of(Case)
CaseToDecidePage: Any = page_of(CaseToDecide)
CaseByClockPage: Any = page_of(CaseByClock)
DealPage: Any = page_of(Deal)
MortgagePage: Any = page_of(Mortgage)
SeizurePage: Any = page_of(Seizure)
