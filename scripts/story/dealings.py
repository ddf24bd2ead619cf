"""Scenes c, d and e: a mortgage, a taxed sale, and two refusals."""

import time
from collections.abc import Mapping
from typing import Any

from dengbu.api.client import Client
from dengbu.scripts.story.stage import (
    BANK_A,
    BANK_B,
    COURT,
    REGISTRY,
    TAX,
    WAIT_S,
    Story,
    StoryFailed,
    arrived,
    final,
    person_of,
    refused,
    single_dwelling,
)
from dengbu.scripts.titles import city

LOAN_FEN = 83_217_459  # odd amounts, so that searching raw bytes for them is meaningful
PRICE_FEN = 127_345_681
DEED_FEN = 1_273_457
IIT_FEN = 1_273_463
SEIZED_UNTIL_YEARS = 2


def mortgage_application(bank: Client, title: Mapping[str, Any]) -> dict[str, Any]:
    """Return the application that an outlet makes: the customer shows the certificate, whose number names the right."""
    shown = bank.certificates.get(title["certificate"])
    act = {
        "act": "mortgage.set",
        "unit": title["unit"],
        "right": shown.right,
        "mortgagee": BANK_A,
        "kind": "ordinary",
        "no_transfer": False,
        "consent": [holder["ref"] for holder in shown.holders],
    }
    to = [BANK_A, REGISTRY]
    parties = {"mortgagors": [person_of(one) for one in title["holders"]]}
    terms = {"amount_fen": LOAN_FEN, "scope": "主债权及利息、违约金"}
    private = {"parties": {"value": parties, "to": to}, "terms": {"value": terms, "to": to}}
    return {"district": city.DISTRICT, "channel": "outlet", "acts": [act], "private": private}


def scene_mortgage(story: Story) -> dict[str, Any]:
    """(c) A bank's outlet submits a mortgage; the automatic desk enters it."""
    story.say.scene(
        "c",
        "银行网点提交抵押登记，秒批登簿",
        "a bank outlet submits a mortgage, the automatic desk enters it",
    )
    title = story.title(single_dwelling)
    began = time.monotonic()
    with story.client(BANK_A) as bank:
        asked = mortgage_application(bank, title)
        case = final(bank.cases.apply(**asked, key="loan-2026-000001", wait=WAIT_S))
        accepted_ms = (time.monotonic() - began) * 1000
        story.say.line(
            f"受理：案件 {case.number}，{accepted_ms:.0f} 毫秒",
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
        f"登簿：{number}，自申请起 {entered_ms:.0f} 毫秒；回执 {path.name}，{len(receipt.cosigners)} 家会签",
        f"entered {entered_ms:.0f} ms after the application; receipt {path.name}, {len(receipt.cosigners)} cosignatures",
    )
    return {**title, "mortgage": receipt.result["mortgages"][0]["id"], "case": done.number}


def sale_application(
    story: Story, registry: Client, title: Mapping[str, Any], contract: str
) -> dict[str, Any]:
    """Return the application that a registry counter makes for the sale of a title to a made-up buyer."""
    buyer = city.person(story.rng)
    ref = registry.titles.holder_reference(title["unit"], buyer.id_type, buyer.id_no)
    shown = registry.certificates.get(title["certificate"])
    act = {
        "act": "transfer",
        "unit": title["unit"],
        "right": shown.right,
        "cause": "sale",
        "seller": "person",
        "mode": "single",
        "holders": [{"ref": ref, "share": "1/1"}],
        "consent": [holder["ref"] for holder in shown.holders],
    }
    parties = {
        "transferors": [person_of(one) for one in title["holders"]],
        "transferees": [{"name": buyer.name, "id_type": buyer.id_type, "id_no": buyer.id_no}],
    }
    to = [REGISTRY, TAX]
    price = {"price_fen": PRICE_FEN, "contract_no": contract}
    private = {"parties": {"value": parties, "to": to}, "contract": {"value": price, "to": to}}
    return {"district": city.DISTRICT, "channel": "counter", "acts": [act], "private": private}


