"""A node's side of the network: the engine that fits its place, and the listener for other nodes."""

from collections.abc import Callable
from pathlib import Path

from ledger.note import KeyKind, NoteSigner
from ledger.trust import Trust
from nodes import keystore as keys
from nodes.appender import Appender
from nodes.application import Application
from nodes.clock import now_ms, now_s
from nodes.config import EVIDENCE_DIR, Config
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
from nodes.quorum import cosigner_name
from nodes.source import Source

Failed = Callable[[BaseException], None]


def make_engine(
    home: Path,
    config: Config,
    keystore: Keystore,
    trust: Trust,
    application: Application,
    last_signed: LastSigned,
    failed: Failed,
) -> Sequencer | Follower:
    """The sequencer on the node that orders, elsewhere a follower of it."""
    name = cosigner_name(config.net, config.institution)
    appender = Appender(application, trust.log)
    cosigner = NoteSigner(name, KeyKind.COSIGNATURE, keystore.signer(keys.COSIGN))
    if config.sequences:
        log_signer = NoteSigner(config.net, KeyKind.NOTE, keystore.signer(keys.LOG))
        witnesses = {peer: PeerClient(url) for peer, url in config.peers.items()}
        publisher = Publisher(
            appender, log_signer, config.institution, cosigner, last_signed, witnesses, now_ms, failed
        )
        return Sequencer(appender, publisher, now_ms, failed)
    source = Source(PeerClient(config.peers[config.sequencer], keystore.signer(keys.NODE), now_s))
    kept = Evidence(home / EVIDENCE_DIR)
    return Follower(appender, source, trust.log, cosigner, last_signed, kept, now_ms, failed)


def make_listener(
    config: Config,
    application: Application,
    engine: Sequencer | Follower,
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
