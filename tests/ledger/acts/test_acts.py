"""Registration acts: what is entered, and every refusal. The last column of each table lists every reason in order."""

from collections.abc import Callable
from typing import Any

import pytest

from dengbu.ledger.register.encumbrances import Mortgage
from dengbu.ledger.register.records import Certificate, Right, Unit
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
    the_right,
    transfer_act,
)

Change = Callable[[World], Any]
THIRDS = [holder("one", "1/3"), holder("two", "1/3"), holder("three", "1/3")]


def dispute(town: World) -> None:
    """Mark the unit disputed."""
    town.change(town.one(Unit, UNIT), disputed=True)


def joint(town: World) -> None:
    """Make the owner a joint owner with a spouse."""
    town.change(the_right(town), mode="joint", holders=(holder_of("owner"), holder_of("spouse")))


def by_shares(town: World) -> None:
    """Make the owner one of three equal co-owners."""
    town.change(
        the_right(town),
        mode="shares",
        holders=tuple(holder_of(who, "1/3") for who in ("owner", "two", "three")),
    )


def holder_of(who: str, share: str = "1/1") -> Any:
    """Return a holder record."""
    from dengbu.ledger.register.record import Holder

    return Holder(ref(who), share)


def nothing(town: World) -> None:
    """Leave the town as it is."""


def end_right(town: World) -> None:
    """End the right, as a transfer elsewhere would."""
    town.change(the_right(town), status="ended")


