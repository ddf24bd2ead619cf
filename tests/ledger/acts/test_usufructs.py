"""Habitations and easements: what is entered, how they end, what they survive. The last column lists every reason."""

from collections.abc import Callable
from typing import Any

import pytest

from dengbu.ledger.register.members import POLICY_KEY, Policy
from dengbu.ledger.register.record import Holder
from dengbu.ledger.register.records import Certificate, Right, Unit
from dengbu.ledger.transition import Decision
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
    world,
)

R, B1 = "hz-registry", "bank-a"
SHOP = "441302001001GB00001F00010003"
NOWHERE = "441302001001GB00001F00010009"
OWNER, NEIGHBOUR, GUEST = [ref("owner")], [ref("neighbour")], [ref("guest")]
UNTIL = "2036-11-22"
Given = Callable[[World], object]


@pytest.fixture
def town() -> World:
    """A network with a court, a dwelling, its neighbour, and a shop."""
    made = world()
    made.court()
    made.title(UNIT)
    made.title(UNIT_2, holders=[holder("neighbour")])
    right = {
        "mode": "single",
        "holders": [holder("owner")],
        "certificate": "粤(2021)惠州市不动产权第0000099号",
        "registered_on": "2021-05-06",
    }
    made.do(R, "title.import", {"unit": SHOP, "use": "shop", "area_cm2": 1, "right": right})
    return made


def done(town: World, act: dict[str, Any]) -> Decision:
    """Apply for an act and enter it; both must succeed."""
    return town.entered(R, act)


def nothing(town: World) -> None:
    """Leave the town as it is."""


def dispute(town: World) -> None:
    """Ownership of UNIT is disputed."""
    town.change(town.one(Unit, UNIT), disputed=True)


def freeze(town: World) -> None:
    """An authority has frozen UNIT."""
    mark = {"unit": UNIT, "kind": "freeze", "document": "(2026)粤1302行1号"}
    assert town.do("court-1", "mark.set", mark).outcome == "recorded"


def order(town: World) -> None:
    """A court has ordered the transfer of UNIT."""
    data = {
        "unit": UNIT,
        "right": the_right(town).id,
        "document": "1号",
        "mode": "single",
        "holders": [holder("x")],
    }
    assert town.do("court-1", "court.order", data).outcome == "recorded"


def await_conversion(town: World) -> None:
    """UNIT will carry a construction mortgage once it is converted."""
    town.change(town.one(Unit, UNIT), awaiting=("M-1",))


def joint(town: World) -> None:
    """The owner and a spouse hold UNIT jointly."""
    town.change(
        the_right(town), mode="joint", holders=(Holder(ref("owner"), "1/1"), Holder(ref("spouse"), "1/1"))
    )


def promise(town: World) -> None:
    """UNIT has been promised to a buyer."""
    act = {"act": "notice.set", "unit": UNIT, "kind": "sale", "consent": OWNER, "right": f"R-{UNIT}-1"}
    town.entered(R, {**act, "beneficiary": ref("promised")})


def object_to(town: World) -> None:
    """Somebody has objected to the right on UNIT."""
    act = {
        "act": "objection.note",
        "unit": UNIT,
        "right": f"R-{UNIT}-1",
        "objector": ref("x"),
        "ground": "forged",
    }
    town.entered(R, {**act, "refused": True, "shown": True})


def known(town: World) -> list[str]:
    """Return the objections on UNIT."""
    return list(town.one(Unit, UNIT).objections)


def end(town: World) -> None:
    """The right on UNIT has ended."""
    town.change(the_right(town), status="ended")


# ---- habitation -----------------------------------------------------------------------------------------------------


def live_act(unit: str = UNIT, **changed: Any) -> dict[str, Any]:
    """Return a habitation by which the owner lets a guest live on the unit for ten years."""
    act = {
        "act": "habitation.set",
        "unit": unit,
        "right": f"R-{unit}-1",
        "ground": "contract",
        "taker": "person",
        "beneficiaries": GUEST,
        "consent": OWNER,
        "until": UNTIL,
    }
    return {**act, **changed}


def living(town: World, **changed: Any) -> str:
    """Enter a habitation; return its id."""
    return str(done(town, live_act(**changed)).result["habitations"][0])


