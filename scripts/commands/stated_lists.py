"""What stands on a unit, what a court has seized, and who may read and has read personal data: the commands that only read."""

from __future__ import annotations

import json
from itertools import islice
from typing import Any

import click

from dengbu.scripts.session import Session, remote, table
from dengbu.scripts.wording import moment

PURPOSES = (
    "acceptance", "review", "tax-assessment", "loan-review", "court-assistance", "subject-request", "audit",
)  # fmt: skip
limit_option = click.option(
    "-n", "limit", type=click.IntRange(1), default=50, show_default=True, help="至多几项 at most how many."
)


@click.command("list")
@click.option("--unit", help="不动产单元代码 unit code.")
@click.option(
    "--status",
    type=click.Choice(["effective", "waiting", "released", "lapsed", "carried"]),
    help="状态 how they stand; waiting: 轮候.",
)
@limit_option
@remote
def court_list(session: Session, unit: str | None, status: str | None, limit: int) -> None:
    """查封列表 List the seizures of this court, or at the registry of all courts, as they stand now.

    \b
    示例 Examples:
      dengbu court list --as hz-court
      dengbu court list --status waiting --as hz-registry
    """
    with session.client() as client:
        code = unit and unit.replace(" ", "")
        found = list(islice(client.seizures.list(unit=code, status=status), limit))
    rows = [(one.id, one.unit, one.kind, one.status, one.until, one.court, one.document) for one in found]
    heads = ("查封 id", "单元 unit", "种类 kind", "状态 status", "末日 until", "法院 court", "文书 document")
    session.show({"items": found}, table(rows, heads))


def listing(name: str, burdens: str, about: str) -> click.Command:
    """Return the command that lists one kind of burden on a unit, as far as the institution may see them."""

    def run(session: Session, unit: str) -> None:
        with session.client() as client:
            found = client.units.get(unit.replace(" ", ""))
        items = getattr(found, burdens)
        heads = list(dict.fromkeys(head for one in items for head in one if head != "unit"))
        rows = [[one.get(head) for head in heads] for one in items]
        nothing = (
            "权利结构不向本机构展示 your institution sees flags only" if found.use is None else "无 none"
        )
        session.show({"unit": found.code, "items": items}, table(rows, heads) if rows else [nothing])

    run.__doc__ = (
        f"{about} of a unit that stand now.\n\n\b\n示例 Example:\n"
        f"  dengbu {name} list 441302001001GB00001F00010001 --as hz-registry"
    )
    return click.command("list")(click.argument("unit")(remote(run)))


@click.command("show")
@click.argument("case")
@click.option(
    "--purpose",
    type=click.Choice(PURPOSES),
    required=True,
    help="用途，记入访问日志 why; it is logged first.",
)
@remote
def show_payloads(session: Session, case: str, purpose: str) -> None:
    """查阅隐私材料 Read the private parts of a case that this institution may see; who read them, and why, is logged first.

    \b
    示例 Example:
      dengbu payload show 441302-20261122-000001 --purpose review --as hz-registry
    """
    with session.client() as client:
        found = client.get(f"/v1/cases/{case}/private", purpose=purpose)
    rows = [(one["name"], one["state"], one["event_type"], one["commitment"]) for one in found["items"]]
    session.show(found, _with_values(found, rows))


def _with_values(found: Any, rows: list[Any]) -> list[str]:
    lines = table(rows, ("材料 part", "状态 state", "事件 event", "承诺值 commitment"))
    for one in found["items"]:
        if one["value"] is not None:
            lines += ["", f"{one['name']}:", json.dumps(one["value"], ensure_ascii=False, indent=1)]
    return lines


@click.command("log")
@click.option("--after", type=click.IntRange(0), default=0, help="此行之后 after this row.")
@click.option("--subject", metavar="REF", help="仅关于此权利人标识 only about this holder reference.")
@remote
def access_log(session: Session, after: int, subject: str | None) -> None:
    """访问日志 List who read which personal data at this node, when and why (auditor).

    \b
    示例 Example:
      dengbu payload log --as hz-registry/auditor
    """
    with session.client() as client:
        query = {"after": after, "limit": 100, **({"subject": subject} if subject else {})}
        found = client.get("/v1/access-log", **query)
    rows = [
        (one["n"], moment(one["time"]), one["officer"], one["case"], one["purpose"]) for one in found["items"]
    ]
    heads = ("行 row", "时间 time", "经办 by", "案件 case", "用途 purpose")
    broken = [f"访问日志断裂 broken at row {found['broken']['n']}"] if found["broken"] else []
    session.show(found, [*table(rows, heads), *broken])