OWNER = [ref("owner")]
MORTGAGE_SET: list[tuple[str, Change, str, dict[str, Any], list[str]]] = [
    ("as it should be", nothing, "bank-a", {}, []),
    ("unknown unit", nothing, "bank-a", {"unit": UNIT_2}, ["unit-unknown", "right-unknown"]),
    ("unknown right", nothing, "bank-a", {"right": f"R-{UNIT}-9"}, ["right-unknown"]),
    ("ended right", end_right, "bank-a", {}, ["right-ended"]),
    ("a stranger consents", nothing, "bank-a", {"consent": [*OWNER, ref("x")]}, ["not-holder"]),
    ("nobody consents", nothing, "bank-a", {"consent": []}, ["co-owner-consent"]),
    ("one of two joint owners", joint, "bank-a", {"consent": OWNER}, ["co-owner-consent"]),
    ("both joint owners", joint, "bank-a", {"consent": [ref("owner"), ref("spouse")]}, []),
    ("one third", by_shares, "bank-a", {"consent": OWNER}, ["co-owner-consent"]),
    ("two thirds", by_shares, "bank-a", {"consent": [ref("owner"), ref("two")]}, []),
    ("disputed", dispute, "bank-a", {}, ["disputed"]),
    ("seized", seized, "bank-a", {}, ["seized"]),
    ("disputed and seized", lambda town: (dispute(town), seized(town)), "bank-a", {}, ["disputed", "seized"]),
    ("mortgagee is no bank", nothing, "hz-registry", {"mortgagee": "hz-tax"}, ["mortgagee-unknown", "mortgagee-did-not-sign"]),
    ("mortgagee did not sign", nothing, "bank-a", {"mortgagee": "bank-b"}, ["mortgagee-did-not-sign"]),
    ("everything at once", lambda town: (joint(town), dispute(town)), "bank-a",
     {"consent": [ref("x")], "mortgagee": "bank-b"}, ["not-holder", "co-owner-consent", "disputed", "mortgagee-did-not-sign"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("what", "given", "actor", "changed", "expected"),
    MORTGAGE_SET,
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_mortgage_set(
    town: World, what: str, given: Change, actor: str, changed: dict[str, Any], expected: list[str]
) -> None:
    given(town)
    act = mortgage_act(the_right(town), **{"consent": OWNER, **changed})
    assert codes(town.apply(actor, act)) == expected


def test_mortgages_rank_by_entry_and_move_up_on_discharge(town: World) -> None:
    first, second, third = town.mortgage("bank-a"), town.mortgage("bank-b"), town.mortgage("bank-a")
    assert [town.one(Mortgage, one).rank for one in (first, second, third)] == [1, 2, 3]
    done = town.entered("bank-a", {"act": "mortgage.discharge", "mortgage": first})
    assert done.result["discharged"] == [first]
    assert town.one(Mortgage, first).status == "discharged"
    assert [town.one(Mortgage, one).rank for one in (second, third)] == [1, 2]
    assert town.one(Unit, UNIT).mortgages == (second, third)


def test_a_seizure_does_not_bar_a_discharge(town: World) -> None:
    mortgage = town.mortgage()
    seized(town)
    town.entered("bank-a", {"act": "mortgage.discharge", "mortgage": mortgage})


DISCHARGE = [
    ("its mortgagee", "bank-a", {}, []),
    ("another bank", "bank-b", {}, ["not-mortgagee"]),
    ("the registry alone", "hz-registry", {}, ["not-mortgagee"]),
    ("an unknown mortgage", "bank-a", {"mortgage": "M-9"}, ["mortgage-unknown"]),
]


@pytest.mark.parametrize(("what", "actor", "changed", "expected"), DISCHARGE)
def test_mortgage_discharge(
    town: World, what: str, actor: str, changed: dict[str, Any], expected: list[str]
) -> None:
    mortgage = town.mortgage()
    assert (
        codes(town.apply(actor, {"act": "mortgage.discharge", "mortgage": mortgage, **changed})) == expected
    )


def test_a_discharged_mortgage_is_not_discharged_again(town: World) -> None:
    mortgage = town.mortgage()
    town.entered("bank-a", {"act": "mortgage.discharge", "mortgage": mortgage})
    again = town.apply("bank-a", {"act": "mortgage.discharge", "mortgage": mortgage})
    assert codes(again) == ["mortgage-discharged"]
    move = {
        "act": "mortgage.transfer",
        "mortgage": mortgage,
        "to": "bank-a",
        "claim_assigned": True,
        "debtor_notified": True,
    }
    assert codes(town.apply("bank-a", move)) == ["mortgage-discharged"]


MORTGAGE_TRANSFER = [
    ("both banks sign", ["bank-a", "bank-b"], {}, []),
    ("only the old one", ["bank-a"], {}, ["mortgagee-did-not-sign"]),
    ("only the new one", ["bank-b"], {}, ["not-mortgagee"]),
    ("to a tax bureau", ["bank-a", "hz-tax"], {"to": "hz-tax"}, ["mortgagee-unknown"]),
    ("to the same bank", ["bank-a"], {"to": "bank-a"}, ["mortgage-unchanged"]),
    ("without the claim", ["bank-a", "bank-b"], {"claim_assigned": False}, ["claim-not-assigned"]),
    ("behind the debtor's back", ["bank-a", "bank-b"], {"debtor_notified": False}, ["debtor-not-notified"]),
    ("an unknown mortgage", ["bank-a", "bank-b"], {"mortgage": "M-9"}, ["mortgage-unknown"]),
]


@pytest.mark.parametrize(("what", "signers", "changed", "expected"), MORTGAGE_TRANSFER)
def test_mortgage_transfer(
    town: World, what: str, signers: list[str], changed: dict[str, Any], expected: list[str]
) -> None:
    mortgage = town.mortgage()
    town.mortgage("bank-b")
    act = {
        "act": "mortgage.transfer",
        "mortgage": mortgage,
        "to": "bank-b",
        "claim_assigned": True,
        "debtor_notified": True,
    }
    done = town.apply(signers[0], {**act, **changed}, signers=[signer(one, "event") for one in signers])
    assert codes(done) == expected
    if not expected:
        assert town.enter(done.result["case"]).outcome == "entered"
        moved = town.one(Mortgage, mortgage)
        assert (moved.mortgagee, moved.rank) == ("bank-b", 1)


def clause(town: World) -> None:
    """Enter a mortgage with a registered clause against transfer."""
    town.mortgage(no_transfer=True)


def old(town: World) -> None:
    """Enter a mortgage that dates from before the Civil Code."""
    town.change(town.one(Mortgage, town.mortgage()), entered_on="2019-03-04")


def free(town: World) -> None:
    """Enter an ordinary mortgage of today."""
    town.mortgage()


def strict(town: World) -> None:
    """Hold by thirds, under the policy that requires every co-owner's consent."""
    from dengbu.ledger.register.members import POLICY_KEY, Policy

    by_shares(town)
    town.change(town.one(Policy, POLICY_KEY), consent="urban-real-estate-law")


TWO = [ref("owner"), ref("two")]
TRANSFER: list[tuple[str, Change, dict[str, Any], list[str]]] = [
    ("a sale", nothing, {}, []),
    ("unknown unit", nothing, {"unit": UNIT_2}, ["unit-unknown", "right-unknown"]),
    ("unknown right", nothing, {"right": "R-9"}, ["right-unknown"]),
    ("ended right", end_right, {}, ["right-ended"]),
    ("a stranger sells", nothing, {"consent": [ref("x")]}, ["not-holder", "co-owner-consent"]),
    ("one of two joint owners sells", joint, {}, ["co-owner-consent"]),
    ("two thirds sell, Civil Code 301", by_shares, {"consent": TWO}, []),
    ("two thirds sell, Urban Real Estate Law 38", strict, {"consent": TWO}, ["co-owner-consent"]),
    ("an heir needs no signature", nothing, {"cause": "inheritance", "consent": []}, []),
    ("an heir takes a spouse's part too", joint, {"cause": "inheritance", "consent": []}, ["co-owner-consent"]),
    ("an heir beside the spouse", joint, {"cause": "inheritance", "consent": [], "mode": "joint",
     "holders": [holder("heir"), holder("spouse")]}, []),
    ("an heir with the spouse's consent", joint, {"cause": "inheritance", "consent": [ref("spouse")]}, []),
    ("an heir in the place of one of three", by_shares, {"cause": "inheritance", "consent": [], "mode": "shares",
     "holders": [holder("heir", "1/3"), holder("two", "1/3"), holder("three", "1/3")]}, []),
    ("an heir takes from another's third", by_shares, {"cause": "inheritance", "consent": [], "mode": "shares",
     "holders": [holder("heir", "1/2"), holder("two", "1/3"), holder("three", "1/6")]}, ["co-owner-consent"]),
    ("a buyer named twice", nothing, {"mode": "shares", "holders": [holder("b", "1/2"), holder("b", "1/2")]}, ["holder-repeated"]),
    ("shares of 299/300", nothing, {"mode": "shares", "holders": [*THIRDS[:2], holder("c", "33/100")]}, ["shares-sum"]),
    ("thirds", nothing, {"mode": "shares", "holders": THIRDS}, []),
    ("one holder by shares", nothing, {"mode": "shares", "holders": [holder("a")]}, ["shares-sum"]),
    ("two single holders", nothing, {"holders": [holder("a"), holder("b")]}, ["shares-sum"]),
    ("a joint holder with half", nothing, {"mode": "joint", "holders": [holder("a", "1/2"), holder("b", "1/2")]}, ["shares-sum"]),
    ("joint", nothing, {"mode": "joint", "holders": [holder("a"), holder("b")]}, []),
    ("disputed", dispute, {}, ["disputed"]),
    ("seized", seized, {}, ["seized"]),
    ("mortgaged since 2021", free, {}, []),
    ("mortgaged with a clause", clause, {}, ["mortgagee-consent"]),
    ("mortgaged before 2021", old, {}, ["mortgagee-consent"]),
    ("inherited in spite of a clause", clause, {"cause": "inheritance", "consent": []}, []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("what", "given", "changed", "expected"),
    TRANSFER,
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_transfer(
    town: World, what: str, given: Change, changed: dict[str, Any], expected: list[str]
) -> None:
    given(town)
    act = transfer_act(the_right(town), **{"consent": OWNER, **changed})
    assert codes(town.apply("hz-registry", act)) == expected


def test_the_mortgagee_that_signs_consents(town: World) -> None:
    clause(town)
    keys = [signer(one, "event") for one in ("hz-registry", "bank-a")]
    assert codes(town.apply("hz-registry", transfer_act(the_right(town)), signers=keys)) == []


def test_a_cleared_transfer_ends_the_old_right_and_carries_every_burden(town: World) -> None:
    mortgage, before = town.mortgage(), the_right(town)
    case = town.accepted("hz-registry", transfer_act(before, "buyer"))
    assert town.case(case).deal
    assert codes(town.enter(case)) == ["tax-not-cleared", "iit-not-cleared"]
    town.clear(case)
    done = town.enter(case)
    assert done.outcome == "entered", codes(done)
    after = the_right(town)
    assert town.one(Right, before.id).status == "ended"
    assert (after.status, after.holders[0].ref) == ("current", ref("buyer"))
    assert town.one(Mortgage, mortgage).right == after.id
    assert done.result["certificates"] == [{"act": 1, "number": "粤(2026)惠州市不动产权第0000001号"}]
    assert town.one(Certificate, after.certificate).of == after.id


def first_act(**changed: Any) -> dict[str, Any]:
    """Return a first registration of UNIT_2."""
    act = {
        "act": "unit.first",
        "unit": UNIT_2,
        "use": "dwelling",
        "area_cm2": 1_000_000,
        "mode": "single",
        "holders": [holder("developer")],
    }
    return {**act, **changed}


FIRST: list[tuple[str, dict[str, Any], list[str]]] = [
    ("as it should be", {}, []),
    ("a bad code", {"unit": "441302001001GB00000F00010002"}, ["bad-unit-code"]),
    ("a registered unit", {"unit": UNIT}, ["unit-registered"]),
    ("a holder twice", {"mode": "joint", "holders": [holder("a"), holder("a")]}, ["holder-repeated"]),
    ("shares of two thirds", {"mode": "shares", "holders": THIRDS[:2]}, ["shares-sum"]),
    ("another county", {"unit": "441303001001GB00001F00010001"}, ["not-competent"]),
]


@pytest.mark.parametrize(("what", "changed", "expected"), FIRST)
def test_unit_first(town: World, what: str, changed: dict[str, Any], expected: list[str]) -> None:
    assert codes(town.apply("hz-registry", first_act(**changed))) == expected


def test_the_first_registration_entered_first_wins(town: World) -> None:
    one, two = (town.accepted("hz-registry", first_act()) for _ in range(2))
    assert codes(town.enter(two)) == ["earlier-case"]
    assert town.enter(one).outcome == "entered"
    assert codes(town.enter(two)) == ["unit-registered"]
    assert town.one(Unit, UNIT_2).status == "active"


def test_certificates_skip_a_number_that_an_import_took(town: World) -> None:
    taken = "粤(2026)惠州市不动产权第0000001号"
    right = {
        "mode": "single",
        "holders": [holder("early")],
        "certificate": taken,
        "registered_on": "2026-01-05",
    }
    unit = "441302001001GB00001F00010003"
    town.do("hz-registry", "title.import", {"unit": unit, "use": "shop", "area_cm2": 1, "right": right})
    done = town.entered("hz-registry", first_act())
    assert done.result["certificates"] == [{"act": 1, "number": "粤(2026)惠州市不动产权第0000002号"}]