LIVE: list[tuple[str, Given, dict[str, Any], list[str]]] = [
    ("for ten years", nothing, {}, []),
    ("for life", nothing, {"until": None}, []),
    ("for two", nothing, {"beneficiaries": [*GUEST, ref("other")]}, []),
    ("in a shop", nothing, {"unit": SHOP, "right": f"R-{SHOP}-1"}, ["not-dwelling"]),
    ("nowhere", nothing, {"unit": NOWHERE}, ["unit-unknown", "right-unknown"]),
    ("unknown right", nothing, {"right": "R-9"}, ["right-unknown"]),
    ("ended right", end, {}, ["right-ended"]),
    ("a stranger consents", nothing, {"consent": [*OWNER, ref("x")]}, ["not-holder"]),
    ("nobody consents", nothing, {"consent": []}, ["co-owner-consent"]),
    ("by will, the beneficiary alone", nothing, {"ground": "will", "consent": []}, []),
    ("by judgment", nothing, {"ground": "judgment", "consent": []}, []),
    ("one of two joint owners", joint, {}, ["co-owner-consent"]),
    ("a firm", nothing, {"taker": "enterprise"}, ["habitant-not-person"]),
    ("the policy lets a firm", lambda town: town.change(town.one(Policy, POLICY_KEY), habitation_for="anyone"),
     {"taker": "enterprise"}, []),
    ("the same guest twice", nothing, {"beneficiaries": GUEST * 2}, ["holder-repeated"]),
    ("the owner himself", nothing, {"beneficiaries": [*GUEST, *OWNER]}, ["habitant-is-holder"]),
    ("until today", nothing, {"until": "2026-11-22"}, ["usufruct-term"]),
    ("until no day", nothing, {"until": "2027-02-29"}, ["usufruct-term"]),
    ("until tomorrow", nothing, {"until": "2026-11-23"}, []),
    ("disputed", dispute, {}, ["disputed"]),
    ("seized", seized, {}, ["seized"]),
    ("ordered to another", order, {}, ["order-open"]),
    ("frozen", freeze, {}, ["frozen"]),
    ("a conversion is awaited", await_conversion, {}, ["conversion-awaited"]),
    ("mortgaged", lambda town: town.mortgage(B1, no_transfer=True), {}, []),
    ("somebody lives there", lambda town: living(town, beneficiaries=[ref("other")]), {}, ["habitation-exists"]),
    ("his term is over", lambda town: (living(town, until="2026-11-23"), wait(town, 2)), {}, []),
    ("his last day", lambda town: (living(town, until="2026-11-23"), wait(town, 1)), {}, ["habitation-exists"]),
    ("all at once", lambda town: (joint(town), dispute(town), seized(town)), {"until": "2020-01-01"},
     ["co-owner-consent", "usufruct-term", "disputed", "seized"]),
]  # fmt: skip


def wait(town: World, days: int) -> None:
    """Let days pass."""
    town.time += days * DAY_MS


@pytest.mark.parametrize(
    ("given", "changed", "expected"), [row[1:] for row in LIVE], ids=[row[0] for row in LIVE]
)
def test_set_habitation(town: World, given: Given, changed: dict[str, Any], expected: list[str]) -> None:
    given(town)
    assert codes(town.apply(R, live_act(**changed))) == expected


def test_a_habitation_is_a_right_of_its_own_and_outlives_the_sale(town: World) -> None:
    made = done(town, live_act())
    name = made.result["habitations"][0]
    found = town.one(Right, name)
    assert (found.kind, found.mode, found.until, found.status) == ("habitation", "single", UNTIL, "current")
    assert [one.ref for one in found.holders] == GUEST
    assert town.one(Certificate, found.certificate).of == name
    assert made.result["certificates"][0]["number"].endswith("不动产证明第0000001号")
    unit = town.one(Unit, UNIT)
    assert (unit.habitations, unit.right, unit.head) == ((name,), f"R-{UNIT}-1", town.index - 1)
    case = town.accepted(R, transfer_act(the_right(town)))
    town.clear(case)
    assert town.enter(case).outcome == "entered"
    assert town.one(Unit, UNIT).habitations == (name,)
    assert town.one(Right, name) == found


