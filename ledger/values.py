"""Identifiers and shares as the law writes them: a validator each, with a message that names the fault.

Unit codes GB/T 37346-2019, citizen identity numbers GB 11643 (ISO 7064 MOD 11-2), unified social credit codes
GB 32100-2015 with the organisation code GB 11714 inside, certificate numbers of Huizhou.
"""

import re
from collections.abc import Sequence
from datetime import date
from fractions import Fraction

COUNTIES = ("441302", "441303", "441322", "441323", "441324")  # GB/T 2260, Huizhou
_UNIT = re.compile(r"(\d{6})(\d{3})(\d{3})([A-Z])([A-Z])(\d{5})([A-Z])(\d{8})", re.ASCII)
_PARCEL_FEATURES = {
    "G": "BSXDEFWYHG",
    "J": "BSXDEFWYAC",
    "Z": "BSXDEFWY",
}  # second letter allowed after the first
_BUILDING, _LAND_ONLY, _OTHER_FIXTURES = "F", "W", "LQ"
UNIT_CODE_LENGTH = 28
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_ID = re.compile(r"(\d{6})(\d{8})\d{3}[0-9X]", re.ASCII)
_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_CREDIT_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}", re.ASCII)
_AUTHORITIES = {
    "1": "1239",
    "5": "1239",
    "9": "123",
    "N": "1239",
    "Y": "1",
}  # category allowed after the authority
_ORGANISATION = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_CERTIFICATE = re.compile(
    r"粤\((20(?:1[5-9]|[2-9]\d))\)(?:惠州市|惠阳区|博罗县|惠东县|龙门县)不动产(?:权|证明)第(?!0000000)\d{7}号",
    re.ASCII,
)
ID_CARD, BUSINESS_LICENCE = "1", "7"  # ZJZL
_OTHER_DOCUMENTS = ("2", "3", "4", "5", "6", "99")
DOCUMENT_NUMBER_CHARACTERS_MAX = 40
_FRACTION = re.compile(r"([1-9]\d{0,8})/([1-9]\d{0,8})", re.ASCII)
BIRTH_YEAR_MIN = 1850


