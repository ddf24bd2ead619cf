"""Deregistration: loss, waiver and decisions that end a right; a waiver's consents, and what ends with the unit."""

from typing import Any

import pytest

from dengbu.ledger.register.encumbrances import Mortgage, Seizure
from dengbu.ledger.register.notations import Notice, Objection
from dengbu.ledger.register.records import Right, Unit
from tests.ledger.states import by_shares, dispute, end_right, joint, nothing
from tests.worlds import UNIT, UNIT_2, World, codes, holder, mortgage_act, ref, seized, signer, the_right

R, B1, B2, C1 = "hz-registry", "bank-a", "bank-b", "court-1"
OWNER, X, Z = [ref("owner")], ref("buyer"), ref("objector")
TAKEN = {"cause": "expropriation", "consent": [], "instrument": "惠城府征〔2026〕7号"}
LOST = {"cause": "loss"}


def keys(*institutions: str) -> list[Any]:
    """Return the event keys that sign an application at the registry's counter."""
    return [signer(one, "event") for one in (R, *institutions)]


def deregister_act(town: World, **changed: Any) -> dict[str, Any]:
    """Return a waiver by the owner."""
    made = {
        "act": "unit.deregister",
        "unit": UNIT,
        "right": the_right(town).id,
        "cause": "waiver",
        "consent": OWNER,
    }
    return {**made, **changed}


def lent(town: World) -> None:
    """B1 has a mortgage."""
    town.mortgage(B1)


def promised(town: World) -> None:
    """The unit has been promised to X."""
    act = {"act": "notice.set", "kind": "sale", "unit": UNIT, "right": the_right(town).id, "consent": OWNER}
    town.entered(R, {**act, "beneficiary": X})


def promised_to_bank(town: World) -> None:
    """B2 has been promised a mortgage."""
    act = {
        "act": "notice.set",
        "kind": "mortgage",
        "unit": UNIT,
        "right": the_right(town).id,
        "consent": OWNER,
    }
    town.entered(R, {**act, "mortgagee": B2}, signers=keys(B2))


def doubted(town: World) -> None:
    """Z objects."""
    act = {
        "act": "objection.note",
        "unit": UNIT,
        "right": the_right(town).id,
        "objector": Z,
        "ground": "wrong",
    }
    town.entered(R, {**act, "refused": True, "shown": True})


def frozen(town: World) -> None:
    """The registry has frozen the unit."""
    assert codes(town.do(R, "mark.set", {"unit": UNIT, "kind": "freeze", "document": "1"})) == []


def awaited(town: World) -> None:
    """The finished building does not carry its construction mortgage yet."""
    town.change(town.one(Unit, UNIT), awaiting=("M-1",))


def inhabited(town: World) -> None:
    """Z has a right of habitation in the unit."""
    act = {
        "act": "habitation.set",
        "unit": UNIT,
        "right": the_right(town).id,
        "ground": "contract",
        "taker": "person",
    }
    town.entered(R, {**act, "beneficiaries": [Z], "consent": OWNER})


def serves(town: World) -> None:
    """The unit is burdened with an easement for UNIT_2, which X holds."""
    town.title(UNIT_2, holders=[holder("buyer")])
    easement(town, UNIT, OWNER, UNIT_2, [X])


def served(town: World) -> None:
    """UNIT_2, which X holds, is burdened with an easement for the unit."""
    town.title(UNIT_2, holders=[holder("buyer")])
    easement(town, UNIT_2, [X], UNIT, OWNER)


def easement(town: World, servient: str, bear: list[str], dominant: str, take: list[str]) -> None:
    """Enter an easement on one unit for another."""
    there = {"unit": dominant, "right": the_right(town, dominant).id, "consent": take}
    act = {"act": "easement.set", "unit": servient, "right": the_right(town, servient).id, "consent": bear}
    town.entered(R, {**act, "dominant": there})


