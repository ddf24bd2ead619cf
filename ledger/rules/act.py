"""The parts of an act: its shape, its rules and its effects. Each act is one file in `ledger/acts`."""

import builtins
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import msgspec

from dengbu.ledger.law.calendar import legal_date
from dengbu.ledger.law.identifiers import COUNTY
from dengbu.ledger.register.dated import Before
from dengbu.ledger.register.members import Policy, Role
from dengbu.ledger.register.record import Holder, Record
from dengbu.ledger.register.records import Certificate, Counter, Right, Unit
from dengbu.ledger.register.register import Register
from dengbu.ledger.rules.backing import Backing
from dengbu.ledger.rules.policies import policy_in_force
from dengbu.ledger.rules.rights import Begun, right_id
from dengbu.ledger.rules.rule import LogPosition, Rule, Title
from dengbu.ledger.rules.rule_sets import FIRST
from dengbu.ledger.rules.taxes import BOUND

OWNS = "ownership"
OWNERSHIP, OTHER_RIGHTS = "不动产权", "不动产证明"  # what a certificate number says it is for


class Act(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="act"):
    """Base of every act: tagged by `act`, unknown fields refused when the event is admitted."""


A = TypeVar("A", bound=Act)


@dataclass(frozen=True, slots=True)
class ActView(Generic[A]):
    """What a rule about an act may look at.

    `register` shows the case's earlier acts as done. `number` is the number of the case, `ordinal` the act's place in
    it, from 1. `consents` are the institutions that signed the application, the applicant among them; `acts` are all
    acts of the case.
    """

    register: Register
    act: A
    number: str
    ordinal: int
    consents: tuple[str, ...]
    at: LogPosition
    acts: tuple[Act, ...] = ()

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return policy_in_force(self.register)

    def unit(self, code: str) -> Unit | None:
        """The unit of a code if it is first-registered and not retired."""
        found = self.register.get(Unit, code)
        return found if found is not None and found.status == "active" else None

    def right(self, unit: str, right: str) -> Right | None:
        """The ownership right of an id if it is on that unit."""
        found = self.register.get(Right, right)
        return found if found is not None and (found.unit, found.kind) == (unit, OWNS) else None


@dataclass(frozen=True, slots=True)
class ActEffects:
    """The effects of an act: the records that it enters, and its part of the case's result."""

    records: tuple[Record, ...]
    result: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActKind(Generic[A]):
    """A type of act, with everything that is true of its acts; all else about acts is derived from these rows.

    `applicants`: the roles that may apply for it. `about`: the fields that, together with its units, tell two of them
    apart; `giving`: the fields, its own or of its parts, that name persons who give something up by it. `secures`: the
    institution to which it gives or promises a mortgage; `ends`: the mortgages that it discharges; `begins`: the
    ownership rights that it begins (`dengbu.ledger.rules.rights`).
    `parties`: whom else it concerns besides those that sign; if `discreet`, a tax bureau or a court that it does not
    concern sees only its name and unit. `disposes`: whether it waits for earlier disposing cases
    on the unit (acceptance order, IR 67). `taxed`: whether it waits for its taxes. `backing`: what the automatic desk
    asks for before it enters the act. `since`: the number of the first rule set that has it. `before`: what `applicants`,
    `about`, `disposes` and `taxed` were before a later set (`dengbu.ledger.register.dated`).
    """

    type: type[A]
    title: Title
    applicants: tuple[Role, ...]
    about: tuple[str, ...]
    giving: tuple[str, ...]
    units: Callable[[Register, A], tuple[str, ...]]
    parties: Callable[[Register, A], tuple[str, ...]]
    discreet: bool
    secures: Callable[[A], str | None]
    ends: Callable[[Register, A], tuple[str, ...]]
    begins: Callable[[Mapping[str, Any]], Begun]
    disposes: bool
    taxed: bool
    backing: Backing[A]
    rules: tuple[Rule[ActView[A]], ...]
    effects: Callable[[ActView[A]], ActEffects]
    since: int = FIRST.number
    before: Mapping[str, Before[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert all(name in ("applicants", "about", "disposes", "taxed") for name in self.before), self.tag
        has = self.type.__struct_fields__
        assert all(name in has for name in (*self.about, *(BOUND if self.taxed else ()))), self.tag

    def concerns(self, register: Register, act: A) -> tuple[str, ...]:
        """Return the institutions whose business an act is, besides those that sign for it."""
        secured = self.secures(act)
        return (*self.parties(register, act), *(() if secured is None else (secured,)))

    @property
    def tag(self) -> str:
        """Return what the act is called in an application."""
        return tag_of(self.type)


def tag_of(act: Act | builtins.type[Act]) -> str:
    """Return the tag of an act, or of a type of acts."""
    tag = act.__struct_config__.tag
    assert isinstance(tag, str)
    return tag


def issue(view: ActView[Any], what: str, of: str, unit: str) -> tuple[Certificate, Counter]:
    """Issue the next free certificate number of the year and the unit's place; `what` is OWNERSHIP or OTHER_RIGHTS."""
    year, policy = legal_date(view.at.time).year, view.policy
    own = policy.certificate_places.get(unit[COUNTY])
    name = f"{what}:{year}" if own is None else f"{what}:{year}:{own}"
    last = view.register.get(Counter, name)
    value = last.value if last else 0
    while True:
        value += 1
        number = f"{policy.certificate_prefix}({year}){own or policy.certificate_place}{what}第{value:07}号"
        if view.register.get(Certificate, number) is None:  # an imported title may have taken it
            return Certificate(number, of, unit, view.at.index), Counter(name, value)


def begin_ownership(
    view: ActView[Any], unit: str, mode: str, holders: tuple[Holder, ...], nth: int
) -> tuple[Right, Certificate, Counter]:
    """The nth ownership right on a unit, current from this entry on, and its certificate."""
    name = right_id(unit, nth)
    certificate, counter = issue(view, OWNERSHIP, name, unit)
    right = Right(
        id=name,
        unit=unit,
        kind=OWNS,
        mode=mode,
        holders=holders,
        certificate=certificate.number,
        since=view.at.index,
        time=view.at.time,
        cause=view.number,
        status="current",
    )
    return right, certificate, counter


def reissue(view: ActView[Any], right: Right) -> tuple[Right, Certificate, Counter]:
    """Reissue a right under a new certificate, which makes its previous certificate void."""
    certificate, counter = issue(view, OWNERSHIP, right.id, right.unit)
    return msgspec.structs.replace(right, certificate=certificate.number), certificate, counter
