"""Receipts: accepted as made, refused after any change; public vectors; an outside verifier."""

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dengbu.ledger.log.checkpoint import cosignature_line, sign_checkpoint
from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.entry import make_leaf
from dengbu.ledger.log.envelope import parse_envelope, seal
from dengbu.ledger.log.keys import Signer
from dengbu.ledger.log.merkle import ProofError, leaf_hash, verify_consistency, verify_inclusion
from dengbu.ledger.log.note import KeyKind, NoteSigner, NotTrusted, SignatureLine, format_vkey, parse_vkey
from dengbu.ledger.log.proof import format_proof, parse_proof
from dengbu.ledger.log.receipt import ReceiptRefused, make, verify
from dengbu.ledger.log.trust import Trust, format_policy, parse_policy
from tests.ledger.small_log import (
    COSIGNED_S,
    COSIGNERS,
    INSTITUTIONS,
    LOG,
    NET,
    SmallLog,
    body,
    decision,
    signer,
    trust,
)
from tests.vectors_dir import public_vectors
from tests.waiting import WAIT_S_MAX

SIZE = 13


@pytest.fixture(scope="module")
def log() -> SmallLog:
    return SmallLog(SIZE)


def refusal(raw: bytes, policy: Trust | None = None) -> ReceiptRefused:
    with pytest.raises(ReceiptRefused) as refused:
        verify(raw, policy or trust())
    assert refused.value.code in str(refused.value)
    return refused.value


@pytest.mark.parametrize("size", [1, 2, 7, 8, SIZE])
def test_every_receipt_of_a_log_verifies(size: int) -> None:
    small = SmallLog(size)
    for index in range(size):
        receipt = verify(small.receipt(index), trust())
        assert receipt.entry.raw == small.leaves[index]
        assert receipt.entry.index == index
        assert receipt.checkpoint == small.checkpoint()
        assert receipt.cosigners == tuple(
            (f"{NET}/{name}", COSIGNED_S + place) for place, name in enumerate(INSTITUTIONS[:3])
        )


def test_every_byte_counts(log: SmallLog) -> None:
    raw, policy = log.receipt(6), trust()
    for place in range(len(raw)):
        for bit in (0x01, 0x20) if place % 7 == 0 else (0x01,):
            changed = bytearray(raw)
            changed[place] ^= bit
            with pytest.raises(ReceiptRefused):
                verify(bytes(changed), policy)


def test_a_receipt_cut_anywhere_is_refused(log: SmallLog) -> None:
    raw, policy = log.receipt(6), trust()
    for end in range(len(raw)):
        with pytest.raises(ReceiptRefused):
            verify(raw[:end], policy)
        with pytest.raises(ReceiptRefused):
            verify(raw[end + 1 :], policy)


def test_every_line_counts_once(log: SmallLog) -> None:
    lines = log.receipt(6).splitlines(keepends=True)
    for place in range(len(lines)):
        refusal(b"".join(lines[:place] + lines[place + 1 :]))
        refusal(b"".join(lines[: place + 1] + lines[place:]))


def test_anything_added_is_refused(log: SmallLog) -> None:
    raw = log.receipt(6)
    for more in (b"\n", b" ", b"\0", b"x", "— x\n".encode()):
        refusal(raw + more)
        refusal(more + raw)
    refusal(raw.replace(b"\n", b"\r\n"))


def test_a_line_of_an_unknown_key_is_ignored(log: SmallLog) -> None:
    raw = log.receipt(6) + SignatureLine("elsewhere", b"1234", b"whatever").encode()
    assert verify(raw, trust()).entry.index == 6


def test_a_spare_cosignature_is_welcome_and_a_missing_one_is_not(log: SmallLog) -> None:
    hashes = log.hashes(6)
    assert len(verify(make(log.leaves[6], 6, hashes, log.note(COSIGNERS)), trust()).cosigners) == 4
    assert refusal(make(log.leaves[6], 6, hashes, log.note(COSIGNERS[:2]))).code == "quorum"