@pytest.mark.parametrize(
    "act",
    [
        lambda found: {**transfer_act(found), "consent": GUEST},
        lambda found: {**mortgage_act(found), "consent": GUEST},
    ],
    ids=["sold", "mortgaged"],
)
def test_a_habitation_is_not_disposed_of(town: World, act: Callable[[Right], dict[str, Any]]) -> None:
    found = town.one(Right, living(town))
    actor = B1 if act(found)["act"] == "mortgage.set" else R
    refused = town.apply(actor, act(found))
    assert codes(refused) == ["right-not-transferable"]
    assert [one.id for one in refused.reasons[0].law] == ["CC-369", "CC-380", "CC-381"]


def test_who_lives_there_is_no_owner(town: World) -> None:
    found = living(town)
    altered = {"act": "unit.alter", "unit": UNIT, "right": found, "consent": GUEST, "use": "shop"}
    assert codes(town.apply(R, altered)) == ["right-unknown"]
    assert codes(town.apply(R, live_act(right=found, consent=GUEST))) == [
        "right-unknown",
        "habitation-exists",
    ]


END: list[tuple[str, Given, dict[str, Any], list[str]]] = [
    ("given up", nothing, {}, []),
    ("by agreement", nothing, {"ground": "agreement"}, []),
    ("against his will", nothing, {"consent": []}, ["usufruct-consent"]),
    ("the owner wants it", nothing, {"consent": OWNER}, ["usufruct-consent"]),
    ("he died", nothing, {"ground": "death", "consent": []}, []),
    ("a judgment", nothing, {"ground": "judgment", "consent": []}, []),
    ("the house burned down", nothing, {"ground": "lost", "consent": []}, []),
    ("its term is not over", nothing, {"ground": "expired", "consent": []}, ["ground-not-shown"]),
    ("its term is over", lambda town: wait(town, 3654), {"ground": "expired", "consent": []}, []),
    ("an unknown one", nothing, {"usufruct": "R-9"}, ["usufruct-unknown"]),
    ("the ownership", nothing, {"usufruct": f"R-{UNIT}-1"}, ["usufruct-unknown"]),
    ("on a seized unit", seized, {}, []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "changed", "expected"), [row[1:] for row in END], ids=[row[0] for row in END]
)
def test_discharge_habitation(
    town: World, given: Given, changed: dict[str, Any], expected: list[str]
) -> None:
    found = living(town)
    given(town)
    act = {"act": "habitation.discharge", "usufruct": found, "ground": "waiver", "consent": GUEST, **changed}
    assert codes(town.apply(R, act)) == expected


def test_a_discharged_habitation_leaves_the_dwelling_free(town: World) -> None:
    found = living(town)
    act = {"act": "habitation.discharge", "usufruct": found, "ground": "death", "consent": []}
    assert done(town, act).result["discharged"] == [found]
    assert (town.one(Unit, UNIT).habitations, town.one(Right, found).status) == ((), "ended")
    assert codes(town.apply(R, act)) == ["usufruct-ended"]
    living(town)


@pytest.mark.parametrize(
    "act", [live_act, lambda **changed: serve_act(**changed)], ids=["habitation", "easement"]
)
def test_what_is_promised_or_doubted(town: World, act: Callable[..., dict[str, Any]]) -> None:
    promise(town)
    assert codes(town.apply(R, act())) == ["advance-notice"]
    assert codes(town.apply(R, act(agreed=[ref("promised")]))) == []
    object_to(town)
    assert codes(town.apply(R, act())) == ["advance-notice", "objection-not-acknowledged"]
    assert codes(town.apply(R, act(agreed=[ref("promised")], acknowledged=known(town)))) == []


# ---- easements ------------------------------------------------------------------------------------------------------


def serve_act(**changed: Any) -> dict[str, Any]:
    """Return an easement on UNIT for the neighbour's UNIT_2."""
    dominant = {"unit": UNIT_2, "right": f"R-{UNIT_2}-1", "consent": NEIGHBOUR, **changed.pop("dominant", {})}
    act = {
        "act": "easement.set",
        "unit": UNIT,
        "right": f"R-{UNIT}-1",
        "consent": OWNER,
        "dominant": dominant,
    }
    return {**act, "until": UNTIL, **changed}


def serving(town: World, **changed: Any) -> str:
    """Enter an easement; return its id."""
    return str(done(town, serve_act(**changed)).result["easements"][0])


def land_term(unit: str, until: str = "2030-06-30") -> Given:
    """The land-use term of a unit is known."""
    return lambda town: town.change(town.one(Unit, unit), land_until=until)


