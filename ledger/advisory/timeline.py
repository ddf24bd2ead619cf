"""How cases were handled, according to the log alone: the facts from which efficiency 效能 is computed.

Entries are added one by one in the order of the log and are never read again. The days promised for a case follow the
policy of the day of acceptance; whether the automatic desk might have entered it follows that of the day of decision.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dengbu.ledger.advisory.clocks import Course, Step, course, promised, steps
from dengbu.ledger.log.entry import Entry
from dengbu.ledger.register.members import Policy, Role
from dengbu.ledger.register.records import ACCEPTED, ENTERED, REFUSED, WITHDRAWN
from dengbu.ledger.register.shapes import REQUISITION
from dengbu.ledger.rules import policies
from dengbu.ledger.rules.rule import Does
from dengbu.ledger.rules.rule_sets import FIRST, named
from dengbu.ledger.transition import EVENTS

_ENDS = {Does.ENTERS: ENTERED, Does.REFUSES: REFUSED, Does.WITHDRAWS: WITHDRAWN}


@dataclass(frozen=True, slots=True)
class Filing:
    """The filing of an application: when (ms UTC), where, through which channel, and for which acts (each once)."""

    time: int
    actor: str
    office: str | None
    channel: str
    district: str
    acts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Handled:
    """A case, according to the log.

    - `limit`: the working days promised when the case was accepted.
    - `shared`: the number of papers taken from shared data, which nobody was asked for.
    - `requisitioned`: papers were asked for after acceptance.
    - `automatic`: the automatic desk entered the case.
    - `for_the_desk`: the policy on the day of decision lets the desk enter all its acts.
    - `handed_over`: the desk's doubts.
    """

    number: str
    filing: Filing
    run: Course
    limit: int
    shared: int
    state: str = ACCEPTED
    requisitioned: bool = False
    automatic: bool = False
    for_the_desk: bool = False
    handed_over: tuple[str, ...] = ()
    deal: bool = False
    rating: int | None = None


class Handling:
    """All cases of a log, and the applications that the rules refused.

    `desk` is the officer in whose name the automatic desk signs on the registry's node.
    """

    def __init__(self, desk: str) -> None:
        self.size = 0
        self.policy: Policy | None = None
        self.registry = ""
        self.turned_away: list[Filing] = []
        self._desk = desk
        self._decided: dict[str, Handled] = {}
        self._open: dict[str, tuple[Handled, list[Step]]] = {}

    def add(self, entries: Iterable[Entry]) -> None:
        """Add entries, each following the one before; the first has index 0. Raises `ValueError` on a gap."""
        for entry in entries:
            if entry.index != self.size:
                raise ValueError(f"entry {entry.index} does not follow the {self.size} entries taken in")
            self._take(entry)
            self.size += 1

    def cases(self) -> Iterator[Handled]:
        """Every case: first the decided ones, then the open ones with their course so far."""
        yield from self._decided.values()
        for case, found in self._open.values():
            yield replace(case, run=course(found))

    def _take(self, entry: Entry) -> None:
        body, refused = entry.envelope.body, entry.is_refused
        does = EVENTS[body.type].does
        if does is Does.ACCEPTS:
            self._filed(entry, refused=refused)
        elif refused:
            return
        elif does is Does.SETS_POLICY:
            self._governed(body.data)
        elif does is Does.RATES:
            number = str(body.data["case"])
            self._decided[number] = replace(self._decided[number], rating=int(body.data["score"]))
        elif body.data.get("case") in self._open:
            self._went_on(entry)

    def _governed(self, data: Mapping[str, Any]) -> None:
        set_by = self.policy or policies.as_of(data["policy"], FIRST.number)  # entry 0 goes by what it brings
        self.policy = policies.as_of(data["policy"], named(set_by.rule_set).number)
        for one in data.get("institutions", ()):  # entry 0 founds the registry
            self.registry = str(one["id"]) if one["role"] == Role.REGISTRY else self.registry

    def _filed(self, entry: Entry, *, refused: bool) -> None:
        body = entry.envelope.body
        data = body.data
        acts = tuple(dict.fromkeys(str(act["act"]) for act in data["acts"]))
        filing = Filing(entry.time, body.actor, body.office, data["channel"], data["district"], acts)
        if refused:
            self.turned_away.append(filing)
            return
        assert self.policy is not None, "entry 0 sets a policy"
        found = steps([entry])
        result = found[0].result
        case = Handled(
            number=str(result["case"]),
            filing=filing,
            run=course(found),
            limit=promised(self.policy, data["acts"]),
            shared=len(dict.fromkeys(data.get("shared", ()))),
            deal=bool(result.get("deal")),
        )
        self._open[case.number] = (case, found)

    def _went_on(self, entry: Entry) -> None:
        body = entry.envelope.body
        number = str(body.data["case"])
        case, found = self._open[number]
        found += steps([entry])
        does = EVENTS[body.type].does
        if does is Does.SUSPENDS and body.data["ground"] == REQUISITION:
            case = replace(case, requisitioned=True)
        if does is Does.HANDS_OVER:
            case = replace(case, handed_over=tuple(dict.fromkeys(body.data["doubts"])))
        if does not in _ENDS:
            self._open[number] = (case, found)
            return
        del self._open[number]
        self._decided[number] = self._ended(case, found, body)

    def _ended(self, case: Handled, found: Sequence[Step], body: Any) -> Handled:
        assert self.policy is not None
        state = _ENDS[EVENTS[body.type].does]
        return replace(
            case,
            run=course(found),
            state=state,
            automatic=state == ENTERED and body.officer == self._desk,
            for_the_desk=all(act in self.policy.desk for act in case.filing.acts),
        )
