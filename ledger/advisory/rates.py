"""Rates 税率 of the taxes on a transfer, as dated rows. The first row that fits on the day of the contract applies.

The tax bureau is authoritative (Deed Tax Law 4 lets it assess a price higher than the declared one). This table is for
a cross-check that warns and never refuses. A row with `sure=False` reflects practice or is cited from memory and must
be checked against the promulgated text.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Final, Literal

CM2_PER_M2 = 10_000
PERSON: Final = "person"
ENTERPRISE: Final = "enterprise"
Kind = Literal["person", "enterprise"]
Charge = Literal["deed", "vat", "iit", "lvat", "stamp-buyer", "stamp-seller"]


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate of one tax, in force from `since` to `until` (ISO dates, both included), and its conditions on a transfer.

    A condition that is None fits anything. `held_min` and `held_below` are full years for which the seller has held the
    unit; a transfer for which this is unknown fits neither. With `of_gain` the base is the gain instead of the price.
    """

    tax: Charge
    rate: Fraction
    since: str
    zh: str
    en: str
    until: str | None = None
    sure: bool = True
    causes: tuple[str, ...] | None = None
    relief: str | None = None
    dwelling: bool | None = None
    buyer: Kind | None = None
    seller: Kind | None = None
    area_max_cm2: int | None = None
    held_min: int | None = None
    held_below: int | None = None
    sole_home: bool | None = None
    of_gain: bool = False


@dataclass(frozen=True, slots=True)
class Relief:
    """A relief from deed tax: its texts, and who may claim it for which transfers. None fits anything."""

    zh: str
    en: str
    buyer: Kind | None = None
    dwelling: bool | None = None
    causes: tuple[str, ...] | None = None


_BOUGHT = ("sale", "exchange", "judgment", "court-order")
ONLY_HOME, SECOND_HOME = "only-home", "second-home"
RELIEFS: Mapping[str, Relief] = {
    ONLY_HOME: Relief("家庭唯一住房", "the family's only home", PERSON, True, _BOUGHT),
    SECOND_HOME: Relief("家庭第二套住房", "the family's second home", PERSON, True, _BOUGHT),
    "spouses": Relief("夫妻间变更 契税法第6条第4项", "between spouses, Deed Tax Law 6(4)", PERSON),
    "legal-heir": Relief(
        "法定继承人继承 契税法第6条第5项",
        "a legal heir inherits, Deed Tax Law 6(5)",
        PERSON,
        None,
        ("inheritance",),
    ),
    "public-use": Relief(
        "机关学校医院等用途 契税法第6条第1项", "public bodies, schools, hospitals: 6(1)", ENTERPRISE
    ),
    "embassy": Relief("外国使领馆 契税法第6条第6项", "embassies and consulates, 6(6)", ENTERPRISE),
    "divorce": Relief("离婚分割 财税公告2021年第29号", "division on divorce, MOF/STA [2021] no. 29", PERSON),
}
EXEMPT = ("spouses", "legal-heir", "public-use", "embassy", "divorce")

_PERCENT, _NONE = Fraction(1, 100), Fraction(0)
_NOTICE_2016 = ("财税〔2016〕23号", "MOF/STA/MOHURD notice [2016] no. 23")
_NOTICE_2024 = ("财政部 税务总局 住建部公告2024年第16号", "MOF/STA/MOHURD announcement [2024] no. 16")
_SINCE_2016, _UNTIL_2024, _SINCE_2024 = "2016-02-22", "2024-11-30", "2024-12-01"


def _homes(
    relief: str,
    area_max_m2: int | None,
    percent: Fraction,
    since: str,
    until: str | None,
    by: tuple[str, str],
) -> Rate:
    area = None if area_max_m2 is None else area_max_m2 * CM2_PER_M2
    rate = percent * _PERCENT
    return Rate(
        "deed", rate, since, *by, until, relief=relief, dwelling=True, buyer=PERSON, area_max_cm2=area
    )


