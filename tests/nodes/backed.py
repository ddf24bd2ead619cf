"""Applications that the automatic desk may enter: one for each way to back an act, over one small register.

A and B hold UNIT by halves, C holds UNIT_2; D lives on UNIT, is promised it and objects; UNIT_3 is presold to D.
"""

from dataclasses import dataclass, field
from typing import Any

from dengbu.ledger.law.identifiers import citizen_check
from dengbu.ledger.register.encumbrances import Joint, Mortgage
from dengbu.ledger.register.notations import Notice, Objection
from dengbu.ledger.register.record import Holder
from dengbu.ledger.register.records import Right, Unit
from dengbu.nodes.private.package import PrivatePart
from tests.nodes.one_node import RIGHT, UNIT, Town, ref

UNIT_2, UNIT_3, LAND = f"{UNIT[:-1]}2", f"{UNIT[:-1]}3", "441302001001GB00001W00000000"
RIGHT_2, LAND_RIGHT = f"R-{UNIT_2}-1", f"R-{LAND}-1"
BANK = "bank-a"
Person = dict[str, str]


def person(n: int) -> Person:
    """Return a made-up adult with a valid number."""
    body = f"44130219800101{n:03}"
    return {"name": f"测试{n}", "id_type": "1", "id_no": body + citizen_check(body)}


A, B, C, D, STRANGER = (person(n) for n in range(1, 6))
TERMS, CONTRACT, FREE = {"amount_fen": 80_000_000}, {"price_fen": 120_000_000}, {"price_fen": 0}
OF_BANK = {"mortgagee": BANK, "kind": "ordinary", "no_transfer": False}
HELD = {"unit": UNIT, "right": RIGHT}
BOTH = [ref(A), ref(B)]
SALE = {"act": "transfer", **HELD, "cause": "sale", "seller": "person", "mode": "single", "consent": BOTH}


def shares(unit: str, *persons: Person) -> list[dict[str, str]]:
    """Return holders with equal shares."""
    return [{"ref": ref(one, unit), "share": f"1/{len(persons)}"} for one in persons]


def piece(unit: str, right: str, *persons: Person) -> dict[str, Any]:
    """Return a unit, its right, and the persons who consent."""
    return {"unit": unit, "right": right, "consent": [ref(one, unit) for one in persons]}


def part_of(unit: str) -> dict[str, Any]:
    """Return a unit that a split creates, with the same holders."""
    return {"unit": unit, "use": "shop", "area_cm2": 1, "holders": shares(unit, A, B)}


@dataclass(frozen=True)
class Backed:
    """An application's act, the persons its parties name by role, and the part that tells its price or amount."""

    name: str
    act: dict[str, Any]
    parties: dict[str, list[Person]] = field(default_factory=dict)
    told: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def parts(self) -> dict[str, PrivatePart]:
        """The private parts, for the registry."""
        return parts(self.parties, **self.told)


def parts(parties: object, **told: object) -> dict[str, PrivatePart]:
    """Return private parts for the registry, without parties if they are None."""
    given = {**told, **({} if parties is None else {"parties": parties})}
    return {name: PrivatePart(value, ("hz-registry",)) for name, value in given.items()}  # type: ignore[arg-type]


def sale(cause: str, **told: dict[str, int]) -> Backed:
    """Return a transfer of UNIT to C."""
    act = {**SALE, "cause": cause, "holders": shares(UNIT, C)}
    return Backed(f"transfer {cause}", act, {"transferors": [A, B], "transferees": [C]}, told)


def notice(kind: str, **changed: Any) -> dict[str, Any]:
    """Return an advance notice."""
    return {"act": "notice.set", **HELD, "kind": kind, "consent": BOTH, **changed}


