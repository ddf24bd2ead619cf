"""Sets up the CometBFT beside a node from the node's own files: node.toml, the genesis and any ledger."""

import os
from collections.abc import Iterable
from pathlib import Path

from dengbu.ledger.admission import admit
from dengbu.ledger.log.envelope import Envelope, parse_envelope
from dengbu.ledger.register.members import Institution, Key, KeyClass, Voter, Voters
from dengbu.ledger.register.record import Record
from dengbu.ledger.register.register import MemoryRegister
from dengbu.ledger.rules.rule import LogPosition
from dengbu.ledger.transition import judge
from dengbu.nodes.engines.cometbft import files
from dengbu.nodes.founding.genesis import founding_time
from dengbu.nodes.home.config import GENESIS_FILE, LEDGER_FILE, Beside, Config, ConfigError, read_config
from dengbu.nodes.store.listings import Listings
from dengbu.nodes.store.reads import Reads


def write_home(home: Path) -> list[str]:
    """Write CometBFT's genesis.json and config.toml; return the command that starts it.

    Raises `ConfigError` or `NotSetUp`.
    """
    config = read_config(home)
    if config.orderer.cometbft is None:
        raise ConfigError(f'{home}: node.toml 未设置 does not have engine = "cometbft"')
    if len(config.member.net) > files.CHAIN_ID_CHARS_MAX:
        raise ConfigError(
            f"网络名过长 the network's name {config.member.net} has more than {files.CHAIN_ID_CHARS_MAX} characters"
        )
    envelope = parse_envelope((home / GENESIS_FILE).read_bytes())
    founding = _records(envelope)
    voters = _voters(founding)
    if not voters:
        raise ConfigError(f"{home / GENESIS_FILE}: 创世事件没有投票密钥 the genesis has no vote keys")
    genesis = files.genesis(config.member.net, founding_time(envelope), voters)
    text = files.config(
        config.member.institution,
        socket_path(home, config.orderer.cometbft),
        _place(config.orderer.cometbft.p2p.host, config.orderer.cometbft.p2p.port),
        _place(config.orderer.cometbft.rpc.host, config.orderer.cometbft.rpc.port),
        _peers(home, config, founding),
    )
    files.write(home, genesis, text)
    return ["cometbft", "start", "--home", str(home.absolute() / files.FOLDER)]


def socket_path(home: Path, beside: Beside) -> Path:
    """Return the path of the socket on which the node listens for its CometBFT."""
    return Path(os.path.abspath(home / beside.socket))


def _records(genesis: Envelope) -> list[Record]:
    """Return the records that the genesis enters into the register."""
    at = LogPosition(index=0, height=1, time=founding_time(genesis))
    event = admit(None, genesis.body.net, genesis, at)
    return list(judge(MemoryRegister(), event, at).changes)


def _voters(records: Iterable[Record]) -> tuple[Voter, ...]:
    found = [one for one in records if isinstance(one, Voters)]
    return found[-1].voters if found else ()


def _peers(home: Path, config: Config, founding: Iterable[Record]) -> dict[str, str]:
    """Return node id -> address for each active member with a known address, by its link key in force in the ledger."""
    assert config.orderer.cometbft is not None
    keys = [one for one in founding if isinstance(one, Key)]
    active = {one.id for one in founding if isinstance(one, Institution)}
    if (home / LEDGER_FILE).exists():
        with Reads(home) as reads:
            if reads.size():
                keys = list(Listings(reads).public_keys())
                active = {one.id for one in Listings(reads).institutions() if one.status == "active"}
    peers = {}
    for key in keys:
        place = config.orderer.cometbft.peers.get(key.institution)
        if key.cls is KeyClass.LINK and key.until is None and place and key.institution in active:
            peers[files.address(bytes.fromhex(key.public)).hex()] = place
    return peers


def _place(host: str, port: int) -> str:
    return f"{host}:{port}"
