"""The tree: against the definition in RFC 6962 and public vectors, and with every bit of a proof flipped."""

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from dengbu.ledger.log.merkle import (
    EMPTY_ROOT,
    Frontier,
    NodeId,
    ProofError,
    leaf_hash,
    node_hash,
    prove_consistency,
    prove_inclusion,
    root,
    verify_consistency,
    verify_inclusion,
)
from tests.vectors_dir import public_vectors

SIZE = 70
LEAVES = [leaf_hash(bytes([number])) for number in range(SIZE)]


def mth(hashes: Sequence[bytes]) -> bytes:
    """Return the tree hash exactly as RFC 6962 2.1 defines it."""
    if len(hashes) <= 1:
        return hashes[0] if hashes else hashlib.sha256(b"").digest()
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    return hashlib.sha256(b"\1" + mth(hashes[:half]) + mth(hashes[half:])).digest()


ROOTS = [mth(LEAVES[:size]) for size in range(SIZE + 1)]


class Complete:
    """Reads complete subtrees straight from the definition, and counts the batches."""

    def __init__(self) -> None:
        self.batches = 0

    def read(self, ids: Sequence[NodeId]) -> list[bytes]:
        self.batches += 1
        found = []
        for level, index in ids:
            leaves = LEAVES[index << level : (index + 1) << level]
            assert len(leaves) == 1 << level, "only complete subtrees exist"
            found.append(mth(leaves))
        return found


def flipped(hashes: Sequence[bytes]) -> Iterator[list[bytes]]:
    for place, value in enumerate(hashes):
        for bit in range(256):
            changed = bytearray(value)
            changed[bit // 8] ^= 1 << (bit % 8)
            yield [*hashes[:place], bytes(changed), *hashes[place + 1 :]]


def test_frontier_and_root_follow_the_definition() -> None:
    frontier, reader = Frontier(), Complete()
    assert frontier.root() == EMPTY_ROOT == root(0, reader)
    for index, leaf in enumerate(LEAVES):
        completed = frontier.append(leaf)
        assert len(completed) == ((index + 1) & -(index + 1)).bit_length()
        for level, place, value in completed:
            assert (place + 1) << level == index + 1
            assert value == mth(LEAVES[place << level : (place + 1) << level])
        assert frontier.size == index + 1
        assert frontier.root() == ROOTS[index + 1] == root(index + 1, reader)
        assert Frontier.from_reader(index + 1, reader).root() == frontier.root()
    assert Frontier.from_reader(0, reader).root() == EMPTY_ROOT


def test_a_copied_frontier_grows_apart() -> None:
    frontier = Frontier()
    frontier.append(LEAVES[0])
    copy = frontier.copy()
    copy.append(LEAVES[1])
    assert (frontier.root(), copy.root()) == (ROOTS[1], ROOTS[2])


def test_a_frontier_of_the_wrong_width_is_refused() -> None:
    with pytest.raises(ValueError, match="2 frontier hashes"):
        Frontier(3, [LEAVES[0]])


def test_every_inclusion_proof() -> None:
    reader = Complete()
    for size in range(1, SIZE + 1):
        for index in range(size):
            reader.batches = 0
            proof = prove_inclusion(index, size, reader)
            assert reader.batches == (size > 1)
            verify_inclusion(LEAVES[index], index, size, proof, ROOTS[size])
            with pytest.raises(ProofError):
                verify_inclusion(LEAVES[index], index, size, [*proof, LEAVES[0]], ROOTS[size])
            if proof:
                with pytest.raises(ProofError):
                    verify_inclusion(LEAVES[index], index, size, proof[:-1], ROOTS[size])
                with pytest.raises(ProofError):
                    verify_inclusion(LEAVES[index], index ^ 1, size, proof, ROOTS[size])


def test_every_consistency_proof() -> None:
    reader = Complete()
    for new in range(1, SIZE + 1):
        for old in range(1, new + 1):
            reader.batches = 0
            proof = prove_consistency(old, new, reader)
            assert reader.batches <= 1
            verify_consistency(old, new, ROOTS[old], ROOTS[new], proof)
            with pytest.raises(ProofError):
                verify_consistency(old, new, ROOTS[old], ROOTS[new], [*proof, LEAVES[0]])
            if proof:
                with pytest.raises(ProofError):
                    verify_consistency(old, new, ROOTS[old], ROOTS[new], proof[:-1])
                with pytest.raises(ProofError):
                    verify_consistency(old, new, ROOTS[old - 1], ROOTS[new], proof)
                with pytest.raises(ProofError):
                    verify_consistency(old, new, ROOTS[old], ROOTS[new - 1], proof)


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 2), (6, 7), (5, 13), (12, 13), (3, SIZE)])
def test_every_bit_of_an_inclusion_proof_counts(index: int, size: int) -> None:
    hashes = [LEAVES[index], *prove_inclusion(index, size, Complete()), ROOTS[size]]
    for leaf, *proof, expected in flipped(hashes):
        with pytest.raises(ProofError):
            verify_inclusion(leaf, index, size, proof, expected)


