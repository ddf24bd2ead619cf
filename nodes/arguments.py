"""What the commands of `python -m dengbu.nodes` take."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from dengbu.ledger.register.records import Role
from dengbu.nodes.founding.addresses import engine_listen, engine_peer, listen, peer, place
from dengbu.nodes.home import keystore
from dengbu.nodes.home.config import ENGINES, SEQUENCER

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

PASSPHRASE_VARIABLE = "DENGBU_KEY_PASSPHRASE_FILE"  # noqa: S105  (its name)
MIB = 2**20


def parser(description: str | None) -> argparse.ArgumentParser:
    """The commands and what each takes."""
    made = argparse.ArgumentParser(
        prog="python -m dengbu.nodes",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = made.add_subparsers(dest="command", required=True)
    _found(commands)
    _join(commands)
    _keep(commands)
    return made


def _found(commands: "Commands") -> None:
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
    _listen(found)
    propose = commands.add_parser("propose", help="put founders' requests into one proposal 拟创世提案")
    propose.add_argument("--net", required=True)
    propose.add_argument("--out", type=Path, required=True)
    propose.add_argument("requests", type=Path, nargs="+", metavar="REQUEST")
    sign = commands.add_parser("sign-genesis", help="sign a proposal as a founder 签署创世提案")
    sign.add_argument("--home", type=Path, required=True)
    sign.add_argument("--out", type=Path, required=True)
    sign.add_argument("file", type=Path)
    for one in (init, found, sign):
        one.add_argument("--passphrase-file", type=Path, help=f"or set {PASSPHRASE_VARIABLE}")


def _join(commands: "Commands") -> None:
    join = commands.add_parser("join", help="configure a home for a network that stands 加入网络")
    join.add_argument("--home", type=Path, required=True)
    join.add_argument("--genesis", type=Path, required=True)
    join.add_argument(
        "--policy", type=Path, help="by default what follows from the genesis 缺省由创世事件得出"
    )
    join.add_argument("--api", type=place, metavar="HOST:PORT", help="the API's own address, behind a proxy")
    join.add_argument("--peer", type=peer, action="append", default=[], metavar="ID=URL")
    join.add_argument("--engine-peer", type=engine_peer, action="append", default=[], metavar="ID=HOST:PORT")
    _listen(join)


def _keep(commands: "Commands") -> None:
    engine = commands.add_parser("engine", help="write the configuration of the CometBFT beside 共识引擎配置")
    engine.add_argument("--home", type=Path, required=True)
    copied = commands.add_parser("backup", help="copy a home while its node runs 备份")
    copied.add_argument("--home", type=Path, required=True)
    copied.add_argument("--to", type=Path, required=True)
    audited = commands.add_parser("audit", help="re-execute a ledger from its genesis 重新执行并核对账本")
    audited.add_argument("--home", type=Path, required=True)
    audited.add_argument("--json", action="store_true")
    accepted = commands.add_parser(
        "accept-access-log", help="go on with a log of reads that does not stand 确认访问日志并续写"
    )
    accepted.add_argument("--home", type=Path, required=True)
    accepted.add_argument("--passphrase-file", type=Path, help=f"or set {PASSPHRASE_VARIABLE}")
    measured = commands.add_parser("measure", help="speed of one node on a throwaway ledger 单节点性能")
    measured.add_argument("--events", type=int, default=12_000)


def _listen(command: argparse.ArgumentParser) -> None:
    command.add_argument("--listen", type=listen, action="append", default=[], metavar="ID=HOST:API:PEER")
    command.add_argument(
        "--engine-listen", type=engine_listen, action="append", default=[], metavar="ID=HOST:P2P:RPC"
    )
