"""`dengbu case draft`, `countersign` and `submit`: applications that several institutions sign before one submits."""

from __future__ import annotations

import click

from dengbu.api.client import NotAnEvent
from dengbu.scripts.commands.case_parts import (
    application,
    awaited,
    bundle_option,
    idempotency_option,
    save_option,
    show_case,
    wait_option,
)
from dengbu.scripts.session import Input, Output, Session, read_bytes, remote, write_bytes

out_option = click.option("-o", "--out", type=Output(), required=True, help="输出文件 file to write.")


@click.command("draft")
@click.argument("file", type=Input(stdin=True))
@bundle_option
@idempotency_option
@out_option
@remote
def draft(session: Session, file: str, bundle: str | None, id_: str | None, out: str) -> None:
    """拟定 Sign an application for others to sign; this node submits it afterwards, within a day.

    \b
    示例 Example:
      dengbu case draft sale.json --bundle sale-paying-off -o sale.signed.json --as hz-registry
    """
    asked = application(file)
    with session.writer() as client:
        _write(session, client.drafts.make(**asked, bundle=bundle, key=id_), out)


@click.command("countersign")
@click.argument("file", type=Input())
@out_option
@remote
def countersign(session: Session, file: str, out: str) -> None:
    """会签 Add this institution's signature to another's application; read the acts in the file first.

    \b
    示例 Example:
      dengbu case countersign sale.signed.json -o sale.both.json --as bank-a
    """
    with session.writer() as client:
        _write(session, client.drafts.countersign(read_bytes(file)), out)


@click.command("submit")
@click.argument("file", type=Input())
@wait_option
@save_option
@remote
def submit(session: Session, file: str, wait: float, save: str | None) -> None:
    """提交 Submit an application that every institution concerned has signed, where it was drafted.

    \b
    示例 Example:
      dengbu case submit sale.both.json --as hz-registry
    """
    raw = read_bytes(file)
    with session.writer() as client:
        try:
            case = client.cases.submit(raw, wait=wait)
        except NotAnEvent as error:
            raise click.ClickException(
                f"{file} 不是 case draft 签署的申请 is no application signed by case draft and case countersign: {error}"
            ) from error
        show_case(session, awaited(case, wait), save)


def _write(session: Session, raw: bytes, out: str) -> None:
    write_bytes(out, raw)
    session.show({"file": out, "bytes": len(raw)}, [f"已签署 signed: {out}"])
