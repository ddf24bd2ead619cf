"""Health checks that can be tested without a node."""

from dengbu.ledger.rules.rule_sets import FIRST, NEWEST
from dengbu.nodes.health import check_rules


def test_the_newest_rule_set_is_named_by_its_hash() -> None:
    check = check_rules(NEWEST)
    assert (check.ok, check.value) == (True, NEWEST.hash)


def test_an_older_rule_set_in_force_says_in_both_languages_what_can_be_voted_for() -> None:
    check = check_rules(FIRST)
    assert (check.name, check.ok, check.degraded) == ("rules", False, True)
    told = str(check.value)
    assert NEWEST.hash in told
    assert "规则集" in told
    assert "rule set 1" in told
