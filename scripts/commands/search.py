"""`dengbu search`: what the register says of a certificate, of a unit, or of a person at a unit."""

from __future__ import annotations

from typing import Any

import click

from dengbu.scripts.commands.unit import unit_lines
from dengbu.scripts.session import Input, Session, read_json, remote


@click.command("search")
@click.option("--certificate", metavar="NUMBER", help="证号 certificate number.")
@click.option("--unit", metavar="CODE", help="不动产单元代码 unit code.")
@click.option(
    "--person",
    type=Input(stdin=True),
    metavar="FILE",
    help='人：证件 whether this person holds it (registry): {"id_type", "id_no"} in JSON, "-" for standard input.',
)
@remote
def command(session: Session, certificate: str | None, unit: str | None, person: str | None) -> None:
    """查档 Search the register by certificate or unit; with --person, say whether that person holds the right.

    证件号码从文件读取，不写在命令行上 a person's number is read from a file: shells keep command lines.

    \b
    示例 Examples:
      dengbu search --unit 441302001001GB00001F00010001 --as hz-registry
      dengbu search --certificate '粤(2025)惠州市不动产权第4000004号' --as hz-registry
      dengbu search --unit 441302001001GB00001F00010001 --person person.json --as hz-registry
    """
    if (certificate is None) == (unit is None):
        raise click.UsageError("须给出 --certificate 或 --unit 之一 give one of --certificate and --unit")
    document = identity_document(person) if person else None
    with session.client() as client:
        held = client.certificates.get(certificate) if certificate else None
        code = str(held.unit) if held else str(unit).replace(" ", "")
        found = client.units.get(code)
        ref = client.titles.holder_reference(code, *document) if document else None
    facts: dict[str, Any] = {"unit": found}
    lines = list(unit_lines(found))
    if held is not None:
        facts["certificate"] = held
        lines[:0] = [f"证号 number    {held.number}, {held.kind}, {held.status}"]
    if ref is not None:
        holders = [one["ref"] for one in (found.right or {}).get("holders", ())]
        facts["holds"] = ref in holders
        lines.append("权利人 holder  " + ("是 yes" if facts["holds"] else "否 no"))
    session.show(facts, lines)


def identity_document(path: str) -> tuple[str, str]:
    """Return kind and number of the identity document in a file, or in standard input for "-". Raises UsageError."""
    given = read_json(path)
    if not isinstance(given, dict) or not {"id_type", "id_no"} <= given.keys():
        raise click.UsageError('文件内容不符 the file of --person must hold {"id_type", "id_no"}')
    return str(given["id_type"]), str(given["id_no"])
