"""What can be done with the network that a kept demo leaves: commands to copy, each of which a test runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dengbu.scripts.invocation import command
from dengbu.scripts.net.devnet import Devnet, on
from dengbu.scripts.net.homes import AUDITOR
from dengbu.scripts.story.leaving import SALE_TO_MAKE, Open
from dengbu.scripts.story.stage import BANK_A, BANK_B, REGISTRY, TAX, Deeds

INDENT = "    "


@dataclass(frozen=True)
class Step:
    """One thing to try: what it shows, and the command line for it."""

    zh: str
    en: str
    line: str


def steps(net: Devnet, deeds: Deeds, left: Open) -> Iterator[tuple[str, list[Step]]]:
    """Yield what a newcomer may try in each role, in an order that works; the last one takes the network away."""
    yield "银行网点 a bank outlet", list(_at_the_bank(net, deeds, left))
    yield "税务局 the tax bureau", list(_at_the_bureau(net, left))
    yield "登记机构 the registry", list(_at_the_registry(net, deeds, left))
    yield "持证人 who holds a certificate", list(_at_home(net, deeds))
    yield "审计 an auditor", list(_auditing(net))
    yield "网络 the network", list(_running(net))


def _at_the_bank(net: Devnet, deeds: Deeds, left: Open) -> Iterator[Step]:
    file = str(left.application)
    certificate = _as(net, BANK_A, "get", f"/v1/certificates/{left.title['certificate']}")
    yield Step("客户出示的证书", "the certificate that a customer shows", certificate)
    tried = _as(net, BANK_A, "case", "check", file)
    yield Step("预检抵押申请", "try an application for a mortgage", tried)
    applied = _as(net, BANK_A, "case", "apply", file, "--id", "loan-2026-000002")
    yield Step("提交，随即秒批", "make it; the automatic desk enters it at once", applied)
    mine = _as(net, BANK_A, "case", "list", "--mine")
    yield Step("本行的案件", "the bank's cases", mine)
    flags = _as(net, BANK_B, "unit", "show", deeds.mortgaged["unit"])
    yield Step("另一家银行只见有无标志", "another bank sees flags only", flags)


def _at_the_bureau(net: Devnet, left: Open) -> Iterator[Step]:
    yield Step("待办", "what waits", _as(net, TAX, "tax", "list"))
    assessed = _as(net, TAX, "tax", "assess", left.sale, "deed=due", "iit=due", "lvat=none")
    yield Step("核定买卖的税", "assess the taxes of a sale", assessed)
    paid = ("--voucher", "deed", "344010260000000003", "payment")
    free = ("--voucher", "iit", "344010260000000004", "exemption")
    cleared = _as(net, TAX, "tax", "clear", left.sale, *paid, *free)
    yield Step("确认契税已缴、个人所得税免征", "confirm that one is paid and one exempted", cleared)


def _at_the_registry(net: Devnet, deeds: Deeds, left: Open) -> Iterator[Step]:
    yield Step("审核该买卖", "take the sale into review", _as(net, REGISTRY, "case", "review", left.sale))
    entered = _as(net, REGISTRY, "case", "enter", left.sale)
    yield Step("登簿", "enter it: without the tax bureau's word it would be refused", entered)
    filed = _as(net, REGISTRY, "case", "apply", str(left.sale_application), "--id", SALE_TO_MAKE)
    yield Step(
        "受理另一宗买卖，等待税务局核定", "take in another sale, which then waits for the tax bureau", filed
    )
    whole = _as(net, REGISTRY, "unit", "show", deeds.mortgaged["unit"])
    yield Step("登记机构看到单元全貌", "the registry sees the whole unit", whole)
    history = _as(net, REGISTRY, "unit", "history", deeds.sold["unit"])
    yield Step("已转移单元的每一条记载", "every entry about the unit that was sold", history)
    fetched = _as(
        net,
        REGISTRY,
        "receipt",
        "get",
        str(deeds.sold["case"]),
        "-o",
        str(net.layout.receipts / "sale-again.tlog-proof"),
    )
    yield Step("取回并核验转移回执", "fetch the sale's receipt and verify it", fetched)


def _at_home(net: Devnet, deeds: Deeds) -> Iterator[Step]:
    for zh, en, name in (("抵押", "mortgage", "mortgage"), ("转移", "sale", "sale")):
        kept = net.layout.receipts / f"{name}.tlog-proof"
        line = command("receipt", "verify", kept, "--policy", net.policy_path)
        yield Step(f"离线核验{zh}回执，不需任何节点", f"verify the {en}'s receipt without any node", line)


def _auditing(net: Devnet) -> Iterator[Step]:
    remote = _as(net, f"{BANK_B}/{AUDITOR}", "log", "audit")
    yield Step("经由乙行节点从头审计", "audit the log from its start through a node", remote)
    local = command("audit", "--home", net.home(BANK_A))
    yield Step("审计节点自己的数据库", "audit a node's own database", local)
    looked = _as(net, f"{BANK_A}/{AUDITOR}", "get", "/v1/access-log")
    yield Step("甲行谁查看过个人信息", "who at this bank looked at personal data", looked)


def _running(net: Devnet) -> Iterator[Step]:
    yield Step("各节点状态", "how the nodes are", on(net.directory, "status"))
    yield Step("停止网络", "stop the network", on(net.directory, "down"))
    yield Step("再次启动", "start it again", on(net.directory, "up"))
    yield Step("停止并删除", "stop it and remove it", on(net.directory, "down", "--remove"))


def _as(net: Devnet, id: str, *words: str) -> str:
    return command(*words, "--as", id, "--net", net.directory)


def page(net: Devnet, deeds: Deeds, todo: Sequence[tuple[str, list[Step]]]) -> Iterator[str]:
    """Yield the lines of the page: where things are, then by role each step with its command on a line of its own."""
    yield ""
    yield "现在可以试 What you can do now"
    yield f"  网络目录 network        {net.directory}"
    for member in net.members.values():
        if member.running:
            yield f"  节点 node               {member.id:<12} {member.url}"
    yield f"  已抵押单元 mortgaged    {deeds.mortgaged['unit']}"
    yield f"  已转移单元 sold         {deeds.sold['unit']}"
    yield f"  不动产权证书 certificate {deeds.sold['certificate']}"
    yield f"  客户端密钥 client keys  {net.client_key(REGISTRY).parent}"
    yield f"  会签规则 policy         {net.policy_path}"
    yield f"  回执 receipts           {net.layout.receipts}"
    for role, these in todo:
        yield ""
        yield f"{role}"
        for step in these:
            yield f"  {step.zh} {step.en}:"
            yield INDENT + step.line
