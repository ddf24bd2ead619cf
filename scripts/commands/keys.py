"""`dengbu keys`: makes client keys, and signs event files with an institution's keys."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dengbu.ledger.register.members import KeyClass
from dengbu.scripts.net.homes import OFFICER, SCOPES
from dengbu.scripts.operating import at_home, home, passphrase
from dengbu.scripts.session import Session, local


@click.group("keys")
def command() -> None:
    """密钥 Keys: make and show a client key; sign a governance event with your institution's key.

    \b
    示例 Examples:
      dengbu keys new outlet.key
      dengbu keys sign admit-court.json --home ./home --class governance -o admit-court.signed.json
    """


@command.command("new")
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--officer", default="officer-01", show_default=True, help="经办人编号 officer id.")
@click.option("--office", default="office-01", show_default=True, help="登记点或网点 office or outlet.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    default=[OFFICER],
    type=click.Choice(SCOPES),
    help="用途 scope; may be repeated.",
)
@local
def new(session: Session, file: str, officer: str, office: str, scopes: tuple[str, ...]) -> None:
    """新建 Make a client key file (mode 0600) and print the line for the node's clients.json.

    \b
    示例 Example:
      dengbu keys new outlet.key --officer outlet-system --office outlet-01 --scope system
    """
    from dengbu.api.client import new_key

    signer = new_key(file)
    row = {
        "key": signer.key_id,
        "public": signer.public.hex(),
        "officer": officer,
        "office": office,
        "scopes": list(scopes),
    }
    session.say(f"已写入 made {file}; 将下面一行加入节点的 add this to the node's clients.json:")
    session.show(row)


@command.command("show")
@click.argument("file", type=click.Path(dir_okay=False))
@local
def show(session: Session, file: str) -> None:
    """查看 Show the key id and public key of a client key file; never the secret.

    \b
    示例 Example:
      dengbu keys show outlet.key --json
    """
    from dengbu.api.client import load_key

    signer = load_key(file)
    facts = {"kid": signer.key_id, "public": signer.public.hex()}
    session.show(facts, [f"密钥编号 key id  {signer.key_id}", f"公钥 public key  {signer.public.hex()}"])


@command.command("sign")
@click.argument("file", type=click.Path(allow_dash=True))
@home
@click.option(
    "--class",
    "cls",
    type=click.Choice([KeyClass.EVENT.value, KeyClass.GOVERNANCE.value]),
    default=KeyClass.GOVERNANCE.value,
    show_default=True,
    help="密钥类别 class of key.",
)
@passphrase
@click.option(
    "-o",
    "--out",
    type=click.Path(dir_okay=False),
    help="输出文件 file to write; standard output if not given.",
)
@at_home
def sign(session: Session, file: str, home: str, cls: str, passphrase_file: str, out: str | None) -> None:
    """签署 Seal an event file, or add your institution's signature to one that others have signed.

    \b
    示例 Example:
      dengbu keys sign admit-court.json --home ./home --passphrase-file pass -o admit-court.signed.json
    """
    from dengbu.nodes import operating

    raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    signed = operating.sign(Path(home), cls, raw, Path(passphrase_file))
    if out is None:
        click.echo(signed, nl=False)
        return
    Path(out).write_bytes(signed)
    session.show({"file": out, "bytes": len(signed)}, [f"已签署 signed: {out}"])
