"""Entry bundles for readers: the newest leaves from memory, older ones from the store."""

import threading
from collections.abc import Sequence

from dengbu.ledger.log.tiles import TILE_WIDTH, bundle
from dengbu.nodes.store.reads import Reads

KEPT = 3  # bundles in memory, enough for a node that is a few blocks behind


class Bundles:
    """Bundles of committed leaves in their wire format; safe from any thread."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._lock = threading.Lock()
        self._parts: dict[int, list[bytes]] = {}  # bundle number -> its leaves, each with its length

    def append(self, start: int, leaves: Sequence[bytes]) -> None:
        """Add leaves that have just been committed, the first one at index `start`."""
        with self._lock:
            for index, leaf in enumerate(leaves, start):
                n, place = divmod(index, TILE_WIDTH)
                part = self._parts.get(n)
                if part is None and place == 0:
                    part = self._parts[n] = []
                if part is not None and len(part) == place:
                    part.append(bundle((leaf,)))
                else:  # its beginning is not in memory: it is read from the store on demand
                    self._parts.pop(n, None)
            while len(self._parts) > KEPT:
                del self._parts[min(self._parts)]

    def bytes_before(self, index: int) -> int:
        """Return how many bytes of its bundle precede the leaf at `index`; all leaves before it must be committed."""
        n, place = divmod(index, TILE_WIDTH)
        if not place:
            return 0
        return sum(len(part) for part in self._width(n, place) or ())

    def read(self, n: int, width: int) -> bytes | None:
        """Return the first `width` leaves of bundle n; None if they are not all committed."""
        parts = self._width(n, width)
        return None if parts is None else b"".join(parts)

    def _width(self, n: int, width: int) -> list[bytes] | None:
        with self._lock:
            kept = self._parts.get(n)
            if kept is not None and len(kept) >= width:
                return kept[:width]
        leaves = self._reads.leaves(n * TILE_WIDTH, n * TILE_WIDTH + width)
        if len(leaves) < width:
            return None
        parts = [bundle((leaf,)) for leaf in leaves]
        if width < TILE_WIDTH:  # the growing end: its reader will soon ask for what follows
            with self._lock:
                if len(self._parts.get(n, ())) < width:
                    self._parts[n] = list(parts)
        return parts
