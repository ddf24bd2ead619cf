"""Steps for the tables of cases: a town with U and two courts, a sale and its taxes, a seizure."""

from collections.abc import Mapping
from typing import Any

from dengbu.ledger.transition import Decision
from tests.worlds import UNIT, World, codes, holder, the_right, transfer_act, world

R, T, B1, B2, C1, C2 = "hz-registry", "hz-tax", "bank-a", "bank-b", "court-1", "court-2"
A, W = "owner", "spouse"
PAPER = "(2026)粤1302执保1号"


def town_of(mode: str = "single", *holders: Mapping[str, str], **policy: Any) -> World:
    """Return a network with U and the courts."""
    town = world(**policy)
    town.title(UNIT, mode, [dict(one) for one in holders] or [holder(A)])
    for court in (C1, C2):
        town.court(court)
    return town


def sale(town: World, unit: str = UNIT, **changed: Any) -> str:
    """Have a sale of the whole accepted; return its case."""
    return town.accepted(R, transfer_act(the_right(town, unit), "X", **changed))


def assess(town: World, case: str, **gates: str) -> None:
    """Have the bureau assess what is due."""
    done = town.do(T, "tax.assess", {"case": case, "version": 1, "gates": gates})
    assert done.outcome == "recorded", codes(done)


def clear(town: World, case: str, *vouchers: tuple[str, str, str]) -> Decision:
    """Have the bureau clear by vouchers (tax, number, kind); return the decision."""
    cited = [{"tax": tax, "number": number, "kind": kind} for tax, number, kind in vouchers]
    return town.do(T, "tax.clear", {"case": case, "version": 1, "vouchers": cited})


def cleared(town: World, unit: str = UNIT, **changed: Any) -> str:
    """Have a sale accepted and its taxes paid; return its case."""
    case = sale(town, unit, **changed)
    town.clear(case)
    return case


def discharge(mortgage: str) -> dict[str, Any]:
    """Return a discharge of a mortgage."""
    return {"act": "mortgage.discharge", "mortgage": mortgage}
