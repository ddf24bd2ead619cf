"""The cosigner of a node."""

from dataclasses import dataclass

from dengbu.ledger.log.note import NoteSigner
from dengbu.nodes.finality.lastsigned import LastSigned


@dataclass(frozen=True)
class Cosigner:
    """An institution, its cosigning key, and the file that prevents the key from signing two trees."""

    institution: str
    key: NoteSigner
    last_signed: LastSigned
