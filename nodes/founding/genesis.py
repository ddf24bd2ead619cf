"""Founds a network: requests with public keys become the genesis, which every founder signs.

init      keystore.json and request.json in a home: the institution, its names, its public keys
propose   requests -> the body of the event network.genesis, unsigned
sign      each founder adds its governance key's signature; the last one makes the genesis
install   genesis.json, policy.txt and node.toml into a home
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import orjson

from dengbu.ledger.admission import NOT_AFTER_MS_MAX
from dengbu.ledger.catalogue import ACTS
from dengbu.ledger.law.identifiers import HUIZHOU, Places
from dengbu.ledger.log.encoding import JSONValue, Malformed, canonical, parse
from dengbu.ledger.log.envelope import (
    ENVELOPE_BYTES_MAX,
    Envelope,
    NetName,
    add_signature,
    convert,
    parse_envelope,
    seal,
)
from dengbu.ledger.log.note import KeyKind, NoteVerifier, format_vkey
from dengbu.ledger.log.trust import format_policy
from dengbu.ledger.register.members import KeyClass, Policy, Role
from dengbu.ledger.rules.policies import DISTRICTS_MAX, TEXT_MAX, is_invalid
from dengbu.ledger.rules.rule_sets import NEWEST
from dengbu.nodes.home.clock import now_ms
from dengbu.nodes.home.config import (
    GENESIS_FILE,
    POLICY_FILE,
    Beside,
    Config,
    Endpoint,
    Endpoints,
    Member,
    Orderer,
    write_config,
)
from dengbu.nodes.home.keystore import (
    COMMON,
    COSIGN,
    FILE_NAME,
    GOVERNANCE,
    LOG,
    MEM_BYTES_DEFAULT,
    OPS_DEFAULT,
    REGISTRY,
    Keystore,
    create,
)

REQUEST_FILE = "request.json"
REQUEST_BYTES_MAX = 16_384
EVENT_TYPE = "network.genesis"
EVENT_ID = "genesis"
DEFAULT_PLACES = {
    "441322": "博罗县",
    "441323": "惠东县",
    "441324": "龙门县",
}  # counties issue in their own name


class GenesisError(Exception):
    """The network cannot be founded; the text says what is wrong and where."""


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The request that an institution hands to the others before the genesis; nothing in it is secret."""

    id: str
    role: Role
    name_zh: str
    name_en: str
    keys: tuple[dict[str, str], ...]


@dataclass(frozen=True)
class Address:
    """The addresses on which a founder's node listens."""

    api: Endpoint
    peer: Endpoint
    p2p: Endpoint | None = None  # p2p, rpc: where CometBFT listens for the other engines, and for its node
    rpc: Endpoint | None = None


def init(
    home: Path,
    who: tuple[str, str, str, str],
    passphrase: bytes,
    *,
    ops: int = OPS_DEFAULT,
    mem: int = MEM_BYTES_DEFAULT,
    engine_keys: Callable[[Path], list[dict[str, str]]] | None = None,
) -> tuple[Keystore, Request]:
    """Make a home with fresh keys. who: institution id, role, Chinese name, English name.

    engine_keys: makes the keys of the node's own engine in the home, and returns their public halves.
    """
    institution, role, name_zh, name_en = who
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    classes = REGISTRY if role == Role.REGISTRY else COMMON
    keystore = create(home / FILE_NAME, institution, classes, passphrase, ops=ops, mem=mem)
    public = keystore.public_keys() + (engine_keys(home) if engine_keys else [])
    made = Request(institution, Role(role), name_zh, name_en, tuple(public))
    (home / REQUEST_FILE).write_bytes(canonical(orjson.loads(msgspec.json.encode(made))))
    return keystore, made


def read_request(home: Path) -> Request:
    """Read the request of a home. Raises GenesisError naming the file."""
    return read_request_file(home / REQUEST_FILE)


def read_request_file(path: Path) -> Request:
    """Read a request as an institution has handed it over. Raises GenesisError naming the file."""
    try:
        return convert(parse(path.read_bytes(), limit=REQUEST_BYTES_MAX), Request)
    except OSError as error:
        raise GenesisError(f"无法读取 cannot read {path}: {error.strerror}; run: dengbu node init") from error
    except Malformed as error:
        raise GenesisError(f"{path}: {error}") from error


