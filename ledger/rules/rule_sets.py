"""The rule sets that this software keeps: which one is in force at a place in the log, and what each is known by.

A rule set is everything that decides: tables of rules, roles, taxes, the fields of the policy. The members agree on one by its
hash, in `rule_set` of the policy, and it decides from the next entry on. What was decided under an older set stays decided so:
rows carry the sets they belong to (`Rule.since`, `Rule.until`), and no set that was released is ever changed
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


FIRST = RuleSet(  # 0.1.0 hashed its words, too
    1,
    hash="60be04c0db6ea656b68f26e7286750959ed304907953975d9ca604b131526013",
    tables="c19fc1138e0c259740e4e7cceab56cd8814fd5eee2b52126c04f039c7b3e124f",
)
_SECOND = "06bad345ac83162ec10fb02f8dc4527cd818f792f2af96fad46728a5081f5a1d"
SECOND = RuleSet(2, hash=_SECOND, tables=_SECOND)
KEPT = (FIRST, SECOND)
NEWEST = KEPT[-1]


class UnknownRuleSet(Exception):
    """The members judge by a rule set that this software does not have; `hash` is the policy's."""

    def __init__(self, hash_: str) -> None:
        super().__init__(hash_)
        self.hash = hash_

    def __str__(self) -> str:
        return (
            f"本软件没有现行规则集 {self.hash}, 请安装约定的版本 this software does not have the rule set in force, "
            f"{self.hash}: install the release that the members agreed on"
        )


def named(hash_: str) -> RuleSet:
    """The rule set of a policy's hash; a policy that names none means the first. Raises `UnknownRuleSet`."""
    if not hash_:
        return FIRST
    for one in KEPT:
        if one.hash == hash_:
            return one
    raise UnknownRuleSet(hash_)


def in_force(register: Register) -> RuleSet:
    """The rule set by which the next event is judged; raises `UnknownRuleSet`. Before any policy it is the newest."""
    policy = register.get(Policy, POLICY_KEY)
    return named(policy.rule_set) if policy is not None else NEWEST
