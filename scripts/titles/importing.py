"""Sends titles to the registry in batches, and reports the outcome of each title.

A batch is one event, which the ledger enters whole or refuses whole. If it refuses one, or the node does not take it, the
titles at fault are reported and the others are sent again without them. A few batches are on the way at once; each is
followed to its final entry, whose receipt is verified if the client has a policy.

The idempotency key of a batch depends on its content, so that the same file sent again gets its first outcomes back, and a
corrected row goes in. Batches cut otherwise find out from the node which titles were imported before, word for word.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from queue import SimpleQueue
from typing import Any

from dengbu.api.client import (
    AlreadyImported,
    ApiError,
    Client,
    DengbuError,
    OutcomeUnknown,
    Receipt,
    Rejected,
    Unreachable,
    VerificationError,
    batches,
)

IMPORT_WORKERS = 12  # batches on the way at once
WAIT_S = 60.0  # for the final entry of a batch
ATTEMPTS_MAX = 99  # keys for one batch
# The key is used up: its event was not entered in time, or the id is another's.
SPENT = frozenset({"idempotency-key-reused", "reused-id", "expired"})
UNKNOWN_TYPE = "unknown-type"  # of a ledger whose rule set has no batches
STATUS_ABOUT_THE_ROWS = (400, 409, 413, 422)
STATUS_OF_THE_NODE = 500  # from here on the node may have taken the batch

Title = Mapping[str, Any]
Attempt = tuple[Sequence[Title], int]  # titles, and under which of their keys they are sent


class State(StrEnum):
    """The outcome of a title."""

    IMPORTED = "imported"  # entered since this run began
    ALREADY = "already"  # the very same row was entered before
    REFUSED = "refused"  # by the ledger: an entry with its reasons
    NOT_TAKEN = "not_taken"  # by the node: there is no entry
    UNKNOWN = "unknown"  # sent, but no answer in time
    UNSENT = "unsent"


@dataclass(frozen=True)
class Result:
    """The outcome of one title: its entry, if there is one, and the reasons of a refusal or the node's problem."""

    unit: str
    state: State
    index: int | None = None
    reasons: tuple[Mapping[str, Any], ...] = ()
    problem: ApiError | None = None

    @property
    def registered(self) -> bool:
        """Whether an entry has put this very title into the register."""
        return self.state in (State.IMPORTED, State.ALREADY)


@dataclass
class Sent:
    """A batch as it was cut: its titles, a result for each, and the verified receipts of its entries."""

    titles: Sequence[Title]
    results: list[Result] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)


class NotImported(Exception):
    """Titles that had to be imported were not; the text says how many, and the outcome of the first of them."""


def import_all(
    connect: Callable[[], Client], titles: Sequence[Title], step: Callable[[int], Any] = lambda count: None
) -> None:
    """Import titles of which none may fail; `step` is told how many more have an outcome.

    Raises the failure that ended the run, or NotImported.
    """
    left: list[Result] = []
    run = Run(connect)
    for sent in run.import_titles(titles):
        left.extend(result for result in sent.results if not result.registered)
        step(len(sent.results))
    if run.failure is not None:
        raise run.failure
    if left:
        why = [str(reason.get("name")) for reason in left[0].reasons] or [str(left[0].problem or "")]
        raise NotImported(
            f"{len(titles)} 个单元中 {len(left)} 个未导入 {len(left)} of {len(titles)} titles were not imported; "
            f"{left[0].unit}: {left[0].state} {' '.join(why)}".rstrip()
        )


