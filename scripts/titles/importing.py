"""Sends titles to the registry and reports the outcome of each.

Titles are submitted over a few connections without waiting. Meanwhile the feed is followed, which tells many outcomes
in one answer. If the client has a policy, the feed counts only once the entries themselves are proved.

A title's idempotency key is made of its unit and, from the second attempt on, the number of the attempt. The node
decides whether a request under a key is a repetition, by a keyed hash that it keeps to itself: the same row gets its
first outcome back, a corrected one goes on to the next key. A hash of the row in the key would be on the log, where
anybody who guesses an identity number could check the guess.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dengbu.api.client import (
    ApiError,
    Client,
    DengbuError,
    FeedItem,
    Rejected,
    Unreachable,
    VerificationError,
)

IMPORT_WORKERS = 8  # requests in flight at once, and so about the number of titles in a block
NEWS_WAIT_S = 20.0  # how long to wait for the next outcome once everything is sent
# Between looks at the feed while titles are being sent: a look costs the node as much as several titles.
LOOK_S = 1.0
POLL_S = 0.1  # between looks once all titles are sent
ATTEMPTS_MAX = 99  # keys for one unit
TYPE = "title.import"
# The key is used up for this row: it belongs to another row, or its event was not entered in time.
SPENT = frozenset({"idempotency-key-reused", "reused-id", "expired"})
REFUSED = "refused"
STATUS_ABOUT_THE_ROW = (400, 409, 413, 422)
FORBIDDEN = 403
STATUS_OF_THE_NODE = 500  # from here on the node may have taken the title

Title = Mapping[str, Any]


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


@dataclass(frozen=True)
class Report:
    """A result for each title, in their order, and the failure that ended the run early, if any."""

    results: tuple[Result, ...]
    failure: DengbuError | None

    @property
    def counts(self) -> dict[State, int]:
        """How many titles ended in each state."""
        found = Counter(result.state for result in self.results)
        return {state: found[state] for state in State}


class NotImported(Exception):
    """Titles that had to be imported were not; the text says how many, and the outcome of the first of them."""


def import_titles(
    connect: Callable[[], Client],
    titles: Sequence[Title],
    step: Callable[[], Any],
    *,
    watch: Callable[[], Client] | None = None,
) -> Report:
    """Submit titles and follow each to its outcome; `step` is called as each becomes known.

    watch: a client that may read whole bundles of entries, an auditor's; else the client that sends looks for itself.

    Running it again imports nothing twice. A failure before anything is sent is raised; a later one ends the run and
    is put in the report.
    """
    with (watch or connect)() as client, ThreadPoolExecutor(IMPORT_WORKERS) as pool:
        actor = str(client.get("/version")["institution"])
        run = _Run(actor, client.events.head(), step)
        try:
            sending = [
                pool.submit(run.send, connect, titles[n::IMPORT_WORKERS]) for n in range(IMPORT_WORKERS)
            ]
            run.follow(client, sending)
        finally:
            run.ended.set()
    for each in sending:
        each.result()
    return run.report(titles)


def import_all(
    connect: Callable[[], Client],
    titles: Sequence[Title],
    step: Callable[[], Any],
    *,
    watch: Callable[[], Client] | None = None,
) -> None:
    """Import titles of which none may fail. Raises the failure that ended the run, or NotImported."""
    report = import_titles(connect, titles, step, watch=watch)
    if report.failure is not None:
        raise report.failure
    left = [result for result in report.results if not result.registered]
    if left:
        why = [str(reason.get("name")) for reason in left[0].reasons] or [str(left[0].problem or "")]
        raise NotImported(
            f"{len(titles)} 个单元中 {len(left)} 个未导入 {len(left)} of {len(titles)} titles were not imported; "
            f"{left[0].unit}: {left[0].state} {' '.join(why)}".rstrip()
        )


@dataclass(frozen=True)
class _Told:
    """What the feed tells of an import, and the event's data if its entry is proved."""

    result: Result
    data: Mapping[str, Any] | None


