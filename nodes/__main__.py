"""`python -m dengbu.nodes`: make a home, found a network, join one, audit a ledger.

    init          --home DIR --institution ID --role ROLE --name-zh NAME --name-en NAME [--engine cometbft]
    genesis       --homes DIR ... --net NAME [--out FILE] [--policy-out FILE] [--listen ID=HOST:API:PEER ...]
                  [--engine-listen ID=HOST:P2P:RPC ...]
    propose       --net NAME --out FILE REQUEST ...
    sign-genesis  --home DIR --out FILE FILE
    join          --home DIR --genesis FILE [--policy FILE] --listen ID=HOST:API:PEER [--api HOST:PORT]
                  --peer ID=URL ... [--engine-listen ID=HOST:P2P:RPC --engine-peer ID=HOST:PORT ...]
    engine        --home DIR
    backup        --home DIR --to DIR
    audit         --home DIR [--json]
    accept-access-log  --home DIR
    measure       --events N

Data goes to standard output, talk to standard error.
Exit codes: 0 ok, 1 error, 2 usage, 3 verification failed.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import orjson

from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.envelope import parse_envelope
from dengbu.ledger.log.trust import parse_policy
from dengbu.ledger.rules.rule_sets import UnknownRuleSet
from dengbu.nodes import backup
from dengbu.nodes.arguments import MIB, PASSPHRASE_VARIABLE, parser
from dengbu.nodes.audit import audit
from dengbu.nodes.engines.cometbft import files, setup
from dengbu.nodes.founding import founding, genesis
from dengbu.nodes.founding.addresses import complete
from dengbu.nodes.home import keystore
from dengbu.nodes.home.config import (
    COMETBFT,
    GENESIS_FILE,
    POLICY_FILE,
    Beside,
    Config,
    ConfigError,
    Listener,
    read_config,
)
from dengbu.nodes.private.access_chain import ADVICE, Broken, Tail
from dengbu.nodes.private.access_log import accept_log
from dengbu.nodes.store.connection import FatalStorage, StoreInUse
from dengbu.nodes.store.reads import Reads

EXIT_ERROR = 1
EXIT_VERIFICATION = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    options = parser(__doc__).parse_args(arguments)
    commands = {
        "init": _init,
        "genesis": _genesis,
        "propose": _propose,
        "sign-genesis": _sign_genesis,
        "join": _join,
        "engine": _engine,
        "backup": _backup,
        "audit": _audit,
        "accept-access-log": _accept_access_log,
        "measure": _measure,
    }
    try:
        return commands[options.command](options)
    except (
        backup.BackupError,
        keystore.KeystoreError,
        genesis.GenesisError,
        ConfigError,
        files.NotSetUp,
        Malformed,
        FatalStorage,
        UnknownRuleSet,
        StoreInUse,
    ) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
    except OSError as error:
        print(f"error: {error.filename or ''}: {error.strerror}", file=sys.stderr)  # noqa: T201
    return EXIT_ERROR


def _init(options: argparse.Namespace) -> int:
    who = (options.institution, options.role, options.name_zh, options.name_en)
    passphrase = _passphrase(options)
    _, request = genesis.init(
        options.home,
        who,
        passphrase,
        ops=options.kdf_ops,
        mem=options.kdf_mem_mib * MIB,
        engine_keys=files.make_keys if options.engine == COMETBFT else None,
    )
    _say(f"已生成密钥 keys made in {options.home}; give {genesis.REQUEST_FILE} to the other founders")
    _out(genesis.request_text(request))
    return 0


def _measure(options: argparse.Namespace) -> int:
    from dengbu.nodes.measure import measure  # loads the audit and more, for this command alone

    _out(orjson.dumps(measure(options.events)).decode())
    return 0


def _genesis(options: argparse.Namespace) -> int:
    passphrase = _passphrase(options)
    homes = {home: keystore.load(home / keystore.FILE_NAME, passphrase) for home in options.homes}
    names = [opened.institution for opened in homes.values()]
    given = dict(options.listen), dict(options.engine_listen)
    addresses = complete(names, *given)
    raw = genesis.found(homes, options.net, {name: addresses[name] for name in names})
    for home in options.homes:
        if read_config(home).cometbft:
            setup.write_home(home)
    first = options.homes[0]
    for target, name in ((options.out, GENESIS_FILE), (options.policy_out, POLICY_FILE)):
        if target is not None:
            shutil.copyfile(first / name, target)
    _say(f"网络已建立 network {options.net} founded by {', '.join(names)}")
    _out(
        orjson.dumps(
            {
                "net": options.net,
                "genesis": parse_envelope(raw).hash.hex(),
                "nodes": {
                    name: {"api": _url(addresses[name].api), "peer": _url(addresses[name].peer)}
                    for name in names
                },
            }
        ).decode()
    )
    return 0


def _propose(options: argparse.Namespace) -> int:
    raw = founding.propose(options.net, options.requests)
    _write_new(options.out, raw)
    _say(
        f"提案已写入 {options.out}: each founder signs it in turn: python -m dengbu.nodes sign-genesis\n{founding.read(raw)}"
    )
    return 0


def _sign_genesis(options: argparse.Namespace) -> int:
    proposal = founding.read(options.file.read_bytes())
    keys = keystore.load(options.home / keystore.FILE_NAME, _passphrase(options))
    signed = founding.sign(options.home, proposal, keys)
    _write_new(options.out, signed.raw)
    _say(f"已签署 signed, {signed.body.net}:\n{signed}")
    if signed.missing:
        _say(f"下一步 hand {options.out} to: {', '.join(signed.missing)}")
    else:
        _say(f"创世事件已齐 all have signed: {options.out} is the genesis; give it to every founder")
    _out(parse_envelope(signed.raw).hash.hex())
    return 0


def _join(options: argparse.Namespace) -> int:
    request = genesis.read_request(options.home)
    proposal = founding.read(options.genesis.read_bytes())
    founding.check(proposal)
    body = proposal.body
    listening = dict(options.listen)
    if request.id not in listening:
        raise genesis.GenesisError(f"--listen 缺少本机构 names no address of {request.id}")
    own = listening[request.id]
    engines = dict(options.engine_listen)
    beside = None
    if request.id in engines:
        p2p, rpc = engines[request.id]
        beside = Beside(p2p, rpc, _others(options.engine_peer, request.id))
    config = Config(
        request.id,
        str(request.role),
        body.net,
        body.actor,
        options.api or own.api,
        own.peer,
        _others(options.peer, request.id),
        cometbft=beside,
    )
    policy = options.policy.read_text(encoding="utf-8") if options.policy else proposal.policy
    genesis.install(options.home, proposal.raw, policy, config)
    if beside:
        setup.write_home(options.home)
    if request in proposal.founders:
        _say(f"{request.id} 可以启动 may start: it is a founder of {body.net}")
    else:
        _say(f"{request.id} 可以启动;须先由治理机构接纳 may start, once a governance quorum has admitted it")
    return 0


def _others(places: Sequence[tuple[str, str]], own: str) -> dict[str, str]:
    """Where the others are: so the same command serves on every machine, it may name its own too."""
    return {institution: place for institution, place in places if institution != own}


def _engine(options: argparse.Namespace) -> int:
    command = setup.write_home(options.home)
    _say("已写入共识引擎配置 the configuration of CometBFT is written; start the node first, then:")
    _out(" ".join(command))
    return 0


def _backup(options: argparse.Namespace) -> int:
    height, size = backup.backup(options.home, options.to)
    _say(
        f"账本副本已成 {options.to} holds {size} entries up to height {height}; what the engine keeps comes after"
    )
    _out(str(height))
    return 0


def _audit(options: argparse.Namespace) -> int:
    policy = options.home / POLICY_FILE
    trust = parse_policy(policy.read_text(encoding="utf-8")) if policy.exists() else None
    with Reads(options.home) as reads:
        report = audit.audit(reads, trust)
        accesses = audit.audit_access_log(options.home, reads)
    broken = accesses if isinstance(accesses, Broken) else None
    if options.json:
        _out(orjson.dumps(_report(report, accesses)).decode())
    else:
        _out(str(report.fault) if report.fault else _passed(report))
        if accesses is not None:
            _out(f"访问日志 access log: {f'{broken}. {ADVICE}' if broken else f'{accesses.n} rows'}")
    return EXIT_VERIFICATION if report.fault or broken else 0


def _passed(report: audit.Report) -> str:
    return (
        f"审计通过 audit passed: {report.entries} entries, {report.changes} register changes, "
        f"{report.blocks} blocks, {report.checkpoints} checkpoints, root {report.root}"
    )


def _accept_access_log(options: argparse.Namespace) -> int:
    broken = accept_log(options.home, keystore.load(options.home / keystore.FILE_NAME, _passphrase(options)))
    if broken is None:
        _say("访问日志完好,无须确认 the access log stands: there is nothing to accept")
    else:
        _say(f"已确认并续写,记为下一行 accepted as it stands, and the next row says so: {broken}")
    return 0


def _report(report: audit.Report, accesses: Broken | Tail | None) -> dict[str, Any]:
    found = {name: getattr(report, name) for name in ("entries", "changes", "blocks", "checkpoints", "root")}
    fault = report.fault and {
        "index": report.fault.index,
        "place": report.fault.place,
        "problem": report.fault.problem,
    }
    shown = None if accesses is None else msgspec.to_builtins(accesses)
    ok = fault is None and not isinstance(accesses, Broken)
    return {"ok": ok, **found, "seconds": round(report.seconds, 3), "fault": fault, "access_log": shown}


def _passphrase(options: argparse.Namespace) -> bytes:
    place = options.passphrase_file or os.environ.get(PASSPHRASE_VARIABLE)
    if not place:
        raise keystore.KeystoreError(
            f"须给出口令文件 give --passphrase-file FILE or set {PASSPHRASE_VARIABLE}"
        )
    return keystore.read_passphrase(Path(place))


def _url(listener: Listener) -> str:
    return f"http://{listener.host}:{listener.port}"


def _write_new(path: Path, raw: bytes) -> None:
    with path.open("xb") as file:
        file.write(raw)


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201


def _out(text: str) -> None:
    print(text)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
