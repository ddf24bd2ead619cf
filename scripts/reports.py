"""Reports that are shown and, if asked, kept in a file: what the efficiency report and the audits share."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

from dengbu.scripts.session import Output, Session, plain, write_bytes

JSON = ".json"
report_option = click.option(
    "-o",
    "--out",
    type=Output(),
    help="另存报告 keep the report in this file: .json as JSON, any other as text.",
)


def show_report(session: Session, facts: Any, lines: Sequence[str], out: str | None) -> None:
    """Show a report, and keep it in a file if one is named. Raises ClickException if it cannot be written."""
    session.show(facts, lines)
    if out is None:
        return
    as_json = out.lower().endswith(JSON)
    text = json.dumps(plain(facts), ensure_ascii=False, indent=1) if as_json else "\n".join(lines)
    write_bytes(out, f"{text}\n".encode())
    session.say(f"报告已保存 the report is kept: {out}")
