"""Transfer orders: what they bind once entered, who executes them, what they outrank. Last column: every reason."""

from collections.abc import Callable
from typing import Any

import pytest

from dengbu.ledger.register.encumbrances import Mortgage, Order, Seizure
from dengbu.ledger.register.records import Deal, Right, Unit
from dengbu.ledger.transition import Decision
from tests.worlds import (
    UNIT,
    UNIT_2,
    World,
    codes,
    holder,
    mortgage_act,
    ref,
    seized,
    signer,
    transfer_act,
    world,
)

R, B1, B2, C1, C2 = "hz-registry", "bank-a", "bank-b", "court-1", "court-2"
PAPER = "(2026)粤1302执1号之一"
FIRST = f"R-{UNIT}-1"
WINNER = [holder("winner")]
Given = Callable[[World], object]


@pytest.fixture
def town() -> World:
    """A network with two courts and a debtor's title on UNIT."""
    made = world()
    made.title(UNIT, holders=[holder("debtor")])
    made.title(UNIT_2, holders=[holder("neighbour")])
    made.court(C1)
    made.court(C2)
    return made


def order(town: World, by: str = C1, **changed: Any) -> Decision:
    """Have a court order the transfer of UNIT to the winner; return the decision."""
    data = {"unit": UNIT, "right": FIRST, "document": PAPER, "mode": "single", "holders": WINNER, **changed}
    return town.do(by, "court.order", data)


def ordered(town: World, by: str = C1, **changed: Any) -> str:
    """Have a court order the transfer, which must succeed; return the order's id."""
    done = order(town, by, **changed)
    assert done.outcome == "recorded", codes(done)
    return str(done.result["order"])


def execute(named: str, **changed: Any) -> dict[str, Any]:
    """Return the act that executes an order."""
    act = {
        "act": "transfer.order",
        "order": named,
        "unit": UNIT,
        "right": FIRST,
        "cause": "court-order",
        "seller": "person",
        "mode": "single",
        "holders": WINNER,
    }
    return {**act, **changed}


def done(town: World, *acts: dict[str, Any]) -> Decision:
    """Apply for acts, clear their taxes and enter them; return the decision."""
    case = town.accepted(R, *acts)
    town.clear(case)
    entered = town.enter(case)
    assert entered.outcome == "entered", codes(entered)
    return entered


def nothing(town: World) -> None:
    """Leave the town as it is."""


def sold(town: World) -> None:
    """The unit has just passed to somebody else."""
    done(town, transfer_act(town.one(Right, FIRST), "buyer"))


ORDER: list[tuple[str, Given, dict[str, Any], list[str]]] = [
    ("as it should be", nothing, {}, []),
    ("an unknown unit", nothing, {"unit": f"{UNIT[:-1]}7"}, ["unit-unknown"]),
    ("not the debtor's any more", sold, {}, ["not-debtor-property"]),
    ("the same paper again", lambda town: ordered(town), {}, ["order-repeated"]),
    ("another paper", lambda town: ordered(town), {"document": "2号"}, []),
    ("another court's paper of that number", lambda town: ordered(town, C2), {}, []),
    ("a holder twice", nothing, {"mode": "joint", "holders": WINNER * 2}, ["holder-repeated"]),
    ("shares that do not fit", nothing, {"mode": "shares"}, ["shares-sum"]),
    ("a mortgage elsewhere", lambda town: town.mortgage(B1, town.one(Right, f"R-{UNIT_2}-1")),
     {"ends": ["M-441302-20261122-000001-1"]}, ["mortgage-unknown"]),
    ("a mortgage on the unit", lambda town: town.mortgage(B1), {"ends": ["M-441302-20261122-000001-1"]}, []),
    ("another court has seized", lambda town: seized(town, C2), {}, []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "changed", "expected"), [row[1:] for row in ORDER], ids=[row[0] for row in ORDER]
)
def test_order(town: World, given: Given, changed: dict[str, Any], expected: list[str]) -> None:
    given(town)
    before = dict(town.register.items())
    assert codes(order(town, **changed)) == expected
    assert expected == [] or dict(town.register.items()) == before


REVOKE: list[tuple[str, str, Given, dict[str, Any], list[str]]] = [
    ("its court", C1, nothing, {}, []),
    ("another court", C2, nothing, {}, ["not-ordering-court"]),
    ("an unknown order", C1, nothing, {"order": "O-999"}, ["order-unknown"]),
]


