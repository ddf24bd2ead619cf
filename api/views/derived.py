"""Results computed from the node's log and cached, one set for each app."""

from typing import cast

from flask import Flask, current_app

from dengbu.api.views.concerns import Concerns
from dengbu.api.views.efficiency import Efficiency
from dengbu.nodes.node import Node

EXTENSION = "dengbu-derived"


class Derived:
    """The efficiency figures, and the institutions that each entry concerns."""

    def __init__(self, node: Node) -> None:
        self.efficiency = Efficiency(node)
        self.concerns = Concerns(node.ledger)


def install(app: Flask, node: Node) -> None:
    """Attach the results of a node to an app."""
    app.extensions[EXTENSION] = Derived(node)


def derived() -> Derived:
    """Return the results of the app that answers this request."""
    return cast(Derived, current_app.extensions[EXTENSION])
