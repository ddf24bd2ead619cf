"""Validators for identifiers as their standards define them, with messages that name the fault.

They cover unit codes (GB/T 37346-2019), citizen identity numbers (GB 11643, ISO 7064 MOD 11-2), unified social credit
codes (GB 32100-2015) with the organisation code inside (GB 11714), and certificate numbers. Which counties and places
there are, the policy says; a network that says nothing is one of Huizhou. A message
about a person's number says which character is wrong and never repeats the number. The division code of a citizen
identity number is not checked: Huizhou's codes have changed, and numbers issued under the old ones stay valid.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dengbu.ledger.law.documents import BUSINESS_LICENCE, ID_CARD, KINDS, ORGANISATION_CODE

UNIT_CODE_LENGTH = 28
COUNTY, PARCEL, PARCEL_FEATURE = slice(0, 6), slice(0, 19), slice(12, 14)  # of a unit's code
_UNIT = re.compile(r"(\d{6})(\d{3})(\d{3})([A-Z])([A-Z])(\d{5})([A-Z])(\d{8})", re.ASCII)
_PARCEL_FEATURES = {
    "G": "BSXDEFWYHG",
    "J": "BSXDEFWYAC",
    "Z": "BSXDEFWY",
}  # first letter -> second letters allowed after it
_BUILDING, _LAND_ONLY, _OTHER_FIXTURES = "F", "W", "LQ"
NO_FIXTURE = _LAND_ONLY + "00000000"  # what follows the parcel in the code of land alone
PERSON_NUMBER_LENGTH = 18  # the same for citizens and organisations
BORN = slice(6, 14)  # of a citizen's number: the date of birth
_OLD_CITIZEN_LENGTH = 15  # issued until 1999, invalid since 2013
_DIGITS = "0123456789"
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_DIVISION = range(2, 8)  # indexes of a credit code at which only digits are allowed
_AUTHORITIES = {
    "1": "1239",
    "5": "1239",
    "9": "123",
    "N": "1239",
    "Y": "1",
}  # authority -> categories allowed after it
_ORGANISATION = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_CERTIFICATE = re.compile(r"(.)\((\d*)\)(.*?)(不动产权|不动产证明|不动产登记证明)第(.*)号", re.ASCII)
CERTIFICATE_YEAR_MIN = 2015  # unified registration began
_SERIAL = re.compile(r"(?!0000000)\d{7}", re.ASCII)
DOCUMENT_NUMBER_CHARACTERS_MAX = 40
ORGANISATION_CODE_LENGTH = 9
BIRTH_YEAR_MIN = 1850


class InvalidIdentifier(ValueError):
    """Raised for an identifier that violates its standard; the text says how, in Chinese and English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} {en}")
        self.zh = zh
        self.en = en


@dataclass(frozen=True, slots=True)
class Places:
    """Where units may lie and certificates come from: county codes (GB/T 2260), short names of provinces, place names."""

    counties: Sequence[str]
    provinces: Sequence[str]
    names: Sequence[str]


HUIZHOU = Places(
    ("441302", "441303", "441322", "441323", "441324"),
    ("粤",),
    ("惠州市", "惠阳区", "博罗县", "惠东县", "龙门县"),
)


# ---- units ----------------------------------------------------------------------------------------------------------


def check_unit_code(code: str, places: Places = HUIZHOU) -> None:
    """Raise `InvalidIdentifier` unless this is the code of a unit in one of the counties (GB/T 37346-2019)."""
    if len(code) != UNIT_CODE_LENGTH:
        raise InvalidIdentifier(
            f"不动产单元代码应为 {UNIT_CODE_LENGTH} 位, 现为 {len(code)} 位",
            f"a unit code has {UNIT_CODE_LENGTH} characters, not {len(code)}",
        )
    found = _UNIT.fullmatch(code)
    if found is None:
        raise InvalidIdentifier(
            "不动产单元代码格式不符: 12 位数字, 2 位大写字母, 5 位数字, 1 位大写字母, 8 位数字",
            "a unit code is 12 digits, 2 capital letters, 5 digits, a capital letter and 8 digits",
        )
    county, _, _, first, second, parcel, feature, fixture = found.groups()
    if county not in places.counties:
        raise InvalidIdentifier(
            f"县区代码 {county} 不在本登记网络所列县区之内",
            f"the county code {county} is none of those that this network names",
        )
    if second not in _PARCEL_FEATURES.get(first, ""):
        raise InvalidIdentifier(
            f"宗地特征码 {first}{second} 无效", f"the parcel feature {first}{second} does not exist"
        )
    if parcel == "00000":
        raise InvalidIdentifier("宗地顺序号从 00001 开始", "parcels are numbered from 00001")
    _check_fixture(feature, fixture)


