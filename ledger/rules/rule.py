"""Rules as rows: code, articles, predicate. The order of a table is the precedence of its reasons.

A predicate returns True to refuse. Predicates and `effects` functions only read; changes are returned as records.
"""

import builtins
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

import msgspec

from dengbu.ledger.law.articles import Article
from dengbu.ledger.law.verdict import Code, Reason
from dengbu.ledger.log.envelope import Envelope
from dengbu.ledger.register.dated import Before
from dengbu.ledger.register.members import Institution, KeyClass, Role
from dengbu.ledger.register.record import Record
from dengbu.ledger.register.register import Register
from dengbu.ledger.rules.rule_sets import FIRST, NEWEST

PRIVATE_PARTS_MAX = 16  # of an event whose row names no other number

D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class LogPosition:
    """Where in the log a judgement takes place: entry index, block height, block time (ms UTC).

    `rule_set` is the number of the rule set in force there; `dengbu.ledger.transition.judge` fills it in itself.
    """

    index: int
    height: int
    time: int
    rule_set: int = NEWEST.number


@dataclass(frozen=True, slots=True)
class Event(Generic[D]):
    """An admitted event, with typed data and verified signatures.

    `signers` are the institutions that signed with a key of the right class, sorted; the actor is among them.
    """

    envelope: Envelope
    data: D
    signers: tuple[str, ...]
    actor: Institution


@dataclass(frozen=True, slots=True)
class View(Generic[D]):
    """What a rule about an event may look at."""

    register: Register
    event: Event[D]
    at: LogPosition

    @property
    def data(self) -> D:
        """The event's data."""
        return self.event.data


V = TypeVar("V", contravariant=True)  # a rule about any view also takes a richer one
W = TypeVar("W", bound=View[Any])


@dataclass(frozen=True, slots=True)
class Rule(Generic[V]):
    """One row: when `refuses` is true of a view, the event is refused with this code under these articles.

    `where` says what in the event it is refused for, if not all of it. The row belongs to the rule sets from number
    `since` on, and to none from number `until` on.
    """

    code: Code
    law: tuple[Article, ...]
    refuses: Callable[[V], bool]
    since: int = FIRST.number
    until: int | None = None
    where: Callable[[V], dict[str, Any]] | None = None

    def belongs_to(self, rule_set: int) -> bool:
        """Whether the row belongs to the rule set with this number."""
        return self.since <= rule_set and (self.until is None or rule_set < self.until)


def refusals(
    rules: tuple[Rule[V], ...], view: V, at: LogPosition, where: dict[str, Any] | None = None
) -> tuple[Reason, ...]:
    """Return a refusal for every rule of a table that is in force at a place and refuses, in the table's order."""
    return tuple(
        Reason(rule.code, rule.law, rule.where(view) if rule.where else where)
        for rule in rules
        if rule.belongs_to(at.rule_set) and rule.refuses(view)
    )


@dataclass(frozen=True, slots=True)
class Effects:
    """The effects of an event that is not refused: its outcome, its result, and the records that change."""

    outcome: str
    records: tuple[Record, ...] = ()
    result: dict[str, Any] = field(default_factory=dict)


def _as_it_is(view: View[Any]) -> Any:
    return view


@dataclass(frozen=True, slots=True)
class Title:
    """What an act or a type of event is called, in Chinese and in English; `covers` lists the kinds of it."""

    zh: str
    en: str
    covers: str = ""


class Compared(StrEnum):
    """What the sender's own node compares with the register, and with the case, before it signs an event."""

    NOTHING = "nothing"
    TITLE = "title"  # whom the imported title names
    TITLES = "titles"  # likewise for each title of a batch
    PARTIES = "parties"  # whom the application names
    DECLARED = (
        "declared"  # all private parts of the case that it may read, and what the case declares to be taxed
    )
    PAID = "paid"  # all private parts of the case that it may read, and whether less was paid than is due


class Does(StrEnum):
    """What an event that is not refused does, as far as those who follow the log act upon it."""

    NOTHING = "nothing"  # nothing that they act upon
    ACCEPTS = "accepts"  # opens the case that its result names
    ENTERS = "enters"
    REFUSES = "refuses"
    WITHDRAWS = "withdraws"
    SUSPENDS = "suspends"  # the registry waits on the event's `ground`
    RESUMES = "resumes"  # ends every such wait
    AWAITS_TAX = "awaits-tax"  # taxes that were cleared are not cleared any more
    CLEARS_TAX = "clears-tax"  # taxes are cleared, if it leaves the deal so
    HANDS_OVER = "hands-over"  # the automatic desk leaves the case to a person, for its `doubts`
    RATES = "rates"  # by a `score`
    ERASES = "erases"  # every node destroys the payloads behind its `commitments`
    SETS_POLICY = "sets-policy"  # the `policy` in its data is in force from the next entry on


# The members of an event's data by which others follow what it does.
_FOLLOWED: Mapping[Does, tuple[str, ...]] = {
    Does.ENTERS: ("case",),
    Does.REFUSES: ("case",),
    Does.WITHDRAWS: ("case",),
    Does.SUSPENDS: ("case", "ground"),
    Does.RESUMES: ("case",),
    Does.AWAITS_TAX: ("case",),
    Does.CLEARS_TAX: ("case",),
    Does.HANDS_OVER: ("case", "doubts"),
    Does.RATES: ("case", "score"),
    Does.ERASES: ("commitments",),
    Does.SETS_POLICY: ("policy",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EventKind(Generic[W]):
    """A type of event, with everything that is true of its events; all else about events is derived from these rows.

    `senders`: the roles that may send it, signed by keys of the class `signed_by`. `open`: whether every member may
    see it, since members verify by it. `compared`: what the sender's own node looks into before it signs. `does`: what
    those who follow the log take from it. `parts`: the private parts that an entitled node looks into, and the shapes
    of their values; others are only compared with their commitments. `reasons` finds refusals that a table cannot hold
    (those of a case's acts), which follow the table's. `look` widens the view that rules, reasons and effects share by
    what is expensive to find twice. `private_max`: how many private parts it may have. `reads`: rows to be read
    together, as judging will ask for them. `since`: the number of the first rule set that has it. `before`: what
    `senders` and `signed_by` were before a later set (`dengbu.ledger.register.dated`).
    """

    type: str
    title: Title
    senders: tuple[Role, ...]
    signed_by: KeyClass
    open: bool
    compared: Compared
    does: Does
    parts: Mapping[str, builtins.type[msgspec.Struct]]
    data: builtins.type[Any]
    rules: tuple[Rule[W], ...]
    effects: Callable[[W], Effects]
    reasons: Callable[[W], tuple[Reason, ...]] = lambda view: ()
    look: Callable[[View[Any]], W] = _as_it_is
    private_max: int = PRIVATE_PARTS_MAX
    reads: Callable[[Any], Iterable[tuple[str, str]]] = lambda data: ()
    since: int = FIRST.number
    before: Mapping[str, Before[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert all(name in ("senders", "signed_by") for name in self.before), self.type
        has = self.data.__struct_fields__
        assert all(name in has for name in _FOLLOWED.get(self.does, ())), self.type


class Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of every event's data: unknown fields are refused when the event is admitted."""
