"""The backing an act needs before the automatic desk enters it: the persons in `parties`, and the price or amount.

Only the registry can tell who is behind a reference, and only a person can recognise a genuine paper. An act
therefore rests either on everyone who loses by it, each of them named, or on a paper that a person sees. Acts for
which mortgagees alone apply (Civil Code 393, 407) rest on their signatures, which every node verifies. References
come from the register, or from an earlier act of the case.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from dengbu.ledger.register.record import Holder
from dengbu.ledger.register.records import Right, Unit
from dengbu.ledger.register.register import Register

A = TypeVar("A", contravariant=True)
T = TypeVar("T")
References = tuple[str, ...]


class Stated(StrEnum):
    """What a private part of the application states: a mortgage's amount, a price, or a price that may be nothing."""

    TERMS = "terms"
    PRICE = "price"
    AGREEMENT = "agreement"


@dataclass(frozen=True, slots=True)
class Asked:
    """The persons asked for in a role: the same on each unit, and there exactly those behind the given references."""

    role: str
    places: tuple[tuple[str, References], ...]


class Held:
    """The holders of units: by the register, and by what the acts of the case have given so far."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self._gained: dict[str, References] = {}

    def gain(self, given: Mapping[str, References]) -> None:
        """Record who holds which units from the next act on."""
        self._gained |= given

    def by_right(self, unit: str, right: str | None) -> References:
        """Return the holders of a unit: those of a registered right, unless the case has given the unit to others."""
        found = self.register.get(Right, str(right))
        return self._gained.get(unit) or (refs_of(found.holders) if found else ())

    def of_unit(self, code: str | None) -> References:
        """Return the holders of a unit now."""
        unit = self.register.get(Unit, str(code))
        return self.by_right(str(code), unit.right if unit else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backing(Generic[A]):
    """The backing of one kind of act.

    `asks`: the persons asked for. `tells`: what a typed part must state. `paper`: whether the act rests on a paper
    that only a person can judge. `gives`: the holders of units after the act.
    """

    asks: Callable[[Held, A], Iterable[Asked]]
    tells: Callable[[A], Stated | None]
    paper: Callable[[A], bool]
    gives: Callable[[Held, A], Mapping[str, References]]


def refs_of(holders: Sequence[Holder]) -> References:
    """Return the references of holders, in their order."""
    return tuple(one.ref for one in holders)


def nobody(held: Held, act: Any) -> Iterator[Asked]:
    """Ask for no person: institutions alone apply, or the act rests on a paper."""
    return iter(())


def by(role: str) -> Callable[[Held, Any], Iterator[Asked]]:
    """Return a function that asks, in this role, for the holders of the right that the act names on its unit."""

    def asks(held: Held, act: Any) -> Iterator[Asked]:
        yield Asked(role, ((act.unit, held.by_right(act.unit, act.right)),))

    return asks


def both_sides(held: Held, act: Any) -> Iterator[Asked]:
    """Ask for the former and the new holders of the right."""
    yield Asked("transferors", ((act.unit, held.by_right(act.unit, act.right)),))
    yield Asked("transferees", ((act.unit, refs_of(act.holders)),))


def always(value: T) -> Callable[[Any], T]:
    """Return a function that returns the same value for every act."""
    return lambda act: value


def nothing(held: Held, act: Any) -> Mapping[str, References]:
    """Return no unit, since the same persons hold what they held before."""
    return {}


def its_holders(held: Held, act: Any) -> Mapping[str, References]:
    """Return the unit of the act with the holders that it names."""
    return {act.unit: refs_of(act.holders)}


BY_INSTITUTIONS: Backing[Any] = Backing(asks=nobody, tells=always(None), paper=always(False), gives=nothing)