class InvalidIdentifier(ValueError):
    """An identifier breaks its standard; the text says how, in Chinese and English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} {en}")
        self.zh = zh
        self.en = en


def check_unit_code(code: str) -> None:
    """Raise `InvalidIdentifier` unless this is the code of a unit in Huizhou (GB/T 37346-2019)."""
    if len(code) != UNIT_CODE_LENGTH:
        raise InvalidIdentifier(
            f"不动产单元代码应为 28 位, 现为 {len(code)} 位",
            f"a unit code has 28 characters, not {len(code)}",
        )
    found = _UNIT.fullmatch(code)
    if found is None:
        raise InvalidIdentifier(
            "不动产单元代码格式不符(大写字母和数字)",
            "a unit code is digits and capital letters by GB/T 37346",
        )
    county, _, _, first, second, parcel, feature, fixture = found.groups()
    if county not in COUNTIES:
        raise InvalidIdentifier(
            f"县区代码 {county} 不属惠州市", f"the county code {county} is not in Huizhou"
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
            f"定着物特征码 {feature} 无效", f"the fixture feature {feature} is none of F, L, Q, W"
        )
    if feature == _LAND_ONLY and fixture != "00000000":
        raise InvalidIdentifier(
            "无定着物(W)时后八位为零", "with no fixture (W) the last eight digits are zeros"
        )
    if feature == _BUILDING and fixture[:4] == "0000":
        raise InvalidIdentifier("幢号从 0001 开始", "buildings are numbered from 0001")
    if feature in _OTHER_FIXTURES and fixture == "00000000":
        raise InvalidIdentifier("定着物编号从 00000001 开始", "fixtures are numbered from 00000001")


def citizen_check(body: str) -> str:
    """The check character of the first 17 digits of a citizen identity number (ISO 7064 MOD 11-2)."""
    return _ID_CHECKS[sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, body, strict=True)) % 11]


def check_citizen_id(number: str, today: date | None = None) -> None:
    """Raise `InvalidIdentifier` unless this is a citizen identity number; `today`, if given, refuses later births."""
    found = _ID.fullmatch(number)
    if found is None:
        raise InvalidIdentifier(
            "公民身份号码应为 18 位(末位可为 X)",
            "a citizen identity number has 18 characters, the last may be X",
        )
    born = _date(found.group(2))
    if born is None or born.year < BIRTH_YEAR_MIN:
        raise InvalidIdentifier(
            f"出生日期 {found.group(2)} 不存在", f"the birth date {found.group(2)} does not exist"
        )
    if today is not None and born > today:
        raise InvalidIdentifier("出生日期在未来", "the birth date lies in the future")
    if citizen_check(number[:17]) != number[17]:
        raise InvalidIdentifier(
            "公民身份号码校验位不符", "the check character of the citizen identity number is wrong"
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


def uscc_check(body: str) -> str:
    """The check character of the first 17 characters of a unified social credit code (GB 32100)."""
    total = sum(weight * _CREDIT.index(char) for weight, char in zip(_CREDIT_WEIGHTS, body, strict=True))
    return _CREDIT[(31 - total % 31) % 31]


def check_uscc(code: str) -> None:
    """Raise `InvalidIdentifier` unless this is a unified social credit code (GB 32100-2015)."""
    if _CREDIT_CODE.fullmatch(code) is None:
        raise InvalidIdentifier(
            "统一社会信用代码应为 18 位, 不含 I O S V Z",
            "a unified social credit code has 18 characters without I O S V Z",
        )
    if code[1] not in _AUTHORITIES.get(code[0], ""):
        raise InvalidIdentifier(
            f"登记管理部门和机构类别代码 {code[:2]} 无效", f"authority and category {code[:2]} do not exist"
        )
    if organisation_check(code[8:16]) != code[16]:
        raise InvalidIdentifier(
            "组织机构代码校验位不符", "the check character of the organisation code is wrong"
        )
    if uscc_check(code[:17]) != code[17]:
        raise InvalidIdentifier(
            "统一社会信用代码校验位不符", "the check character of the unified social credit code is wrong"
        )


def check_identity(id_type: str, number: str) -> None:
    """Raise `InvalidIdentifier` unless the number fits the kind of identity document (ZJZL)."""
    if id_type == ID_CARD:
        check_citizen_id(number.upper())
    elif id_type == BUSINESS_LICENCE:
        check_uscc(number)
    elif id_type not in _OTHER_DOCUMENTS:
        raise InvalidIdentifier(
            f"证件种类 {id_type} 不存在", f"there is no identity document of kind {id_type}"
        )
    elif not 0 < len(number) <= DOCUMENT_NUMBER_CHARACTERS_MAX:
        raise InvalidIdentifier("证件号为空或过长", "the document number is empty or too long")


def check_certificate(number: str) -> None:
    """Raise `InvalidIdentifier` unless this is a certificate number of Huizhou (ownership 不动产权, other rights 不动产证明)."""
    if _CERTIFICATE.fullmatch(plain_certificate(number)) is None:
        raise InvalidIdentifier(
            "证号应如 粤(2026)惠州市不动产权第0000001号",
            "a certificate number looks like 粤(2026)惠州市不动产权第0000001号",
        )


def plain_certificate(number: str) -> str:
    """A certificate number with its brackets in half width: the one form that the register keeps."""
    return number.replace("（", "(").replace("）", ")")


def certificate_year(number: str) -> int:
    """The year in a certificate number that passed `check_certificate`."""
    return int(number[2:6])


def fraction(share: str) -> Fraction | None:
    """The exact value of a share such as "1/3", in lowest terms and at most one; None if it is written otherwise."""
    found = _FRACTION.fullmatch(share)
    if found is None:
        return None
    value = Fraction(int(found.group(1)), int(found.group(2)))
    written = f"{value.numerator}/{value.denominator}"
    return value if value <= 1 and written == share else None


def sum_to_one(shares: Sequence[str]) -> bool:
    """Whether these shares are all well written and make exactly one."""
    values = [fraction(share) for share in shares]
    return (
        all(value is not None for value in values)
        and sum(value for value in values if value is not None) == 1
    )
