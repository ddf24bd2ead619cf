"""Holder references: how the register names a person without holding anything that leads to the person.

A reference is stable within one unit, unlinkable across units, and useless without the registry's key (PIPL
art. 51; a bare hash of an 18-character identity number can be searched through in seconds, so a key is not
optional).
"""

import hashlib
import hmac
import unicodedata

DOMAIN = "dengbu-holder/v1"
SEPARATOR = "\n"


def holder_ref(key: bytes, unit: str, id_type: str, id_no: str) -> str:
    """HMAC-SHA256 (hex) over unit, kind of identity document and its number, stripped and in upper case."""
    parts = (DOMAIN, plain(unit), plain(id_type), plain(id_no))
    if any(SEPARATOR in part or not part for part in parts):
        raise ValueError("unit, id_type and id_no must each be one non-empty line")
    return hmac.new(key, SEPARATOR.join(parts).encode(), hashlib.sha256).hexdigest()


def plain(text: str) -> str:
    """A text as it is compared: full-width characters made plain, stripped, in upper case."""
    return unicodedata.normalize("NFKC", text).strip().upper()
