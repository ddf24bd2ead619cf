"""What makes a case one for a person to look at: the automatic desk leaves it, and nothing here speaks against a signature.

A minor's property is for a guardian to dispose of (Civil Code 17-20, 35), a paper that somebody acts by must be seen (IR 11-12),
and persons that may be taken for each other must be told apart. A seizure of the land reaches the buildings on it, unless
they are another's (SEAL 21), which the register does not show: it names a person by another reference on every unit. A
machine refuses none of them (PIPL 24). Nor does it enter what shows it no persons at all: without the part that names them it
cannot tell a minor from an adult, nor whether they are the holders.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

from ledger.calendar import as_date, legal_date, years_later
from ledger.court import effective_seizure
from ledger.identifiers import ID_CARD
from ledger.records import Case, Unit
from ledger.register import Register
from ledger.tax import TRANSFERS
from nodes.holders import plain
from nodes.parts import Misshapen, Part, Parties, Person, shaped
from nodes.problems import Problem

# Codes of what speaks against signing and does not pass by itself.
LASTING = (
    "bad-identity",
    "identity-mismatch",
    "payload-erased",
    "payload-mismatch",
    "payload-shape",
    "seller-kind",
)
PARCEL, _BARE = 19, "W00000000"  # the digits of a code that name the parcel; what the land alone ends in
FULL_AGE = 18  # Civil Code 17
_BORN = slice(6, 14)
_ANYONE: tuple[str, ...] = Parties.__struct_fields__
# Whom `parties` must show for an act, each of these roles; for an act that is not here, somebody in any role.
SHOWN: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(TRANSFERS, ("transferors", "transferees")),
    "unit.first": ("transferees",),
    "unit.alter": ("holders",),
    "unit.split": ("holders",),
    "unit.merge": ("holders",),
    "mortgage.set": ("mortgagors",),
}
# Acts for which institutions alone apply: mortgagees (Civil Code 393, 407), and a notice to the utility companies.
NOBODY = ("mortgage.discharge", "mortgage.discharge-joint", "mortgage.transfer", "utilities.announce")


def doubts(
    register: Register, case: Case, parts: Sequence[Part], time: int, closed: Collection[str] = ()
) -> Iterator[Problem]:
    """Every doubt about a case at an instant (ms UTC), from the register and the private parts that this node opened.

    closed: names of parts that are committed to and not opened here; that itself is a problem, and no doubt.
    """
    if "parties" not in closed and _are_hidden(case, parts):
        yield Problem(
            "parties-missing",
            "parties",
            "申报材料缺少当事人, 自动审核无法核对身份及年龄",
            "the application does not show the automatic desk who the parties are, nor their age",
        )
    today = legal_date(time)
    for code in case.units:
        land = register.get(Unit, code[:PARCEL] + _BARE)
        if land is not None and land.code != code and effective_seizure(register, land, time) is not None:
            yield Problem(
                "land-seized", code, "所在宗地已被查封", "the land that the building stands on is seized"
            )
    for place, agent in enumerate(case.agents):
        by = {"power": ("委托代理", "acts by a power"), "guardianship": ("监护", "acts as a guardian")}
        zh, en = by[agent["by"]]
        yield Problem("acted-for", f"agents[{place}]", f"{zh}, 须核对原件", f"somebody {en}: see the paper")
    for part in parts:
        found = _parties(part)
        named = [(name, one) for name in Parties.__struct_fields__ for one in getattr(found, name)]
        for name, person in named:
            if _is_minor(person, today):
                yield Problem("minor", f"parties.{name}", "当事人未满十八周岁", "a party is under eighteen")
        if _confusing([one for _, one in named]):
            yield Problem(
                "persons-alike",
                "parties",
                "姓名或证件号相同而非同一人",
                "a name or a number is that of two persons",
            )


def _are_hidden(case: Case, parts: Sequence[Part]) -> bool:
    """Whether an act of the case needs persons whom no part shows."""
    try:
        found = [one for part in parts if (one := shaped(part, "parties", Parties)) is not None]
    except Misshapen:  # the checks before signing say so, and that does not pass by itself
        return False
    shown = {role for one in found for role in _ANYONE if getattr(one, role)}
    for act in (str(one["act"]) for one in case.acts):
        needed = SHOWN.get(act)
        if act not in NOBODY and not (shown if needed is None else shown.issuperset(needed)):
            return True
    return False


def _parties(part: Part) -> Parties:
    try:
        return shaped(part, "parties", Parties) or Parties()
    except Misshapen:  # the checks before signing say so
        return Parties()


def _is_minor(person: Person, today: date) -> bool:
    digits = plain(person.id_no)[_BORN]
    born = as_date(f"{digits[:4]}-{digits[4:6]}-{digits[6:]}")
    return plain(person.id_type) == ID_CARD and born is not None and years_later(born, FULL_AGE) > today


def _confusing(persons: Sequence[Person]) -> bool:
    known = {(plain(one.name), plain(one.id_type), plain(one.id_no)) for one in persons}
    names = {name for name, _, _ in known}
    numbers = {(kind, number) for _, kind, number in known}
    return not len(known) == len(names) == len(numbers)