OWNERS = {"mode": "single", "holders": shares(UNIT, C)}
EASEMENT = {"act": "easement.set", **piece(UNIT, RIGHT, A, B), "dominant": piece(UNIT_2, RIGHT_2, C)}
HABITATION = {
    "act": "habitation.set",
    **HELD,
    "ground": "contract",
    "taker": "person",
    "beneficiaries": [ref(D)],
}
JOINT = {
    "act": "mortgage.set-joint",
    "pieces": [piece(UNIT, RIGHT, A, B), piece(UNIT_2, RIGHT_2, C)],
    **OF_BANK,
}
FIRST = {"act": "unit.first", "unit": UNIT_3, "use": "shop", "area_cm2": 1, "mode": "single"}
MERGED = {"into": UNIT_3, "use": "shop", "area_cm2": 1, "mode": "shares", "holders": shares(UNIT_3, A, B)}
BUILDING = {
    "act": "mortgage.set-construction",
    "unit": LAND,
    "right": LAND_RIGHT,
    "buildings": [UNIT_3],
    "permits": True,
}
ROWS = [
    Backed("unit.first", {**FIRST, "holders": shares(UNIT_3, D)}, {"transferees": [D]}),
    Backed("unit.alter", {"act": "unit.alter", **HELD, "consent": BOTH, "use": "shop"}, {"holders": [A, B]}),
    Backed(
        "unit.split",
        {"act": "unit.split", **HELD, "consent": BOTH, "parts": [part_of(UNIT), part_of(UNIT_3)]},
        {"holders": [A, B]},
    ),
    Backed(
        "unit.merge",
        {"act": "unit.merge", "sources": [piece(UNIT, RIGHT, A, B)] * 2, **MERGED},
        {"holders": [A, B]},
    ),
    Backed(
        "unit.deregister",
        {"act": "unit.deregister", **HELD, "cause": "waiver", "consent": BOTH},
        {"holders": [A, B]},
    ),
    sale("sale", contract=CONTRACT),
    sale("contribution", contract=CONTRACT),
    sale("gift"),
    sale("share-change"),
    Backed(
        "transfer.order",
        {"act": "transfer.order", "order": "O-1", **HELD, "cause": "court-order", "seller": "person", "mode": "single",
         "holders": shares(UNIT, C)},
        {"transferors": [A, B], "transferees": [C]},
    ),
    Backed("correction", {"act": "correction", **HELD, "consent": BOTH, "use": "shop"}, {"holders": [A, B]}),
    Backed(
        "correction of owners",
        {"act": "correction", **HELD, "consent": BOTH, "owners": OWNERS},
        {"transferors": [A, B], "transferees": [C]},
    ),
    Backed(
        "certificate.replace",
        {"act": "certificate.replace", **HELD, "cause": "damaged", "consent": BOTH},
        {"holders": [A, B]},
    ),
    Backed(
        "objection.close", {"act": "objection.close", "objection": "O-1", "consent": [ref(D)]}, {"holders": [D]}
    ),
    Backed(
        "notice.set sale",
        notice("sale", beneficiary=ref(D)),
        {"grantors": [A, B], "takers": [D]},
        {"contract": CONTRACT},
    ),
    Backed("notice.set mortgage", notice("mortgage", mortgagee=BANK), {"grantors": [A, B]}, {"terms": TERMS}),
    Backed(
        "notice.set presale-mortgage",
        {"act": "notice.set", "unit": UNIT_3, "kind": "presale-mortgage", "consent": [ref(D, UNIT_3)], "mortgagee": BANK},
        {"grantors": [D]},
        {"terms": TERMS},
    ),
    Backed("notice.convert", {"act": "notice.convert", "notice": "N-1"}),
    Backed("notice.cancel", {"act": "notice.cancel", "notice": "N-1", "consent": [ref(D)]}, {"holders": [D]}),
    Backed("notice.cancel of a bank", {"act": "notice.cancel", "notice": "N-2", "consent": []}),
    Backed(
        "habitation.set", {**HABITATION, "consent": BOTH}, {"grantors": [A, B], "takers": [D]}, {"contract": FREE}
    ),
    Backed(
        "habitation.discharge",
        {"act": "habitation.discharge", "usufruct": "R-H", "ground": "waiver", "consent": [ref(D)]},
        {"holders": [D]},
    ),
    Backed(
        "habitation.discharge expired",
        {"act": "habitation.discharge", "usufruct": "R-H", "ground": "expired", "consent": []},
    ),
    Backed("easement.set", EASEMENT, {"grantors": [A, B], "takers": [C]}, {"contract": FREE}),
    Backed(
        "easement.discharge",
        {"act": "easement.discharge", "usufruct": "R-E", "ground": "agreement", "consent": [ref(C, UNIT_2)]},
        {"holders": [C]},
    ),
    Backed(
        "easement.discharge expired",
        {"act": "easement.discharge", "usufruct": "R-E", "ground": "expired", "consent": []},
    ),
    Backed(
        "mortgage.set",
        {"act": "mortgage.set", **HELD, **OF_BANK, "consent": BOTH},
        {"mortgagors": [A, B]},
        {"terms": TERMS},
    ),
    Backed("mortgage.set-joint", JOINT, {"mortgagors": [A, B, C]}, {"terms": TERMS}),
    Backed(
        "mortgage.set-construction",
        {**BUILDING, **OF_BANK, "consent": [ref(C, LAND)]},
        {"mortgagors": [C]},
        {"terms": TERMS},
    ),
    Backed("mortgage.convert", {"act": "mortgage.convert", "mortgage": "M-3", "unit": UNIT_2}, {"mortgagors": [C]}),
    Backed(
        "mortgage.alter",
        {"act": "mortgage.alter", "mortgage": "M-1", "consent": BOTH, "amount": "raised"},
        {"mortgagors": [A, B, C]},
        {"terms": TERMS},
    ),
    Backed(
        "mortgage.rank",
        {"act": "mortgage.rank", "mortgage": "M-1", "other": "M-2", "consent": BOTH},
        {"mortgagors": [A, B]},
    ),
    Backed(
        "mortgage.fix",
        {"act": "mortgage.fix", "mortgage": "M-2", "ground": "period-over"},
        {"mortgagors": [A, B]},
        {"terms": TERMS},
    ),
    Backed(
        "mortgage.transfer",
        {"act": "mortgage.transfer", "mortgage": "M-2", "to": BANK, "claim_assigned": True, "debtor_notified": True},
    ),
    Backed("mortgage.discharge", {"act": "mortgage.discharge", "mortgage": "M-1"}),
    Backed(
        "mortgage.discharge-joint", {"act": "mortgage.discharge-joint", "joint": "M-J", "units": [UNIT]}
    ),
    Backed(
        "utilities.announce",
        {"act": "utilities.announce", "unit": UNIT, "accounts": [{"service": "gas", "to": "hz-gas"}]},
    ),
]  # fmt: skip


