"""The institutions that each final entry concerns, worked out when a reader first reaches the entry, and remembered.

They follow from the entry and the history before it alone, so the answer is the same whenever it is asked for.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from dengbu.ledger.advisory.concerns import Concern, concerned
from dengbu.ledger.cases.judging import acts_of, kind_of
from dengbu.ledger.cases.subject import case_number
from dengbu.ledger.log.entry import Entry
from dengbu.ledger.register.records import Case
from dengbu.nodes.answers import Ledger

CHANGES_NOTHING = ("refused", "accepted")  # an accepted application changes nothing on its units yet
REMEMBERED_MAX = 20_000  # entries; a few hundred bytes each if they concern anybody


@dataclass(frozen=True, slots=True)
class Told:
    """What other institutions are told of an entry: how it concerns each of them, and its acts with the units of each act."""

    concerns: Mapping[str, Concern] = field(default_factory=dict)
    acts: tuple[tuple[str, tuple[str, ...]], ...] = ()


NOBODY = Told()


def tell_nobody(entry: Entry, units: tuple[str, ...]) -> Told:
    """Return `NOBODY`, whatever the entry."""
    return NOBODY


class Concerns:
    """Finds the institutions that an entry of the ledger concerns; safe from any thread."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()
        self._known: dict[int, Told] = {}

    def __call__(self, entry: Entry, units: tuple[str, ...]) -> Told:
        """Return who is told of an entry that may touch these units."""
        found = self._known.get(entry.index)
        if found is None:
            found = self._told(entry, units)
            with self._lock:
                self._known[entry.index] = found
                if len(self._known) > REMEMBERED_MAX:
                    self._known.pop(next(iter(self._known)))
        return found

    def _told(self, entry: Entry, units: tuple[str, ...]) -> Told:
        if entry.decision["outcome"] in CHANGES_NOTHING:
            return NOBODY
        before, after = self._ledger.register_at(entry.index - 1), self._ledger.register_at(entry.index)
        found = concerned(before, after, entry.index, units, entry.time)
        if not found:
            return NOBODY
        number = case_number(entry.envelope.body.data, entry.decision.get("result") or {})
        case = after.get(Case, number) if number else None
        acts = acts_of(case) if case is not None else ()
        return Told(found, tuple((kind_of(act).tag, kind_of(act).units(before, act)) for act in acts))
