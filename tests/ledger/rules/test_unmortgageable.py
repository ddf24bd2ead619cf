"""Property that nobody may mortgage 不得抵押的财产 (Civil Code 399(1)-(2)), by the parcel feature of the unit's code.

The last column lists every reason.
"""

from collections.abc import Callable
from typing import Any

import pytest

from tests.ledger.plays import B1, R
from tests.worlds import UNIT, World, codes, mortgage_act, ref, the_right, world

PARCEL = "441302001005"
COLLECTIVE_LAND = f"{PARCEL}JA00003W00000000"
HOMESTEAD = f"{PARCEL}JC00004F00010001"
VILLAGE_SHOP = f"{PARCEL}JB00005F00010001"
FIELD = f"{PARCEL}JD00006W00000000"
Ask = Callable[[World, str], dict[str, Any]]


def ordinary(town: World, unit: str) -> dict[str, Any]:
    """Return a mortgage on the unit."""
    return mortgage_act(the_right(town, unit), B1)


def joint(town: World, unit: str) -> dict[str, Any]:
    """Return a joint mortgage on U and the unit."""
    pieces = [
        {"unit": one, "right": the_right(town, one).id, "consent": [ref("owner")]} for one in (UNIT, unit)
    ]
    return {
        "act": "mortgage.set-joint",
        "pieces": pieces,
        "mortgagee": B1,
        "kind": "ordinary",
        "no_transfer": False,
    }


def site(town: World, unit: str) -> dict[str, Any]:
    """Return a mortgage on what is being built there."""
    act = mortgage_act(the_right(town, unit), B1)
    return {
        **act,
        "act": "mortgage.set-construction",
        "buildings": [f"{unit[:19]}F00020001"],
        "permits": True,
    }


def promised(town: World, unit: str) -> dict[str, Any]:
    """Return an advance notice of a mortgage."""
    return {**sale_promised(town, unit), "kind": "mortgage", "beneficiary": None, "mortgagee": B1}


def sale_promised(town: World, unit: str) -> dict[str, Any]:
    """Return an advance notice of a sale."""
    return {
        "act": "notice.set",
        "unit": unit,
        "kind": "sale",
        "right": the_right(town, unit).id,
        "consent": [ref("owner")],
        "beneficiary": ref("X"),
    }


NEVER = ["not-mortgageable"]
CASES: list[tuple[str, str, Ask, str, list[str]]] = [
    ("collective land: mortgage", COLLECTIVE_LAND, ordinary, B1, NEVER),
    ("collective land: joint mortgage", COLLECTIVE_LAND, joint, B1, NEVER),
    ("collective land: what is built there", COLLECTIVE_LAND, site, B1, NEVER),
    ("collective land: notice of a mortgage", COLLECTIVE_LAND, promised, B1, NEVER),
    ("homestead: mortgage", HOMESTEAD, ordinary, B1, NEVER),
    ("homestead: joint mortgage", HOMESTEAD, joint, B1, NEVER),
    ("homestead: what is built there", HOMESTEAD, site, B1, NEVER),
    ("homestead: notice of a mortgage", HOMESTEAD, promised, B1, NEVER),
    ("homestead: notice of a sale", HOMESTEAD, sale_promised, R, []),
    ("collective construction land: mortgage", VILLAGE_SHOP, ordinary, B1, []),
    ("contracted land: mortgage", FIELD, ordinary, B1, []),
    ("state land: mortgage", UNIT, ordinary, B1, []),
]


@pytest.mark.parametrize(
    ("unit", "ask", "by", "expected"), [row[1:] for row in CASES], ids=[row[0] for row in CASES]
)
def test_what_may_be_mortgaged(unit: str, ask: Ask, by: str, expected: list[str]) -> None:
    town = world()
    for one in dict.fromkeys((UNIT, unit)):
        town.title(one)
    assert codes(town.apply(by, ask(town, unit))) == expected
