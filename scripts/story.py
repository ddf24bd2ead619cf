"""The story of the demo, scene by scene, told only through the SDK and the `dengbu` command.

Each scene states what must come out and raises `StoryFailed` if it does not: the demo is a check as well as a show.
"""

import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from api.client import Client, Rejected
from scripts import city
from scripts.devnet import Devnet
from scripts.narrator import Narrator
from scripts.title_csv import read_titles

REGISTRY, TAX, BANK_A, BANK_B, COURT = "hz-registry", "hz-tax", "bank-a", "bank-b", "hz-court"
IMPORT_WORKERS = 4
WAIT_S = 20.0
LOAN_FEN = 80_000_000
PRICE_FEN = 120_000_000
DEED_FEN = 1_200_000
IIT_FEN = 1_200_000
SEIZED_UNTIL_YEARS = 2
EXIT_VERIFICATION = 3


class StoryFailed(Exception):
    """Something in the story did not come out as the rules say."""


@dataclass
class Story:
    """What the scenes share: the network, a client for each institution, the imported titles, the receipts kept."""

    net: Devnet
    say: Narrator
    seed: int
    titles_count: int
    folder: Path
    titles: list[dict[str, Any]] = field(default_factory=list)
    kept: list[Path] = field(default_factory=list)
    rng: random.Random = field(default_factory=random.Random)

    def client(self, institution: str) -> Client:
        """A client of an institution's own node, with the key of its officer or system."""
        return self.net.client(institution)

    def keep(self, name: str, raw: bytes) -> Path:
        """Keep a receipt as a file."""
        path = self.folder / f"{name}.tlog-proof"
        path.write_bytes(raw)
        self.kept.append(path)
        return path

    def title(self, wanted: Callable[[Mapping[str, Any]], bool]) -> dict[str, Any]:
        """Take the first title, not yet taken, that fits."""
        for place, title in enumerate(self.titles):
            if wanted(title):
                return self.titles.pop(place)
        raise StoryFailed("no fitting title in the city; import more units")


def tell(story: Story) -> None:
    """All scenes in order."""
    story.rng.seed(story.seed)
    scene_genesis(story)
    scene_import(story)
    mortgaged = scene_mortgage(story)
    scene_sale(story)
    scene_strangers(story, mortgaged)
    scene_views(story, mortgaged)


def _single_dwelling(title: Mapping[str, Any]) -> bool:
    return title["mode"] == "single" and title["use"] == "dwelling" and title["holders"][0]["id_type"] == "1"


def scene_genesis(story: Story) -> None:
    """(a) The network forms from a genesis file."""
    story.say.scene("a", "四家机构由创世文件组成网络", "the network forms from a genesis file")
    with story.client(REGISTRY) as registry:
        members = registry.institutions.list()
        for member in members:
            story.say.line(
                f"{member.name_zh} ({member.id}) 节点 {story.net.url(member.id)}",
                f"{member.name_en}: role {member.role}, own process, own keys, own database",
            )
        receipt = registry.receipts.get(0)
    story.say.line(
        f"第 0 条: 创世, 由 {len(receipt.cosigners)} 家会签",
        f"entry 0 is the genesis, cosigned by {len(receipt.cosigners)} of {len(members)} institutions",
    )


def scene_import(story: Story) -> None:
    """(b) Existing titles are imported from a CSV file; a file with mistakes is not half-imported."""
    story.say.scene("b", "导入存量登记数据", "existing titles are imported from a CSV file")
    good, bad = story.folder / "titles.csv", story.folder / "titles-with-mistakes.csv"
    rows = city.write_csv(good, story.seed, story.titles_count)
    city.spoil(good, bad)
    faults = read_titles(bad).faults
    story.say.line(
        f"{bad.name}: 发现 {len(faults)} 处错误, 一行也不导入",
        f"{len(faults)} mistakes found, nothing of this file is imported",
    )
    for fault in faults:
        story.say.line(f"  {fault}", f"{bad.name}:{fault.line}")
    found = read_titles(good)
    if found.faults or len(faults) < len(city.SPOILED):
        raise StoryFailed(
            f"expected {len(city.SPOILED)} faults and then none, found {len(faults)} and {len(found.faults)}"
        )
    began = time.monotonic()
    with story.say.progress("导入", "importing", len(found.titles)) as step:
        import_titles(lambda: story.client(REGISTRY), found.titles, step)
    took = time.monotonic() - began
    story.titles = list(found.titles)
    story.say.line(
        f"{rows} 行, {len(found.titles)} 个不动产单元, {took:.1f} 秒, 姓名证件只在登记机构的保管库",
        f"{rows} rows, {len(found.titles)} units in {took:.1f} s; names and numbers rest in the registry's vault alone",
    )


