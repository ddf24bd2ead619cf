"""`dengbu keys`: makes client keys, and signs event files with an institution's keys."""

from __future__ import annotations

from pathlib import Path

import click

from dengbu.api.client import Client, OutcomeUnknown
from dengbu.ledger.register.members import KeyClass
from dengbu.scripts.commands.case_parts import wait_option
from dengbu.scripts.net.homes import OFFICER, SCOPES
from dengbu.scripts.operating import at_home, at_home_and_asking, home, passphrase
from dengbu.scripts.session import Input, Output, Session, local, read_input, read_json, table, write_bytes

MOMENT_S = 1.0  # a rotation is waited for, however little


@click.group("keys")
def command() -> None:
    """密钥 Keys: make and show a client key; sign a governance event with your institution's key.

    \b
    示例 Examples:
      dengbu keys new outlet.key
      dengbu keys sign admit-court.json --home ./home --class governance -o admit-court.signed.json
    """


@command.command("new")
@click.argument("file", type=Output())
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
@click.argument("file", type=Input())
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
@click.argument("file", type=Input(stdin=True))
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
    type=Output(),
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

    signed = operating.sign(Path(home), cls, read_input(file), Path(passphrase_file))
    if out is None:
        click.echo(signed, nl=False)
        return
    write_bytes(out, signed)
    session.show({"file": out, "bytes": len(signed)}, [f"已签署 signed: {out}"])


@command.command("admit")
@click.argument("file", type=Input(stdin=True))
@home
@at_home
def admit(session: Session, file: str, home: str) -> None:
    """启用客户端密钥 Accept a client key at a node: the file has the line that `keys new` printed. A running node takes it at once.

    \b
    示例 Example:
      dengbu keys admit outlet.json --home ./home
    """
    from dengbu.nodes import operating

    row = read_json(file)
    if not isinstance(row, dict):
        raise click.ClickException(f"不是 keys new 打印的一行 {file} is not the line that `keys new` prints")
    operating.admit_client(Path(home), row)
    session.show(row, [f"已启用 accepted: {row['key']} {row['officer']}"])


@command.command("retire")
@click.argument("key")
@home
@at_home
def retire(session: Session, key: str, home: str) -> None:
    """停用客户端密钥 Accept a client key no more; a running node refuses it at once. Admit its successor first.

    \b
    示例 Example:
      dengbu keys retire 0000000000000000000000000000000000000000000000000000000000000000 --home ./home
    """
    from dengbu.nodes import operating

    row = operating.retire_client(Path(home), key)
    session.show(row, [f"已停用 retired: {row['key']} {row['officer']}"])


@command.command("clients")
@home
@at_home
def clients(session: Session, home: str) -> None:
    """客户端密钥 List the client keys that a node accepts, who acts with each, and what for.

    \b
    示例 Example:
      dengbu keys clients --home ./home
    """
    from dengbu.nodes import operating

    found = operating.clients(Path(home))
    rows = [(one["officer"], one.get("office"), " ".join(one["scopes"]), one["key"]) for one in found]
    heads = ("经办 officer", "登记点 office", "用途 scopes", "密钥编号 key id")
    session.show({"items": found}, table(rows, heads))


@command.command("rotate")
@click.argument("cls", metavar="CLASS", type=click.Choice(["event", "governance", "cosign"]))
@home
@passphrase
@wait_option
@at_home_and_asking
def rotate(session: Session, cls: str, home: str, passphrase_file: str, wait: float) -> None:
    """轮换 Replace a key of your institution by a fresh one: the old key vouches for it, and the home uses it at the next start.

    The node runs on meanwhile. When the log has the new key, the keystore is replaced and the old one kept beside it: restart the
    node at once, since what it signs with the old key counts no more. A run that was cut short is taken up by the same command.

    \b
    示例 Example:
      dengbu keys rotate event --home ./home --passphrase-file pass --as hz-tax
    """
    from dengbu.nodes import operating

    with session.writer() as client:
        found = operating.rotate(Path(home), cls, Path(passphrase_file))
        if not _registered(client, found.institution, found.new):
            outcome = client.events.submit(found.raw, wait=max(wait, MOMENT_S))
            if not outcome.final:
                raise OutcomeUnknown(
                    "尚未会签完成，旧密钥仍在使用 not final yet, and the old key is still in use: run the same command again",
                    outcome.id,
                )
    kept = operating.adopt_key(Path(home), cls, Path(passphrase_file))
    session.show(
        {"class": cls, "institution": found.institution, "old": found.old, "new": found.new, "kept": kept},
        [
            f"已轮换 rotated     {cls} {found.institution}",
            f"新密钥 new key     {found.new}",
            f"旧密钥库 old keys  {kept}",
            "请立即重启节点 restart the node now: until then it signs with the old key, which counts no more",
            *(
                ["回执的核验者须换用新的 policy.txt whoever verifies receipts needs the new policy.txt"]
                if cls == "cosign"
                else []
            ),
        ],
    )


def _registered(client: Client, institution: str, key: str) -> bool:
    """Return whether the log already has a key of an institution."""
    return any(
        one.id == institution and any(each["id"] == key for each in one.keys)
        for one in client.institutions.list()
    )