GIVEN = {row.act["act"]: row for row in ROWS}
RENAMED = [{"old": ref(A), "new": ref(D)}]
RESTING_ON_PAPER = [
    Backed("unit.alter", {"act": "unit.alter", **HELD, "consent": BOTH, "renamed": RENAMED}, {"holders": [D, B]}),
    *(
        Backed(f"transfer {cause}", {**SALE, "cause": cause, "holders": shares(UNIT, C)},
               {"transferors": [A, B], "transferees": [C]})
        for cause in ("inheritance", "legacy", "judgment")
    ),
    *(
        Backed(f"unit.deregister {cause}", {"act": "unit.deregister", **HELD, "cause": cause, "consent": BOTH})
        for cause in ("loss", "expropriation", "confiscation", "judgment")
    ),
    Backed(
        "correction shown",
        {"act": "correction", **HELD, "consent": BOTH, "use": "shop", "shown": True},
        {"holders": [A, B]},
    ),
    Backed(
        "correction by the registry",
        {"act": "correction", **HELD, "consent": BOTH, "use": "shop", "fault": "F-1"},
        {"holders": [A, B]},
    ),
    Backed(
        "objection.note",
        {"act": "objection.note", **HELD, "objector": ref(D), "ground": "g", "refused": True, "shown": True},
    ),
    Backed("objection.close", {"act": "objection.close", "objection": "O-1", "consent": [], "judgment": "1"}),
    *(
        Backed(f"presale {alone}", {"act": "notice.set", "unit": UNIT_2, "kind": "presale", "filed": True, "alone": alone,
               "beneficiary": ref(D, UNIT_2), "consent": [] if alone else [ref(A, UNIT_2)]},
               {"takers": [D]} if alone else {"takers": [D], "grantors": [A]}, {"contract": CONTRACT})
        for alone in (True, False)
    ),
    *(
        Backed(f"habitation.set {ground}", {**HABITATION, "ground": ground, "consent": []}, {"takers": [D]})
        for ground in ("will", "judgment")
    ),
    *(
        Backed(f"habitation.discharge {ground}",
               {"act": "habitation.discharge", "usufruct": "R-H", "ground": ground, "consent": []})
        for ground in ("death", "judgment", "lost")
    ),
    *(
        Backed(f"easement.discharge {ground}",
               {"act": "easement.discharge", "usufruct": "R-E", "ground": ground, "consent": []})
        for ground in ("breach", "judgment")
    ),
]  # fmt: skip


