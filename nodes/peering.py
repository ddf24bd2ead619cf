"""Builds the listener through which other nodes reach this one; it answers from the engine and the payloads."""

from dengbu.nodes.engines.choosing import Ordering
from dengbu.nodes.execution.application import Application
from dengbu.nodes.failing import Failed
from dengbu.nodes.home.clock import now_s
from dengbu.nodes.home.config import Config
from dengbu.nodes.peer_server.listener import Listener
from dengbu.nodes.peer_server.peer_server import PeerApp, ServedLog
from dengbu.nodes.private.payloads import Payloads


def make_listener(
    config: Config, application: Application, engine: Ordering, payloads: Payloads, failed: Failed
) -> Listener:
    """Build the peer listener of a node, without starting it."""
    served = ServedLog(
        config.member.net, application.store, application.register, engine.progress, engine.bundles
    )
    authority = f"{config.endpoints.peer.host}:{config.endpoints.peer.port}"
    app = PeerApp(served, engine, payloads, authority, now_s, failed)
    return Listener(app, config.endpoints.peer.host, config.endpoints.peer.port, failed)
