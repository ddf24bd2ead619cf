"""`dengbu case`: applications for registration and the decisions on them."""

from __future__ import annotations

import click

from dengbu.api.client import Case, Client, FeedItem
from dengbu.ledger.register.records import CASE_STATES
from dengbu.ledger.register.shapes import SCORES
from dengbu.scripts.commands.case_check import check
from dengbu.scripts.commands.case_clock import clock, overdue, resume, suspend
from dengbu.scripts.commands.case_drafts import countersign, draft, submit
from dengbu.scripts.commands.case_parts import (
    application,
    awaited,
    bundle_option,
    idempotency_option,
    save_option,
    show_case,
    wait_option,
)
from dengbu.scripts.session import Input, Session, remote, table
from dengbu.scripts.wording import moment


@click.group("case")
def command() -> None:
    """案件 Cases: apply for registration, view, decide.

    \b
    示例 Examples:
      dengbu case apply application.json --as bank-a --save accepted.tlog-proof
      dengbu case list --state accepted --as hz-registry
      dengbu case enter 441302-20261122-000001 --as hz-registry
    """


@command.command("apply")
@click.argument("file", type=Input(stdin=True))
@bundle_option
@idempotency_option
@wait_option
@save_option
@remote
def apply(
    session: Session, file: str, bundle: str | None, id_: str | None, wait: float, save: str | None
) -> None:
    """申请 Apply with a JSON file ("-" for standard input): {"district", "channel", "acts", "shared"?, "private"?, "agents"?}.

    抵押登记自动登簿须附 The automatic desk enters a mortgage only with "private":
    {"parties": {"value": {"mortgagors": [{"name", "id_type", "id_no"}]}, "to": ["bank-a", "hz-registry"]},
    "terms": {"value": {"amount_fen": 80000000}, "to": ["bank-a", "hz-registry"]}}; see docs/desk.md.

    \b
    示例 Example:
      dengbu case apply mortgage.json --id loan-2026-000123 --as bank-a
      dengbu case apply sale.json --as hz-registry
    """
    asked = application(file)
    with session.writer() as client:
        show_case(
            session, awaited(client.cases.apply(**asked, bundle=bundle, key=id_, wait=wait), wait), save
        )


@command.command("show")
@click.argument("number")
@save_option
@remote
def show(session: Session, number: str, save: str | None) -> None:
    """查看 Show one case; with --save also keep its verified receipt.

    \b
    示例 Example:
      dengbu case show 441302-20261122-000001 --as bank-a --json
    """
    with session.client() as client:
        show_case(session, client.cases.get(number), save)


@command.command("list")
@click.option("--state", type=click.Choice(CASE_STATES), help="状态 state.")
@click.option("--act", help="登记行为 act, for example transfer or mortgage.set.")
@click.option("--mine", is_flag=True, default=None, help="本机构申请的 applied for by this institution.")
@click.option(
    "-n", "limit", type=click.IntRange(1), default=50, show_default=True, help="至多几件 at most how many."
)
@remote
def list_(session: Session, state: str | None, act: str | None, mine: bool | None, limit: int) -> None:
    """列表 List the cases that this institution may see, newest first; with --json one object with `items`.

    \b
    示例 Example:
      dengbu case list --state accepted --act transfer --as hz-registry
    """
    with session.client() as client:
        found = [
            case
            for case, _ in zip(
                client.cases.list(state=state, act=act, mine=mine, order="newest"), range(limit), strict=False
            )
        ]
    rows = [
        (
            case.number,
            case.state,
            " ".join(str(act.get("act")) for act in case.acts),
            case.actor,
            moment(case.applied_at),
        )
        for case in found
    ]
    session.show(
        {"items": found},
        table(rows, ("案件 case", "状态 state", "登记行为 acts", "申请 by", "受理 accepted")),
    )


@command.command("worklist")
@remote
def worklist(session: Session) -> None:
    """待办 List the undecided cases that wait for this institution: at the registry with the desk's doubts, at a bank its own.

    \b
    示例 Example:
      dengbu case worklist --as hz-registry
    """
    with session.client() as client:
        role = str(client.get("/version")["role"])
        if role not in ("registry", "bank"):
            raise click.ClickException(
                f"{role} 没有案件待办 no cases wait for a {role}; for a tax bureau: tax worklist"
            )
        found = list(client.cases.waiting(role))
    rows = [
        (
            one["number"],
            " ".join(str(act.get("act")) for act in one["acts"]),
            moment(one["applied_at"]),
            "; ".join(one.get("desk", ())),
        )
        for one in found
    ]
    heads = ("案件 case", "登记行为 acts", "受理 accepted", "转人工的原因 why a person decides")
    session.show({"items": found}, table(rows, heads))


