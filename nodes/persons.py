"""Whether the persons in private parts are those whom the register, and an application, name by reference."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ledger.records import Right
from ledger.register import Register
from ledger.tax import TRANSFERS
from nodes.holders import holder_ref
from nodes.identities import bad_identities, misdeclared
from nodes.parts import Part, Parties, Person, Title, looked_into
from nodes.problems import Problem


class Persons:
    """Compares persons with references; without the holder key, which only the registry has, only their numbers."""

    def __init__(self, register: Callable[[], Register], holder_key: bytes | None) -> None:
        self._register = register
        self._holder_key = holder_key

    def of_title(self, data: Mapping[str, Any], parts: Sequence[Part]) -> Iterator[Problem]:
        """Holders in `title` have valid numbers, and are those that the imported right names by reference."""
        for part in parts:
            title = looked_into(part, "title", Title)
            if isinstance(title, Problem):
                yield title
                continue
            yield from bad_identities("title.holders", title.holders if title else ())
            if title and not self._same(str(data["unit"]), title.holders, _refs(data["right"]["holders"])):
                yield _identity("title", str(data["unit"]))

    def of_acts(self, acts: Sequence[Mapping[str, Any]], parts: Sequence[Part]) -> Iterator[Problem]:
        """Persons in `parties` have valid numbers, and are the holders that acts and register name by reference."""
        for part in parts:
            parties = looked_into(part, "parties", Parties)
            if isinstance(parties, Problem):
                yield parties
            elif parties:
                for name in parties.__struct_fields__:
                    yield from bad_identities(f"parties.{name}", getattr(parties, name))
                yield from misdeclared(acts, parties)
                yield from self._persons(acts, parties)

    def _persons(self, acts: Sequence[Mapping[str, Any]], parties: Parties) -> Iterator[Problem]:
        gained: dict[str, list[str]] = {}  # holders that an earlier act of the case gives a unit
        for act in acts:
            unit = str(act.get("unit"))
            before = gained.get(unit) or self._holders(act)
            if act["act"] in (*TRANSFERS, "unit.first"):
                gained[unit] = _refs(act["holders"])
                if not self._same(unit, parties.transferees, gained[unit]):
                    yield _identity("parties.transferees", unit)
            if act["act"] in TRANSFERS and not self._same(unit, parties.transferors, before):
                yield _identity("parties.transferors", unit)
            if act["act"] == "mortgage.set" and not self._same(unit, parties.mortgagors, before):
                yield _identity("parties.mortgagors", unit)
            for code, refs in self._staying(act):
                if not self._same(code, parties.holders, refs):
                    yield _identity("parties.holders", code)

    def _staying(self, act: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
        """Who must be the same persons on the units of an act that changes units and not who holds them."""
        if act["act"] == "unit.alter":
            new = {one["old"]: one["new"] for one in act.get("renamed", ())}
            yield act["unit"], [new.get(ref, ref) for ref in self._holders(act)]
        if act["act"] == "unit.split":
            yield act["unit"], self._holders(act)
            yield from ((part["unit"], _refs(part["holders"])) for part in act["parts"])
        if act["act"] == "unit.merge":
            yield from ((source["unit"], self._holders(source)) for source in act["sources"])
            yield act["into"], _refs(act["holders"])

    def _holders(self, act: Mapping[str, Any]) -> list[str]:
        right = self._register().get(Right, str(act.get("right")))
        return [holder.ref for holder in right.holders] if right else []

    def _same(self, unit: str, persons: Sequence[Person], refs: Sequence[str]) -> bool:
        """Whether these persons are those holders; roles that the part leaves out are not compared."""
        if not persons or self._holder_key is None:
            return True
        try:
            named = [holder_ref(self._holder_key, unit, person.id_type, person.id_no) for person in persons]
        except ValueError:
            return False
        return sorted(named) == sorted(refs)


def _refs(holders: Sequence[Mapping[str, Any]]) -> list[str]:
    return [str(holder["ref"]) for holder in holders]


def _identity(where: str, unit: str) -> Problem:
    return Problem(
        "identity-mismatch",
        f"{where} {unit}",
        "身份与登记的权利人不符",
        "the persons are not the holders of the right",
    )