@pytest.mark.parametrize(
    ("by", "given", "changed", "expected"), [row[1:] for row in REVOKE], ids=[row[0] for row in REVOKE]
)
def test_revoke(town: World, by: str, given: Given, changed: dict[str, Any], expected: list[str]) -> None:
    named = ordered(town)
    given(town)
    data = {"order": named, "document": "撤1号", **changed}
    assert codes(town.do(by, "court.revoke-order", data)) == expected


def test_an_order_ends_once(town: World) -> None:
    first = ordered(town)
    assert town.do(C1, "court.revoke-order", {"order": first, "document": "撤1号"}).outcome == "recorded"
    assert (town.one(Order, first).status, town.one(Unit, UNIT).orders) == ("revoked", ())
    again = town.do(C1, "court.revoke-order", {"order": first, "document": "撤2号"})
    assert codes(again) == ["order-ended"]
    assert codes(town.apply(R, execute(first))) == ["order-ended"]


EXECUTE: list[tuple[str, Given, dict[str, Any], list[str]]] = [
    ("as it was given", nothing, {}, []),
    ("an enterprise's unit", nothing, {"seller": "enterprise"}, []),
    ("on an unknown unit", nothing, {"unit": f"{UNIT[:-1]}7"}, ["unit-unknown", "right-unknown", "order-unknown"]),
    ("on another unit", nothing, {"unit": UNIT_2, "right": f"R-{UNIT_2}-1"}, ["order-unknown"]),
    ("an order nobody gave", nothing, {"order": "O-999"}, ["order-unknown"]),
    ("to another", nothing, {"holders": [holder("x")]}, ["order-differs"]),
    ("in another mode", nothing, {"mode": "joint", "holders": [*WINNER, holder("x")]}, ["order-differs"]),
    ("of another right", nothing, {"right": f"R-{UNIT}-9"}, ["right-unknown", "order-differs"]),
    ("after the court's own seizure", lambda town: seized(town), {}, []),
    ("another court seized after it", lambda town: seized(town, C2), {}, []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "changed", "expected"), [row[1:] for row in EXECUTE], ids=[row[0] for row in EXECUTE]
)
def test_execute(town: World, given: Given, changed: dict[str, Any], expected: list[str]) -> None:
    named = ordered(town)
    given(town)
    assert codes(town.apply(R, execute(named, **changed))) == expected


def freeze(town: World, by: str) -> None:
    """An authority freezes UNIT."""
    mark = {"unit": UNIT, "kind": "freeze", "document": "(2026)粤1302行1号"}
    assert town.do(by, "mark.set", mark).outcome == "recorded"


BEFORE: list[tuple[str, Given, list[str]]] = [
    ("its own seizure", lambda town: seized(town), []),
    ("another court's seizure", lambda town: seized(town, C2), ["seized"]),
    ("its own seizure, another waits", lambda town: (seized(town), seized(town, C2)), []),
    ("another court's seizure, its own waits", lambda town: (seized(town, C2), seized(town)), ["seized"]),
    ("its own freeze", lambda town: freeze(town, C1), []),
    ("another court's freeze", lambda town: freeze(town, C2), ["frozen"]),
    ("another court's order", lambda town: ordered(town, C2), ["order-earlier"]),
    ("a dispute, which the court has decided",
     lambda town: town.change(town.one(Unit, UNIT), disputed=True), []),
    ("a mortgage with a clause against transfer", lambda town: town.mortgage(B1, no_transfer=True), []),
]  # fmt: skip


@pytest.mark.parametrize(("given", "expected"), [row[1:] for row in BEFORE], ids=[row[0] for row in BEFORE])
def test_what_was_served_before_the_order(town: World, given: Given, expected: list[str]) -> None:
    given(town)
    assert codes(town.apply(R, execute(ordered(town)))) == expected


def test_the_winner_holds_free_of_what_the_order_ends(town: World) -> None:
    gone, stays = town.mortgage(B1), town.mortgage(B2)
    own, waiting = seized(town), seized(town, C2)
    first, second = ordered(town, ends=[gone]), ordered(town, C2)
    later = seized(town, C2, document="later")
    case = town.accepted(R, execute(first))
    assert codes(town.enter(case)) == ["tax-not-cleared", "iit-not-cleared"]
    town.clear(case)
    made = town.enter(case)
    assert made.outcome == "entered", codes(made)
    unit, new = town.one(Unit, UNIT), town.one(Right, made.result["rights"][0])
    assert (unit.right, unit.mortgages, unit.seizures, unit.orders) == (new.id, (stays,), (), ())
    assert (town.one(Mortgage, stays).right, town.one(Mortgage, stays).rank) == (new.id, 1)
    assert [town.one(Seizure, one).status for one in (own, waiting, later)] == [
        "released",
        "lapsed",
        "lapsed",
    ]
    assert [town.one(Order, one).status for one in (first, second)] == ["executed", "lapsed"]
    assert town.one(Right, FIRST).status == "ended"
    assert [one.ref for one in new.holders] == [ref("winner")]
    assert (made.result["executed"], made.result["discharged"]) == ([first], [gone])
    assert town.one(Deal, case).state == "CONSUMED"
    assert codes(town.apply(R, execute(first))) == ["right-ended", "order-ended"]
    assert codes(town.apply(R, transfer_act(new))) == []


