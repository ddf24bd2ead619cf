"""The node's efficiency figures: its log is read once and then followed; every report is counted afresh."""

import threading
from collections.abc import Sequence

from api.encoding import Json
from ledger.efficiency import Days, Period, report
from ledger.handled import Handling
from ledger.policies import policy_in_force
from nodes.desk import OFFICER
from nodes.node import Node
from nodes.reads import FEED_ROWS_MAX


class Efficiency:
    """Follows the log of a node; safe from any thread.

    It keeps a few hundred bytes for each case. The first report after a start reads the whole log.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._lock = threading.Lock()
        self._handling = Handling(OFFICER)
        self._days: Days | None = None

    def report(self, period: Period, by: Sequence[str], only: str | None) -> Json:
        """The figures as of the log's end now; see `ledger.efficiency.report`."""
        with self._lock:
            self._catch_up()
            policy = policy_in_force(self._node.register)
            if self._days is None or self._days.policy != policy:
                self._days = Days(policy)  # another calendar: what was counted counts no more
            return report(self._handling, period, by, self._days, only)

    def _catch_up(self) -> None:
        while entries := self._node.store.feed(self._handling.size - 1, FEED_ROWS_MAX):
            self._handling.add(entries)
