"""The hash of the rule set: any change of the tables changes it, and it is the same wherever it is computed."""

import dataclasses
import hashlib
import subprocess
import sys
from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from dengbu.ledger import ruleset, transition
from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.cases.cases import GROUNDS_MAX, Ground
from dengbu.ledger.cases.representation import AGENTS_MAX, Attorney, Guardian
from dengbu.ledger.catalogue import ACTS, AnyAct
from dengbu.ledger.law.law import ARTICLES
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.law.wording import TEXT
from dengbu.ledger.log.encoding import canonical, parse
from dengbu.ledger.log.envelope import EnvelopeShape, Signature
from dengbu.ledger.register.dated import in_set
from dengbu.ledger.register.members import KeyClass, Policy
from dengbu.ledger.register.shapes import ITEMS_MAX, CaseNumber, ListCode
from dengbu.ledger.rules import roles
from dengbu.ledger.rules.rule import LogPosition, Rule, Title, refusals
from dengbu.ledger.rules.rule_sets import FIRST, KEPT, NEWEST, SECOND, RuleSet, UnknownRuleSet, named
from dengbu.ledger.tax import tax
from tests.worlds import UNIT, UNIT_2, World, codes, holder, policy, ref, world

N = NEWEST.number
SHAPES_OF_THE_FIRST = "a887cca2031f1c0a065c6011876e98c4f3992ea662a51f6e92c0687b75f06e6f"

Patch = pytest.MonkeyPatch


@pytest.mark.parametrize(
    "changed",
    [
        {"taxed": False},
        {"disposes": False},
        {"about": ()},
        {
            "type": msgspec.defstruct(
                "More", [("more", str, "")], bases=(ACTS["transfer"].type,), tag="transfer", frozen=True
            )
        },
    ],
    ids=lambda changed: next(iter(changed)),
)
@pytest.mark.parametrize("kept", KEPT, ids=lambda one: f"set {one.number}")
def test_a_fact_of_an_acts_row_that_decides_changes_the_hash(
    kept: RuleSet, changed: dict[str, Any], monkeypatch: Patch
) -> None:
    monkeypatch.setitem(ACTS, "transfer", dataclasses.replace(ACTS["transfer"], **changed))
    assert ruleset.digest(kept.number) != kept.tables


@pytest.mark.parametrize("kept", KEPT, ids=lambda one: f"set {one.number}")
def test_the_class_of_key_that_signs_an_event_changes_the_hash(kept: RuleSet, monkeypatch: Patch) -> None:
    other = dataclasses.replace(transition.EVENTS["case.enter"], signed_by=KeyClass.GOVERNANCE)
    monkeypatch.setitem(transition.EVENTS, "case.enter", other)
    assert ruleset.digest(kept.number) != kept.tables


@pytest.mark.parametrize("kept", KEPT, ids=lambda one: f"set {one.number}")
def test_no_rule_set_has_changed(kept: RuleSet) -> None:
    """If this fails: a released set never changes (docs/adr/0013); give a new row `since`."""
    assert ruleset.digest(kept.number) == kept.tables


def test_a_policy_names_a_set_by_the_hash_of_its_tables_from_the_second_on() -> None:
    assert [one.number for one in KEPT] == list(range(1, len(KEPT) + 1))
    assert all(one.hash == one.tables for one in KEPT[1:])
    assert len({one.hash for one in KEPT}) == len(KEPT)


@pytest.mark.parametrize("kept", KEPT, ids=lambda one: f"set {one.number}")
def test_a_set_is_found_by_its_hash(kept: RuleSet) -> None:
    assert named(kept.hash) is kept


def test_a_policy_that_names_none_means_the_first() -> None:
    assert named("") is FIRST


def test_an_unknown_set_is_named_in_both_languages() -> None:
    with pytest.raises(UnknownRuleSet, match="install the release") as caught:
        named("f" * 64)
    assert "f" * 64 in str(caught.value)
    assert "安装" in str(caught.value)


def test_it_is_the_sha256_of_the_canonical_tables() -> None:
    raw = canonical(ruleset.rule_set(N))
    assert ruleset.digest(N) == hashlib.sha256(raw).hexdigest()
    assert parse(raw, limit=len(raw)) == ruleset.rule_set(N)


@pytest.mark.parametrize("seed", ["0", "1"])
def test_another_process_finds_the_same(seed: str) -> None:
    code = f"from dengbu.ledger import ruleset; print(ruleset.digest({N}))"
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == ruleset.digest(N)


@pytest.mark.parametrize(
    ("since", "until", "holds"),
    [(1, None, [1, 2, 3]), (2, None, [2, 3]), (1, 2, [1]), (2, 3, [2]), (1, 3, [1, 2]), (4, None, [])],
)
def test_a_row_belongs_to_the_sets_between(since: int, until: int | None, holds: list[int]) -> None:
    row: Rule[Any] = Rule(Code.SEIZED, (), lambda view: True, since, until)
    assert [number for number in (1, 2, 3) if row.belongs_to(number)] == holds
    for number in (1, 2, 3):
        found = refusals((row,), None, LogPosition(0, 0, 0, number))
        assert [one.code for one in found] == ([Code.SEIZED] if number in holds else [])


