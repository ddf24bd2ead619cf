"""Opens a home: reads the files that a node needs before it starts, and checks that they belong together."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dengbu.ledger.log.encoding import JSONValue
from dengbu.ledger.log.envelope import parse_envelope, seal
from dengbu.ledger.log.trust import Trust, parse_policy
from dengbu.nodes.home import keystore as keys
from dengbu.nodes.home.clients import Clients
from dengbu.nodes.home.clock import now_ms
from dengbu.nodes.home.config import (
    GENESIS_FILE,
    POLICY_FILE,
    Config,
    ConfigError,
    next_step,
    read_clients,
    read_config,
)
from dengbu.nodes.home.keystore import Keystore

EVENT_LIFE_MS = 600_000  # how long an event that this node signs may wait to be ordered


@dataclass(frozen=True)
class OpenedHome:
    """The contents of one institution's home: its configuration and keys, and the network that it belongs to."""

    path: Path
    config: Config
    keystore: Keystore
    policy_text: str  # the founders'
    trust: Trust
    genesis: bytes
    clients: Clients

    def seal(self, body: Mapping[str, JSONValue]) -> bytes:
        """Complete and sign an event of this institution; `body` has type, id, data and any optional members."""
        fixed = {"v": 1, "net": self.config.member.net, "actor": self.config.member.institution}
        return seal(
            {"not_after": now_ms() + EVENT_LIFE_MS, **body, **fixed}, [self.keystore.signer(keys.EVENT)]
        )


def open_home(path: Path, passphrase: bytes) -> OpenedHome:
    """Open a home. Raises ConfigError or KeystoreError if files are missing or do not belong together."""
    config = read_config(path)
    policy_text, trust, genesis = _network_files(path, config)
    keystore = _own_keystore(path, config, passphrase)
    clients = Clients(path / config.clients_file, read_clients(path / config.clients_file))
    return OpenedHome(
        path=path,
        config=config,
        keystore=keystore,
        policy_text=policy_text,
        trust=trust,
        genesis=genesis,
        clients=clients,
    )


def _network_files(home: Path, config: Config) -> tuple[str, Trust, bytes]:
    try:
        text = (home / POLICY_FILE).read_text(encoding="utf-8")
        genesis = (home / GENESIS_FILE).read_bytes()
    except OSError as error:
        raise ConfigError(
            f"无法读取 cannot read {error.filename}: {error.strerror}; {next_step(home)}"
        ) from error
    trust = parse_policy(text)
    if trust.log.name != config.member.net or parse_envelope(genesis).body.net != config.member.net:
        raise ConfigError(
            f"{home}: policy.txt 与 genesis.json 须属于网络 must be of network {config.member.net}"
        )
    return text, trust, genesis


def _own_keystore(home: Path, config: Config, passphrase: bytes) -> Keystore:
    path = home / keys.FILE_NAME
    opened = keys.load(path, passphrase)
    if opened.institution != config.member.institution:
        raise ConfigError(
            f"{path}: 密钥库属于 the keystore is of {opened.institution}, not of {config.member.institution}"
        )
    return opened
