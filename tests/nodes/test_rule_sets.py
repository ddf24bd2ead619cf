"""A node whose software lacks the rule set in force stops before it signs anything, and says what to install."""

from contextlib import closing
from pathlib import Path

import orjson
import pytest

from dengbu.api.client import RulesMissing
from dengbu.api.client.audit import Auditor
from dengbu.ledger.log.envelope import seal
from dengbu.ledger.rules import rule_sets
from dengbu.ledger.rules.rule_sets import KEPT, RuleSet, UnknownRuleSet, in_force
from dengbu.nodes.execution.application import Application
from dengbu.nodes.home.keystore import GOVERNANCE, Keystore
from dengbu.nodes.sign import sign
from dengbu.nodes.store.block import Block
from dengbu.nodes.store.store import Store
from dengbu.scripts.exits import EXIT_ERROR
from dengbu.scripts.failures import explain
from tests import worlds
from tests.nodes.network import NET, NOT_AFTER, REGISTRY, Head, Member, event, open_ledger
from tests.scripts.command import here
from tests.waiting import until
from tests.worlds import GOVERNORS, START, signer

LATER = "e" * 64  # from a release still to come


def vote(rule_set: str, version: int = 2) -> bytes:
    """Return the event by which the members agree on a rule set."""
    body = {
        "v": 1,
        "net": NET,
        "type": "policy.set",
        "id": f"policy-{version}",
        "actor": REGISTRY,
        "not_after": NOT_AFTER,
        "data": {"policy": worlds.policy(version=version, rule_set=rule_set)},
    }
    return seal(body, [signer(member, "governance") for member in GOVERNORS])


def test_a_block_that_brings_unknown_rules_is_the_last_one(tmp_path: Path) -> None:
    application = open_ledger(tmp_path)
    with application.store:
        finalized = application.finalize(Block(2, START + 1000, (vote(LATER),)))
        assert len(finalized.additions) == 1
        with pytest.raises(UnknownRuleSet, match=LATER):
            application.commit(finalized)
        assert application.head.size == 2
        with pytest.raises(UnknownRuleSet):
            application.finalize(Block(3, START + 2000, (event(1),)))
        with pytest.raises(UnknownRuleSet):
            application.check(event(1), START + 2000)
    with closing(Store.open(tmp_path)) as store, pytest.raises(UnknownRuleSet):
        Application(store, NET)


def test_the_sequencer_signs_nothing_over_it_and_nobody_cosigns(tmp_path: Path) -> None:
    head = Head(tmp_path / REGISTRY)
    members = [Member(tmp_path / name, name, head.url) for name in ("bank-a", "bank-b", "hz-tax")]
    try:
        head.start({member.name: member.url for member in members})
        for member in members:
            member.follower.start()
        head.sequencer.wait_final(head.sequencer.submit(event(1)), 20)
        head.sequencer.submit(vote(LATER))
        until(lambda: head.failures.seen, "the sequencer ends")
        assert [type(one) for one in head.failures.seen] == [UnknownRuleSet]
        assert head.application.head.size == 3
        signed = head.last_signed.read()
        assert signed is not None
        assert signed.size == 2
        assert [member.application.head.size for member in members] == [2, 2, 2]
    finally:
        for member in members:
            member.stop()
        head.stop()


def newer_log(home: Path) -> list[bytes]:
    """Write a log as a newer release would into a home; return its leaves."""
    with pytest.MonkeyPatch.context() as newer:
        newer.setattr(rule_sets, "KEPT", (*KEPT, RuleSet(len(KEPT) + 1, LATER, LATER)))
        application = open_ledger(home)
        with application.store:
            for height, raw in enumerate((vote(LATER), event(1)), start=2):
                application.commit(application.finalize(Block(height, START + 1000 * height, (raw,))))
            return list(application.store.leaves(0, 3))


def test_an_audit_of_a_newer_log_says_what_it_lacks_and_calls_nothing_forged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    newer_log(tmp_path)
    assert here("audit", "--home", str(tmp_path)) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert LATER in told.err
    assert "install the release" in told.err


def test_who_audits_a_newer_log_from_afar_is_told_so_and_no_traceback(tmp_path: Path) -> None:
    auditor = Auditor(NET)
    *known, unknown = newer_log(tmp_path)
    assert [auditor.check(leaf) for leaf in known] == [None, None]
    with pytest.raises(RulesMissing, match="install the release") as caught:
        auditor.check(unknown)
    assert caught.value.index == 2
    told = explain(caught.value)
    assert told is not None
    assert (told.exit_code, LATER in told.message) == (EXIT_ERROR, True)


@pytest.mark.parametrize("known", KEPT, ids=lambda one: f"set {one.number}")
def test_a_known_set_is_gone_over_to_without_a_stop(tmp_path: Path, known: RuleSet) -> None:
    application = open_ledger(tmp_path)
    with application.store:
        application.commit(application.finalize(Block(2, START + 1000, (vote(known.hash),))))
        application.commit(application.finalize(Block(3, START + 2000, (event(1),))))
        assert (application.head.size, in_force(application.register)) == (3, known)


@pytest.mark.parametrize("rule_set", [LATER, "not a hash"])
def test_nobody_signs_for_rules_that_his_node_does_not_have(rule_set: str) -> None:
    data = {"policy": worlds.policy(version=2, rule_set=rule_set)}
    keys = Keystore("bank-b", {GOVERNANCE: bytes(32)})
    for raw in (vote(rule_set), orjson.dumps({"type": "policy.set", "data": data})):
        with pytest.raises(UnknownRuleSet):
            sign(raw, keys, GOVERNANCE, NET)
