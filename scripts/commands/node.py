"""`dengbu node`: makes a node's home, founds a network or joins one, and runs the node."""

from __future__ import annotations

import json
from pathlib import Path

import click

from dengbu.ledger.register.members import Role
from dengbu.scripts.commands.node_founding import genesis, join, propose, sign_genesis
from dengbu.scripts.net.engines import ENGINES, SEQUENCER
from dengbu.scripts.operating import at_home, home, passphrase
from dengbu.scripts.session import Output, Session


@click.group("node")
def command() -> None:
    """节点 One node: make its home and keys, found or join a network, and run the node.

    \b
    示例 Examples:
      dengbu node init --home ./home --institution bank-c --role bank \\
          --name-zh 示范银行 --name-en "Demo Bank" --passphrase-file pass
      dengbu node join --home ./home --genesis genesis.json --listen bank-c=10.0.0.5:8017:8018 \\
          --peer hz-registry=http://10.0.0.1:8018
      dengbu node run --home ./home --passphrase-file pass
    """


@command.command("init")
@home
@click.option("--institution", required=True, metavar="ID", help="机构编号 id, for example bank-c.")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True, help="角色 role.")
@click.option("--name-zh", required=True, help="中文名 Chinese name.")
@click.option("--name-en", required=True, help="英文名 English name.")
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default=SEQUENCER,
    show_default=True,
    help="排序引擎 the ordering engine.",
)
@click.option("--kdf-ops", type=int, help="密钥库口令运算量 passes in hashing the passphrase.")
@click.option("--kdf-mem-mib", type=int, help="密钥库口令内存 memory for hashing the passphrase, MiB.")
@passphrase
@at_home
def init(
    session: Session,
    home: str,
    institution: str,
    role: str,
    name_zh: str,
    name_en: str,
    engine: str,
    kdf_ops: int | None,
    kdf_mem_mib: int | None,
    passphrase_file: str,
) -> None:
    """新建 Make a home with fresh keys, and print the request to give to the other institutions.

    \b
    示例 Example:
      dengbu node init --home ./home --institution bank-c --role bank --name-zh 示范银行 --name-en "Demo Bank"
    """
    from dengbu.nodes import operating

    usual = operating.Kdf()
    kdf = operating.Kdf(kdf_ops or usual.ops, kdf_mem_mib or usual.mem_mib)
    who = (institution, role, name_zh, name_en)
    request = operating.init(Path(home), who, Path(passphrase_file), engine, kdf)
    session.say(f"已生成密钥 keys made in {home}; give request.json to the other founders")
    session.show(json.loads(request), [request])


@command.command("run")
@home
@passphrase
@click.option(
    "--authority",
    "authorities",
    multiple=True,
    metavar="HOST[:PORT]",
    help="签名请求可用的主机名 a host that signed requests may name, behind a proxy; may be repeated.",
)
@click.option("--ready-file", type=Output(), help="就绪时写入此文件 also write the ready line to this file.")
@at_home
def run(
    session: Session, home: str, passphrase_file: str, authorities: tuple[str, ...], ready_file: str | None
) -> None:
    """运行 Run a node and its API until it is told to stop; print one line of JSON when it is ready.

    \b
    示例 Example:
      dengbu node run --home ./home --passphrase-file pass
    """
    from dengbu.api import serving

    ready = Path(ready_file) if ready_file else None
    serving.run(Path(home), Path(passphrase_file), authorities, ready)


@command.command("engine")
@home
@at_home
def engine(session: Session, home: str) -> None:
    """引擎 Write the configuration of the CometBFT beside a node, and print the command that starts it.

    \b
    示例 Example:
      dengbu node engine --home ./home
    """
    from dengbu.nodes import operating

    words = operating.engine(Path(home))
    session.say("已写入共识引擎配置 the configuration of CometBFT is written; start the node first, then:")
    session.show({"command": words}, [" ".join(words)])


@command.command("accept-access-log")
@home
@passphrase
@at_home
def accept_access_log(session: Session, home: str, passphrase_file: str) -> None:
    """访问日志 Accept a broken access log and go on, once the cause is known; the next row records it.

    \b
    示例 Example:
      dengbu node accept-access-log --home ./home --passphrase-file pass
    """
    from dengbu.nodes import operating

    broken = operating.accept_access_log(Path(home), Path(passphrase_file))
    if broken is None:
        session.say("访问日志完好，无须确认 the access log is intact: there is nothing to accept")
    else:
        session.say(f"已确认并续写，记为下一行 accepted as it stands; the next row records it: {broken}")
    session.show({"broken": broken}, [])


@command.command("measure")
@click.option("--events", type=click.IntRange(1), default=12_000, show_default=True, help="事件数 events.")
@at_home
def measure(session: Session, events: int) -> None:
    """性能 Measure one node without a network, on a throwaway ledger.

    \b
    示例 Example:
      dengbu node measure --events 3000 --json
    """
    from dengbu.nodes import operating

    session.show(operating.measure(events))


for _each in (genesis, propose, sign_genesis, join):
    command.add_command(_each)