def larger(town: World) -> list[str]:
    """Return the reasons against a split whose parts have more area than the unit."""
    right = town.title()
    parts = [
        {"unit": f"{UNIT[:-2]}1{n}", "use": "dwelling", "area_cm2": 500_000, "holders": [holder("owner")]}
        for n in (1, 2)
    ]
    act = {"act": "unit.split", "unit": UNIT, "right": right.id, "parts": parts, "consent": [ref("owner")]}
    return codes(town.apply("hz-registry", act))


def test_a_row_decides_from_its_set_on_and_not_before() -> None:
    assert larger(world(rule_set=FIRST.hash)) == []
    assert larger(world(rule_set="")) == []
    assert larger(world(rule_set=SECOND.hash)) == ["area-exceeded"]


def test_the_members_vote_the_next_set_in_and_it_decides_from_the_next_entry_on() -> None:
    town = world(rule_set=FIRST.hash)
    town.title(UNIT_2)
    done = town.govern("policy.set", {"policy": policy(version=2, rule_set=SECOND.hash)})
    assert codes(done) == []
    assert larger(town) == ["area-exceeded"]


def test_from_the_second_set_on_a_policy_names_its_rule_set() -> None:
    town = world(rule_set=SECOND.hash)
    assert codes(town.govern("policy.set", {"policy": policy(version=2, rule_set="")})) == ["policy-invalid"]
    town = world(rule_set=FIRST.hash)
    assert codes(town.govern("policy.set", {"policy": policy(version=2, rule_set="")})) == []


@pytest.mark.parametrize("field", sorted(Policy.BEFORE))
def test_a_field_of_a_later_set_is_not_admitted_under_an_earlier_one(field: str) -> None:
    default = getattr(Policy(1, 1, 1, (), ()), field)
    value = list(default) if isinstance(default, tuple) else default
    for rules in (FIRST, NEWEST):
        town = world(rule_set=rules.hash)
        data = {"policy": {**policy(version=2), field: value}}
        if in_set(rules.number, Any, Policy.BEFORE[field]) is not None:
            assert codes(town.govern("policy.set", data)) == []
            continue
        with pytest.raises(NotAdmitted, match="has no such member") as caught:
            town.govern("policy.set", data)
        assert caught.value.where == f"/body/data/policy/{field}"


def test_what_nobody_here_can_judge_is_not_judged() -> None:
    town = world()
    assert codes(town.govern("policy.set", {"policy": policy(version=2, rule_set="f" * 64)})) == []
    with pytest.raises(UnknownRuleSet):
        town.title()
    with pytest.raises(UnknownRuleSet):
        world(rule_set="f" * 64)


def precedence(patch: Patch) -> None:
    """Two rules of an act change places."""
    kind = ACTS["transfer"]
    first, second, *rest = kind.rules
    patch.setitem(ACTS, "transfer", dataclasses.replace(kind, rules=(second, first, *rest)))


def article(patch: Patch) -> None:
    """A rule cites another article."""
    first, *rest = tax.ENTRY_RULES
    other = dataclasses.replace(first, law=(ARTICLES["CC-209"],))
    patch.setattr(tax, "ENTRY_RULES", (other, *rest))


def rule_gone(patch: Patch) -> None:
    """An event loses its last rule."""
    kind = transition.EVENTS["court.seize"]
    patch.setitem(transition.EVENTS, "court.seize", dataclasses.replace(kind, rules=kind.rules[:-1]))


def common_gone(patch: Patch) -> None:
    """A suspended institution may go on."""
    patch.setattr(transition, "COMMON", transition.COMMON[:1])


def role(patch: Patch) -> None:
    """Banks may seize."""
    kind = transition.EVENTS["court.seize"]
    patch.setitem(transition.EVENTS, "court.seize", dataclasses.replace(kind, senders=roles.REGISTRY_BANK))


def applicant(patch: Patch) -> None:
    """Banks may apply for a transfer."""
    patch.setitem(ACTS, "transfer", dataclasses.replace(ACTS["transfer"], applicants=roles.REGISTRY_BANK))


def default(patch: Patch) -> None:
    """A policy field gets another default."""
    patch.setattr(
        ruleset, "Policy", msgspec.defstruct("P", [("limit_days", int, 29)], bases=(Policy,), frozen=True)
    )


def retyped(patch: Patch, event: str, member: str, type_: Any, *default: Any) -> None:
    """A member of an event's data gets another type, or there is a new one."""
    kind = transition.EVENTS[event]
    field = (member, type_, *default)
    data = msgspec.defstruct("D", [field], bases=(kind.data,), frozen=True, forbid_unknown_fields=True)
    patch.setitem(transition.EVENTS, event, dataclasses.replace(kind, data=data))


