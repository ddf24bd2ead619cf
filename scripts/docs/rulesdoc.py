"""Writes docs/rules.md from the rule tables: `python -m dengbu.scripts.docs.rulesdoc > docs/rules.md`, or `--check` to compare."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dengbu.api.client.bundles import BUNDLES
from dengbu.ledger import transition
from dengbu.ledger.advisory import rates
from dengbu.ledger.advisory.efficiency import FORMULAS
from dengbu.ledger.catalogue import ACTS
from dengbu.ledger.law import articles, law, verdict
from dengbu.ledger.law.wording import TEXT
from dengbu.ledger.register.dated import Before, Row
from dengbu.ledger.register.members import Role
from dengbu.ledger.rules.policies import STATUTORY_DAYS
from dengbu.ledger.rules.rule import Rule, Title
from dengbu.ledger.rules.rule_sets import FIRST, KEPT
from dengbu.ledger.rules.taxes import REQUIRED, REQUIRED_BEFORE
from dengbu.ledger.tax import tax
from dengbu.scripts.docs.policydoc import policy_lines

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rules.md"
HEAD = """# 登簿规则 Rules of the ledger

本页由规则表生成，不得手改：`python -m dengbu.scripts.docs.rulesdoc > docs/rules.md`。
每个节点按此表判定；表内次序即理由的列示次序，一次列明全部理由。编号永不复用。
带 ° 的条文引自实务版本，未见官方文本原文，请以公布文本核对。

This page is generated from the rule tables; do not edit it by hand. Every node judges by these tables.
The order of a table is the order in which reasons are listed; a refusal lists them all. Numbers are never reused.
Articles marked ° are cited from practice editions, not from the promulgated text; check them against it.
"""
EFFICIENCY = """由账本条目逐案统计，均为整数或最简分数；百分位取最近秩；分母为零的比率不计。登记点、
办理抵押业务的银行、可网办事项由政策数据列明；「三个百分之百」的定义为本系统的约定，
以市里公布的口径为准。好差评五级，5 为非常满意。

Counted case by case from the entries, as integers and fractions in lowest terms; percentiles are the nearest rank; a share
of nothing is left out. Offices, banks with mortgage business and the acts that can be filed online are policy data. The three
100 % targets are defined by this system until the city publishes its own definition. Ratings have five grades, 5 the best.
"""
CLOCK = f"""自受理之日起 {STATUTORY_DAYS} 个工作日内办结(不动产登记暂行条例第20条)；政策可承诺更短期限(`limit_days`、`limits`)。
受理当日不计(民法典第201条)；补正、公告、实地查看、核验期间及待缴税期间不计：自次日起，至结束当日止。
节假日与调休工作日由政策给出。用满八成为黄色，用满为红色，超出为逾期；时钟由账本推算，不产生事件，不影响判定。

