"""What an operator does in a node's home: create it, found or join a network, back it up, audit it, sign with its keys.

Each function stands behind one command of `dengbu` and prints nothing. `FAILURES` are the exceptions it raises when it cannot
do what was asked.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from dengbu.ledger.law import identifiers
from dengbu.ledger.law.identifiers import HUIZHOU
from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.envelope import parse_envelope
from dengbu.ledger.log.trust import parse_policy
from dengbu.ledger.rules.rule_sets import UnknownRuleSet
from dengbu.nodes import backup as copying
from dengbu.nodes import sign as signing
from dengbu.nodes.audit import audit as auditing
from dengbu.nodes.audit.tampering import Tampered
from dengbu.nodes.engines.cometbft import files, setup
from dengbu.nodes.founding import addresses, founding, genesis
from dengbu.nodes.home import clients as client_keys
from dengbu.nodes.home import key_rotation, keystore
from dengbu.nodes.home.config import (
    COMETBFT,
    GENESIS_FILE,
    POLICY_FILE,
    Beside,
    Config,
    ConfigError,
    Endpoint,
    Endpoints,
    Member,
    Orderer,
    read_config,
)
from dengbu.nodes.private.access_chain import ADVICE, Broken, Tail
from dengbu.nodes.private.access_log import accept_log
from dengbu.nodes.store.connection import FatalStorage, NoLedger, StoreInUse
from dengbu.nodes.store.reads import Reads

FAILURES = (
    copying.BackupError,
    keystore.KeystoreError,
    genesis.GenesisError,
    ConfigError,
    files.NotSetUp,
    Malformed,
    FatalStorage,
    NoLedger,
    UnknownRuleSet,
    StoreInUse,
    signing.UnsignableFile,
)
DAMAGED = Tampered
BAD_ADDRESS = addresses.BadAddress
MIB = 2**20


class Kdf(NamedTuple):
    """The cost of opening a keystore: operations, and memory in MiB."""

    ops: int = keystore.OPS_DEFAULT
    mem_mib: int = keystore.MEM_BYTES_DEFAULT // MIB


class Places(NamedTuple):
    """Where nodes and engines listen and reach each other, as the command line gives it."""

    listen: Sequence[str] = ()
    engine_listen: Sequence[str] = ()
    peers: Sequence[str] = ()
    engine_peers: Sequence[str] = ()
    api: str | None = None


class Signed(NamedTuple):
    """A proposal with this institution's signature: network, hash, content in words, and who has yet to sign."""

    net: str
    hash: str
    text: str
    missing: tuple[str, ...]


class Audited(NamedTuple):
    """The result of auditing a home: whether everything passed, the facts as data, and lines for a reader."""

    ok: bool
    facts: dict[str, Any]
    lines: list[str]


def init(home: Path, who: tuple[str, str, str, str], passphrase_file: Path, engine: str, kdf: Kdf) -> str:
    """Make a home with fresh keys; return the request for the other founders. who: id, role, Chinese name, English name."""
    _, request = genesis.init(
        home,
        who,
        keystore.read_passphrase(passphrase_file),
        ops=kdf.ops,
        mem=kdf.mem_mib * MIB,
        engine_keys=files.make_keys if engine == COMETBFT else None,
    )
    return genesis.request_text(request)


def found(homes: Sequence[Path], net: str, passphrase_file: Path, places: Places) -> dict[str, Any]:
    """Found a network whose homes are all here; return its genesis hash and where its nodes will answer."""
    given = (
        dict(map(addresses.listen, places.listen)),
        dict(map(addresses.engine_listen, places.engine_listen)),
    )
    passphrase = keystore.read_passphrase(passphrase_file)
    opened = {home: keystore.load(home / keystore.FILE_NAME, passphrase) for home in homes}
    names = [one.institution for one in opened.values()]
    where = addresses.complete(names, *given)
    raw = genesis.found(opened, net, {name: where[name] for name in names})
    for home in homes:
        if read_config(home).orderer.cometbft:
            setup.write_home(home)
    return {
        "net": net,
        "genesis": parse_envelope(raw).hash.hex(),
        "nodes": {name: {"api": _url(where[name].api), "peer": _url(where[name].peer)} for name in names},
    }


