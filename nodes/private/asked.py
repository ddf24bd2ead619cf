"""The persons that each kind of act asks for: those `parties` must name by role, on which units, by which references.

The references are the register's, or come from an earlier act of the case; only the registry can tell who is behind one
(`dengbu.nodes.private.persons`). A column of `dengbu.nodes.private.backing` assigns these functions to acts.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dengbu.ledger.acts import easement_discharge, habitation_discharge
from dengbu.ledger.acts.correction import Correction
from dengbu.ledger.acts.easement_set import EasementSet
from dengbu.ledger.acts.habitation_set import CONTRACT, HabitationSet
from dengbu.ledger.acts.mortgage_set_joint import MortgageSetJoint
from dengbu.ledger.acts.notice_set import BEFORE_REGISTRATION, OF_BANKS, PRESALE, NoticeSet
from dengbu.ledger.acts.transfer import Transfer
from dengbu.ledger.acts.transfer_order import TransferOrder
from dengbu.ledger.acts.unit_alter import UnitAlter
from dengbu.ledger.acts.unit_deregister import WAIVER, UnitDeregister
from dengbu.ledger.acts.unit_first import UnitFirst
from dengbu.ledger.acts.unit_merge import UnitMerge
from dengbu.ledger.acts.unit_split import UnitSplit
from dengbu.ledger.register.records import Holder, Mortgage, Notice, Objection, Right, Unit
from dengbu.ledger.register.register import Register
from dengbu.ledger.rules import mortgages

Refs = tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """The persons asked for in a role: the same on each unit, and there exactly those behind the given references."""

    role: str
    places: tuple[tuple[str, Refs], ...]


class Held:
    """The holders of units: by the register, and by what the acts of the case have given so far."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self._gained: dict[str, Refs] = {}

    def gain(self, given: Mapping[str, Refs]) -> None:
        """Record who holds which units from the next act on."""
        self._gained |= given

    def by_right(self, unit: str, right: str | None) -> Refs:
        """Return the holders of a unit: those of a registered right, unless the case has given the unit to others."""
        found = self.register.get(Right, str(right))
        return self._gained.get(unit) or (refs_of(found.holders) if found else ())

    def of_unit(self, code: str | None) -> Refs:
        """Return the holders of a unit now."""
        unit = self.register.get(Unit, str(code))
        return self.by_right(str(code), unit.right if unit else None)


def refs_of(holders: Sequence[Holder]) -> Refs:
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


# ---- units and ownership ------------------------------------------------------------------------------------------


def first_holders(held: Held, act: UnitFirst) -> Iterator[Asked]:
    """Ask for the first holders of a unit."""
    yield Asked("transferees", ((act.unit, refs_of(act.holders)),))


def both_sides(held: Held, act: Transfer | TransferOrder) -> Iterator[Asked]:
    """Ask for the former and the new holders of the right."""
    yield Asked("transferors", ((act.unit, held.by_right(act.unit, act.right)),))
    yield Asked("transferees", ((act.unit, refs_of(act.holders)),))


def corrected(held: Held, act: Correction) -> Iterator[Asked]:
    """Ask for the holders of the right; if the correction names other owners, for both."""
    before = held.by_right(act.unit, act.right)
    if act.owners is None:
        yield Asked("holders", ((act.unit, before),))
        return
    yield Asked("transferors", ((act.unit, before),))
    yield Asked("transferees", ((act.unit, refs_of(act.owners.holders)),))


def renamed(held: Held, act: UnitAlter) -> Refs:
    """Return the holders of a unit, by their references after an alteration."""
    new = {one.old: one.new for one in act.renamed}
    return tuple(new.get(ref, ref) for ref in held.by_right(act.unit, act.right))


def altered(held: Held, act: UnitAlter) -> Iterator[Asked]:
    """Ask for the holders of the unit under their new references."""
    yield Asked("holders", ((act.unit, renamed(held, act)),))


def split(held: Held, act: UnitSplit) -> Iterator[Asked]:
    """Ask for the same persons on the unit and on every part."""
    parts = tuple((part.unit, refs_of(part.holders)) for part in act.parts)
    yield Asked("holders", ((act.unit, held.by_right(act.unit, act.right)), *parts))


def merged(held: Held, act: UnitMerge) -> Iterator[Asked]:
    """Ask for the same persons on every source unit and on the merged unit."""
    sources = tuple((one.unit, held.by_right(one.unit, one.right)) for one in act.sources)
    yield Asked("holders", (*sources, (act.into, refs_of(act.holders))))


