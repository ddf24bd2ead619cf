"""Doubts that leave a case to a person: the automatic desk does not enter it, but nothing here prevents a signature.

The desk enters backed cases (`dengbu.ledger.rules.backing`): every holder who loses by an act is named, and the price
or amount is stated. Otherwise it could tell neither who applies nor a minor from an adult. A minor's property is for a
guardian to dispose of (Civil Code 17-20, 35), a paper by which somebody acts for another must be seen (IR 11-12), and
persons who may be mistaken for each other must be told apart. A seizure of the land extends to the buildings on it
unless they are another's (SEAL 21), which the register does not show: it names a person by another reference on every
unit. No machine refuses such a case (PIPL 24).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from dengbu.ledger.cases.judging import acts_of, kind_of
from dengbu.ledger.catalogue import AnyAct
from dengbu.ledger.law.calendar import as_date, legal_date, years_later
from dengbu.ledger.law.documents import OF_ORGANISATIONS, document_kind, normal, plain
from dengbu.ledger.law.identifiers import BORN, NO_FIXTURE, PARCEL
from dengbu.ledger.register.encumbrances import Mortgage
from dengbu.ledger.register.records import Case, Unit
from dengbu.ledger.register.register import Register
from dengbu.ledger.rules.payload_shapes import Parties, Person
from dengbu.ledger.rules.rule import Does
from dengbu.ledger.rules.seizure_queue import effective_seizure
from dengbu.ledger.transition import EVENTS
from dengbu.nodes.private.backing import TELLING, Telling, asked
from dengbu.nodes.private.findings import Finding, said
from dengbu.nodes.private.parts import Misshapen, Part, shaped

FULL_AGE = 18  # Civil Code 17
PARTIES = "parties"
# The parts of an application that a node looks into.
BACKING_PARTS = tuple(name for kind in EVENTS.values() if kind.does is Does.ACCEPTS for name in kind.parts)
_ROLES: tuple[str, ...] = Parties.__struct_fields__


@dataclass(frozen=True)
class Shown:
    """The private parts of a case: those this node opened, those it may read but could not open, and the names of all.

    A part that could not be opened is a problem, not a doubt: it may still arrive.
    """

    parts: tuple[Part, ...] = ()
    closed: tuple[str, ...] = ()
    named: tuple[str, ...] = ()

    def of_application(self, name: str) -> Part | None:
        """Return the part of this name that came with the application; parts sent later back no act."""
        found = [one for one in self.parts if one.is_of_application and one.name == name]
        return found[0] if found else None


@dataclass(frozen=True)
class Asking:
    """What an application asks for: its acts, their units, and how many agents act for its parties."""

    acts: tuple[AnyAct, ...]
    units: tuple[str, ...]
    agents: int


def asking(case: Case) -> Asking:
    """Return what an accepted case asks for."""
    return Asking(acts_of(case), case.units, len(case.agents))


def doubts(register: Register, what: Asking, shown: Shown, time: int) -> Iterator[Finding]:
    """Yield every doubt about an application at an instant (ms UTC), from the register and the private parts."""
    acts = what.acts
    yield from _unnamed(register, acts, shown)
    yield from _untold(acts, shown)
    for name in BACKING_PARTS:
        if shown.named.count(name) > 1:
            yield said("part-repeated", name)
    for act in acts:
        kind = kind_of(act)
        if kind.backing.paper(act):
            yield said("paper-to-see", kind.tag)
        if any(getattr(one, "agreed", ()) for one in (act, *getattr(act, "pieces", ()))):
            yield said("agreed-by-others", kind.tag)
    yield from _mortgaged_again(register, acts)
    yield from _on_seized_land(register, what.units, time)
    for place in range(what.agents):
        yield said("acted-for", f"agents[{place}]")
    for part in shown.parts:
        yield from _about_persons(_parties(part), legal_date(time))


# ---- what backs the acts ------------------------------------------------------------------------------------------


def _unnamed(register: Register, acts: Sequence[AnyAct], shown: Shown) -> Iterator[Finding]:
    """Yield the roles that an act asks for and no person is named in, and the reverse.

    `dengbu.nodes.private.persons` compares the persons themselves.
    """
    part = shown.of_application(PARTIES)
    if part is None and PARTIES in shown.closed:
        return
    try:
        parties = (part and shaped(part, PARTIES, Parties)) or Parties()
    except Misshapen:  # the checks before signing report it, and it does not go away by itself
        return
    if part is not None and isinstance(part.value, dict) and part.value.keys() - set(_ROLES):
        yield said("role-unasked", PARTIES)
    roles = [one.role for one in asked(register, acts)]
    for role in _ROLES:
        if role in roles and not getattr(parties, role):
            yield said("parties-missing", f"{PARTIES}.{role}")
        if role not in roles and getattr(parties, role):
            yield said("role-unasked", f"{PARTIES}.{role}")


def _untold(acts: Sequence[AnyAct], shown: Shown) -> Iterator[Finding]:
    """Yield the parts that an act needs and that are missing or misshapen."""
    needed = [told for act in acts if (told := kind_of(act).backing.tells(act)) is not None]
    for told in dict.fromkeys(needed):
        code = _fault_of(TELLING[told], shown)
        if code is not None:
            yield said(code, TELLING[told].part)


def _fault_of(told: Telling, shown: Shown) -> str | None:
    part = shown.of_application(told.part)
    if part is None:
        return None if told.part in shown.closed else f"{told.part}-missing"
    try:
        shaped(part, told.part, told.shape)
    except Misshapen:
        return f"{told.part}-shape"
    return None


def _mortgaged_again(register: Register, acts: Sequence[AnyAct]) -> Iterator[Finding]:
    """Yield the units on which a bank would have two mortgages, or an advance notice of one beside its own.

    Mortgages that the case discharges do not count.
    """
    ended = [id_ for act in acts for id_ in kind_of(act).ends(register, act)]
    taken: list[tuple[str, str]] = []
    for act in acts:
        kind = kind_of(act)
        bank = kind.secures(act)
        for code in kind.units(register, act) if bank else ():
            if (code, bank) in taken or bank in _mortgagees(register, code, ended):
                yield said("second-mortgage", code)
            taken.append((code, str(bank)))


def _mortgagees(register: Register, code: str, ended: Sequence[str]) -> list[str]:
    """Return the mortgagees of a unit, including those whose mortgage on the land awaits the building."""
    unit = register.get(Unit, code)
    ids = (*unit.mortgages, *unit.awaiting) if unit else ()
    found = [register.get(Mortgage, one) for one in ids if one not in ended]
    return [one.mortgagee for one in found if one is not None]


# ---- what else only a person can judge ----------------------------------------------------------------------------


def _on_seized_land(register: Register, units: Sequence[str], time: int) -> Iterator[Finding]:
    for code in units:
        land = register.get(Unit, code[PARCEL] + NO_FIXTURE)
        if land is not None and land.code != code and effective_seizure(register, land, time) is not None:
            yield said("land-seized", code)


def _about_persons(parties: Parties, today: date) -> Iterator[Finding]:
    named = [(name, one) for name in _ROLES for one in getattr(parties, name)]
    for name, person in named:
        if not plain(person.name):
            yield said("name-missing", f"{PARTIES}.{name}")
        if _is_minor(person, today):
            yield said("minor", f"{PARTIES}.{name}")
    if _confusing([one for _, one in named]):
        yield said("persons-alike", PARTIES)


def _parties(part: Part) -> Parties:
    try:
        return shaped(part, PARTIES, Parties) or Parties()
    except Misshapen:  # the checks before signing report it
        return Parties()


def _is_minor(person: Person, today: date) -> bool:
    """Return whether a person is a minor, by the birth date in a citizen's number.

    The number is the same on every document, such as the household register for a child.
    """
    digits = normal(person.id_type, person.id_no)[1][BORN]
    born = as_date(f"{digits[:4]}-{digits[4:6]}-{digits[6:]}")
    return (
        document_kind(person.id_type) not in OF_ORGANISATIONS
        and born is not None
        and years_later(born, FULL_AGE) > today
    )


def _confusing(persons: Sequence[Person]) -> bool:
    known = {(plain(one.name), *normal(one.id_type, one.id_no)) for one in persons}
    names = {name for name, _, _ in known}
    numbers = {(kind, number) for _, kind, number in known}
    return not len(known) == len(names) == len(numbers)