def hand_out(home: Path, out: Path | None, policy_out: Path | None) -> None:
    """Copy a founded home's genesis and policy to the given files, for others to take."""
    for target, name in ((out, GENESIS_FILE), (policy_out, POLICY_FILE)):
        if target is not None:
            shutil.copyfile(home / name, target)


def propose(
    net: str,
    requests: Sequence[Path],
    out: Path,
    counties: Sequence[str] = HUIZHOU.counties,
    provinces: Sequence[str] = HUIZHOU.provinces,
    names: Sequence[str] = HUIZHOU.names,
) -> str:
    """Put founders' requests into one proposal, in a new file; return its content in words.

    The others say where the network is: see `dengbu.ledger.law.identifiers.Places`.
    """
    raw = founding.propose(net, requests, identifiers.Places(counties, provinces, names))
    _write_new(out, raw)
    return str(founding.read(raw))


def sign_genesis(home: Path, file: Path, passphrase_file: Path, out: Path) -> Signed:
    """Sign a proposal as one of its founders, into a new file."""
    proposal = founding.read(file.read_bytes())
    keys = keystore.load(home / keystore.FILE_NAME, keystore.read_passphrase(passphrase_file))
    signed = founding.sign(home, proposal, keys)
    _write_new(out, signed.raw)
    return Signed(signed.body.net, parse_envelope(signed.raw).hash.hex(), str(signed), tuple(signed.missing))


def join(home: Path, file: Path, policy_file: Path | None, places: Places) -> tuple[str, str, bool]:
    """Configure a home for a network by its genesis; return institution, network, and whether it is a founder."""
    listening = dict(map(addresses.listen, places.listen))
    engines = dict(map(addresses.engine_listen, places.engine_listen))
    peers = dict(map(addresses.peer, places.peers))
    engine_peers = dict(map(addresses.engine_peer, places.engine_peers))
    api = addresses.place(places.api) if places.api else None
    request = genesis.read_request(home)
    proposal = founding.read(file.read_bytes())
    founding.check(proposal)
    body = proposal.body
    if request.id not in listening:
        raise genesis.GenesisError(f"--listen 缺少本机构的地址 gives no address for {request.id}")
    own = listening[request.id]
    beside = None
    if request.id in engines:
        p2p, rpc = engines[request.id]
        beside = Beside(p2p, rpc, _others(engine_peers, request.id))
    config = Config(
        Member(request.id, str(request.role), body.net),
        Endpoints(api or own.api, own.peer, _others(peers, request.id)),
        Orderer(body.actor, beside),
    )
    policy = policy_file.read_text(encoding="utf-8") if policy_file else proposal.policy
    genesis.install(home, proposal.raw, policy, config)
    if beside:
        setup.write_home(home)
    return request.id, body.net, request in proposal.founders


def engine(home: Path) -> list[str]:
    """Write the configuration of the CometBFT beside a node; return the command that starts it."""
    return setup.write_home(home)


def backup(home: Path, to: Path) -> tuple[int, int]:
    """Copy a home while its node runs; return height and size of the ledger in the copy."""
    return copying.backup(home, to)


def restore(copy: Path, home: Path) -> tuple[int, int]:
    """Restore a home from a backup that passes its audit; return height and size of its ledger."""

    def check(beside: Path) -> None:
        found = audit(beside)
        if not found.ok:
            raise Tampered(str(copy), "; ".join(found.lines), "Restore another backup.")

    found = copying.restore(copy, home, check)
    if read_config(home).orderer.cometbft:
        setup.write_home(home)
    return found


def audit(home: Path) -> Audited:
    """Re-execute a home's ledger from its genesis, and verify its access log."""
    policy = home / POLICY_FILE
    trust = parse_policy(policy.read_text(encoding="utf-8")) if policy.exists() else None
    with Reads(home) as reads:
        reads.must_be_there()
        report = auditing.audit(reads, trust)
        accesses = auditing.audit_access_log(home, reads)
    broken = accesses if isinstance(accesses, Broken) else None
    lines = [str(report.fault) if report.fault else _passed(report)]
    if accesses is not None:
        lines.append(f"访问日志 access log: {f'{broken}. {ADVICE}' if broken else f'{accesses.n} rows'}")
    ok = not report.fault and not broken
    return Audited(ok, {"ok": ok, **_facts(report, accesses)}, lines)


