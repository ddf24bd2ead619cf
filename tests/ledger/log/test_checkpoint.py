"""Checkpoints and cosignatures: each has one spelling and one meaning; public vectors included."""

import base64
import json

import pytest

from dengbu.ledger.log.checkpoint import (
    SIZE_MAX,
    Checkpoint,
    cosignature_line,
    parse_body,
    sign_checkpoint,
    verify_cosignature,
)
from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.keys import Signer
from dengbu.ledger.log.merkle import EMPTY_ROOT
from dengbu.ledger.log.note import (
    TIME_MAX,
    KeyKind,
    NoteSigner,
    NoteVerifier,
    NotTrusted,
    SignatureLine,
    cosigned_message,
    open_note,
    parse_lines,
    split_note,
)
from tests.ledger.small_log import COSIGNERS, LOG, NET, signer
from tests.vectors_dir import public_vectors

HEAD = Checkpoint(NET, 13, b"r" * 32)
NOTE = sign_checkpoint(HEAD, LOG)
ONE, TWO = COSIGNERS[:2]


@pytest.mark.parametrize(
    "head", [HEAD, Checkpoint("x", 0, EMPTY_ROOT), Checkpoint("登 记", SIZE_MAX, bytes(32))]
)
def test_a_body_reads_back(head: Checkpoint) -> None:
    assert parse_body(head.body()) == head


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n",
        HEAD.body()[:-1],
        HEAD.body() + b"\n",
        HEAD.body() + b"extension\n",
        HEAD.body().replace(b"\n13\n", b"\n013\n"),
        HEAD.body().replace(b"\n13\n", b"\n+13\n"),
        HEAD.body().replace(b"\n13\n", b"\n1_3\n"),
        HEAD.body().replace(b"\n13\n", b"\n 13\n"),
        HEAD.body().replace(b"\n13\n", b"\n-13\n"),
        HEAD.body().replace(b"\n13\n", b"\n\n"),
        HEAD.body().replace(b"\n13\n", "\n１３\n".encode()),
        HEAD.body().replace(b"\n13\n", b"\n9223372036854775808\n"),
        HEAD.body().replace(b"\n13\n", b"\n" + b"9" * 5000 + b"\n"),
        HEAD.body().replace(b"\n13\n", b"\n0\n"),  # the root of an empty log is another one
        b"\xff" + HEAD.body(),
        Checkpoint(NET, 1, bytes(31)).body(),
        Checkpoint(NET, 1, bytes(33)).body(),
        Checkpoint("", 1, bytes(32)).body(),
        Checkpoint("o" * 256, 1, bytes(32)).body(),
    ],
)
def test_other_bodies_are_malformed(text: bytes) -> None:
    with pytest.raises(Malformed):
        parse_body(text)


def test_only_the_log_key_of_that_name_signs_a_checkpoint() -> None:
    for wrong in (ONE, NoteSigner("other", KeyKind.NOTE, signer("log"))):
        with pytest.raises(ValueError, match="log key"):
            sign_checkpoint(HEAD, wrong)


def test_a_cosignature_states_its_time() -> None:
    note = NOTE + cosignature_line(HEAD.body(), ONE, 1_795_000_000)
    assert verify_cosignature(note, ONE.verifier) == 1_795_000_000
    assert open_note(note, [LOG.verifier]).verified[0].time is None


@pytest.mark.parametrize("time", [-1, TIME_MAX + 1])
def test_there_is_no_cosignature_outside_time(time: int) -> None:
    with pytest.raises(ValueError, match="not a valid time"):
        cosignature_line(HEAD.body(), ONE, time)


def test_only_a_cosignature_key_cosigns() -> None:
    with pytest.raises(ValueError, match="not a cosignature key"):
        cosignature_line(HEAD.body(), LOG, 1)
    with pytest.raises(ValueError, match="not a cosignature key"):
        verify_cosignature(NOTE, LOG.verifier)


def test_a_cosignature_on_something_else_does_not_count() -> None:
    other = Checkpoint("dengbu.example/other", 13, b"r" * 32).body()
    line = cosignature_line(other, ONE, 5)
    with pytest.raises(NotTrusted, match="bad-signature"):
        verify_cosignature(NOTE + line, ONE.verifier)
    with pytest.raises(NotTrusted, match="no-known-signature"):
        verify_cosignature(NOTE, ONE.verifier)


