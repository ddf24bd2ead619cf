"""What goes out about the node and the network: members, readiness, figures, personal data and who read it, problems."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from dengbu.api.shapes.answers import Answer, Index, page_of
from dengbu.api.shapes.of_ledger import shown
from dengbu.ledger.register import members
from dengbu.nodes.private.access_chain import Access

Key: Any = shown(members.Key, "Key")
Institution: Any = shown(members.Institution, "Institution", keys=tuple[Key, ...])
InstitutionPage: Any = page_of(Institution)
AccessRow: Any = shown(Access, "AccessRow")
PolicyInForce: Any = shown(members.Policy, "PolicyInForce", rule_set_number=int, active=int)


class Check(Answer):
    """One check of the node's health: whether it holds, and the value that says so."""

    ok: bool
    value: Any


class Readiness(Answer):
    """Whether the node serves; `degraded`: it serves, but a check that only writing or others need does not hold."""

    ready: bool
    degraded: bool
    checks: dict[str, Check]


class Protocol(Answer):
    """The versions of the formats that the node speaks."""

    event: str
    http: str
    entry: int


class Version(Answer):
    """The versions of the software and of what it speaks, and whose node this is."""

    version: str
    protocol: Protocol
    net: str
    institution: str
    role: str
    python: str
    sqlite: str


class ChainHead(Answer):
    """The last row of the access log: number and hash."""

    n: int
    hash: str


class ChainBroken(Answer):
    """The first row at which the access log does not stand (0: the log as a whole), and what is wrong there."""

    n: int
    what: str


class AccessLog(Answer):
    """Rows of the access log, the number to go on from, and the chain's head."""

    items: tuple[AccessRow, ...]
    next_after: int
    head: ChainHead
    broken: ChainBroken | None


class Payload(Answer):
    """One private part of a case; its value is null unless it is present."""

    name: str
    commitment: str
    index: Index
    event_type: str
    state: Literal["present", "missing", "erased", "mismatched"]
    value: Any


class Payloads(Answer):
    """The private parts of a case that this institution is entitled to, and the purpose for which they were read."""

    case: str
    purpose: str
    items: tuple[Payload, ...]


class Share(Answer):
    """`count` out of `of`, and their ratio in lowest terms; null if `of` is 0."""

    count: int
    of: int
    share: str | None


class Times(Answer):
    """Times in ms: how many, their sum, mean (a fraction), median and ninetieth percentile; null if `count` is 0."""

    count: int
    sum_ms: int
    mean_ms: str | None
    p50_ms: int | None
    p90_ms: int | None


class Figures(Answer):
    """The figures of a period; `formulas` of the report defines each."""

    accepted: int
    turned_away: int
    entered: int
    refused: int
    withdrawn: int
    open: int
    total_time: Times
    registry_time: Times
    tax_time: Times
    within_promise: Share
    within_statute: Share
    first_time: Share
    automatic: Share
    overrides: Share
    handed_over: Share
    doubts: dict[str, int]
    shared_papers: int
    with_shared_papers: Share
    cross_district: Share
    ratings: dict[str, int]
    rated: Share
    good: Share


class FiguresOfGroup(Figures):
    """The figures of one group; `key` says which."""

    key: dict[str, str]


class Coverage(Answer):
    """The three goals of a hundred per cent 三个百分之百: banks, offices, online; and outlets."""

    bank_coverage: Share
    outlet_coverage: Share
    office_coverage: Share
    online_coverage: Share


class Formula(Answer):
    """The definition of a figure in words."""

    zh: str
    en: str


class Stats(Answer):
    """Efficiency 效能监察 in a period, as of a number of entries; `only`: the institution to whose cases it is confined."""

    start: str | None = msgspec.field(name="from")
    end: str | None = msgspec.field(name="to")
    by: tuple[str, ...]
    only: str | None
    entries: int
    all: Figures
    groups: tuple[FiguresOfGroup, ...]
    coverage: Coverage
    formulas: dict[str, Formula]


class ProblemKind(Answer):
    """One kind of problem: what it means and what to do; `number` where the ledger numbers it."""

    type: str
    code: str
    status: int
    title_zh: str
    title_en: str
    action_zh: str
    action_en: str
    number: int | UnsetType = UNSET


class ProblemKinds(Answer):
    """Every kind of problem."""

    items: tuple[ProblemKind, ...]
