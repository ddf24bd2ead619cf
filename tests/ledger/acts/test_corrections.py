"""Corrections, on request or ex officio, and what bars them; damaged or lost certificates."""

from typing import Any

import pytest

from dengbu.ledger.law.calendar import legal_date
from dengbu.ledger.register.encumbrances import Mortgage
from dengbu.ledger.register.members import POLICY_KEY, Policy
from dengbu.ledger.register.notations import Fault, Loss
from dengbu.ledger.register.records import Certificate, Right, Unit
from dengbu.ledger.transition import Decision
from tests.ledger.states import by_shares, dispute, end_right, joint, nothing
from tests.worlds import (
    DAY_MS,
    UNIT,
    UNIT_2,
    World,
    codes,
    holder,
    mortgage_act,
    ref,
    seized,
    the_right,
    transfer_act,
)

R, B1 = "hz-registry", "bank-a"
OWNER = [ref("owner")]
PLACE = "c" * 64  # a commitment


def correct_act(town: World, **changed: Any) -> dict[str, Any]:
    """Return a correction of the use, with the owner's consent."""
    made = {
        "act": "correction",
        "unit": UNIT,
        "right": the_right(town).id,
        "consent": OWNER,
        "use": "shop",
        **changed,
    }
    return {name: value for name, value in made.items() if value is not None}


def owners(*holders: tuple[str, str], mode: str = "single") -> dict[str, Any]:
    """Return the change that corrects who has held the right all along."""
    return {"use": None, "owners": {"mode": mode, "holders": [holder(*one) for one in holders]}}


def sold(town: World) -> None:
    """The owner has sold to a buyer."""
    case = town.accepted(R, transfer_act(the_right(town), "buyer"))
    town.clear(case)
    assert codes(town.enter(case)) == []


def promised(town: World) -> None:
    """The owner has promised the unit to a buyer."""
    act = {"act": "notice.set", "kind": "sale", "unit": UNIT, "right": the_right(town).id, "consent": OWNER}
    town.entered(R, {**act, "beneficiary": ref("buyer")})


def frozen(town: World) -> None:
    """The registry has frozen the unit."""
    assert codes(town.do(R, "mark.set", {"unit": UNIT, "kind": "freeze", "document": "1"})) == []


def altered_after(*changes: Any) -> Any:
    """Make these changes, then alter the use: the error to correct is newer than they are."""

    def change(town: World) -> None:
        for one in changes:
            one(town)
        act = {"act": "unit.alter", "unit": UNIT, "right": the_right(town).id, "use": "office"}
        town.entered(R, {**act, "consent": [one.ref for one in the_right(town).holders]})

    return change


def lent(town: World) -> None:
    """B1 has a mortgage."""
    town.mortgage()


def discharged(town: World) -> None:
    """B1 had a mortgage, which is discharged."""
    town.entered(B1, {"act": "mortgage.discharge", "mortgage": town.mortgage()})


TRUE = owners(("true owner", "1/1"))
ALL = [ref("owner"), ref("two"), ref("three")]
CORRECT: list[tuple[str, Any, dict[str, Any], list[str]]] = [
    ("use", nothing, {}, []),
    ("all of them", nothing, {**TRUE, "use": "shop", "area_cm2": 1, "location": PLACE}, []),
    ("who holds", nothing, TRUE, []),
    ("by proof, without the owner", nothing, {"consent": [], "shown": True}, []),
    ("with neither", nothing, {"consent": []}, ["error-not-shown"]),
    ("with one of two joint owners", joint, {}, ["error-not-shown"]),
    ("with two of three", by_shares, {"consent": ALL[:2]}, ["error-not-shown"]),
    ("with all three", by_shares, {"consent": ALL}, []),
    ("nothing", nothing, {"use": None}, ["nothing-changes"]),
    ("the use it has", nothing, {"use": "dwelling"}, ["nothing-changes"]),
    ("the holder it has", nothing, owners(("owner", "1/1")), ["nothing-changes"]),
    ("the holder it has, and a use", nothing, {**owners(("owner", "1/1")), "use": "shop"}, ["nothing-changes"]),
    ("unknown unit", nothing, {"unit": UNIT_2}, ["unit-unknown", "right-unknown"]),
    ("unknown right", nothing, {"right": "R-9"}, ["right-unknown"]),
    ("ended right", end_right, {}, ["right-ended"]),
    ("a stranger agrees", nothing, {"consent": [*OWNER, ref("x")]}, ["not-holder"]),
    ("one holder twice", nothing, owners(("x", "1/2"), ("x", "1/2"), mode="shares"), ["holder-repeated"]),
    ("shares that do not fit", nothing, owners(("x", "1/2"), ("y", "1/3"), mode="shares"), ["shares-sum"]),
    ("disputed", dispute, {}, ["disputed"]),
    ("a mortgage since", lent, {}, ["later-disposal"]),
    ("a mortgage since, holders", lent, TRUE, ["later-disposal"]),
    ("a notice since", promised, {}, ["later-disposal"]),
    ("a seizure since", seized, {}, ["later-disposal"]),
    ("a freeze since", frozen, TRUE, ["later-disposal"]),
    ("a sale since", sold, {"consent": [ref("buyer")]}, ["later-disposal"]),
    ("the sale itself", sold, {**TRUE, "consent": [ref("buyer")]}, []),
    ("an alteration after a mortgage", altered_after(lent), {}, []),
    ("an alteration after a sale", altered_after(sold), {"consent": [ref("buyer")]}, []),
    ("a mortgage, then an alteration, holders", altered_after(lent), TRUE, ["later-disposal"]),
    ("a mortgage that is gone", discharged, TRUE, []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "changed", "expected"), [row[1:] for row in CORRECT], ids=[row[0] for row in CORRECT]
)
def test_correction(town: World, given: Any, changed: dict[str, Any], expected: list[str]) -> None:
    given(town)
    assert codes(town.apply(R, correct_act(town, **changed))) == expected


