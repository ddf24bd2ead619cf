"""A node's home folder: `node.toml` with a closed schema, and `clients.json` with the keys its API accepts.

home/  node.toml  keystore.json  genesis.json  policy.txt  clients.json  ledger.db  last-signed  vault.db  access-head
       and, where CometBFT orders:  outbox.db  engine.sock  cometbft/
"""

import difflib
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dengbu.ledger.log.keys import check_public, key_id

NODE_FILE = "node.toml"
CLIENTS_FILE = "clients.json"
GENESIS_FILE = "genesis.json"
POLICY_FILE = "policy.txt"
LEDGER_FILE = "ledger.db"
VAULT_FILE = "vault.db"
LAST_SIGNED_FILE, ACCESS_HEAD_FILE = "last-signed", "access-head"
EVIDENCE_DIR = "evidence"
SEQUENCER, COMETBFT = "sequencer", "cometbft"
ENGINES = (SEQUENCER, COMETBFT)
SOCKET_FILE = "engine.sock"
SCOPES = ("officer", "system", "auditor")
PORT_MAX = 65_535


class ConfigError(Exception):
    """The home cannot be used; the text names the file, the key and what to do."""


@dataclass(frozen=True)
class Listener:
    """The address of one listener of the node; port 0 asks the system for a free port."""

    host: str
    port: int


@dataclass(frozen=True)
class Beside:
    """The CometBFT beside this node: where it listens for the others and for this node, and where the others listen."""

    p2p: Listener
    rpc: Listener
    peers: Mapping[str, str]  # institution id -> HOST:PORT of its CometBFT
    socket: str = SOCKET_FILE  # relative to the home, or absolute
    stop_after: int | None = None  # the last height that is executed: all nodes stop there for an upgrade


@dataclass(frozen=True)
class Config:
    """The checked content of `node.toml`."""

    institution: str
    role: str
    net: str
    sequencer: str
    api: Listener
    peer: Listener
    peers: Mapping[str, str]  # institution id -> base URL of its peer listener
    desk: bool = True  # the automatic desk runs, if this is the registry's node
    clients_file: str = CLIENTS_FILE
    cometbft: Beside | None = None  # if set, CometBFT orders, not the sequencer

    @property
    def engine(self) -> str:
        """The name of the engine that orders the events."""
        return COMETBFT if self.cometbft else SEQUENCER

    @property
    def publishes(self) -> bool:
        """Whether this node holds the log key and so publishes checkpoints; without CometBFT it also orders."""
        return self.institution == self.sequencer


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


@dataclass(frozen=True)
class _Field:
    kind: type
    required: bool = True
    keys: Mapping[str, "_Field"] = field(default_factory=dict)


_TEXT = _Field(str)
_LISTENER = _Field(dict, keys={"host": _TEXT, "port": _Field(int)})
_BESIDE = _Field(
    dict,
    required=False,
    keys={"p2p": _TEXT, "rpc": _TEXT, "peers": _Field(dict)}
    | {"socket": _Field(str, required=False), "stop_after": _Field(int, required=False)},
)
_SCHEMA: Mapping[str, _Field] = {
    "institution": _TEXT,
    "role": _TEXT,
    "net": _TEXT,
    "sequencer": _TEXT,
    "engine": _Field(str, required=False),
    "desk": _Field(bool, required=False),
    "clients_file": _Field(str, required=False),
    "api": _LISTENER,
    "peer": _LISTENER,
    "peers": _Field(dict),
    "cometbft": _BESIDE,
}


def read_config(home: Path) -> Config:
    """Read and check `node.toml`. Raises ConfigError listing every mistake with its key."""
    path = home / NODE_FILE
    table = _read_toml(path)
    faults = [*_faults(table, _SCHEMA, "")]
    if not faults:
        faults = [*_value_faults(table)]
    if faults:
        raise ConfigError(f"配置有误 {path}:\n" + "\n".join(f"  {fault}" for fault in faults))
    return Config(
        institution=table["institution"],
        role=table["role"],
        net=table["net"],
        sequencer=table["sequencer"],
        api=Listener(**table["api"]),
        peer=Listener(**table["peer"]),
        peers=dict(sorted(table["peers"].items())),
        desk=table.get("desk", True),
        clients_file=table.get("clients_file", CLIENTS_FILE),
        cometbft=_beside(table["cometbft"]) if "cometbft" in table else None,
    )