def _check_fixture(feature: str, fixture: str) -> None:
    if feature not in _BUILDING + _LAND_ONLY + _OTHER_FIXTURES:
        raise InvalidIdentifier(
            f"定着物特征码 {feature} 无效", f"the fixture feature {feature} is not one of F, L, Q, W"
        )
    if feature == _LAND_ONLY and fixture != "00000000":
        raise InvalidIdentifier(
            "无定着物(W)时后八位为零", "with no fixture (W) the last eight digits are zeros"
        )
    if feature == _BUILDING and fixture[:4] == "0000":
        raise InvalidIdentifier("幢号从 0001 开始", "buildings are numbered from 0001")
    if feature in _OTHER_FIXTURES and fixture == "00000000":
        raise InvalidIdentifier("定着物编号从 00000001 开始", "fixtures are numbered from 00000001")


# ---- persons and organisations --------------------------------------------------------------------------------------


def citizen_check(body: str) -> str:
    """The check character of the first 17 digits of a citizen identity number (ISO 7064 MOD 11-2)."""
    return _ID_CHECKS[sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, body, strict=True)) % 11]


def check_citizen_id(number: str, today: date | None = None) -> None:
    """Raise `InvalidIdentifier` unless this is a citizen identity number.

    If `today` is given, a later date of birth is refused, too.
    """
    if len(number) == _OLD_CITIZEN_LENGTH:
        raise InvalidIdentifier(
            "15 位公民身份号码自 2013 年起停用, 请提供 18 位号码",
            "citizen identity numbers of 15 characters have not been valid since 2013; give the one of 18 characters",
        )
    _check_length("公民身份号码", "a citizen identity number", number)
    wrong = next((place for place, char in enumerate(number[:17], 1) if char not in _DIGITS), None)
    if wrong is not None or number[17] not in _ID_CHECKS:
        raise InvalidIdentifier(
            f"公民身份号码第 {wrong or 18} 位应为数字(末位可为大写 X)",
            f"character {wrong or 18} of the citizen identity number is not a digit (the last may be a capital X)",
        )
    born = _date(number[BORN])
    if born is None or born.year < BIRTH_YEAR_MIN:
        raise InvalidIdentifier(
            "公民身份号码第 7 至 14 位不是出生日期",
            "characters 7 to 14 of the citizen identity number are not a date of birth",
        )
    if today is not None and born > today:
        raise InvalidIdentifier(
            "公民身份号码所载出生日期在未来",
            "the birth date in the citizen identity number lies in the future",
        )
    if citizen_check(number[:17]) != number[17]:
        raise InvalidIdentifier(
            "公民身份号码校验位不符", "the check character of the citizen identity number is wrong"
        )


def _check_length(zh: str, en: str, text: str) -> None:
    if len(text) != PERSON_NUMBER_LENGTH:
        raise InvalidIdentifier(
            f"{zh}应为 {PERSON_NUMBER_LENGTH} 位, 现为 {len(text)} 位",
            f"{en} has {PERSON_NUMBER_LENGTH} characters, not {len(text)}",
        )


