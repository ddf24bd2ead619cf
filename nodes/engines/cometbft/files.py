"""The home of the CometBFT beside a node: its keys, genesis and configuration. CometBFT itself is installed separately.

    <home>/cometbft/config/  priv_validator_key.json  node_key.json  genesis.json  config.toml
    <home>/cometbft/data/    priv_validator_state.json  and what CometBFT writes

Its genesis is made from our genesis alone, so it has the same bytes on every node. Formats: CometBFT v0.39.4.
"""

import base64
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import nacl.utils

from dengbu.ledger.log.keys import SEED_BYTES, Signer
from dengbu.ledger.register.members import Voter
from dengbu.nodes.engines.cometbft.rpc import BATCH_EVENTS_MAX

FOLDER = "cometbft"
VOTE_KEY = Path("config/priv_validator_key.json")
LINK_KEY = Path("config/node_key.json")
GENESIS = Path("config/genesis.json")
CONFIG = Path("config/config.toml")
VOTE_STATE = Path("data/priv_validator_state.json")
INITIAL_HEIGHT = 2  # the genesis that every founder signed is height 1
CHAIN_ID_CHARS_MAX = 50
ADDRESS_BYTES = 20
# A block bears the time at which the previous one was decided. While nothing happens, an empty block is decided this
# often, so that the next event is not dated by an old one. A proposer that is away adds about two seconds.
HEARTBEAT_S = 15
LATE_S_MAX = 20  # how far an entry's time may lie before its submission
BLOCK_BYTES_MAX = 2 * 2**20
EVENT_BYTES_MAX = 65_536
EVIDENCE_AGE_BLOCKS = 1_000_000
EVIDENCE_AGE_NS = 30 * 86_400 * 10**9  # a month
MEMPOOL_EVENTS = 10_000
CACHE_EVENTS = 100_000

_CONFIG = """\
# CometBFT beside the Dengbu node of {institution}; written by: dengbu node engine --home DIR
# Change node.toml and write it again. Every node of a network has the same times.
proxy_app = "unix://{socket}"
abci = "socket"
moniker = "{institution}"
filter_peers = true
log_level = "main:info,*:error"

[rpc]
laddr = "tcp://{rpc}"
unsafe = true  # dial_peers, for the node beside it; nobody but this machine reaches the RPC
max_request_batch_size = {batch}

[p2p]
laddr = "tcp://{p2p}"
persistent_peers = "{peers}"
persistent_peers_max_dial_period = "2s"
pex = false
addr_book_strict = false
allow_duplicate_ip = true
max_num_inbound_peers = 32
max_num_outbound_peers = 32
flush_throttle_timeout = "3ms"
send_rate = 20000000
recv_rate = 20000000
max_packet_msg_payload_size = 10240

[mempool]
size = {mempool}
cache_size = {cache}
max_tx_bytes = {event}
recheck = true

[consensus]
timeout_propose = "1s"
timeout_propose_delta = "500ms"
timeout_prevote = "500ms"
timeout_prevote_delta = "500ms"
timeout_precommit = "500ms"
timeout_precommit_delta = "500ms"
timeout_commit = "100ms"  # what comes meanwhile shares one block, and the empty one that seals the last app hash
skip_timeout_commit = false
create_empty_blocks = false
create_empty_blocks_interval = "{heartbeat}s"  # so that no entry is dated by a block much older
peer_gossip_sleep_duration = "5ms"
peer_query_maj23_sleep_duration = "500ms"

[storage]
discard_abci_responses = false

[tx_index]
indexer = "null"
"""


class NotSetUp(Exception):
    """The CometBFT home is missing or incomplete."""


