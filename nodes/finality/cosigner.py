"""Who cosigns on a node."""

from dataclasses import dataclass

from dengbu.ledger.log.note import NoteSigner
from dengbu.nodes.finality.lastsigned import LastSigned


@dataclass(frozen=True)
class Cosigner:
    """An institution with its cosigning key, and the file that keeps the key from signing two trees."""

    institution: str
    key: NoteSigner
    last_signed: LastSigned
