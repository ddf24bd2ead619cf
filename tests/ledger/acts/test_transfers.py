"""Transfers by cause: who agrees, what must be shown, what tax is owed, and what a cause cannot be used for."""

from typing import Any

import pytest

from dengbu.ledger.register.members import POLICY_KEY, Policy
from dengbu.ledger.register.records import Deal, Right, Unit
from tests.ledger.states import by_shares, joint, nothing
from tests.worlds import UNIT, UNIT_2, World, codes, holder, ref, seized, the_right, transfer_act

R = "hz-registry"
PAPER = "(2026)粤1302民终7号"
OWNER, TWO = [ref("owner")], [ref("owner"), ref("two")]


def held(*holders: tuple[str, str], mode: str = "shares") -> dict[str, Any]:
    """Return new holders with their shares."""
    return {"mode": mode, "holders": [holder(who, share) for who, share in holders]}


def strict(town: World) -> None:
    """Hold by thirds, under the policy that requires every co-owner's consent."""
    by_shares(town)
    town.change(town.one(Policy, POLICY_KEY), consent="urban-real-estate-law")


def clause(town: World) -> None:
    """Enter a mortgage with a registered clause against transfer."""
    town.mortgage(no_transfer=True)


SOLD = held(("x", "1/3"), ("two", "1/3"), ("three", "1/3"))
GIVEN = held(("owner", "1/6"), ("two", "1/2"), ("three", "1/3"))
SPOUSES = held(("owner", "1/1"), ("spouse", "1/1"), mode="joint")
SPLIT_UP = held(("owner", "1/2"), ("spouse", "1/2"))
BOTH = [ref("owner"), ref("spouse")]
IN_TIME = {"known_on": "2026-09-20", "accepted_on": "2026-11-19"}
CAUSES: list[tuple[str, Any, dict[str, Any], list[str]]] = [
    ("contribution", nothing, {"cause": "contribution"}, []),
    ("contribution without the owner", nothing, {"cause": "contribution", "consent": []}, ["co-owner-consent"]),
    ("merger", nothing, {"cause": "merger", "seller": "enterprise"}, []),
    ("a share sold by its owner", by_shares, {**SOLD, "consent": OWNER}, []),
    ("a share sold by another", by_shares, {**SOLD, "consent": [ref("two")]}, ["co-owner-consent"]),
    ("a share sold, but all must agree", strict, {**SOLD, "consent": OWNER}, ["co-owner-consent"]),
    ("a third and a bit of another's", by_shares, {**held(("x", "1/2"), ("two", "1/6"), ("three", "1/3")), "consent": OWNER},
     ["co-owner-consent"]),
    ("a share sold out of shares", by_shares, {**held(("two", "1/1"), ("x", "1/1"), mode="joint"), "consent": OWNER},
     ["co-owner-consent"]),
    ("shares change", by_shares, {**GIVEN, "cause": "share-change", "consent": OWNER}, []),
    ("shares change against who loses", by_shares, {**GIVEN, "cause": "share-change", "consent": [ref("two"), ref("three")]},
     ["co-owner-consent"]),
    ("two thirds cannot take the last", by_shares, {**held(("owner", "1/2"), ("two", "1/2")), "cause": "share-change",
     "consent": TWO}, ["co-owner-consent"]),
    ("a spouse comes in", nothing, {**SPOUSES, "cause": "share-change"}, []),
    ("spouses divide", joint, {**SPLIT_UP, "cause": "share-change", "consent": BOTH}, []),
    ("one spouse divides", joint, {**SPLIT_UP, "cause": "share-change", "consent": OWNER}, ["co-owner-consent"]),
    ("shares change to strangers", nothing, {"cause": "share-change"}, ["cause-mismatch"]),
    ("inheritance", nothing, {"cause": "inheritance", "consent": []}, []),
    ("inheritance, heirs unheard", nothing, {"cause": "inheritance", "consent": [], "heirs": None}, ["heirs-not-declared"]),
    ("legacy", nothing, {"cause": "legacy", "consent": [], "bequest": IN_TIME}, []),
    ("legacy, heirs unheard", nothing, {"cause": "legacy", "consent": [], "bequest": IN_TIME, "heirs": None},
     ["heirs-not-declared"]),
    ("legacy of a spouse's part", joint, {"cause": "legacy", "consent": [], "bequest": IN_TIME}, ["co-owner-consent"]),
    ("legacy beside the spouse", joint, {**held(("x", "1/1"), ("spouse", "1/1"), mode="joint"), "cause": "legacy",
     "consent": [], "bequest": IN_TIME}, []),
    ("legacy without its days", nothing, {"cause": "legacy", "consent": []}, ["legacy-waived"]),
    ("legacy in spite of a clause", clause, {"cause": "legacy", "consent": [], "bequest": IN_TIME}, []),
    ("judgment", nothing, {"cause": "judgment", "consent": [], "instrument": PAPER}, []),
    ("judgment without its paper", nothing, {"cause": "judgment", "consent": []}, ["instrument-missing"]),
    ("judgment over a seizure", seized, {"cause": "judgment", "consent": [], "instrument": PAPER}, ["seized"]),
    ("judgment in spite of a clause", clause, {"cause": "judgment", "consent": [], "instrument": PAPER}, []),
    ("a sale with a judgment", nothing, {"instrument": PAPER}, ["cause-mismatch"]),
    ("a gift with heirs", nothing, {"cause": "gift", "heirs": "verified"}, ["cause-mismatch"]),
    ("an inheritance with a bequest", nothing, {"cause": "inheritance", "bequest": IN_TIME}, ["cause-mismatch"]),
    ("a sale against another unit", nothing, {"against": UNIT_2}, ["cause-mismatch"]),
    ("an exchange for nothing", nothing, {"cause": "exchange"}, ["exchange-one-sided"]),
    ("to who has it", nothing, {"holders": [holder("owner")]}, ["nothing-changes"]),
    ("a judgment for who has it", nothing, {"holders": [holder("owner")], "cause": "judgment", "consent": [], "instrument": PAPER},
     ["nothing-changes"]),
    ("the same thirds in another order", by_shares, {**held(("three", "1/3"), ("owner", "1/3"), ("two", "1/3")),
     "cause": "share-change"}, ["nothing-changes"]),
    ("joint holders as they are", joint, {**SPOUSES, "cause": "share-change"}, ["nothing-changes"]),
    ("an enterprise dies", nothing, {"cause": "inheritance", "seller": "enterprise", "consent": []}, ["cause-mismatch"]),
    ("an enterprise leaves a legacy", nothing, {"cause": "legacy", "seller": "enterprise", "consent": [], "bequest": IN_TIME},
     ["cause-mismatch"]),
    ("a person merges", nothing, {"cause": "merger"}, ["cause-mismatch"]),
    ("an exchange for itself", nothing, {"cause": "exchange", "against": UNIT}, ["exchange-one-sided"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "changed", "expected"), [row[1:] for row in CAUSES], ids=[row[0] for row in CAUSES]
)
def test_transfer_by_cause(town: World, given: Any, changed: dict[str, Any], expected: list[str]) -> None:
    given(town)
    act = transfer_act(the_right(town), **{"consent": OWNER, **changed})
    assert codes(town.apply(R, {name: value for name, value in act.items() if value is not None})) == expected


BEQUESTS: list[tuple[str, str, list[str]]] = [  # today is 2026-11-22, a Sunday
    ("2026-09-20", "2026-11-19", []),  # the sixtieth day
    ("2026-09-20", "2026-11-20", ["legacy-waived"]),
    ("2026-09-16", "2026-11-16", []),  # the sixtieth day is a Sunday, and rolls over
    ("2026-11-22", "2026-11-22", []),
    ("2026-11-10", "2026-11-09", ["legacy-waived"]),  # accepted before it was known
    ("2026-11-10", "2026-11-23", ["legacy-waived"]),  # accepted tomorrow
    ("2026-02-30", "2026-11-09", ["legacy-waived"]),
    ("2026-11-01", "2026-02-30", ["legacy-waived"]),
]


@pytest.mark.parametrize(("known", "accepted", "expected"), BEQUESTS)
def test_a_legacy_is_accepted_within_sixty_days(
    town: World, known: str, accepted: str, expected: list[str]
) -> None:
    bequest = {"known_on": known, "accepted_on": accepted}
    act = transfer_act(the_right(town), cause="legacy", consent=[], bequest=bequest)
    assert codes(town.apply(R, act)) == expected


def swap(town: World, **second: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the two transfers that exchange UNIT for UNIT_2."""
    mine, yours = the_right(town), the_right(town, UNIT_2)
    there = {"cause": "exchange", "against": UNIT, **second}
    return (
        transfer_act(mine, "other", cause="exchange", against=UNIT_2),
        transfer_act(yours, "owner of 2", **there),
    )


@pytest.fixture
def two(town: World) -> World:
    """Another title, on UNIT_2."""
    town.title(UNIT_2, holders=[holder("other of 2")])
    return town


def test_an_exchange_moves_both_units_or_none(two: World) -> None:
    case = two.accepted(R, *swap(two))
    assert two.one(Deal, case).units == (UNIT, UNIT_2)
    assert codes(two.enter(case)) == ["tax-not-cleared", "iit-not-cleared"]
    two.clear(case)
    assert codes(two.enter(case)) == []
    assert [two.one(Unit, one).right for one in (UNIT, UNIT_2)] == [f"R-{UNIT}-2", f"R-{UNIT_2}-2"]


def test_each_side_of_an_exchange_names_the_other(two: World) -> None:
    mine, yours = swap(two)
    assert codes(two.apply(R, mine)) == codes(two.apply(R, yours)) == ["exchange-one-sided"]
    assert codes(two.apply(R, *swap(two, against=f"{UNIT[:-1]}9"))) == ["exchange-one-sided"] * 2
    sale = {name: value for name, value in yours.items() if name != "against"} | {"cause": "sale"}
    assert codes(two.apply(R, mine, sale)) == ["exchange-one-sided"]


def test_what_keeps_one_side_out_keeps_the_exchange_out(two: World) -> None:
    seized(two, unit=UNIT_2)
    assert codes(two.apply(R, *swap(two))) == ["seized"]
    assert two.one(Right, f"R-{UNIT}-1").status == "current"


def test_an_heir_sells_in_one_case(town: World) -> None:
    right = the_right(town)
    inherited = transfer_act(right, "heir", cause="inheritance", consent=[])
    sale = {**transfer_act(right, "buyer", right=f"R-{UNIT}-2"), "consent": [ref("heir")]}
    assert codes(town.apply(R, inherited, sale)) == []
    assert codes(town.apply(R, inherited, {**sale, "right": right.id})) == ["act-repeated", "right-ended", "not-holder",
                                                                            "co-owner-consent"]  # fmt: skip


OWED = [
    ("exchange", ["tax-not-cleared", "iit-not-cleared"]),
    ("contribution", ["tax-not-cleared", "iit-not-cleared"]),
    ("merger", ["tax-not-cleared", "lvat-not-cleared"]),
    ("judgment", ["tax-not-cleared", "iit-not-cleared"]),
    ("share-change", ["tax-not-cleared", "iit-not-cleared"]),
    ("legacy", ["tax-not-cleared"]),
]


@pytest.mark.parametrize(("cause", "expected"), OWED)
def test_every_cause_asks_for_its_taxes(two: World, cause: str, expected: list[str]) -> None:
    more: dict[str, Any] = {"judgment": {"instrument": PAPER}, "legacy": {"bequest": IN_TIME}}.get(cause, {})
    if cause == "share-change":
        more = {**SPOUSES}
    if cause == "merger":
        more = {"seller": "enterprise"}
    act = transfer_act(the_right(two), cause=cause, **more)
    acts = swap(two) if cause == "exchange" else (act,)
    assert codes(two.enter(two.accepted(R, *acts))) == expected
