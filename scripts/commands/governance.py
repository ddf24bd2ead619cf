"""`dengbu governance`: what the members decide together: propose, sign one after the other, look at it, submit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dengbu.api.client import OutcomeUnknown
from dengbu.scripts.commands.case_parts import wait_option
from dengbu.scripts.commands.governance_proposals import propose
from dengbu.scripts.commands.governance_signed import read_proposal, read_proposals
from dengbu.scripts.operating import at_home, home, passphrase
from dengbu.scripts.session import (
    Input,
    Output,
    Session,
    read_bytes,
    read_input,
    remote,
    table,
    write_bytes,
)
from dengbu.scripts.wording import event_lines, moment, result_lines


@click.group("governance")
def command() -> None:
    """治理 Decisions of the network, which take effect with the signatures of a quorum of institutions.

    \b
    示例 Examples:
      dengbu governance propose institution.suspend bank-b --reason left -o suspend.json
      dengbu governance sign suspend.json --home ./home --passphrase-file pass -o suspend.1.json
      dengbu governance show suspend.1.json --as hz-registry
      dengbu governance submit suspend.3.json --as hz-registry
    """


@command.command("sign")
@click.argument("file", type=Input(stdin=True))
@home
@passphrase
@click.option("-o", "--out", type=Output(), required=True, help="输出文件 file to write.")
@at_home
def sign(session: Session, file: str, home: str, passphrase_file: str, out: str) -> None:
    """签署 Sign a proposal with your institution's governance key; read it first with `show`. Hand the file on, or submit it.

    \b
    示例 Example:
      dengbu governance sign suspend.json --home ./home --passphrase-file pass -o suspend.1.json
    """
    from dengbu.nodes import operating

    raw = operating.sign(Path(home), "governance", read_input(file), Path(passphrase_file))
    write_bytes(out, raw)
    signed = read_proposal(out, raw)
    said = f"已签署 signed: {out}, {signed.type}, {len(signed.keys)} 份签名 signatures"
    session.show({"file": out, "type": signed.type, "signatures": len(signed.keys)}, [said])


@command.command("show")
@click.argument("file", type=Input())
@remote
def show(session: Session, file: str) -> None:
    """查看 Show a proposal: what it changes, who has signed it, and how many signatures it still needs.

    \b
    示例 Example:
      dengbu governance show suspend.1.json --as hz-registry
    """
    proposal = read_proposal(file, read_bytes(file))
    with session.client() as client:
        facts = proposal.facts(client.institutions.list(), client.institutions.policy())
    session.show(facts, _lines(facts))


@command.command("list")
@click.argument("folder", type=click.Path(file_okay=False))
@remote
def list_(session: Session, folder: str) -> None:
    """待签 List the proposals in a folder that await signatures, with how many each still needs.

    \b
    示例 Example:
      dengbu governance list proposals --as hz-registry
    """
    found = read_proposals(folder)
    with session.client() as client:
        members, policy = client.institutions.list(), client.institutions.policy()
    items = [one.facts(members, policy) for one in found]
    rows = [
        (
            Path(one["file"]).name,
            one["type"],
            " ".join(one["signed"]) or "-",
            one["missing"] or "齐 complete",
            moment(one["expires"]),
        )
        for one in items
    ]
    heads = ("文件 file", "事项 type", "已签 signed", "尚缺 missing", "有效至 until")
    session.show({"items": items}, table(rows, heads))


@command.command("submit")
@click.argument("file", type=Input())
@wait_option
@remote
def submit(session: Session, file: str, wait: float) -> None:
    """提交 Submit a proposal that enough institutions have signed; with too few it is refused, and must be signed anew.

    \b
    示例 Example:
      dengbu governance submit suspend.3.json --as hz-registry
    """
    raw = read_bytes(file)
    proposal = read_proposal(file, raw)
    with session.writer() as client:
        proposal.check_signed(client.institutions.list(), client.institutions.policy())
        outcome = client.events.submit(raw, wait=wait)
    if wait and not outcome.final:
        raise OutcomeUnknown(f"{wait:g} 秒内未会签完成 not final within {wait:g} s", outcome.id)
    session.show(outcome, [proposal.type, *event_lines(outcome), *result_lines(outcome)])


@command.command("members")
@remote
def members(session: Session) -> None:
    """成员 List the institutions of the network, with their keys that are in force.

    \b
    示例 Example:
      dengbu governance members --as bank-a
    """
    with session.client() as client:
        found = client.institutions.list()
    rows: list[Any] = []
    for one in found:
        rows.append((one.id, one.role, one.status, f"{one.name_zh} {one.name_en}", ""))
        rows += [("", "", "", key["cls"], key["id"]) for key in one.keys if key.get("until") is None]
    heads = ("机构 id", "角色 role", "状态 status", "名称、密钥类别 name, class of key", "密钥编号 key id")
    session.show({"items": list(found)}, table(rows, heads))


def _lines(facts: dict[str, Any]) -> list[str]:
    lines = [
        f"事项 type      {facts['type']} {facts['title']}",
        f"编号 id        {facts['actor'] or '-'}/{facts['id'] or '-'}",
    ]
    lines += [f"内容 data      {name}: {value}" for name, value in facts["shown"]]
    lines += [
        f"已签 signed    {' '.join(facts['signed']) or '无 nobody'}",
        f"尚缺 missing   {facts['missing']} (须 {facts['needed']} 家 needed, 共 {facts['active']} 家 active)",
        f"未签 unsigned  {' '.join(facts['unsigned']) or '-'}",
    ]
    if facts["unknown"]:
        lines.append(f"无效签名 by unknown or ended keys: {' '.join(facts['unknown'])}")
    return [*lines, f"有效至 until   {moment(facts['expires']) or '签署时定 set when it is signed'}"]


command.add_command(propose)