def waiving(held: Held, act: UnitDeregister) -> Iterator[Asked]:
    """Ask for the holders who waive a unit; if it is lost or taken, ask for nobody."""
    if act.cause == WAIVER:
        yield from by("holders")(held, act)


# ---- rights of use, promises, objections --------------------------------------------------------------------------


def habitation(held: Held, act: HabitationSet) -> Iterator[Asked]:
    """Ask for those who grant a right of habitation by contract, and for its beneficiaries."""
    if act.ground == CONTRACT:
        yield from by("grantors")(held, act)
    yield Asked("takers", ((act.unit, act.beneficiaries),))


def habitants(held: Held, act: habitation_discharge.HabitationDischarge) -> Iterator[Asked]:
    """Ask for the beneficiaries who give up a right of habitation."""
    found = held.register.get(Right, act.usufruct)
    if found is not None and act.ground in habitation_discharge.GIVEN_UP:
        yield Asked("holders", ((found.unit, refs_of(found.holders)),))


def easement(held: Held, act: EasementSet) -> Iterator[Asked]:
    """Ask for the holders of the servient unit and of the dominant unit."""
    served = act.dominant
    yield from by("grantors")(held, act)
    yield Asked("takers", ((served.unit, held.by_right(served.unit, served.right)),))


def served(held: Held, act: easement_discharge.EasementDischarge) -> Iterator[Asked]:
    """Ask for the holders of the dominant unit, who give up the easement."""
    found = held.register.get(Right, act.usufruct)
    if found is not None and act.ground in easement_discharge.GIVEN_UP:
        yield Asked("holders", ((str(found.dominant), held.of_unit(found.dominant)),))


def promising(held: Held, act: NoticeSet) -> Iterator[Asked]:
    """Ask for both sides of an advance notice.

    The grantor is a holder, a developer, or the buyers of a presale who promise a bank a mortgage.
    """
    if act.kind not in BEFORE_REGISTRATION:
        yield from by("grantors")(held, act)
    elif buyers := _presold(held, act):
        yield Asked("grantors", ((act.unit, buyers), (act.unit, act.consent)))
    elif act.consent:
        yield Asked("grantors", ((act.unit, act.consent),))
    if act.beneficiary is not None:
        yield Asked("takers", ((act.unit, (act.beneficiary,)),))


def _presold(held: Held, act: NoticeSet) -> Refs:
    unit = held.register.get(Unit, act.unit) if act.kind != PRESALE else None
    found = [held.register.get(Notice, one) for one in unit.notices] if unit else []
    return tuple(one.beneficiary for one in found if one is not None and one.kind == PRESALE)


def promised(held: Held, act: Any) -> Iterator[Asked]:
    """Ask for the beneficiary of a purchase notice, who gives it up; a mortgage notice is the bank's, which signs."""
    found = held.register.get(Notice, act.notice)
    if found is not None and found.kind not in OF_BANKS:
        yield Asked("holders", ((found.unit, (found.beneficiary,)),))


def objector(held: Held, act: Any) -> Iterator[Asked]:
    """Ask for the objector who withdraws an objection."""
    found = held.register.get(Objection, act.objection)
    if found is not None and act.judgment is None:
        yield Asked("holders", ((found.unit, (found.objector,)),))


# ---- mortgages ----------------------------------------------------------------------------------------------------


def pieces(held: Held, act: MortgageSetJoint) -> Iterator[Asked]:
    """Ask for the holders of each unit of a joint mortgage, who may differ from unit to unit."""
    for piece in act.pieces:
        yield from by("mortgagors")(held, piece)


def building(held: Held, act: Any) -> Iterator[Asked]:
    """Ask for the holders of the building that is to carry a mortgage."""
    yield Asked("mortgagors", ((act.unit, held.of_unit(act.unit)),))


def claim(held: Held, act: Any) -> Iterator[Asked]:
    """Ask for the holders of each unit that secures the claim of a mortgage."""
    return _under(held, mortgages.claim_of(held.register, act.mortgage))


def row(held: Held, act: Any) -> Iterator[Asked]:
    """Ask for the holders of the unit that a mortgage is on."""
    found = held.register.get(Mortgage, act.mortgage)
    return _under(held, (found,) if found else ())


def _under(held: Held, rows: Sequence[Mortgage]) -> Iterator[Asked]:
    for one in rows:
        yield Asked("mortgagors", ((one.unit, held.by_right(one.unit, one.right)),))