def _date(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def organisation_check(body: str) -> str:
    """The check character of an eight-character organisation code (GB 11714)."""
    total = sum(
        weight * _ORGANISATION.index(char) for weight, char in zip(_ORGANISATION_WEIGHTS, body, strict=True)
    )
    return "0123456789X0"[(11 - total % 11)]


def check_organisation_code(code: str) -> None:
    """Raise `InvalidIdentifier` unless this is an organisation code (GB 11714), with or without its hyphen."""
    plain = code[:8] + code[9:] if code[8:9] == "-" else code
    if len(plain) != ORGANISATION_CODE_LENGTH or any(char not in _ORGANISATION for char in plain):
        raise InvalidIdentifier(
            "组织机构代码应为 9 位大写字母和数字, 末位前可有连字符",
            "an organisation code has nine capital letters and digits, the last one optionally after a hyphen",
        )
    if organisation_check(plain[:8]) != plain[8]:
        raise InvalidIdentifier(
            "组织机构代码校验位不符", "the check character of the organisation code is wrong"
        )


def uscc_check(body: str) -> str:
    """The check character of the first 17 characters of a unified social credit code (GB 32100)."""
    total = sum(weight * _CREDIT.index(char) for weight, char in zip(_CREDIT_WEIGHTS, body, strict=True))
    return _CREDIT[(31 - total % 31) % 31]


def check_uscc(code: str) -> None:
    """Raise `InvalidIdentifier` unless this is a unified social credit code (GB 32100-2015)."""
    _check_length("统一社会信用代码", "a unified social credit code", code)
    for place, char in enumerate(code):
        if char not in (_DIGITS if place in _DIVISION else _CREDIT):
            raise InvalidIdentifier(
                f"统一社会信用代码第 {place + 1} 位无效: 大写字母和数字, 不含 I O S V Z, 第 3 至 8 位为数字",
                f"character {place + 1} of the unified social credit code is not allowed there: capital letters"
                " without I O S V Z and digits, in places 3 to 8 only digits",
            )
    if code[1] not in _AUTHORITIES.get(code[0], ""):
        raise InvalidIdentifier(
            f"登记管理部门和机构类别代码 {code[:2]} 无效", f"there is no authority and category {code[:2]}"
        )
    if organisation_check(code[8:16]) != code[16]:
        raise InvalidIdentifier(
            "组织机构代码校验位不符", "the check character of the organisation code is wrong"
        )
    if uscc_check(code[:17]) != code[17]:
        raise InvalidIdentifier(
            "统一社会信用代码校验位不符", "the check character of the unified social credit code is wrong"
        )


def check_identity(id_type: str, number: str, today: date | None = None) -> None:
    """Raise `InvalidIdentifier` unless the number fits the type of identity document (证件种类 ZJZL)."""
    if id_type == ID_CARD:
        check_citizen_id(number.upper(), today)
    elif id_type == BUSINESS_LICENCE:
        check_uscc(number)
    elif id_type == ORGANISATION_CODE:
        check_organisation_code(number)
    elif id_type not in KINDS:
        raise InvalidIdentifier(
            "证件种类不存在: 应为 1 至 7 或 99",
            "there is no such kind of identity document; use 1 to 7, or 99",
        )
    elif not 0 < len(number) <= DOCUMENT_NUMBER_CHARACTERS_MAX:
        raise InvalidIdentifier(
            f"证件号应为 1 至 {DOCUMENT_NUMBER_CHARACTERS_MAX} 个字符",
            f"a document number has 1 to {DOCUMENT_NUMBER_CHARACTERS_MAX} characters",
        )


# ---- certificates ---------------------------------------------------------------------------------------------------


def plain_certificate(number: str) -> str:
    """Return a certificate number with half-width brackets, the only form that the register keeps."""
    return number.replace("（", "(").replace("）", ")")


def check_certificate(number: str, this_year: int | None = None, places: Places = HUIZHOU) -> None:
    """Raise `InvalidIdentifier` unless this is the number of a certificate from one of the places.

    If `this_year` is given, a later year is refused, too. Numbers for ownership and land-use rights read 不动产权,
    those for all other rights 不动产证明, although that certificate is entitled 不动产登记证明.
    """
    found = _CERTIFICATE.fullmatch(plain_certificate(number))
    if found is None:
        raise InvalidIdentifier(
            "证号应如 粤(2026)惠州市不动产权第0000001号",
            "a certificate number looks like 粤(2026)惠州市不动产权第0000001号",
        )
    province, year, place, kind, serial = found.groups()
    if province not in places.provinces or place not in places.names:
        raise InvalidIdentifier(
            f"证号不属本登记网络: 以 {'、'.join(places.provinces)} 开头, 地名为 {'、'.join(places.names)} 之一",
            "not a certificate of this network's places: it begins with the province's short name and names one of them",
        )
    if len(year) != len("2015") or int(year) < CERTIFICATE_YEAR_MIN:
        raise InvalidIdentifier(
            f"证号年份应为四位数, 不早于 {CERTIFICATE_YEAR_MIN} 年",
            f"the year of a certificate number has four digits and is {CERTIFICATE_YEAR_MIN} or later",
        )
    if this_year is not None and int(year) > this_year:
        raise InvalidIdentifier("证号年份在未来", "the year of the certificate number lies in the future")
    if kind == "不动产登记证明":
        raise InvalidIdentifier(
            "登记证明的证号写作 不动产证明", "a certificate of registration is numbered as 不动产证明"
        )
    if _SERIAL.fullmatch(serial) is None:
        raise InvalidIdentifier(
            "证号顺序号应为七位数字, 从 0000001 开始",
            "the serial of a certificate has seven digits, from 0000001",
        )
