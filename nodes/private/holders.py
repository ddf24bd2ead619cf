"""Holder references, by which the register names a person without holding anything that leads to the person.

A reference is stable within one unit, unlinkable across units, and useless without the registry's key (PIPL art. 51).
The key is not optional: a bare hash of an 18-character identity number can be found by exhaustive search in seconds.
"""

import hashlib
import hmac

from dengbu.ledger.law.documents import normal, plain

DOMAIN = "dengbu-holder/v1"
SEPARATOR = "\n"


def holder_ref(key: bytes, unit: str, id_type: str, id_no: str) -> str:
    """Return HMAC-SHA256 (hex) over unit, kind of identity document and its number, in their forms of comparison.

    Raises ValueError unless each is one non-empty line.
    """
    parts = (DOMAIN, plain(unit), *normal(id_type, id_no))
    if any(SEPARATOR in part or not part for part in parts):
        raise ValueError("unit, id_type and id_no must each be one non-empty line")
    return hmac.digest(key, SEPARATOR.join(parts).encode(), hashlib.sha256).hex()
