"""What the app holds besides Flask: the node, and the API's own small tables and counters."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from flask import Flask, current_app

from dengbu.api.edge.buckets import Buckets
from dengbu.api.edge.database import FILE, Database
from dengbu.api.edge.idempotency import Requests
from dengbu.api.edge.metrics import Metrics
from dengbu.api.edge.nonces import Nonces
from dengbu.ledger.log import httpsig
from dengbu.nodes.home.rate_limits import RateLimits
from dengbu.nodes.node import Node
from dengbu.nodes.peer_server.lanes import LaneLoad

EXTENSION = "dengbu"
STREAMS_MAX = 32


class Places:
    """A fixed number of places that readers take and give back."""

    def __init__(self, count: int) -> None:
        self._lock = threading.Lock()
        self._free = count

    def take(self) -> bool:
        """Take a place; False when none is free."""
        with self._lock:
            if not self._free:
                return False
            self._free -= 1
            return True

    def release(self) -> None:
        """Give a place back."""
        with self._lock:
            self._free += 1

    def free(self) -> int:
        """Return how many are free."""
        return self._free


class Tables:
    """The tables that the API itself keeps, in one file."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path)
        self.requests = Requests(self._database)
        self.nonces = Nonces(self._database)

    def close(self) -> None:
        """Close the file."""
        self._database.close()


class Limits:
    """The limits on callers: requests per key, and how many readers may wait at once."""

    def __init__(self, rates: RateLimits) -> None:
        self.officer_writes = Buckets(rates.officer_writes)
        self.system_writes = Buckets(rates.system_writes)
        self.officer_personal_reads = Buckets(rates.officer_personal_reads)
        self.system_personal_reads = Buckets(rates.system_personal_reads)
        self.unit_checks = Buckets(rates.unit_checks)
        self.streams = Places(STREAMS_MAX)


@dataclass
class State:
    """The app's parts; `authorities` are the host[:port] values that a signed request may name."""

    node: Node
    authorities: tuple[str, ...]
    tables: Tables
    limits: Limits
    metrics: Metrics
    stopping: threading.Event = field(init=False, default_factory=threading.Event)
    # The load of the listener's threads by lane, set by whoever makes the listener.
    lanes: Callable[[], Mapping[str, LaneLoad]] = field(init=False, default=dict)

    def __post_init__(self) -> None:
        self.answer_to(self.authorities)

    def answer_to(self, authorities: tuple[str, ...]) -> None:
        """Set what a signed request may call this node: with a port that is a scheme's default, without it as well."""
        signed = [
            httpsig.authority_of(scheme, one) for one in authorities for scheme in httpsig.DEFAULT_PORTS
        ]
        self.authorities = tuple(dict.fromkeys(sorted(signed, key=len)))

    def close(self) -> None:
        """End open streams and close the tables."""
        self.stopping.set()
        self.tables.close()


def make_state(node: Node, authorities: tuple[str, ...]) -> State:
    """Return the state of an app over a node."""
    tables, limits = Tables(node.home / FILE), Limits(node.config.limits)
    return State(node, authorities, tables, limits, Metrics())


def put(app: Flask, state: State) -> None:
    """Attach the state to an app."""
    app.extensions[EXTENSION] = state


def state() -> State:
    """Return the state of the app that answers this request."""
    return cast(State, current_app.extensions[EXTENSION])


def state_of(app: Flask) -> State:
    """Return the state of an app."""
    return cast(State, app.extensions[EXTENSION])
