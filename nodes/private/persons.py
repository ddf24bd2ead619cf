"""Checks that the persons in private parts are those whom the register and the application name by reference."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from dengbu.ledger.cases.judging import typed
from dengbu.ledger.events.title_batches import part_of
from dengbu.ledger.events.titles import PART as TITLE
from dengbu.ledger.register.register import Register
from dengbu.ledger.rules.backing import Asked
from dengbu.ledger.rules.payload_shapes import Parties, Person, Title
from dengbu.nodes.private.backing import asked
from dengbu.nodes.private.findings import Finding, said
from dengbu.nodes.private.holders import holder_ref
from dengbu.nodes.private.identities import bad_identities, misdeclared
from dengbu.nodes.private.parts import Part, looked_into


class Persons:
    """Compares persons with references; without the registry's holder key it checks only their numbers."""

    def __init__(self, register: Callable[[], Register], holder_key: bytes | None) -> None:
        self._register = register
        self._holder_key = holder_key

    def of_title(
        self, data: Mapping[str, Any], parts: Sequence[Part], name: str = TITLE
    ) -> Iterator[Finding]:
        """Yield the problems of the holders in the part with a title: invalid numbers, or not those that the right names."""
        for part in parts:
            title = looked_into(part, name, Title)
            if isinstance(title, Finding):
                yield title
                continue
            yield from bad_identities(f"{name}.holders", title.holders if title else ())
            unit, named = str(data["unit"]), title.holders if title else ()
            if named and not self._same(unit, named, _refs(data["right"]["holders"])):
                yield _identity(name, unit)

    def of_titles(self, data: Mapping[str, Any], parts: Sequence[Part]) -> Iterator[Finding]:
        """Yield the problems of each title of a batch, as of a single one."""
        by_name = {part.name: part for part in parts}
        for place, title in enumerate(data["titles"], 1):
            name = part_of(place)
            if name in by_name:
                yield from self.of_title(title, [by_name[name]], name)

    def of_acts(self, acts: Sequence[Mapping[str, Any]], parts: Sequence[Part]) -> Iterator[Finding]:
        """Yield the problems of the persons in `parties`: invalid numbers, or not those that acts and register name.

        Roles that a part leaves out are not compared; the automatic desk asks for them
        (`dengbu.nodes.private.manual_review`). Misshapen acts are not compared: the ledger does not admit them.
        """
        try:
            every = asked(self._register(), typed(acts))
        except msgspec.ValidationError:
            acts, every = (), []
        for part in parts:
            parties = looked_into(part, "parties", Parties)
            if isinstance(parties, Finding):
                yield parties
            elif parties:
                for name in parties.__struct_fields__:
                    yield from bad_identities(f"parties.{name}", getattr(parties, name))
                yield from misdeclared(acts, parties)
                yield from self._persons(every, parties)

    def _persons(self, every: Sequence[Asked], parties: Parties) -> Iterator[Finding]:
        for role in parties.__struct_fields__:
            named, of_role = getattr(parties, role), [one for one in every if one.role == role]
            if named and of_role and self._holder_key is not None:
                yield from self._compared(named, of_role)

    def _compared(self, named: Sequence[Person], every: Sequence[Asked]) -> Iterator[Finding]:
        """Yield a problem unless each act's persons are named, are the same on all its units, and nobody else is named."""
        found, others = False, list(named)
        for one in every:
            unit, refs = one.places[0]
            these = [person for person in named if self._ref(unit, person) in refs]
            others = [person for person in others if person not in these]
            wrong = next((place for place, held in one.places if not self._same(place, these, held)), None)
            if wrong is not None:
                found = True
                yield _identity(f"parties.{one.role}", wrong)
        if others and not found:
            yield _identity(f"parties.{every[0].role}", every[0].places[0][0])

    def _same(self, unit: str, persons: Sequence[Person], refs: Sequence[str]) -> bool:
        """Return whether these persons are exactly those holders, each named once."""
        return self._holder_key is None or sorted(self._ref(unit, one) for one in persons) == sorted(refs)

    def _ref(self, unit: str, person: Person) -> str:
        """Return a person's reference, or "", which matches nobody, for a number that is empty or has several lines."""
        assert self._holder_key is not None
        try:
            return holder_ref(self._holder_key, unit, person.id_type, person.id_no)
        except ValueError:
            return ""


def _refs(holders: Sequence[Mapping[str, Any]]) -> list[str]:
    return [str(holder["ref"]) for holder in holders]


def _identity(where: str, unit: str) -> Finding:
    return said("identity-mismatch", f"{where} {unit}")