def write_config(home: Path, config: Config) -> None:
    """Write `node.toml`. Raises FileExistsError if there is one."""
    lines = [
        "# One node of a Dengbu network. Keys are never in this file.",
        *(f"{name} = {_toml(getattr(config, name))}" for name in ("institution", "role", "net", "sequencer")),
        f"engine = {_toml(config.engine)}",
        f"desk = {_toml(config.desk)}",
        f"clients_file = {_toml(config.clients_file)}",
    ]
    for name, listener in (("api", config.api), ("peer", config.peer)):
        lines += ["", f"[{name}]", f"host = {_toml(listener.host)}", f"port = {listener.port}"]
    lines += ["", "[peers]", *(f"{_toml(name)} = {_toml(url)}" for name, url in sorted(config.peers.items()))]
    if config.cometbft:
        lines += _beside_lines(config.cometbft)
    with (home / NODE_FILE).open("x", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def split_address(text: str) -> Listener | None:
    """Parse HOST:PORT; return None if the text has another form."""
    host, colon, port = text.rpartition(":")
    good = host and colon and port.isascii() and port.isdigit() and int(port) <= PORT_MAX
    return Listener(host, int(port)) if good else None


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
    if not isinstance(row, dict):
        raise ConfigError(f"{where}: 须为对象 must be an object")
    known = {
        "key": _TEXT,
        "public": _TEXT,
        "officer": _TEXT,
        "office": _Field(str, required=False),
        "scopes": _Field(list),
    }
    if row.get("office", "") is None:
        row = {name: value for name, value in row.items() if name != "office"}
    for fault in _faults(row, known, ""):
        raise ConfigError(f"{where}: {fault}")
    wrong = [scope for scope in row["scopes"] if scope not in SCOPES]
    if wrong or not row["scopes"]:
        raise ConfigError(
            f"{where}.scopes: 须为 {', '.join(SCOPES)} 之一 each must be one of these, not {wrong}"
        )
    try:
        public = bytes.fromhex(row["public"])
        check_public(public)
    except ValueError as error:
        raise ConfigError(f"{where}.public: 公钥无效 not an Ed25519 public key: {error}") from error
    if row["key"] != key_id("Ed25519", public):
        raise ConfigError(f"{where}.key: 与公钥不符 is not the key id of this public key")
    return Client(row["key"], public, row["officer"], row.get("office"), tuple(row["scopes"]))


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"无法读取配置 cannot read {path}: {error.strerror}; run: python -m dengbu.nodes init"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: 不是 TOML not TOML: {error}") from error


def _faults(table: Mapping[str, Any], schema: Mapping[str, _Field], prefix: str) -> Iterator[str]:
    for name in table:
        if name not in schema:
            near = difflib.get_close_matches(name, schema, n=1)
            hint = f"; 是否为 did you mean {prefix}{near[0]}?" if near else f"; known: {', '.join(schema)}"
            yield f"{prefix}{name}: 未知的键 unknown key{hint}"
    for name, spec in schema.items():
        if name not in table:
            if spec.required:
                yield f"{prefix}{name}: 缺少 missing"
        elif type(table[name]) is not spec.kind:
            yield f"{prefix}{name}: 类型须为 must be {spec.kind.__name__}, not {type(table[name]).__name__}"
        elif spec.keys:
            yield from _faults(table[name], spec.keys, f"{prefix}{name}.")


def _value_faults(table: Mapping[str, Any]) -> Iterator[str]:
    for name in ("api", "peer"):
        if not 0 <= table[name]["port"] <= PORT_MAX:
            yield f"{name}.port: 须为 0 至 {PORT_MAX} must be 0 to {PORT_MAX}"
    for institution, url in table["peers"].items():
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            yield f"peers.{institution}: 须为网址 must be an http(s) URL"
    members = {table["institution"], *table["peers"]}
    yield from _engine_faults(table)
    if table["sequencer"] not in members:
        near = difflib.get_close_matches(table["sequencer"], members, n=1)
        hint = f"; 是否为 did you mean {near[0]}?" if near else ""
        yield f"sequencer: 既非本机构也不在 peers 中 neither this institution nor one of peers{hint}"


def _engine_faults(table: Mapping[str, Any]) -> Iterator[str]:
    engine = table.get("engine", SEQUENCER)
    if engine not in ENGINES:
        yield f"engine: 须为 must be one of {', '.join(ENGINES)}"
    if (engine == COMETBFT) != ("cometbft" in table):
        yield f"cometbft: 仅用于 belongs to engine = {_toml(COMETBFT)}, and only to that"
        return
    for name in ("p2p", "rpc") if engine == COMETBFT else ():
        if split_address(table["cometbft"][name]) is None:
            yield f"cometbft.{name}: 须为 must be HOST:PORT"
    if table.get("cometbft", {}).get("stop_after", 1) < 1:
        yield "cometbft.stop_after: 须为正整数 must be 1 or more"
    for institution, place in table.get("cometbft", {}).get("peers", {}).items():
        if not isinstance(place, str) or split_address(place) is None:
            yield f"cometbft.peers.{institution}: 须为 must be HOST:PORT"


def _beside(table: Mapping[str, Any]) -> Beside:
    p2p, rpc = split_address(table["p2p"]), split_address(table["rpc"])
    assert p2p is not None, "the values were checked"
    assert rpc is not None, "the values were checked"
    peers = dict(sorted(table["peers"].items()))
    return Beside(p2p, rpc, peers, table.get("socket", SOCKET_FILE), table.get("stop_after"))


def _beside_lines(beside: Beside) -> list[str]:
    return [
        "",
        "[cometbft]",
        f"p2p = {_toml(f'{beside.p2p.host}:{beside.p2p.port}')}",
        f"rpc = {_toml(f'{beside.rpc.host}:{beside.rpc.port}')}",
        f"socket = {_toml(beside.socket)}",
        "",
        "[cometbft.peers]",
        *(f"{_toml(name)} = {_toml(place)}" for name, place in sorted(beside.peers.items())),
    ]


def _toml(value: str | bool) -> str:
    return json.dumps(value, ensure_ascii=False)  # strings and booleans are written alike in JSON and TOML
