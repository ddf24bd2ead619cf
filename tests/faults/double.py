"""Proof, made with a voter's own key, that it voted twice at one height, in the form that CometBFT's RPC takes.

Formats: CometBFT v0.39.4, proto/tendermint/types/canonical.proto and types/evidence.go.
"""

import base64
import struct
from datetime import datetime
from typing import Any

from dengbu.ledger.log.keys import Signer

PRECOMMIT = 2
PART = b"\x01" * 32
VARINT, FIXED64, BYTES = 0, 1, 2


def proof(signer: Signer, address: str, index: int, chain: str, header: Any, weights: tuple[int, int]) -> Any:
    """Return two precommits for two blocks that never existed, at a header's height and time; weights: total, own."""
    votes = [_vote(signer, address, index, chain, header, bytes([first]) * 32) for first in (1, 2)]
    value = {
        "vote_a": votes[0],
        "vote_b": votes[1],
        "TotalVotingPower": str(weights[0]),
        "ValidatorPower": str(weights[1]),
        "Timestamp": header["time"],
    }
    return {"type": "tendermint/DuplicateVoteEvidence", "value": value}


def _vote(signer: Signer, address: str, index: int, chain: str, header: Any, block: bytes) -> dict[str, Any]:
    said = _said(int(header["height"]), header["time"], chain, block)
    return {
        "type": PRECOMMIT,
        "height": header["height"],
        "round": 0,
        "block_id": {"hash": block.hex().upper(), "parts": {"total": 1, "hash": PART.hex().upper()}},
        "timestamp": header["time"],
        "validator_address": address,
        "validator_index": index,
        "signature": base64.b64encode(signer.sign(said)).decode(),
        "extension": None,
        "extension_signature": None,
    }


def _said(height: int, time: str, chain: str, block: bytes) -> bytes:
    """Return the bytes that a vote signs: a length-prefixed CanonicalVote; round 0 is left out."""
    seconds, _, fraction = time.removesuffix("Z").partition(".")
    whole = int(datetime.fromisoformat(seconds + "+00:00").timestamp())
    nanos = int(fraction.ljust(9, "0")) if fraction else 0
    stamp = _number(1, whole) + (_number(2, nanos) if nanos else b"")
    parts = _number(1, 1) + _piece(2, PART)
    body = (
        _number(1, PRECOMMIT)
        + _key(2, FIXED64)
        + struct.pack("<q", height)
        + _piece(4, _piece(1, block) + _piece(2, parts))
        + _piece(5, stamp)
        + _piece(6, chain.encode())
    )
    return _varint(len(body)) + body


def _key(field: int, kind: int) -> bytes:
    return _varint(field << 3 | kind)


def _number(field: int, value: int) -> bytes:
    return _key(field, VARINT) + _varint(value)


def _piece(field: int, raw: bytes) -> bytes:
    return _key(field, BYTES) + _varint(len(raw)) + raw


def _varint(value: int) -> bytes:
    said = bytearray()
    while value > 0x7F:
        said.append(value & 0x7F | 0x80)
        value >>= 7
    said.append(value)
    return bytes(said)