def longer(patch: Patch) -> None:
    """An application may have twenty acts."""
    retyped(patch, "case.apply", "acts", Annotated[tuple[AnyAct, ...], Meta(min_length=1, max_length=20)])


def pattern(patch: Patch) -> None:
    """A case's number may have another form."""
    retyped(patch, "case.review", "case", Annotated[str, Meta(pattern="^[0-9]+$")])


def values(patch: Patch) -> None:
    """A case may be suspended on another ground."""
    grounds = ("inspection", "announcement", "requisition", "verification", "abandoned")
    retyped(patch, "case.suspend", "ground", Literal[grounds])


def nested(patch: Patch) -> None:
    """A ground of a refusal gets another optional member."""
    more = msgspec.defstruct("G", [("more", str, "")], bases=(Ground,), frozen=True)
    bounds = Meta(min_length=1, max_length=GROUNDS_MAX)
    retyped(patch, "case.refuse", "grounds", Annotated[tuple[more, ...], bounds])  # type: ignore[valid-type]


def nested_default(patch: Patch) -> None:
    """A power of attorney lets an agent stand on both sides unless it says otherwise."""
    power = msgspec.defstruct(
        "A", [("dual", bool, True)], bases=(Attorney,), frozen=True, tag_field="by", tag="power"
    )
    bounds = Meta(max_length=AGENTS_MAX)
    retyped(patch, "case.apply", "agents", Annotated[tuple[power | Guardian, ...], bounds], ())  # type: ignore[operator]


def open_to_all(patch: Patch) -> None:
    """Members that nobody knows are let in."""
    data = msgspec.defstruct("O", [("case", CaseNumber)], frozen=True)
    kind = transition.EVENTS["case.review"]
    patch.setitem(transition.EVENTS, "case.review", dataclasses.replace(kind, data=data))


def not_empty(patch: Patch) -> None:
    """An empty list of what others share is told apart from none."""
    retyped(
        patch,
        "case.apply",
        "shared",
        Annotated[tuple[ListCode, ...], Meta(min_length=1, max_length=ITEMS_MAX)],
        (),
    )


def envelope_limit(name: str) -> Callable[[Patch], None]:
    """Less is allowed of something that has a limit."""

    def change(patch: Patch) -> None:
        patch.setattr(ruleset, name, getattr(ruleset, name) - 1)

    change.__name__ = name
    return change


def signatures(patch: Patch) -> None:
    """An envelope may have 17 signatures."""
    sigs = Annotated[tuple[Signature, ...], Meta(min_length=1, max_length=17)]
    more = msgspec.defstruct(
        "E", [("sigs", sigs)], bases=(EnvelopeShape,), frozen=True, forbid_unknown_fields=True
    )
    patch.setattr(ruleset, "EnvelopeShape", more)


SHAPES = [longer, pattern, values, nested, nested_default, open_to_all, not_empty, signatures]
LIMITS = ["ENVELOPE_BYTES_MAX", "DEPTH_MAX", "INT_MAX", "NOT_AFTER_MS_MAX"]


@pytest.mark.parametrize(
    "change",
    [
        precedence,
        article,
        rule_gone,
        common_gone,
        role,
        applicant,
        default,
        *SHAPES,
        *map(envelope_limit, LIMITS),
    ],
    ids=lambda one: one.__name__,
)
def test_a_change_of_a_table_changes_it(change: Callable[[Patch], None], monkeypatch: Patch) -> None:
    before = ruleset.digest(N)
    change(monkeypatch)
    after = ruleset.digest(N)
    monkeypatch.undo()
    assert before != after
    assert ruleset.digest(N) == before


def test_the_shapes_of_the_first_set_have_not_changed_either() -> None:
    """The hash of set 1 does not cover them, but they are still those of release 0.1.0.

    An envelope has room for more private parts since; each type of event of set 1 is limited to sixteen, as it was.
    """
    assert set(ruleset.more(FIRST.number)["private_max"].values()) == {16}
    assert hashlib.sha256(canonical(ruleset.more(FIRST.number))).hexdigest() == SHAPES_OF_THE_FIRST


def test_words_are_not_in_it(monkeypatch: Patch) -> None:
    before = ruleset.digest(N)
    retyped(
        monkeypatch,
        "case.review",
        "case",
        Annotated[CaseNumber, Meta(title="Case", description="by its number")],
    )
    monkeypatch.setitem(TEXT, Code.SEIZED, ("不动产被查封了", "a court has seized it"))
    monkeypatch.setitem(ARTICLES, "CC-209", dataclasses.replace(ARTICLES["CC-209"], gist_en="otherwise"))
    called = dataclasses.replace(ACTS["transfer"], title=Title("过户", "conveyance"))
    monkeypatch.setitem(ACTS, "transfer", called)
    assert ruleset.digest(N) == before
