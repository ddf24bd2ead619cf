"""Parts shared by the commands about cases and their taxes: options, waiting for an outcome, showing a case."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

import click

from dengbu.api.client import Case, Deal, DengbuError, Outcome, OutcomeUnknown
from dengbu.api.client.bundles import BUNDLES
from dengbu.scripts.session import Output, Session, read_json, write_bytes
from dengbu.scripts.wording import OUTCOMES, WAITS, moment, receipt_lines

T = TypeVar("T", Case, Deal)
WAIT_S = 15.0
wait_option = click.option(
    "--wait",
    type=click.FloatRange(0, 600),
    default=WAIT_S,
    show_default=True,
    help="等待会签(秒) seconds to wait for the quorum.",
)
idempotency_option = click.option(
    "--id", "id_", metavar="ID", help="幂等编号 idempotency key; the same again changes nothing."
)
bundle_option = click.option(
    "--bundle",
    type=click.Choice(list(BUNDLES)),
    help="一并申请 the acts form one of these bundles: they are put in order, and missing rights are filled in.",
)
save_option = click.option("--save", type=Output(), help="保存回执 keep the verified receipt in this file.")


def application(file: str) -> dict[str, Any]:
    """Read an application from a file, as `cases.apply` takes it. Raises UsageError if it holds anything else."""
    asked = read_json(file)
    needed = {"district", "channel", "acts"}
    if not isinstance(asked, dict) or not needed <= set(asked) <= {*needed, "shared", "private", "agents"}:
        raise click.UsageError(
            '文件内容不符 the file must hold {"district", "channel", "acts", "shared"?, "private"?, "agents"?}'
        )
    return asked


def awaited(found: T, wait: float) -> T:
    """Return a case or deal after an act. Raises OutcomeUnknown if `wait` seconds did not bring its outcome.

    With `wait` 0 a pending outcome is a valid answer.
    """
    if wait and found.outcome is not None and not found.outcome.final:
        raise OutcomeUnknown(f"{wait:g} 秒内未会签完成 not final within {wait:g} s", found.outcome.id)
    return found


def show_case(session: Session, case: Case, save: str | None) -> None:
    """Print a case; with `save`, keep its verified receipt there.

    The case is told even if its receipt cannot be had or kept: what was sent has taken effect.
    """
    lines = [*case_lines(case)]
    if save is not None:
        try:
            lines += _kept(case, save)
        except (DengbuError, click.ClickException):
            if not session.as_json:  # of JSON only one object is printed: the error, which names the case
                session.show(case, lines)
            raise
    session.show(case, lines)


def _kept(case: Case, save: str) -> list[str]:
    """Keep the verified receipt of a case; return what it proves. Raises ClickException if it cannot be written."""
    receipt = case.receipt()
    try:
        write_bytes(save, receipt.raw)
    except click.ClickException as error:
        state = OUTCOMES.get(case.state, case.state)
        raise click.ClickException(
            f"案件 case {case.number}: {state}, 但回执未能保存 but the receipt was not kept: {error.message}"
        ) from error
    return ["", f"回执已核验并保存 receipt verified and kept: {save}", *receipt_lines(receipt)]


def case_lines(case: Case) -> Iterator[str]:
    """Return a case in a few lines."""
    # loads the rules of every act, which only a case that is shown needs
    from dengbu.api.client.acts import title

    yield f"案件 case          {case.number or '-'}"
    yield f"状态 state         {OUTCOMES.get(case.state, case.state)}"
    if case.actor:
        yield f"申请机构 applicant {case.actor} {case.office or ''}".rstrip()
    for act in case.acts:
        about = " ".join(str(act[name]) for name in ("unit", "mortgage", "right") if name in act)
        yield f"登记行为 act       {title(str(act.get('act')))} {about}"
    if case.applied is not None:
        yield f"受理 accepted      第 {case.applied} 条 entry {case.applied}, {moment(case.applied_at)}"
    yield from _handling_lines(case)
    if case.decided is not None:
        yield f"办结 decided       第 {case.decided} 条 entry {case.decided}, {moment(case.decided_at)}"
    state = case.extra.get("deal_state")
    if state:
        yield f"涉税 deal          {state}"
    if case.outcome is not None:
        yield from sent_lines(case.outcome)


def sent_lines(outcome: Outcome) -> Iterator[str]:
    """Yield what became of the event that a command has sent: the entry that records it, or its id while it is pending."""
    if not outcome.final:
        yield f"事件 event         {outcome.actor}/{outcome.id}"
    elif outcome.outcome == "recorded":
        yield f"{OUTCOMES['recorded']}    第 {outcome.index} 条 entry {outcome.index}, {moment(outcome.time)}"


def _handling_lines(case: Case) -> Iterator[str]:
    """Yield what the applicant has to know of the handling: why a person decides, what is asked for, why it was refused."""
    for doubt in case.doubts:
        yield f"转人工 to a person {doubt['title_zh']} {doubt['title_en']} [{doubt['code']}]"
    if case.suspended:
        yield f"中止 suspended     {WAITS.get(case.suspended, case.suspended)}, 自 since {moment(case.suspended_at)}"
    if case.requested:
        yield f"补正 asked for     {' '.join(case.requested)}"
    if case.reviewed:
        yield (
            "审核 review        审核中 in review"
            if case.decided is None
            else "审核 review        经审核 reviewed"
        )
    for ground in case.grounds:
        yield f"理由 ground        {ground['law']} {ground['text_code']}"
