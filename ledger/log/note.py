"""Signed notes (C2SP signed-note): a text, an empty line, and signature lines by named keys.

<text ending LF> LF (U+2014 SP <key name> SP base64( key id[4] || signature ) LF)+
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from enum import IntEnum

import msgspec

from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.keys import PUBLIC_BYTES, SIGNATURE_BYTES, Signer, verify

NOTE_BYTES_MAX = 65_536
SIGNATURE_LINES_MAX = 100
NAME_BYTES_MAX = 255
KEY_ID_BYTES = 4
TIME_BYTES = 8
TIME_MAX = 2**63 - 1
_DASH = "\u2014 "
_VKEY_PARTS = 3
_NAME = re.compile(r"[^\s+]+")
_CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f]")


class KeyKind(IntEnum):
    """What a note key signs: a note as it stands, or a checkpoint together with a time (cosignature/v1)."""

    NOTE = 0x01
    COSIGNATURE = 0x04


class NotTrusted(ValueError):
    """Raised for a note that the keys or the policy do not vouch for; `code` is stable, `str()` says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"不可信 not trusted [{self.code}]: {self.message}"


class NoteVerifier(msgspec.Struct, frozen=True):
    """The public side of a note key: name, kind and 32-byte Ed25519 key. Its text form is a vkey."""

    name: str
    kind: KeyKind
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes that identify this key in a signature line."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[
            :KEY_ID_BYTES
        ]


class SignatureLine(msgspec.Struct, frozen=True):
    """One signature line: the claimed signer (name and key id) and the signature."""

    name: str
    key_id: bytes
    signature: bytes

    def encode(self) -> bytes:
        """Return the line with its line feed."""
        field = base64.b64encode(self.key_id + self.signature).decode()
        return f"{_DASH}{self.name} {field}\n".encode()


class Signed(msgspec.Struct, frozen=True):
    """A verified line; `time` (UTC seconds) is the time a cosigner stated, or None for a plain signature."""

    verifier: NoteVerifier
    time: int | None


class Note(msgspec.Struct, frozen=True):
    """An opened note: its text, the lines that verified, and the lines of unknown keys."""

    text: bytes
    verified: tuple[Signed, ...]
    unknown: tuple[SignatureLine, ...]


class NoteSigner:
    """A private key that signs under one name and for one kind only, so each purpose has its own key."""

    def __init__(self, name: str, kind: KeyKind, signer: Signer) -> None:
        check_name(name)
        self._signer = signer
        self.verifier = NoteVerifier(name, kind, signer.public)

    def line(self, message: bytes, before: bytes = b"") -> bytes:
        """Return the signature line over a message; the field holds `before`, then the signature."""
        signature = before + self._signer.sign(message)
        return SignatureLine(self.verifier.name, self.verifier.key_id, signature).encode()


def check_name(name: str) -> None:
    """Raise `Malformed` unless a note key may have this name: no space, no plus sign, 1 to 255 bytes."""
    if not _NAME.fullmatch(name) or len(name.encode()) > NAME_BYTES_MAX:
        raise Malformed(
            "key-name", "", f"{name!r} is not a key name: 1..{NAME_BYTES_MAX} bytes without space or +"
        )


