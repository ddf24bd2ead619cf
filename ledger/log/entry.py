"""Entries: an event and its decision at one index of the log. The canonical bytes of an entry are its leaf.

    {"decision":{outcome,reasons?,register,result?},"event":<envelope>,"height","index","prev","time","v":1}

`prev` is the SHA-256 of the previous leaf, so the log is also a plain hash chain.
"""

import hashlib
from typing import Annotated, Any, Literal

import msgspec
import orjson
from msgspec import Meta

from dengbu.ledger.log import msgspec_warmup
from dengbu.ledger.log.encoding import DEPTH_MAX, INT_MAX, Malformed, canonical, encode, parse
from dengbu.ledger.log.envelope import Envelope, Hex64, Milliseconds, convert, envelope_of

LEAF_BYTES_MAX = 65_535  # the tile format writes a leaf's length in two bytes
LEAF_DEPTH_MAX = DEPTH_MAX + 1  # an envelope of the greatest depth, nested in the entry
FIRST_PREV = "0" * 64

Outcome = Literal["accepted", "entered", "recorded", "refused"]
Count = Annotated[int, Meta(ge=0, le=INT_MAX)]
KebabName = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*\Z")]


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One reason of a refusal: the number and name of its code, its articles, and the act or unit concerned."""

    code: Count
    name: KebabName
    law: tuple[str, ...]
    at: dict[str, Any] | None = None


class _Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    outcome: Outcome
    register: Hex64
    reasons: tuple[Reason, ...] = ()
    result: dict[str, Any] | None = None


class _Leaf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    decision: _Decision
    event: dict[str, Any]
    height: Count
    index: Count
    prev: Hex64
    time: Milliseconds
    v: Literal[1]


class Entry(msgspec.Struct, frozen=True):
    """A well-formed entry; `raw` is the leaf. Parsing verifies neither signatures nor decision."""

    index: int
    height: int
    time: int
    prev: str
    envelope: Envelope
    decision: dict[str, Any]
    raw: bytes

    @property
    def is_refused(self) -> bool:
        """Whether the rules refused the event."""
        return bool(self.decision["outcome"] == "refused")


def make_leaf(
    index: int, height: int, time: int, prev: str, envelope: Envelope, decision: dict[str, Any]
) -> bytes:
    """Return the leaf of an entry; raise `Malformed` if the decision is misshapen or the leaf too large.

    The envelope's bytes go in unchanged, since they are already canonical.
    """
    convert(
        {
            "decision": decision,
            "event": {},
            "height": height,
            "index": index,
            "prev": prev,
            "time": time,
            "v": 1,
        },
        _Leaf,
    )
    _check_decision(decision)
    raw = _opening(canonical(decision)) + envelope.raw + _closing(index, height, time, prev)
    if len(raw) > LEAF_BYTES_MAX:
        raise Malformed(
            "too-large", "", f"the entry has {len(raw)} bytes; at most {LEAF_BYTES_MAX} are allowed"
        )
    return raw


def parse_leaf(raw: bytes) -> Entry:
    """Parse a leaf; raise `Malformed` unless `make_leaf` could have written exactly these bytes."""
    return _entry(raw, parse(raw, limit=LEAF_BYTES_MAX, depth=LEAF_DEPTH_MAX))


def read_leaf(raw: bytes) -> Entry:
    """Parse a leaf from this node's own ledger, which made or parsed it before.

    The canonical form is not checked again, which saves half the time. Bytes that are not an entry raise
    `Malformed`.
    """
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as fault:
        raise Malformed("not-json", f"byte {fault.pos}", fault.msg) from None
    return _entry(raw, value)


def _entry(raw: bytes, value: Any) -> Entry:
    leaf = convert(value, _Leaf)
    decision = value["decision"]
    _check_decision(decision)
    before = len(_opening(encode(decision)))
    after = len(_closing(leaf.index, leaf.height, leaf.time, leaf.prev))
    try:
        envelope = envelope_of(raw[before:-after], value["event"])
    except Malformed as fault:
        raise fault.under("event") from None
    return Entry(
        index=leaf.index,
        height=leaf.height,
        time=leaf.time,
        prev=leaf.prev,
        envelope=envelope,
        decision=decision,
        raw=raw,
    )


def leaf_prev(leaf: bytes) -> str:
    """Return the `prev` of the next entry: the hex SHA-256 of this leaf."""
    return hashlib.sha256(leaf).hexdigest()


def check_link(before: Entry | None, entry: Entry) -> None:
    """Raise `Malformed` unless the entry may directly follow `before`, which is None for the first entry.

    The index grows by one, `prev` is the hash of the previous leaf, and the time is that of the block: equal
    within a height, and strictly later at a greater height.
    """
    index = before.index + 1 if before else 0
    if entry.index != index:
        raise Malformed("chain-index", "/index", f"expected index {index}, found {entry.index}")
    prev = leaf_prev(before.raw) if before else FIRST_PREV
    if entry.prev != prev:
        raise Malformed(
            "chain-prev",
            "/prev",
            f"entry {index} names {entry.prev} as the previous hash, but that is {prev}",
        )
    if before is None or (entry.height, entry.time) == (before.height, before.time):
        return
    if entry.height <= before.height or entry.time <= before.time:
        raise Malformed(
            "chain-time", "/time", f"height and time of entry {index} do not both follow those before it"
        )


def _check_decision(decision: dict[str, Any]) -> None:
    if bool(decision.get("reasons")) != (decision["outcome"] == "refused"):
        raise Malformed(
            "shape", "/decision/reasons", "a refusal has at least one reason, and no other outcome has any"
        )


def _opening(decision: bytes) -> bytes:
    return b'{"decision":' + decision + b',"event":'


def _closing(index: int, height: int, time: int, prev: str) -> bytes:
    return f',"height":{height},"index":{index},"prev":"{prev}","time":{time},"v":1}}'.encode()


msgspec_warmup.ready()