def test_a_corrected_unit_keeps_its_right_under_a_new_certificate(town: World) -> None:
    before = the_right(town)
    done = town.entered(R, correct_act(town, area_cm2=990_000, location=PLACE))
    unit, after = town.one(Unit, UNIT), the_right(town)
    assert (unit.use, unit.area_cm2, unit.location, unit.described) == (
        "shop",
        990_000,
        PLACE,
        town.index - 1,
    )
    assert (after.id, after.holders, after.since) == (before.id, before.holders, before.since)
    assert done.result["certificates"] == [{"act": 1, "number": after.certificate}]
    assert after.certificate != before.certificate


def test_who_held_all_along_holds_and_the_wrong_entry_stays_as_corrected(town: World) -> None:
    mortgage = town.mortgage()
    sold(town)
    wrong = the_right(town)
    done = town.entered(R, correct_act(town, **TRUE, consent=[ref("buyer")]))
    after = the_right(town)
    assert (town.one(Right, wrong.id).status, town.one(Right, wrong.id).holders) == (
        "corrected",
        wrong.holders,
    )
    assert (after.id, after.holders[0].ref) == (f"R-{UNIT}-3", ref("true owner"))
    assert (done.result["rights"], town.one(Mortgage, mortgage).right) == ([after.id], after.id)
    assert town.one(Certificate, after.certificate).of == after.id
    assert town.one(Unit, UNIT).described is None


def test_a_later_disposal_waits_for_the_correction_applied_for_before_it(town: World) -> None:
    correction = town.accepted(R, correct_act(town, **TRUE))
    loan = town.accepted(B1, mortgage_act(the_right(town)))
    assert codes(town.enter(loan)) == ["earlier-case"]
    assert codes(town.enter(correction)) == []
    assert codes(town.enter(loan)) == ["right-ended"]


# ---- ex officio ---------- -----------------------------------------------------------------------------------------


def tell(town: World, **changed: Any) -> Decision:
    """Tell the holder of an error; return the decision."""
    return town.do(R, "fault.tell", {"unit": UNIT, "right": the_right(town).id, **changed})


def announce(town: World, fault: str) -> Decision:
    """Announce that the registry will correct an error; return the decision."""
    return town.do(R, "fault.announce", {"fault": fault})


def told(town: World) -> str:
    """Tell the holder of an error; return the fault's id."""
    return str(tell(town).result["fault"])


def by_itself(town: World, fault: str, **changed: Any) -> list[str]:
    """Return what bars the registry from a correction ex officio."""
    return codes(town.apply(R, correct_act(town, consent=[], fault=fault, **changed)))


def test_the_registry_corrects_after_notice_and_announcement(town: World) -> None:
    fault = told(town)
    assert by_itself(town, fault) == ["period-running"]
    town.time += (
        40 * DAY_MS
    )  # told on 2026-11-22: with no holiday set, the thirtieth working day is 2027-01-01
    assert legal_date(town.time).isoformat() == "2027-01-01"
    assert codes(announce(town, fault)) == ["period-running"]
    town.time += DAY_MS
    assert codes(announce(town, fault)) == []
    assert codes(announce(town, fault)) == ["fault-unknown"]
    assert by_itself(town, fault) == ["period-running"]
    town.time += 20 * DAY_MS  # announced on 2027-01-02: the fifteenth working day is 2027-01-22
    assert legal_date(town.time).isoformat() == "2027-01-22"
    assert by_itself(town, fault) == ["period-running"]
    town.time += DAY_MS
    done = town.entered(R, correct_act(town, consent=[], fault=fault, use="office"))
    assert done.result["corrected"] == [UNIT]
    assert town.one(Fault, fault).status == "corrected"
    assert by_itself(town, fault) == ["fault-unknown"]


def test_the_periods_are_the_policys(town: World) -> None:
    town.change(town.one(Policy, POLICY_KEY), fault_notice_days=1, fault_announcement_days=2)
    fault = told(town)
    town.time += 2 * DAY_MS
    assert codes(announce(town, fault)) == []
    town.time += 3 * DAY_MS
    assert by_itself(town, fault) == []


