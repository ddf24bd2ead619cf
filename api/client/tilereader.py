"""Hashes of the log's tree, read from a node's tiles (C2SP tlog-tiles) and not trusted by themselves.

Every proof built from these hashes must be checked against a root that the quorum has cosigned.
"""

from __future__ import annotations

from collections.abc import Sequence

from dengbu.api.client.errors import NotFound, VerificationError
from dengbu.api.client.transport import Transport
from dengbu.ledger.log import tiles
from dengbu.ledger.log.merkle import HASH_BYTES, NodeId, node_hash

INNER_MAX = 4096  # cached hashes that are in no tile; few suffice, because entries are read in order


class TileReader:
    """A `HashReader` (dengbu.ledger.log.merkle) for a tree of `size` leaves, which caches tiles and inner hashes."""

    def __init__(self, transport: Transport, size: int) -> None:
        self._transport = transport
        self._size = size
        self._tiles: dict[tuple[int, int], bytes] = {}
        self._inner: dict[NodeId, bytes] = {}  # subtrees whose hashes are in no tile

    def read(self, ids: Sequence[NodeId]) -> list[bytes]:
        """Return the hashes of these subtrees, in this order; raise VerificationError if a tile is incomplete."""
        return [self._hash(level, index) for level, index in ids]

    def _hash(self, level: int, index: int) -> bytes:
        found = self._inner.get((level, index))
        if found is not None:
            return found
        tile_level, above = divmod(level, tiles.TILE_HEIGHT)
        if not above:
            n, place = divmod(index, tiles.TILE_WIDTH)
            return self._tile(tile_level, n)[place * HASH_BYTES : (place + 1) * HASH_BYTES]
        found = node_hash(self._hash(level - 1, 2 * index), self._hash(level - 1, 2 * index + 1))
        if len(self._inner) >= INNER_MAX:
            self._inner.clear()
        self._inner[level, index] = found
        return found

    def _tile(self, level: int, n: int) -> bytes:
        found = self._tiles.get((level, n))
        if found is None:
            width = tiles.tile_width(self._size, level, n)
            found = fetch(
                self._transport,
                tiles.tile_path(level, n, None if width == tiles.TILE_WIDTH else width),
                tiles.tile_path(level, n, None),
            )
            if len(found) < width * HASH_BYTES:
                raise VerificationError(
                    "tile",
                    f"哈希块不完整 tile {level}/{n} has {len(found)} bytes, {width} hashes were asked for",
                )
            self._tiles[level, n] = found
        return found


def fetch(transport: Transport, path: str, full: str) -> bytes:
    """Fetch a partial tile or bundle, or the full one that has replaced it; raise NotFound if there is neither."""
    try:
        return transport.get("/v1/" + path, accept="application/octet-stream").body
    except NotFound:
        if path == full:
            raise
        return transport.get("/v1/" + full, accept="application/octet-stream").body
