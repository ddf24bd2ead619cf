"""What crosses what: two or three things happen to one unit, then something is asked for. One row is one case.

The last column lists every reason. The acceptance list and the derived cases are not repeated here.
"""

from collections.abc import Callable
from typing import Any

import pytest

from dengbu.ledger.register.encumbrances import Mortgage
from dengbu.ledger.register.records import Unit
from dengbu.ledger.transition import Decision
from tests.ledger.plays import B1, B2, C1, C2, PAPER, A, R, T, W, assess, clear, cleared, sale, town_of
from tests.worlds import (
    DAY_MS,
    START,
    UNIT,
    UNIT_2,
    World,
    codes,
    holder,
    mortgage_act,
    ref,
    seize,
    signer,
    the_right,
    transfer_act,
)

Play = Callable[[World], Decision]
FIRST = {"act": "unit.first", "unit": UNIT_2, "use": "dwelling", "area_cm2": 1, "mode": "single"}


def sold_to(buyer: str, **changed: Any) -> Play:
    """A sells, or the unit passes to the buyer in another way."""
    return lambda town: town.apply(R, transfer_act(the_right(town), buyer, **changed))


def lent(*consent: str) -> Play:
    """B1 takes a mortgage to which these holders agree."""
    return lambda town: town.apply(
        B1, mortgage_act(the_right(town), B1, consent=[ref(one) for one in consent])
    )


def pre_seized(debtor: str, until: str = "2028-11-22") -> Play:
    """C1 pre-seizes U."""
    data = {"unit": UNIT, "debtor": ref(debtor), "document": "(2026)粤1302执预1号", "until": until}
    return lambda town: town.do(C1, "court.pre-seize", data)


def then(*plays: Play, days: int = 0) -> Play:
    """All of these happen, with days before the last one; only the last one may be refused."""

    def play(town: World) -> Decision:
        for one in plays[:-1]:
            assert codes(one(town)) == []
        town.time += days * DAY_MS
        return plays[-1](town)

    return play


def objected(town: World) -> Decision:
    """Z objects."""
    act = {
        "act": "objection.note",
        "unit": UNIT,
        "right": the_right(town).id,
        "objector": ref("Z"),
        "ground": "g",
    }
    return town.entered(R, {**act, "refused": True, "shown": True})


def sued(town: World) -> Decision:
    """Z shows the suit."""
    (objection,) = town.one(Unit, UNIT).objections
    return town.do(R, "objection.suit", {"objection": objection, "document": PAPER})


def promised(town: World) -> Decision:
    """A promises to sell to X."""
    act = {
        "act": "notice.set",
        "unit": UNIT,
        "kind": "sale",
        "right": the_right(town).id,
        "consent": [ref(A)],
    }
    return town.entered(R, {**act, "beneficiary": ref("X")})


def ripe(town: World) -> Decision:
    """What is promised could be registered from the first day on."""
    (notice,) = town.one(Unit, UNIT).notices
    return town.do(R, "notice.ripen", {"notice": notice, "on": "2026-11-22"})


def heir_of(share: str, *others: dict[str, str], consent: tuple[str, ...] = ()) -> Play:
    """H inherits a share next to other holders."""
    holders = [holder("H", share), *others]
    agreed = [ref(one) for one in consent]
    return sold_to("H", cause="inheritance", mode="shares", holders=holders, consent=agreed)


def outranked(town: World) -> Decision:
    """B1 was promised a mortgage, and B2 takes one with B1's agreement; then B1's ranks from the promise (SEC 52)."""
    act = {
        "act": "notice.set",
        "unit": UNIT,
        "kind": "mortgage",
        "right": the_right(town).id,
        "consent": [ref(A)],
    }
    (notice,) = town.entered(B1, {**act, "mortgagee": B1}).result["notices"]
    keys = [signer(one, "event") for one in (B2, B1)]
    (second,) = town.entered(B2, mortgage_act(the_right(town), B2), signers=keys).result["mortgages"]
    done = town.entered(B1, mortgage_act(the_right(town), B1), {"act": "notice.convert", "notice": notice})
    assert [town.one(Mortgage, one).mortgagee for one in town.one(Unit, UNIT).mortgages] == [B1, B2]
    assert town.one(Mortgage, second["id"]).rank == 2
    return done


def declined_after_withdrawal(town: World) -> Decision:
    """A refund is requested, the case withdrawn, the refund declined: the payments clear the deal again (DT 12)."""
    case = sale(town)
    assess(town, case, deed="due", iit="due")
    paid = (("deed", "V-1", "payment"), ("iit", "V-2", "payment"))
    assert codes(clear(town, case, *paid)) == []
    for by, kind, more in (
        (T, "tax.refund-request", {"ground": "contract-void"}),
        (R, "case.withdraw", {}),
        (T, "tax.refund-decline", {}),
    ):
        assert codes(town.do(by, kind, {"case": case, **more})) == []
    again = sale(town)
    assess(town, again, deed="due", iit="due")
    return clear(town, again, *paid)


def entered(town: World) -> Decision:
    """A's sale to X, its taxes paid, is entered."""
    return town.enter(cleared(town))


def accepted_then(*between: Play) -> Play:
    """A's sale to X is accepted and paid; something happens; then it is entered."""

    def play(town: World) -> Decision:
        case = cleared(town)
        for one in between:
            assert codes(one(town)) == []
        return town.enter(case)

    return play


