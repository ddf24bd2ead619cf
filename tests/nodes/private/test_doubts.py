"""Other doubts for a person to look at: minors, agents, persons who may be mistaken for each other, seized land."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dengbu.ledger.law.calendar import legal_date
from dengbu.ledger.law.identifiers import citizen_check
from dengbu.ledger.register.encumbrances import Seizure
from dengbu.ledger.register.records import Case, Unit
from dengbu.nodes.home.clock import now_ms
from dengbu.nodes.private.findings import WORDS, worded
from dengbu.nodes.private.manual_review import Shown, asking, doubts
from dengbu.nodes.private.package import PrivatePart
from dengbu.nodes.private.parts import Part
from tests.nodes.one_node import ALL, CASE, CONTRACT, MORTGAGE, SELLER, TRANSFER, UNIT, Town, ref

LAND, OTHER_LAND = "441302001001GB00001W00000000", "441302001001GB00002W00000000"
NOON = 1_795_320_000_000  # 2026-11-22 12:00 UTC+8
YEAR_MS = 366 * 86_400_000


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Town]:
    town = Town(tmp_path, "hz-registry", "registry")
    yield town
    town.vault.close()


def born(on: str) -> dict[str, str]:
    """Return a made-up person born on a day (YYYYMMDD), with a valid number."""
    body = f"441302{on}107"
    return {"name": f"测试{on}", "id_type": "1", "id_no": body + citizen_check(body)}


def child() -> dict[str, str]:
    """Return a made-up person three years of age."""
    return born(f"{legal_date(now_ms()).year - 3}0105")


def gift(town: Town, giver: dict[str, Any], taker: dict[str, Any], *agents: dict[str, Any]) -> list[str]:
    """Return the codes of the doubts about a gift from one person to another."""
    act = {**TRANSFER, "cause": "gift", "holders": [{"ref": ref(taker), "share": "1/1"}]}
    town.entries.clear()
    parties: Any = {"transferors": [giver], "transferees": [taker]}
    town.apply([act], {"parties": PrivatePart(parties, ALL)})
    case = town.register.get(Case, CASE)
    assert case is not None
    town.register.apply([msgspec.structs.replace(case, agents=agents)])
    return [one.code for one in town.checks.for_desk(CASE)[1]]


@pytest.mark.parametrize(("years", "expected"), [(17, ["minor"]), (19, [])])
def test_a_minor_on_either_side_is_for_a_person(registry: Town, years: int, expected: list[str]) -> None:
    one = born(f"{legal_date(now_ms()).year - years}0101")
    assert gift(registry, one, SELLER) == gift(registry, SELLER, one) == expected


@pytest.mark.parametrize(("paper", "expected"), [("4", ["minor"]), ("99", ["minor"]), ("7", [])])
def test_a_child_is_one_by_its_number_on_whatever_paper(
    registry: Town, paper: str, expected: list[str]
) -> None:
    """Children usually have no identity card but a household register (ZJZL 4), which bears the same number."""
    assert gift(registry, {**child(), "id_type": paper}, SELLER) == expected


@pytest.mark.parametrize(("on", "expected"), [("20081122", []), ("20081123", ["minor"]), ("20081345", [])])
def test_on_the_eighteenth_birthday_one_is_of_age(registry: Town, on: str, expected: list[str]) -> None:
    registry.apply([MORTGAGE], {})
    case = registry.register.get(Case, CASE)
    assert case is not None
    parts = (
        Part("case.apply", "parties", None, {"mortgagors": [born(on)]}),
        Part("case.apply", "terms", None, {"amount_fen": 1}),
    )
    assert [one.code for one in doubts(registry.register, asking(case), Shown(parts), NOON)] == expected


@pytest.mark.parametrize(("on", "expected"), [(LAND, ["land-seized"]), (OTHER_LAND, []), (UNIT, [])])
def test_a_building_on_seized_land_is_for_a_person(registry: Town, on: str, expected: list[str]) -> None:
    until, right = "2027-01-01", "R-1"
    seizure = Seizure(
        id="S-1", unit=on, court="c", document="1", until=until, since=1, served=NOON, status="effective"
    )
    unit = Unit(code=on, use="land", area_cm2=1, status="active", head=1, right=right, seizures=("S-1",))
    registry.register.apply([seizure, unit])
    registry.apply([MORTGAGE], {})
    case = registry.register.get(Case, CASE)
    assert case is not None
    awaited = Shown(closed=("parties", "terms"))
    assert [one.code for one in doubts(registry.register, asking(case), awaited, NOON)] == expected
    assert list(doubts(registry.register, asking(case), awaited, NOON + 2 * YEAR_MS)) == []


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({}, {}, []),
        ({}, {"name": "别人"}, ["persons-alike"]),
        ({}, {"id_no": "TEST-2"}, ["persons-alike"]),
        ({}, {"name": "别人", "id_no": "TEST-2"}, []),
    ],
)
def test_persons_that_may_be_taken_for_each_other_are_for_a_person(
    registry: Town, one: dict[str, str], other: dict[str, str], expected: list[str]
) -> None:
    person = {"name": "某人", "id_type": "2", "id_no": "TEST-1"}
    assert gift(registry, {**person, **one}, {**person, **other}) == expected


@pytest.mark.parametrize("name", ["", " ", "\u3000"])
def test_who_has_no_name_is_for_a_person(registry: Town, name: str) -> None:
    assert gift(registry, {**SELLER, "name": name}, born("19800101")) == ["name-missing"]


def test_whoever_acts_for_another_is_looked_at_by_a_person(registry: Town) -> None:
    agents = ({"by": "power", "party": "0" * 64}, {"by": "guardianship", "party": "1" * 64})
    assert gift(registry, SELLER, born("19800101"), *agents) == ["acted-for", "acted-for"]


def test_doubts_stop_nobody_from_signing(registry: Town) -> None:
    assert gift(registry, SELLER, child()) == ["minor"]
    assert registry.found("case.enter") == []
    assert registry.checks.for_desk("441302-20261122-999999") == ((), ())


def test_a_minor_in_whatever_part_is_for_a_person(registry: Town) -> None:
    more: Any = {"holders": [child()]}
    gift(registry, SELLER, born("19800101"))
    registry.log("case.resume", {"case": CASE}, {"parties": PrivatePart(more, ALL)})
    assert registry.left() == ["part-repeated", "minor"]


def test_parties_of_another_shape_raise_no_doubt_besides(registry: Town) -> None:
    told: Any = CONTRACT
    for value in ({"transferors": 1}, None, [], "x", {"transferors": [{"name": "x"}]}):
        registry.entries.clear()
        wrong: Any = value
        registry.apply([TRANSFER], {"parties": PrivatePart(wrong, ALL), "contract": PrivatePart(told, ALL)})
        assert registry.left() == ["payload-shape"]


def test_a_person_reads_a_doubt_in_words_and_a_reason_of_the_rules_as_it_is() -> None:
    assert worded("minor") == "当事人未满十八周岁 a party is under eighteen [minor]"
    assert worded("seized") == "seized"
    assert worded("not-for-the-desk transfer") == "not-for-the-desk transfer"
    assert all(code in worded(code) for code in WORDS)
