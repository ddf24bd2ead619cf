"""A node's answers as frozen data. Members that this version does not know are kept in `extra`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from dengbu.api.client.errors import VerificationError

M = TypeVar("M")
PENDING = "pending"  # the state of a case or deal whose event is not final


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The outcome of an event: pending; final at an index with its outcome; or turned away with a code.

    `time` is the block time in ms UTC. There are `reasons` exactly if the outcome is "refused". An event that was
    turned away can no longer become an entry; `code`, `number`, the titles and `detail` say why.
    """

    status: str
    actor: str
    id: str
    index: int | None = None
    height: int | None = None
    time: int | None = None
    outcome: str | None = None
    reasons: tuple[Mapping[str, Any], ...] = ()
    result: Mapping[str, Any] = field(default_factory=dict)
    receipt: str | None = None
    code: str | None = None
    number: int | None = None
    title_zh: str | None = None
    title_en: str | None = None
    detail: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def final(self) -> bool:
        """Whether a quorum has cosigned the entry."""
        return self.status == "final"

    @property
    def turned_away(self) -> bool:
        """Whether the event will never become an entry."""
        return self.status == "turned-away"


@dataclass(frozen=True, kw_only=True)
class FeedItem:
    """One line of the feed: an entry's place, type and decision; `client.receipts.get(index)` proves it.

    For an entry to which this institution is not a party, it has only what touches the institution's own burdens:
    `concerns` names them, `acts` say how they are touched, and there is no receipt.
    """

    index: int
    height: int | None = None
    time: int | None = None
    type: str | None = None
    actor: str | None = None
    id: str | None = None
    outcome: str | None = None
    case: str | None = None
    units: tuple[str, ...] = ()
    acts: tuple[Mapping[str, Any], ...] = ()
    concerns: tuple[str, ...] = ()
    reasons: tuple[Mapping[str, Any], ...] = ()
    result: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A unit as far as this institution may see it: yes/no flags; if entitled, use, area (cm2), right and burdens."""

    code: str
    flags: Mapping[str, bool] = field(default_factory=dict)
    use: str | None = None
    area_cm2: int | None = None
    status: str | None = None
    right: Any = None
    valid: Any = None  # {"on", "right"}: the owner by valid time on the day that was asked for
    mortgages: tuple[Any, ...] = ()
    seizures: tuple[Any, ...] = ()
    marks: tuple[Any, ...] = ()
    objections: tuple[Any, ...] = ()
    notices: tuple[Any, ...] = ()
    orders: tuple[Any, ...] = ()
    usufructs: tuple[Any, ...] = ()
    open_cases: tuple[Any, ...] = ()
    head: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class Deal:
    """The tax side of a case: its state, its version, the taxes that block it and those cleared.

    `outcome` is that of the event whose submission returned this Deal, and `state` is "pending" until it is final.
    `warnings` are those of the cross-check, which block nothing.
    """

    case: str
    state: str | None = None
    version: int = 0
    gates: Mapping[str, str] = field(default_factory=dict)
    cleared: Mapping[str, str] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    repaid: tuple[str, ...] = ()
    warnings: tuple[Mapping[str, str], ...] = ()
    units: tuple[str, ...] = ()
    outcome: Outcome | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class Mortgage:
    """A mortgage, with its rank on its unit."""

    id: str
    unit: str | None = None
    right: str | None = None
    mortgagee: str | None = None
    rank: int | None = None
    kind: str | None = None
    status: str | None = None
    certificate: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class Seizure:
    """A seizure or pre-seizure by a court, as it stands now; `until` is its last day (ISO date)."""

    id: str
    unit: str | None = None
    court: str | None = None
    document: str | None = None
    until: str | None = None
    kind: str | None = None
    status: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The policy in force: `fields` are all of it; `governance_quorum` of `active` institutions can change it."""

    version: int
    governance_quorum: int
    active: int
    rule_set_number: int
    fields: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class Institution:
    """A member of the network and its role."""

    id: str
    role: str | None = None
    name_zh: str | None = None
    name_en: str | None = None
    status: str | None = None
    admitted: int | None = None
    keys: tuple[Any, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """The current meaning of a certificate number: a right on a unit with its holders, or a mortgage.

    `kind` is the right's (ownership, habitation, easement) or "mortgage"; `holders` are [{"ref", "share"}].
    """

    number: str
    kind: str | None = None
    unit: str | None = None
    right: str | None = None
    mode: str | None = None
    holders: tuple[Mapping[str, str], ...] = ()
    mortgage: str | None = None
    status: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class Health:
    """The health of a node: whether it is ready, whether it is degraded nonetheless, and the value of each check."""

    ready: bool
    degraded: bool = False
    checks: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)


def build(kind: type[M], value: Any, **given: Any) -> M:
    """Return a model of a node's JSON; raise VerificationError if it is not an object or lacks a required member."""
    if not isinstance(value, Mapping):
        raise VerificationError("shape", f"应答格式不符 {kind.__name__}: an object was expected")
    names = {each.name for each in fields(kind)} - {"extra"}  # type: ignore[arg-type]
    known = {name: _frozen(each) for name, each in value.items() if name in names and each is not None}
    extra = {name: each for name, each in value.items() if name not in names}
    make: Any = kind
    try:
        made: M = make(**{**known, **given}, extra=extra)
    except TypeError as error:
        raise VerificationError("shape", f"应答缺少成员 {kind.__name__}: {error}") from error
    return made


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
