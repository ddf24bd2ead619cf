"""Canonical JSON: the only byte form in which a value is signed, hashed, stored and sent.

The form is RFC 8785 (JCS) within a profile: no floats, integers within 2^53-1, ASCII keys, NFC strings,
limited depth and size. Within the profile orjson's sorted output is exactly RFC 8785.
"""

import re
import unicodedata
from typing import Any

import orjson

# The values of the profile: dict with ASCII keys, list, str, int, bool, None. The type does not describe nested
# values; `canonical` and `parse` check every one of them.
JSONValue = dict[str, Any] | list[Any] | str | int | bool | None

INT_MAX = 2**53 - 1  # I-JSON, RFC 7493 2.2: every JSON reader keeps these integers exactly
DEPTH_MAX = 32
SHOWN_CHARS_MAX = 64  # how much of a wrong key an error message shows
_KEY = re.compile(r"[A-Za-z0-9_.-]+", re.ASCII)
# Nodes run different Pythons, and a later Unicode version may judge a newly assigned character differently.
# Every Python carries version 3.2 unchanged.
_UNICODE = unicodedata.ucd_3_2_0


class Malformed(ValueError):
    """Raised for outside bytes or values that violate a format; `str()` says what, where and what was expected.

    `code` is a stable kebab-case word; `where` is a JSON pointer or a place in the bytes ("" means the whole).
    """

    def __init__(self, code: str, where: str, message: str) -> None:
        super().__init__(code, where, message)
        self.code = code
        self.where = where
        self.message = message

    def __str__(self) -> str:
        return f"格式不符 malformed [{self.code}] at {self.where or 'the top level'}: {self.message}"

    def under(self, segment: str) -> "Malformed":
        """Return the same fault with `where` prefixed by the enclosing key or index."""
        return Malformed(self.code, f"/{segment}{self.where}", self.message)


def canonical(value: JSONValue, depth: int = DEPTH_MAX) -> bytes:
    """Return the canonical bytes of a value; raise `Malformed` if the value lies outside the profile."""
    _check(value, depth)
    return encode(value)


def parse(raw: bytes, *, limit: int, depth: int = DEPTH_MAX) -> JSONValue:
    """Parse canonical bytes; raise `Malformed` for any bytes that `canonical` would not have written.

    `limit` is in bytes, `depth` in nested containers. Duplicate keys, other escapes, white space and the like
    all fail the last step, because the value does not encode back to the same bytes.
    """
    if len(raw) > limit:
        raise Malformed("too-large", "", f"{len(raw)} bytes; at most {limit} are allowed")
    try:
        value = orjson.loads(raw)  # stops by itself at 1024 nested containers
    except orjson.JSONDecodeError as fault:
        raise Malformed("not-json", f"byte {fault.pos}", fault.msg) from None
    _check(value, depth)
    if encode(value) != raw:
        raise Malformed("not-canonical", "", "this is not the canonical form of the value (RFC 8785)")
    return value  # type: ignore[no-any-return]


def encode(value: JSONValue) -> bytes:
    """Return the canonical bytes of a value that `canonical` or `parse` has already checked."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _check(value: Any, depth: int) -> None:
    """Check a value and all it contains; `depth` is how many more containers may be nested."""
    kind = type(value)
    if kind is str:
        if not value.isascii():
            _check_text(value)
    elif kind is dict:
        if not depth:
            raise _too_deep()
        _check_dict(value, depth - 1)
    elif kind is list:
        if not depth:
            raise _too_deep()
        _check_list(value, depth - 1)
    elif kind is int:
        if not -INT_MAX <= value <= INT_MAX:
            raise Malformed("integer-range", "", f"an integer lies beyond {INT_MAX}; send it as a string")
    elif kind is not bool and value is not None:
        allowed = "use object, array, string, integer, true, false or null"
        raise Malformed("type", "", f"{kind.__name__} is not allowed; {allowed}")


def _check_dict(value: dict[Any, Any], depth: int) -> None:
    for key, item in value.items():
        if type(key) is not str:
            raise Malformed("key", "", f"the key {key!r} is not a string")
        # Most keys are identifiers and most values ASCII strings, so both are accepted here without a call.
        if not (key.isascii() and key.isidentifier()) and not _KEY.fullmatch(key):
            raise Malformed("key", "", f"the key {key[:SHOWN_CHARS_MAX]!r} is not made of A-Z a-z 0-9 _ . -")
        if type(item) is str and item.isascii():
            continue
        try:
            _check(item, depth)
        except Malformed as fault:
            raise fault.under(key) from None


def _check_list(value: list[Any], depth: int) -> None:
    for place, item in enumerate(value):
        try:
            _check(item, depth)
        except Malformed as fault:
            raise fault.under(str(place)) from None


def _check_text(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Malformed("not-unicode", "", "text holds a lone surrogate, which is not a character") from None
    if not _UNICODE.is_normalized("NFC", value):
        raise Malformed("not-nfc", "", "text is not in Unicode normal form C; normalise it before sending")


def _too_deep() -> Malformed:
    return Malformed("depth", "", f"nested deeper than allowed ({DEPTH_MAX} levels in one document)")
