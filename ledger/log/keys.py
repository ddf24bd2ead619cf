"""Ed25519 signing and verifying. PyNaCl's verdict is normative for events and cosignatures.

Libraries differ on crafted signatures (small-order or non-canonical points), so one event could split two nodes
with different verifiers. libsodium's rule is: no cofactor, S < L, canonical encodings, no small-order A or R.
"""

import hashlib

import nacl.bindings
import nacl.exceptions
from nacl.signing import SigningKey

from dengbu.ledger.log.encoding import Malformed

ED25519 = "Ed25519"
X25519 = "X25519"
SEED_BYTES = 32
PUBLIC_BYTES = 32
SIGNATURE_BYTES = 64


class Signer:
    """A private Ed25519 key made from its 32-byte seed; it signs, and gives its public key and key id."""

    def __init__(self, seed: bytes) -> None:
        self._key = SigningKey(seed)
        self.public = bytes(self._key.verify_key)
        self.key_id = key_id(ED25519, self.public)

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature of a message (RFC 8032, deterministic)."""
        return self._key.sign(message).signature


def key_id(alg: str, public: bytes) -> str:
    """Return the id of a key used everywhere in the ledger: hex SHA-256 of algorithm name, zero byte, public key."""
    return hashlib.sha256(alg.encode() + b"\0" + public).hexdigest()


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether the signature is this key's over the message; never raises."""
    if len(public) != PUBLIC_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    try:
        nacl.bindings.crypto_sign_open(signature + message, public)
    except nacl.exceptions.BadSignatureError:
        return False
    return True


def check_public(public: bytes) -> None:
    """Raise `Malformed` unless the bytes are an Ed25519 key that may be registered.

    Refused: wrong length, not on the curve, non-canonical, small order, not in the main subgroup.
    """
    if len(public) != PUBLIC_BYTES:
        raise Malformed(
            "public-key", "", f"an Ed25519 public key has {PUBLIC_BYTES} bytes, this has {len(public)}"
        )
    if not nacl.bindings.crypto_core_ed25519_is_valid_point(public):
        raise Malformed(
            "public-key", "", "these bytes are not a safe Ed25519 public key (small order or not canonical)"
        )