class Run:
    """One import. `failure` is what ended it early, if anything did."""

    def __init__(self, connect: Callable[[], Client]) -> None:
        self.failure: DengbuError | None = None
        self._connect = connect
        self._ended = threading.Event()
        self._idle: SimpleQueue[Client] = SimpleQueue()  # clients, each for one thread at a time
        self._start = 0  # entries that were final when the run began
        self._singly = False  # the rule set in force has no batches

    def import_titles(self, titles: Iterable[Title]) -> Iterator[Sent]:
        """Yield each batch with the results of its titles, in their order; no more titles are held than are on the way.

        Running it again imports nothing twice. A failure before anything is sent is raised; a later one ends the run
        and is kept in `failure`: what had not been sent then is yielded as such.
        """
        clients = [self._connect() for _ in range(IMPORT_WORKERS)]
        try:
            self._start = clients[0].events.head()
            for client in clients:
                self._idle.put(client)
            yield from self._pipelined(batches(titles))
        finally:
            self._ended.set()
            for client in clients:
                client.close()

    def _pipelined(self, cut: Iterator[Sequence[Title]]) -> Iterator[Sent]:
        """Keep some batches ready for the workers, and yield each once it has its outcome."""
        with ThreadPoolExecutor(IMPORT_WORKERS) as pool:
            waiting: deque[Future[Sent]] = deque()
            try:
                while True:
                    more = itertools.islice(cut, 2 * IMPORT_WORKERS - len(waiting))
                    waiting.extend(pool.submit(self._send, batch) for batch in more)
                    if not waiting:
                        return
                    yield waiting.popleft().result()
            finally:
                self._ended.set()  # also if nobody asks for the rest

    def _send(self, batch: Sequence[Title]) -> Sent:
        """Send a batch, unless the run has ended."""
        sent = Sent(batch)
        found: dict[str, Result] = {}
        if not self._ended.is_set():
            client = self._idle.get()
            try:
                self._settle(client, batch, found, sent.receipts)
            except DengbuError as error:
                self._end(error)
            finally:
                self._idle.put(client)
        sent.results = [
            found.get(title["unit"]) or Result(title["unit"], State.UNSENT) for title in sent.titles
        ]
        return sent

    def _settle(
        self, client: Client, batch: Sequence[Title], found: dict[str, Result], receipts: list[Receipt]
    ) -> None:
        """Find the results of a batch, sending it again without the titles at fault. Raises DengbuError to end the run."""
        waiting = deque([(batch, 1)])
        while waiting:
            titles, attempt = waiting.popleft()
            try:
                results, receipt, again = self._step(client, titles, attempt)
            except DengbuError as error:
                if _may_be_entered(error):
                    found.update({title["unit"]: Result(title["unit"], State.UNKNOWN) for title in titles})
                raise
            found.update({result.unit: result for result in results})
            receipts.extend([receipt] if receipt is not None else [])
            waiting.extendleft(reversed(again))

    def _step(
        self, client: Client, titles: Sequence[Title], attempt: int
    ) -> tuple[Sequence[Result], Receipt | None, Sequence[Attempt]]:
        """Send titles under the key of an attempt; return what is known then, the receipt, and what to send next."""
        if self._singly and len(titles) > 1:
            return (), None, [((title,), 1) for title in titles]
        try:
            results, receipt = self._attempt(client, titles, attempt)
        except AlreadyImported as told:
            results, receipt = self._known(client, titles, told), None
        except Rejected as refusal:
            earlier = refusal.index is not None and refusal.index < self._start
            if earlier and attempt < ATTEMPTS_MAX:  # its reasons may hold no longer
                return (), None, [(titles, attempt + 1)]
            results, receipt = _refused(titles, refusal), refusal.receipt
        except ApiError as problem:
            again = self._again(titles, attempt, problem)
            if again:
                return (), None, again
            results, receipt = [Result(titles[0]["unit"], State.NOT_TAKEN, problem=problem)], None
        known = {result.unit for result in results}
        rest = [title for title in titles if title["unit"] not in known]
        return results, receipt, [(rest, 1)] if rest else []

    def _attempt(
        self, client: Client, titles: Sequence[Title], attempt: int
    ) -> tuple[list[Result], Receipt | None]:
        """Send titles under the key of an attempt; return their results and receipt. Raises DengbuError."""
        key = client.titles.key_of(titles, attempt)
        if self._singly:
            outcome, receipt = client.titles.import_one_proved(titles[0], key=key, wait=WAIT_S)
        else:
            outcome, receipt = client.titles.import_many(titles, key=key, wait=WAIT_S)
        if not outcome.final or outcome.index is None:
            raise OutcomeUnknown(f"{outcome.actor}/{outcome.id} 尚未会签完成 is not final yet", outcome.id)
        state = State.IMPORTED if outcome.index >= self._start else State.ALREADY
        return [Result(title["unit"], state, outcome.index) for title in titles], receipt

    def _known(self, client: Client, titles: Sequence[Title], told: AlreadyImported) -> list[Result]:
        """Return the results of the titles that were imported before, as their entries prove. Raises VerificationError."""
        if not told.imported or not all(0 < place <= len(titles) for place in told.imported):
            raise VerificationError(
                "other-data", f"应答所列不在此批 the answer lists no title of this batch: {told}"
            )
        results = []
        for place, index in told.imported.items():
            client.titles.check_imported(titles[place - 1], index)
            results.append(Result(titles[place - 1]["unit"], State.ALREADY, index))
        return results

    def _again(self, titles: Sequence[Title], attempt: int, problem: ApiError) -> list[Attempt]:
        """Return how to send titles again that the node did not take; empty if a single one is at fault.

        Raises the problem if it is not about the titles.
        """
        if problem.code in SPENT and attempt < ATTEMPTS_MAX:
            return [(titles, attempt + 1)]
        if problem.code == UNKNOWN_TYPE and not self._singly:
            self._singly = True
            return [(titles, 1)]
        if problem.status not in STATUS_ABOUT_THE_ROWS:
            raise problem
        half = len(titles) // 2
        return [(titles[:half], 1), (titles[half:], 1)] if half else []

    def _end(self, error: DengbuError) -> None:
        if self.failure is None or isinstance(error, VerificationError):
            self.failure = error
        self._ended.set()


def _may_be_entered(error: DengbuError) -> bool:
    """Return whether what was sent may become an entry all the same."""
    if isinstance(error, ApiError):
        return error.status >= STATUS_OF_THE_NODE
    return not isinstance(error, Unreachable)  # then nothing was sent


def _refused(titles: Sequence[Title], refusal: Rejected) -> list[Result]:
    """Return the results of the titles that a refusal names, each with its own reasons; of all if it names none."""
    there = set(range(1, len(titles) + 1))
    named = [there.intersection(reason.get("at", {}).get("titles", ())) for reason in refusal.reasons]
    every = set().union(*named)
    found = []
    for place, title in enumerate(titles, 1):
        reasons = [
            reason
            for reason, places in zip(refusal.reasons, named, strict=True)
            if not places or place in places
        ]
        if not every or place in every:
            found.append(Result(title["unit"], State.REFUSED, refusal.index, tuple(reasons)))
    return found
