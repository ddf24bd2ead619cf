"""The register digest: one number for the whole register, updated with two hashes for each changed row.

The digest is the sum modulo 2^2048 of one hash per row, so the order of rows does not matter and a change costs
one subtraction and one addition. The hashes have 2048 bits because the generalised birthday attack is practical
against a sum of 256-bit hashes.
"""

import hashlib

import msgspec

TAG = b"dengbu-row/v1"
SUM_BYTES = 256
MODULUS = 1 << (8 * SUM_BYTES)


def row_term(table: str, key: str, row: bytes) -> int:
    """The number of one row: 2048 bits of SHAKE-256 over tag, table, key and canonical row.

    Each of table, key and row is preceded by its length in bytes as eight big-endian bytes, so the framing
    is injective.
    """
    message = bytearray(TAG)
    for part in (table.encode(), key.encode(), row):
        message += len(part).to_bytes(8, "big") + part
    return int.from_bytes(hashlib.shake_256(message).digest(SUM_BYTES), "big")


class RegisterDigest(msgspec.Struct, frozen=True):
    """The digest of a register; `total` is the sum of its row terms (0 is the empty register)."""

    total: int = 0

    def replace(self, table: str, key: str, old: bytes | None, new: bytes | None) -> "RegisterDigest":
        """Return the digest after one row changed from `old` to `new`; None stands for an absent row."""
        total = self.total
        if old is not None:
            total -= row_term(table, key, old)
        if new is not None:
            total += row_term(table, key, new)
        return RegisterDigest(total % MODULUS)

    def hex(self) -> str:
        """Return the `register` field of a decision: hex SHA-256 of the sum as 256 big-endian bytes."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def to_bytes(self) -> bytes:
        """Return the sum itself as 256 big-endian bytes, for storage."""
        return self.total.to_bytes(SUM_BYTES, "big")

    @classmethod
    def from_bytes(cls, raw: bytes) -> "RegisterDigest":
        """Return the digest that `to_bytes` turned into these bytes; raise `ValueError` on another length."""
        if len(raw) != SUM_BYTES:
            raise ValueError(f"a register sum has {SUM_BYTES} bytes, this has {len(raw)}")
        return cls(int.from_bytes(raw, "big"))
