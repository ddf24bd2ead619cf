"""What can be done with the network that a kept demo leaves: commands to copy, each of which a test runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dengbu.scripts.invocation import command
from dengbu.scripts.net.devnet import Devnet, on
from dengbu.scripts.net.homes import AUDITOR
from dengbu.scripts.story.stage import BANK_A, BANK_B, REGISTRY, TAX, Deeds

INDENT = "    "


@dataclass(frozen=True)
class Step:
    """One thing to try: what it shows, and the command line for it."""

    zh: str
    en: str
    line: str


def steps(net: Devnet, deeds: Deeds) -> Iterator[Step]:
    """Yield what a newcomer may try, in an order that works; the last one takes the network away."""
    yield from _asking(net, deeds)
    yield from _proving(net, deeds)
    yield Step("各节点状态", "how the nodes are", on(net.directory, "status"))
    yield Step("停止网络", "stop the network", on(net.directory, "down"))
    yield Step("再次启动", "start it again", on(net.directory, "up"))
    yield Step("停止并删除", "stop it and remove it", on(net.directory, "down", "--remove"))


def _asking(net: Devnet, deeds: Deeds) -> Iterator[Step]:
    mortgaged, sold = deeds.mortgaged["unit"], deeds.sold["unit"]
    whole, flags = _as(net, REGISTRY, "unit", "show", mortgaged), _as(net, BANK_B, "unit", "show", mortgaged)
    yield Step("登记机构看到单元全貌", "the registry sees the whole unit", whole)
    yield Step("另一家银行只见有无标志", "another bank sees flags only", flags)
    history = _as(net, REGISTRY, "unit", "history", sold)
    yield Step("已转移单元的每一条记载", "every entry about the unit that was sold", history)
    certificate = _as(net, BANK_A, "get", f"/v1/certificates/{deeds.sold['certificate']}")
    yield Step("凭证书号查询", "a certificate by its number", certificate)
    yield Step("税务局的待办", "the tax bureau's list", _as(net, TAX, "tax", "list"))


def _proving(net: Devnet, deeds: Deeds) -> Iterator[Step]:
    kept, again = net.layout.receipts / "mortgage.tlog-proof", net.layout.receipts / "sale-again.tlog-proof"
    offline = command("receipt", "verify", kept, "--policy", net.policy_path)
    yield Step("离线核验抵押回执", "verify the mortgage's receipt, offline", offline)
    fetched = _as(net, REGISTRY, "receipt", "get", str(deeds.sold["case"]), "-o", str(again))
    yield Step("取回并核验转移回执", "fetch the sale's receipt and verify it", fetched)
    remote, local = (
        _as(net, f"{BANK_B}/{AUDITOR}", "log", "audit"),
        command("audit", "--home", net.home(BANK_A)),
    )
    yield Step("经由乙行节点从头审计", "audit the log from its start through a node", remote)
    yield Step("审计节点自己的数据库", "audit a node's own database", local)


def _as(net: Devnet, id: str, *words: str) -> str:
    return command(*words, "--as", id, "--net", net.directory)


def page(net: Devnet, deeds: Deeds, todo: list[Step]) -> Iterator[str]:
    """Yield the lines of the page: where things are, then each step with its command on a line of its own."""
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
    for step in todo:
        yield ""
        yield f"  {step.zh} {step.en}:"
        yield INDENT + step.line