def import_titles(
    connect: Callable[[], Client], titles: Sequence[dict[str, Any]], step: Callable[[], Any]
) -> None:
    """Submit titles over a few connections; the id is the certificate's, so that a second run imports nothing twice."""

    def run(part: Sequence[dict[str, Any]]) -> None:
        with connect() as client:
            for title in part:
                client.titles.import_one(title, key=f"import-{title['unit']}", wait=0)
                step()
            for title in part[-1:]:
                client.titles.import_one(title, key=f"import-{title['unit']}", wait=WAIT_S)

    with ThreadPoolExecutor(IMPORT_WORKERS) as pool:
        for done in [pool.submit(run, titles[n::IMPORT_WORKERS]) for n in range(IMPORT_WORKERS)]:
            done.result()


def scene_mortgage(story: Story) -> dict[str, Any]:
    """(c) A bank's outlet submits a mortgage; the automatic desk enters it."""
    story.say.scene(
        "c",
        "银行网点提交抵押登记, 秒批登簿",
        "a bank outlet submits a mortgage, the automatic desk enters it",
    )
    title = story.title(_single_dwelling)
    began = time.monotonic()
    with story.client(BANK_A) as bank:
        shown = bank.certificates.get(title["certificate"]).extra
        case = bank.cases.apply(
            district=city.DISTRICT,
            channel="outlet",
            key="loan-2026-000001",
            acts=[
                {
                    "act": "mortgage.set",
                    "unit": title["unit"],
                    "right": shown["right"],
                    "mortgagee": BANK_A,
                    "kind": "ordinary",
                    "no_transfer": False,
                    "consent": [holder["ref"] for holder in shown["holders"]],
                }
            ],
            private={
                "parties": {
                    "value": {"mortgagors": [_person(one) for one in title["holders"]]},
                    "to": [BANK_A, REGISTRY],
                },
                "terms": {
                    "value": {"amount_fen": LOAN_FEN, "scope": "主债权及利息、违约金"},
                    "to": [BANK_A, REGISTRY],
                },
            },
            wait=WAIT_S,
        )
        accepted_ms = (time.monotonic() - began) * 1000
        story.say.line(
            f"受理: 案件 {case.number}, {accepted_ms:.0f} 毫秒",
            f"accepted and final: case {case.number}, {accepted_ms:.0f} ms",
        )
        done = bank.cases.wait(case, timeout=WAIT_S)
        receipt = bank.cases.receipt(done)
        entered_ms = (time.monotonic() - began) * 1000
    if done.state != "entered":
        raise StoryFailed(f"the mortgage is {done.state}")
    number = receipt.result["certificates"][0]["number"]
    path = story.keep("mortgage", receipt.raw)
    story.say.line(
        f"登簿: {number}, 自申请起 {entered_ms:.0f} 毫秒; 回执 {path.name}, {len(receipt.cosigners)} 家会签",
        f"entered {entered_ms:.0f} ms after the application; receipt {path.name}, {len(receipt.cosigners)} cosignatures",
    )
    return {**title, "mortgage": receipt.result["mortgages"][0]["id"], "case": done.number}


def _person(holder: Mapping[str, Any]) -> dict[str, Any]:
    return {name: holder[name] for name in ("name", "id_type", "id_no")}


