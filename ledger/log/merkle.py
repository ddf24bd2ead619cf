"""The Merkle tree of the log: RFC 6962 hashing with SHA-256, proofs, and the compact range used to append.

A node is named (level, index) and covers the leaves [index * 2^level, (index + 1) * 2^level). Only complete
subtrees are stored; every other hash is folded from them.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Protocol

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

NodeId = tuple[int, int]
Node = tuple[int, int, bytes]


class ProofError(ValueError):
    """Raised for a proof that does not prove its claim; `code` is stable, `str()` says what is wrong."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"证明不成立 proof refused [{self.code}]: {self.message}"


class HashReader(Protocol):
    """A source of the hashes of complete subtrees, read many at a time."""

    def read(self, ids: Sequence[NodeId]) -> list[bytes]:
        """Return the hashes of these nodes, in this order. The caller asks only for nodes that exist."""
        ...


def leaf_hash(data: bytes) -> bytes:
    """SHA-256 of 0x00 and the leaf data."""
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 of 0x01 and the two child hashes."""
    return hashlib.sha256(b"\1" + left + right).digest()


def root(size: int, reader: HashReader) -> bytes:
    """The root of the first `size` leaves."""
    return _fold(reader.read(_complete(0, size))) if size else EMPTY_ROOT


def prove_inclusion(index: int, size: int, reader: HashReader) -> list[bytes]:
    """The hashes that lead from leaf `index` to the root of `size` leaves, the leaf's sibling first."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    ranges: list[tuple[int, int]] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low = middle
    return _fold_each(reversed(ranges), reader)


def prove_consistency(old: int, new: int, reader: HashReader) -> list[bytes]:
    """The hashes showing that the tree of `old` leaves is a prefix of the tree of `new`; needs 0 < old <= new."""
    if not 0 < old <= new:
        raise ValueError(f"no consistency proof leads from {old} to {new} leaves")
    ranges: list[tuple[int, int]] = []
    low, high = 0, new
    while high > old:
        middle = low + _split(high - low)
        if old <= middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low = middle
    if low:  # otherwise the first hash would be the old root, which the verifier already has
        ranges.append((low, high))
    return _fold_each(reversed(ranges), reader)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes) -> None:
    """Raise `ProofError` unless the proof leads from the leaf hash to the root (RFC 9162 2.1.3.2).

    Index and size fix the length of the proof, so an inner node cannot pass for a leaf.
    """
    _check_hashes((leaf, expected, *proof))
    if not 0 <= index < size:
        raise ProofError("index", f"leaf {index} is not in a tree of {size}")
    place, last, running = index, size - 1, leaf
    for sibling in proof:
        if not last:
            raise ProofError("proof-length", "the proof has too many hashes")
        if place & 1 or place == last:
            running = node_hash(sibling, running)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            running = node_hash(running, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofError("proof-length", "the proof has too few hashes")
    if running != expected:
        raise ProofError("root", "the proof leads to another root")


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Raise `ProofError` unless the proof shows that the old tree is a prefix of the new one (RFC 9162 2.1.4.2).

    An old size of 0 is refused: every tree continues the empty one, so the caller must handle that case itself.
    """
    _check_hashes((old_root, new_root, *proof))
    if not 0 < old <= new:
        raise ProofError("size", f"no consistency proof leads from {old} to {new} leaves")
    if old == new:
        if proof:
            raise ProofError("proof-length", "equal sizes need no hashes")
        if old_root != new_root:
            raise ProofError("root", "there are two roots for one size")
        return
    hashes = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not proof:
        raise ProofError("proof-length", "the proof is empty")
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = hashes[0]
    for sibling in hashes[1:]:
        if not last:
            raise ProofError("proof-length", "the proof has too many hashes")
        if place & 1 or place == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofError("proof-length", "the proof has too few hashes")
    if first != old_root or second != new_root:
        which = "old" if first != old_root else "new"
        raise ProofError("root", f"the proof leads to another {which} root")


class Frontier:
    """The compact range of a growing tree: the O(log n) hashes needed to append and to compute the root."""

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        self.size = size
        self._hashes = list(hashes)  # complete subtrees from left to right, largest first
        if len(self._hashes) != size.bit_count():
            raise ValueError(
                f"a tree of {size} leaves has {size.bit_count()} frontier hashes, not {len(self._hashes)}"
            )

    @classmethod
    def from_reader(cls, size: int, reader: HashReader) -> "Frontier":
        """The frontier of the first `size` leaves."""
        return cls(size, reader.read(_complete(0, size)) if size else [])

    def copy(self) -> "Frontier":
        """Return a copy that grows independently of this frontier."""
        return Frontier(self.size, self._hashes)

    def append(self, leaf: bytes) -> list[Node]:
        """Append a leaf hash and return the nodes it completed, from the leaf upwards."""
        keep = len(self._hashes) - _carries(self.size)
        nodes = _climb(self.size, leaf, self._hashes[keep:][::-1])
        self._hashes[keep:] = [nodes[-1][2]]
        self.size += 1
        return nodes

    def root(self) -> bytes:
        """The root of the leaves so far."""
        return _fold(self._hashes) if self._hashes else EMPTY_ROOT


def _carries(index: int) -> int:
    """The number of subtrees above the leaf that leaf `index` completes: the trailing 1 bits of `index`."""
    return (index ^ (index + 1)).bit_length() - 1


def _climb(index: int, leaf: bytes, left_siblings: Iterable[bytes]) -> list[Node]:
    nodes = [(0, index, leaf)]
    for level, sibling in enumerate(left_siblings, start=1):
        nodes.append((level, index >> level, node_hash(sibling, nodes[-1][2])))
    return nodes


def _split(width: int) -> int:
    """The largest power of two below `width` (RFC 6962 2.1)."""
    return 1 << ((width - 1).bit_length() - 1)


def _complete(low: int, high: int) -> list[NodeId]:
    """The complete subtrees that make up [low, high), left to right.

    `low` must be a multiple of the width of each subtree.
    """
    nodes: list[NodeId] = []
    while low < high:
        level = (high - low).bit_length() - 1
        nodes.append((level, low >> level))
        low += 1 << level
    return nodes


def _fold(hashes: Sequence[bytes]) -> bytes:
    running = hashes[-1]
    for left in reversed(hashes[:-1]):
        running = node_hash(left, running)
    return running


def _fold_each(ranges: Iterable[tuple[int, int]], reader: HashReader) -> list[bytes]:
    parts = [_complete(low, high) for low, high in ranges]
    ids = [node for part in parts for node in part]
    hashes = iter(reader.read(ids) if ids else [])
    return [_fold([next(hashes) for _ in part]) for part in parts]


def _check_hashes(hashes: Iterable[bytes]) -> None:
    for value in hashes:
        if len(value) != HASH_BYTES:
            raise ProofError("hash-length", f"a hash has {HASH_BYTES} bytes, not {len(value)}")