SERVE: list[tuple[str, Given, dict[str, Any], list[str]]] = [
    ("for ten years", nothing, {}, []),
    ("for ever", nothing, {"until": None}, []),
    ("a unit that is not registered", nothing, {"unit": NOWHERE}, ["unit-unknown", "right-unknown"]),
    ("serves none", nothing, {"dominant": {"unit": NOWHERE}}, ["unit-unknown", "right-unknown"]),
    ("itself", nothing, {"dominant": {"unit": UNIT, "right": f"R-{UNIT}-1", "consent": OWNER}}, ["same-unit"]),
    ("unknown right", nothing, {"right": "R-9"}, ["right-unknown"]),
    ("unknown right on the other", nothing, {"dominant": {"right": "R-9"}}, ["right-unknown"]),
    ("ended right", end, {}, ["right-ended"]),
    ("ended right on the other", lambda town: town.change(the_right(town, UNIT_2), status="ended"), {}, ["right-ended"]),
    ("a stranger", nothing, {"consent": [*OWNER, *NEIGHBOUR]}, ["not-holder"]),
    ("a stranger to the other", nothing, {"dominant": {"consent": [*OWNER, *NEIGHBOUR]}}, ["not-holder"]),
    ("the owner does not agree", nothing, {"consent": []}, ["co-owner-consent"]),
    ("the neighbour does not", nothing, {"dominant": {"consent": []}}, ["co-owner-consent"]),
    ("who lives there does not", living, {}, ["usufruct-consent"]),
    ("who lives there agrees", living, {"agreed": GUEST}, []),
    ("his term was over", lambda town: (living(town, until="2026-11-23"), wait(town, 2)), {}, []),
    ("until today", nothing, {"until": "2026-11-22"}, ["usufruct-term"]),
    ("until no day", nothing, {"until": "2030-02-30"}, ["usufruct-term"]),
    ("longer than the land", land_term(UNIT), {}, ["usufruct-term"]),
    ("longer than the land it serves", land_term(UNIT_2), {}, ["usufruct-term"]),
    ("for ever, on land for years", land_term(UNIT), {"until": None}, ["usufruct-term"]),
    ("as long as the land", land_term(UNIT), {"until": "2030-06-30"}, []),
    ("disputed", dispute, {}, ["disputed"]),
    ("seized", seized, {}, ["seized"]),
    ("serves a seized unit", seized, {"unit": UNIT_2, "right": f"R-{UNIT_2}-1", "consent": NEIGHBOUR,
     "dominant": {"unit": UNIT, "right": f"R-{UNIT}-1", "consent": OWNER}}, []),
    ("ordered to another", order, {}, ["order-open"]),
    ("frozen", freeze, {}, ["frozen"]),
    ("a conversion is awaited", await_conversion, {}, ["conversion-awaited"]),
    ("mortgaged", lambda town: town.mortgage(B1), {}, []),
    ("there is one already", serving, {}, []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "changed", "expected"), [row[1:] for row in SERVE], ids=[row[0] for row in SERVE]
)
def test_set_easement(town: World, given: Given, changed: dict[str, Any], expected: list[str]) -> None:
    given(town)
    assert codes(town.apply(R, serve_act(**changed))) == expected


def test_an_easement_stands_on_both_units_and_goes_with_them(town: World) -> None:
    made = done(town, serve_act())
    name = made.result["easements"][0]
    found = town.one(Right, name)
    assert (found.unit, found.dominant, found.mode, found.holders) == (UNIT, UNIT_2, "dominant", ())
    assert town.case(made.result["case"]).units == (UNIT, UNIT_2)
    assert [town.one(Unit, code).easements for code in (UNIT, UNIT_2)] == [(name,), (name,)]
    case = town.accepted(R, transfer_act(the_right(town, UNIT_2)))
    town.clear(case)
    assert town.enter(case).outcome == "entered"
    assert town.one(Unit, UNIT_2).easements == (name,)
    assert codes(town.apply(R, transfer_act(found))) == ["right-not-transferable"]