def test_one_cosigner_has_one_vote(log: SmallLog) -> None:
    note = log.note(COSIGNERS[:2])
    again = cosignature_line(log.checkpoint().body(), COSIGNERS[0], COSIGNED_S + 9)
    assert refusal(make(log.leaves[6], 6, log.hashes(6), note + again)).code == "repeated-signature"


def test_one_bad_cosignature_spoils_the_note(log: SmallLog) -> None:
    stale = cosignature_line(SmallLog(5).checkpoint().body(), COSIGNERS[3], COSIGNED_S)
    assert refusal(make(log.leaves[6], 6, log.hashes(6), log.note() + stale)).code == "bad-signature"


def test_the_leaf_must_be_there(log: SmallLog) -> None:
    raw = format_proof(None, 6, log.hashes(6), log.note())
    assert refusal(raw).code == "no-leaf"


def test_another_leaf_is_refused(log: SmallLog) -> None:
    assert refusal(make(log.leaves[5], 6, log.hashes(6), log.note())).code == "not-included"


def test_an_inner_node_is_no_leaf(log: SmallLog) -> None:
    children = b"".join(log.read([(0, 6), (0, 7)]))
    short = log.hashes(6)[1:]
    assert refusal(make(children, 3, short, log.note())).code == "not-included"
    assert refusal(make(b"\1" + children, 3, short, log.note())).code == "not-included"


def other_log(*leaves: bytes) -> SmallLog:
    made = SmallLog(0)
    for leaf in leaves:
        made.add(leaf)
    return made


def test_an_entry_at_another_index_is_refused(log: SmallLog) -> None:
    moved = other_log(log.leaves[1], log.leaves[0])
    assert refusal(moved.receipt(0)).code == "other-index"


def test_a_leaf_that_is_no_entry_is_refused() -> None:
    assert refusal(other_log(b"{}").receipt(0)).code == "malformed"


def test_an_event_of_another_network_is_refused() -> None:
    foreign = parse_envelope(seal({**body(0), "net": "dengbu.example/other"}, [signer("event/bank-a")]))
    leaf = make_leaf(0, 1, 1, "0" * 64, foreign, decision(0))
    assert refusal(other_log(leaf).receipt(0)).code == "other-network"


def test_a_log_of_another_name_is_refused(log: SmallLog) -> None:
    other = NoteSigner("dengbu.example/other", KeyKind.NOTE, signer("log"))
    checkpoint = log.checkpoint(other.verifier.name)
    note = sign_checkpoint(checkpoint, other)
    for one in COSIGNERS:
        note += cosignature_line(checkpoint.body(), one, COSIGNED_S)
    assert refusal(make(log.leaves[6], 6, log.hashes(6), note)).code == "other-log"


def test_the_log_itself_must_sign(log: SmallLog) -> None:
    kept = b"".join(line for line in log.note().splitlines(keepends=True) if f"— {NET} ".encode() not in line)
    assert refusal(make(log.leaves[6], 6, log.hashes(6), kept)).code == "no-log-signature"


def test_a_witness_that_bears_the_log_name_does_not_sign_for_the_log(log: SmallLog) -> None:
    namesake = NoteSigner(NET, KeyKind.COSIGNATURE, signer("cosign/namesake"))
    policy = parse_policy(format_policy(LOG.verifier, {"one": namesake.verifier}, 1))
    note = log.checkpoint().body() + b"\n" + cosignature_line(log.checkpoint().body(), namesake, 1)
    assert refusal(make(log.leaves[6], 6, log.hashes(6), note), policy).code == "no-log-signature"


def test_a_forged_log_key_is_refused(log: SmallLog) -> None:
    thief = NoteSigner(NET, KeyKind.NOTE, Signer(b"t" * 32))
    note = sign_checkpoint(log.checkpoint(), thief)
    assert refusal(make(log.leaves[6], 6, log.hashes(6), note)).code == "no-known-signature"


