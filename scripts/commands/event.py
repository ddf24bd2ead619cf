"""`dengbu event`: what is on the log, event by event: list, outcome, types; and a sealed event submitted as it is."""

from __future__ import annotations

from itertools import islice

import click

from dengbu.api.client import OutcomeUnknown
from dengbu.scripts.commands.case_parts import wait_option
from dengbu.scripts.commands.stated_lists import limit_option
from dengbu.scripts.session import Input, Session, local, read_bytes, remote, table
from dengbu.scripts.wording import event_lines, moment, result_lines


@click.group("event")
def command() -> None:
    """事件 Events: list them, see what became of one, submit one that is sealed already.

    \b
    示例 Examples:
      dengbu event show bank-a/loan-2026-000123 --as bank-a
      dengbu event list --type court.seize --as hz-registry
    """


@command.command("show")
@click.argument("name", metavar="ACTOR/ID")
@remote
def show(session: Session, name: str) -> None:
    """查看 Show the outcome of an event submitted at this node: waiting, final, or turned away, and why.

    \b
    示例 Example:
      dengbu event show bank-a/loan-2026-000123 --as bank-a
    """
    actor, _, event = name.partition("/")
    if not actor or not event:
        raise click.UsageError("须写成 机构/编号 give ACTOR/ID, as `case apply` shows it while it waits")
    with session.client() as client:
        outcome = client.events.get(actor, event)
    session.show(outcome, [*event_lines(outcome), *result_lines(outcome)])


@command.command("list")
@click.option("--type", "type_", help="事件类型 type, for example mark.set.")
@click.option("--unit", help="不动产单元代码 unit code.")
@click.option("--case", help="案件编号 case number.")
@click.option("--after", type=click.IntRange(-1), default=-1, help="此条之后 after this index.")
@limit_option
@remote
def list_(
    session: Session, type_: str | None, unit: str | None, case: str | None, after: int, limit: int
) -> None:
    """列表 List final events that are this institution's business, oldest first.

    \b
    示例 Example:
      dengbu event list --type mark.set --as hz-registry
    """
    with session.client() as client:
        code = unit and unit.replace(" ", "")
        feed = client.events(after=after, type=type_, unit=code, case=case, follow=False)
        found = list(islice(feed, limit))
    rows = [
        (one.index, moment(one.time), one.type, one.outcome, one.case or " ".join(one.units), one.actor)
        for one in found
    ]
    heads = ("条目 entry", "时间 time", "事件 event", "结果 outcome", "案件、单元 case or unit", "机构 by")
    session.show({"items": found}, table(rows, heads))


@command.command("types")
@local
def types_(session: Session) -> None:
    """类型 List every type of event, who may send it, and the command that does.

    \b
    示例 Example:
      dengbu event types
    """
    from dengbu.api.client.kinds import form, types  # loads the rules
    from dengbu.scripts.reach import command_of

    forms = [form(one) for one in types()]
    everybody = max(len(one.roles) for one in forms)
    rows = [
        (
            one.type,
            f"{one.zh} {one.en}",
            "皆可 any" if len(one.roles) == everybody else " ".join(one.roles),
            command_of(one),
        )
        for one in forms
    ]
    heads = ("类型 type", "名称 title", "角色 roles", "命令 command")
    facts = [
        {"type": one.type, "zh": one.zh, "en": one.en, "roles": one.roles, "command": command_of(one)}
        for one in forms
    ]
    session.show({"items": facts}, table(rows, heads))


@command.command("submit")
@click.argument("file", type=Input())
@wait_option
@remote
def submit(session: Session, file: str, wait: float) -> None:
    """提交 Submit an event that `keys sign` has sealed, byte for byte.

    \b
    示例 Example:
      dengbu event submit mark.signed.json --as hz-registry
    """
    raw = read_bytes(file)
    with session.writer() as client:
        outcome = client.events.submit(raw, wait=wait)
    if wait and not outcome.final:
        raise OutcomeUnknown(f"{wait:g} 秒内未会签完成 not final within {wait:g} s", outcome.id)
    session.show(outcome, [*event_lines(outcome), *result_lines(outcome)])