GIVE_UP: list[tuple[str, Given, tuple[str, ...], dict[str, Any], list[str]]] = [
    ("given up", nothing, (), {}, []),
    ("by agreement", nothing, (), {"ground": "agreement"}, []),
    ("not by the neighbour", nothing, (), {"consent": []}, ["co-owner-consent"]),
    ("by the servient owner", nothing, (), {"consent": OWNER}, ["not-holder", "co-owner-consent"]),
    ("a breach", nothing, (), {"ground": "breach", "consent": []}, []),
    ("a judgment", nothing, (), {"ground": "judgment", "consent": []}, []),
    ("its term is not over", nothing, (), {"ground": "expired"}, ["ground-not-shown"]),
    ("its term is over", lambda town: wait(town, 3654), (), {"ground": "expired", "consent": []}, []),
    ("an unknown one", nothing, (), {"usufruct": "R-9"}, ["usufruct-unknown"]),
    ("the served unit's mortgagee is silent", lambda town: town.mortgage(B1, the_right(town, UNIT_2)), (), {},
     ["mortgagee-consent"]),
    ("he agrees", lambda town: town.mortgage(B1, the_right(town, UNIT_2)), (B1,), {}, []),
    ("he is not asked when the term is over",
     lambda town: (town.mortgage(B1, the_right(town, UNIT_2)), wait(town, 3654)), (), {"ground": "expired"}, []),
    ("the servient unit's mortgagee", lambda town: town.mortgage(B1), (), {}, []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "by", "changed", "expected"), [row[1:] for row in GIVE_UP], ids=[row[0] for row in GIVE_UP]
)
def test_discharge_easement(
    town: World, given: Given, by: tuple[str, ...], changed: dict[str, Any], expected: list[str]
) -> None:
    found = serving(town)
    given(town)
    act = {
        "act": "easement.discharge",
        "usufruct": found,
        "ground": "waiver",
        "consent": NEIGHBOUR,
        **changed,
    }
    assert codes(town.apply(R, act, signers=[signer(one, "event") for one in (R, *by)])) == expected


def test_a_discharged_easement_is_struck_from_both_units(town: World) -> None:
    found, other = serving(town), serving(town)
    act = {"act": "easement.discharge", "usufruct": found, "ground": "waiver", "consent": NEIGHBOUR}
    assert done(town, act).result["discharged"] == [found]
    assert [town.one(Unit, code).easements for code in (UNIT, UNIT_2)] == [(other,), (other,)]
    assert codes(town.apply(R, act)) == ["usufruct-ended"]


@pytest.mark.parametrize("begin", [living, serving], ids=["habitation", "easement"])
def test_nothing_is_split_or_merged_under_a_right_to_use_it(town: World, begin: Given) -> None:
    begin(town)
    here = {"unit": UNIT, "right": f"R-{UNIT}-1", "consent": OWNER}
    shop = {"unit": SHOP, "right": f"R-{SHOP}-1", "consent": OWNER}
    parts = [
        {"unit": f"{UNIT[:-1]}{nth}", "use": "dwelling", "area_cm2": 1, "holders": [holder("owner")]}
        for nth in (7, 8)
    ]
    assert codes(town.apply(R, {"act": "unit.split", **here, "parts": parts})) == ["usufruct-stands"]
    merged = {
        "act": "unit.merge",
        "sources": [here, shop],
        "into": f"{UNIT[:-1]}7",
        "use": "dwelling",
        "area_cm2": 1,
    }
    merged |= {"mode": "single", "holders": [holder("owner")]}
    assert codes(town.apply(R, merged)) == ["usufruct-stands"]
    town.time += 3654 * DAY_MS
    assert codes(town.apply(R, merged)) == []


def applied(act: dict[str, Any]) -> dict[str, Any]:
    """Return an application for an act."""
    return {"district": "441302", "channel": "counter", "acts": [act]}


def test_a_first_registration_may_state_the_land_use_term(town: World) -> None:
    first = {
        "act": "unit.first", "unit": NOWHERE, "use": "dwelling", "area_cm2": 1, "mode": "single",
        "holders": [holder("developer")],
    }  # fmt: skip
    assert codes(town.apply(R, {**first, "land_until": "2070-02-30"})) == ["bad-date"]
    shop = {**first, "use": "shop"}
    assert codes(town.apply(R, {**shop, "land_until": "2026-11-21"})) == ["land-term-over"]
    assert (
        codes(town.judge(town.envelope(R, "case.apply", applied({**shop, "land_until": "2026-11-22"})))) == []
    )
    assert (
        codes(town.judge(town.envelope(R, "case.apply", applied({**first, "land_until": "2026-11-21"}))))
        == []
    )
    done(town, {**first, "land_until": "2070-02-28"})
    assert town.one(Unit, NOWHERE).land_until == "2070-02-28"
