"""Receipts: one file that proves, offline and years later, what was decided at which index of the log.

A receipt is a tlog-proof whose `extra` line is the leaf. That line is authenticated only by the leaf hash recomputed
from it, so a reader sees exactly what was logged.
"""

from collections.abc import Sequence

import msgspec

from dengbu.ledger.log.checkpoint import Checkpoint
from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.entry import Entry, parse_leaf
from dengbu.ledger.log.merkle import ProofError, leaf_hash, verify_inclusion
from dengbu.ledger.log.note import NotTrusted
from dengbu.ledger.log.proof import format_proof, parse_proof
from dengbu.ledger.log.trust import Trust


class ReceiptRefused(ValueError):
    """Raised for a file that proves nothing under this policy; `code` is stable, `str()` says what fails."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"回执无效 receipt refused [{self.code}]: {self.message}"


class Receipt(msgspec.Struct, frozen=True):
    """What a receipt proves: the entry is in the log with this head, for which these cosigners vouch.

    A cosigner is a key name and a time in UTC seconds.
    """

    entry: Entry
    checkpoint: Checkpoint
    cosigners: tuple[tuple[str, int], ...]


def make(leaf: bytes, index: int, hashes: Sequence[bytes], note: bytes) -> bytes:
    """Return the receipt file of a leaf, its inclusion proof and a cosigned checkpoint over it."""
    return format_proof(leaf, index, hashes, note)


def verify(raw: bytes, trust: Trust) -> Receipt:
    """Verify a receipt file; raise `ReceiptRefused` unless all its parts agree under the policy.

    It checks the form of every part, the log's signature, the quorum, the inclusion of the recomputed leaf hash,
    and that the entry names this index and this network. The event's own signatures need keys from the register;
    the cosigners vouch that these signatures verified.
    """
    try:
        proof = parse_proof(raw)
        verified = trust.check(proof.note)
        if proof.extra is None:
            raise ReceiptRefused("no-leaf", "the file has no `extra` line with the entry")
        checkpoint = verified.checkpoint
        verify_inclusion(leaf_hash(proof.extra), proof.index, checkpoint.size, proof.hashes, checkpoint.root)
        entry = parse_leaf(proof.extra)
    except Malformed as fault:
        raise ReceiptRefused("malformed", str(fault)) from fault
    except NotTrusted as fault:
        raise ReceiptRefused(fault.code, fault.message) from fault
    except ProofError as fault:
        raise ReceiptRefused("not-included", fault.message) from fault
    if entry.index != proof.index:
        raise ReceiptRefused(
            "other-index", f"the proof is for index {proof.index}, but the entry says {entry.index}"
        )
    net = entry.envelope.body.net
    if net != checkpoint.origin:
        raise ReceiptRefused("other-network", f"the event is for {net}, but the log is {checkpoint.origin}")
    return Receipt(entry, checkpoint, verified.cosigners)
