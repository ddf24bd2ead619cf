"""`dengbu event`: the outcome of an event."""

from __future__ import annotations

import click

from dengbu.scripts.session import Session, remote
from dengbu.scripts.wording import event_lines


@click.command("event")
@click.argument("name", metavar="ACTOR/ID")
@remote
def command(session: Session, name: str) -> None:
    """事件 Show the outcome of an event submitted at this node: waiting, final, or turned away, and why.

    \b
    示例 Example:
      dengbu event bank-a/loan-2026-000123 --as bank-a
    """
    actor, _, event = name.partition("/")
    if not actor or not event:
        raise click.UsageError("须写成 机构/编号 give ACTOR/ID, as `case apply` shows it while it waits")
    with session.client() as client:
        outcome = client.events.get(actor, event)
    session.show(outcome, event_lines(outcome))
