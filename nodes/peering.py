"""A node's side of the network: the engine that fits its place, and the listener for other nodes."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from ledger.encoding import JSONValue
from ledger.note import KeyKind, NoteSigner
from ledger.trust import Trust
from nodes import keystore as keys
from nodes.appender import Appender
from nodes.application import Application
from nodes.bundles import Bundles
from nodes.clock import now_ms, now_s
from nodes.config import EVIDENCE_DIR, Config
from nodes.engine import Engine
from nodes.engines.publisher import Publisher
from nodes.engines.sequencer import Sequencer
from nodes.evidence import Evidence
from nodes.follower import Follower
from nodes.keystore import Keystore
from nodes.lastsigned import LastSigned
from nodes.listener import Listener
from nodes.payloads import Payloads
from nodes.peer_client import PeerClient
from nodes.peer_server import PeerApp
from nodes.progress import Progress
from nodes.quorum import cosigner_name
from nodes.source import Source
from nodes.witness import Reply

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
    from nodes.cometbft import wiring  # loads protobuf, which no other engine needs

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