def first_registered_while_disputed(town: World) -> Decision:
    """There is a suit over a unit that is only applied for (REG 22(2))."""
    case = town.accepted(R, {**FIRST, "holders": [holder("developer")]})
    mark = {"unit": UNIT_2, "kind": "dispute", "document": PAPER}
    assert codes(town.do(C1, "mark.set", mark)) == []
    return town.enter(case)


def power_ended_between(town: World) -> Decision:
    """A's agent applied while the power was valid; its end since then does not undo the application (CC 173)."""
    power = {
        "by": "power",
        "party": ref(A),
        "agent": ref("agent"),
        "principal": "person",
        "form": "notarised",
    }
    data = {
        "district": UNIT[:6],
        "channel": "counter",
        "acts": [transfer_act(the_right(town), "X")],
        "agents": [{**power, "scope": ["transfer"], "until": "2026-11-25", "paper": "power"}],
    }
    case = town.do(R, "case.apply", data, private={"power": [R]}).result["case"]
    town.time = START + 5 * DAY_MS
    town.clear(case)
    return town.enter(case)


HALVES = ("shares", holder(A, "1/2"), holder("two", "1/2"))
THIRDS = ("shares", holder(A, "1/3"), holder("two", "1/3"), holder("three", "1/3"))
JOINT = ("joint", holder(A), holder(W))
REST = (holder(A, "1/3"), holder("three", "1/3"))

CASES: list[tuple[str, tuple[Any, ...], Play, list[str]]] = [
    # co-owners
    ("halves, A named twice: mortgage", HALVES, lent(A, A), ["co-owner-consent"]),
    ("thirds, one dies: the heir takes that third", THIRDS, heir_of("1/3", *REST), []),
    ("thirds, one dies: the heir takes two thirds", THIRDS, heir_of("2/3", holder(A, "1/3")), ["co-owner-consent"]),
    ("joint, A dies: two heirs, W agrees to shares", JOINT,
     heir_of("1/4", holder("I", "1/4"), holder(W, "1/2"), consent=(W,)), []),
    ("a judgment gives X a half, A keeps a half", (),
     sold_to("X", cause="judgment", instrument=PAPER, consent=[], mode="shares",
             holders=[holder(A, "1/2"), holder("X", "1/2")]), []),
    ("shares not in lowest terms", (),
     sold_to("X", mode="shares", holders=[holder("X", "2/4"), holder("Y", "1/2")]), ["shares-sum"]),
    # promises
    ("promised to X: X takes it together with Y", (),
     then(promised, sold_to("X", mode="joint", holders=[holder("X"), holder("Y")])), []),
    ("promised to X: a judgment for Y", (),
     then(promised, sold_to("Y", cause="judgment", instrument=PAPER, consent=[])), ["advance-notice"]),
    ("promise ripe for ninety days: sale to Y", (), then(promised, ripe, sold_to("Y"), days=90), ["advance-notice"]),
    ("promise ripe for ninety-five days: sale to Y", (), then(promised, ripe, sold_to("Y"), days=95), []),
    ("a mortgage promised before another: its rank", (), outranked, []),
    # objections
    ("objected to after acceptance: enter", (), accepted_then(objected), ["objection-not-acknowledged"]),
    ("objected to, sued, a month later: sale", (),
     then(objected, sued, sold_to("X"), days=30), ["objection-not-acknowledged"]),
    ("objected to, not sued, a month later: sale", (), then(objected, sold_to("X"), days=30), []),
    ("objected to: inheritance", (), then(objected, sold_to("H", cause="inheritance", consent=[])), []),
    # courts
    ("seized in advance for X: sale to X", (), then(pre_seized("X"), sold_to("X")), []),
    ("seized in advance for X: sale to Y", (), then(pre_seized("X"), sold_to("Y")), ["seized"]),
    ("seized in advance after acceptance, for another: enter", (), accepted_then(pre_seized("Y")), ["seized"]),
    ("seized in advance after acceptance, for the buyer: enter", (), accepted_then(pre_seized("X")), []),
    ("seized in advance for X, who took it: X sells", (), then(pre_seized("X"), entered, sold_to("Y")), ["seized"]),
    ("seized in advance till 11-30, after that: sale to Y", (),
     then(pre_seized("X", "2026-11-30"), sold_to("Y"), days=9), []),
    ("seized by two, the first lapsed: enter", (),
     accepted_then(lambda t: seize(t, until="2026-11-23"), lambda t: seize(t, C2), then(objected, sued, days=3)),
     ["seized", "objection-not-acknowledged"]),
    ("disputed while applied for: first registration", (), first_registered_while_disputed, ["disputed"]),
    # taxes and agents
    ("refund asked for, withdrawn, declined: clear again", (), declined_after_withdrawal, []),
    ("the agent's power ended after acceptance: enter", (), power_ended_between, []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("title", "play", "expected"), [row[1:] for row in CASES], ids=[row[0] for row in CASES]
)
def test_crossing(title: tuple[Any, ...], play: Play, expected: list[str]) -> None:
    done = play(town_of(*title))
    assert codes(done) == expected
    assert (done.outcome == "refused") is bool(expected)
    assert all(reason.law for reason in done.reasons), "a refusal without an article"
