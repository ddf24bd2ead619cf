"""`dengbu tax`: the tax side of a transfer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from dengbu.api.client import Deal
from dengbu.ledger.rules.taxes import BUREAU, FOUND_BY, TAXES
from dengbu.scripts.commands.case_parts import awaited, idempotency_option, sent_lines, wait_option
from dengbu.scripts.commands.tax_calc import calc, check, warning_lines
from dengbu.scripts.session import Input, Session, read_json, remote, table
from dengbu.scripts.wording import OUTCOMES

_version = click.option(
    "--version", type=int, help="涉税版本 version of the assessment; read first if not given."
)
_private = click.option(
    "--private", type=Input(stdin=True), metavar="FILE", help="隐私材料 private parts (JSON)."
)


@click.group("tax")
def command() -> None:
    """完税 The taxes of a transfer: assess, clear, refund. A transfer is not entered before they are cleared.

    \b
    示例 Examples:
      dengbu tax list --state ASSESSED --as hz-tax
      dengbu tax assess 441302-20261122-000002 deed=due iit=due lvat=none --as hz-tax
      dengbu tax clear 441302-20261122-000002 --voucher deed 344010260000000001 payment --as hz-tax
    """


@command.command("list")
@click.option("--state", help="状态 state, for example ASSESSED.")
@remote
def list_(session: Session, state: str | None) -> None:
    """列表 List deals, with the taxes due and the taxes cleared.

    \b
    示例 Example:
      dengbu tax list --state ASSESSED --as hz-tax --json
    """
    with session.client() as client:
        found = list(client.tax.deals(state=state))
    _list(session, found)


@command.command("show")
@click.argument("case")
@remote
def show(session: Session, case: str) -> None:
    """查看 Show the deal of a case: its state, the taxes due and cleared, and the vouchers.

    \b
    示例 Example:
      dengbu tax show 441302-20261122-000002 --as hz-tax
    """
    with session.client() as client:
        _show(session, client.tax.deal(case))


@command.command("worklist")
@remote
def worklist(session: Session) -> None:
    """待办 List the deals that wait for the bureau: assessment, payment, a refund or a clawback; oldest first.

    \b
    示例 Example:
      dengbu tax worklist --as hz-tax
    """
    with session.client() as client:
        _list(session, list(client.tax.waiting()))


@command.command("assess")
@click.argument("case")
@click.argument("gates", nargs=-1, required=True, metavar="TAX=due|none...")
@_version
@_private
@idempotency_option
@wait_option
@remote
def assess(
    session: Session,
    case: str,
    gates: Sequence[str],
    version: int | None,
    private: str | None,
    id_: str | None,
    wait: float,
) -> None:
    """核定 State which taxes are due before entry: deed, iit, lvat, vat, stamp.

    \b
    示例 Example:
      dengbu tax assess 441302-20261122-000002 deed=due iit=due lvat=none --as hz-tax
    """
    named = _named(gates)
    with session.writer() as client:
        deal = client.tax.assess(case, named, version=version, private=_parts(private), key=id_, wait=wait)
    _show(session, awaited(deal, wait))


@command.command("clear")
@click.argument("case")
@click.option(
    "--voucher",
    "vouchers",
    nargs=3,
    multiple=True,
    required=True,
    metavar="TAX NUMBER payment|part|exemption",
    help="凭证 voucher; may be repeated.",
)
@_version
@_private
@idempotency_option
@wait_option
@remote
def clear(
    session: Session,
    case: str,
    vouchers: Sequence[tuple[str, str, str]],
    version: int | None,
    private: str | None,
    id_: str | None,
    wait: float,
) -> None:
    """完税 Confirm payment or exemption.

    \b
    示例 Example:
      dengbu tax clear 441302-20261122-000002 --voucher deed 344010260000000001 payment --as hz-tax
    """
    listed = [{"tax": tax, "number": number, "kind": kind} for tax, number, kind in vouchers]
    _check_once(vouchers)
    with session.writer() as client:
        deal = client.tax.clear(case, listed, version=version, private=_parts(private), key=id_, wait=wait)
    _show(session, awaited(deal, wait))


@command.command("refund-request")
@click.argument("case")
@click.option("--ground", required=True, metavar="CODE", help="事由 ground, a code.")
@idempotency_option
@wait_option
@remote
def refund_request(session: Session, case: str, ground: str, id_: str | None, wait: float) -> None:
    """申请退税 Ask for a refund.

    \b
    示例 Example:
      dengbu tax refund-request 441302-20261122-000002 --ground contract-rescinded --as hz-tax
    """
    with session.writer() as client:
        _show(session, awaited(client.tax.refund_request(case, ground, key=id_, wait=wait), wait))


@command.command("refund")
@click.argument("case")
@idempotency_option
@wait_option
@remote
def refund(session: Session, case: str, id_: str | None, wait: float) -> None:
    """退税 Refund; the vouchers can never be used again.

    \b
    示例 Example:
      dengbu tax refund 441302-20261122-000002 --as hz-tax
    """
    with session.writer() as client:
        _show(session, awaited(client.tax.refund(case, key=id_, wait=wait), wait))


@command.command("refund-decline")
@click.argument("case")
@idempotency_option
@wait_option
@remote
def refund_decline(session: Session, case: str, id_: str | None, wait: float) -> None:
    """不予退税 Decline a refund that was asked for; the deal stands as before.

    \b
    示例 Example:
      dengbu tax refund-decline 441302-20261122-000002 --as hz-tax
    """
    with session.writer() as client:
        _show(session, awaited(client.tax.refund_decline(case, key=id_, wait=wait), wait))


@command.command("overpayment")
@click.argument("case")
@click.option("--tax", required=True, type=click.Choice(TAXES), help="税种 tax.")
@click.option("--paid-on", required=True, metavar="DATE", help="缴纳日期 day of payment.")
@click.option(
    "--found-by",
    type=click.Choice(FOUND_BY),
    default=BUREAU,
    show_default=True,
    help="发现方；纳税人申请限三年 who found it; a taxpayer has three years to ask.",
)
@_private
@idempotency_option
@wait_option
@remote
def overpayment(
    session: Session,
    case: str,
    tax: str,
    paid_on: str,
    found_by: str,
    private: str | None,
    id_: str | None,
    wait: float,
) -> None:
    """退还多缴税款 Refund overpaid tax; the clearance stands.

    \b
    示例 Example:
      dengbu tax overpayment 441302-20261122-000002 --tax deed --paid-on 2026-11-22 --as hz-tax
    """
    with session.writer() as client:
        deal = client.tax.overpayment(
            case, tax, paid_on=paid_on, found_by=found_by, private=_parts(private), key=id_, wait=wait
        )
    _show(session, awaited(deal, wait))


@command.command("clawback")
@click.argument("case")
@click.option("--ground", required=True, metavar="CODE", help="事由 ground, a code, for example use-changed.")
@idempotency_option
@wait_option
@remote
def clawback(session: Session, case: str, ground: str, id_: str | None, wait: float) -> None:
    """追缴 Claim back, after entry, deed tax that was exempted or reduced.

    \b
    示例 Example:
      dengbu tax clawback 441302-20261122-000002 --ground use-changed --as hz-tax
    """
    with session.writer() as client:
        _show(session, awaited(client.tax.clawback(case, ground, key=id_, wait=wait), wait))


@command.command("clawback-paid")
@click.argument("case")
@click.option(
    "--voucher",
    "vouchers",
    multiple=True,
    required=True,
    metavar="NUMBER",
    help="凭证号 voucher number; may be repeated.",
)
@idempotency_option
@wait_option
@remote
def clawback_paid(
    session: Session, case: str, vouchers: tuple[str, ...], id_: str | None, wait: float
) -> None:
    """补缴完毕 Confirm that the tax claimed back has been paid.

    \b
    示例 Example:
      dengbu tax clawback-paid 441302-20261122-000002 --voucher 344010260000000009 --as hz-tax
    """
    with session.writer() as client:
        _show(session, awaited(client.tax.clawback_paid(case, vouchers, key=id_, wait=wait), wait))


def _named(texts: Sequence[str]) -> dict[str, str]:
    given = [_gate(text) for text in texts]
    named = dict(given)
    if len(named) != len(given):
        raise click.UsageError(f"同一税种给出两次 a tax is given twice: {' '.join(texts)}")
    return named


def _check_once(vouchers: Sequence[tuple[str, str, str]]) -> None:
    """Raise UsageError if a voucher's number is given twice for a tax."""
    seen: set[tuple[str, str]] = set()
    for tax, number, _ in vouchers:
        if (tax, number) in seen:
            raise click.UsageError(f"同一凭证给出两次 a voucher is given twice: {tax} {number}")
        seen.add((tax, number))


