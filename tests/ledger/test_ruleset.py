"""The hash of the rule set: whatever the tables say moves it, and it is the same wherever it is worked out."""

import dataclasses
import hashlib
import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from ledger import roles, ruleset, tax, transition
from ledger.catalogue import ACTS
from ledger.encoding import canonical, parse
from ledger.law import ARTICLES
from ledger.verdict import Code
from ledger.wording import TEXT

Patch = pytest.MonkeyPatch


def test_it_is_the_sha256_of_the_canonical_tables() -> None:
    raw = canonical(ruleset.rule_set())
    assert ruleset.digest() == hashlib.sha256(raw).hexdigest()
    assert parse(raw, limit=len(raw)) == ruleset.rule_set()


@pytest.mark.parametrize("seed", ["0", "1"])
def test_another_process_finds_the_same(seed: str) -> None:
    code = "from ledger import ruleset; print(ruleset.digest())"
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == ruleset.digest()


def precedence(patch: Patch) -> None:
    """Two rules of an act change places."""
    kind = ACTS["transfer"]
    first, second, *rest = kind.rules
    patch.setitem(ACTS, "transfer", dataclasses.replace(kind, rules=(second, first, *rest)))


def article(patch: Patch) -> None:
    """A rule relies on another article."""
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


def sentence(patch: Patch) -> None:
    """A code says something else."""
    patch.setitem(TEXT, Code.SEIZED, (TEXT[Code.SEIZED][0], "the unit is not seized"))


def gist(patch: Patch) -> None:
    """An article is told otherwise."""
    patch.setitem(ARTICLES, "CC-209", dataclasses.replace(ARTICLES["CC-209"], gist_en="otherwise"))


def role(patch: Patch) -> None:
    """Banks may seize."""
    patch.setattr(roles, "EVENT_ROLES", {**roles.EVENT_ROLES, "court.seize": (roles.Role.BANK,)})


def default(patch: Patch) -> None:
    """A field of the policy is something else where nobody sets it."""
    real = ruleset.msgspec.structs.fields

    def fields(kind: type) -> list[object]:
        return [SimpleNamespace(**{name: getattr(one, name) for name in
                ("name", "default", "default_factory", "required")} | ({"default": 29} if one.name == "limit_days" else {}))
                for one in real(kind)]  # fmt: skip

    patch.setattr(ruleset.msgspec.structs, "fields", fields)


@pytest.mark.parametrize(
    "change",
    [precedence, article, rule_gone, common_gone, sentence, gist, role, default],
    ids=lambda one: one.__name__,
)
def test_a_change_of_a_table_changes_it(change: Callable[[Patch], None], monkeypatch: Patch) -> None:
    before = ruleset.digest()
    change(monkeypatch)
    after = ruleset.digest()
    monkeypatch.undo()
    assert before != after
    assert ruleset.digest() == before
