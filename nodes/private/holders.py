"""Holder references, by which the register names a person without holding anything that leads to the person.

A reference is stable within one unit, unlinkable across units, and useless without the registry's key (PIPL art. 51).
The key is not optional: a bare hash of an 18-character identity number can be found by exhaustive search in seconds.
"""

import hashlib
import hmac
import unicodedata

DOMAIN = "dengbu-holder/v1"
SEPARATOR = "\n"


def holder_ref(key: bytes, unit: str, id_type: str, id_no: str) -> str:
    """Return HMAC-SHA256 (hex) over unit, kind of identity document and its number, each in its `plain` form.

    Raises ValueError unless each is one non-empty line.
    """
    parts = (DOMAIN, plain(unit), plain(id_type), plain(id_no))
    if any(SEPARATOR in part or not part for part in parts):
        raise ValueError("unit, id_type and id_no must each be one non-empty line")
    return hmac.digest(key, SEPARATOR.join(parts).encode(), hashlib.sha256).hex()


def plain(text: str) -> str:
    """Return a text in the form used for comparison: NFKC (full-width made plain), stripped, in upper case."""
    normal = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return normal.strip().upper()
