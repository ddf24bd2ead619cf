"""Puts the parts of the CometBFT engine together."""

from collections.abc import Callable, Mapping
from pathlib import Path

from dengbu.ledger.encoding import JSONValue
from dengbu.nodes.appender import Appender
from dengbu.nodes.clock import now_ms
from dengbu.nodes.cometbft.adaptor import Adaptor
from dengbu.nodes.cometbft.engine import CometBFT
from dengbu.nodes.cometbft.engine import Finality as Finality
from dengbu.nodes.cometbft.outbox import Outbox
from dengbu.nodes.cometbft.publishing import Publishing as Publishing
from dengbu.nodes.cometbft.redial import Redial
from dengbu.nodes.cometbft.rpc import Rpc
from dengbu.nodes.cometbft.server import Server
from dengbu.nodes.cometbft.setup import socket_path
from dengbu.nodes.cometbft.subscriber import Subscriber as Subscriber
from dengbu.nodes.config import Config
from dengbu.nodes.evidence import Evidence


def make(
    home: Path,
    config: Config,
    appender: Appender,
    finality: Finality,
    kept: Evidence,
    seal: Callable[[Mapping[str, JSONValue]], bytes],
    failed: Callable[[BaseException], None],
) -> CometBFT:
    """The engine of a node whose configuration names the CometBFT beside it."""
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
        seal,
        now_ms,
        failed,
    )
