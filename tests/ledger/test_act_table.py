"""What follows from the kind of an act or event, for every role and viewer: each cell is as act_table.json says.

The table was written from the code before each kind became one row; a change of a row changes a cell, and is explained.
`python -m tests.ledger.test_act_table` writes it anew.
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dengbu.api.views.views import Viewer
from dengbu.ledger.cases.judging import kind_of, typed
from dengbu.ledger.catalogue import ACTS
from dengbu.ledger.log.entry import Entry, make_leaf, parse_leaf
from dengbu.ledger.log.envelope import parse_envelope, seal
from dengbu.ledger.log.keys import Signer
from dengbu.ledger.register.encumbrances import Seizure
from dengbu.ledger.register.members import Role
from dengbu.ledger.register.records import Case, Unit
from dengbu.ledger.register.register import MemoryRegister, Overlay
from dengbu.ledger.rules.backing import Held
from dengbu.ledger.rules.rule_sets import NEWEST
from dengbu.ledger.tax.tax import taxed as taxed_acts
from dengbu.ledger.transition import EVENTS
from dengbu.nodes.private.backing import TELLING
from dengbu.nodes.private.package import PrivatePart
from tests.nodes.backed import RESTING_ON_PAPER, ROWS, STRANGER, Backed, settle
from tests.nodes.one_node import CASE, KEYS, NET, PUBLICS, RIGHT, UNIT, Town

GOLDEN = Path(__file__).with_name("act_table.json")
COURT, NOBODYS = "court-s", "nobody"
VIEWERS = (
    "bank-a",
    "bank-b",
    "bank-c",
    "hz-gas",
    COURT,
    NOBODYS,
)  # those that the rows' acts and the register name
MEMBERS = {role: f"a-{role}" for role in Role}


def town(home: Path, role: Role) -> Town:
    """Return a node of a role over the register that the rows need."""
    name = MEMBERS[role]
    KEYS.setdefault(name, KEYS["hz-registry"])
    PUBLICS.setdefault(name, PUBLICS["hz-registry"])
    made = Town(home, name, role)
    settle(made)
    return made


def seized(register: Any, units: tuple[str, ...]) -> Overlay:
    """Return the register with each of these units seized by `COURT`."""
    made = Overlay(register)
    for place, code in enumerate(units):
        found = register.get(Unit, code) or Unit(code=code, use="", area_cm2=1, status="pending", head=1)
        one = Seizure(
            id=f"S-{place}", unit=code, court=COURT, document="d", served=1, until="2099-01-01",
            status="effective", since=1,
        )  # fmt: skip
        changed = {name: getattr(found, name) for name in found.__struct_fields__} | {"seizures": (one.id,)}
        made.apply([one, Unit(**changed)])
    return made


def roles() -> dict[str, list[str]]:
    """Return who may send each event, or apply for each act."""
    sent = {name: [role for role in Role if role in kind.senders] for name, kind in EVENTS.items()}
    return sent | {name: [role for role in Role if role in kind.applicants] for name, kind in ACTS.items()}


def about() -> dict[str, list[str]]:
    """Return the fields besides their units that distinguish two acts of a kind."""
    return {name: sorted(kind.about) for name, kind in ACTS.items()}


def taxed() -> list[str]:
    """Return the acts whose taxes bar the entry until they are cleared."""
    named = dict.fromkeys(("unit", "right", "cause", "seller", "mode", "holders"), "x")
    return [name for name in ACTS if taxed_acts([{"act": name, **named}], NEWEST.number)]


def backing(home: Path) -> dict[str, Any]:
    """Return for each way to back an act: whom it asks for and where, the part it needs, if by paper, what it gives."""
    register = town(home, Role.REGISTRY).register
    found = {}
    for row in (*ROWS, *RESTING_ON_PAPER):
        (act,) = typed([row.act])
        rests, held = kind_of(act).backing, Held(register)
        told = rests.tells(act)
        found[row.name] = {
            "asks": [[one.role, *map(_place, one.places)] for one in rests.asks(held, act)],
            "tells": [TELLING[told].part, TELLING[told].shape.__name__] if told else [],
            "paper": rests.paper(act),
            "gives": [_place(one) for one in rests.gives(held, act).items()],
        }
    return found


def _place(of: tuple[str, tuple[str, ...]]) -> str:
    """Return a unit and its holders in short form."""
    unit, refs = of
    return " ".join((unit[-9:], *(one[:6] for one in refs)))


def shown(home: Path) -> dict[str, Any]:
    """Return what viewers see of a case with an act: nothing (-), its name (n) or all (a); untaxed, then taxed."""
    register = town(home, Role.REGISTRY).register
    named = [row.act["act"] for row in ROWS]
    rest = [row for row in RESTING_ON_PAPER if row.act["act"] not in named]
    return {row.name: _shown(register, row) for row in (*ROWS, *rest)}


def _shown(register: Any, row: Backed) -> dict[str, str]:
    """Return by role a cell for each of `VIEWERS`."""
    (act,) = typed([row.act])
    units = kind_of(act).units(register, act)
    over = seized(register, units)
    cases = [case(row.act, units, deal) for deal in (False, True)]
    return {
        role: " ".join(
            "".join(_sees(Viewer(one, role, over, time=1).case(each), row.act) for each in cases)
            for one in VIEWERS
        )
        for role in Role
    }


def _sees(told: dict[str, Any] | None, act: dict[str, Any]) -> str:
    return "-" if told is None else "a" if told["acts"][0] == act else "n"


def case(act: dict[str, Any], units: tuple[str, ...], deal: bool) -> Case:
    """Return a case that somebody else has applied for."""
    return Case(number=CASE, actor="somebody", district="441302", channel="counter", acts=(act,), units=units,
                state="accepted", applied=1, applied_at=1, event="", deal=deal)  # fmt: skip


def entry(type_: str) -> Entry:
    """Return an entry of a type that is about no case."""
    body = {"v": 1, "net": NET, "type": type_, "id": "e", "actor": "somebody", "not_after": 1, "data": {}}
    envelope = parse_envelope(seal(body, [Signer(bytes(32))]))
    return parse_leaf(make_leaf(1, 1, 1, "0" * 64, envelope, {"outcome": "recorded", "register": "0" * 64}))


def entries(home: Path) -> dict[str, list[str]]:
    """Return who may see an entry of each type that somebody else sent."""
    register = town(home, Role.REGISTRY).register
    return {
        name: [role for role in Role if Viewer(NOBODYS, role, register, 1).may_see_entry(entry(name))]
        for name in EVENTS
    }


def checked(home: Path) -> dict[str, dict[str, list[str]]]:
    """Return what a node of each role finds before it signs an event whose private parts name no real person."""
    bad = {**STRANGER, "id_no": "1"}
    given = {
        "title": {"location": "x", "holders": [bad]},
        "title-01": {"location": "x", "holders": [bad]},
        "parties": {"transferors": [bad]},
        "amounts": {"due_fen": 1},
    }
    sale = next(row for row in ROWS if row.name == "transfer sale")
    data = {
        "case": CASE,
        "unit": UNIT,
        "right": {"id": RIGHT, "holders": []},
        "acts": [sale.act],
        "tax": "deed",
        "titles": [{"unit": UNIT, "right": {"holders": []}}],
    }
    found: dict[str, dict[str, list[str]]] = {}
    for role in Role:
        made = town(home / role, role)
        made.apply([sale.act], {})
        own = {name: PrivatePart(value, (MEMBERS[role],)) for name, value in given.items()}  # type: ignore[arg-type]
        for name in EVENTS:
            codes = [f"{one.code} {one.where}" for one in made.checks.before(name, data, own)]
            found.setdefault(name, {})[role.value] = sorted(codes)
        made.vault.close()
    return {name: {role: codes for role, codes in by.items() if codes} for name, by in found.items()}


def table(home: Path) -> dict[str, Any]:
    """Return the whole table."""
    for name in ("backing", "shown", "entries", *Role):
        (home / name).mkdir()
    return {
        "roles": roles(),
        "about": about(),
        "taxed": taxed(),
        "backing": backing(home / "backing"),
        "shown": shown(home / "shown"),
        "entries": entries(home / "entries"),
        "checked": checked(home),
    }


def written(found: dict[str, Any]) -> str:
    """Return the table as the text of a file, with a line for each kind."""
    lines = []
    for name, part in found.items():
        rows = part.items() if isinstance(part, dict) else [("", part)]
        each = ",\n".join(f" {json.dumps(key)}: {json.dumps(value)}" for key, value in sorted(rows))
        lines.append(f"{json.dumps(name)}: {{\n{each}\n}}")
    return "{" + ",\n".join(lines) + "}\n"


def test_every_cell_is_what_the_table_says(tmp_path: Path) -> None:
    found = json.loads(written(table(tmp_path)))
    kept = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert found.keys() == kept.keys()
    for part, rows in kept.items():
        assert {name: row for name, row in found[part].items() if row != rows.get(name)} == {}, part
        assert found[part].keys() == rows.keys(), part


def test_of_a_thing_that_is_not_there_nobody_is_asked_and_it_is_nobodys_business() -> None:
    """Whoever is named all the same is named by the act itself; the rules refuse such an act."""
    nowhere = MemoryRegister()
    for row in (*ROWS, *RESTING_ON_PAPER):
        (act,) = typed([row.act])
        kind, said = kind_of(act), json.dumps(row.act)
        asks = kind.backing.asks(Held(nowhere), act)
        refs = [ref for one in asks for _, behind in one.places for ref in behind]
        assert [one for one in (*refs, *kind.concerns(nowhere, act)) if one not in said] == [], row.name


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        GOLDEN.write_text(written(table(Path(folder))), encoding="utf-8")
