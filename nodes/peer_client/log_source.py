"""Reads another node's log: final checkpoints, entry bundles, tiles. Nothing read here is trusted yet."""

from collections.abc import Sequence

from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.entry import LEAF_BYTES_MAX
from dengbu.ledger.log.merkle import HASH_BYTES, NodeId, node_hash
from dengbu.ledger.log.note import NOTE_BYTES_MAX
from dengbu.ledger.log.tiles import TILE_HEIGHT, TILE_WIDTH, entries_path, split_bundle, tile_path, tile_width
from dengbu.nodes.peer_client.peer_client import Answer, PeerClient, PeerDown

LENGTH_BYTES = 2
BUNDLE_BYTES_MAX = TILE_WIDTH * (LENGTH_BYTES + LEAF_BYTES_MAX)
LONG_POLL_S = 2  # short, so that stopping does not wait for long
TILES_KEPT_MAX = 1_024
NOT_NOW = (401, 403, 429, 503)  # these say something about this node or the moment, nothing about the log
TOLD_CHARS_MAX = 300


class Withheld(Exception):
    """The source does not show what its own signed checkpoint covers."""

    def __init__(self, path: str, expected: str, found: str) -> None:
        super().__init__(path, expected, found)
        self.path = path
        self.expected = expected
        self.found = found

    def __str__(self) -> str:
        return f"账本内容未出示 {self.path}: expected {self.expected}, got {self.found}"


class Source:
    """The log as another node serves it."""

    def __init__(self, peer: PeerClient) -> None:
        self.peer = peer

    def checkpoint(self, after: int) -> bytes | None:
        """Return the newest final note with a size above `after`; None if none comes within `LONG_POLL_S`.

        Raises `PeerDown`.
        """
        target = f"/checkpoint?after={after}&wait={LONG_POLL_S}"
        answer = self.peer.get(target, limit=NOTE_BYTES_MAX, wait_s=LONG_POLL_S)
        if answer.status not in (200, 204):
            raise PeerDown(self.peer.url, _told(target, answer))
        return answer.body if answer.status == 200 else None

    def entries(self, start: int, end: int, size: int, skip: int) -> list[bytes]:
        """Return the leaves from `start` up to, not including, `end` of a log of `size` entries.

        `skip` is the number of bytes in start's bundle that precede it, so that only the rest is fetched. Raises
        `PeerDown`, `Withheld`, or `Malformed` for bytes that are not a bundle.
        """
        leaves: list[bytes] = []
        while start < end:
            n, place = divmod(start, TILE_WIDTH)
            width = min(TILE_WIDTH, size - n * TILE_WIDTH)
            wanted = min(TILE_WIDTH, end - n * TILE_WIDTH) - place
            leaves += self._bundle(n, width, skip, width - place)[:wanted]
            start, skip = start + wanted, 0
        return leaves

    def _bundle(self, n: int, width: int, skip: int, expected: int) -> list[bytes]:
        path = entries_path(n, None if width == TILE_WIDTH else width)
        headers = {"Range": f"bytes={skip}-"} if skip else {}
        answer = self.peer.get(f"/{path}", headers=headers, limit=BUNDLE_BYTES_MAX)
        raw = _whole(self.peer, path, answer) if not skip or answer.status != 206 else answer.body
        if skip and answer.status == 200:
            raw = raw[skip:]
        leaves = split_bundle(raw)
        if len(leaves) < expected:
            raise Withheld(path, f"{expected} entries", f"{len(leaves)}")
        if len(leaves) > expected:
            raise Malformed("bundle", path, f"{len(leaves)} entries where {expected} belong")
        return leaves


class Tiles:
    """The tree of a log of `size` entries, read tile by tile from its source; a `merkle.HashReader`."""

    def __init__(self, peer: PeerClient, size: int) -> None:
        self._peer = peer
        self._size = size
        self._kept: dict[str, bytes] = {}

    def read(self, ids: Sequence[NodeId]) -> list[bytes]:
        """Return the hashes of these complete subtrees. Raises `PeerDown` or `Withheld`."""
        return [self._node(level, index) for level, index in ids]

    def _node(self, level: int, index: int) -> bytes:
        """Return a node's hash, folded from the hashes of its tile level, at most 128 of them."""
        tile_level, above = divmod(level, TILE_HEIGHT)
        first, count = index << above, 1 << above
        n, place = divmod(first, TILE_WIDTH)
        raw = self._tile(tile_level, n)
        hashes = [raw[at * HASH_BYTES : (at + 1) * HASH_BYTES] for at in range(place, place + count)]
        return fold_complete(hashes)

    def _tile(self, level: int, n: int) -> bytes:
        width = tile_width(self._size, level, n)
        path = tile_path(level, n, None if width == TILE_WIDTH else width)
        raw = self._kept.get(path)
        if raw is None:
            answer = self._peer.get(f"/{path}", limit=TILE_WIDTH * HASH_BYTES)
            raw = _whole(self._peer, path, answer)
            if len(raw) != width * HASH_BYTES:
                raise Withheld(path, f"{width * HASH_BYTES} bytes", f"{len(raw)}")
            if len(self._kept) >= TILES_KEPT_MAX:
                self._kept.clear()
            self._kept[path] = raw
        return raw


def fold_complete(hashes: Sequence[bytes]) -> bytes:
    """Return the root of a complete subtree over 2^k hashes."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
    return hashes[0]


def _whole(peer: PeerClient, path: str, answer: Answer) -> bytes:
    if answer.status in NOT_NOW:
        raise PeerDown(peer.url, _told(path, answer))
    if answer.status != 200:
        raise Withheld(path, "200", f"status {answer.status}")
    return answer.body


def _told(target: str, answer: Answer) -> str:
    return f"status {answer.status} for {target}: {answer.body.decode(errors='replace').strip()[:TOLD_CHARS_MAX]}"
