"""`dengbu case check`: what would become of an application, without making it."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from dengbu.api.client import Precheck
from dengbu.scripts.commands.case_parts import application, bundle_option
from dengbu.scripts.exits import EXIT_REFUSED
from dengbu.scripts.session import Input, Session, remote

HANDLING = {
    "automatic": "可秒批 the automatic desk would enter it",
    "person": "转人工 a person would decide it",
    "refused": "不予办理 the rules would refuse it",
    "blocked": "不得签署 this institution's own checks keep it from signing",
}
TAXED = ", 但须先完税 once its taxes are cleared"


@click.command("check")
@click.argument("file", type=Input(stdin=True))
@bundle_option
@remote
def check(session: Session, file: str, bundle: str | None) -> None:
    """预检 Tell what would become of an application, with every reason; nothing is signed, sent or written to the log.

    文件同 case apply The file is as for "case apply". 记入访问日志 That it was asked is in the node's access log, and counted
    by key and unit. Exit 5 if it would be refused or not signed.

    \b
    示例 Example:
      dengbu case check mortgage.json --as bank-a
    """
    from dengbu.api.client.acts import is_taxed  # loads the rules

    asked = application(file)
    with session.client() as client:
        found = client.cases.check(**asked, bundle=bundle)
    session.show(found, check_lines(found, taxed=any(is_taxed(str(act.get("act"))) for act in asked["acts"])))
    if found.handling in ("refused", "blocked"):
        sys.exit(EXIT_REFUSED)


def check_lines(found: Precheck, *, taxed: bool) -> Iterator[str]:
    """Yield what would become of an application; `taxed` is whether any of its acts waits for its taxes."""
    first = f"预检 pre-check   {HANDLING.get(found.handling, found.handling)}"
    yield first + (TAXED if taxed and found.handling == "automatic" else "")
    for reason in found.reasons:
        yield f"理由 reason      {reason['code']} {reason['name']} {reason['title_zh']} {reason['title_en']}"
    for said, each in (("障碍 problem  ", found.problems), ("疑点 doubt    ", found.doubts)):
        for one in each:
            yield f"{said}   {one['code']} {one['detail_zh']} {one['detail_en']} ({one['where']})"
    yield f"截至 as of       {found.as_of} 条 entries; 未作申请 nothing was applied for"