def apply_for_sale(story: Story, registry: Client, title: Mapping[str, Any], key: str) -> str:
    """Apply at a registry counter for the sale of a title to a made-up buyer; return the case number."""
    asked = sale_application(story, registry, title, key)
    return str(final(registry.cases.apply(**asked, key=key, wait=WAIT_S)).number)


def scene_sale(story: Story) -> dict[str, Any]:
    """(d) A sale is applied for, assessed, refused entry before payment, paid, and entered."""
    story.say.scene("d", "买卖转移：未完税不予登簿", "a sale: not entered until its tax is cleared")
    title = story.title(single_dwelling)
    with story.client(REGISTRY) as registry, story.client(TAX) as tax:
        case = apply_for_sale(story, registry, title, "sale-2026-000001")
        arrived(tax, case)
        story.say.line(
            f"受理：案件 {case}，涉税信息同时到达税务局",
            f"accepted: case {case}; the tax bureau's node has it at once",
        )
        gates = {"deed": "due", "iit": "due", "lvat": "none"}
        due = {"value": {"due_fen": {"deed": DEED_FEN, "iit": IIT_FEN}}, "to": [REGISTRY, TAX]}
        final(tax.tax.assess(case, gates, private={"amounts": due}, wait=WAIT_S))
        story.say.line(
            "税务局核定：契税、个人所得税应缴", "assessed: deed tax and the seller's income tax are due"
        )
        refused(
            story,
            lambda: registry.cases.enter(case, wait=WAIT_S),
            {"tax-not-cleared", "iit-not-cleared"},
            "sale-unpaid",
        )
        vouchers = [
            {"tax": "deed", "number": "344010260000000001", "kind": "payment"},
            {"tax": "iit", "number": "344010260000000002", "kind": "payment"},
        ]
        paid = {"value": {"paid_fen": {"deed": DEED_FEN, "iit": IIT_FEN}}, "to": [REGISTRY, TAX]}
        final(tax.tax.clear(case, vouchers, private={"payments": paid}, wait=WAIT_S))
        story.say.line("税务局确认完税", "the tax bureau confirms both payments")
        done = final(registry.cases.enter(case, wait=WAIT_S))
        receipt = done.receipt()
    path = story.keep("sale", receipt.raw)
    number = receipt.result["certificates"][0]["number"]
    story.say.line(
        f"登簿：{number}；完税凭证同时核销；回执 {path.name}",
        f"entered; the vouchers are consumed in the same commit; receipt {path.name}",
    )
    return {**title, "certificate": number, "case": case}


def scene_strangers(story: Story, mortgaged: Mapping[str, Any]) -> None:
    """(e) Another bank may not discharge; a seized unit may not be sold."""
    story.say.scene(
        "e", "他行不得注销；查封后不得转移", "another bank may not discharge; a seized unit may not be sold"
    )
    with story.client(BANK_B) as bank:
        acts = [{"act": "mortgage.discharge", "mortgage": mortgaged["mortgage"]}]
        refused(
            story,
            lambda: bank.cases.apply(district=city.DISTRICT, channel="outlet", acts=acts, wait=WAIT_S),
            {"not-mortgagee"},
            "discharge-by-stranger",
        )
    title = story.title(single_dwelling)
    story.net.admit_court(COURT)
    story.say.line(
        "人民法院经治理签名加入网络", "a court joins by an event that a quorum of institutions signed"
    )
    until = f"{int(time.strftime('%Y', time.gmtime())) + SEIZED_UNTIL_YEARS}-06-30"
    document = "(2026)粤1302执1号"
    outcome = story.net.court_event(
        COURT, "court.seize", {"unit": title["unit"], "document": document, "until": until}
    )
    story.say.line(f"查封送达：第 {outcome.index} 条", f"the seizure is served: entry {outcome.index}")
    with story.client(REGISTRY) as registry:
        refused(
            story,
            lambda: apply_for_sale(story, registry, title, "sale-2026-000002"),
            {"seized"},
            "sale-of-seized",
        )
