"""Checkpoints (C2SP tlog-checkpoint) and cosignatures on them (C2SP tlog-cosignature, cosignature/v1).

<origin> LF <size> LF <base64 of the root> LF      signed as a note by the log key and by the cosigners
"""

import base64
import re

import msgspec

from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.merkle import EMPTY_ROOT, HASH_BYTES
from dengbu.ledger.log.note import (
    NAME_BYTES_MAX,
    TIME_BYTES,
    TIME_MAX,
    KeyKind,
    NoteSigner,
    NoteVerifier,
    cosigned_message,
    decode_base64,
    open_note,
)

SIZE_MAX = 2**63 - 1
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_BODY_LINES = 3


class Checkpoint(msgspec.Struct, frozen=True):
    """The head of a log: its name, its number of leaves, and the 32-byte root over them."""

    origin: str
    size: int
    root: bytes

    def body(self) -> bytes:
        """Return the text that is signed. It has no extension lines, since cosigners would not vouch for them."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n".encode()


def parse_decimal(text: str, where: str) -> int:
    """Parse a non-negative integer below 2^63 in its only ASCII spelling; raise `Malformed` for anything else."""
    # int() alone accepts "+3", "0_3", " 3" and digits of other scripts.
    if not _DECIMAL.fullmatch(text) or int(text) > SIZE_MAX:
        raise Malformed("decimal", where, f"{text[:24]!r} is not a plain decimal number below 2^63")
    return int(text)


def parse_body(text: bytes) -> Checkpoint:
    """Parse the checkpoint in a note's text; raise `Malformed` if there is none."""
    try:
        lines = text.decode().split("\n")
    except UnicodeDecodeError:
        raise Malformed("not-unicode", "checkpoint", "this is not UTF-8") from None
    if lines.pop() or len(lines) != _BODY_LINES:
        raise Malformed(
            "checkpoint",
            "checkpoint",
            "a checkpoint has three lines (origin, size, root) and no extension lines",
        )
    origin, size, root = lines
    if not 0 < len(origin.encode()) <= NAME_BYTES_MAX:
        raise Malformed("checkpoint", "checkpoint origin", f"an origin has 1..{NAME_BYTES_MAX} bytes")
    checkpoint = Checkpoint(
        origin, parse_decimal(size, "checkpoint size"), decode_base64(root, "checkpoint root")
    )
    if len(checkpoint.root) != HASH_BYTES:
        raise Malformed("checkpoint", "checkpoint root", f"a root has {HASH_BYTES} bytes")
    if not checkpoint.size and checkpoint.root != EMPTY_ROOT:
        raise Malformed(
            "checkpoint", "checkpoint root", "a log without entries has the root SHA-256 of nothing"
        )
    return checkpoint


def sign_checkpoint(checkpoint: Checkpoint, log: NoteSigner) -> bytes:
    """Return the checkpoint as a note signed by the log key, whose name must be the origin."""
    if log.verifier.kind is not KeyKind.NOTE or log.verifier.name != checkpoint.origin:
        raise ValueError(f"only the log key named {checkpoint.origin} signs its checkpoints")
    body = checkpoint.body()
    return body + b"\n" + log.line(body)


def cosignature_line(body: bytes, cosigner: NoteSigner, time: int) -> bytes:
    """Return a cosigner's signature line on a checkpoint body; `time` is in UTC seconds.

    The line states that, as of this time, this is the largest tree of this origin that the cosigner has seen
    and executed.
    """
    if cosigner.verifier.kind is not KeyKind.COSIGNATURE:
        raise ValueError(f"{cosigner.verifier.name} is not a cosignature key")
    if not 0 <= time <= TIME_MAX:
        raise ValueError(f"{time} is not a valid time for a cosignature")
    return cosigner.line(cosigned_message(body, time), time.to_bytes(TIME_BYTES, "big"))


def verify_cosignature(note: bytes, cosigner: NoteVerifier) -> int:
    """Return the time (UTC seconds) at which this cosigner signed the checkpoint in a note.

    Raises `Malformed`, or `NotTrusted` if the cosigner's line is missing or does not verify.
    """
    opened = open_note(note, [cosigner])
    parse_body(opened.text)
    time = opened.verified[0].time
    if time is None:
        raise ValueError(f"{cosigner.name} is not a cosignature key")
    return time
