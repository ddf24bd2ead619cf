"""`dengbu unit`: the register of one unit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import click

from dengbu.api.client import Unit
from dengbu.scripts.session import Session, remote, table
from dengbu.scripts.wording import BEIJING, moment

FLAGS = {
    "registered": "已登记 registered",
    "mortgaged": "有抵押 mortgaged",
    "seized": "有查封 seized",
    "disputed": "有争议 disputed",
    "frozen": "有限制 frozen",
    "objected": "有异议 objection noted",
    "promised": "有预告 advance notice",
    "encumbered": "有居住权或地役权 habitation or easement",
    "ordered": "有协助执行过户 court's transfer order",
    "pending": "有在办案件 case pending",
}


BURDENS = {
    "marks": "争议限制 mark ",
    "objections": "异议 objection",
    "notices": "预告 notice   ",
    "orders": "过户 order    ",
    "usufructs": "用益 usufruct ",
}


@click.group("unit")
def command() -> None:
    """不动产单元 A unit: as it stands, as it stood, and every entry that touched it.

    \b
    示例 Examples:
      dengbu unit show 441302001001GB00001F00010001 --as hz-registry
      dengbu unit show 441302001001GB00001F00010001 --at 2026-06-30 --as hz-registry
    """


@command.command("show")
@click.argument("code")
@click.option("--at", metavar="DATE", help="某日日终(东八区) at the end of a day (UTC+8).")
@click.option("--at-index", type=click.IntRange(0), help="某条目之后 after an entry.")
@click.option(
    "--valid", metavar="DATE", help="某日的权利人，按现有记载 who owned it that day, by valid time."
)
@remote
def show(session: Session, code: str, at: str | None, at_index: int | None, valid: str | None) -> None:
    """查看 Show a unit as far as your institution may see it: only flags, or everything.

    \b
    --at 与 --at-index 按记载时间：当时账本所载; --valid 按有效时间：依该账本所载，某日的权利人
    --at and --at-index go by recorded time: what the ledger said then. --valid goes by valid time: who owned it that day

    \b
    示例 Example:
      dengbu unit show 441302001001GB00001F00010001 --as bank-a --json
      dengbu unit show 441302001001GB00001F00010001 --valid 2019-06-30 --as hz-registry
    """
    today = datetime.now(BEIJING).date().isoformat()
    if at is not None and at > today:  # a day that is no date is the node's to refuse
        raise click.UsageError(f"--at {at} 尚未到来 is a day to come; today is {today}")
    with session.client() as client:
        unit = client.units.get(code.replace(" ", ""), at=at, at_index=at_index, valid=valid)
    session.show(unit, unit_lines(unit))


@command.command("history")
@click.argument("code")
@remote
def history(session: Session, code: str) -> None:
    """历史 List every entry that touched the unit, oldest first.

    \b
    示例 Example:
      dengbu unit history 441302001001GB00001F00010001 --as hz-registry
    """
    with session.client() as client:
        found = list(client.units.history(code.replace(" ", "")))
    rows = [(item.index, moment(item.time), item.type, item.outcome, item.case, item.actor) for item in found]
    heads = ("条目 entry", "时间 time", "事件 event", "结果 outcome", "案件 case", "机构 by")
    session.show({"code": code, "items": found}, table(rows, heads))


def unit_lines(unit: Unit) -> Iterator[str]:
    """Yield a unit line by line, as far as the institution may see it."""
    yield f"单元 unit      {unit.code}"
    for name, said in FLAGS.items():
        if name in unit.flags:
            yield f"  {'是 yes' if unit.flags[name] else '否 no '}  {said}"
    if unit.use is None:
        yield "权利结构不向本机构展示 your institution sees flags only"
        return
    yield f"用途 use       {unit.use}, {(unit.area_cm2 or 0) // 100 / 100:.2f} m²"
    if unit.right:
        yield f"权利 right     {_about(unit.right, ('id', 'certificate', 'mode', 'status'))}"
    if unit.valid:
        held = unit.valid["right"]
        told = _about(held, ("id", "certificate", "mode", "status")) if held else "无 none"
        yield f"有效 valid     {unit.valid['on']} {told}"
    for mortgage in unit.mortgages:
        yield f"抵押 mortgage  {_about(mortgage, ('rank', 'id', 'mortgagee', 'kind', 'status'))}"
    for seizure in unit.seizures:
        yield f"查封 seizure   {_about(seizure, ('id', 'court', 'document', 'until', 'status'))}"
    for name, said in BURDENS.items():
        for one in getattr(unit, name):
            yield f"{said}  {_about(one, ('id', 'kind', 'beneficiary', 'court', 'entered_on', 'until'))}"
    for case in unit.open_cases:
        yield f"在办 case      {case}"


def _about(record: Any, names: tuple[str, ...]) -> str:
    return " ".join(str(record[name]) for name in names if record.get(name) is not None)
