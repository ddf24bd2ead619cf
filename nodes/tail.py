"""Reads what the engine commits, entry by entry, and hands it on: to the vault, to erasure, to the desk."""

import threading
from collections.abc import Callable, Sequence

from ledger.entry import Entry, parse_leaf

BATCH_ENTRIES_MAX = 256


class Tail(threading.Thread):
    """Follows the committed log from an index on; wakes on commit, never polls."""

    def __init__(
        self,
        start: int,
        changed: threading.Condition,
        size: Callable[[], int],
        leaves: Callable[[int, int], Sequence[bytes]],
        sink: Callable[[Sequence[Entry], int], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        super().__init__(name="tail")
        self._at = start
        self._changed = changed
        self._size = size
        self._leaves = leaves
        self._sink = sink
        self._failed = failed
        self._stopped = False

    def run(self) -> None:
        """Hand on batches in order until stopped."""
        try:
            while self._wait():
                end = min(self._size(), self._at + BATCH_ENTRIES_MAX)
                self._sink([parse_leaf(leaf) for leaf in self._leaves(self._at, end)], end)
                self._at = end
        except BaseException as error:  # noqa: BLE001  (a lost thread would be a silent failure)
            self._failed(error)

    def stop(self) -> None:
        """End and join the thread."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self.ident is not None:
            self.join()

    def _wait(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._size() > self._at)
        return not self._stopped