def test_a_pre_seizure_against_the_winner_stays_and_is_a_seizure(town: World) -> None:
    data = {"unit": UNIT, "debtor": ref("winner"), "document": "预1号", "until": "2027-06-30"}
    own = seized(town)
    kept = town.do(C2, "court.pre-seize", data).result["seizure"]
    last = town.do(C1, "court.pre-seize", data).result["seizure"]
    done(town, execute(ordered(town)))
    assert town.one(Unit, UNIT).seizures == (kept, last)
    assert town.one(Seizure, own).status == "released"
    found = [town.one(Seizure, one) for one in (kept, last)]
    assert [(one.kind, one.status) for one in found] == [("seizure", "effective"), ("seizure", "waiting")]


def test_an_effective_pre_seizure_against_the_winner_keeps_its_term(town: World) -> None:
    data = {"unit": UNIT, "debtor": ref("winner"), "document": "预1号", "until": "2027-06-30"}
    kept = town.do(C1, "court.pre-seize", data).result["seizure"]
    done(town, execute(ordered(town)))
    assert (town.one(Seizure, kept).kind, town.one(Seizure, kept).until) == ("seizure", "2027-06-30")


def test_while_an_order_is_open_nothing_else_is_disposed_of(town: World) -> None:
    right = town.one(Right, FIRST)
    case = town.accepted(R, transfer_act(right, "buyer"))
    town.clear(case)
    named = ordered(town)
    assert codes(town.enter(case)) == ["order-open"]
    assert codes(town.apply(B1, mortgage_act(right))) == ["order-open"]
    piece = {"unit": UNIT, "right": FIRST, "consent": [ref("debtor")]}
    other = {"unit": UNIT_2, "right": f"R-{UNIT_2}-1", "consent": [ref("neighbour")]}
    joint = {"act": "mortgage.set-joint", "mortgagee": B1, "kind": "ordinary", "no_transfer": False}
    assert codes(town.apply(B1, {**joint, "pieces": [piece, other]})) == ["order-open"]
    site = {
        "act": "mortgage.set-construction", **piece, "buildings": [f"{UNIT[:-1]}8"], "mortgagee": B1,
        "kind": "ordinary", "no_transfer": False, "permits": True,
    }  # fmt: skip
    assert codes(town.apply(B1, site)) == ["order-open"]
    parts = [
        {"unit": f"{UNIT[:-1]}{nth}", "use": "shop", "area_cm2": 1, "holders": [holder("debtor")]}
        for nth in (8, 9)
    ]
    assert codes(town.apply(R, {"act": "unit.split", **piece, "parts": parts})) == ["order-open"]
    merge = {
        "act": "unit.merge",
        "sources": [piece, other],
        "into": f"{UNIT[:-1]}8",
        "use": "shop",
        "area_cm2": 1,
    }
    assert codes(town.apply(R, {**merge, "mode": "single", "holders": [holder("debtor")]})) == ["order-open"]
    # accepted later than the sale but entered before it: the court goes first (SEAL 23)
    done(town, execute(named))
    assert codes(town.enter(case)) == ["right-ended"]


def test_a_building_that_awaits_its_conversion_is_not_transferred_by_order_either(town: World) -> None:
    town.change(town.one(Unit, UNIT), awaiting=("M-1",))
    assert codes(town.apply(R, execute(ordered(town)))) == ["conversion-awaited"]


def test_the_winner_borrows_in_the_same_case(town: World) -> None:
    loan = mortgage_act(town.one(Right, FIRST), B1, right=f"R-{UNIT}-2", consent=[ref("winner")])
    case = town.accepted(R, execute(ordered(town)), loan, signers=[signer(one, "event") for one in (R, B1)])
    town.clear(case)
    assert town.enter(case).outcome == "entered"
    assert town.one(Unit, UNIT).mortgages != ()