def test_an_outside_verifier_accepts_our_receipts(log: SmallLog, tmp_path: Path) -> None:
    receipt, leaf = tmp_path / "ours.tlog-proof", tmp_path / "ours.leaf"
    leaf.write_bytes(log.leaves[6])
    verifier = Path(sys.executable).with_name("proofbundle")
    if not verifier.exists():
        pytest.skip("proofbundle is not installed in this environment")
    command: list[str | Path] = [
        verifier,
        "verify-proof",
        "--payload-file",
        leaf,
        "--log-vkey",
        format_vkey(LOG.verifier),
    ]
    for one in COSIGNERS:
        command += ["--witness-vkey", format_vkey(one.verifier)]
    command += ["--threshold", "3", receipt]

    receipt.write_bytes(log.receipt(6))
    accepted = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S_MAX, check=False)
    assert accepted.returncode == 0, accepted.stdout + accepted.stderr
    receipt.write_bytes(log.receipt(6).replace(b"index 6", b"index 7"))
    assert subprocess.run(command, capture_output=True, timeout=WAIT_S_MAX, check=False).returncode != 0


# --- public vectors ---


def vectors() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(public_vectors("receipt/receipts_generated.json").read_text())
    return found


def vector_trust(found: dict[str, Any], quorum: int) -> Trust:
    witnesses = {name.split("/")[-1]: parse_vkey(vkey) for name, vkey in found["witness_vkeys"].items()}
    return parse_policy(format_policy(parse_vkey(found["log_vkey"]), witnesses, quorum))


def is_refused(found: dict[str, Any], one: dict[str, Any]) -> bool:
    try:
        check_vector(found, one)
    except (Malformed, NotTrusted, ProofError):
        return True
    return False


def check_vector(found: dict[str, Any], one: dict[str, Any]) -> None:
    """Check a vector like a receipt, except that its leaves belong to another application."""
    proof = parse_proof(one["tlog_proof"].encode())
    head = vector_trust(found, one["quorum"]).check(proof.note).checkpoint
    verify_inclusion(
        leaf_hash(bytes.fromhex(one["leaf_hex"])), proof.index, head.size, proof.hashes, head.root
    )


def test_public_receipts_verify() -> None:
    found = vectors()
    for one in found["positive"]:
        check_vector(found, one)
    assert len(found["positive"]) == 10


def test_public_forgeries_are_refused() -> None:
    found = vectors()
    assert [one["id"] for one in found["negative"] if not is_refused(found, one)] == []
    assert len(found["negative"]) == 23


def test_public_receipt_files_verify() -> None:
    found, folder = vectors(), public_vectors("receipt")
    files = sorted(folder.glob("*.tlog-proof"))
    assert len(files) == 3
    for path in files:
        leaf = path.with_suffix(".leaf").read_bytes()
        check_vector(found, {"tlog_proof": path.read_text(), "leaf_hex": leaf.hex(), "quorum": 3})


def test_public_consistency_proofs_and_the_split_view() -> None:
    found = vectors()
    for one in found["consistency"]:
        roots = [base64.b64decode(one[name]) for name in ("root1", "root2")]
        proof = [base64.b64decode(text) for text in one["proof"]]
        verify_consistency(one["size1"], one["size2"], *roots, proof)
    split = found["split_view"]
    policy = parse_policy(f"log {found['log_vkey']}\nquorum none\n")
    one, two = (policy.check(split[name].encode()).checkpoint for name in ("note_a", "note_b"))
    assert one.size == two.size == SIZE
    assert one.root != two.root  # the log signed both; only a cosigner with a memory can tell
    with pytest.raises(ProofError):
        verify_consistency(SIZE, SIZE, one.root, two.root, [])
    with pytest.raises(NotTrusted):
        vector_trust(found, 3).check(split["note_a"].encode())