def make_keys(home: Path) -> list[dict[str, str]]:
    """Make fresh vote and link keys in a node's CometBFT home; return their public halves as a request offers them."""
    folder = home / FOLDER
    for part in ("config", "data"):
        (folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
    vote, link = (nacl.utils.random(SEED_BYTES) for _ in range(2))
    _write_new(folder / VOTE_KEY, vote_key_file(vote))
    _write_new(folder / LINK_KEY, _json({"priv_key": _private(link)}))
    _write_new(folder / VOTE_STATE, _json({"height": "0", "round": 0, "step": 0}))
    keys = (("vote", vote), ("link", link))
    return [{"cls": cls, "alg": "Ed25519", "public": Signer(seed).public.hex()} for cls, seed in keys]


def vote_key_file(seed: bytes) -> bytes:
    """Return the bytes of priv_validator_key.json for a seed."""
    public = Signer(seed).public
    return _json(
        {"address": address(public).hex().upper(), "pub_key": _public(public), "priv_key": _private(seed)}
    )


def address(public: bytes) -> bytes:
    """Return the CometBFT address of an Ed25519 key; in hex it is the node id of a link key."""
    return hashlib.sha256(public).digest()[:ADDRESS_BYTES]


def genesis(net: str, time_ms: int, voters: Iterable[Voter]) -> bytes:
    """Return the bytes of genesis.json for a network, its founding time and its first voters."""
    validators = [
        {
            "address": address(bytes.fromhex(one.public)).hex().upper(),
            "pub_key": _public(bytes.fromhex(one.public)),
            "power": str(one.weight),
            "name": one.institution,
        }
        for one in voters
    ]
    moment = datetime.fromtimestamp(time_ms // 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return _json(
        {
            "genesis_time": f"{moment}.{time_ms % 1_000:03}Z",
            "chain_id": net,
            "initial_height": str(INITIAL_HEIGHT),
            "consensus_params": {
                "block": {"max_bytes": str(BLOCK_BYTES_MAX), "max_gas": "-1"},
                "evidence": {
                    "max_age_num_blocks": str(EVIDENCE_AGE_BLOCKS),
                    "max_age_duration": str(EVIDENCE_AGE_NS),
                    "max_bytes": "65536",
                },
                "validator": {"pub_key_types": ["ed25519"]},
                "version": {"app": "0"},
                "abci": {"vote_extensions_enable_height": "0"},
            },
            "validators": validators,
            "app_hash": "",
        }
    )


def config(institution: str, socket: Path, p2p: str, rpc: str, peers: Mapping[str, str]) -> str:
    """Return the text of config.toml. peers: node id -> HOST:PORT of every other engine."""
    return _CONFIG.format(
        institution=institution,
        socket=socket,
        p2p=p2p,
        rpc=rpc,
        peers=",".join(f"{node}@{place}" for node, place in sorted(peers.items())),
        batch=BATCH_EVENTS_MAX + 1,  # events, and the `check_tx` call behind them
        mempool=MEMPOOL_EVENTS,
        cache=CACHE_EVENTS,
        event=EVENT_BYTES_MAX,
        heartbeat=HEARTBEAT_S,
    )


def write(home: Path, genesis_file: bytes, config_file: str) -> None:
    """Write genesis.json and config.toml into the CometBFT home of a node that has its keys. Raises `NotSetUp`."""
    folder = home / FOLDER
    if not (folder / VOTE_KEY).exists() or not (folder / LINK_KEY).exists():
        raise NotSetUp(
            f"没有共识密钥 {folder} holds no vote and link keys; keep this home's keys, and make a home in another "
            "folder with: dengbu node init --engine cometbft"
        )
    for path, content in ((folder / GENESIS, genesis_file), (folder / CONFIG, config_file.encode())):
        beside = path.with_name(path.name + ".new")
        beside.write_bytes(content)
        beside.replace(path)


def _public(public: bytes) -> dict[str, str]:
    return {"type": "tendermint/PubKeyEd25519", "value": base64.b64encode(public).decode()}


def _private(seed: bytes) -> dict[str, str]:
    pair = seed + Signer(seed).public
    return {"type": "tendermint/PrivKeyEd25519", "value": base64.b64encode(pair).decode()}


def _json(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, indent=2).encode() + b"\n"


def _write_new(path: Path, raw: bytes) -> None:
    """Write a new private file, synced to the disk; an existing key is never overwritten (FileExistsError)."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
