"""`dengbu audit`: audits a node's home, whether the node is running or not."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dengbu.scripts.exits import EXIT_UNVERIFIED
from dengbu.scripts.operating import at_home, home
from dengbu.scripts.reports import report_option, show_report
from dengbu.scripts.session import Session


@click.command("audit")
@home
@report_option
@at_home
def command(session: Session, home: str, out: str | None) -> None:
    """审计 Re-execute a home's ledger from its genesis and verify its access log; exit 3 naming the fault found.

    \b
    示例 Example:
      dengbu audit --home ./net/homes/bank-b
      dengbu log audit --as bank-a/auditor      远程 the same through a node
    """
    from dengbu.nodes import operating

    found = operating.audit(Path(home))
    show_report(session, found.facts, found.lines, out)
    if not found.ok:
        sys.exit(EXIT_UNVERIFIED)
