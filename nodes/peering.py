"""Makes the listener by which other nodes reach this one, over what its engine and its payloads answer."""

from dengbu.nodes.engines.choosing import Ordering
from dengbu.nodes.execution.application import Application
from dengbu.nodes.failing import Failed
from dengbu.nodes.home.clock import now_s
from dengbu.nodes.home.config import Config
from dengbu.nodes.peers.server.listener import Listener
from dengbu.nodes.peers.server.peer_server import PeerApp, ServedLog
from dengbu.nodes.private.payloads import Payloads


def make_listener(
    config: Config, application: Application, engine: Ordering, payloads: Payloads, failed: Failed
) -> Listener:
    """The peer listener of a node, not started yet."""
    served = ServedLog(config.net, application.store, application.register, engine.progress, engine.bundles)
    authority = f"{config.peer.host}:{config.peer.port}"
    app = PeerApp(served, engine, payloads, authority, now_s, failed)
    return Listener(app, config.peer.host, config.peer.port, failed)