def _gate(text: str) -> tuple[str, str]:
    tax, equals, state = text.partition("=")
    if not equals or state not in ("due", "none"):
        raise click.UsageError(f"{text!r} 须形如 must look like deed=due or deed=none")
    return tax, state


def _parts(path: str | None) -> Any:
    return None if path is None else read_json(path)


def _gates(deal: Deal) -> str:
    return " ".join(
        f"{tax}={'cleared' if tax in deal.cleared else state}" for tax, state in sorted(deal.gates.items())
    )


def _list(session: Session, found: Sequence[Deal]) -> None:
    rows = [(deal.case, deal.state, deal.version, _gates(deal)) for deal in found]
    session.show({"items": found}, table(rows, ("案件 case", "状态 state", "版本 version", "税种 taxes")))


def _show(session: Session, deal: Deal) -> None:
    for line in warning_lines(deal.warnings):
        session.say(line)
    lines = [f"案件 case     {deal.case}", f"状态 state    {OUTCOMES.get(str(deal.state), deal.state)}"]
    if deal.outcome is None or deal.outcome.final:
        lines += [f"版本 version  {deal.version}", f"税种 taxes    {_gates(deal)}"]
    if deal.outcome is not None:
        lines += sent_lines(deal.outcome)
    session.show(deal, lines)


for _reckoning in (calc, check):
    command.add_command(_reckoning)