def decode_base64(text: str, where: str) -> bytes:
    """Decode padded standard base64; raise `Malformed` for any other spelling of the same bytes."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("base64", where, "this is not standard base64") from None
    if base64.b64encode(raw).decode() != text:
        raise Malformed("base64", where, "this is not the canonical base64 of these bytes")
    return raw


def format_vkey(verifier: NoteVerifier) -> str:
    """Return the vkey of a verifier: `name+hex key id+base64(kind, public key)`."""
    field = base64.b64encode(bytes([verifier.kind]) + verifier.public).decode()
    return f"{verifier.name}+{verifier.key_id.hex()}+{field}"


def parse_vkey(text: str) -> NoteVerifier:
    """Parse a vkey; raise `Malformed` if it is not one, or is of a kind other than 01 and 04."""
    parts = text.split("+", _VKEY_PARTS - 1)
    if len(parts) != _VKEY_PARTS:
        raise Malformed("vkey", "", "a vkey is name+key id+key")
    name, key_id, field = parts
    check_name(name)
    raw = decode_base64(field, "vkey")
    if len(raw) != 1 + PUBLIC_BYTES or raw[0] not in list(KeyKind):
        raise Malformed("vkey", "", "only Ed25519 keys of kind 01 (note) and 04 (cosignature) are known")
    verifier = NoteVerifier(name, KeyKind(raw[0]), raw[1:])
    if key_id != verifier.key_id.hex():
        raise Malformed("vkey", "", f"the key id {key_id[:8]!r} is not this key's, {verifier.key_id.hex()}")
    return verifier


def split_note(raw: bytes) -> tuple[bytes, tuple[SignatureLine, ...]]:
    """Return the text and the signature lines of a note; raise `Malformed`. Nothing is verified."""
    if len(raw) > NOTE_BYTES_MAX:
        raise Malformed("too-large", "note", f"{len(raw)} bytes; at most {NOTE_BYTES_MAX} are allowed")
    if _CONTROL.search(raw):
        raise Malformed(
            "control-character", "note", "control characters other than line feed are not allowed"
        )
    text, gap, tail = raw.rpartition(b"\n\n")
    if not gap or not text or not tail.endswith(b"\n"):
        raise Malformed(
            "note", "note", "a note is text, an empty line and signature lines, each ending in a line feed"
        )
    return text + b"\n", parse_lines(tail)


def parse_lines(raw: bytes) -> tuple[SignatureLine, ...]:
    """Parse signature lines, from a note or from a cosigner's answer; raise `Malformed`."""
    try:
        lines = raw.decode().split("\n")
    except UnicodeDecodeError:
        raise Malformed("not-unicode", "signature lines", "this is not UTF-8") from None
    if lines.pop() or not lines:
        raise Malformed(
            "note", "signature lines", "there is no line, or the last one does not end in a line feed"
        )
    if len(lines) > SIGNATURE_LINES_MAX:
        raise Malformed("too-many-lines", "signature lines", f"at most {SIGNATURE_LINES_MAX} are allowed")
    return tuple(_parse_line(line, f"signature line {number}") for number, line in enumerate(lines, start=1))


def open_note(raw: bytes, verifiers: Sequence[NoteVerifier]) -> Note:
    """Verify a note with known keys; lines of other keys are ignored.

    Raises `Malformed`, or `NotTrusted` if a line of a known key fails or is repeated, or if no known key has signed.
    """
    text, lines = split_note(raw)
    try:
        text.decode()
    except UnicodeDecodeError:
        raise Malformed("not-unicode", "note", "this is not UTF-8") from None
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    verified: list[Signed] = []
    unknown: list[SignatureLine] = []
    for line in lines:
        verifier = known.get((line.name, line.key_id))
        if verifier is None:
            unknown.append(line)
            continue
        signed = _verify_line(text, line, verifier)
        if any(before.verifier is verifier for before in verified):
            raise NotTrusted("repeated-signature", f"{line.name} has signed twice")
        verified.append(signed)
    if not verified:
        raise NotTrusted("no-known-signature", "none of the known keys has signed this")
    return Note(text, tuple(verified), tuple(unknown))


def cosigned_message(body: bytes, time: int) -> bytes:
    """The bytes a cosigner signs (C2SP cosignature/v1): the time in UTC seconds and the whole checkpoint body."""
    return f"cosignature/v1\ntime {time}\n".encode() + body


def _verify_line(text: bytes, line: SignatureLine, verifier: NoteVerifier) -> Signed:
    time: int | None = None
    message, signature = text, line.signature
    if verifier.kind is KeyKind.COSIGNATURE:
        time = int.from_bytes(line.signature[:TIME_BYTES], "big")
        message, signature = cosigned_message(text, time), line.signature[TIME_BYTES:]
        if time > TIME_MAX:
            raise NotTrusted("bad-signature", f"the time of the cosignature by {line.name} is out of range")
    if len(signature) != SIGNATURE_BYTES or not verify(verifier.public, message, signature):
        raise NotTrusted("bad-signature", f"the signature by {line.name} does not verify")
    return Signed(verifier, time)


def _parse_line(line: str, where: str) -> SignatureLine:
    name, gap, field = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not gap:
        raise Malformed(
            "note", where, "a signature line is an em dash, a key name and base64, one space between"
        )
    check_name(name)
    raw = decode_base64(field, where)
    if len(raw) <= KEY_ID_BYTES:
        raise Malformed("note", where, "the signature field is too short")
    return SignatureLine(name, raw[:KEY_ID_BYTES], raw[KEY_ID_BYTES:])
