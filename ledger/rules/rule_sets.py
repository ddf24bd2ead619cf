"""The rule sets of this software, the hashes that identify them, and which one is in force at a place in the log.

A rule set is everything that decides: the tables of rules, roles and taxes, and the fields of the policy. The members
agree on one by its hash, in the policy's `rule_set`, and it decides from the next entry on. Decisions under an older
set stand: rows carry the sets to which they belong (`Rule.since`, `Rule.until`), and no released set is ever changed
(docs/adr/0013-rule-sets-keep-their-date.md).
"""

from dataclasses import dataclass

from dengbu.ledger.register.members import POLICY_KEY, Policy
from dengbu.ledger.register.register import Register


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One rule set: its number, the hash by which a policy names it, the hash of its tables (ledger/ruleset.py)."""

    number: int
    hash: str
    tables: str


FIRST = RuleSet(  # its two hashes differ, because release 0.1.0 also hashed the wording
    1,
    hash="60be04c0db6ea656b68f26e7286750959ed304907953975d9ca604b131526013",
    tables="06ab0facbcddee96505ee5ae25cb050e8c8c3a49b1de15da9ccfa4399b3b46e6",
)
_SECOND = "e36694ed0f98e29bdf5aa36d5ded91eb8151f312c1fe3f4de66809c96a828e08"
SECOND = RuleSet(2, hash=_SECOND, tables=_SECOND)
KEPT = (FIRST, SECOND)
NEWEST = KEPT[-1]


class UnknownRuleSet(Exception):
    """Raised if the policy in force names a rule set that this software lacks; `hash` is the one it names."""

    def __init__(self, hash_: str) -> None:
        super().__init__(hash_)
        self.hash = hash_

    def __str__(self) -> str:
        return (
            f"本软件没有现行规则集 {self.hash}, 请安装约定的版本 this software does not have the rule set in force, "
            f"{self.hash}: install the release that the members agreed on"
        )


def named(hash_: str) -> RuleSet:
    """Return the rule set with a hash, or the first one if the hash is empty; raise `UnknownRuleSet`."""
    if not hash_:
        return FIRST
    for one in KEPT:
        if one.hash == hash_:
            return one
    raise UnknownRuleSet(hash_)


def in_force(register: Register) -> RuleSet:
    """Return the rule set that judges the next event, or the newest before any policy; raise `UnknownRuleSet`."""
    policy = register.get(Policy, POLICY_KEY)
    return named(policy.rule_set) if policy is not None else NEWEST
