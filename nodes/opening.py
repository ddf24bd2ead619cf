"""Opens the ledger of a home, checks it against what this node has signed, and makes the home's genesis its first entry."""

from dengbu.ledger.log.envelope import parse_envelope
from dengbu.nodes.audit import startup
from dengbu.nodes.execution.application import Application
from dengbu.nodes.finality.lastsigned import LastSigned
from dengbu.nodes.founding.genesis import founding_time
from dengbu.nodes.home.config import GENESIS_FILE, LEDGER_FILE, ConfigError
from dengbu.nodes.home.opened import OpenedHome
from dengbu.nodes.store.block import Block
from dengbu.nodes.store.store import Store


def open_ledger(home: OpenedHome, last_signed: LastSigned) -> Application:
    """Open the ledger of a home for writing.

    Raises ConfigError, Tampered, FatalStorage, StoreInUse or UnknownRuleSet.
    """
    there = (home.path / LEDGER_FILE).exists()
    store = Store.open(home.path) if there else Store.create(home.path, home.config.member.net)
    try:
        startup.check(store, last_signed)
        application = Application(store, home.config.member.net)
        _begin(home, application)
    except BaseException:
        store.close()
        raise
    return application


def _begin(home: OpenedHome, application: Application) -> None:
    """Make sure that entry 0 is the genesis that this home was founded with."""
    if application.head.size == 0:
        finalized = application.finalize(
            Block(1, founding_time(parse_envelope(home.genesis)), (home.genesis,))
        )
        for _, refusal in finalized.rejected:
            raise ConfigError(f"{home.path / GENESIS_FILE}: 创世事件无效 not valid: {refusal}")
        application.commit(finalized)
    first = application.store.entry(0)
    if first is None or first.envelope.raw != home.genesis:
        raise ConfigError(f"{home.path / GENESIS_FILE} 与账本不符 is not the genesis of the ledger here")
