"""Advance notices: what may be promised, what a promise bars, how it is kept or cancelled, and how it lapses."""

from typing import Any

import pytest

from dengbu.ledger.law.calendar import legal_date
from dengbu.ledger.register.encumbrances import Mortgage
from dengbu.ledger.register.members import POLICY_KEY, Policy
from dengbu.ledger.register.notations import Notice
from dengbu.ledger.register.records import Case, Certificate, Right, Unit
from dengbu.ledger.transition import Decision
from tests.ledger.states import by_shares, dispute, end_right, joint, kept_out, nothing
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
    signer,
    the_right,
    transfer_act,
)

R, B1, B2, C1 = "hz-registry", "bank-a", "bank-b", "court-1"
X, Y = ref("buyer"), ref("second buyer")
OWNER = [ref("owner")]
PARCEL = "441302001001GB00001W00000000"


def keys(*institutions: str) -> list[Any]:
    """Return the event keys that sign an application at the registry's counter."""
    return [signer(one, "event") for one in (R, *institutions)]


def notice_act(town: World, kind: str = "sale", **changed: Any) -> dict[str, Any]:
    """Return a notice on UNIT by its owner; for a presale, on UNIT_2 by its developer."""
    made: dict[str, Any] = {"act": "notice.set", "kind": kind}
    if kind.startswith("presale"):
        made |= {"unit": UNIT_2, "consent": [ref("developer")], "filed": True}
    else:
        made |= {"unit": UNIT, "consent": OWNER, "right": the_right(town).id}
    made |= {"mortgagee": B1} if kind.endswith("mortgage") else {"beneficiary": X}
    return {name: value for name, value in {**made, **changed}.items() if value is not None}


def noted(town: World, kind: str = "sale", **changed: Any) -> str:
    """Enter a notice; return its id."""
    done = town.entered(R, notice_act(town, kind, **changed), signers=keys(B1))
    return str(done.result["notices"][0])


# ---- what may be noted ----------------------------------------------------------------------------------------------


def clause(town: World) -> None:
    """Enter a mortgage of B2 with a registered clause against transfer."""
    town.mortgage(B2, no_transfer=True)


def old(town: World) -> None:
    """Enter a mortgage of B2 that dates from before the Civil Code."""
    town.change(town.one(Mortgage, town.mortgage(B2)), entered_on="2019-03-04")


def strict(town: World) -> None:
    """Hold by thirds, under the policy that requires every co-owner's consent."""
    by_shares(town)
    town.change(town.one(Policy, POLICY_KEY), consent="urban-real-estate-law")


def presold(town: World) -> None:
    """An advance notice of X's presale of UNIT_2 has been entered."""
    noted(town, "presale")


def freeze(town: World) -> None:
    """The registry has frozen the unit."""
    assert codes(town.do(R, "mark.set", {"unit": UNIT, "kind": "freeze", "document": "1"})) == []


