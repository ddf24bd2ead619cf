"""A mortgage after it is set: alteration, exchange of ranks, fixing. The last column lists every reason."""

from collections.abc import Callable
from typing import Any

import pytest

from dengbu.ledger.register.encumbrances import Joint, Mortgage
from dengbu.ledger.register.members import POLICY_KEY, Policy
from dengbu.ledger.register.record import Holder
from dengbu.ledger.register.records import Unit
from dengbu.ledger.transition import Decision
from tests.worlds import (
    DAY_MS,
    UNIT,
    World,
    codes,
    holder,
    mortgage_act,
    ref,
    seized,
    signer,
    the_right,
    world,
)

R, B1, B2 = "hz-registry", "bank-a", "bank-b"
OWNER = [ref("owner")]
JOINT_HOLDERS = (Holder(ref("owner"), "1/1"), Holder(ref("spouse"), "1/1"))
YEAR = 365 * DAY_MS
UP = {"amount": "raised"}
Given = Callable[[World], object]


@pytest.fixture
def town() -> World:
    """A network with a court and a title on UNIT, held by "owner" alone."""
    made = world()
    made.court()
    made.title()
    return made


def signed(town: World, act: dict[str, Any], *signers: str) -> Decision:
    """Apply for an act, signed by these institutions."""
    return town.apply(signers[0], act, signers=[signer(one, "event") for one in signers])


def done(town: World, act: dict[str, Any], *signers: str) -> Decision:
    """Apply for an act and enter it; both must succeed."""
    applied = signed(town, act, *signers)
    assert applied.outcome == "accepted", codes(applied)
    entered = town.enter(applied.result["case"])
    assert entered.outcome == "entered", codes(entered)
    return entered


def dispute(town: World) -> None:
    """Ownership is disputed."""
    town.change(town.one(Unit, UNIT), disputed=True)


def freeze(town: World) -> None:
    """An authority has frozen UNIT."""
    mark = {"unit": UNIT, "kind": "freeze", "document": "(2026)粤1302行1号"}
    assert town.do("court-1", "mark.set", mark).outcome == "recorded"


def joint(town: World) -> None:
    """The owner and a spouse hold jointly."""
    town.change(the_right(town), mode="joint", holders=JOINT_HOLDERS)


def nothing(town: World) -> None:
    """Leave the town as it is."""


def second(town: World) -> None:
    """B2 has a mortgage behind B1's."""
    town.mortgage(B2)


def lenient(town: World) -> None:
    """B2 ranks behind B1, under a policy by which no change is adverse."""
    second(town)
    town.change(town.one(Policy, POLICY_KEY), adverse_changes=())


# ---- alteration -----------------------------------------------------------------------------------------------------

