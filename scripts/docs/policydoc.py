"""The policy's fields for docs/rules.md: points that the law leaves open, differ by place, or were not read in its text."""

from collections.abc import Iterator
from typing import Any

import msgspec

from dengbu.ledger.register.members import LATER_DEFAULTS, Policy

HEAD = """下列事项由 `policy.set` 以治理法定数签名设定并载入账本；条文未见原文、各地规定不一或法律之间不一致的，取稳妥的缺省值。

`policy.set`, signed by the governance quorum, sets these on the log. Where an article was not read in its text, where places
differ, or where statutes contradict each other, the default is the cautious one.
"""

NETWORK = (
    "version",
    "governance_quorum",
    "witness_quorum",
    "witnesses",
    "districts",
    "double_sign",
    "rule_set",
)

# field: what it decides, and its basis
FIELDS: dict[str, tuple[str, str]] = {
    "certificate_prefix": ("证号省份简称 province in certificate numbers", "IR 20"),
    "certificate_place": ("证号地名 place in certificate numbers", "IR 20"),
    "certificate_places": (
        "以自己名义发证的区县及其地名 districts that issue in their own name, and their place names",
        "IR 20",
    ),
    "consent": (
        "按份共有转让的同意：`civil-code` 三分之二份额，`urban-real-estate-law` 全体共有人"
        "<br>consent of co-owners by shares to a transfer: two thirds, or all",
        "民法典301 与 城市房地产管理法38(4) 不一致 the two statutes differ",
    ),
    "desk": ("自动登簿的行为 acts that the automatic desk enters", "PIPL 24"),
    "holidays": ("放假日 holidays", "国务院年度通知 yearly notice of the State Council"),
    "workdays": ("调休上班日 make-up workdays", "国务院年度通知 yearly notice of the State Council"),
    "seizure_term_years_max": ("查封最长年限 longest term of a seizure", "CPI 485"),
    "mortgage_consent_before": (
        "此日前登记的抵押，转移须抵押权人同意 mortgages entered before this day need the mortgagee's consent to a transfer",
        "MNR54°",
    ),
    "habitation_for": (
        "居住权人：`persons` 仅自然人，`anyone` 不限 who may hold a right of habitation",
        "CC 366, 未见明文 not stated there",
    ),
    "adverse_changes": (
        "须其他抵押权人同意的抵押变更 changes of a mortgage to which other mortgagees must consent",
        "CC 409; IR 68°",
    ),
    "limit_days": ("承诺办结工作日 promised working days", "国办发〔2019〕8号"),
    "limits": ("个别事项的承诺工作日 the same for single acts", "国办发〔2019〕8号"),
    "offices": ("登记点和银行网点及其所在区县 offices and outlets, with their districts", "REG 7"),
    "mortgage_banks": (
        "有不动产抵押业务的银行 banks with mortgage business",
        "覆盖率分母 the denominator of coverage",
    ),
    "online_acts": (
        "可网上申请的行为 acts that can be filed online",
        "网办率分母 the denominator of coverage",
    ),
    "online_channels": ("算作网办的渠道 channels that count as online", "网办率 coverage online"),
    "deciding": (
        "各区县有权审核登簿的登记点，未列的区县为全部登记点"
        "<br>offices that decide a district's cases; all offices if none is named",
        "REG 7",
    ),
    "fault_notice_days": (
        "依职权更正前通知权利人的工作日 working days of notice before an ex officio correction",
        "IR 81°",
    ),
    "fault_announcement_days": ("依职权更正的公告工作日 working days of its announcement", "IR 81°"),
    "loss_announcement_days": (
        "遗失公告工作日 working days of the announcement of a lost certificate",
        "IR 22°",
    ),
    "replacing_seized": (
        "查封期间可否换证补证 whether a certificate may be replaced under a seizure",
        "IR 22°, 未见明文 nothing found in its text",
    ),
    "altering_seized": (
        "查封、限制期间的变更：`court-signs` 须查封法院签名，`names-free` 姓名名称变更不须"
        "<br>alteration under a seizure or freeze: the court must sign, or need not for a change of name",
        "SEAL 24, 未见明文 nothing found in its text",
    ),
    "area_tolerance_ppm": (
        "分割、合并后面积之和可超出原登记面积的百万分数 (测绘误差)"
        "<br>millionths by which a split or merger may come to more than the registered area (survey tolerance)",
        "REG 18, 未见明文 nothing found in its text",
    ),
    "counties": ("不动产单元代码可属的县区 counties in which units may lie", "GB/T 2260, REG 7"),
    "known_provinces": (
        "账本之前所发证书证号的省份简称 provinces in the numbers of certificates from before the ledger",
        "IR 20, REG 33°",
    ),
    "known_places": (
        "账本之前所发证书证号的地名 places in the numbers of certificates from before the ledger",
        "IR 20, REG 33°",
    ),
    "clock_tolerance_s": (
        "条目时间可早于或晚于会签机构时钟的秒数：超前的检查点不会签，时钟不符的排序节点不排序"
        "<br>seconds by which an entry's time and the cosigners' clocks may differ: a head dated further ahead is not cosigned, "
        "a node whose clock is further off orders nothing",
        "NET 5",
    ),
}


def policy_lines() -> Iterator[str]:
    """Yield the table of the policy's fields with their defaults. Raises KeyError for a field that is in neither table."""
    yield HEAD
    yield "| 事项 field | 缺省 default | 决定什么 what it decides | 依据 basis |\n|---|---|---|---|"
    for field in msgspec.structs.fields(Policy):
        if field.name in NETWORK:
            continue
        text, basis = FIELDS[field.name]
        later = LATER_DEFAULTS.get(field.name, ())
        dated = "".join(
            f"<br>自规则集 {since} 起 from rule set {since} on: `{default}`" for since, default in later
        )
        yield f"| `{field.name}` | {_shown(field)}{dated} | {text} | {basis} |"


def _shown(field: Any) -> str:
    default = {} if field.default_factory is dict else field.default
    if isinstance(default, tuple):
        return "、".join(f"`{one}`" for one in default) or "-"
    return f"`{default}`" if default != {} else "-"
