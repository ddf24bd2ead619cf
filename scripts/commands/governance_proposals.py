"""`dengbu governance propose`: a proposal for each type of governance event, made of the ledger's row of it."""

from __future__ import annotations

import json
from typing import Any

import click

from dengbu.api.client.kinds import Form, form, types
from dengbu.scripts import forms
from dengbu.scripts.session import Input, Output, Session, local, read_json, write_bytes

ADMIT, POLICY = "institution.admit", "policy.set"
ELSEWHERE = ("network.genesis", ADMIT, POLICY)  # founded by `node`; made below; drafted by `policy draft`
SAMPLES = {
    "institution": "bank-b",
    "reason": "left-the-network",
    "old": "0" * 64,
    "key": f"event Ed25519 {'0' * 64}",
    "key.revoke": "0" * 64,
}
out_option = click.option("-o", "--out", type=Output(), required=True, help="提案文件 file to write.")


@click.group("propose")
def propose() -> None:
    """提案 Write a proposal, unsigned, in a file; institutions then sign it one after the other. Nothing is sent.

    \b
    示例 Examples:
      dengbu governance propose institution.suspend bank-b --reason left-the-network -o suspend.json
      dengbu policy draft limit_days=3 -o faster.json
    """


def write_proposal(session: Session, type_: str, data: dict[str, Any], out: str) -> None:
    """Write a proposal to a file and say what comes next. Raises NotSuchData for data of another shape."""
    form(type_).check(data)
    raw = json.dumps({"type": type_, "data": data}, ensure_ascii=False, indent=1) + "\n"
    write_bytes(out, raw.encode())
    session.show(
        {"file": out, "type": type_, "data": data},
        [
            f"提案 proposal: {out}",
            "下一步 next: dengbu governance sign",
        ],
    )


@propose.command(ADMIT)
@click.argument("request", type=Input())
@out_option
@local
def admit(session: Session, request: str, out: str) -> None:
    """接纳 Propose to admit an institution, by the request.json that its `node init` made.

    \b
    示例 Example:
      dengbu governance propose institution.admit request.json -o admit.json
    """
    asked = read_json(request)
    if not isinstance(asked, dict) or "keys" not in asked:
        raise click.ClickException(
            f"不是入网申请 {request} is not the request.json of an institution, which has its id, role, names and keys"
        )
    keys = asked.pop("keys")
    write_proposal(session, ADMIT, {"institution": asked, "keys": keys}, out)


def _propose(session: Session, form_: Form, data: dict[str, Any], **options: Any) -> None:
    write_proposal(session, form_.type, data, options["out"])


for _type in types():
    if form(_type).governed and _type not in ELSEWHERE:
        _samples = {**SAMPLES, "key": SAMPLES.get(_type, SAMPLES["key"])}
        _words = forms.example_of(form(_type), f"dengbu governance propose {_type}", _samples)
        propose.add_command(
            forms.command(
                form(_type), _type, f"{_words} -o proposal.json", _propose, lambda run: out_option(local(run))
            )
        )
