"""Notes and vkeys: strict to the byte, public vectors included."""

import base64
import json
from typing import Any

import pytest

from dengbu.ledger.log.checkpoint import parse_body
from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.note import (
    NOTE_BYTES_MAX,
    SIGNATURE_LINES_MAX,
    KeyKind,
    NoteSigner,
    NoteVerifier,
    NotTrusted,
    SignatureLine,
    format_vkey,
    open_note,
    parse_lines,
    parse_vkey,
    split_note,
)
from tests.ledger.small_log import signer
from tests.vectors_dir import public_vectors

TEXT = "不动产登记\nsecond line\n".encode()
ALICE = NoteSigner("example.org/alice", KeyKind.NOTE, signer("alice"))
BOB = NoteSigner("example.org/bob", KeyKind.NOTE, signer("bob"))
NOTE = TEXT + b"\n" + ALICE.line(TEXT)


def test_a_note_opens_with_its_key() -> None:
    opened = open_note(NOTE, [ALICE.verifier])
    assert opened.text == TEXT
    assert [(one.verifier, one.time) for one in opened.verified] == [(ALICE.verifier, None)]
    assert opened.unknown == ()


def test_unknown_lines_are_told_apart() -> None:
    opened = open_note(NOTE + BOB.line(TEXT), [ALICE.verifier])
    assert [line.name for line in opened.unknown] == [BOB.verifier.name]
    assert opened.unknown[0].encode() == BOB.line(TEXT)
    assert len(open_note(NOTE + BOB.line(TEXT), [BOB.verifier, ALICE.verifier]).verified) == 2


def test_the_text_ends_at_the_last_empty_line() -> None:
    text = b"one\n\ntwo\n"
    assert open_note(text + b"\n" + ALICE.line(text), [ALICE.verifier]).text == text


@pytest.mark.parametrize(
    "raw", [NOTE + BOB.line(b"other"), NOTE + ALICE.line(TEXT), NOTE + ALICE.line(b"other")]
)
def test_a_failing_or_repeated_known_line_spoils_the_note(raw: bytes) -> None:
    with pytest.raises(NotTrusted) as refused:
        open_note(raw, [ALICE.verifier, BOB.verifier])
    assert refused.value.code in str(refused.value)


def test_a_note_that_no_known_key_signed_is_not_trusted() -> None:
    for verifiers in ([], [BOB.verifier]):
        with pytest.raises(NotTrusted, match="no-known-signature"):
            open_note(NOTE, verifiers)


def test_a_short_signature_of_a_known_key_is_not_trusted() -> None:
    for kind in KeyKind:
        one = NoteVerifier("short", kind, signer("short").public)
        for length in (1, 8, 63, 65, 71, 73):
            line = SignatureLine("short", one.key_id, bytes(length)).encode()
            with pytest.raises(NotTrusted, match="bad-signature"):
                open_note(TEXT + b"\n" + line, [one])


def test_every_byte_of_a_note_counts() -> None:
    for place in range(len(NOTE)):
        for bit in range(8):
            changed = bytearray(NOTE)
            changed[place] ^= 1 << bit
            with pytest.raises((Malformed, NotTrusted)):
                open_note(bytes(changed), [ALICE.verifier])


LINE = ALICE.line(TEXT)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n\n",
        b"\n\n" + LINE,
        TEXT,
        TEXT + b"\n",
        TEXT + LINE,
        NOTE[:-1],
        NOTE + b"\n",
        NOTE + b"junk\n",
        NOTE + "—\n".encode(),
        NOTE + "— \n".encode(),
        NOTE + "— name\n".encode(),
        NOTE + "— name \n".encode(),
        NOTE + "—  AAAAAAA=\n".encode(),
        NOTE + "— name AAAA\n".encode(),
        NOTE + "— name AAAAAA==\n".encode(),
        NOTE + "— name AAAAAAB=\n".encode(),
        NOTE + "— name AAAAAAA\n".encode(),
        NOTE + "— name AAAAAAA= \n".encode(),
        NOTE + "— name  AAAAAAA=\n".encode(),
        NOTE + "— na+me AAAAAAA=\n".encode(),
        NOTE + "— na\u00a0me AAAAAAA=\n".encode(),
        NOTE + "— na\u3000me AAAAAAA=\n".encode(),
        NOTE + f"— {'n' * 256} AAAAAAA=\n".encode(),
        NOTE + "— name AAAA-AA=\n".encode(),
        NOTE + "— name AAAA权AA=\n".encode(),
        NOTE + b"- name AAAAAAA=\n",
        NOTE.replace(b"\n", b"\r\n"),
        NOTE.replace(b" ", b"\t"),
        NOTE.replace("登".encode(), b"\xe7\x99"),
        b"\x00" + NOTE,
        b"\xff" + NOTE,
        NOTE + b"\xff\n",
        NOTE + "— name AAAAAAA=\n".encode() * SIGNATURE_LINES_MAX,
        b"x" * NOTE_BYTES_MAX + b"\n\n" + LINE,
    ],
)
def test_other_bytes_are_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        open_note(raw, [ALICE.verifier])