def test_a_holder_who_agrees_meanwhile_need_not_wait(town: World) -> None:
    told(town)
    assert codes(town.apply(R, correct_act(town))) == []


def test_another_rights_fault_corrects_nothing_here(town: World) -> None:
    town.title(UNIT_2)
    other = str(tell(town, unit=UNIT_2, right=the_right(town, UNIT_2).id).result["fault"])
    assert by_itself(town, other) == by_itself(town, "F-999") == ["fault-unknown"]
    assert codes(announce(town, "F-999")) == ["fault-unknown"]


TELL: list[tuple[str, Any, dict[str, Any], list[str]]] = [
    ("unknown unit", nothing, {"unit": UNIT_2}, ["unit-unknown", "right-unknown"]),
    ("unknown right", nothing, {"right": "R-9"}, ["right-unknown"]),
    ("ended right", end_right, {}, ["right-ended"]),
]


@pytest.mark.parametrize("type_", ["fault.tell", "loss.announce"])
@pytest.mark.parametrize(
    ("given", "changed", "expected"), [row[1:] for row in TELL], ids=[row[0] for row in TELL]
)
def test_only_a_current_right_has_a_fault_or_a_lost_certificate(
    town: World, given: Any, changed: dict[str, Any], expected: list[str], type_: str
) -> None:
    given(town)
    data = {"unit": UNIT, "right": the_right(town).id, **changed}
    assert codes(town.do(R, type_, data)) == expected


# ---- certificates ---------------------------------------------------------------------------------------------------


def replace_act(town: World, **changed: Any) -> dict[str, Any]:
    """Return a replacement of a damaged certificate that the owner hands in."""
    made = {"act": "certificate.replace", "unit": UNIT, "right": the_right(town).id, "cause": "damaged"}
    return {**made, "consent": OWNER, **changed}


LOST = {"cause": "lost"}
REPLACE: list[tuple[str, Any, dict[str, Any], list[str]]] = [
    ("damaged", nothing, {}, []),
    ("damaged, one of two joint owners", joint, {}, []),
    ("damaged, nobody asks", nothing, {"consent": []}, ["co-owner-consent"]),
    ("a stranger asks", nothing, {"consent": [ref("x")]}, ["not-holder"]),
    ("unknown unit", nothing, {"unit": UNIT_2}, ["unit-unknown", "right-unknown"]),
    ("unknown right, lost", nothing, {**LOST, "right": "R-9"}, ["right-unknown"]),
    ("ended right", end_right, {}, ["right-ended"]),
    ("lost, not announced", nothing, LOST, ["loss-not-announced"]),
    ("lost, announced in no entry", nothing, {**LOST, "loss": "L-99"}, ["loss-not-announced"]),
    ("seized", seized, {}, ["seized"]),
]


@pytest.mark.parametrize(
    ("given", "changed", "expected"), [row[1:] for row in REPLACE], ids=[row[0] for row in REPLACE]
)
def test_certificate_replace(town: World, given: Any, changed: dict[str, Any], expected: list[str]) -> None:
    given(town)
    assert codes(town.apply(R, replace_act(town, **changed))) == expected


def test_the_policy_may_replace_the_certificate_of_a_seized_unit(town: World) -> None:
    seized(town)
    town.change(town.one(Policy, POLICY_KEY), replacing_seized=True)
    assert codes(town.apply(R, replace_act(town))) == []


def lose(town: World) -> str:
    """Announce a loss; return its id."""
    done = town.do(R, "loss.announce", {"unit": UNIT, "right": the_right(town).id})
    return str(done.result["loss"])


def test_a_lost_certificate_is_replaced_after_its_announcement_and_once(town: World) -> None:
    before, loss = the_right(town), lose(town)
    act = replace_act(town, **LOST, loss=loss)
    town.time += 19 * DAY_MS  # announced on 2026-11-22: the fifteenth working day is 2026-12-11
    assert legal_date(town.time).isoformat() == "2026-12-11"
    assert codes(town.apply(R, act)) == ["period-running"]
    town.time += DAY_MS
    done = town.entered(R, act)
    after = the_right(town)
    assert (after.id, after.since, done.result["certificates"][0]["number"]) == (
        before.id,
        before.since,
        after.certificate,
    )
    assert town.one(Loss, loss).certificate == before.certificate != after.certificate
    assert codes(town.apply(R, act)) == ["loss-not-announced"]


def test_the_loss_of_another_rights_certificate_counts_for_nothing(town: World) -> None:
    town.title(UNIT_2)
    other = town.do(R, "loss.announce", {"unit": UNIT_2, "right": the_right(town, UNIT_2).id}).result["loss"]
    town.time += 60 * DAY_MS
    assert codes(town.apply(R, replace_act(town, **LOST, loss=other))) == ["loss-not-announced"]
