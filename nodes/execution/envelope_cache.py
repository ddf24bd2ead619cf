"""The envelopes that this node has parsed and the signatures that it has verified, so that it does each only once.

An event is checked when it arrives and executed when it is ordered, perhaps several times; verification takes most of
the time of both. An envelope's hash fixes net, body and signatures, so hash and public key determine the verdict.
"""

import hashlib
import threading
from collections.abc import Callable

from dengbu.ledger.log import keys
from dengbu.ledger.log.envelope import Envelope, parse_envelope

SEEN_BYTES_MAX = 1024 * 1024  # of raw envelopes, in each of two generations

Verify = Callable[[bytes, bytes, bytes], bool]


class _Known:
    __slots__ = ("envelope", "verdicts")

    def __init__(self, envelope: Envelope) -> None:
        self.envelope = envelope
        self.verdicts: dict[bytes, bool] = {}


class Seen:
    """A bounded memory of envelopes and verdicts; safe from any thread."""

    def __init__(self, bytes_max: int = SEEN_BYTES_MAX) -> None:
        self._bytes_max = bytes_max
        self._bytes = 0
        self._young: dict[bytes, _Known] = {}
        self._old: dict[bytes, _Known] = {}
        self._lock = threading.Lock()

    def envelope(self, raw: bytes) -> Envelope:
        """Return the envelope of these bytes. Raises `Malformed`."""
        digest = hashlib.sha256(raw).digest()
        known = self._young.get(digest) or self._old.get(digest)
        return known.envelope if known else self._remember(parse_envelope(raw)).envelope

    def verifier(self, envelope: Envelope) -> Verify:
        """Return a replacement for `keys.verify` that serves the signatures of this one envelope."""
        known = self._young.get(envelope.hash) or self._old.get(envelope.hash) or self._remember(envelope)
        verdicts = known.verdicts

        def verify(public: bytes, message: bytes, signature: bytes) -> bool:
            verdict = verdicts.get(public)
            if verdict is None:
                verdict = verdicts[public] = keys.verify(public, message, signature)
            return verdict

        return verify

    def _remember(self, envelope: Envelope) -> _Known:
        with self._lock:
            if self._bytes >= self._bytes_max:
                self._old, self._young, self._bytes = self._young, {}, 0
            known = self._young.setdefault(envelope.hash, _Known(envelope))
            self._bytes += len(envelope.raw)
        return known