_ONE, _ONE_AND_A_HALF, _TWO = Fraction(1), Fraction(3, 2), Fraction(2)
DEED: tuple[Rate, ...] = (
    *(
        Rate("deed", _NONE, _SINCE_2016, one.zh, one.en, relief=code)
        for code, one in RELIEFS.items()
        if code in EXEMPT
    ),
    _homes(ONLY_HOME, 90, _ONE, _SINCE_2016, _UNTIL_2024, _NOTICE_2016),
    _homes(ONLY_HOME, None, _ONE_AND_A_HALF, _SINCE_2016, _UNTIL_2024, _NOTICE_2016),
    _homes(SECOND_HOME, 90, _ONE, _SINCE_2016, _UNTIL_2024, _NOTICE_2016),
    _homes(SECOND_HOME, None, _TWO, _SINCE_2016, _UNTIL_2024, _NOTICE_2016),
    _homes(ONLY_HOME, 140, _ONE, _SINCE_2024, None, _NOTICE_2024),
    _homes(ONLY_HOME, None, _ONE_AND_A_HALF, _SINCE_2024, None, _NOTICE_2024),
    _homes(SECOND_HOME, 140, _ONE, _SINCE_2024, None, _NOTICE_2024),
    _homes(SECOND_HOME, None, _TWO, _SINCE_2024, None, _NOTICE_2024),
    Rate(
        "deed",
        3 * _PERCENT,
        _SINCE_2016,
        "契税法第3条, 广东省税率",
        "Deed Tax Law 3, Guangdong's rate",
        sure=False,
    ),
)


# A rate for homes sold by natural persons.
_sold_home = partial(Rate, causes=("sale",), dwelling=True, seller=PERSON)
_VAT_2016 = ("财税〔2016〕36号", "MOF/STA notice [2016] no. 36")
_VAT_2026 = ("财政部 税务总局公告2025年第17号", "MOF/STA announcement [2025] no. 17")
_SINCE_VAT, _UNTIL_VAT, _SINCE_2026 = "2016-05-01", "2025-12-31", "2026-01-01"
VAT: tuple[Rate, ...] = (
    _sold_home("vat", 5 * _PERCENT, _SINCE_VAT, *_VAT_2016, _UNTIL_VAT, held_below=2),
    _sold_home("vat", _NONE, _SINCE_VAT, *_VAT_2016, _UNTIL_VAT, held_min=2),
    _sold_home("vat", 3 * _PERCENT, _SINCE_2026, *_VAT_2026, held_below=2),
    _sold_home("vat", _NONE, _SINCE_2026, *_VAT_2026, held_min=2),
)
_FIVE_YEARS = ("满五年且唯一住房免征", "the only home, held five years: exempt")
_GAIN = ("个人所得税法第3、6条: 转让所得", "IIT Law 3 and 6: on the gain")
_ASSESSED = ("核定征收(实务)", "assessed on the price (practice)")
IIT: tuple[Rate, ...] = (
    _sold_home("iit", _NONE, _SINCE_2016, *_FIVE_YEARS, held_min=5, sole_home=True),
    Rate("iit", 20 * _PERCENT, _SINCE_2016, *_GAIN, causes=("sale",), seller=PERSON, of_gain=True),
    _sold_home("iit", _PERCENT, _SINCE_2016, *_ASSESSED, sure=False),
)
_HOMES_SPARED = ("个人销售住房暂免征收", "homes sold by persons: exempt")
LVAT: tuple[Rate, ...] = (_sold_home("lvat", _NONE, _SINCE_2016, *_HOMES_SPARED, sure=False),)
_HOME_STAMP = ("财税〔2008〕137号: 个人买卖住房免征", "MOF/STA notice [2008] no. 137: homes of persons")
_STAMP = ("印花税法: 产权转移书据", "Stamp Duty Law: instruments of transfer")
STAMP: tuple[Rate, ...] = (
    Rate(
        "stamp-buyer",
        _NONE,
        _SINCE_2016,
        *_HOME_STAMP,
        sure=False,
        causes=("sale",),
        dwelling=True,
        buyer=PERSON,
    ),
    Rate(
        "stamp-buyer",
        Fraction(5, 10_000),
        _SINCE_2016,
        *_STAMP,
        sure=False,
        causes=("sale", "gift", "exchange"),
    ),
    Rate(
        "stamp-seller",
        _NONE,
        _SINCE_2016,
        *_HOME_STAMP,
        sure=False,
        causes=("sale",),
        dwelling=True,
        seller=PERSON,
    ),
    Rate(
        "stamp-seller",
        Fraction(5, 10_000),
        _SINCE_2016,
        *_STAMP,
        sure=False,
        causes=("sale", "gift", "exchange"),
    ),
)
TABLES: Mapping[Charge, tuple[Rate, ...]] = {
    "deed": DEED,
    "vat": VAT,
    "iit": IIT,
    "lvat": LVAT,
    "stamp-buyer": STAMP,
    "stamp-seller": STAMP,
}
SINCE = max(
    min(row.since for row in rows) for rows in TABLES.values()
)  # from this day on every table has rows
