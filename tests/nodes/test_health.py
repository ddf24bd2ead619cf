"""Checks of a node that need no node."""

import pytest

from nodes.health import check_rules

OWN, OTHER = "a" * 64, "b" * 64


@pytest.mark.parametrize("agreed", ["", OWN])
def test_the_rules_are_those_agreed_on_or_none_are_named(agreed: str) -> None:
    check = check_rules(agreed, OWN)
    assert (check.ok, check.value) == (True, OWN)


def test_other_rules_than_agreed_on_are_named_in_both_languages() -> None:
    check = check_rules(OTHER, OWN)
    assert (check.name, check.ok, check.degraded) == ("rules", False, True)
    told = str(check.value)
    assert OWN in told
    assert OTHER in told
    assert "规则集" in told
    assert "rule set" in told
