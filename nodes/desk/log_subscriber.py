"""Reads the entries that the engine commits and hands them on: to the vault, to erasure, to the desk."""

import threading
from collections.abc import Callable, Sequence

from dengbu.ledger.log.entry import Entry, read_leaf

BATCH_ENTRIES_MAX = 256
STOP_CHECK_S = 0.5


class LogSubscriber(threading.Thread):
    """Follows the log from an index on, woken when it grows.

    wait(size, timeout_s) -> the size of the log, once it is above `size` or the time is up.
    """

    def __init__(
        self,
        start: int,
        wait: Callable[[int, float], int],
        leaves: Callable[[int, int], Sequence[bytes]],
        sink: Callable[[Sequence[Entry], int], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        super().__init__(name="log-subscriber")
        self._at = start
        self._wait = wait
        self._leaves = leaves
        self._sink = sink
        self._failed = failed
        self._stopped = threading.Event()

    def run(self) -> None:
        """Hand on batches in order until stopped."""
        try:
            while not self._stopped.is_set():
                size = self._wait(self._at, STOP_CHECK_S)
                end = min(size, self._at + BATCH_ENTRIES_MAX)
                if end > self._at and not self._stopped.is_set():
                    self._sink([read_leaf(leaf) for leaf in self._leaves(self._at, end)], end)
                    self._at = end
        except BaseException as error:  # noqa: BLE001  (a lost thread would be a silent failure)
            self._failed(error)

    def stop(self) -> None:
        """End and join the thread."""
        self._stopped.set()
        if self.ident is not None:
            self.join()
