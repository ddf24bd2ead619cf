"""`python -m nodes`: make a home, found a network, join one, audit a ledger.

    init     --home DIR --institution ID --role ROLE --name-zh NAME --name-en NAME [--engine cometbft]
    genesis  --homes DIR ... --net NAME [--out FILE] [--policy-out FILE] [--listen ID=HOST:API:PEER ...]
             [--engine-listen ID=HOST:P2P:RPC ...]
    join     --home DIR --genesis FILE --policy FILE --listen ID=HOST:API:PEER --peer ID=URL ...
             [--engine-listen ID=HOST:P2P:RPC --engine-peer ID=HOST:PORT ...]
    engine   --home DIR
    audit    --home DIR [--json]
    measure  --events N

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

import orjson

from ledger.encoding import Malformed
from ledger.envelope import parse_envelope
from ledger.records import Role
from ledger.trust import parse_policy
from nodes import audit, genesis, keystore
from nodes.addresses import complete, engine_listen, engine_peer, listen, peer
from nodes.cometbft import files, setup
from nodes.config import (
    COMETBFT,
    ENGINES,
    GENESIS_FILE,
    POLICY_FILE,
    SEQUENCER,
    Beside,
    Config,
    ConfigError,
    Listener,
    read_config,
)
from nodes.connection import FatalStorage
from nodes.reads import Reads

PASSPHRASE_VARIABLE = "DENGBU_KEY_PASSPHRASE_FILE"  # noqa: S105  (its name)
EXIT_ERROR = 1
EXIT_VERIFICATION = 3
MIB = 2**20


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    options = _parser().parse_args(arguments)
    commands = {
        "init": _init,
        "genesis": _genesis,
        "join": _join,
        "engine": _engine,
        "audit": _audit,
        "measure": _measure,
    }
    try:
        return commands[options.command](options)
    except (
        keystore.KeystoreError,
        genesis.GenesisError,
        ConfigError,
        files.NotSetUp,
        Malformed,
        FatalStorage,
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
    from nodes.measure import measure  # loads the audit and more, for this command alone

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


def _join(options: argparse.Namespace) -> int:
    request = genesis.read_request(options.home)
    raw = options.genesis.read_bytes()
    body = parse_envelope(raw).body
    listening = dict(options.listen)
    if request.id not in listening:
        raise genesis.GenesisError(f"--listen 缺少本机构 names no address of {request.id}")
    own = listening[request.id]
    peers = dict(options.peer)
    engines = dict(options.engine_listen)
    beside = None
    if request.id in engines:
        p2p, rpc = engines[request.id]
        beside = Beside(p2p, rpc, dict(options.engine_peer))
    config = Config(
        request.id, str(request.role), body.net, body.actor, own.api, own.peer, peers, cometbft=beside
    )
    genesis.install(options.home, raw, options.policy.read_text(encoding="utf-8"), config)
    if beside:
        setup.write_home(options.home)
    _say(f"{request.id} 可以启动;须先由治理机构接纳 may start, once a governance quorum has admitted it")
    return 0


def _engine(options: argparse.Namespace) -> int:
    command = setup.write_home(options.home)
    _say("已写入共识引擎配置 the configuration of CometBFT is written; start the node first, then:")
    _out(" ".join(command))
    return 0


def _audit(options: argparse.Namespace) -> int:
    policy = options.home / POLICY_FILE
    trust = parse_policy(policy.read_text(encoding="utf-8")) if policy.exists() else None
    with Reads(options.home) as reads:
        report = audit.audit(reads, trust)
    if options.json:
        _out(orjson.dumps(_report(report)).decode())
    elif report.fault is None:
        _out(
            f"审计通过 audit passed: {report.entries} entries, {report.changes} register changes, "
            f"{report.blocks} blocks, {report.checkpoints} checkpoints, root {report.root}"
        )
    else:
        _out(str(report.fault))
    return EXIT_VERIFICATION if report.fault else 0


def _report(report: audit.Report) -> dict[str, Any]:
    found = {name: getattr(report, name) for name in ("entries", "changes", "blocks", "checkpoints", "root")}
    fault = report.fault and {
        "index": report.fault.index,
        "place": report.fault.place,
        "problem": report.fault.problem,
    }
    return {"ok": fault is None, **found, "seconds": round(report.seconds, 3), "fault": fault}


def _passphrase(options: argparse.Namespace) -> bytes:
    place = options.passphrase_file or os.environ.get(PASSPHRASE_VARIABLE)
    if not place:
        raise keystore.KeystoreError(
            f"须给出口令文件 give --passphrase-file FILE or set {PASSPHRASE_VARIABLE}"
        )
    return keystore.read_passphrase(Path(place))


def _url(listener: Listener) -> str:
    return f"http://{listener.host}:{listener.port}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m nodes", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    init = commands.add_parser("init", help="make a home with fresh keys 生成密钥")
    init.add_argument("--home", type=Path, required=True)
    init.add_argument("--institution", required=True)
    init.add_argument("--role", required=True, choices=[str(role) for role in Role])
    init.add_argument("--name-zh", required=True)
    init.add_argument("--name-en", required=True)
    init.add_argument("--engine", choices=ENGINES, default=SEQUENCER, help="what orders the events 排序引擎")
    init.add_argument("--kdf-ops", type=int, default=keystore.OPS_DEFAULT)
    init.add_argument("--kdf-mem-mib", type=int, default=keystore.MEM_BYTES_DEFAULT // MIB)
    found = commands.add_parser("genesis", help="found a network whose homes are all here 建立网络")
    found.add_argument("--homes", type=Path, nargs="+", required=True)
    found.add_argument("--net", required=True)
    found.add_argument("--out", type=Path)
    found.add_argument("--policy-out", type=Path)
    for one in (init, found):
        one.add_argument("--passphrase-file", type=Path, help=f"or set {PASSPHRASE_VARIABLE}")
    join = commands.add_parser("join", help="configure a home for a network that stands 加入网络")
    join.add_argument("--home", type=Path, required=True)
    join.add_argument("--genesis", type=Path, required=True)
    join.add_argument("--policy", type=Path, required=True)
    join.add_argument("--peer", type=peer, action="append", default=[], metavar="ID=URL")
    join.add_argument("--engine-peer", type=engine_peer, action="append", default=[], metavar="ID=HOST:PORT")
    for one in (found, join):
        one.add_argument("--listen", type=listen, action="append", default=[], metavar="ID=HOST:API:PEER")
        one.add_argument(
            "--engine-listen", type=engine_listen, action="append", default=[], metavar="ID=HOST:P2P:RPC"
        )
    engine = commands.add_parser("engine", help="write the configuration of the CometBFT beside 共识引擎配置")
    engine.add_argument("--home", type=Path, required=True)
    audited = commands.add_parser("audit", help="re-execute a ledger from its genesis 重新执行并核对账本")
    audited.add_argument("--home", type=Path, required=True)
    audited.add_argument("--json", action="store_true")
    measured = commands.add_parser("measure", help="speed of one node on a throwaway ledger 单节点性能")
    measured.add_argument("--events", type=int, default=12_000)
    return parser


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201


def _out(text: str) -> None:
    print(text)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
