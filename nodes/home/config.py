"""A node's home folder: `node.toml` with a closed schema, and `clients.json` with the keys its API accepts.

home/  node.toml  keystore.json  genesis.json  policy.txt  clients.json  ledger.db  last-signed  vault.db  access-head
       and, where CometBFT orders:  outbox.db  engine.sock  cometbft/
"""

import difflib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec
import tomli_w

from dengbu.ledger.log.keys import check_public, key_id
from dengbu.nodes.home.keystore import FILE_NAME as KEYSTORE_FILE
from dengbu.nodes.home.rate_limits import DEFAULTS, Rate, RateLimits
from dengbu.nodes.home.rate_limits import faults as limit_faults

NODE_FILE = "node.toml"
CLIENTS_FILE = "clients.json"
GENESIS_FILE = "genesis.json"
POLICY_FILE = "policy.txt"
LEDGER_FILE = "ledger.db"
VAULT_FILE = "vault.db"
LAST_SIGNED_FILE, ACCESS_HEAD_FILE = "last-signed", "access-head"
DATABASES = "*.db"  # the ledger, the vault, and those of the engine and the API
EVIDENCE_DIR = "evidence"
Engine = Literal["sequencer", "cometbft"]
SEQUENCER: Engine = "sequencer"
COMETBFT: Engine = "cometbft"
SOCKET_FILE = "engine.sock"
SCOPES = ("officer", "system", "auditor")
PORT_MAX = 65_535


class ConfigError(Exception):
    """The home cannot be used; the text names the file, the key and what to do."""


class Endpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The address of one listener of the node; port 0 asks the system for a free port."""

    host: str
    port: int


@dataclass(frozen=True)
class Beside:
    """The CometBFT beside this node: where it listens for the others and for this node, and where the others listen."""

    p2p: Endpoint
    rpc: Endpoint
    peers: Mapping[str, str]  # institution id -> HOST:PORT of its CometBFT
    socket: str = SOCKET_FILE  # relative to the home, or absolute
    stop_after: int | None = None  # the last height that is executed: all nodes stop there for an upgrade


@dataclass(frozen=True)
class Member:
    """The institution whose node this is, its role, and the network."""

    institution: str
    role: str
    net: str


@dataclass(frozen=True)
class Endpoints:
    """Where this node listens for clients and for other nodes, and where those listen."""

    api: Endpoint
    peer: Endpoint
    peers: Mapping[str, str]  # institution id -> base URL of its peer listener


@dataclass(frozen=True)
class Orderer:
    """Who orders the events: the institution of the sequencer, or, if it is set, CometBFT."""

    sequencer: str
    cometbft: Beside | None = None

    @property
    def engine(self) -> str:
        """The name of the engine that orders the events."""
        return COMETBFT if self.cometbft else SEQUENCER


@dataclass(frozen=True)
class Config:
    """The checked content of `node.toml`."""

    member: Member
    endpoints: Endpoints
    orderer: Orderer
    desk: bool = True  # the automatic desk runs, if this is the registry's node
    clients_file: str = CLIENTS_FILE
    limits: RateLimits = DEFAULTS

    @property
    def publishes(self) -> bool:
        """Whether this node holds the log key and so publishes checkpoints; without CometBFT it also orders."""
        return self.member.institution == self.orderer.sequencer


@dataclass(frozen=True)
class Officer:
    """A person or system that acts for the institution, and the office where it does."""

    name: str
    office: str | None = None


@dataclass(frozen=True)
class Client:
    """One key that the API accepts, and the officer who acts with it."""

    key: str
    public: bytes
    officer: str
    office: str | None
    scopes: tuple[str, ...]

    @property
    def by(self) -> Officer:
        """The officer for whom this key signs."""
        return Officer(self.officer, self.office)


class _BesideTable(msgspec.Struct, forbid_unknown_fields=True):
    p2p: str
    rpc: str
    peers: dict[str, Any]
    socket: str = SOCKET_FILE
    stop_after: int | None = None


class _NodeTable(msgspec.Struct, forbid_unknown_fields=True):
    institution: str
    role: str
    net: str
    sequencer: str
    api: Endpoint
    peer: Endpoint
    peers: dict[str, Any]
    engine: Engine = SEQUENCER
    desk: bool = True
    clients_file: str = CLIENTS_FILE
    cometbft: _BesideTable | None = None
    limits: RateLimits = DEFAULTS


class _ClientRow(msgspec.Struct, forbid_unknown_fields=True):
    key: str
    public: str
    officer: str
    scopes: list[str]
    office: str | None = None


Shape = TypeVar("Shape", bound=msgspec.Struct)
_NAMES = {
    name
    for shape in (_NodeTable, _BesideTable, _ClientRow, Endpoint, RateLimits, Rate)
    for name in shape.__struct_fields__
}
_PLACE = re.compile(r"(.*?)(?: - at `\$\.?(.*)`)?", re.DOTALL)
_NAMED = re.compile(r"Object (contains unknown|missing required) field `(.*)`", re.DOTALL)


def read_config(home: Path) -> Config:
    """Read and check `node.toml`. Raises ConfigError naming the first key of a wrong shape, or every wrong value."""
    path = home / NODE_FILE
    table = _shaped(_read_toml(home), _NodeTable, f"配置有误 {path}")
    if faults := [*_value_faults(table)]:
        raise ConfigError(f"配置有误 {path}:\n" + "\n".join(f"  {fault}" for fault in faults))
    return Config(
        Member(table.institution, table.role, table.net),
        Endpoints(table.api, table.peer, dict(sorted(table.peers.items()))),
        Orderer(table.sequencer, _beside(table.cometbft) if table.cometbft else None),
        table.desk,
        table.clients_file,
        table.limits,
    )


def write_config(home: Path, config: Config) -> None:
    """Write `node.toml`. Raises FileExistsError if there is one."""
    table: dict[str, Any] = {
        **asdict(config.member),
        "sequencer": config.orderer.sequencer,
        "engine": config.orderer.engine,
        "desk": config.desk,
        "clients_file": config.clients_file,
        "api": msgspec.to_builtins(config.endpoints.api),
        "peer": msgspec.to_builtins(config.endpoints.peer),
        "peers": dict(sorted(config.endpoints.peers.items())),
    }
    if beside := config.orderer.cometbft:
        table["cometbft"] = {
            "p2p": f"{beside.p2p.host}:{beside.p2p.port}",
            "rpc": f"{beside.rpc.host}:{beside.rpc.port}",
            "socket": beside.socket,
            "peers": dict(sorted(beside.peers.items())),
        }
    if config.limits != DEFAULTS:
        table["limits"] = msgspec.to_builtins(config.limits)
    with (home / NODE_FILE).open("x", encoding="utf-8") as file:
        file.write("# One node of a Dengbu network. Keys are never in this file.\n" + tomli_w.dumps(table))


def split_address(text: str) -> Endpoint | None:
    """Parse HOST:PORT; return None if the text has another form."""
    host, colon, port = text.rpartition(":")
    good = host and colon and port.isascii() and port.isdigit() and int(port) <= PORT_MAX
    return Endpoint(host, int(port)) if good else None


def read_clients(path: Path) -> dict[str, Client]:
    """Read the client keys by key id from `clients.json`; without a file there are none.

    Raises ConfigError naming row and key.
    """
    try:
        rows = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise ConfigError(f"{path}: 不是 JSON not JSON: {error}") from error
    if not isinstance(rows, list):
        raise ConfigError(f"{path}: 须为数组 must be a list of client keys")
    clients: dict[str, Client] = {}
    for number, row in enumerate(rows):
        client = _client(path, number, row)
        if client.key in clients:
            raise ConfigError(f"{path}: [{number}]: 密钥重复 key {client.key} is listed twice")
        clients[client.key] = client
    return clients


def _client(path: Path, number: int, row: Any) -> Client:
    where = f"{path}: [{number}]"
    one = _shaped(row, _ClientRow, where)
    wrong = [scope for scope in one.scopes if scope not in SCOPES]
    if wrong or not one.scopes:
        raise ConfigError(
            f"{where}.scopes: 须为 {', '.join(SCOPES)} 之一 each must be one of these, not {wrong}"
        )
    try:
        public = bytes.fromhex(one.public)
        check_public(public)
    except ValueError as error:
        raise ConfigError(f"{where}.public: 公钥无效 not an Ed25519 public key: {error}") from error
    if one.key != key_id("Ed25519", public):
        raise ConfigError(f"{where}.key: 与公钥不符 is not the key id of this public key")
    return Client(one.key, public, one.officer, one.office, tuple(one.scopes))


def next_step(home: Path) -> str:
    """Return what to run where a file of the network is missing. Keys that are there stay, so `init` is for a home without any."""
    if not (home / KEYSTORE_FILE).exists():
        return "请运行 run: dengbu node init"
    return "已有密钥而未加入网络，请运行 there are keys but no network; run: dengbu node join or dengbu node genesis"


def _read_toml(home: Path) -> dict[str, Any]:
    path = home / NODE_FILE
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"无法读取配置 cannot read {path}: {error.strerror}; {next_step(home)}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: 不是 TOML not TOML: {error}") from error


def _shaped(value: Any, shape: type[Shape], where: str) -> Shape:
    """Return a file's content in a shape. Raises ConfigError naming the key that does not fit, and the nearest known one."""
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{where}: {_said(str(error))}") from error


