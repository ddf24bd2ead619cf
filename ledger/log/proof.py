"""Inclusion proofs as files (C2SP tlog-proof).

c2sp.org/tlog-proof@v1 LF  [extra SP base64 LF]  index SP decimal LF  (base64 hash LF)*  LF  <checkpoint note>
"""

import base64
from collections.abc import Sequence

import msgspec

from dengbu.ledger.log.checkpoint import parse_decimal
from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.merkle import HASH_BYTES
from dengbu.ledger.log.note import NOTE_BYTES_MAX, decode_base64

HEADER = "c2sp.org/tlog-proof@v1"
HASHES_MAX = 63  # a tree has fewer than 2^63 leaves
EXTRA_BYTES_MAX = 65_535  # room for one leaf
PROOF_BYTES_MAX = EXTRA_BYTES_MAX * 4 // 3 + HASHES_MAX * 45 + NOTE_BYTES_MAX + 256


class Proof(msgspec.Struct, frozen=True):
    """The parts of a proof file. Nothing authenticates `extra` until a leaf hash is recomputed from it."""

    extra: bytes | None
    index: int
    hashes: tuple[bytes, ...]
    note: bytes


def format_proof(extra: bytes | None, index: int, hashes: Sequence[bytes], note: bytes) -> bytes:
    """Return the bytes of a proof file; the note goes in unchanged."""
    lines = [HEADER]
    if extra is not None:
        lines.append(f"extra {base64.b64encode(extra).decode()}")
    lines.append(f"index {index}")
    lines += [base64.b64encode(value).decode() for value in hashes]
    return "\n".join(lines).encode() + b"\n\n" + note


def parse_proof(raw: bytes) -> Proof:
    """Parse a proof file; raise `Malformed`. Nothing is verified, and the note is not parsed."""
    if len(raw) > PROOF_BYTES_MAX:
        raise Malformed("too-large", "proof", f"{len(raw)} bytes; at most {PROOF_BYTES_MAX} are allowed")
    head, gap, note = raw.partition(b"\n\n")
    if not gap or not head.isascii():
        raise Malformed("proof", "proof", "a proof is ASCII lines, an empty line and a checkpoint")
    lines = head.decode().split("\n")
    if lines.pop(0) != HEADER:
        raise Malformed("proof", "line 1", f"the first line must be {HEADER}")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = decode_base64(lines.pop(0).removeprefix("extra "), "extra line")
    if not lines or not lines[0].startswith("index "):
        raise Malformed("proof", "index line", "the line `index <number>` is missing")
    index = parse_decimal(lines.pop(0).removeprefix("index "), "index line")
    if len(lines) > HASHES_MAX:
        raise Malformed("proof", "hash lines", f"at most {HASHES_MAX} hashes are allowed")
    hashes = tuple(decode_base64(line, f"hash line {number}") for number, line in enumerate(lines, start=1))
    if any(len(value) != HASH_BYTES for value in hashes):
        raise Malformed("proof", "hash lines", f"a hash has {HASH_BYTES} bytes")
    return Proof(extra, index, hashes, note)
