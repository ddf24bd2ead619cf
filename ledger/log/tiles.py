"""The static layout of the log for readers (C2SP tlog-tiles): paths, tile geometry, entry bundles.

Tile n of level L holds the complete subtrees of height 8L with indexes 256n .. 256n+255.
"""

import re
from collections.abc import Iterable

import msgspec

from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.merkle import NodeId

TILE_WIDTH = 256
TILE_HEIGHT = 8
LEVEL_MAX = 63
N_MAX = 2**55 - 1  # tiles of 256 in a log of fewer than 2^63 entries
_PATH = re.compile(
    r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII
)
_LENGTH_BYTES = 2


class Tile(msgspec.Struct, frozen=True):
    """A tile of hashes, or a bundle of entries if `level` is None. It is full if `width` is None."""

    level: int | None
    n: int
    width: int | None = None


def tile_path(level: int, n: int, width: int | None = None) -> str:
    """The path of a tile of hashes."""
    return f"tile/{level}/{_number(n)}{_partial(width)}"


def entries_path(n: int, width: int | None = None) -> str:
    """The path of a bundle of entries."""
    return f"tile/entries/{_number(n)}{_partial(width)}"


def parse_path(path: str) -> Tile:
    """Parse the path of a tile; raise `Malformed` unless it is the tile's only valid spelling."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise Malformed("tile-path", "path", f"{path[:80]!r} is not a tile path")
    level, number, partial = match.groups()
    n = int(number.replace("x", "").replace("/", ""))
    width = int(partial) if partial else None
    tile = Tile(None if level == "entries" else int(level), n, width)
    again = entries_path(n, width) if tile.level is None else tile_path(tile.level, n, width)
    if again != path or (tile.level or 0) > LEVEL_MAX or n > N_MAX or (width or 0) >= TILE_WIDTH:
        raise Malformed("tile-path", "path", f"{path[:80]!r} is not a tile path; it would be {again}")
    return tile


def tile_width(size: int, level: int, n: int) -> int:
    """The number of hashes in tile n of a level for a log of `size` entries: 0 (absent) to 256 (full)."""
    return max(0, min(TILE_WIDTH, (size >> (TILE_HEIGHT * level)) - n * TILE_WIDTH))


def tile_nodes(level: int, n: int, width: int) -> list[NodeId]:
    """The tree nodes (level, index) whose hashes make up a tile, in order."""
    return [(TILE_HEIGHT * level, n * TILE_WIDTH + place) for place in range(width)]


def bundle(leaves: Iterable[bytes]) -> bytes:
    """Return the bundle of these leaves: each one preceded by its length as two big-endian bytes."""
    return b"".join(len(leaf).to_bytes(_LENGTH_BYTES, "big") + leaf for leaf in leaves)


def split_bundle(raw: bytes) -> list[bytes]:
    """Return the leaves of a bundle; raise `Malformed` if it is cut short or has more than 256 leaves."""
    leaves: list[bytes] = []
    place = 0
    while place < len(raw):
        start = place + _LENGTH_BYTES
        place = start + int.from_bytes(raw[place:start], "big")
        if start > len(raw) or place > len(raw) or len(leaves) == TILE_WIDTH:
            raise Malformed(
                "bundle", f"entry {len(leaves)}", "the bundle is cut short or has more than 256 entries"
            )
        leaves.append(raw[start:place])
    return leaves


def _number(n: int) -> str:
    digits = str(n)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[place : place + 3] for place in range(0, len(digits), 3)]
    return "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])


def _partial(width: int | None) -> str:
    return "" if width is None else f".p/{width}"