def quorum(members: int) -> int:
    """Return how many of n institutions suffice with f = (n-1)//3 faulty: the smallest q with 2q - n > f."""
    return (members + (members - 1) // 3) // 2 + 1


def default_policy(requests: Sequence[Request], places: Places = HUIZHOU) -> Policy:
    """Return the first policy: every founder is a witness, and `quorum` sets the quorums.

    The registry is competent for all the counties, and issues certificates under the first of the provinces and names.
    """
    needed = quorum(len(requests))
    policy = Policy(
        version=1,
        governance_quorum=needed,
        witness_quorum=needed,
        witnesses=tuple(sorted(request.id for request in requests)),
        districts=tuple(places.counties),
        rule_set=NEWEST.hash,
        certificate_prefix=places.provinces[0],
        certificate_place=places.names[0],
        certificate_places={one: place for one, place in DEFAULT_PLACES.items() if one in places.counties},
        counties=tuple(places.counties),
        known_provinces=tuple(places.provinces),
        known_places=tuple(places.names),
    )
    if is_invalid(policy, ACTS):
        raise GenesisError(
            "县区或地名不符 wrong counties or names of places: a county has six digits, a name 1 to "
            f"{TEXT_MAX} characters; at most {DISTRICTS_MAX} counties"
        )
    return policy


def propose(net: str, requests: Sequence[Request], policy: Policy) -> dict[str, JSONValue]:
    """Return the body of the genesis. Raises GenesisError if names repeat or there is not exactly one registry."""
    convert(net, NetName)
    names = [request.id for request in requests]
    if len(set(names)) != len(names):
        raise GenesisError(f"机构编号重复 institution ids repeat: {', '.join(sorted(names))}")
    registries = [request for request in requests if request.role == Role.REGISTRY]
    if len(registries) != 1:
        raise GenesisError(
            f"须有且仅有一个登记机构 there must be exactly one registry, not {len(registries)}"
        )
    institutions = [
        orjson.loads(msgspec.json.encode(one)) for one in sorted(requests, key=lambda one: one.id)
    ]
    data = {
        "institutions": institutions,
        "policy": orjson.loads(msgspec.json.encode(policy)),
        "log": {"vkey": format_vkey(log_verifier(net, registries[0]))},
    }
    return {
        "v": 1,
        "net": net,
        "type": EVENT_TYPE,
        "id": EVENT_ID,
        "actor": registries[0].id,
        "not_after": now_ms() + NOT_AFTER_MS_MAX,
        "data": data,
    }


def sign(genesis: bytes | Mapping[str, Any], keystore: Keystore) -> bytes:
    """Add a founder's governance signature: to the body (the first founder) or to what others have signed."""
    signer = keystore.signer(GOVERNANCE)
    return add_signature(genesis, signer) if isinstance(genesis, bytes) else seal(dict(genesis), [signer])


def log_verifier(net: str, registry: Request) -> NoteVerifier:
    """Return the log's public key: the registry's log key under the name of the network."""
    return NoteVerifier(net, KeyKind.NOTE, public_key(registry, LOG))


def policy_text(net: str, requests: Sequence[Request], policy: Policy) -> str:
    """Return the tlog-policy file by which receipts of the network are verified."""
    registry = next(request for request in requests if request.role == Role.REGISTRY)
    witnesses = {
        request.id: NoteVerifier(f"{net}/{request.id}", KeyKind.COSIGNATURE, public_key(request, COSIGN))
        for request in sorted(requests, key=lambda one: one.id)
        if request.id in policy.witnesses
    }
    return format_policy(log_verifier(net, registry), witnesses, policy.witness_quorum)


def founding_time(genesis: Envelope) -> int:
    """Return the block time of entry 0 (UTC ms): when it was proposed, as the event itself tells every node."""
    return genesis.body.not_after - NOT_AFTER_MS_MAX


def install(home: Path, genesis: bytes, policy: str, config: Config) -> None:
    """Write genesis.json, policy.txt and node.toml into a home. Never overwrites a file (FileExistsError)."""
    body = parse_envelope(genesis).body
    if body.net != config.member.net or body.type != EVENT_TYPE:
        raise GenesisError(
            f"创世事件不属于该网络 this genesis does not belong to network {config.member.net}"
        )
    for name, content in ((GENESIS_FILE, genesis), (POLICY_FILE, policy.encode())):
        with (home / name).open("xb") as file:
            file.write(content)
    write_config(home, config)


def found(
    homes: Mapping[Path, Keystore], net: str, addresses: Mapping[str, Address], policy: Policy | None = None
) -> bytes:
    """Found a network whose homes are all here: propose, sign in turn, install. Return the genesis bytes."""
    requests = [read_request(home) for home in homes]
    policy = policy or default_policy(requests)
    signed: bytes | dict[str, JSONValue] = propose(net, requests, policy)
    for home in sorted(homes):
        signed = sign(signed, homes[home])
    assert isinstance(signed, bytes)
    if len(signed) > ENVELOPE_BYTES_MAX:
        raise GenesisError(f"创始机构过多 too many founders: the genesis has {len(signed)} bytes")
    sequencer = next(request.id for request in requests if request.role == Role.REGISTRY)
    text = policy_text(net, requests, policy)
    for home, request in zip(homes, requests, strict=True):
        peers = {
            other.id: f"http://{addresses[other.id].peer.host}:{addresses[other.id].peer.port}"
            for other in requests
            if other.id != request.id
        }
        own = addresses[request.id]
        install(
            home,
            signed,
            text,
            Config(
                Member(request.id, str(request.role), net),
                Endpoints(own.api, own.peer, peers),
                Orderer(sequencer, _beside(request.id, addresses) if _votes(request) else None),
            ),
        )
    return signed


def _votes(request: Request) -> bool:
    """Return whether an institution votes on the order of events; then CometBFT orders."""
    return any(key["cls"] == KeyClass.VOTE for key in request.keys)


def _beside(institution: str, addresses: Mapping[str, Address]) -> Beside:
    own = addresses[institution]
    if own.p2p is None or own.rpc is None:
        raise GenesisError(f"--engine-listen 缺少该机构的地址 gives no addresses for {institution}")
    peers = {
        other: f"{address.p2p.host}:{address.p2p.port}"
        for other, address in addresses.items()
        if other != institution and address.p2p
    }
    return Beside(own.p2p, own.rpc, peers)


def request_text(request: Request) -> str:
    """Return the request as JSON for people to read."""
    return json.dumps(orjson.loads(msgspec.json.encode(request)), ensure_ascii=False, indent=1)


def public_key(request: Request, cls: str) -> bytes:
    """Return the public key of a class that a request offers. Raises GenesisError if it has none."""
    for key in request.keys:
        if key.get("cls") == cls:
            try:
                return bytes.fromhex(key.get("public", ""))
            except ValueError:
                raise GenesisError(f"{request.id}: 公钥不是十六进制 its {cls!r} key is not hex") from None
    raise GenesisError(f"{request.id}: 缺少密钥 the request has no {cls!r} key")
