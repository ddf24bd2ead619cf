"""Receipts are verified before they are returned; one that does not verify is not returned."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from dengbu.api.client import Client, NoPolicy, NotAPolicy, UnreadableFile, VerificationError, verify_file
from tests.api.client.scripted import Reply, Scripted
from tests.ledger.small_log import COSIGNERS, INSTITUTIONS, NET, POLICY, SmallLog

SIZE = 11
LOG = SmallLog(SIZE)
FLIPS = 100


def test_a_receipt_tells_who_decided_what_and_who_cosigned(node: Scripted, policy: Path) -> None:
    node.show(LOG)
    with Client(node.url, policy=policy) as client:
        receipt = client.receipts.get(4)
    assert (receipt.index, receipt.actor, receipt.id, receipt.type) == (4, "bank-a", "event-4", "case.apply")
    assert (receipt.outcome, receipt.case) == ("accepted", "441302-20261122-000004")
    assert [name for name, _ in receipt.cosigners] == [f"{NET}/{name}" for name in INSTITUTIONS[:3]]


@pytest.mark.parametrize("seed", range(2))
def test_no_changed_bit_gets_through(node: Scripted, policy: Path, seed: int) -> None:
    rng = random.Random(seed)
    honest = LOG.receipt(5)
    with Client(node.url, policy=policy) as client:
        for _ in range(FLIPS):
            place, bit = rng.randrange(len(honest)), 1 << rng.randrange(8)
            changed = honest[:place] + bytes([honest[place] ^ bit]) + honest[place + 1 :]
            node.on("GET /v1/receipts/5", Reply(body=changed))
            try:
                receipt = client.receipts.get(5)
            except VerificationError:
                continue
            # A cosigner's time or line that is not counted may differ; what is proved may not.
            assert receipt.verified.entry.raw == LOG.leaves[5], f"seed {seed} place {place} bit {bit}"


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "cut short": lambda raw: raw[:-40],
    "empty": lambda raw: b"",
    "a line more": lambda raw: raw + b"\n",
    "not text": lambda raw: b"\xff\xfe" + raw,
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_damaged_receipt_is_refused(node: Scripted, policy: Path, name: str) -> None:
    node.on("GET /v1/receipts/5", Reply(body=CHANGES[name](LOG.receipt(5))))
    with Client(node.url, policy=policy) as client, pytest.raises(VerificationError):
        client.receipts.get(5)


def test_a_genuine_receipt_of_another_entry_is_refused(node: Scripted, policy: Path) -> None:
    node.on("GET /v1/receipts/5", Reply(body=LOG.receipt(6)))
    with Client(node.url, policy=policy) as client, pytest.raises(VerificationError, match="entry 6, not 5"):
        client.receipts.get(5)


def test_a_genuine_receipt_of_another_case_is_refused(node: Scripted, policy: Path) -> None:
    node.on("GET /v1/cases/441302-20261122-000003/receipt", Reply(body=LOG.receipt(4)))
    with Client(node.url, policy=policy) as client, pytest.raises(VerificationError, match="000004, not"):
        client.cases.receipt("441302-20261122-000003")


def test_too_few_cosignatures_are_no_receipt(policy: Path, tmp_path: Path) -> None:
    path = tmp_path / "two.tlog-proof"
    two = LOG.note(COSIGNERS[:2])
    path.write_bytes(LOG.receipt(5).replace(LOG.note(), two))
    with pytest.raises(VerificationError, match="quorum"):
        verify_file(path, policy)


def test_without_a_policy_nothing_is_called_verified(node: Scripted) -> None:
    node.show(LOG)
    with Client(node.url) as client:
        with pytest.raises(NoPolicy):
            client.receipts.get(5)
        with pytest.raises(NoPolicy):
            client.log.checkpoint()
    assert [asked.target for asked in node.asked if "receipts" in asked.target] == []


def test_a_receipt_file_verifies_offline(policy: Path, tmp_path: Path) -> None:
    path = tmp_path / "entry.tlog-proof"
    path.write_bytes(LOG.receipt(2))
    assert verify_file(path, policy).outcome == "refused"


@pytest.mark.parametrize("content", [b"", b"\x00" * 100, b"x" * 600_000])
def test_what_is_no_receipt_file_is_refused(policy: Path, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "no.tlog-proof"
    path.write_bytes(content)
    with pytest.raises(VerificationError):
        verify_file(path, policy)


def test_a_missing_file_or_policy_is_said_to_be_missing(policy: Path, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="cannot read"):
        verify_file(tmp_path / "none", policy)
    with pytest.raises(UnreadableFile, match="cannot read the policy"):
        Client("http://127.0.0.1:1", policy=tmp_path / "none")


@pytest.mark.parametrize(
    "text", ["", "quorum none\n", POLICY + "quorum none\n", POLICY.replace("log ", "lag "), "\udcff"]
)
def test_a_policy_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "policy.txt"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(NotAPolicy, match="not a policy") as raised:
        Client("http://127.0.0.1:1", policy=path)
    assert not isinstance(raised.value, VerificationError), "the verifier's own file is no evidence"
    assert "from your own institution" in raised.value.hint