A case is decided within {STATUTORY_DAYS} working days of acceptance (Interim Regulation art. 20); the policy may promise less
(`limit_days`, `limits`). The day of acceptance does not count (Civil Code art. 201). Requisitions, announcements,
inspections, verifications and waiting for tax do not count, from the next day to the day on which they end. Holidays and
make-up workdays are the policy's. The clock is yellow when four fifths of the days are used, red when all are, and overdue
beyond. It is worked out from the log, makes no events and decides nothing.
"""
TAXES = {"deed": "契税 deed tax", "iit": "个人所得税 income tax", "lvat": "土地增值税 land VAT"}
CAUSES = {
    "sale": "买卖 sale",
    "gift": "赠与 gift",
    "exchange": "互换 exchange",
    "contribution": "作价出资 contribution",
    "merger": "企业合并分立 merger or division of an enterprise",
    "inheritance": "继承 inheritance",
    "legacy": "受遗赠 legacy",
    "judgment": "生效法律文书 judgment or award",
    "share-change": "共有份额变化 change of shares",
    "court-order": "法院执行 court order",
}
CHARGES = {
    **TAXES,
    "vat": "增值税 VAT",
    "stamp-buyer": "印花税(受让方) stamp duty, buyer",
    "stamp-seller": "印花税(转让方) stamp duty, seller",
}
SELLERS = {"person": "自然人 person", "enterprise": "企业 enterprise"}


def document() -> str:
    """Return the whole page."""
    return "\n".join(line.rstrip(" ") for line in _lines()) + "\n"


def _lines() -> Iterator[str]:
    yield HEAD
    yield "规则集 Rule sets, each by the hash that a policy names (`rule_set`):\n"
    yield from (f"{one.number}. `{one.hash}`" for one in KEPT)
    yield ""
    yield "## 一、各类事件的共同规则 Common to every event\n"
    yield from _table(transition.COMMON)
    yield "\n## 二、登记行为 Registration acts\n"
    yield "受理时与登簿时各判定一次，以登簿时为准。 Judged at acceptance and again at entry, which is decisive.\n"
    for tag, kind in ACTS.items():
        yield from _heading(kind.title, tag, kind.since)
        yield from _table(kind.rules)
        yield ""
    yield from _bundles()
    yield "## 三、事件 Events\n"
    for type_, event in transition.EVENTS.items():
        yield from _heading(event.title, type_, event.since)
        yield from _table(event.rules) if event.rules else ["仅适用共同规则。 Only the common rules apply."]
        yield ""
    yield "### 办理时限 The clock of a case\n"
    yield CLOCK
    yield "### 效能指标 Efficiency\n"
    yield EFFICIENCY
    yield "| 指标 figure | 算法 formula |\n|---|---|"
    for figure, (zh, en) in FORMULAS.items():
        yield f"| `{figure}` | {zh}<br>{en} |"
    yield ""
    yield "## 四、登簿前的税款核验 Taxes checked before entry\n"
    yield from _table(tax.ENTRY_RULES)
    yield "\n### 应缴税种 Taxes to be cleared for a transfer\n"
    yield from _required()
    yield "\n### 税率表(仅供比对) Rates, for comparison only\n"
    yield "税额以税务机关核定为准；测算只作提示，不作为不予登记的理由。 The bureau assesses; the table only warns.\n"
    yield from _rates()
    yield "\n## 五、权限表 Who may do what\n"
    yield from _matrix("事件 event", transition.EVENTS, "senders")
    yield ""
    yield from _matrix("申请的登记行为 act applied for", ACTS, "applicants")
    yield "\n## 六、不入账本的事件 Not admitted to the log\n"
    yield "| 编号 no. | 名称 name | 含义 meaning |\n|---|---|---|"
    for code, (zh, en) in TEXT.items():
        if 1100 < code < 1200:
            yield f"| {int(code)} | `{verdict.name(code)}` | {zh}<br>{en} |"
    yield "\n## 七、政策数据 Policy data\n"
    yield from policy_lines()
    yield "\n## 八、引用条文 Articles\n"
    yield "| 编号 id | 条文 article | 要旨 gist |\n|---|---|---|"
    for article in sorted(law.ARTICLES.values(), key=lambda one: one.id):
        yield f"| {article.id}{_mark(article)} | {article.zh}<br>{article.en} | {article.gist_zh}<br>{article.gist_en} |"


def _heading(title: Title, tag: str, since: int) -> Iterator[str]:
    """Yield the heading of an act or an event, and from which rule set on there is one if not from the first."""
    yield f"### {_title(title)} `{tag}`\n"
    if since != FIRST.number:
        yield f"自规则集 {since} 起 From rule set {since} on.\n"


def _title(title: Title) -> str:
    """Return a title as a heading: the first letter a capital, and after a colon the kinds that it covers."""
    named = f"{title.zh} {title.en[0].upper()}{title.en[1:]}"
    return f"{named}: {title.covers}" if title.covers else named


def _bundles() -> Iterator[str]:
    yield "### 一并申请 Bundles: entered all or none\n"
    yield "任何登记行为均可并为一案；任一行为不符合规定，全案不予登簿。 Any acts may form one case; if one is refused, all are.\n"
    yield "| 名称 name | 组合 bundle | 次序 order |\n|---|---|---|"
    for name, bundle in BUNDLES.items():
        yield f"| `{name}` | {bundle.zh}<br>{bundle.en} | {' → '.join(f'`{act}`' for act in bundle.acts)} |"
    yield ""


def _mark(article: articles.Article) -> str:
    return "" if article.sure else "°"


def _table(rules: Iterable[Rule[Any]]) -> Iterator[str]:
    yield "| 编号 no. | 名称 name | 理由 reason | 依据 article |\n|---|---|---|---|"
    for rule in rules:
        zh, en = TEXT[rule.code]
        cited = "<br>".join(f"{one.zh}{_mark(one)} ({one.id})" for one in rule.law)
        yield f"| {int(rule.code)} | `{verdict.name(rule.code)}` | {zh}<br>{en}{_span(rule)} | {cited} |"


def _span(rule: Rule[Any]) -> str:
    """Return the rule sets that a row belongs to; empty if it belongs to all."""
    since = (
        "" if rule.since == FIRST.number else f"<br>自规则集 {rule.since} 起 from rule set {rule.since} on"
    )
    return (
        since
        if rule.until is None
        else f"{since}<br>至规则集 {rule.until - 1} 止 up to rule set {rule.until - 1}"
    )


def _required() -> Iterator[str]:
    yield "| 原因 cause | 转让方 seller | 须完税或免税的税种 taxes to be cleared or exempt |\n|---|---|---|"
    for (cause, seller), taxes in REQUIRED.items():
        before = _formerly(REQUIRED_BEFORE.get((cause, seller), ()))
        yield f"| {CAUSES[cause]} | {SELLERS[seller]} | {'、'.join(TAXES[one] for one in taxes)}{before} |"


def _rates() -> Iterator[str]:
    yield "| 税种 tax | 税率 rate | 起止 in force | 适用 fits | 依据 basis |\n|---|---|---|---|---|"
    seen = dict.fromkeys(row for table in rates.TABLES.values() for row in table)
    for row in seen:
        days = f"{row.since} – {row.until or ''}"
        basis = f"{row.zh}{'' if row.sure else '°'}<br>{row.en}"
        yield f"| {CHARGES[row.tax]} | {float(row.rate * 100):g} % | {days} | {_fits(row)} | {basis} |"


def _fits(row: rates.Rate) -> str:
    area = None if row.area_max_cm2 is None else row.area_max_cm2 // rates.CM2_PER_M2
    parts = (
        ("、".join(row.causes or ())),
        f"{rates.RELIEFS[row.relief].zh} `{row.relief}`" if row.relief else None,
        "住房 dwelling" if row.dwelling else None,
        f"买方 buyer {row.buyer}" if row.buyer else None,
        f"卖方 seller {row.seller}" if row.seller else None,
        f"≤ {area} m²" if area else None,
        f"持有满 held {row.held_min} 年 years" if row.held_min else None,
        f"持有不满 held less than {row.held_below} 年 years" if row.held_below else None,
        "唯一住房 only home" if row.sole_home else None,
        "按所得 on the gain" if row.of_gain else None,
    )
    return "; ".join(part for part in parts if part)


def _matrix(title: str, rows: Mapping[str, Row], fact: str) -> Iterator[str]:
    yield f"| {title} | " + " | ".join(role.value for role in Role) + " |"
    yield "|---|" + "---|" * len(Role)
    for name, row in rows.items():
        allowed = getattr(row, fact)
        cells = " | ".join("✓" if role in allowed else "" for role in Role)
        yield f"| `{name}`{_formerly(row.before.get(fact, ()))} | {cells} |"


def _formerly(before: Before[tuple[str, ...] | None]) -> str:
    """Return what was allowed or due before later rule sets; empty if it has never changed."""
    return "".join(
        f"<br>至规则集 {since - 1} 止 up to rule set {since - 1}: {', '.join(was or ('-',))}"
        for since, was in before
    )


def main(arguments: list[str]) -> int:
    """Print the page, or compare it with the committed one; return the exit code."""
    if arguments == ["--check"]:
        if PAGE.read_text(encoding="utf-8") == document():
            return 0
        print(
            "docs/rules.md 已过时 is stale; run: python -m dengbu.scripts.docs.rulesdoc > docs/rules.md",
            file=sys.stderr,
        )
        return 1
    sys.stdout.write(document())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
