"""A node's side of the network: the engine that fits its place, and the listener for other nodes."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from dengbu.ledger.log.encoding import JSONValue
from dengbu.ledger.log.note import KeyKind, NoteSigner
from dengbu.ledger.log.trust import Trust
from dengbu.nodes.engines.follower import Follower
from dengbu.nodes.engines.sequencer import Sequencer
from dengbu.nodes.execution.application import Application
from dengbu.nodes.finality.appender import Appender
from dengbu.nodes.finality.dating import Dating
from dengbu.nodes.finality.engine import Engine
from dengbu.nodes.finality.evidence import Evidence
from dengbu.nodes.finality.finality_waiters import Progress
from dengbu.nodes.finality.lastsigned import LastSigned
from dengbu.nodes.finality.publisher import Publisher
from dengbu.nodes.finality.quorum import cosigner_name
from dengbu.nodes.finality.readings import Readings
from dengbu.nodes.finality.witness import Reply
from dengbu.nodes.home import keystore as keys
from dengbu.nodes.home.clock import now_ms, now_s
from dengbu.nodes.home.config import EVIDENCE_DIR, Config
from dengbu.nodes.home.keystore import Keystore
from dengbu.nodes.peers.client.log_source import Source
from dengbu.nodes.peers.client.peer_client import PeerClient
from dengbu.nodes.peers.server.listener import Listener
from dengbu.nodes.peers.server.peer_server import PeerApp
from dengbu.nodes.private.payloads import Payloads
from dengbu.nodes.store.bundles import Bundles

Failed = Callable[[BaseException], None]
Seal = Callable[[Mapping[str, JSONValue]], bytes]


class Ordering(Engine, Protocol):
    """An engine with what other nodes ask of it."""

    progress: Progress
    bundles: Bundles

    def add_checkpoint(self, body: bytes) -> Reply:
        """Answer the log's request for a cosignature."""

    def cosigned(self) -> bytes | None:
        """The newest note this node has cosigned since its start."""


def make_engine(
    home: Path,
    config: Config,
    keystore: Keystore,
    trust: Trust,
    application: Application,
    last_signed: LastSigned,
    seal: Seal,
    failed: Failed,
) -> Ordering:
    """What orders: the sequencer on the node that holds the log key, elsewhere a follower of it; or CometBFT."""
    appender = Appender(application, trust.log)
    name = cosigner_name(config.net, config.institution)
    cosigner = NoteSigner(name, KeyKind.COSIGNATURE, keystore.signer(keys.COSIGN))
    kept = Evidence(home / EVIDENCE_DIR)
    readings = Readings(now_ms)
    publisher: Publisher | None = None
    if config.publishes:
        log_signer = NoteSigner(config.net, KeyKind.NOTE, keystore.signer(keys.LOG))
        node_key = keystore.signer(keys.NODE)
        witnesses = {peer: PeerClient(url, node_key) for peer, url in config.peers.items()}
        publisher = Publisher(
            appender,
            log_signer,
            config.institution,
            cosigner,
            last_signed,
            witnesses,
            Dating(appender, kept, now_ms),
            readings,
            failed,
        )
    if config.cometbft is None and publisher:
        return Sequencer(appender, publisher, failed)
    if config.cometbft is None:
        source = _source(config, keystore)
        return Follower(appender, source, trust.log, cosigner, last_signed, kept, readings, failed)
    from dengbu.nodes.engines.cometbft import wiring  # loads protobuf, which no other engine needs

    finality: wiring.Finality
    if publisher:
        finality = wiring.Publishing(appender, publisher, kept, now_ms, failed)
    else:
        source = _source(config, keystore)
        finality = wiring.Subscriber(appender, source, trust.log, cosigner, last_signed, kept, now_ms, failed)
    return wiring.make(home, config, appender, finality, kept, readings, seal, failed)


def _source(config: Config, keystore: Keystore) -> Source:
    """The log, as the node that publishes it serves it."""
    return Source(PeerClient(config.peers[config.sequencer], keystore.signer(keys.NODE)))


def make_listener(
    config: Config,
    application: Application,
    engine: Ordering,
    payloads: Payloads,
    failed: Failed,
) -> Listener:
    """The peer listener over what the engine and the payloads answer."""
    app = PeerApp(
        application.store,
        application.register,
        engine.progress,
        engine.bundles,
        engine,
        payloads,
        f"{config.peer.host}:{config.peer.port}",
        config.net,
        now_s,
        failed,
    )
    return Listener(app, config.peer.host, config.peer.port, failed)
