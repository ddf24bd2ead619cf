"""`dengbu receipt`: verifies a receipt offline, or fetches one."""

from __future__ import annotations

from pathlib import Path

import click

from dengbu.api.client import NoPolicy, verify_file
from dengbu.scripts.session import Input, Output, Session, local, remote, write_bytes
from dengbu.scripts.wording import receipt_facts, receipt_lines


@click.group("receipt")
def command() -> None:
    """回执 Receipts: a file that proves an entry to anyone, offline, years later.

    \b
    示例 Examples:
      dengbu receipt verify mortgage.tlog-proof --policy policy.txt
      dengbu receipt get 42 -o entry-42.tlog-proof --as bank-a
    """


@command.command("verify")
@click.argument("file", type=Input())
@click.option("--policy", type=Input(), help="会签规则 your own copy of policy.txt.")
@local
def verify(session: Session, file: str, policy: str | None) -> None:
    """核验 Verify a receipt offline, and show its entry, its checkpoint, who cosigned and when; exit 3 if it fails.

    \b
    示例 Example:
      dengbu receipt verify mortgage.tlog-proof --policy policy.txt
    """
    trusted = policy or session.setting("policy")
    if trusted is None:
        raise NoPolicy
    receipt = verify_file(file, trusted)
    session.show(receipt_facts(receipt), receipt_lines(receipt))


@command.command("get")
@click.argument("which", metavar="INDEX|CASE")
@click.option("-o", "--out", type=Output(), help="保存为 file to keep it in.")
@remote
def get(session: Session, which: str, out: str | None) -> None:
    """取回 Fetch a receipt by entry index or case number, and verify it before it is kept.

    \b
    示例 Example:
      dengbu receipt get 441302-20261122-000001 --as bank-a
    """
    with session.client() as client:
        if client.policy is None:
            raise NoPolicy
        by_index = which.isascii() and which.isdigit()
        receipt = client.receipts.get(int(which)) if by_index else client.receipts.of_case(which)
    path = Path(out or f"{which}.tlog-proof")
    write_bytes(path, receipt.raw)
    session.show({**receipt_facts(receipt), "file": path}, [f"已保存 kept {path}", *receipt_lines(receipt)])