def apply_for_sale(story: Story, registry: Client, title: Mapping[str, Any], key: str) -> str:
    """Apply, at a registry counter, for the sale of a title to a made-up buyer; the case number."""
    buyer = city.person(story.rng)
    ref = registry.titles.holder_reference(title["unit"], buyer.id_type, buyer.id_no)
    shown = registry.certificates.get(title["certificate"]).extra
    case = registry.cases.apply(
        district=city.DISTRICT,
        channel="counter",
        key=key,
        acts=[
            {
                "act": "transfer",
                "unit": title["unit"],
                "right": shown["right"],
                "cause": "sale",
                "seller": "person",
                "mode": "single",
                "holders": [{"ref": ref, "share": "1/1"}],
                "consent": [holder["ref"] for holder in shown["holders"]],
            }
        ],
        private={
            "parties": {
                "value": {
                    "transferors": [_person(one) for one in title["holders"]],
                    "transferees": [{"name": buyer.name, "id_type": buyer.id_type, "id_no": buyer.id_no}],
                },
                "to": [REGISTRY, TAX],
            },
            "contract": {"value": {"price_fen": PRICE_FEN, "contract_no": key}, "to": [REGISTRY, TAX]},
        },
        wait=WAIT_S,
    )
    return str(case.number)


def scene_sale(story: Story) -> None:
    """(d) A sale is applied for, assessed, tried before payment, paid, entered."""
    story.say.scene("d", "买卖转移: 未完税不予登簿", "a sale: not entered until its tax is cleared")
    title = story.title(_single_dwelling)
    with story.client(REGISTRY) as registry, story.client(TAX) as tax:
        case = apply_for_sale(story, registry, title, "sale-2026-000001")
        story.say.line(
            f"受理: 案件 {case}, 涉税信息同时到达税务局",
            f"accepted: case {case}; the tax bureau's node has it at once",
        )
        tax.tax.assess(
            case,
            {"deed": "due", "iit": "due", "lvat": "none"},
            private={
                "amounts": {"value": {"due_fen": {"deed": DEED_FEN, "iit": IIT_FEN}}, "to": [REGISTRY, TAX]}
            },
            wait=WAIT_S,
        )
        story.say.line(
            "税务局核定: 契税、个人所得税应缴", "assessed: deed tax and the seller's income tax are due"
        )
        refused(
            story,
            lambda: registry.cases.enter(case, wait=WAIT_S),
            {"tax-not-cleared", "iit-not-cleared"},
            "sale-unpaid",
        )
        tax.tax.clear(
            case,
            [
                {"tax": "deed", "number": "344010260000000001", "kind": "payment"},
                {"tax": "iit", "number": "344010260000000002", "kind": "payment"},
            ],
            private={
                "payments": {"value": {"paid_fen": {"deed": DEED_FEN, "iit": IIT_FEN}}, "to": [REGISTRY, TAX]}
            },
            wait=WAIT_S,
        )
        story.say.line("税务局确认完税", "the tax bureau confirms both payments")
        done = registry.cases.enter(case, wait=WAIT_S)
        receipt = done.receipt()
    path = story.keep("sale", receipt.raw)
    number = receipt.result["certificates"][0]["number"]
    story.say.line(
        f"登簿: {number}; 完税凭证同时核销; 回执 {path.name}",
        f"entered; the vouchers are consumed in the same commit; receipt {path.name}",
    )


def refused(story: Story, attempt: Callable[[], Any], expected: set[str], keep: str) -> None:
    """Try something that the rules must refuse, for these reasons among others; keep the receipt of the refusal."""
    try:
        attempt()
    except Rejected as refusal:
        names = {reason["name"] for reason in refusal.reasons}
        if not expected <= names:
            raise StoryFailed(f"expected {sorted(expected)}, was refused for {sorted(names)}") from refusal
        story.say.line(
            f"不予办理, {len(names)} 项理由:",
            f"refused for {len(names)} reason(s), entered in the log as such:",
        )
        story.say.reasons(refusal.reasons)
        if refusal.receipt is not None:
            story.keep(keep, refusal.receipt.raw)
        return
    raise StoryFailed(f"expected a refusal for {sorted(expected)}, but it was accepted")