ALTER: list[tuple[str, Given, tuple[str, ...], dict[str, Any], list[str]]] = [
    ("the amount goes up", nothing, (B1,), UP, []),
    ("an unknown mortgage", nothing, (B1,), {**UP, "mortgage": "M-9"}, ["mortgage-unknown"]),
    ("the registry alone", nothing, (R,), UP, ["not-mortgagee"]),
    ("another bank", nothing, (B2,), UP, ["not-mortgagee"]),
    ("nothing at all", nothing, (B1,), {}, ["mortgage-unchanged"]),
    ("a clause that stands", nothing, (B1,), {"no_transfer": False}, ["mortgage-unchanged"]),
    ("a clause against transfer", nothing, (B1,), {"no_transfer": True}, []),
    ("a stranger consents", nothing, (B1,), {**UP, "consent": [*OWNER, ref("x")]}, ["not-holder"]),
    ("nobody consents", nothing, (B1,), {**UP, "consent": []}, ["co-owner-consent"]),
    ("one of two joint owners", joint, (B1,), UP, ["co-owner-consent"]),
    ("both joint owners", joint, (B1,), {**UP, "consent": [ref("owner"), ref("spouse")]}, []),
    ("up, past a junior", second, (B1,), UP, ["junior-consent"]),
    ("up, the junior signs", second, (B1, B2), UP, []),
    ("wider, past a junior", second, (B1,), {"scope": "widened"}, ["junior-consent"]),
    ("longer, past a junior", second, (B1,), {"term": "extended"}, ["junior-consent"]),
    ("down, past a junior", second, (B1,), {"amount": "lowered"}, []),
    ("narrower and shorter", second, (B1,), {"scope": "narrowed", "term": "shortened"}, []),
    ("another debtor", second, (B1,), {"debtor": "replaced"}, []),
    ("the policy finds it harmless", lenient, (B1,), UP, []),
    ("its own junior mortgage", lambda town: town.mortgage(B1), (B1,), UP, []),
    ("up, on a seized unit", seized, (B1,), UP, ["seized"]),
    ("down, on a seized unit", seized, (B1,), {"amount": "lowered"}, []),
    ("up, on a frozen unit", freeze, (B1,), UP, ["frozen"]),
    ("down, on a frozen unit", freeze, (B1,), {"amount": "lowered"}, []),
    ("up, on a disputed unit", dispute, (B1,), UP, ["disputed"]),
    ("down, on a disputed unit", dispute, (B1,), {"amount": "lowered"}, []),
    ("all at once", lambda town: (second(town), dispute(town), seized(town), joint(town)), (R,),
     {**UP, "consent": [ref("x")]},
     ["not-mortgagee", "not-holder", "co-owner-consent", "junior-consent", "disputed", "seized"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "signers", "changed", "expected"), [row[1:] for row in ALTER], ids=[row[0] for row in ALTER]
)
def test_alter(
    town: World, given: Given, signers: tuple[str, ...], changed: dict[str, Any], expected: list[str]
) -> None:
    mortgage = town.mortgage(B1)
    given(town)
    act = {"act": "mortgage.alter", "mortgage": mortgage, "consent": OWNER, **changed}
    assert codes(signed(town, act, *signers)) == expected


def test_an_alteration_is_entered_on_the_same_row_at_the_same_rank(town: World) -> None:
    mortgage = town.mortgage(B1)
    before = town.one(Mortgage, mortgage)
    act = {"act": "mortgage.alter", "mortgage": mortgage, "consent": OWNER, "no_transfer": True}
    made = done(town, act, B1)
    assert made.result["mortgages"] == [{"id": mortgage, "rank": 1}]
    after = town.one(Mortgage, mortgage)
    assert (after.no_transfer, after.rank, after.certificate) == (True, 1, before.certificate)
    assert town.one(Unit, UNIT).head == town.index - 1
    done(town, {**act, "no_transfer": None, "amount": "raised"}, B1)
    assert town.one(Mortgage, mortgage) == after, "amounts are private parts"


def test_a_discharged_mortgage_cannot_be_changed(town: World) -> None:
    mortgage, other = town.mortgage(B1), town.mortgage(B1)
    done(town, {"act": "mortgage.discharge", "mortgage": mortgage}, B1)
    for act in (
        {"act": "mortgage.alter", "consent": OWNER, **UP},
        {"act": "mortgage.rank", "consent": OWNER, "other": other},
        {"act": "mortgage.fix", "ground": "no-new-claims"},
    ):
        assert codes(signed(town, {**act, "mortgage": mortgage}, B1)) == ["mortgage-discharged"]


def test_what_secures_one_claim_changes_together(town: World) -> None:
    here = town.mortgage(B1)
    elsewhere = town.title("441302001001GB00001F00010002", holders=[holder("neighbour")])
    there = town.mortgage(B1, elsewhere)
    ended = town.mortgage(B1)
    for row in (here, there, ended):
        town.change(town.one(Mortgage, row), joint="M-0")
    town.register.apply([Joint("M-0", (here, there, ended))])
    done(town, {"act": "mortgage.discharge", "mortgage": ended}, B1)
    act = {"act": "mortgage.alter", "mortgage": there, "consent": OWNER, "no_transfer": True}
    assert codes(signed(town, act, B1)) == ["co-owner-consent"]
    made = done(town, {**act, "consent": [*OWNER, ref("neighbour")]}, B1)
    assert made.result["mortgages"] == [{"id": here, "rank": 1}, {"id": there, "rank": 1}]
    assert [town.one(Mortgage, row).no_transfer for row in (here, there, ended)] == [True, True, False]
    assert [town.one(Unit, row.unit).head for row in map(town.one, [Mortgage] * 2, (here, there))] == [
        town.index - 1
    ] * 2


# ---- exchange of ranks ----------------------------------------------------------------------------------------------


def three(town: World) -> list[str]:
    """Enter mortgages of B1, then B2, then B1 again; return their ids."""
    return [town.mortgage(bank) for bank in (B1, B2, B1)]


RANK: list[tuple[str, Given, tuple[str, ...], tuple[int, int], dict[str, Any], list[str]]] = [
    ("first and second", nothing, (B1, B2), (0, 1), {}, []),
    ("second and first", nothing, (B2, B1), (1, 0), {}, []),
    ("first and third, all sign", nothing, (B1, B2), (0, 2), {}, []),
    ("first and third, over the second's head", nothing, (B1,), (0, 2), {}, ["junior-consent"]),
    ("the other bank does not sign", nothing, (B1,), (0, 1), {}, ["mortgagee-did-not-sign"]),
    ("only the other bank signs", nothing, (B2,), (0, 1), {}, ["not-mortgagee"]),
    ("with itself", nothing, (B1, B2), (0, 0), {}, ["rank-elsewhere"]),
    ("with none", nothing, (B1, B2), (0, 1), {"other": "M-9"}, ["rank-elsewhere"]),
    ("none with one", nothing, (B1, B2), (0, 1), {"mortgage": "M-9"}, ["mortgage-unknown"]),
    ("a stranger consents", nothing, (B1, B2), (0, 1), {"consent": [*OWNER, ref("x")]}, ["not-holder"]),
    ("the owner does not", nothing, (B1, B2), (0, 1), {"consent": []}, ["co-owner-consent"]),
    ("one of two joint owners", joint, (B1, B2), (0, 1), {}, ["co-owner-consent"]),
    ("on a seized unit", seized, (B1, B2), (0, 1), {}, []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "signers", "pair", "changed", "expected"),
    [row[1:] for row in RANK],
    ids=[row[0] for row in RANK],
)
def test_rank(
    town: World,
    given: Given,
    signers: tuple[str, ...],
    pair: tuple[int, int],
    changed: dict[str, Any],
    expected: list[str],
) -> None:
    mortgages = three(town)
    given(town)
    one, other = (mortgages[place] for place in pair)
    act = {"act": "mortgage.rank", "mortgage": one, "other": other, "consent": OWNER, **changed}
    assert codes(signed(town, act, *signers)) == expected


def test_ranks_are_exchanged_and_the_one_between_stays(town: World) -> None:
    first, middle, last = three(town)
    act = {"act": "mortgage.rank", "mortgage": first, "other": last, "consent": OWNER}
    made = done(town, act, B1, B2)
    assert made.result["mortgages"] == [{"id": first, "rank": 3}, {"id": last, "rank": 1}]
    assert town.one(Unit, UNIT).mortgages == (last, middle, first)
    assert [town.one(Mortgage, one).rank for one in (last, middle, first)] == [1, 2, 3]
    done(town, {"act": "mortgage.discharge", "mortgage": last}, B1)
    assert [town.one(Mortgage, one).rank for one in (middle, first)] == [1, 2]


def test_ranks_on_two_units_are_not_exchanged(town: World) -> None:
    here = town.mortgage(B1)
    elsewhere = town.title("441302001001GB00001F00010002", holders=[holder("neighbour")])
    there = town.mortgage(B2, elsewhere)
    act = {"act": "mortgage.rank", "mortgage": here, "other": there, "consent": OWNER}
    assert codes(signed(town, act, B1, B2)) == ["rank-elsewhere"]


# ---- maximum mortgages ----------------------------------------------------------------------------------------------

FIX: list[tuple[str, Given, str, str, dict[str, Any], list[str]]] = [
    ("its period is over", nothing, B1, "maximum", {}, []),
    ("an ordinary mortgage", nothing, B1, "ordinary", {}, ["not-maximum"]),
    ("an unknown mortgage", nothing, B1, "maximum", {"mortgage": "M-9"}, ["mortgage-unknown"]),
    ("another bank", nothing, B2, "maximum", {}, ["not-mortgagee"]),
    ("on request, at once", nothing, B1, "maximum", {"ground": "requested"}, ["fixing-early"]),
    ("on request, two years after", lambda town: wait(town, 2 * YEAR + DAY_MS), B1, "maximum", {"ground": "requested"},
     ["fixing-early"]),
    ("on request, a day later", lambda town: wait(town, 2 * YEAR + 2 * DAY_MS), B1, "maximum", {"ground": "requested"}, []),
    ("for a seizure", seized, B1, "maximum", {"ground": "seizure-known"}, []),
    ("for no seizure", nothing, B1, "maximum", {"ground": "seizure-known"}, ["fixing-without-seizure"]),
    ("for one that lapsed", lambda town: (seized(town, until="2026-11-24"), wait(town, 3 * DAY_MS)), B1, "maximum",
     {"ground": "seizure-known"}, ["fixing-without-seizure"]),
    ("the debtor is insolvent", nothing, B1, "maximum", {"ground": "insolvency"}, []),
]  # fmt: skip


def wait(town: World, span: int) -> None:
    """Let time pass."""
    town.time += span


@pytest.mark.parametrize(
    ("given", "bank", "kind", "changed", "expected"), [row[1:] for row in FIX], ids=[row[0] for row in FIX]
)
def test_fix(
    town: World, given: Given, bank: str, kind: str, changed: dict[str, Any], expected: list[str]
) -> None:
    mortgage = town.mortgage(B1, kind=kind)
    given(town)
    act = {"act": "mortgage.fix", "mortgage": mortgage, "ground": "period-over", **changed}
    assert codes(signed(town, act, bank)) == expected


def test_a_fixed_claim_is_an_ordinary_mortgage_at_its_old_rank(town: World) -> None:
    mortgage = town.mortgage(B1, kind="maximum")
    town.mortgage(B2)
    fix = {"act": "mortgage.fix", "mortgage": mortgage, "ground": "no-new-claims"}
    made = done(town, fix, B1)
    assert made.result["fixed"] == [mortgage]
    row = town.one(Mortgage, mortgage)
    assert (row.kind, row.rank, row.fixed, row.status) == ("ordinary", 1, town.index - 1, "active")
    assert codes(signed(town, fix, B1)) == ["not-maximum"]


def test_an_open_maximum_mortgage_moves_only_as_agreed(town: World) -> None:
    mortgage = town.mortgage(B1, kind="maximum")
    move = {
        "act": "mortgage.transfer",
        "mortgage": mortgage,
        "to": B2,
        "claim_assigned": True,
        "debtor_notified": True,
    }
    assert codes(signed(town, move, B1, B2)) == ["claim-not-fixed"]
    assert codes(signed(town, {**move, "agreed": True}, B1, B2)) == []
    done(town, {"act": "mortgage.fix", "mortgage": mortgage, "ground": "other-by-law"}, B1)
    done(town, move, B1, B2)
    assert town.one(Mortgage, mortgage).mortgagee == B2


def test_fixing_and_transfer_in_one_case(town: World) -> None:
    mortgage = town.mortgage(B1, kind="maximum")
    fix = {"act": "mortgage.fix", "mortgage": mortgage, "ground": "period-over"}
    move = {
        "act": "mortgage.transfer",
        "mortgage": mortgage,
        "to": B2,
        "claim_assigned": True,
        "debtor_notified": True,
    }
    keys = [signer(one, "event") for one in (B1, B2)]
    town.entered(B1, fix, move, signers=keys)
    assert (town.one(Mortgage, mortgage).mortgagee, town.one(Mortgage, mortgage).kind) == (B2, "ordinary")


def test_a_second_mortgage_is_another_row(town: World) -> None:
    town.entered(B1, mortgage_act(the_right(town), B1, kind="maximum"))
    town.entered(B2, mortgage_act(the_right(town), B2))
    kinds = [town.one(Mortgage, one).kind for one in town.one(Unit, UNIT).mortgages]
    assert kinds == ["maximum", "ordinary"]