class _Run:
    """One run. Threads share its dictionaries: whichever adds to one then looks for the counterpart in the other."""

    def __init__(self, actor: str, start: int, step: Callable[[], Any]) -> None:
        self.ended = threading.Event()
        self._actor = actor
        self._start = start  # entries that were final when the run began
        self._step = step
        self._pending: dict[str, Title] = {}  # taken by the node, by key
        self._told: dict[str, _Told] = {}  # by the feed, by key
        self._results: dict[str, Result] = {}  # by unit
        self._failure: DengbuError | None = None
        self._bundles = True  # until the node says that they are not for this key

    def report(self, titles: Sequence[Title]) -> Report:
        """Return a result for each title; call it when all threads have ended."""
        for title in self._pending.values():
            self._results[title["unit"]] = Result(title["unit"], State.UNKNOWN)
        units = [title["unit"] for title in titles]
        return Report(
            tuple(self._results.get(unit, Result(unit, State.UNSENT)) for unit in units), self._failure
        )

    def send(self, connect: Callable[[], Client], titles: Sequence[Title]) -> None:
        """Send titles one after another until the run has ended."""
        with connect() as client:
            for title in titles:
                if self.ended.is_set():
                    return
                try:
                    self._send_one(client, title)
                except DengbuError as error:
                    self._end(error)
                    return

    def follow(self, client: Client, sending: Sequence[Future[None]]) -> None:
        """Read the feed until everything is sent and has its outcome, or no more news comes."""
        after, deadline = self._start - 1, 0.0
        while True:
            sent = all(
                each.done() for each in sending
            )  # asked before the look, which then covers the last title
            try:
                reached = self._look(client, after)
            except VerificationError as error:
                self._end(error)
                return
            except DengbuError:
                reached = after  # the node may come back in time
            if sent and not self._pending:
                return
            if reached > after or not sent:
                deadline = time.monotonic() + NEWS_WAIT_S
            elif time.monotonic() > deadline:
                return
            after = reached
            if sent:
                time.sleep(POLL_S)
            else:
                wait(sending, LOOK_S)

    def _send_one(self, client: Client, title: Title) -> None:
        """Send a title under the first of its keys that is not spent."""
        for attempt in range(1, ATTEMPTS_MAX + 1):
            key = _key(title["unit"], attempt)
            found = self._attempt(client, title, key)
            if found is None:
                self._pending[key] = title
                self._match(key)
                return
            if attempt == ATTEMPTS_MAX or not self._is_spent(found):
                self._settle(found)
                return

    def _attempt(self, client: Client, title: Title, key: str) -> Result | None:
        """Send a title under a key; return its result if that is known at once, None while it is pending.

        Raises DengbuError if the run cannot go on.
        """
        unit = title["unit"]
        try:
            outcome = client.titles.import_one(title, key=key, wait=0)
        except Rejected as refusal:
            return Result(unit, State.REFUSED, refusal.index, refusal.reasons)
        except ApiError as problem:
            if problem.status in STATUS_ABOUT_THE_ROW:
                return Result(unit, State.NOT_TAKEN, problem=problem)
            if problem.status >= STATUS_OF_THE_NODE:
                self._results[unit] = Result(unit, State.UNKNOWN)
            raise
        except DengbuError as error:
            if not isinstance(error, Unreachable):  # then nothing was sent
                self._results[unit] = Result(unit, State.UNKNOWN)
            raise
        if not outcome.final or outcome.index is None:
            return None
        return Result(unit, State.IMPORTED if outcome.index >= self._start else State.ALREADY, outcome.index)

    def _is_spent(self, found: Result) -> bool:
        """Return whether to try another key: a refusal before this run may have had reasons that no longer hold."""
        if found.problem is not None:
            return found.problem.code in SPENT
        return found.state == State.REFUSED and found.index is not None and found.index < self._start

    def _look(self, client: Client, after: int) -> int:
        """Take in what the feed tells after an index; return the index reached."""
        told = list(client.events(after=after, type=TYPE, follow=False))
        for item, data in self._proved(client, told):
            if item.actor == self._actor:
                refused = item.outcome == REFUSED
                state = State.REFUSED if refused else State.IMPORTED
                unit = item.units[0] if item.units else ""
                self._told[str(item.id)] = _Told(Result(unit, state, item.index, item.reasons), data)
                self._match(str(item.id))
            after = item.index
        return after

    def _proved(
        self, client: Client, told: Sequence[FeedItem]
    ) -> Iterator[tuple[FeedItem, Mapping[str, Any] | None]]:
        """Yield each feed line with the data of its proved entry; without a policy, with None, as the node tells it.

        Bundles of entries are for auditors' keys; with any other, the receipt of each own entry is asked for.
        """
        if client.policy is None:
            yield from ((item, None) for item in told)
            return
        try:
            proved = client.log.prove(told) if self._bundles else iter(())
            yield from ((item, entry.envelope.body.data) for item, entry in proved)
        except ApiError as problem:
            if problem.status != FORBIDDEN:
                raise
            self._bundles = False
        if not self._bundles:
            for item in told:
                own = item.actor == self._actor
                yield item, client.receipts.get(item.index).verified.entry.envelope.body.data if own else None

    def _match(self, key: str) -> None:
        """Settle a title that the node has taken and the feed has told.

        Raises VerificationError if the entry is not what was sent.
        """
        title, told = self._pending.get(key), self._told.get(key)
        if title is None or told is None or self._pending.pop(key, None) is None:
            return
        if told.result.unit != title["unit"] or (told.data is not None and not _is_of(told.data, title)):
            self._pending[key] = title
            raise VerificationError(
                "other-data", f"账本所记与所提交不符 {key} on the log is not what was sent"
            )
        self._settle(told.result)

    def _settle(self, result: Result) -> None:
        self._results[result.unit] = result
        self._step()

    def _end(self, error: DengbuError) -> None:
        if self._failure is None or isinstance(error, VerificationError):
            self._failure = error
        self.ended.set()


def _key(unit: str, attempt: int) -> str:
    """Return the idempotency key, and so the event's id, of an attempt to import a unit."""
    return f"import-{unit}" if attempt == 1 else f"import-{unit}-{attempt}"


def _is_of(data: Mapping[str, Any], title: Title) -> bool:
    """Return whether an import's data are those of a title, as far as they are on the log."""
    right = data["right"]
    logged = [
        data["unit"],
        data["use"],
        data["area_cm2"],
        right["mode"],
        right["certificate"],
        right["registered_on"],
    ]
    names = ("unit", "use", "area_cm2", "mode", "certificate", "registered_on")
    shares = [one["share"] for one in right["holders"]]
    return logged == [title[name] for name in names] and shares == [one["share"] for one in title["holders"]]
