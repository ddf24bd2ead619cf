"""Assembles the CometBFT engine from its parts."""

from collections.abc import Callable

from dengbu.nodes.engines.cometbft.adaptor import Adaptor
from dengbu.nodes.engines.cometbft.engine import CometBFT, EngineProcess
from dengbu.nodes.engines.cometbft.engine import Finality as Finality
from dengbu.nodes.engines.cometbft.offences import Reporter as Reporter
from dengbu.nodes.engines.cometbft.outbox import Outbox
from dengbu.nodes.engines.cometbft.publishing import Publishing as Publishing
from dengbu.nodes.engines.cometbft.redial import Redial
from dengbu.nodes.engines.cometbft.rpc import Rpc
from dengbu.nodes.engines.cometbft.server import Server
from dengbu.nodes.engines.cometbft.setup import socket_path
from dengbu.nodes.engines.cometbft.subscriber import Subscriber as Subscriber
from dengbu.nodes.finality.appender import Appender
from dengbu.nodes.finality.readings import Readings
from dengbu.nodes.home.opened import OpenedHome


def make(
    home: OpenedHome,
    appender: Appender,
    finality: Finality,
    reporter: Reporter,
    readings: Readings,
    failed: Callable[[BaseException], None],
) -> CometBFT:
    """Build the engine of a node whose configuration has a [cometbft] section."""
    beside = home.config.orderer.cometbft
    assert beside is not None
    path = socket_path(home.path, beside)

    def listen(adaptor: Adaptor) -> Server:
        return Server(path, adaptor.answer, failed)

    rpc = Rpc(f"{beside.rpc.host}:{beside.rpc.port}")
    process = EngineProcess(Outbox(home.path), rpc, Redial(rpc, beside.peers), listen, beside.stop_after)
    return CometBFT(appender, finality, process, reporter, readings, failed)
