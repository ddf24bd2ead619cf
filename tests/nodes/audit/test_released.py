"""The logs that releases left behind audit clean with this software: a past decision always comes out again."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from dengbu.ledger.log.merkle import Frontier
from dengbu.ledger.log.trust import parse_policy
from dengbu.ledger.rules.rule_sets import FIRST, named
from dengbu.nodes.audit.audit import audit
from dengbu.nodes.execution.application import Application
from dengbu.nodes.execution.divergence import Diverged
from dengbu.nodes.execution.envelope_cache import Seen
from dengbu.nodes.execution.execution import Execution, parse_theirs
from dengbu.nodes.store.block import Head
from dengbu.nodes.store.reads import Reads
from dengbu.nodes.store.store import Store
from tests.vectors.release import FOLDER, Log, NoRows, read, shows

RELEASES = sorted(FOLDER.glob("*.json.xz"))


@pytest.fixture(params=RELEASES, ids=lambda path: path.name.removesuffix(".json.xz"))
def logs(request: pytest.FixtureRequest) -> list[Log]:
    """The logs of one release."""
    return read(request.param)


def executed(log: Log, leaves: Iterator[str]) -> Execution:
    """Execute a log again from nothing. Raises Diverged where this software decides otherwise."""
    execution = Execution(log.net, Head(), Frontier(), NoRows(), Seen())
    for index, leaf in enumerate(leaves):
        execution.repeat(parse_theirs(index, leaf.encode()))
    execution.seal()
    return execution


def test_the_first_release_is_kept() -> None:
    assert RELEASES[0].name == "0.1.0.json.xz"


def test_every_decision_of_a_release_comes_out_again(logs: list[Log]) -> None:
    for log in logs:
        try:
            execution = executed(log, iter(log.leaves))
        except Diverged as found:
            raise AssertionError(f"{log.name}: {found}") from found
        assert execution.root().hex() == log.root, log.name


def test_what_a_release_kept_is_worth_keeping(logs: list[Log]) -> None:
    shown = frozenset().union(*(shows(log) for log in logs))
    assert len([one for one in shown if " refused " in one]) > 300
    assert len({one.split()[1] for one in shown if one.startswith("case.apply")}) > 25


def test_the_real_ledger_of_a_release_audits_clean(logs: list[Log], tmp_path: Path) -> None:
    log = logs[0]
    trust = parse_policy(log.policy)
    trust.check(log.checkpoint.encode())
    application = Application(Store.create(tmp_path, log.net), log.net)
    with application.store as store:
        application.commit(application.replay([leaf.encode() for leaf in log.leaves]))
        store.put_checkpoint(len(log.leaves), log.checkpoint.encode(), final=True)
    with Reads(tmp_path) as reads:
        report = audit(reads, trust)
    assert (report.fault, report.entries, report.checkpoints) == (None, len(log.leaves), 1)
    assert report.root == log.root


def test_the_first_release_states_the_first_rule_set() -> None:
    first = msgspec.json.decode(read(RELEASES[0])[0].leaves[0])
    assert named(first["event"]["body"]["data"]["policy"]["rule_set"]) is FIRST


def test_a_decision_that_is_turned_round_is_found(logs: list[Log]) -> None:
    log = logs[0]
    leaves = [leaf.replace('"outcome":"refused"', '"outcome":"entered"') for leaf in log.leaves]
    assert leaves != list(log.leaves)
    with pytest.raises(Diverged):
        executed(log, iter(leaves))
