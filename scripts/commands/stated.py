"""`dengbu court`, `mark`, `notice`, `objection`, `fault`, `loss` and `payload`: what an institution states by itself.

Each of their commands that writes is made of the ledger's row of its type of event.
"""

from __future__ import annotations

from typing import Any

import click

from dengbu.api.client import NoPolicy, OutcomeUnknown
from dengbu.api.client.kinds import Form, form, types
from dengbu.scripts import forms
from dengbu.scripts.commands.case_parts import idempotency_option, save_option, wait_option
from dengbu.scripts.commands.stated_lists import access_log, court_list, listing, show_payloads
from dengbu.scripts.session import Session, remote, write_bytes
from dengbu.scripts.wording import event_lines, receipt_lines, result_lines

UNIT = "441302001001GB00001F00010001"
# What stands in the examples for a member that must be given.
SAMPLES = {
    "unit": UNIT,
    "document": "(2026)粤13执1号",
    "until": "2028-11-21",
    "right": f"R-{UNIT}-1",
    "debtor": "0" * 64,
    "seizure": "S-31",
    "order": "O-34",
    "mode": "single",
    "holders": f"{'0' * 64} 1/1",
    "kind": "freeze",
    "mark": "K-36",
    "objection": "O-441302-20261122-000001-1",
    "notice": "N-441302-20261122-000001-1",
    "on": "2026-11-22",
    "fault": "F-38",
    "commitments": "0" * 64,
    "ground": "subject-request",
}
ABOUT = {
    "court": "查封与协助执行 Courts: seize, renew and release; order a transfer, or take the order back",
    "mark": "争议与限制 Disputes and freezes on a unit: set, lift and list them",
    "notice": "预告登记 Advance notices of a unit; state the day from which the promise can be registered",
    "objection": "异议登记 Objections on a unit; show the suit that keeps one in force",
    "fault": "登记错误 Errors in the register: tell the holder, announce the correction",
    "loss": "遗失公告 Announce that a certificate is lost",
    "payload": "隐私材料 Personal data: read a case's, see who read, and erase",
}
BY = {"court": "hz-court", "mark": "hz-court"}


def _statement(session: Session, form_: Form, data: dict[str, Any], **options: Any) -> None:
    id_, wait, save = options["id_"], options["wait"], options["save"]
    with session.writer() as client:
        outcome, receipt = client.events.state(form_.type, data, key=id_, wait=wait)
    if (wait or save is not None) and not outcome.final:
        raise OutcomeUnknown(f"{wait:g} 秒内未会签完成 not final within {wait:g} s", outcome.id)
    if save is not None and receipt is None:
        raise NoPolicy
    lines = [f"{form_.zh} {form_.en}", *event_lines(outcome), *result_lines(outcome)]
    if save is not None and receipt is not None:
        try:
            write_bytes(save, receipt.raw)
        except click.ClickException:
            session.show(outcome, lines)
            raise
        lines += ["", f"回执已核验并保存 receipt verified and kept: {save}", *receipt_lines(receipt)]
    session.show(outcome, lines)


def _wrap(run: Any) -> Any:
    return idempotency_option(wait_option(save_option(remote(run))))


def _group(name: str) -> click.Group:
    made = click.Group(name)
    for type_ in types():
        prefix, _, verb = type_.partition(".")
        if prefix == name:
            who = f"--as {BY.get(name, 'hz-registry')}"
            example = f"{forms.example_of(form(type_), f'dengbu {name} {verb}', SAMPLES)} {who}"
            made.add_command(forms.command(form(type_), verb, _quoted(example), _statement, _wrap))
    for more in LISTS.get(name, ()):
        made.add_command(more)
    made.help = f"{ABOUT[name]}.\n\n\b\n示例 Example:\n  {next(_examples(made))}"
    return made


def _examples(group: click.Group) -> Any:
    for each in group.commands.values():
        yield (each.help or "").strip().splitlines()[-1].strip()


def _quoted(example: str) -> str:
    """Return an example with the number of a document in quotes, as a shell needs it."""
    return example.replace(SAMPLES["document"], f"'{SAMPLES['document']}'")


LISTS: dict[str, tuple[click.Command, ...]] = {
    "court": (court_list,),
    "mark": (listing("mark", "marks", "争议与限制 the disputes and freezes"),),
    "notice": (listing("notice", "notices", "预告登记 the advance notices"),),
    "objection": (listing("objection", "objections", "异议登记 the objections"),),
    "payload": (show_payloads, access_log),
}
court, mark, notice, objection, fault, loss, payload = map(_group, ABOUT)
