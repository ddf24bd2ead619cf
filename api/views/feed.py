"""The feed of final entries: one page, long-poll, or a stream (server-sent events), each resumable by index.

A reader is shown the entries that are its institution's business, is told of those that touch what the institution has
registered, and passes over the rest, so indexes have gaps.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from dengbu.api.edge.encoding import Json, dumps
from dengbu.api.edge.errors import Problem
from dengbu.api.edge.state import State
from dengbu.api.views.views import Viewer
from dengbu.nodes.node import Node

# Entries read for one page, so that a reader who may see few entries cannot make the node read them all.
SCAN_MAX = 500
KEEP_ALIVE_S = 15.0
STREAM_S_MAX = 900.0  # a stream ends then, and its reader resumes with a fresh signature
STOP_CHECK_S = 1.0
RETRY_AFTER_S = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries a reader asks for; None means any."""

    type: str | None = None
    unit: str | None = None
    case: str | None = None


@dataclass(frozen=True, slots=True)
class FeedPage:
    """The lines found after an index, the index to go on from, and the number of final entries."""

    items: list[Json]
    next_after: int
    head: int


def read(node: Node, viewer: Viewer, wanted: Wanted, after: int, limit: int) -> FeedPage:
    """Return the first page after an index, without waiting; final entries only, so what is shown stays."""
    head = node.final_size
    items: list[Json] = []
    found = node.ledger.feed(after, SCAN_MAX, type=wanted.type, unit=wanted.unit, case=wanted.case)
    for entry in found:
        if entry.index >= head:
            break
        after = entry.index
        line = viewer.entry(entry, wanted.unit)
        if line is not None:
            items.append(line)
        if len(items) == limit:
            return FeedPage(items, after, head)
    if len(found) < SCAN_MAX:
        after = max(after, head - 1)  # nothing more matches up to the head
    return FeedPage(items, after, head)


def wait(held: State, viewer: Viewer, wanted: Wanted, after: int, limit: int, wait_s: float) -> FeedPage:
    """Return the first page that is not empty, or an empty one when the time is up."""
    deadline = time.monotonic() + wait_s
    page = read(held.node, viewer, wanted, after, limit)
    while not page.items and not held.stopping.is_set():
        left = deadline - time.monotonic()
        if page.next_after + 1 >= page.head:
            if left <= 0:
                break
            held.node.wait_beyond(page.head, min(left, STOP_CHECK_S))
        elif left <= 0 and wait_s:
            break
        page = read(held.node, viewer, wanted, page.next_after, limit)
        if not wait_s:
            break
    return page


def take_stream(held: State) -> None:
    """Take one of the places for waiting readers. Raises Problem too-many-streams when all are taken."""
    if not held.limits.streams.take():
        raise Problem("too-many-streams", headers={"Retry-After": str(RETRY_AFTER_S)})


def stream(held: State, viewer: Viewer, wanted: Wanted, after: int, limit: int) -> Iterator[bytes]:
    """Yield server-sent events with the index as `id:`, until the reader leaves, the node stops or the time is up."""
    began = spoke = time.monotonic()
    yield b"retry: 2000\n\n"
    while not held.stopping.is_set() and time.monotonic() - began < STREAM_S_MAX:
        page = read(held.node, viewer, wanted, after, limit)
        for line in page.items:
            yield b"id: %d\nevent: entry\ndata: %b\n\n" % (line["index"], dumps(line))
        if page.next_after != after:
            # An id alone moves the reader's place past entries that it is not shown.
            yield b"id: %d\n\n" % page.next_after
            after, spoke = page.next_after, time.monotonic()
            continue
        if time.monotonic() - spoke >= KEEP_ALIVE_S:
            yield b": keep-alive\n\n"
            spoke = time.monotonic()
        held.node.wait_beyond(page.head, STOP_CHECK_S)