def test_a_cosignature_under_a_plain_text_does_not_count() -> None:
    text = b"not a checkpoint\n"
    with pytest.raises(Malformed):
        verify_cosignature(text + b"\n" + cosignature_line(text, ONE, 5), ONE.verifier)


def forged(field: bytes) -> bytes:
    return NOTE + SignatureLine(ONE.verifier.name, ONE.verifier.key_id, field).encode()


KEY = signer("cosign/bank-a")
TIME = (5).to_bytes(8, "big")
FORGED = {
    "a plain note signature": TIME + KEY.sign(HEAD.body()),
    "without a time": KEY.sign(HEAD.body()),
    "little-endian time": (5).to_bytes(8, "little") + KEY.sign(cosigned_message(HEAD.body(), 5)),
    "another time": (6).to_bytes(8, "big") + KEY.sign(cosigned_message(HEAD.body(), 5)),
    "beyond time": (2**63).to_bytes(8, "big") + KEY.sign(cosigned_message(HEAD.body(), 2**63)),
    "trailing byte": TIME + KEY.sign(cosigned_message(HEAD.body(), 5)) + b"\0",
}


@pytest.mark.parametrize("field", FORGED.values(), ids=FORGED)
def test_forged_cosignatures(field: bytes) -> None:
    with pytest.raises(NotTrusted, match="bad-signature"):
        verify_cosignature(forged(field), ONE.verifier)


# --- public vectors ---


def test_public_bodies() -> None:
    found = json.loads(public_vectors("note/checkpoint_parse.json").read_text())
    for one in found["parse_ok"]:  # their roots are not hashes; with a root of 32 bytes they parse as stated
        with pytest.raises(Malformed, match="32 bytes"):
            parse_body(one["text"].encode())
        lines = one["text"].split("\n")
        lines[2] = base64.b64encode(bytes(32)).decode()
        head = parse_body("\n".join(lines).encode())
        assert (head.origin, head.size) == (one["origin"], one["size"])
    for one in found["parse_fail"]:
        with pytest.raises(Malformed):
            parse_body(one["text"].encode())
    for one in found["origin_length"]:
        body = Checkpoint("o" * one["origin_bytes"], 1, bytes(32)).body()
        if one["valid"]:
            parse_body(body)
        else:
            with pytest.raises(Malformed):
                parse_body(body)
    assert (len(found["parse_ok"]), len(found["parse_fail"]), len(found["origin_length"])) == (2, 15, 4)


def test_public_cosignatures() -> None:
    valid, other_id, other_name, timestamp, example = json.loads(
        public_vectors("note/cosignature_v1.json").read_text()
    )
    body, key = valid["checkpoint_body"].encode(), bytes.fromhex(valid["public_key_hex"])
    verifier = NoteVerifier(valid["cosigner_name"], KeyKind.COSIGNATURE, key)
    cosigner = NoteSigner(verifier.name, verifier.kind, Signer(bytes.fromhex(valid["ed25519_seed_hex"])))
    assert cosigner.verifier == verifier
    assert cosigned_message(body, valid["timestamp"]).hex() == valid["signed_message_hex"]
    assert cosignature_line(body, cosigner, valid["timestamp"]).decode() == valid["signature_line"]
    assert verify_cosignature(body + b"\n" + valid["signature_line"].encode(), verifier) == valid["timestamp"]
    for one in (other_id, other_name):  # ignored: neither counted nor an error
        note = body + b"\n" + one["signature_line"].encode() + valid["signature_line"].encode()
        opened = open_note(note, [verifier])
        assert (len(opened.verified), len(opened.unknown)) == (1, 1)
    raw = base64.b64decode(timestamp["signature_base64"])
    assert int.from_bytes(raw[4:12], "big") == timestamp["timestamp"]
    lines = split_note(example["note"].encode())[1]
    assert example["timestamp"] in [int.from_bytes(line.signature[:8], "big") for line in lines]
    assert parse_lines(lines[0].encode()) == lines[:1]
