"""Bundles are put in order and their rights named; acts that form no bundle are not sent."""

from typing import Any

import pytest

from dengbu.api.client.bundles import BUNDLES, NotThisBundle, arranged
from dengbu.ledger.catalogue import ACTS

UNIT, OTHER = "441302001001GB00001F00010001", "441302001001GB00001F00010002"
SALE: dict[str, Any] = {"act": "transfer", "unit": UNIT, "right": f"R-{UNIT}-7"}
LOAN: dict[str, Any] = {"act": "mortgage.set", "unit": UNIT}
END: dict[str, Any] = {"act": "mortgage.discharge", "mortgage": "M-1"}


def test_acts_are_put_in_order_and_name_the_right_to_come() -> None:
    assert arranged("sale-paying-off", [END, LOAN, SALE]) == (SALE, {**LOAN, "right": f"R-{UNIT}-8"}, END)
    assert "right" not in LOAN


def test_a_second_sale_goes_on_where_the_first_ends() -> None:
    again = {"act": "transfer", "unit": UNIT}
    first, second = arranged("inheritance-and-sale", [SALE, again])
    assert (first["right"], second["right"]) == (f"R-{UNIT}-7", f"R-{UNIT}-8")


def test_a_first_registration_brings_the_first_right() -> None:
    acts = [
        {"act": "notice.convert", "notice": "N-1"},
        {"act": "unit.first", "unit": UNIT},
        {"act": "transfer", "unit": UNIT},
    ]
    first, sale, last = arranged("presale-kept", acts)
    assert (first["act"], sale["right"], last["act"]) == ("unit.first", f"R-{UNIT}-1", "notice.convert")


@pytest.mark.parametrize(
    ("name", "acts"),
    [
        ("sale", [SALE, LOAN]),
        ("sale-and-mortgage", [SALE]),
        ("sale-and-mortgage", [SALE, LOAN, LOAN]),
        ("sale-and-mortgage", [SALE, END]),
        ("sale-and-mortgage", [SALE, {**LOAN, "unit": OTHER}]),
        ("inheritance-and-sale", [{"act": "transfer", "unit": UNIT}, SALE]),
        ("sale-and-mortgage", [{**SALE, "right": "R-easement"}, LOAN]),
        ("sale-and-mortgage", [{"unit": UNIT}, LOAN]),
    ],
)
def test_what_is_no_bundle_is_not_sent(name: str, acts: list[dict[str, Any]]) -> None:
    with pytest.raises(NotThisBundle):
        arranged(name, acts)


def test_every_bundle_is_of_acts_that_there_are_and_has_both_names() -> None:
    for bundle in BUNDLES.values():
        assert [act for act in bundle.acts if act not in ACTS] == []
        assert any("\u4e00" <= char <= "\u9fff" for char in bundle.zh)
        assert bundle.en.isascii()