ALL = [ref("owner"), ref("two"), ref("three")]
DEREGISTER: list[tuple[str, Any, dict[str, Any], tuple[str, ...], list[str]]] = [
    ("waiver", nothing, {}, (), []),
    ("loss", nothing, LOST, (), []),
    ("taken", nothing, TAKEN, (), []),
    ("taken without a decision", nothing, {"cause": "expropriation"}, (), ["instrument-missing"]),
    ("confiscated", nothing, {**TAKEN, "cause": "confiscation"}, (), []),
    ("confiscated without a decision", nothing, {"cause": "confiscation"}, (), ["instrument-missing"]),
    ("ended by a judgment", nothing, {**TAKEN, "cause": "judgment"}, (), []),
    ("ended without a judgment", nothing, {"cause": "judgment"}, (), ["instrument-missing"]),
    ("unknown unit", nothing, {"unit": UNIT_2}, (), ["unit-unknown", "right-unknown"]),
    ("unknown right", nothing, {"right": "R-9"}, (), ["right-unknown"]),
    ("ended right", end_right, {}, (), ["right-ended"]),
    ("a stranger", nothing, {**LOST, "consent": [ref("x")]}, (), ["not-holder"]),
    ("nobody states the loss", nothing, {**LOST, "consent": []}, (), ["co-owner-consent"]),
    ("one of two joint owners waives", joint, {}, (), ["co-owner-consent"]),
    ("one of two joint owners states the loss", joint, LOST, (), []),
    ("two thirds waive", by_shares, {"consent": ALL[:2]}, (), ["co-owner-consent"]),
    ("all three waive", by_shares, {"consent": ALL}, (), []),
    ("disputed, waiver", dispute, {}, (), ["disputed"]),
    ("disputed, loss", dispute, LOST, (), []),
    ("seized, waiver", seized, {}, (), ["seized"]),
    ("seized, waiver, the court signs", seized, {}, (C1,), ["seized"]),
    ("seized, loss", seized, LOST, (), ["seized"]),
    ("seized, loss, the court signs", seized, LOST, (C1,), []),
    ("frozen", frozen, LOST, (), ["frozen"]),
    ("a conversion is awaited, loss", awaited, LOST, (), ["conversion-awaited"]),
    ("mortgaged, waiver", lent, {}, (), ["consent-missing"]),
    ("mortgaged, waiver, another bank signs", lent, {}, (B2,), ["consent-missing"]),
    ("mortgaged, waiver, the bank signs", lent, {}, (B1,), []),
    ("mortgaged, loss", lent, LOST, (), []),
    ("mortgaged, taken", lent, TAKEN, (), []),
    ("promised, waiver", promised, {}, (), ["consent-missing"]),
    ("promised, waiver agreed", promised, {"agreed": [X]}, (), []),
    ("promised, loss", promised, LOST, (), []),
    ("promised to a bank, waiver", promised_to_bank, {}, (), ["consent-missing"]),
    ("promised to a bank, which signs", promised_to_bank, {}, (B2,), []),
    ("doubted, waiver", doubted, {}, (), ["consent-missing"]),
    ("doubted, waiver agreed", doubted, {"agreed": [Z]}, (), []),
    ("inhabited, waiver", inhabited, {}, (), ["consent-missing"]),
    ("inhabited, waiver agreed", inhabited, {"agreed": [Z]}, (), []),
    ("inhabited, loss", inhabited, LOST, (), []),
    ("serving another, waiver", serves, {}, (), ["consent-missing"]),
    ("serving another, waiver agreed", serves, {"agreed": [X]}, (), []),
    ("served by another, waiver", served, {}, (), []),
    ("everything at once", lambda town: (lent(town), dispute(town), seized(town)), {"consent": []}, (),
     ["co-owner-consent", "disputed", "seized", "consent-missing"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "changed", "signers", "expected"),
    [row[1:] for row in DEREGISTER],
    ids=[row[0] for row in DEREGISTER],
)
def test_unit_deregister(
    town: World, given: Any, changed: dict[str, Any], signers: tuple[str, ...], expected: list[str]
) -> None:
    given(town)
    assert codes(town.apply(R, deregister_act(town, **changed), signers=keys(*signers))) == expected


def everything(town: World, kind: type[Any]) -> list[str]:
    """Return the status of every record of a kind."""
    return [one.status for one in town.register.items().values() if isinstance(one, kind)]


def test_all_that_lay_on_a_lost_unit_ends_with_it(town: World) -> None:
    for one in (serves, inhabited, lent, promised, doubted, seized):
        one(town)
    second = mortgage_act(
        the_right(town), B2, agreed=[X], acknowledged=[str(town.one(Unit, UNIT).objections[0])]
    )
    assert codes(town.apply(B2, second)) == ["seized"]
    right = the_right(town)
    done = town.entered(R, deregister_act(town, **LOST), signers=keys(C1))
    unit = town.one(Unit, UNIT)
    assert (done.result["deregistered"], unit.status, unit.right) == ([UNIT], "retired", None)
    assert (unit.mortgages, unit.notices, unit.seizures, unit.successors) == ((), (), (), ())
    assert town.one(Right, right.id).status == "ended"
    assert (unit.habitations, unit.easements, town.one(Unit, UNIT_2).easements) == ((), (), ())
    used = [
        one for one in town.register.items().values() if isinstance(one, Right) and one.kind != "ownership"
    ]
    assert [one.status for one in used] == ["ended", "ended"]
    found = [everything(town, kind) for kind in (Mortgage, Notice, Objection, Seizure)]
    assert found == [["discharged"], ["cancelled"], ["closed"], ["released"]]


def test_a_deregistered_unit_is_in_the_book_no_more_and_its_code_is_not_given_again(town: World) -> None:
    right = the_right(town)
    town.entered(R, deregister_act(town, **TAKEN))
    assert codes(town.apply(B1, mortgage_act(right))) == ["unit-unknown", "right-ended"]
    first = {"act": "unit.first", "unit": UNIT, "use": "shop", "area_cm2": 1, "mode": "single"}
    assert codes(town.apply(R, {**first, "holders": [holder("x")]})) == ["unit-registered"]


def test_a_disposal_applied_for_before_a_waiver_is_decided_first(town: World) -> None:
    town.accepted(B1, mortgage_act(the_right(town)))
    assert codes(town.enter(town.accepted(R, deregister_act(town)))) == ["earlier-case"]
