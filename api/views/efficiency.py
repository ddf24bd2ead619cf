"""The node's efficiency figures: the log is read once and then followed; each report is computed once until the log grows."""

import threading
from collections.abc import Sequence

from dengbu.api.edge.encoding import Json
from dengbu.ledger.advisory.efficiency import Days, Period, report
from dengbu.ledger.advisory.timeline import Handling
from dengbu.ledger.cases.cases import DESK
from dengbu.ledger.rules.policies import policy_in_force
from dengbu.nodes.node import Node

REPORTS_MAX = 64  # kept until the next entry


class Efficiency:
    """Follows the log of a node; safe from any thread.

    It keeps a few hundred bytes for each case. The first report after a start reads the whole log.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._lock = threading.Lock()
        self._handling = Handling(DESK)
        self._days: Days | None = None
        self._counted: dict[tuple[Period, tuple[str, ...], str | None], Json] = {}

    def report(self, period: Period, by: Sequence[str], only: str | None) -> Json:
        """Return the figures as of the current end of the log; see `dengbu.ledger.advisory.efficiency.report`."""
        asked = (period, tuple(by), only)
        with self._lock:
            self._catch_up()
            if asked not in self._counted:
                self._counted[asked] = self._count(*asked)
            return self._counted[asked]

    def _count(self, period: Period, by: tuple[str, ...], only: str | None) -> Json:
        policy = self._handling.policy or policy_in_force(self._node.register)
        if self._days is None or self._days.policy != policy:
            self._days = Days(policy)  # another calendar: days counted by the old one are void
        return report(self._handling, period, by, self._days, only)

    def _catch_up(self) -> None:
        while entries := self._node.ledger.feed(self._handling.size - 1):
            self._handling.add(entries)
            self._counted.clear()
        if len(self._counted) >= REPORTS_MAX:
            self._counted.clear()
