"""`dengbu mortgage`: a bank's own mortgages, and those on a unit."""

from __future__ import annotations

from typing import Any

import click

from dengbu.scripts.session import Session, plain, remote, table

COLUMNS = ("id", "unit", "rank", "mortgagee", "kind", "status", "certificate")
HEADS = (
    "抵押 id",
    "单元 unit",
    "顺位 rank",
    "抵押权人 mortgagee",
    "种类 kind",
    "状态 status",
    "证号 certificate",
)


@click.group("mortgage")
def command() -> None:
    """抵押权 Mortgages: this bank's own, or those on a unit in order of rank.

    \b
    示例 Example:
      dengbu mortgage list --as bank-a
    """


@command.command("list")
@click.option("--unit", help="不动产单元代码：该单元上的抵押 unit code: the mortgages on this unit.")
@click.option("--status", help="状态 status, for example active.")
@remote
def list_(session: Session, unit: str | None, status: str | None) -> None:
    """列表 List this bank's mortgages, oldest first; or with --unit those on a unit, of others' only rank and status.

    \b
    示例 Examples:
      dengbu mortgage list --status active --as bank-a
      dengbu mortgage list --unit 441302001001GB00001F00010001 --as hz-registry
    """
    found: list[Any]
    with session.client() as client:
        if unit is None:
            found = [plain(one) for one in client.mortgages.list()]
        else:
            found = [dict(one) for one in client.units.get(unit.replace(" ", "")).mortgages]
    found = [one for one in found if status in (None, one.get("status"))]
    rows = [[one.get(name) for name in COLUMNS] for one in found]
    session.show({"items": found}, table(rows, HEADS))