def accept_access_log(home: Path, passphrase_file: Path) -> str | None:
    """Accept a broken access log, so that it goes on; return where it was broken, or None if it was not."""
    keys = keystore.load(home / keystore.FILE_NAME, keystore.read_passphrase(passphrase_file))
    broken = accept_log(home, keys)
    return None if broken is None else str(broken)


def sign(home: Path, cls: str, raw: bytes, passphrase_file: Path) -> bytes:
    """Return an event file sealed, or with one more signature, by a home's event or governance key."""
    net = parse_envelope((home / GENESIS_FILE).read_bytes()).body.net
    keys = keystore.load(home / keystore.FILE_NAME, keystore.read_passphrase(passphrase_file))
    return signing.sign(raw, keys, cls, net)


class Rotation(NamedTuple):
    """A rotation under way: the event that both keys sealed, the ids of the old and the new key, and the institution."""

    raw: bytes
    old: str
    new: str
    institution: str


def rotate(home: Path, cls: str, passphrase_file: Path) -> Rotation:
    """Make the next key of a class, or take up a rotation that was cut short; nothing changes until `adopt_key`."""
    passphrase = keystore.read_passphrase(passphrase_file)
    raw = key_rotation.prepare(home, cls, read_config(home).member.net, passphrase)
    body = parse_envelope(raw).body
    new = key_rotation.id_of_next(home, cls, passphrase)
    return Rotation(raw, str(body.data["old"]), new, body.actor)


def adopt_key(home: Path, cls: str, passphrase_file: Path) -> Path:
    """Put the next key in use, once the log has it; return where the keystore before it is kept."""
    return key_rotation.adopt(home, cls, keystore.read_passphrase(passphrase_file))


def admit_client(home: Path, row: dict[str, Any]) -> None:
    """Accept another client key at a home's API, at once if its node runs; `row` as `dengbu keys new` prints it."""
    client_keys.admit(home / read_config(home).clients_file, row)


def retire_client(home: Path, key_id: str) -> dict[str, Any]:
    """Accept a client key no more, from now on; return its row."""
    return client_keys.retire(home / read_config(home).clients_file, key_id)


def clients(home: Path) -> list[dict[str, Any]]:
    """Return the rows of the client keys that a home's API accepts."""
    return client_keys.listed(home / read_config(home).clients_file)


def measure(events: int) -> dict[str, Any]:
    """Measure the speed of one node on a throwaway ledger."""
    from dengbu.nodes import measure as measuring  # needed by this command alone

    return measuring.measure(events)


def _passed(report: auditing.Report) -> str:
    return (
        f"审计通过 audit passed: {report.entries} entries, {report.changes} register changes, "
        f"{report.blocks} blocks, {report.checkpoints} checkpoints, root {report.root}"
    )


def _facts(report: auditing.Report, accesses: Broken | Tail | None) -> dict[str, Any]:
    found = {name: getattr(report, name) for name in ("entries", "changes", "blocks", "checkpoints", "root")}
    fault = report.fault and {
        "index": report.fault.index,
        "place": report.fault.place,
        "problem": report.fault.problem,
    }
    shown = None if accesses is None else msgspec.to_builtins(accesses)
    return {**found, "seconds": round(report.seconds, 3), "fault": fault, "access_log": shown}


def _others(places: dict[str, str], own: str) -> dict[str, str]:
    """Return the places of the others; the own may be among those given, so that one command serves on every machine."""
    return {institution: place for institution, place in places.items() if institution != own}


def _url(endpoint: Endpoint) -> str:
    return f"http://{endpoint.host}:{endpoint.port}"


def _write_new(path: Path, raw: bytes) -> None:
    with path.open("xb") as file:
        file.write(raw)