def _said(text: str) -> str:
    """Return msgspec's message about a value that does not fit, in both languages, with the place first."""
    match = _PLACE.fullmatch(text)
    assert match is not None, "any text matches"
    what, place = match[1], match[2]
    if not (named := _NAMED.fullmatch(what)):
        return f"{place}: 类型或取值不符 {what}" if place else f"类型不符 {what}"
    prefix = f"{place}." if place else ""
    if named[1] == "missing required":
        return f"{prefix}{named[2]}: 缺少 missing"
    near = difflib.get_close_matches(named[2], _NAMES, n=1)
    hint = f"; 是否为 did you mean {prefix}{near[0]}?" if near else ""
    return f"{prefix}{named[2]}: 未知的键 unknown key{hint}"


def _value_faults(table: _NodeTable) -> Iterator[str]:
    for name, listener in (("api", table.api), ("peer", table.peer)):
        if not 0 <= listener.port <= PORT_MAX:
            yield f"{name}.port: 须为 0 至 {PORT_MAX} must be 0 to {PORT_MAX}"
    for institution, url in table.peers.items():
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            yield f"peers.{institution}: 须为网址 must be an http(s) URL"
    yield from _engine_faults(table)
    yield from limit_faults(table.limits)
    members = {table.institution, *table.peers}
    if table.sequencer not in members:
        near = difflib.get_close_matches(table.sequencer, members, n=1)
        hint = f"; 是否为 did you mean {near[0]}?" if near else ""
        yield f"sequencer: 既非本机构也不在 peers 中 neither this institution nor one of peers{hint}"


def _engine_faults(table: _NodeTable) -> Iterator[str]:
    beside = table.cometbft
    if (table.engine == COMETBFT) != (beside is not None):
        yield f'cometbft: 仅用于 belongs to engine = "{COMETBFT}", and only to that'
    if beside is None:
        return
    for name, place in (("p2p", beside.p2p), ("rpc", beside.rpc)):
        if split_address(place) is None:
            yield f"cometbft.{name}: 须为 must be HOST:PORT"
    if beside.stop_after is not None and beside.stop_after < 1:
        yield "cometbft.stop_after: 须为正整数 must be 1 or more"
    for institution, place in beside.peers.items():
        if not isinstance(place, str) or split_address(place) is None:
            yield f"cometbft.peers.{institution}: 须为 must be HOST:PORT"


def _beside(table: _BesideTable) -> Beside:
    p2p, rpc = split_address(table.p2p), split_address(table.rpc)
    assert p2p is not None, "the values were checked"
    assert rpc is not None, "the values were checked"
    return Beside(p2p, rpc, dict(sorted(table.peers.items())), table.socket, table.stop_after)