def settle(town: Town) -> None:
    """Fill the register with what these applications concern."""
    since: dict[str, Any] = {
        "certificate": "c",
        "since": 1,
        "time": 1,
        "cause": "import",
        "status": "current",
    }
    row: dict[str, Any] = {"kind": "ordinary", "no_transfer": False, "entered_on": "2026-01-01", "certificate": "c",
                           "status": "active", "case": "x", "since": 1}  # fmt: skip
    told: dict[str, Any] = {
        "entered_on": "2026-01-01",
        "certificate": "c",
        "case": "x",
        "since": 1,
        "status": "noted",
    }
    halves = tuple(Holder(ref=ref(one), share="1/2") for one in (A, B))
    active: dict[str, Any] = {"area_cm2": 1, "status": "active", "head": 1}
    town.register.apply(
        [
            Unit(code=UNIT, use="dwelling", right=RIGHT, mortgages=("M-1", "M-2"), notices=("N-1", "N-2"), **active),
            Unit(code=UNIT_2, use="dwelling", right=RIGHT_2, mortgages=("M-4",), **active),
            Unit(code=LAND, use="land", right=LAND_RIGHT, mortgages=("M-3",), **active),
            Unit(code=UNIT_3, use="", area_cm2=1, status="pending", head=1, notices=("N-3",), awaiting=("M-3",)),
            Right(id=RIGHT, unit=UNIT, kind="ownership", mode="shares", holders=halves, **since),
            Right(id=RIGHT_2, unit=UNIT_2, kind="ownership", mode="single", holders=(Holder(ref(C, UNIT_2), "1/1"),), **since),
            Right(id=LAND_RIGHT, unit=LAND, kind="ownership", mode="single", holders=(Holder(ref(C, LAND), "1/1"),), **since),
            Right(id="R-H", unit=UNIT, kind="habitation", mode="single", holders=(Holder(ref(D), "1/1"),), **since),
            Right(id="R-E", unit=UNIT, kind="easement", mode="dominant", holders=(), dominant=UNIT_2, **since),
            Mortgage(id="M-1", unit=UNIT, right=RIGHT, mortgagee="bank-b", rank=1, joint="M-J", **row),
            Mortgage(id="M-2", unit=UNIT, right=RIGHT, mortgagee="bank-c", rank=2, **row),
            Mortgage(id="M-3", unit=LAND, right=LAND_RIGHT, mortgagee="bank-b", rank=1, covers=(UNIT_3,), **row),
            Mortgage(id="M-4", unit=UNIT_2, right=RIGHT_2, mortgagee="bank-b", rank=1, joint="M-J", **row),
            Joint("M-J", ("M-1", "M-4")),
            Notice(id="N-1", unit=UNIT, kind="sale", beneficiary=ref(D), **told),
            Notice(id="N-2", unit=UNIT, kind="mortgage", beneficiary="bank-b", **told),
            Notice(id="N-3", unit=UNIT_3, kind="presale", beneficiary=ref(D, UNIT_3), **told),
            Objection(id="O-1", unit=UNIT, right=RIGHT, objector=ref(D), ground="g", **told),
        ]
    )  # fmt: skip
