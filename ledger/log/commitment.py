"""Salted commitments: what the log holds in place of personal data."""

import hashlib

from dengbu.ledger.log.encoding import JSONValue, canonical

TAG = "dengbu-commit/v1"
SALT_BYTES = 32


def commit(net: str, actor: str, event_id: str, name: str, salt: bytes, value: JSONValue) -> str:
    """The hex commitment to a private value of one event.

    The salt keeps guessable data (a name, an amount) from being tried against the log; network, actor, event
    and name keep a commitment from being moved elsewhere. None of the four may hold a line feed, which their
    formats ensure.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes, this has {len(salt)}")
    if "\n" in net + actor + event_id + name:
        raise ValueError(
            "a line feed in the network, actor, event id or name would make the framing ambiguous"
        )
    head = f"{TAG}\n{net}\n{actor}\n{event_id}\n{name}\n".encode()
    return hashlib.sha256(head + salt + canonical(value)).hexdigest()
