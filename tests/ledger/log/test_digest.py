"""The register digest: order does not matter, content does, and every change can be followed or found."""

import hashlib
import random

import pytest

from dengbu.ledger.log.digest import MODULUS, RegisterDigest, row_term

ROWS = [(f"table{number % 3}", f"key-{number}", f'{{"n":{number}}}'.encode()) for number in range(20)]


def total(rows: list[tuple[str, str, bytes]]) -> RegisterDigest:
    digest = RegisterDigest()
    for table, key, row in rows:
        digest = digest.replace(table, key, None, row)
    return digest


def test_order_does_not_matter() -> None:
    seed = 20261122
    shuffled = ROWS[:]
    random.Random(seed).shuffle(shuffled)
    assert total(ROWS) == total(shuffled), f"seed {seed}"


def test_changes_lead_to_the_digest_of_the_result() -> None:
    table, key, row = ROWS[4]
    changed = total(ROWS).replace(table, key, row, b"{}")
    assert changed == total([*ROWS[:4], (table, key, b"{}"), *ROWS[5:]])
    assert changed.replace(table, key, b"{}", None) == total(ROWS[:4] + ROWS[5:])
    assert changed.replace(table, key, b"{}", row) == total(ROWS)


def test_any_other_row_gives_another_digest() -> None:
    table, key, row = ROWS[4]
    seen = {total(ROWS).hex(), total(ROWS[:-1]).hex(), total([*ROWS, ROWS[0]]).hex()}
    for other in ((table + "x", key, row), (table, key + "x", row), (table, key, row + b" ")):
        seen.add(total([*ROWS[:4], other, *ROWS[5:]]).hex())
    assert len(seen) == 6


def test_parts_of_a_row_cannot_be_shifted() -> None:
    terms = {
        row_term("ab", "c", b"d"),
        row_term("a", "bc", b"d"),
        row_term("a", "b", b"cd"),
        row_term("", "abc", b"d"),
    }
    assert len(terms) == 4


def test_the_framing_is_as_documented() -> None:
    message = b"dengbu-row/v1" + b"\0" * 7 + b"\4unit" + b"\0" * 7 + b"\1k" + b"\0" * 7 + b"\2{}"
    assert (
        row_term("unit", "k", b"{}")
        == int.from_bytes(hashlib.shake_256(message).digest(256), "big")
        < MODULUS
    )


def test_the_sum_is_kept_as_256_bytes() -> None:
    digest = total(ROWS)
    assert len(digest.to_bytes()) == 256
    assert RegisterDigest.from_bytes(digest.to_bytes()) == digest
    assert digest.hex() == hashlib.sha256(digest.to_bytes()).hexdigest()
    with pytest.raises(ValueError, match="256 bytes"):
        RegisterDigest.from_bytes(bytes(255))
