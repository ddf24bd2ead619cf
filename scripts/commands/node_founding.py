"""`dengbu node genesis`, `propose`, `sign-genesis` and `join`: found a network, or configure a home to join one."""

from __future__ import annotations

from pathlib import Path

import click

from dengbu.scripts.invocation import command
from dengbu.scripts.operating import at_home, home, passphrase
from dengbu.scripts.session import Input, Output, Session

_listen = click.option(
    "--listen", multiple=True, metavar="ID=HOST:API:PEER", help="节点监听地址 where a node listens."
)
_engine_listen = click.option(
    "--engine-listen",
    multiple=True,
    metavar="ID=HOST:P2P:RPC",
    help="引擎监听地址 where a CometBFT listens.",
)
_net = click.option("--net", required=True, metavar="NAME", help="网络名 the network's name.")


@click.command("genesis")
@_net
@_listen
@_engine_listen
@click.option("--out", type=Output(), help="创世事件副本 copy the genesis to this file.")
@click.option("--policy-out", type=Output(), help="会签规则副本 copy the policy to this file.")
@click.argument("homes", nargs=-1, required=True, type=click.Path(file_okay=False))
@passphrase
@at_home
def genesis(
    session: Session,
    net: str,
    listen: tuple[str, ...],
    engine_listen: tuple[str, ...],
    out: str | None,
    policy_out: str | None,
    homes: tuple[str, ...],
    passphrase_file: str,
) -> None:
    """建网 Found a network whose homes are all on this machine.

    \b
    示例 Example:
      dengbu node genesis --net trial --passphrase-file pass homes/hz-registry homes/hz-tax homes/bank-a
    """
    from dengbu.nodes import operating

    places = operating.Places(listen, engine_listen)
    facts = operating.found([Path(one) for one in homes], net, Path(passphrase_file), places)
    operating.hand_out(Path(homes[0]), _path(out), _path(policy_out))
    session.say(f"网络已建立 network {net} founded by {', '.join(facts['nodes'])}")
    session.show(facts)


@click.command("propose")
@_net
@click.option("--out", type=Output(), required=True, help="提案文件 file to write.")
@click.option("--county", "counties", multiple=True, metavar="CODE", help="县区 a county's six digits.")
@click.option("--province", metavar="NAME", help="证号省份简称 province in certificate numbers.")
@click.option(
    "--place", "names", multiple=True, metavar="NAME", help="证号地名 place in certificate numbers."
)
@click.argument("requests", nargs=-1, required=True, type=Input())
@at_home
def propose(
    session: Session,
    net: str,
    out: str,
    counties: tuple[str, ...],
    province: str | None,
    names: tuple[str, ...],
    requests: tuple[str, ...],
) -> None:
    """提案 Put the founders' requests into one proposal for the genesis.

    Another city than Huizhou names its counties, its province and the places in numbers of certificates; the first place
    is that of new certificates. The members may change all of it later (policy.set).

    \b
    示例 Examples:
      dengbu node propose --net huizhou-2026 --out proposal.json hz-registry.request.json bank-a.request.json
      dengbu node propose --net xihu-2026 --county 330106 --province 浙 --place 杭州市 --out p.json *.request.json
    """
    from dengbu.nodes import operating

    given = (counties, province, names)
    if any(given) and not all(given):
        raise click.UsageError(
            "--county、--province、--place 须同时给出 --county, --province and --place go together"
        )
    where = (counties, (province,), names) if province is not None else ()
    said = operating.propose(net, [Path(one) for one in requests], Path(out), *where)
    session.say(
        f"提案已写入 the proposal is in {out}; each founder signs it in turn: "
        f"{command('node', 'sign-genesis', '--help')}\n{said}"
    )
    session.show({"file": out}, [])


@click.command("sign-genesis")
@home
@click.option("--out", type=Output(), required=True, help="签后文件 file to write.")
@click.argument("file", type=Input())
@passphrase
@at_home
def sign_genesis(session: Session, home: str, out: str, file: str, passphrase_file: str) -> None:
    """签署 Sign a proposal as one of its founders, and print its hash.

    \b
    示例 Example:
      dengbu node sign-genesis --home ./home --passphrase-file pass --out signed.json proposal.json
    """
    from dengbu.nodes import operating

    signed = operating.sign_genesis(Path(home), Path(file), Path(passphrase_file), Path(out))
    session.say(f"已签署 signed, {signed.net}:\n{signed.text}")
    if signed.missing:
        session.say(f"下一步 hand {out} to: {', '.join(signed.missing)}")
    else:
        session.say(f"创世事件已齐 all have signed: {out} is the genesis; give it to every founder")
    session.show({"file": out, "hash": signed.hash, "missing": signed.missing}, [signed.hash])


@click.command("join")
@home
@click.option("--genesis", "file", type=Input(), required=True, help="创世事件 the genesis.")
@click.option("--policy", type=Input(), help="会签规则 policy file; by default made from the genesis.")
@_listen
@click.option("--api", metavar="HOST:PORT", help="接口地址 the API's own address, behind a proxy.")
@click.option(
    "--peer", "peers", multiple=True, metavar="ID=URL", help="其他节点 another node; may be repeated."
)
@_engine_listen
@click.option(
    "--engine-peer",
    "engine_peers",
    multiple=True,
    metavar="ID=HOST:PORT",
    help="其他引擎 another node's CometBFT; may be repeated.",
)
@at_home
def join(
    session: Session,
    home: str,
    file: str,
    policy: str | None,
    listen: tuple[str, ...],
    api: str | None,
    peers: tuple[str, ...],
    engine_listen: tuple[str, ...],
    engine_peers: tuple[str, ...],
) -> None:
    """加入 Configure a home for an existing network, by its genesis.

    \b
    示例 Example:
      dengbu node join --home ./home --genesis genesis.json --listen bank-c=10.0.0.5:8017:8018 \\
          --peer hz-registry=http://10.0.0.1:8018
    """
    from dengbu.nodes import operating

    places = operating.Places(listen, engine_listen, peers, engine_peers, api)
    institution, net, founder = operating.join(Path(home), Path(file), _path(policy), places)
    if founder:
        session.say(f"{institution} 可以启动 may start: it is a founder of {net}")
    else:
        session.say(
            f"{institution} 可以启动；须先经治理法定数的机构签署接纳 may start, once a governance quorum has admitted it"
        )
    session.show({"institution": institution, "net": net, "founder": founder}, [])


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None
