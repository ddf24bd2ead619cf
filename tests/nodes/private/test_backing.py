"""The desk enters only what is backed: every holder who loses by an act is named, together with price or amount."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dengbu.ledger.cases.judging import typed
from dengbu.ledger.catalogue import ACTS
from dengbu.ledger.log.encoding import INT_MAX
from dengbu.ledger.rules.payload_shapes import Parties
from dengbu.nodes.private.backing import asked
from dengbu.nodes.private.findings import DOUBTS, LASTING
from dengbu.nodes.private.package import PrivatePart
from tests.nodes.backed import (
    CONTRACT,
    GIVEN,
    JOINT,
    RESTING_ON_PAPER,
    ROWS,
    SALE,
    STRANGER,
    TERMS,
    UNIT_2,
    UNIT_3,
    A,
    B,
    Backed,
    C,
    D,
    Person,
    parts,
    person,
    sale,
    settle,
    shares,
)
from tests.nodes.one_node import CASE, UNIT, Town, ref

ROLES = Parties.__struct_fields__
NAMING = [row for row in ROWS if row.parties]
TELLING = [row for row in ROWS if row.told]
MORTGAGE = next(row for row in ROWS if row.name == "mortgage.set")
BAD_VALUES: list[object] = [None, "x", [], {}, [TERMS], 5, True]
BAD_AMOUNTS: list[object] = [0, -5, True, False, "80", None, [], {}]


def names(rows: list[Backed]) -> list[str]:
    """Return the names of the rows."""
    return [row.name for row in rows]


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    town = Town(tmp_path_factory.mktemp("registry"), "hz-registry", "registry")
    settle(town)
    yield town
    town.vault.close()


def left(town: Town, acts: list[dict[str, Any]], given: dict[str, PrivatePart], **more: Any) -> list[str]:
    """Return why the desk leaves a fresh case to a person, by codes."""
    town.entries.clear()
    town.apply(acts, given, **more)
    return town.left()


# ---- the table ----------------------------------------------------------------------------------------------------


def test_every_act_of_the_catalogue_is_tried_here() -> None:
    assert {str(row.act["act"]) for row in (*ROWS, *RESTING_ON_PAPER)} == set(ACTS)


def test_every_role_that_an_act_asks_for_can_be_named(registry: Town) -> None:
    for row in (*ROWS, *RESTING_ON_PAPER):
        assert {one.role for one in asked(registry.register, typed([row.act]))} <= set(ROLES), row.name


@pytest.mark.parametrize("row", ROWS, ids=names(ROWS))
def test_what_is_backed_may_be_entered(registry: Town, row: Backed) -> None:
    assert left(registry, [row.act], row.parts) == []


@pytest.mark.parametrize("row", RESTING_ON_PAPER, ids=names(RESTING_ON_PAPER))
def test_what_rests_on_a_paper_is_for_a_person_whoever_is_named(registry: Town, row: Backed) -> None:
    assert left(registry, [row.act], row.parts) == ["paper-to-see"]


# ---- persons ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", NAMING, ids=names(NAMING))
def test_without_parties_nothing_is_entered(registry: Town, row: Backed) -> None:
    nobody = {role: [] for role in ROLES}
    for parties in (None, {}, nobody):
        found = left(registry, [row.act], parts(parties, **row.told))
        assert set(found) == {"parties-missing"}, parties
        assert len(found) == len(row.parties)


@pytest.mark.parametrize("row", NAMING, ids=names(NAMING))
def test_each_role_names_all_who_hold_and_nobody_else(registry: Town, row: Backed) -> None:
    for role, named in row.parties.items():
        wrong: dict[str, list[Person]] = {
            "left out": [],
            "a stranger besides": [*named, STRANGER],
            "strangers": [STRANGER] * len(named),
            "one twice": [*named, named[0]],
            "one twice and one not": [named[0]] * len(named) if len(named) > 1 else [named[0]] * 2,
            "one of them": named[:-1],
            "the other": named[1:],
            "another kind of document": [{**one, "id_type": "2"} for one in named],
            "no kind of document": [{**one, "id_type": "08"} for one in named],
            "a wrong number": [{**one, "id_no": one["id_no"][:-2] + "00"} for one in named],
            "no number": [{**one, "id_no": ""} for one in named],
            "no name": [{**one, "name": " "} for one in named],
        }
        for what, persons in wrong.items():
            assert left(registry, [row.act], parts({**row.parties, role: persons}, **row.told)), (role, what)


@pytest.mark.parametrize("row", ROWS, ids=names(ROWS))
def test_a_role_that_no_act_has_is_for_a_person(registry: Town, row: Backed) -> None:
    for role in set(ROLES) - set(row.parties):
        found = left(registry, [row.act], parts({**row.parties, role: [D]}, **row.told))
        assert found == ["role-unasked"], role


@pytest.mark.parametrize("row", ROWS, ids=names(ROWS))
def test_a_role_that_nobody_knows_is_for_a_person(registry: Town, row: Backed) -> None:
    found = left(registry, [row.act], parts({**row.parties, "guardians": [D]}, **row.told))
    assert found == ["role-unasked"]


POOL = [
    A,
    B,
    C,
    D,
    STRANGER,
    {**A, "id_no": A["id_no"].lower()},
    {**A, "name": "别名"},
    {**B, "id_type": "2"},
]
persons_of = st.lists(st.sampled_from(POOL), max_size=4)


@settings(max_examples=150, deadline=None)
@given(
    row=st.sampled_from(NAMING), drawn=st.fixed_dictionaries({}, optional=dict.fromkeys(ROLES, persons_of))
)
def test_whatever_is_not_exactly_the_holders_is_never_entered(
    registry: Town, row: Backed, drawn: dict[str, list[Person]]
) -> None:
    def plainly(parties: dict[str, list[Person]]) -> dict[str, list[tuple[str, str]]]:
        return {
            role: sorted((one["id_type"], one["id_no"].upper()) for one in named)
            for role, named in parties.items()
            if named
        }

    found = left(registry, [row.act], parts(drawn, **row.told))
    if plainly(drawn) != plainly(row.parties):
        assert found


def test_the_same_number_written_otherwise_is_the_same_person(registry: Town) -> None:
    wide = {**A, "id_type": "１", "id_no": "".join(chr(ord(one) + 0xFEE0) for one in A["id_no"]).lower()}
    assert left(registry, [MORTGAGE.act], parts({"mortgagors": [wide, B]}, terms=TERMS)) == []


def test_the_holders_of_another_unit_back_nothing(registry: Town) -> None:
    assert left(registry, [MORTGAGE.act], parts({"mortgagors": [C]}, terms=TERMS)) == ["identity-mismatch"]


def test_who_owns_one_piece_does_not_stand_for_the_owner_of_another(registry: Town) -> None:
    for named in ([A, B], [C], [A, C], [A, B, C, D], [A, B, C, C]):
        found = left(registry, [JOINT], parts({"mortgagors": named}, terms=TERMS))
        assert "identity-mismatch" in found, named


def test_who_mortgages_a_presale_is_every_buyer_and_agrees(registry: Town) -> None:
    row = next(one for one in ROWS if one.name == "notice.set presale-mortgage")
    for consent in ([ref(C, UNIT_3)], [ref(C, UNIT_3), ref(D, UNIT_3)], []):
        for named in ([D], [C], [C, D]):
            found = left(registry, [{**row.act, "consent": consent}], parts({"grantors": named}, terms=TERMS))
            assert "identity-mismatch" in found


def test_of_a_thing_that_is_not_there_nobody_is_asked(registry: Town) -> None:
    """The rules refuse such an act."""
    for act in (
        {"act": "habitation.discharge", "usufruct": "R-X", "ground": "waiver", "consent": []},
        {"act": "easement.discharge", "usufruct": "R-X", "ground": "waiver", "consent": []},
        {"act": "notice.cancel", "notice": "N-9", "consent": []},
        {"act": "objection.close", "objection": "O-9", "consent": []},
        {"act": "mortgage.rank", "mortgage": "M-9", "other": "M-8", "consent": []},
    ):
        assert left(registry, [act], {}) == []
    assert "parties-missing" in left(registry, [{**MORTGAGE.act, "right": "R-X"}], parts(None, terms=TERMS))


# ---- bundles ------------------------------------------------------------------------------------------------------


NEXT_RIGHT = f"R-{UNIT}-2"


def test_in_a_bundle_each_act_asks_whom_the_acts_before_it_leave(registry: Town) -> None:
    loan = {**MORTGAGE.act, "right": NEXT_RIGHT, "consent": [ref(C)]}
    sold = sale("sale", contract=CONTRACT)
    for named, expected in (([C], []), ([A, B], ["identity-mismatch"]), ([], ["parties-missing"])):
        given = parts({**sold.parties, "mortgagors": named}, contract=CONTRACT, terms=TERMS)
        assert left(registry, [sold.act, loan], given) == expected


def test_an_heir_who_sells_is_on_both_sides(registry: Town) -> None:
    heir = {**SALE, "cause": "gift", "holders": shares(UNIT, D)}
    sold = {**SALE, "right": NEXT_RIGHT, "consent": [ref(D)], "holders": shares(UNIT, C)}
    sides = {"transferors": [A, B, D], "transferees": [D, C]}
    assert left(registry, [heir, sold], parts(sides, contract=CONTRACT)) == []
    for role in sides:
        for gone in sides[role]:
            fewer = {**sides, role: [one for one in sides[role] if one is not gone]}
            assert left(registry, [heir, sold], parts(fewer, contract=CONTRACT)) == ["identity-mismatch"]


def test_a_unit_that_an_act_makes_is_held_by_whom_it_says(registry: Town) -> None:
    loan = {**MORTGAGE.act, "unit": UNIT_3, "right": f"R-{UNIT_3}-1"}
    for name, holders in (("unit.first", [D]), ("unit.split", [A, B]), ("unit.merge", [A, B])):
        made = GIVEN[name]
        for named, expected in ((holders, []), ([C], ["identity-mismatch"])):
            given = parts({**made.parties, "mortgagors": named}, terms=TERMS)
            assert left(registry, [made.act, loan], given) == expected, name


def test_after_a_change_of_owners_or_names_the_next_act_asks_the_new(registry: Town) -> None:
    owners = next(one for one in ROWS if one.name == "correction of owners")
    loan = {**MORTGAGE.act, "right": NEXT_RIGHT, "consent": [ref(C)]}
    assert left(registry, [owners.act, loan], parts({**owners.parties, "mortgagors": [C]}, terms=TERMS)) == []
    renamed = RESTING_ON_PAPER[0]
    given = parts({**renamed.parties, "mortgagors": [D, B]}, terms=TERMS)
    assert left(registry, [renamed.act, MORTGAGE.act], given) == ["paper-to-see"]
    plain = next(one for one in ROWS if one.name == "correction")
    both = {"holders": [A, B], "mortgagors": [A, B]}
    assert left(registry, [plain.act, MORTGAGE.act], parts(both, terms=TERMS)) == []


def test_one_act_of_a_bundle_that_nobody_backs_is_enough(registry: Town) -> None:
    acts = [GIVEN["mortgage.discharge"].act, MORTGAGE.act]
    assert left(registry, acts, parts(None, terms=TERMS)) == ["parties-missing"]
    assert left(registry, acts, parts(MORTGAGE.parties)) == ["terms-missing"]
    assert left(registry, acts, MORTGAGE.parts) == []


# ---- price and amount ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", TELLING, ids=names(TELLING))
def test_without_price_or_amount_nothing_is_entered(registry: Town, row: Backed) -> None:
    ((part, value),) = row.told.items()
    ((field, least),) = ((name, 0 if fen == 0 else 1) for name, fen in value.items())
    assert left(registry, [row.act], parts(row.parties)) == [f"{part}-missing"]
    bad = [*BAD_VALUES, *({field: one} for one in BAD_AMOUNTS if type(one) is not int or one < least)]
    for one in bad:
        found = left(registry, [row.act], parts(row.parties, **{part: one}))
        assert found == [f"{part}-shape"], one
    for fine in (least, INT_MAX):
        more = {field: fine, "scope": "主债权及利息"}
        assert left(registry, [row.act], parts(row.parties, **{part: more})) == []


def test_what_is_told_elsewhere_is_not_told(registry: Town) -> None:
    others = {"terms": PrivatePart(TERMS, ("bank-a", "hz-tax"))}  # type: ignore[arg-type]
    assert left(registry, [MORTGAGE.act], {**parts(MORTGAGE.parties), **others}) == ["terms-missing"]
    assert left(registry, [MORTGAGE.act], parts(MORTGAGE.parties, conditions=TERMS)) == ["terms-missing"]
    past = {"parties": PrivatePart(MORTGAGE.parties, ("bank-a", "hz-tax"))}  # type: ignore[arg-type]
    assert left(registry, [MORTGAGE.act], {**parts(None, terms=TERMS), **past}) == ["parties-missing"]


# ---- what arrives late, twice or never ------------------------------------------------------------------------------


def test_parts_that_have_not_arrived_are_waited_for(registry: Town) -> None:
    assert left(registry, [MORTGAGE.act], MORTGAGE.parts, keep=False) == []
    problems, _ = registry.checks.for_desk(CASE)
    assert [(one.code, one.where) for one in problems] == [
        ("payload-missing", "parties"),
        ("payload-missing", "terms"),
    ]


def test_a_part_that_has_not_arrived_hides_no_doubt_about_another(registry: Town) -> None:
    assert left(registry, [MORTGAGE.act], parts(None, terms=TERMS), keep=False) == ["parties-missing"]
    assert left(registry, [MORTGAGE.act], parts(MORTGAGE.parties), keep=False) == ["terms-missing"]


@pytest.mark.parametrize("name", ["parties", "terms"])
def test_an_erased_part_is_for_a_person(registry: Town, name: str) -> None:
    registry.entries.clear()
    made = {one.name: one for one in registry.apply([MORTGAGE.act], MORTGAGE.parts)}
    registry.vault.erase([made[name].commitment], 9)
    assert registry.left() == ["payload-erased"]


@pytest.mark.parametrize("event", ["case.resume", "tax.assess"])
@pytest.mark.parametrize("to", [("hz-registry",), ("hz-tax",)])
@pytest.mark.parametrize("name", ["parties", "terms", "contract"])
def test_a_part_that_comes_again_is_for_a_person(
    registry: Town, event: str, to: tuple[str, ...], name: str
) -> None:
    sold = sale("sale", contract=CONTRACT)
    loan = {**MORTGAGE.act, "right": NEXT_RIGHT, "consent": [ref(C)]}
    given = parts({**sold.parties, "mortgagors": [C]}, contract=CONTRACT, terms=TERMS)
    assert left(registry, [sold.act, loan], given) == []
    registry.log(event, {"case": CASE}, {name: replace(given[name], to=to)})
    assert registry.left() == ["part-repeated"]


def test_a_part_that_was_refused_with_its_event_does_not_count(registry: Town) -> None:
    assert left(registry, [MORTGAGE.act], MORTGAGE.parts) == []
    registry.log("case.resume", {"case": CASE}, MORTGAGE.parts, outcome="refused")
    assert registry.left() == []


def test_what_is_sent_after_the_application_backs_nothing(registry: Town) -> None:
    assert left(registry, [MORTGAGE.act], {}) == ["parties-missing", "terms-missing"]
    registry.log("case.resume", {"case": CASE}, MORTGAGE.parts)
    assert registry.left() == ["parties-missing", "terms-missing"]


# ---- others --------------------------------------------------------------------------------------------------------


BURDENING = [row for row in ROWS if row.act["act"] in ("transfer", "notice.set", "habitation.set", "easement.set",
             "mortgage.set", "mortgage.set-construction", "mortgage.alter", "unit.deregister")]  # fmt: skip


@pytest.mark.parametrize("row", BURDENING, ids=names(BURDENING))
def test_what_others_are_said_to_have_agreed_to_is_for_a_person(registry: Town, row: Backed) -> None:
    assert left(registry, [{**row.act, "agreed": [ref(D)]}], row.parts) == ["agreed-by-others"]


def test_so_it_is_of_what_the_mortgagor_is_said_to_have_agreed_to(registry: Town) -> None:
    assert left(registry, [{**GIVEN["mortgage.transfer"].act, "agreed": True}], {}) == ["agreed-by-others"]


def test_so_it_is_of_one_piece_of_a_joint_mortgage(registry: Town) -> None:
    joint = next(row for row in ROWS if row.name == "mortgage.set-joint")
    more = [{**JOINT["pieces"][0], "agreed": [ref(D)]}, JOINT["pieces"][1]]
    assert left(registry, [{**joint.act, "pieces": more}], joint.parts) == ["agreed-by-others"]


def second(act: dict[str, Any], bank: str) -> dict[str, Any]:
    """Return the same act for another bank."""
    return {**act, ("to" if act["act"] == "mortgage.transfer" else "mortgagee"): bank}


@pytest.mark.parametrize(
    ("name", "bank"),
    [
        ("mortgage.set", "bank-b"),
        ("mortgage.set", "bank-c"),
        ("mortgage.set-joint", "bank-c"),
        ("mortgage.set-construction", "bank-b"),
        ("mortgage.transfer", "bank-b"),
        ("notice.set mortgage", "bank-b"),
    ],
)
def test_a_second_mortgage_of_a_bank_on_a_unit_is_for_a_person(registry: Town, name: str, bank: str) -> None:
    row = next(one for one in ROWS if one.name == name)
    assert set(left(registry, [second(row.act, bank)], row.parts)) == {"second-mortgage"}
    assert left(registry, [second(row.act, "bank-d")], row.parts) == []


def test_two_of_one_case_are_two(registry: Town) -> None:
    joint = {**JOINT, "pieces": [*JOINT["pieces"]]}
    given = parts({"mortgagors": [A, B, C]}, terms=TERMS)
    assert left(registry, [MORTGAGE.act, joint], given) == ["second-mortgage"]
    of_another = second(joint, "bank-d")
    assert left(registry, [MORTGAGE.act, of_another], given) == []


def test_a_mortgage_that_the_case_ends_is_none(registry: Town) -> None:
    ends: list[dict[str, Any]] = [
        {"act": "mortgage.discharge", "mortgage": "M-1"},
        {"act": "mortgage.discharge-joint", "joint": "M-J", "units": [UNIT]},
    ]
    again = second(MORTGAGE.act, "bank-b")
    for end in ends:
        for acts in ([again, end], [end, again]):
            assert left(registry, acts, MORTGAGE.parts) == []
    elsewhere = {"act": "mortgage.discharge-joint", "joint": "M-J", "units": [UNIT_2]}
    assert left(registry, [elsewhere, again], MORTGAGE.parts) == ["second-mortgage"]


def test_a_building_that_is_to_carry_a_mortgage_of_the_bank_is_one_of_its_units(registry: Town) -> None:
    row = next(one for one in ROWS if one.name == "notice.set presale-mortgage")
    assert left(registry, [second(row.act, "bank-b")], row.parts) == ["second-mortgage"]


def test_doubts_have_words_in_both_languages_and_never_repeat_a_person(registry: Town) -> None:
    child = person(9) | {"name": " "}
    wrong = {**A, "id_no": "441302198001010000"}
    given = parts({"mortgagors": [child, wrong], "takers": [D]}, terms={"amount_fen": -5})
    left(registry, [{**second(MORTGAGE.act, "bank-b"), "agreed": [ref(D)]}], given)
    problems, doubts = registry.checks.for_desk(CASE)
    assert {one.code for one in doubts} >= {
        "role-unasked", "name-missing", "terms-shape", "agreed-by-others", "second-mortgage"
    }  # fmt: skip
    for one in (*problems, *doubts):
        assert one.where
        assert one.zh
        assert one.en
        for each in (child, wrong, D):
            assert each["id_no"] not in str(one)
            assert not each["name"].strip() or each["name"] not in str(one)


def test_no_code_is_in_both_tables_and_every_code_may_stand_on_the_log() -> None:
    assert not set(LASTING) & set(DOUBTS)
    assert all(one.replace("-", "").isalpha() and one.islower() for one in (*LASTING, *DOUBTS))