TWO = [ref("owner"), ref("two")]
SET: list[tuple[str, Any, str, dict[str, Any], list[str]]] = [
    ("a sale", nothing, "sale", {}, []),
    ("a mortgage", nothing, "mortgage", {}, []),
    ("a presale", nothing, "presale", {}, []),
    ("a presale's mortgage", presold, "presale-mortgage", {"consent": [X]}, []),
    ("a sale without a buyer", nothing, "sale", {"beneficiary": None}, ["notice-parties"]),
    ("a sale with a bank", nothing, "sale", {"mortgagee": B1}, ["notice-parties"]),
    ("a sale without its right", nothing, "sale", {"right": None}, ["notice-parties"]),
    ("a sale to the owner", nothing, "sale", {"beneficiary": OWNER[0]}, ["notice-parties"]),
    ("a co-owner's purchase", by_shares, "sale", {"beneficiary": ref("two"), "consent": [ref("owner"), ref("three")]}, []),
    ("a presale with a right", nothing, "presale", {"right": f"R-{UNIT_2}-1"}, ["notice-parties", "right-unknown"]),
    ("a mortgage with a buyer", nothing, "mortgage", {"beneficiary": X}, ["notice-parties"]),
    ("a mortgage without a bank", nothing, "mortgage", {"mortgagee": None}, ["notice-parties"]),
    ("unknown unit", nothing, "sale", {"unit": UNIT_2}, ["unit-unknown", "right-unknown"]),
    ("unknown right", nothing, "mortgage", {"right": "R-9"}, ["right-unknown"]),
    ("ended right", end_right, "sale", {}, ["right-ended"]),
    ("a stranger", nothing, "sale", {"consent": [ref("x")]}, ["not-holder", "co-owner-consent"]),
    ("one of two joint owners", joint, "sale", {}, ["co-owner-consent"]),
    ("one of two joint owners mortgages", joint, "mortgage", {}, ["co-owner-consent"]),
    ("two thirds, Civil Code", by_shares, "sale", {"consent": TWO}, []),
    ("two thirds, Urban Real Estate Law", strict, "sale", {"consent": TWO}, ["co-owner-consent"]),
    ("two thirds mortgage under it", strict, "mortgage", {"consent": TWO}, []),
    ("alone, but of no presale", nothing, "sale", {"consent": [], "alone": True}, ["co-owner-consent"]),
    ("a presale without its developer", nothing, "presale", {"consent": []}, ["consent-missing"]),
    ("a presale alone by contract", nothing, "presale", {"consent": [], "alone": True}, []),
    ("a presale not on file", nothing, "presale", {"filed": False}, ["contract-not-filed"]),
    ("a presale of a registered unit", nothing, "presale", {"unit": UNIT}, ["unit-registered"]),
    ("a presale under a bad code", nothing, "presale", {"unit": UNIT_2[:20] + "00000002"}, ["bad-unit-code"]),
    ("a presale's mortgage without the presale", nothing, "presale-mortgage", {"consent": [X]}, ["presale-not-noted"]),
    ("a presale's mortgage by another", presold, "presale-mortgage", {"consent": [Y]},
     ["presale-not-noted", "advance-notice"]),
    ("disputed", dispute, "sale", {}, ["disputed"]),
    ("seized", seized, "sale", {}, ["seized"]),
    ("frozen", freeze, "mortgage", {}, ["frozen"]),
    ("promised to another", noted, "sale", {"beneficiary": Y}, ["advance-notice"]),
    ("promised to another, who agrees", noted, "sale", {"beneficiary": Y, "agreed": [X]}, []),
    ("presold to another", presold, "presale", {"beneficiary": Y}, ["advance-notice"]),
    ("a clause, a sale", clause, "sale", {}, ["mortgagee-consent"]),
    ("a clause, a mortgage", clause, "mortgage", {}, []),
    ("a mortgage of 2019, a sale", old, "sale", {}, ["mortgagee-consent"]),
    ("a mortgage of 2019, a mortgage", old, "mortgage", {}, []),
    ("mortgaged to no bank", nothing, "mortgage", {"mortgagee": "hz-tax"}, ["mortgagee-unknown", "mortgagee-did-not-sign"]),
    ("the bank did not sign", nothing, "mortgage", {"mortgagee": B2}, ["mortgagee-did-not-sign"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "kind", "changed", "expected"), [row[1:] for row in SET], ids=[row[0] for row in SET]
)
def test_notice_set(town: World, given: Any, kind: str, changed: dict[str, Any], expected: list[str]) -> None:
    given(town)
    assert codes(town.apply(R, notice_act(town, kind, **changed), signers=keys(B1))) == expected


def test_a_presale_and_its_mortgage_are_noted_together_on_a_unit_to_come(town: World) -> None:
    acts = (notice_act(town, "presale"), notice_act(town, "presale-mortgage", consent=[X]))
    done = town.entered(R, *acts, signers=keys(B1))
    unit = town.one(Unit, UNIT_2)
    assert (unit.status, unit.notices, unit.right) == ("pending", tuple(done.result["notices"]), None)
    rows = [town.one(Notice, one) for one in unit.notices]
    assert [(one.kind, one.beneficiary, one.status) for one in rows] == [
        ("presale", X, "noted"),
        ("presale-mortgage", B1, "noted"),
    ]
    assert all(town.one(Certificate, one.certificate).of == one.id for one in rows)
    assert "不动产证明" in rows[0].certificate
    assert codes(town.apply(R, transfer_act(the_right(town), unit=UNIT_2))) == [
        "unit-unknown",
        "right-unknown",
        "advance-notice",
    ]


# ---- what it bars ----------------------------------------------------------------------------------------------------


def asked(town: World, **changed: Any) -> list[list[str]]:
    """Return what bars a sale to Y, and what bars a mortgage to B2."""
    right = the_right(town)
    sale = transfer_act(right, "second buyer", **changed)
    return [kept_out(town, R, sale), kept_out(town, B2, mortgage_act(right, B2, **changed))]


def test_a_notice_keeps_dispositions_out_unless_its_holder_agrees(town: World) -> None:
    noted(town)
    assert asked(town) == [["advance-notice"], ["advance-notice"]]
    assert asked(town, agreed=[Y]) == [["advance-notice"], ["advance-notice"]]
    assert asked(town, agreed=[X]) == [[], []]
    assert codes(town.apply(R, transfer_act(the_right(town), "buyer"))) == []


def test_a_bank_that_is_promised_a_mortgage_agrees_by_signing(town: World) -> None:
    noted(town, "mortgage")
    right = the_right(town)
    assert asked(town) == [["advance-notice"], ["advance-notice"]]
    assert codes(town.apply(R, transfer_act(right), signers=keys(B1))) == []
    assert codes(town.apply(B1, mortgage_act(right, B1))) == []


def test_an_heir_steps_into_the_promise(town: World) -> None:
    notice = noted(town)
    inheritance = transfer_act(the_right(town), "heir", cause="inheritance", consent=[])
    case = town.accepted(R, inheritance)
    town.do("hz-tax", "tax.assess", {"case": case, "version": 1, "gates": {"deed": "due"}})
    voucher = {"tax": "deed", "number": "MS-1", "kind": "exemption"}
    town.do("hz-tax", "tax.clear", {"case": case, "version": 1, "vouchers": [voucher]})
    assert codes(town.enter(case)) == []
    assert town.one(Unit, UNIT).notices == (notice,)
    legacy = transfer_act(the_right(town), "x", cause="legacy", consent=[], bequest=ACCEPTED)
    assert codes(town.apply(R, legacy)) == ["advance-notice"]


ACCEPTED = {"known_on": "2026-11-01", "accepted_on": "2026-11-02"}


def test_a_notice_keeps_neither_a_discharge_nor_a_seizure_nor_an_alteration_out(town: World) -> None:
    mortgage = town.mortgage(B2)
    noted(town)
    town.entered(B2, {"act": "mortgage.discharge", "mortgage": mortgage})
    alter = {"act": "unit.alter", "unit": UNIT, "right": the_right(town).id, "consent": OWNER, "use": "shop"}
    town.entered(R, alter)
    seized(town)


def split(town: World) -> dict[str, Any]:
    """Return a split of UNIT by its owner."""
    parts = [
        {"unit": f"{UNIT[:-1]}{nth}", "use": "shop", "area_cm2": 1, "holders": [holder(f"owner {nth}")]}
        for nth in (3, 4)
    ]
    return {"act": "unit.split", "unit": UNIT, "right": the_right(town).id, "consent": OWNER, "parts": parts}


def test_a_promised_unit_is_split_or_merged_when_the_case_cancels_the_notice_first(town: World) -> None:
    town.title(UNIT_2, holders=[holder("owner of 2")])
    notice = noted(town)
    sources = [
        {"unit": UNIT, "right": the_right(town).id, "consent": OWNER},
        {"unit": UNIT_2, "right": the_right(town, UNIT_2).id, "consent": [ref("owner of 2")]},
    ]
    merge = {"act": "unit.merge", "sources": sources, "into": f"{UNIT[:-1]}5", "use": "shop", "area_cm2": 1}
    merge |= {"mode": "single", "holders": [holder("owner of 5")]}
    cancel = {"act": "notice.cancel", "notice": notice, "consent": [X]}
    for act in (split(town), merge):
        assert codes(town.apply(R, act)) == ["advance-notice"]
        assert codes(town.apply(R, cancel, act)) == []


def test_a_code_that_is_promised_is_not_taken_by_a_split(town: World) -> None:
    noted(town, "presale", unit=f"{UNIT[:-1]}3")
    assert codes(town.apply(R, split(town))) == ["unit-registered"]


def construction(land: Right, *buildings: str) -> dict[str, Any]:
    """Return a mortgage on what is being built."""
    made = {
        "act": "mortgage.set-construction",
        "unit": land.unit,
        "right": land.id,
        "buildings": list(buildings),
    }
    made |= {"mortgagee": B2, "kind": "ordinary", "no_transfer": False, "permits": True}
    return {**made, "consent": [one.ref for one in land.holders]}


def test_a_presold_unit_is_not_the_developers_to_mortgage(town: World) -> None:
    land = town.title(PARCEL, holders=[holder("developer")])
    noted(town, "presale")
    assert codes(town.apply(B2, construction(land, UNIT_2))) == ["advance-notice"]
    assert codes(town.apply(B2, construction(land, f"{UNIT[:-1]}3"))) == []


def test_land_that_is_promised_is_not_mortgaged_with_what_is_built(town: World) -> None:
    land = town.title(PARCEL, holders=[holder("developer")])
    act = notice_act(town, unit=PARCEL, right=land.id, consent=[ref("developer")])
    town.entered(R, act)
    assert codes(town.apply(B2, construction(land, UNIT_2))) == ["advance-notice"]


def test_a_joint_mortgage_asks_the_holder_of_a_notice_on_each_unit(town: World) -> None:
    other = town.title(UNIT_2, holders=[holder("other")])
    noted(town)
    pieces = [
        {"unit": one.unit, "right": one.id, "consent": [who.ref for who in one.holders]}
        for one in (other, the_right(town))
    ]
    act = {"act": "mortgage.set-joint", "mortgagee": B2, "kind": "ordinary", "no_transfer": False}
    assert codes(town.apply(B2, {**act, "pieces": pieces})) == ["advance-notice"]
    assert codes(town.apply(B2, {**act, "pieces": [pieces[0], {**pieces[1], "agreed": [X]}]})) == []


# ---- how it is kept -------------------------------------------------------------------------------------------------


def convert(notice: str) -> dict[str, Any]:
    """Return a conversion of a notice."""
    return {"act": "notice.convert", "notice": notice}


def kept(town: World, *acts: dict[str, Any], signers: tuple[str, ...] = (B1,)) -> Decision:
    """Accept a case with a sale, clear its taxes and enter it; return the decision."""
    case = town.accepted(R, *acts, signers=keys(*signers))
    town.clear(case)
    return town.enter(case)


def test_the_sale_that_was_promised_closes_its_notice(town: World) -> None:
    notice = noted(town)
    done = kept(town, transfer_act(the_right(town), "buyer"), convert(notice))
    assert (codes(done), done.result["converted"]) == ([], [notice])
    assert (town.one(Notice, notice).status, town.one(Unit, UNIT).notices) == ("converted", ())
    assert codes(town.apply(R, convert(notice))) == ["notice-ended", "notice-mismatch"]
    assert codes(town.apply(R, convert("N-9"))) == ["notice-unknown"]


def test_what_was_not_promised_converts_nothing(town: World) -> None:
    notice = noted(town)
    right = the_right(town)
    sale = transfer_act(right, "second buyer", agreed=[X])
    assert codes(town.apply(R, sale, convert(notice))) == ["notice-mismatch"]
    assert codes(town.apply(R, convert(notice))) == ["notice-mismatch"]
    assert codes(town.apply(R, mortgage_act(right, agreed=[X]), convert(notice), signers=keys(B1))) == [
        "notice-mismatch"
    ]


def test_an_earlier_sale_to_the_same_person_does_not_keep_the_promise_of_a_later_case(town: World) -> None:
    notice = noted(town)
    assert codes(kept(town, transfer_act(the_right(town), "buyer"))) == []
    assert codes(town.apply(R, convert(notice))) == ["notice-mismatch"]


def test_a_promised_mortgage_ranks_from_its_notice(town: World) -> None:
    before = town.mortgage(B2)
    notice = noted(town, "mortgage")
    between = town.entered(
        B2, mortgage_act(the_right(town), B2), signers=[signer(one, "event") for one in (B2, B1)]
    )
    after = str(between.result["mortgages"][0]["id"])
    done = town.entered(B1, mortgage_act(the_right(town), B1), convert(notice))
    promised = str(done.result["mortgages"][0]["id"])
    assert town.one(Unit, UNIT).mortgages == (before, promised, after)
    rows = [town.one(Mortgage, one) for one in (before, promised, after)]
    assert [one.rank for one in rows] == [1, 2, 3]
    assert rows[1].ranks_from == town.one(Notice, notice).since
    assert town.one(Unit, UNIT).notices == ()


def test_another_banks_mortgage_does_not_keep_the_promise(town: World) -> None:
    notice = noted(town, "mortgage")
    act = mortgage_act(the_right(town), B2)
    assert codes(town.apply(R, act, convert(notice), signers=keys(B1, B2))) == ["notice-mismatch"]


FIRST = {"act": "unit.first", "unit": UNIT_2, "use": "dwelling", "area_cm2": 900_000, "mode": "single"}


def presold_and_mortgaged(town: World) -> tuple[str, str]:
    """Enter X's presale notice on UNIT_2 and B1's mortgage notice on it; return their ids."""
    return noted(town, "presale"), noted(town, "presale-mortgage", consent=[X])


def test_first_registration_sale_and_mortgage_keep_the_promises_of_a_presale_in_one_case(town: World) -> None:
    presale, mortgage = presold_and_mortgaged(town)
    sale = {
        "act": "transfer",
        "unit": UNIT_2,
        "right": f"R-{UNIT_2}-1",
        "cause": "sale",
        "seller": "enterprise",
    }
    sale |= {"mode": "single", "holders": [holder("buyer")], "consent": [ref("developer")]}
    loan = {
        "act": "mortgage.set",
        "unit": UNIT_2,
        "right": f"R-{UNIT_2}-2",
        "mortgagee": B1,
        "kind": "ordinary",
    }
    loan |= {"no_transfer": False, "consent": [X]}
    acts = ({**FIRST, "holders": [holder("developer")]}, sale, convert(presale), loan, convert(mortgage))
    case = town.accepted(R, *acts, signers=keys(B1))
    town.do("hz-tax", "tax.assess", {"case": case, "version": 1, "gates": {"deed": "due", "lvat": "due"}})
    cited = [{"tax": tax, "number": f"V-{tax}", "kind": "payment"} for tax in ("deed", "lvat")]
    town.do("hz-tax", "tax.clear", {"case": case, "version": 1, "vouchers": cited})
    done = town.enter(case)
    assert codes(done) == []
    unit = town.one(Unit, UNIT_2)
    assert (unit.status, unit.use, unit.notices, unit.open_cases) == ("active", "dwelling", (), ())
    assert the_right(town, UNIT_2).holders[0].ref == X
    assert [town.one(Notice, one).status for one in (presale, mortgage)] == ["converted", "converted"]
    (row,) = [town.one(Mortgage, one) for one in unit.mortgages]
    assert (row.rank, row.ranks_from, row.mortgagee) == (1, town.one(Notice, mortgage).since, B1)


def test_the_first_registration_keeps_what_was_promised(town: World) -> None:
    presale, mortgage = presold_and_mortgaged(town)
    town.entered(R, {**FIRST, "holders": [holder("developer")]})
    assert town.one(Unit, UNIT_2).notices == (presale, mortgage)
    sale = transfer_act(the_right(town, UNIT_2), "second buyer", seller="enterprise")
    assert codes(town.apply(R, sale)) == ["advance-notice"]
    assert codes(town.apply(R, sale, convert(presale), signers=keys(B1))) == [
        "advance-notice",
        "notice-mismatch",
    ]


def test_before_the_first_registration_nothing_is_converted(town: World) -> None:
    presale, _ = presold_and_mortgaged(town)
    assert codes(town.apply(R, convert(presale))) == ["notice-mismatch"]


def test_an_imported_title_keeps_what_was_promised(town: World) -> None:
    presale = noted(town, "presale")
    town.title(UNIT_2, holders=[holder("developer")])
    assert town.one(Unit, UNIT_2).notices == (presale,)


# ---- how it ends ----------------------------------------------------------------------------------------------------


def test_only_its_holder_cancels_a_notice(town: World) -> None:
    sale = noted(town)
    cancel = {"act": "notice.cancel", "notice": sale}
    assert codes(town.apply(R, {**cancel, "consent": OWNER})) == ["not-notice-holder"]
    done = town.entered(R, {**cancel, "consent": [X]})
    assert (done.result["cancelled"], town.one(Notice, sale).status) == ([sale], "cancelled")
    assert asked(town) == [[], []]
    assert codes(town.apply(R, {**cancel, "consent": [X]})) == ["notice-ended"]
    assert codes(town.apply(R, {**cancel, "notice": "N-9", "consent": [X]})) == ["notice-unknown"]


def test_a_bank_cancels_by_signing_and_a_presale_ends_before_there_is_a_unit(town: World) -> None:
    presale, mortgage = presold_and_mortgaged(town)
    cancel = {"act": "notice.cancel", "notice": mortgage, "consent": []}
    assert codes(town.apply(B2, cancel)) == ["not-notice-holder"]
    town.entered(B1, cancel)
    assert town.one(Unit, UNIT_2).notices == (presale,)


def ripen(town: World, notice: str, on: str = "2026-11-22", by: str = R) -> Decision:
    """State the day from which the right under a notice can be registered; return the decision."""
    return town.do(by, "notice.ripen", {"notice": notice, "on": on})


def test_a_notice_lapses_ninety_days_after_it_could_be_registered(town: World) -> None:
    notice = noted(town)
    town.time += 400 * DAY_MS
    assert asked(town) == [["advance-notice"], ["advance-notice"]]
    assert codes(ripen(town, notice, "2027-12-27")) == []
    assert codes(ripen(town, notice, "2027-12-27")) == ["notice-ripe"]
    town.time += 91 * DAY_MS  # on Monday, 2028-03-27: the ninetieth day was a Sunday
    assert legal_date(town.time).isoformat() == "2028-03-27"
    assert asked(town) == [["advance-notice"], ["advance-notice"]]
    town.time += DAY_MS
    assert asked(town) == [[], []]
    assert town.one(Notice, notice).status == "noted"
    assert codes(town.apply(R, convert(notice))) == ["notice-ended", "notice-mismatch"]
    assert codes(ripen(town, notice)) == ["notice-ended", "notice-ripe"]
    town.entered(B2, mortgage_act(the_right(town), B2))
    assert (town.one(Notice, notice).status, town.one(Unit, UNIT).notices) == ("lapsed", ())


def test_a_conversion_applied_for_in_time_keeps_the_notice_until_it_is_decided(town: World) -> None:
    notice = noted(town)
    ripen(town, notice)
    town.time += 85 * DAY_MS
    case = town.accepted(R, transfer_act(the_right(town), "buyer"), convert(notice))
    other = town.one(Case, case)
    town.time += 30 * DAY_MS
    assert asked(town) == [["advance-notice"], ["advance-notice"]]
    town.clear(case)
    assert codes(town.enter(case)) == []
    assert town.one(Notice, notice).status == "converted"
    assert other.state == "accepted"


def test_a_conversion_that_fails_leaves_a_notice_lapsed(town: World) -> None:
    notice = noted(town)
    ripen(town, notice)
    town.time += 85 * DAY_MS
    case = town.accepted(R, transfer_act(the_right(town), "buyer"), convert(notice))
    town.time += 30 * DAY_MS
    assert asked(town) == [["advance-notice"], ["advance-notice"]]
    town.do(R, "case.withdraw", {"case": case})
    assert asked(town) == [[], []]


def test_a_conversion_applied_for_late_is_no_conversion(town: World) -> None:
    notice = noted(town)
    ripen(town, notice)
    town.time += 100 * DAY_MS
    assert codes(town.apply(R, transfer_act(the_right(town), "buyer"), convert(notice))) == ["notice-ended"]


RIPEN: list[tuple[str, str, list[str]]] = [
    ("a day that is none", "2026-02-30", ["bad-date"]),
    ("tomorrow", "2026-11-23", ["bad-date"]),
    ("before the notice", "2026-11-21", ["bad-date"]),
    ("today", "2026-11-22", []),
]


@pytest.mark.parametrize(("on", "expected"), [row[1:] for row in RIPEN], ids=[row[0] for row in RIPEN])
def test_the_day_is_one_between_the_notice_and_today(town: World, on: str, expected: list[str]) -> None:
    assert codes(ripen(town, noted(town), on)) == expected


def test_what_is_presold_cannot_be_registered_before_its_first_registration(town: World) -> None:
    notice = noted(town, "presale")
    town.time += 100 * DAY_MS
    assert codes(ripen(town, notice)) == ["unit-unknown"]
    town.entered(R, {**FIRST, "holders": [holder("developer")]})
    assert codes(ripen(town, notice)) == codes(ripen(town, notice, "2027-03-01")) == ["bad-date"]
    assert codes(ripen(town, notice, "2027-03-02")) == []


def test_a_day_for_no_notice_is_refused(town: World) -> None:
    assert codes(ripen(town, "N-9")) == ["notice-unknown"]
    assert codes(ripen(town, "N-9", "2026-02-30")) == ["notice-unknown", "bad-date"]