def scene_strangers(story: Story, mortgaged: Mapping[str, Any]) -> None:
    """(e) Another bank may not discharge; a seized unit may not be sold."""
    story.say.scene(
        "e", "他行不得注销; 查封后不得转移", "another bank may not discharge; a seized unit may not be sold"
    )
    with story.client(BANK_B) as bank:
        acts = [{"act": "mortgage.discharge", "mortgage": mortgaged["mortgage"]}]
        refused(
            story,
            lambda: bank.cases.apply(district=city.DISTRICT, channel="outlet", acts=acts, wait=WAIT_S),
            {"not-mortgagee"},
            "discharge-by-stranger",
        )
    title = story.title(_single_dwelling)
    story.net.admit_court(COURT)
    story.say.line(
        "人民法院经治理签名加入网络", "a court joins by an event that a quorum of institutions signed"
    )
    until = f"{int(time.strftime('%Y', time.gmtime())) + SEIZED_UNTIL_YEARS}-06-30"
    document = "(2026)粤1302执1号"
    outcome = story.net.court_event(
        COURT, "court.seize", {"unit": title["unit"], "document": document, "until": until}
    )
    story.say.line(f"查封送达: 第 {outcome.index} 条", f"the seizure is served: entry {outcome.index}")
    with story.client(REGISTRY) as registry:
        refused(
            story,
            lambda: apply_for_sale(story, registry, title, "sale-2026-000002"),
            {"seized"},
            "sale-of-seized",
        )


def scene_views(story: Story, mortgaged: Mapping[str, Any]) -> None:
    """(f) Each party asks its own node and sees what it may."""
    story.say.scene(
        "f", "各方从自己的节点查询, 只见应见", "each party asks its own node and sees only what it may"
    )
    for institution in (REGISTRY, BANK_A, BANK_B):
        with story.client(institution) as client:
            unit = client.units.get(mortgaged["unit"])
            seen = sorted(name for name in ("use", "right", "mortgages") if getattr(unit, name))
            flags = unit.flags
        story.say.line(
            f"{institution}: {'登记簿全貌' if seen else '仅有无标志'} {[name for name, on in flags.items() if on]}",
            f"{institution} sees {', '.join(seen) if seen else 'five yes/no flags, no structure'}",
        )
    with story.client(BANK_A) as client:
        parts = client.cases.private(mortgaged["case"], purpose="loan-review")
    story.say.line(
        "bank-a 查阅本行案件的隐私材料: 先记入访问日志, 后给出内容",
        f"bank-a reads {len(parts['items'])} private parts of its own case: logged first",
    )


def tamper(home: Path) -> int:
    """Edit a node's database behind its back: the outcome of the newest refusal becomes an entry; the index edited."""
    with sqlite3.connect(home / "ledger.db", isolation_level=None) as database:
        triggers = database.execute(
            "SELECT name FROM sqlite_master WHERE type='trigger' AND tbl_name='entries'"
        ).fetchall()
        for (name,) in triggers:
            database.execute(f'DROP TRIGGER "{name}"')
        index, leaf = database.execute(
            "SELECT idx, leaf FROM entries WHERE outcome='refused' ORDER BY idx LIMIT 1"
        ).fetchone()
        edited = bytes(leaf).replace(b'"outcome":"refused"', b'"outcome":"entered"')
        database.execute("UPDATE entries SET leaf=?, outcome='entered' WHERE idx=?", (edited, index))
    database.close()
    return int(index)


def scene_tampering(story: Story) -> None:
    """(g) One node's database is edited behind its back; the audit names the first bad entry."""
    story.say.scene("g", "有人绕过程序改了一个节点的数据库", "one node's database is edited behind its back")
    story.net.stop([BANK_B])
    index = tamper(story.net.home(BANK_B))
    story.say.line(
        f"bank-b 的第 {index} 条由 refused 改为 entered",
        f"in bank-b's ledger.db entry {index} now says entered, not refused",
    )
    done = dengbu("log", "audit", "--home", str(story.net.home(BANK_B)))
    if done.returncode != EXIT_VERIFICATION or str(index) not in done.stdout + done.stderr:
        raise StoryFailed(f"the audit ended with {done.returncode}: {done.stdout}{done.stderr}")
    story.say.line(f"dengbu log audit: 退出码 {done.returncode}", (done.stdout + done.stderr).strip())


def scene_offline(story: Story) -> None:
    """(h) Receipts verify with every node stopped."""
    story.say.scene(
        "h", "关闭所有节点, 离线核验回执", "every node is stopped; the receipts are verified offline"
    )
    for path in story.kept:
        done = dengbu("receipt", "verify", str(path), "--policy", str(story.net.policy_path))
        if done.returncode:
            raise StoryFailed(f"{path.name}: {done.stdout}{done.stderr}")
        first = done.stdout.strip().splitlines()[0]
        story.say.line(f"{path.name}: 核验通过", first)


def dengbu(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the `dengbu` command as a person would, and keep what it prints."""
    command = [sys.executable, "-m", "scripts", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