@pytest.mark.parametrize(("old", "new"), [(3, 3), (1, 2), (4, 13), (6, 7), (7, 13), (13, SIZE)])
def test_every_bit_of_a_consistency_proof_counts(old: int, new: int) -> None:
    hashes = [ROOTS[old], *prove_consistency(old, new, Complete()), ROOTS[new]]
    for old_root, *proof, new_root in flipped(hashes):
        with pytest.raises(ProofError):
            verify_consistency(old, new, old_root, new_root, proof)


@pytest.mark.parametrize(("index", "size"), [(-1, 1), (1, 1), (0, 0), (2**63, 5), (10**30, 10**30)])
def test_no_proof_for_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="not in a tree"):
        prove_inclusion(index, size, Complete())
    with pytest.raises(ProofError) as refused:
        verify_inclusion(LEAVES[0], index, size, [], LEAVES[0])
    assert refused.value.code == "index"
    assert "index" in str(refused.value)


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 1), (2, 1), (-1, 1)])
def test_no_consistency_from_nothing_or_backwards(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="no consistency proof"):
        prove_consistency(old, new, Complete())
    with pytest.raises(ProofError) as refused:
        verify_consistency(old, new, ROOTS[0], ROOTS[1], [])
    assert refused.value.code == "size"


def test_a_hash_of_another_length_is_refused() -> None:
    for value in (b"", bytes(31), bytes(33)):
        with pytest.raises(ProofError, match="hash-length"):
            verify_inclusion(value, 0, 1, [], value)
        with pytest.raises(ProofError, match="hash-length"):
            verify_consistency(1, 1, value, value, [])


# --- public vectors ---


def unbase64(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in public_vectors(f"merkle/{name}").read_text().splitlines()]


def test_public_inclusion_proofs() -> None:
    for one in lines("inclusion.jsonl"):
        proof = [unbase64(text) for text in one["proof"] or ()]
        arguments = (unbase64(one["leafHash"]), one["leafIdx"], one["treeSize"], proof, unbase64(one["root"]))
        if one["wantErr"]:
            with pytest.raises(ProofError):
                verify_inclusion(*arguments)
        else:
            verify_inclusion(*arguments)
    assert len(lines("inclusion.jsonl")) == 52


def test_public_consistency_proofs() -> None:
    for one in lines("consistency.jsonl"):
        proof = [unbase64(text) for text in one["proof"] or ()]
        arguments = (one["size1"], one["size2"], unbase64(one["root1"]), unbase64(one["root2"]), proof)
        # These roots are 12 bytes of text; hashes here have 32 bytes.
        if one["wantErr"] or "sizes-are-equal-one-and-proof-is-empty" in one["source_path"]:
            with pytest.raises(ProofError):
                verify_consistency(*arguments)
        else:
            verify_consistency(*arguments)
    assert len(lines("consistency.jsonl")) == 52


def test_the_public_tree_of_eight() -> None:
    tree = json.loads(public_vectors("merkle/tree8.json").read_text())
    frontier = Frontier()
    assert frontier.root().hex() == tree["roots_by_size"][0] == tree["hasher"]["empty_tree"]
    for size, data in enumerate(tree["leaf_inputs_hex"], start=1):
        for level, index, value in frontier.append(leaf_hash(bytes.fromhex(data))):
            assert value.hex() == tree["node_hashes_by_level"][level][index]
        assert frontier.root().hex() == tree["roots_by_size"][size]
    assert leaf_hash(b"").hex() == tree["hasher"]["leaf_of_empty"]
    assert leaf_hash(b"L123456").hex() == tree["hasher"]["leaf_L123456"]
    assert node_hash(b"N123", b"N456").hex() == tree["hasher"]["node_N123_N456"]
