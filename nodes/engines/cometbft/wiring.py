"""Assembles the CometBFT engine from its parts."""

from collections.abc import Callable, Mapping
from pathlib import Path

from dengbu.ledger.log.encoding import JSONValue
from dengbu.nodes.engines.cometbft.adaptor import Adaptor
from dengbu.nodes.engines.cometbft.engine import CometBFT
from dengbu.nodes.engines.cometbft.engine import Finality as Finality
from dengbu.nodes.engines.cometbft.outbox import Outbox
from dengbu.nodes.engines.cometbft.publishing import Publishing as Publishing
from dengbu.nodes.engines.cometbft.redial import Redial
from dengbu.nodes.engines.cometbft.rpc import Rpc
from dengbu.nodes.engines.cometbft.server import Server
from dengbu.nodes.engines.cometbft.setup import socket_path
from dengbu.nodes.engines.cometbft.subscriber import Subscriber as Subscriber
from dengbu.nodes.finality.appender import Appender
from dengbu.nodes.finality.evidence import Evidence
from dengbu.nodes.finality.readings import Readings
from dengbu.nodes.home.config import Config


def make(
    home: Path,
    config: Config,
    appender: Appender,
    finality: Finality,
    kept: Evidence,
    readings: Readings,
    seal: Callable[[Mapping[str, JSONValue]], bytes],
    failed: Callable[[BaseException], None],
) -> CometBFT:
    """Build the engine of a node whose configuration has a [cometbft] section."""
    beside = config.cometbft
    assert beside is not None
    path = socket_path(home, beside)

    def listen(adaptor: Adaptor) -> Server:
        return Server(path, adaptor.answer, failed)

    rpc = Rpc(f"{beside.rpc.host}:{beside.rpc.port}")
    return CometBFT(
        appender,
        finality,
        Outbox(home),
        rpc,
        listen,
        config.institution,
        kept,
        Redial(rpc, beside.peers),
        beside.stop_after,
        readings,
        seal,
        failed,
    )
