"""A small log with well-known keys: entries, tree, checkpoints and receipts, the same bytes in every run."""

import hashlib
from collections.abc import Sequence
from typing import Any

from dengbu.ledger.log.checkpoint import Checkpoint, cosignature_line, sign_checkpoint
from dengbu.ledger.log.digest import RegisterDigest
from dengbu.ledger.log.entry import FIRST_PREV, leaf_prev, make_leaf
from dengbu.ledger.log.envelope import parse_envelope, seal
from dengbu.ledger.log.keys import Signer
from dengbu.ledger.log.merkle import Frontier, NodeId, leaf_hash, prove_inclusion
from dengbu.ledger.log.note import KeyKind, NoteSigner
from dengbu.ledger.log.receipt import make
from dengbu.ledger.log.trust import Trust, format_policy, parse_policy

NET = "dengbu.example/vectors-1"
INSTITUTIONS = ("bank-a", "court-hz", "hz-registry", "hz-tax")
NEEDED = 3
START_MS = 1_795_000_000_000
COSIGNED_S = 1_795_000_100


def signer(label: str) -> Signer:
    """Return the key whose seed is SHA-256("dengbu-test/" label)."""
    return Signer(hashlib.sha256(f"dengbu-test/{label}".encode()).digest())


LOG = NoteSigner(NET, KeyKind.NOTE, signer("log"))
COSIGNERS = tuple(
    NoteSigner(f"{NET}/{name}", KeyKind.COSIGNATURE, signer(f"cosign/{name}")) for name in INSTITUTIONS
)
POLICY = format_policy(
    LOG.verifier, {name: one.verifier for name, one in zip(INSTITUTIONS, COSIGNERS, strict=True)}, NEEDED
)


def trust() -> Trust:
    return parse_policy(POLICY)


def body(number: int) -> dict[str, Any]:
    """Return the body of the event with this number."""
    return {
        "v": 1,
        "net": NET,
        "type": "case.apply",
        "id": f"event-{number}",
        "actor": "bank-a",
        "office": "outlet-7",
        "officer": "officer-12",
        "not_after": START_MS + 86_400_000,
        "data": {
            "district": "441302",
            "channel": "outlet",
            "acts": [
                {"act": "mortgage.set", "unit": f"441302001001GB00001F{number:08d}", "note": "普通抵押"}
            ],
        },
        "private": [{"name": "terms", "commitment": "ab" * 32, "to": ["bank-a", "hz-registry"]}],
    }


def decision(number: int) -> dict[str, Any]:
    """Return the decision on that event: every third event is refused."""
    register = RegisterDigest(number).hex()
    if number % 3 == 2:
        reason = {"code": 3001, "name": "unit-seized", "law": ["IR-29"], "at": {"act": 0}}
        return {"outcome": "refused", "reasons": [reason], "register": register}
    return {"outcome": "accepted", "result": {"case": f"441302-20261122-{number:06d}"}, "register": register}


class SmallLog:
    """A log of `size` entries; it can be read as a HashReader."""

    def __init__(self, size: int) -> None:
        self.leaves: list[bytes] = []
        self.frontier = Frontier()
        self._hashes: dict[NodeId, bytes] = {}
        prev = FIRST_PREV
        for number in range(size):
            envelope = parse_envelope(
                seal(body(number), [signer("event/bank-a"), signer("event/hz-registry")])
            )
            height = 1 + number // 2
            leaf = make_leaf(number, height, START_MS + height * 1000, prev, envelope, decision(number))
            prev = leaf_prev(leaf)
            self.add(leaf)

    def add(self, leaf: bytes) -> None:
        self.leaves.append(leaf)
        for level, index, value in self.frontier.append(leaf_hash(leaf)):
            self._hashes[level, index] = value

    def read(self, ids: Sequence[NodeId]) -> list[bytes]:
        return [self._hashes[one] for one in ids]

    def checkpoint(self, origin: str = NET) -> Checkpoint:
        return Checkpoint(origin, len(self.leaves), self.frontier.root())

    def note(self, cosigners: Sequence[NoteSigner] = COSIGNERS[:NEEDED]) -> bytes:
        """Return the checkpoint signed by the log and by exactly these cosigners, one second apart."""
        signed = sign_checkpoint(self.checkpoint(), LOG)
        for place, one in enumerate(cosigners):
            signed += cosignature_line(self.checkpoint().body(), one, COSIGNED_S + place)
        return signed

    def hashes(self, index: int) -> list[bytes]:
        return prove_inclusion(index, len(self.leaves), self)

    def receipt(self, index: int) -> bytes:
        return make(self.leaves[index], index, self.hashes(index), self.note())
