"""What the app holds besides Flask: the node, and the API's own small tables and counters."""

import threading
from dataclasses import dataclass, field
from typing import cast

from flask import Flask, current_app

from dengbu.api.edge.auth import Nonces
from dengbu.api.edge.concerns import Concerns
from dengbu.api.edge.database import FILE, Database
from dengbu.api.edge.efficiency import Efficiency
from dengbu.api.edge.idempotency import Requests
from dengbu.api.edge.limits import PERSONAL_READS, WRITES, Buckets, Rate
from dengbu.api.edge.metrics import Metrics
from dengbu.nodes.node import Node

EXTENSION = "dengbu"
STREAMS_MAX = 32


class Places:
    """A number of places that readers take and give back."""

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
        """How many are free."""
        return self._free


@dataclass
class State:
    """The app's parts; `authorities` are the host[:port] values that a signed request may name."""

    node: Node
    database: Database
    requests: Requests
    nonces: Nonces
    metrics: Metrics
    writes: Buckets
    personal_reads: Buckets
    authorities: tuple[str, ...]
    efficiency: Efficiency
    concerns: Concerns
    streams: Places = field(default_factory=lambda: Places(STREAMS_MAX))
    stopping: threading.Event = field(default_factory=threading.Event)

    def close(self) -> None:
        """End open streams and close the tables."""
        self.stopping.set()
        self.database.close()


def make_state(node: Node, authorities: tuple[str, ...], writes: Rate = WRITES) -> State:
    """The state of an app over a node."""
    database = Database(node.home / FILE)
    return State(
        node=node,
        database=database,
        requests=Requests(database),
        nonces=Nonces(database),
        metrics=Metrics(),
        writes=Buckets(writes),
        personal_reads=Buckets(PERSONAL_READS),
        authorities=authorities,
        efficiency=Efficiency(node),
        concerns=Concerns(node.ledger),
    )


def put(app: Flask, state: State) -> None:
    """Attach the state to an app."""
    app.extensions[EXTENSION] = state


def state() -> State:
    """The state of the app that answers this request."""
    return cast(State, current_app.extensions[EXTENSION])


def state_of(app: Flask) -> State:
    """The state of an app."""
    return cast(State, app.extensions[EXTENSION])
