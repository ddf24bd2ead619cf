"""Which counties and places there are is the network's own: another city registers its units, and an earlier set knows Huizhou."""

from typing import Any

import pytest

from dengbu.ledger.rules.rule_sets import FIRST
from tests.worlds import UNIT, World, codes, holder, policy, world

R = "hz-registry"
XIHU = "330106001001GB00001F00010001"
HANGZHOU: dict[str, Any] = {
    "districts": ("330106",),
    "counties": ("330106",),
    "known_provinces": ("浙",),
    "known_places": ("杭州市", "西湖区"),
}


def imported(town: World, unit: str, certificate: str) -> list[str]:
    right = {
        "mode": "single",
        "holders": [holder("x")],
        "certificate": certificate,
        "registered_on": "2020-01-02",
    }
    return codes(town.do(R, "title.import", {"unit": unit, "use": "shop", "area_cm2": 1, "right": right}))


@pytest.mark.parametrize("place", HANGZHOU["known_places"])
def test_another_city_imports_its_titles_and_no_others(place: str) -> None:
    town = world(**HANGZHOU)
    ours = f"浙(2020){place}不动产权第0000001号"
    assert imported(town, XIHU, ours) == []
    assert imported(town, UNIT, "粤(2020)惠州市不动产权第0000001号") == [
        "bad-unit-code",
        "not-competent",
        "bad-certificate",
    ]


def test_the_members_agree_on_the_places(town: World) -> None:
    ours = "浙(2020)杭州市不动产权第0000001号"
    assert imported(town, XIHU, ours) == ["bad-unit-code", "not-competent", "bad-certificate"]
    changed = {name: list(value) for name, value in HANGZHOU.items()}
    assert codes(town.govern("policy.set", {"policy": {**policy(version=2), **changed}})) == []
    assert imported(town, XIHU, ours) == []
    first = {"act": "unit.first", "unit": XIHU[:-1] + "2", "use": "shop", "area_cm2": 1, "mode": "single",
             "holders": [holder("y")]}  # fmt: skip
    town.entered(R, first, district="330106")
    refused = codes(town.apply(R, first | {"unit": UNIT[:-1] + "2"}, district="330106"))
    assert refused == ["not-competent", "bad-unit-code"]


def test_the_first_rule_set_knows_huizhou_alone() -> None:
    town = world(rule_set=FIRST.hash, districts=("330106", "441302"))
    assert imported(town, XIHU, "浙(2020)杭州市不动产权第0000001号") == ["bad-unit-code", "bad-certificate"]
    assert imported(town, UNIT, "粤(2020)惠东县不动产权第0000001号") == []
