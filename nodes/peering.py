"""A node's side of the network: the engine that fits its place, and the listener for other nodes."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from dengbu.ledger.encoding import JSONValue
from dengbu.ledger.note import KeyKind, NoteSigner
from dengbu.ledger.trust import Trust
from dengbu.nodes import keystore as keys
from dengbu.nodes.appender import Appender
from dengbu.nodes.application import Application
from dengbu.nodes.bundles import Bundles
from dengbu.nodes.clock import now_ms, now_s
from dengbu.nodes.config import EVIDENCE_DIR, Config
from dengbu.nodes.engine import Engine
from dengbu.nodes.engines.publisher import Publisher
from dengbu.nodes.engines.sequencer import Sequencer
from dengbu.nodes.evidence import Evidence
from dengbu.nodes.follower import Follower
from dengbu.nodes.keystore import Keystore
from dengbu.nodes.lastsigned import LastSigned
from dengbu.nodes.listener import Listener
from dengbu.nodes.payloads import Payloads
from dengbu.nodes.peer_client import PeerClient
from dengbu.nodes.peer_server import PeerApp
from dengbu.nodes.progress import Progress
from dengbu.nodes.quorum import cosigner_name
from dengbu.nodes.source import Source
from dengbu.nodes.witness import Reply

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
    publisher: Publisher | None = None
    if config.publishes:
        log_signer = NoteSigner(config.net, KeyKind.NOTE, keystore.signer(keys.LOG))
        witnesses = {peer: PeerClient(url) for peer, url in config.peers.items()}
        publisher = Publisher(
            appender, log_signer, config.institution, cosigner, last_signed, witnesses, now_ms, failed
        )
    if config.cometbft is None and publisher:
        return Sequencer(appender, publisher, now_ms, failed)
    if config.cometbft is None:
        source = _source(config, keystore)
        return Follower(appender, source, trust.log, cosigner, last_signed, kept, now_ms, failed)
    from dengbu.nodes.cometbft import wiring  # loads protobuf, which no other engine needs

    finality: wiring.Finality
    if publisher:
        finality = wiring.Publishing(appender, publisher, kept, now_ms, failed)
    else:
        source = _source(config, keystore)
        finality = wiring.Subscriber(appender, source, trust.log, cosigner, last_signed, kept, now_ms, failed)
    return wiring.make(home, config, appender, finality, kept, seal, failed)


def _source(config: Config, keystore: Keystore) -> Source:
    """The log, as the node that publishes it serves it."""
    return Source(PeerClient(config.peers[config.sequencer], keystore.signer(keys.NODE), now_s))


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