@command.command("review")
@click.argument("number")
@idempotency_option
@wait_option
@remote
def review(session: Session, number: str, id_: str | None, wait: float) -> None:
    """审核 Take a case into review (registry).

    \b
    示例 Example:
      dengbu case review 441302-20261122-000001 --as hz-registry
    """
    with session.writer() as client:
        show_case(session, awaited(client.cases.review(number, key=id_, wait=wait), wait), None)


@command.command("enter")
@click.argument("number")
@idempotency_option
@wait_option
@save_option
@remote
def enter(session: Session, number: str, id_: str | None, wait: float, save: str | None) -> None:
    """登簿 Enter a case (registry): all its acts, or exit 5 with every reason.

    \b
    示例 Example:
      dengbu case enter 441302-20261122-000001 --save sale.tlog-proof --as hz-registry
    """
    with session.writer() as client:
        show_case(session, awaited(client.cases.enter(number, key=id_, wait=wait), wait), save)


@command.command("refuse")
@click.argument("number")
@click.option(
    "--ground",
    "grounds",
    nargs=2,
    multiple=True,
    required=True,
    metavar="LAW CODE",
    help="理由 ground: article and text code; may be repeated.",
)
@idempotency_option
@wait_option
@save_option
@remote
def refuse(
    session: Session,
    number: str,
    grounds: tuple[tuple[str, str], ...],
    id_: str | None,
    wait: float,
    save: str | None,
) -> None:
    """不予登记 Refuse registration (registry), each ground with its article.

    \b
    示例 Example:
      dengbu case refuse 441302-20261122-000001 --ground REG-22 ownership-dispute --as hz-registry
    """
    listed = [{"law": law, "text_code": code} for law, code in grounds]
    with session.writer() as client:
        show_case(session, awaited(client.cases.refuse(number, listed, key=id_, wait=wait), wait), save)


@command.command("withdraw")
@click.argument("number")
@idempotency_option
@wait_option
@remote
def withdraw(session: Session, number: str, id_: str | None, wait: float) -> None:
    """撤回 Withdraw an application that is not decided.

    \b
    示例 Example:
      dengbu case withdraw 441302-20261122-000001 --as bank-a
    """
    with session.writer() as client:
        show_case(session, awaited(client.cases.withdraw(number, key=id_, wait=wait), wait), None)


@command.command("rate")
@click.argument("number")
@click.argument("score", type=click.IntRange(min(SCORES), max(SCORES)))
@idempotency_option
@wait_option
@remote
def rate(session: Session, number: str, score: int, id_: str | None, wait: float) -> None:
    """好差评 Rate how a decided case was handled: 5 非常满意 the best, 1 非常不满意 the worst.

    \b
    示例 Example:
      dengbu case rate 441302-20261122-000001 5 --as bank-a
    """
    with session.writer() as client:
        show_case(session, awaited(client.cases.rate(number, score, key=id_, wait=wait), wait), None)


@command.command("watch")
@click.argument("number", required=False)
@click.option("--after", type=click.IntRange(-1), default=-1, help="从此条之后 resume after this index.")
@click.option("--until-decided", is_flag=True, help="办结即止 end when the case is decided (needs a number).")
@remote
def watch(session: Session, number: str | None, after: int, until_decided: bool) -> None:
    """跟踪 Follow entries as they become final, of one case or of all; with --json one object per line.

    \b
    示例 Example:
      dengbu case watch 441302-20261122-000001 --until-decided --as bank-a
    """
    if until_decided and number is None:
        raise click.UsageError("--until-decided 需要案件编号 needs a case number")
    with session.client() as client:
        if until_decided and number:
            show_case(session, _decided(session, client, number, after), None)
            return
        for item in client.events(after=after, case=number):
            session.show(item, [_step(item)])


def _decided(session: Session, client: Client, number: str, after: int) -> Case:
    """Return a case once it is decided by a final entry; say each step of it on the way, to people. Raises NotFound."""
    client.cases.get(number)
    for item in client.events(after=after, case=number):
        if not session.as_json:
            session.show(item, [_step(item)])
        case = client.cases.get(number)
        if case.decided is not None and item.index >= case.decided:
            return case
    return client.cases.get(number)


def _step(item: FeedItem) -> str:
    return f"{item.index:>8}  {moment(item.time)}  {item.type}  {item.outcome}  {item.case or ''}"


for _more in (check, clock, suspend, resume, overdue, draft, countersign, submit):
    command.add_command(_more)