def test_the_cap_on_lines_itself_is_allowed() -> None:
    raw = NOTE + "— name AAAAAAA=\n".encode() * (SIGNATURE_LINES_MAX - 1)
    assert len(split_note(raw)[1]) == SIGNATURE_LINES_MAX


def test_lines_alone() -> None:
    assert parse_lines(LINE)[0].name == ALICE.verifier.name
    for raw in (b"", b"\n", LINE[:-1], b"\n" + LINE):
        with pytest.raises(Malformed):
            parse_lines(raw)


def test_a_signer_needs_a_proper_name() -> None:
    for name in ("", "a b", "a+b", "a\nb", "权" * 86):
        with pytest.raises(Malformed, match="key-name"):
            NoteSigner(name, KeyKind.NOTE, signer("x"))


def test_vkeys_read_back() -> None:
    for kind in KeyKind:
        verifier = NoteVerifier("登记.example/log", kind, signer("x").public)
        assert parse_vkey(format_vkey(verifier)) == verifier


def vkey(raw: bytes, key_id: str = "00000000", name: str = "name") -> str:
    return f"{name}+{key_id}+{base64.b64encode(raw).decode()}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+00000000",
        vkey(b"\1" + bytes(32)),  # the key id differs
        vkey(b"\1" + bytes(31)),
        vkey(b"\1" + bytes(33)),
        vkey(b"\2" + bytes(32)),
        vkey(b""),
        vkey(b"\1" + bytes(32), name=""),
        vkey(b"\1" + bytes(32), name="a b"),
        format_vkey(ALICE.verifier)[:-1],
        format_vkey(ALICE.verifier) + "\n",
        format_vkey(ALICE.verifier).replace(ALICE.verifier.key_id.hex(), ALICE.verifier.key_id.hex().upper()),
    ],
)
def test_other_vkeys_are_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        parse_vkey(text)


# --- public vectors ---


def vectors() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(public_vectors("note/signed_note.json").read_text())
    return found


def test_public_notes_open() -> None:
    found = vectors()["positive"]
    for one in found:
        opened = open_note(one["note"].encode(), [parse_vkey(text) for text in one["vkeys"]])
        assert [signed.verifier.name for signed in opened.verified] == one["expect_verified"]
        if "checkpoint" in one:
            head = parse_body(opened.text)
            assert {"origin": head.origin, "size": head.size} == one["checkpoint"]
    assert len(found) == 11


def test_public_bad_notes_are_refused() -> None:
    found = vectors()["negative"]
    for one in found:
        raw = one["note"].encode() if "note" in one else bytes.fromhex(one["note_hex"])
        with pytest.raises((Malformed, NotTrusted)):
            open_note(raw, [parse_vkey(text) for text in one["vkeys"]])
    assert len(found) == 10


def test_public_vkeys() -> None:
    found = vectors()
    for one in found["bad_vkeys"]:
        with pytest.raises(Malformed):
            parse_vkey(one["vkey"])
    for one in found["key_ids"]:
        verifier = NoteVerifier(one["name"], KeyKind(one["type"]), bytes.fromhex(one["public_key_hex"]))
        assert format_vkey(verifier) == one["vkey"]
        assert parse_vkey(one["vkey"]) == verifier
    assert (len(found["bad_vkeys"]), len(found["key_ids"])) == (5, 3)
