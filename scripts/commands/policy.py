"""`dengbu policy`: the policy in force, and a proposal for the next one."""

from __future__ import annotations

import json
from typing import Any

import click

from dengbu.scripts.commands.governance_proposals import POLICY, out_option, write_proposal
from dengbu.scripts.session import Session, remote, table


@click.group("policy")
def command() -> None:
    """政策 The policy: quorums, the automatic desk, calendar, terms, and the rule set in force.

    \b
    示例 Examples:
      dengbu policy show --as bank-a
      dengbu policy draft limit_days=3 -o faster.json --as hz-registry
    """


@command.command("show")
@remote
def show(session: Session) -> None:
    """查看 Show the policy in force, and how many institutions it takes to change it.

    \b
    示例 Example:
      dengbu policy show --as bank-a --json
    """
    with session.client() as client:
        found = client.institutions.policy()
    rows = [(name, json.dumps(value, ensure_ascii=False)) for name, value in found.fields.items()]
    session.show(
        {
            **found.fields,
            "active": found.active,
            "rule_set_number": found.rule_set_number,
        },
        [
            f"须签机构 it takes   {found.governance_quorum} / {found.active} 家 active institutions to change it",
            f"规则集 rule set     {found.rule_set_number}",
            "",
            *table(rows, ("事项 field", "现行 in force")),
        ],
    )


@command.command("draft")
@click.argument("changes", nargs=-1, required=True, metavar="FIELD=VALUE...")
@out_option
@remote
def draft(session: Session, changes: tuple[str, ...], out: str) -> None:
    """拟定 Write a proposal for the next policy: the one in force with some fields changed; values are JSON, or text.

    \b
    rule_set=newest 启用本版本最新的规则集 puts the newest rule set of this release in force

    \b
    示例 Examples:
      dengbu policy draft limit_days=3 -o faster.json --as hz-registry
      dengbu policy draft 'holidays=["2027-01-01"]' -o holidays.json --as hz-registry
    """
    from dengbu.api.client.kinds import later_policy, newest_rule_set  # loads the rules

    asked = _changes(changes)
    if asked.get("rule_set") == "newest":
        asked["rule_set"] = newest_rule_set()
    with session.client() as client:
        fields = client.institutions.policy().fields
    write_proposal(session, POLICY, {"policy": later_policy(fields, asked)}, out)


def _changes(texts: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.UsageError(f"{text!r} 须形如 must look like limit_days=3")
        if name in found:
            raise click.UsageError(f"同一事项给出两次 a field is given twice: {name}")
        found[name] = _value(value)
    return found


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
