"""Builds the engine that fits a node's role in its network."""

from typing import Protocol

from dengbu.ledger.log.note import KeyKind, NoteSigner
from dengbu.nodes.engines.follower import Follower
from dengbu.nodes.engines.sequencer import Sequencer
from dengbu.nodes.execution.application import Application
from dengbu.nodes.failing import Failed
from dengbu.nodes.finality.appender import Appender
from dengbu.nodes.finality.cosigner import Cosigner
from dengbu.nodes.finality.cosigning import Cosigning
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
from dengbu.nodes.home.clock import now_ms
from dengbu.nodes.home.config import EVIDENCE_DIR
from dengbu.nodes.home.opened import OpenedHome
from dengbu.nodes.peer_client.log_source import Source
from dengbu.nodes.peer_client.peer_client import PeerClient
from dengbu.nodes.store.bundles import Bundles


class Ordering(Engine, Protocol):
    """An engine that also answers other nodes."""

    progress: Progress
    bundles: Bundles

    def add_checkpoint(self, body: bytes) -> Reply:
        """Answer the log's request for a cosignature."""

    def cosigned(self) -> bytes | None:
        """Return the newest note this node has cosigned since its start."""


def make_engine(
    home: OpenedHome, application: Application, last_signed: LastSigned, failed: Failed
) -> Ordering:
    """Build the engine: the sequencer on the node with the log key, a follower elsewhere, or CometBFT if configured."""
    config, keystore = home.config, home.keystore
    appender = Appender(application, home.trust.log)
    name = cosigner_name(config.member.net, config.member.institution)
    key = NoteSigner(name, KeyKind.COSIGNATURE, keystore.signer(keys.COSIGN))
    cosigner = Cosigner(config.member.institution, key, last_signed)
    kept = Evidence(home.path / EVIDENCE_DIR)
    readings = Readings(now_ms)
    if config.orderer.cometbft is None:
        if config.publishes:
            publisher = _publisher(home, appender, cosigner, Dating(appender, kept, now_ms), readings, failed)
            return Sequencer(appender, publisher, failed)
        return Follower(appender, _source(home), cosigner, kept, readings, failed)
    from dengbu.nodes.engines.cometbft import wiring  # loads protobuf, which no other engine needs

    finality: wiring.Finality
    if config.publishes:
        publisher = _publisher(home, appender, cosigner, Dating(appender, kept, now_ms), readings, failed)
        finality = wiring.Publishing(appender, publisher, kept, now_ms, failed)
    else:
        finality = wiring.Subscriber(appender, _source(home), cosigner, kept, now_ms, failed)
    reporter = wiring.Reporter(config.member.institution, home.seal, kept)
    return wiring.make(home, appender, finality, reporter, readings, failed)


def _publisher(
    home: OpenedHome,
    appender: Appender,
    cosigner: Cosigner,
    dating: Dating,
    readings: Readings,
    failed: Failed,
) -> Publisher:
    """Build what makes heads final on the node with the log key."""
    log_signer = NoteSigner(home.config.member.net, KeyKind.NOTE, home.keystore.signer(keys.LOG))
    node_key = home.keystore.signer(keys.NODE)
    witnesses = {peer: PeerClient(url, node_key) for peer, url in home.config.endpoints.peers.items()}
    cosigning = Cosigning(appender.application.store, witnesses, log_signer.verifier, readings, failed)
    return Publisher(appender, log_signer, cosigner, cosigning, dating, readings)


def _source(home: OpenedHome) -> Source:
    """Return the log as served by the node that publishes it."""
    config = home.config
    return Source(
        PeerClient(config.endpoints.peers[config.orderer.sequencer], home.keystore.signer(keys.NODE))
    )
