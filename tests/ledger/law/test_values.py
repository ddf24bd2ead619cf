"""Shares: exact fractions, each with only one spelling."""

import pytest

from dengbu.ledger.law import values


@pytest.mark.parametrize(
    ("shares", "whole"),
    [
        (["1/1"], True),
        (["1/3", "1/3", "1/3"], True),
        (["1/2", "1/4", "1/4"], True),
        (["1/3", "1/3", "33/100"], False),
        (["1/2", "2/4"], False),
        (["1/2", "0/1", "1/2"], False),
        (["1/2", "1/2", "1/2"], False),
        (["3/2"], False),
        (["0.5", "0.5"], False),
        (["１/2", "1/2"], False),
        ([], False),
    ],
)
def test_shares_are_exact_fractions_in_lowest_terms(shares: list[str], whole: bool) -> None:
    assert values.sum_to_one(shares) is whole
