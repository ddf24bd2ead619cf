"""`dengbu log`: the head of the log, and the full audit."""

from __future__ import annotations

import sys

import click

from dengbu.scripts.exits import EXIT_UNVERIFIED
from dengbu.scripts.reports import report_option, show_report
from dengbu.scripts.session import Session, remote
from dengbu.scripts.wording import moment


@click.group("log")
def command() -> None:
    """账本 The log: its verified head, and an audit that trusts no node.

    \b
    示例 Examples:
      dengbu log head --as bank-a
      dengbu log audit --as bank-a/auditor      远程 through the node
      dengbu audit --home ./net/homes/bank-a    本地 the database itself
    """


@command.command("head")
@remote
def head(session: Session) -> None:
    """最新检查点 Show the newest head, verified under the policy.

    \b
    示例 Example:
      dengbu log head --url http://127.0.0.1:8017 --policy policy.txt
    """
    with session.client() as client:
        found = client.log.checkpoint()
    facts = {
        "origin": found.origin,
        "size": found.size,
        "root": found.root.hex(),
        "cosigners": [{"name": name, "time": seconds} for name, seconds in found.cosigners],
    }
    lines = [
        f"账本 log        {found.origin}",
        f"条目 entries    {found.size}",
        f"根 root         {found.root.hex()}",
    ]
    session.show(
        facts,
        lines + [f"会签 cosigned   {name}, {moment(seconds * 1000)}" for name, seconds in found.cosigners],
    )


@command.command("audit")
@report_option
@remote
def audit(session: Session, out: str | None) -> None:
    """全面审计 Re-execute every entry from the genesis; exit 3 naming the first bad entry.

    \b
    示例 Examples:
      dengbu log audit --as bank-a/auditor
      dengbu log audit -o audit.json --as bank-a/auditor
    """
    with session.client() as client:
        report = client.log.audit()
    facts = {
        "ok": report.ok,
        "checked": report.checked,
        "size": report.head.size,
        "root": report.head.root.hex(),
        "register": report.register,
        "fault": report.fault,
    }
    if report.fault is None:
        lines = [
            f"审计通过 the log is verified: 重新执行 {report.checked} 条 entries re-executed",
            f"根 root {report.head.root.hex()}",
            f"登记簿摘要 register digest {report.register}",
        ]
        show_report(session, facts, lines, out)
        return
    fault = report.fault
    lines = [
        f"审计不通过 the log fails verification: 第 {fault.index} 条 entry {fault.index}, {fault.field}",
        f"  {fault.message}",
    ]
    show_report(session, facts, lines, out)
    sys.exit(EXIT_UNVERIFIED)
