"""Salted commitments: what the log holds in place of personal data."""

import hashlib

from dengbu.ledger.log.encoding import JSONValue, canonical

TAG = "dengbu-commit/v1"
SALT_BYTES = 32


def commit(net: str, actor: str, event_id: str, name: str, salt: bytes, value: JSONValue) -> str:
    """Return the hex commitment to a private value of one event."""
    return commit_to_bytes(net, actor, event_id, name, salt, canonical(value))


def commit_to_bytes(net: str, actor: str, event_id: str, name: str, salt: bytes, value: bytes) -> str:
    """Return the hex commitment to a value of which the canonical bytes are at hand.

    The salt stops anyone from testing guesses (a name, an amount) against the log. Network, actor, event id and
    name stop a commitment from being reused elsewhere; their formats ensure that none of the four holds a line
    feed.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes, this has {len(salt)}")
    if "\n" in net + actor + event_id + name:
        raise ValueError(
            "a line feed in the network, actor, event id or name would make the framing ambiguous"
        )
    head = f"{TAG}\n{net}\n{actor}\n{event_id}\n{name}\n".encode()
    return hashlib.sha256(head + salt + value).hexdigest()
