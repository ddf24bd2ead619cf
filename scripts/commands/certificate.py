"""`dengbu certificate`: what a certificate number stands for, and whether the log bears it out."""

from __future__ import annotations

import sys
from typing import Any

import click

from dengbu.api.client import Certificate, NoPolicy, Receipt
from dengbu.scripts.commands.search import identity_document
from dengbu.scripts.exits import EXIT_UNVERIFIED
from dengbu.scripts.session import Input, Output, Session, remote, write_bytes
from dengbu.scripts.wording import moment

MEMBERS = {
    "kind": "种类 kind       ",
    "unit": "单元 unit       ",
    "right": "权利 right      ",
    "mortgage": "抵押 mortgage   ",
    "mode": "共有方式 mode   ",
    "status": "状态 status     ",
}
IN_FORCE = ("current", "active")


@click.group("certificate")
def command() -> None:
    """证照 Certificates: what a number stands for now, and the entry that issued it.

    \b
    示例 Example:
      dengbu certificate show '粤(2025)惠州市不动产权第4000004号' --as bank-a
    """


@command.command("show")
@click.argument("number")
@remote
def show(session: Session, number: str) -> None:
    """查看 Show what a certificate number stands for: a right with its holders' references, or a mortgage.

    \b
    示例 Example:
      dengbu certificate show '粤(2025)惠州市不动产权第4000004号' --as bank-a
    """
    with session.client() as client:
        found = client.certificates.get(number)
    session.show(found, _lines(found))


@command.command("verify")
@click.argument("number")
@click.option("--save", type=Output(), help="保存回执 keep the receipt of the entry that issued it.")
@remote
def verify(session: Session, number: str, save: str | None) -> None:
    """核验 Verify a certificate number: the entry that issued it is proved by its receipt; exit 3 if it names another.

    已注销的证照核验不通过 a certificate whose right has ended fails, too. An institution verifies those whose entry it may
    see: a bank its own mortgages.

    \b
    示例 Example:
      dengbu certificate verify '粤(2025)惠州市不动产权第4000004号' --as hz-registry
    """
    with session.client() as client:
        if client.policy is None:
            raise NoPolicy
        found = client.certificates.get(number)
        receipt = client.receipts.get(_index(found))
    issued, stands = _issues(receipt, number), found.status in IN_FORCE
    facts = {"number": number, "issued": issued, "in_force": stands, "index": receipt.index}
    lines = [
        *_lines(found),
        f"记载 entry      第 {receipt.index} 条 entry {receipt.index}, {receipt.type}, {moment(receipt.time)}",
        "条目载明此证 the entry issued it" if issued else "条目未载此证 the entry did not issue this number",
        "现行有效 in force" if stands else "已失效 in force no more",
    ]
    if save is not None:
        write_bytes(save, receipt.raw)
        lines.append(f"已保存 kept {save}")
    session.show({**facts, "status": found.status}, lines)
    if not (issued and stands):
        sys.exit(EXIT_UNVERIFIED)


@command.command("reference")
@click.argument("unit")
@click.option(
    "--person",
    type=Input(stdin=True),
    required=True,
    metavar="FILE",
    help='人的证件 the identity document: {"id_type", "id_no"} in JSON, "-" for standard input.',
)
@remote
def reference(session: Session, unit: str, person: str) -> None:
    """权利人标识 Give the reference of a person at a unit (registry), as "holders" of a sale name the buyer; nothing is stored.

    证件号码从文件或标准输入读取，不写在命令行上 a person's number is read from a file or standard input: shells keep command
    lines.

    \b
    示例 Example:
      dengbu certificate reference 441302001001GB00001F00010001 --person person.json --as hz-registry
    """
    document = identity_document(person)
    with session.client() as client:
        ref = client.titles.holder_reference(unit.replace(" ", ""), *document)
    session.show({"unit": unit, "ref": ref}, [ref])


def _index(found: Certificate) -> int:
    return int(str(found.extra["receipt"]).rpartition("/")[2])


def _issues(receipt: Receipt, number: str) -> bool:
    """Return whether an entry issued a certificate: a decision by its result, an import by its data."""
    listed = [one["number"] for one in receipt.result.get("certificates", ())]
    right: Any = receipt.data.get("right")
    imported = [right.get("certificate")] if isinstance(right, dict) else []
    imported += [one.get("certificate") for one in receipt.data.get("mortgages", ())]
    return number in (*listed, *imported)


def _lines(found: Certificate) -> list[str]:
    lines = [f"证号 number     {found.number}"]
    for name, said in MEMBERS.items():
        value = getattr(found, name)
        lines += [f"{said}{value}"] if value else []
    return lines + [f"权利人 holder   {one['ref']} {one['share']}" for one in found.holders]
