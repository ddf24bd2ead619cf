"""`dengbu case suspend`, `resume` and `overdue`: the clock of a case."""

from __future__ import annotations

import click

from dengbu.ledger.advisory.levels import RED, YELLOW
from dengbu.ledger.register.shapes import GROUNDS, REQUISITION
from dengbu.scripts.commands.case_parts import awaited, idempotency_option, show_case, wait_option
from dengbu.scripts.session import Input, Session, read_json, remote, table

LEVELS = {YELLOW: "黄 yellow", RED: "红 red"}


@click.command("suspend")
@click.argument("number")
@click.option(
    "--ground",
    type=click.Choice(GROUNDS),
    default=REQUISITION,
    show_default=True,
    help="事由 what the registry waits for.",
)
@click.option(
    "--item",
    "items",
    multiple=True,
    required=True,
    metavar="CODE",
    help="所需材料或事项 what is asked for; may be repeated.",
)
@idempotency_option
@wait_option
@remote
def suspend(
    session: Session, number: str, ground: str, items: tuple[str, ...], id_: str | None, wait: float
) -> None:
    """中止计时 Stop a case's clock (registry), by default for missing papers (补正).

    \b
    示例 Example:
      dengbu case suspend 441302-20261122-000001 --item survey-report --item seal --as hz-registry
    """
    with session.writer() as client:
        show_case(
            session, awaited(client.cases.suspend(number, ground, items, key=id_, wait=wait), wait), None
        )


@click.command("resume")
@click.argument("number")
@click.option(
    "--private",
    type=Input(stdin=True),
    metavar="FILE",
    help="补正材料 the papers that were asked for (JSON).",
)
@idempotency_option
@wait_option
@remote
def resume(session: Session, number: str, private: str | None, id_: str | None, wait: float) -> None:
    """恢复计时 Resume a case's clock: what was asked for has arrived.

    \b
    示例 Example:
      dengbu case resume 441302-20261122-000001 --as bank-a
    """
    with session.writer() as client:
        parts = None if private is None else read_json(private)
        show_case(
            session, awaited(client.cases.resume(number, private=parts, key=id_, wait=wait), wait), None
        )


@click.command("clock")
@click.argument("number")
@click.option("--at", metavar="DATE", help="至该日终 at the end of this day, for example 2026-12-01.")
@remote
def clock(session: Session, number: str, at: str | None) -> None:
    """办理时限 Show the clock of a case: working days used, its last day, and what the registry waits for.

    \b
    示例 Example:
      dengbu case clock 441302-20261122-000001 --as hz-registry
    """
    with session.client() as client:
        found = client.cases.clock(number, at=at)
    late = " 逾期 overdue" if found["overdue"] else ""
    lines = [
        f"案件 case          {found['case']}",
        f"工作日 days        {found['used']}/{found['limit']} (法定 by statute {found['statutory_limit']}){late}",
        f"届满 due           {found['due'] or '-'}",
        f"中止 waits for     {' '.join(found['waits']) or '-'}",
    ]
    session.show(found, lines)


@click.command("overdue")
@click.option("--at", metavar="DATE", help="截至该日终 at the end of this day, for example 2026-12-01.")
@click.option(
    "--level", type=click.Choice(list(LEVELS)), default=YELLOW, show_default=True, help="级别 level."
)
@remote
def overdue(session: Session, at: str | None, level: str) -> None:
    """时限 List undecided cases that have used four fifths of their days or more (registry).

    \b
    示例 Example:
      dengbu case overdue --as hz-registry
    """
    with session.client() as client:
        found = list(client.cases.overdue(level=level, at=at))
    rows = [
        (
            one["case"],
            LEVELS[one["level"]] + (" 逾期 overdue" if one["overdue"] else ""),
            f"{one['used']}/{one['limit']}",
            one["due"] or " ".join(one["waits"]),
            " ".join(one["acts"]),
        )
        for one in found
    ]
    titles = ("案件 case", "级别 level", "工作日 days", "届满 due", "登记行为 acts")
    session.show({"items": found}, table(rows, titles))
