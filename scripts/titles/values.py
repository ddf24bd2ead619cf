"""Reads single cells: dates, areas, shares and codes as a city's files write them.

A parser takes a cell's text and returns the value in the ledger's form, or raises Unread. What a person means is read:
full-width digits, a day with its time, a Chinese word for a code. What may have lost digits on the way is not.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from dengbu.ledger.advisory.rates import CM2_PER_M2
from dengbu.ledger.law import documents
from dengbu.ledger.law.calendar import as_date
from dengbu.ledger.law.identifiers import (
    DOCUMENT_NUMBER_CHARACTERS_MAX,
    HUIZHOU,
    InvalidIdentifier,
    Places,
    check_certificate,
    check_unit_code,
    plain_certificate,
)
from dengbu.ledger.law.values import fraction
from dengbu.ledger.log.encoding import Malformed, canonical
from dengbu.ledger.register.shapes import AREA_CM2_MAX, LOCATION_CHARACTERS_MAX, NAME_CHARACTERS_MAX
from dengbu.ledger.rules.act import OTHER_RIGHTS

MODES = {"0": "single", "1": "joint", "2": "shares"}
MODE_WORDS = {
    "单独所有": "0", "单独": "0", "共同共有": "1", "共同": "1", "按份共有": "2", "按份": "2",
}  # fmt: skip
USES = {
    "住宅": "dwelling",
    "商业": "shop",
    "办公": "office",
    "工业": "industrial",
    "车位": "parking",
    "其他": "other",
}
USE_WORDS = {
    "成套住宅": "住宅", "非成套住宅": "住宅", "商业服务": "商业", "停车位": "车位", "其它": "其他",
}  # fmt: skip
# A day before the republic's first registers is a slip, such as the zero of a spreadsheet (1899-12-30).
REGISTERED_YEAR_MIN = 1949
# What no normal form changes, alone or beside another of them: asking the ledger takes ten times as long.
INERT = re.compile(r"[ -~\u4e00-\u9fa5、。《》（），：；·－—“”]*")
PLAIN = re.compile(r"[ -~\u4e00-\u9fa5]*")  # likewise under NFKC
_HALF_WIDTH = {0x3000: " ", **{ord(char) + 0xFEE0: char for char in map(chr, range(0x21, 0x7F))}}
_AREA = re.compile(r"[0-9]{1,9}(\.[0-9]{1,4})?")  # square metres
_SHARE = re.compile(r"([0-9]{1,9})/([0-9]{1,9})")
_PART = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)(%?)")
DATE_MARKS = "-/."
_DATE = re.compile(
    r"(?:([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})|([0-9]{4})([0-9]{2})([0-9]{2})"
    r"|([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日)"
    r"(?:[ T]+(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)?)?"
)
_SCIENTIFIC = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?[Ee][+-]?[0-9]+")
_POWER = re.compile(r"[0-9]+(\.[0-9]+)?[Ee]\+[0-9]+")  # how a spreadsheet writes a long number


class Unread(ValueError):
    """Raised for a cell that cannot be read as its column wants; the text says why, Chinese then English."""


@dataclass(frozen=True)
class Bounds:
    """What a file is checked against: the legal day, and of the network's policy its districts (None: not known) and places."""

    today: date
    districts: tuple[str, ...] | None = None
    places: Places = HUIZHOU


def plain(text: str) -> str:
    """Return a text with the half-width characters of ASCII in place of the full-width ones."""
    return text if PLAIN.fullmatch(text) else text.translate(_HALF_WIDTH).strip()


def _code(text: str) -> str:
    """Return a code or number in half-width characters, which the registry's node compares as they are.

    Raises Unread for any other character that its form of comparison (NFKC) makes another, as it makes 102 of 10².
    """
    code = plain(text)
    if PLAIN.fullmatch(code) or unicodedata.is_normalized("NFKC", code):
        return code
    odd = next((char for char in code if not unicodedata.is_normalized("NFKC", char)), "")
    named = f": U+{ord(odd):04X} {unicodedata.name(odd, '')}".rstrip() if odd else ""
    raise Unread(f"含变体字符，须改写为普通字符 a variant of a character: write the plain one{named}")


def unit_code(text: str, bounds: Bounds) -> str:
    """Read the code of a unit in one of the network's districts."""
    code = _code(text)
    try:
        check_unit_code(code, bounds.places)
    except InvalidIdentifier as fault:
        raise Unread(str(fault)) from None
    if bounds.districts is not None and code[:6] not in bounds.districts:
        raise Unread(
            f"本登记网络不办理 {code[:6]} 县区 the registry of this network is not competent for {code[:6]}"
        )
    return code


def location(text: str, bounds: Bounds) -> str:
    """Read where a unit lies."""
    return _words("坐落", "a location", text, LOCATION_CHARACTERS_MAX)


def holder_name(text: str, bounds: Bounds) -> str:
    """Read a holder's name."""
    return _words("权利人名称", "a name", text, NAME_CHARACTERS_MAX)


def _words(zh: str, en: str, text: str, longest: int) -> str:
    if len(text) > longest:
        raise Unread(f"{zh}至多 {longest} 字 {en} has at most {longest} characters, not {len(text)}")
    if INERT.fullmatch(text):
        return text
    try:
        canonical(text)
    except Malformed as fault:
        normal = unicodedata.normalize("NFC", text)
        raise Unread(
            f"须为 Unicode NFC 形式，如 {normal} to be in normal form C, like {normal} [{fault.code}]"
        ) from None
    return text


def document_kind(text: str, bounds: Bounds) -> str:
    """Read the kind of an identity document, a code or its Chinese word, as the code."""
    found = documents.document_kind(_code(text))
    if found is None:
        raise Unread(f"证件种类须为 {_told(documents.KINDS)} 之一 one of these kinds of document")
    return found


def document_number(text: str, bounds: Bounds) -> str:
    """Read the number of an identity document, whose check depends on its kind, in the form that references are made of."""
    code = _code(text)
    number = documents.bare(code)
    if any(not char.isascii() and char != char.upper() for char in code):
        raise Unread(
            "含有大小写的非 ASCII 字母 a letter outside ASCII: write the number in plain letters and digits"
        )
    if _POWER.fullmatch(number):
        raise Unread("科学计数，号码已失真 in scientific notation its digits are lost: store it as text")
    if len(number) > DOCUMENT_NUMBER_CHARACTERS_MAX:
        raise Unread(
            f"证件号至多 {DOCUMENT_NUMBER_CHARACTERS_MAX} 个字符 a number has at most so many characters"
        )
    return number


def mode(text: str, bounds: Bounds) -> str:
    """Read how the holders own: a code or its Chinese word."""
    code = _code(text)
    found = MODES.get(MODE_WORDS.get(code, code))
    if found is None:
        raise Unread("须为 0 单独所有、1 共同共有、2 按份共有 0 single, 1 joint or 2 by shares")
    return found


def share(text: str, bounds: Bounds) -> Fraction | None:
    """Read a share of the whole, a fraction, a percentage or a decimal, as an exact fraction; None if the cell is empty."""
    if not text:
        return None
    written = _code(text)
    found, part = _SHARE.fullmatch(written), _PART.fullmatch(written)
    if found is not None and int(found[2]):
        value = Fraction(int(found[1]), int(found[2]))
    elif part is not None:
        value = Fraction(part[1]) / (100 if part[2] else 1)
    else:
        raise Unread(_digits(written, "份额须如 1/3、50% a share is written like 1/3 or 50%"))
    if fraction(share_text(value)) is None:
        raise Unread("份额须大于 0，至多为 1 a share is more than 0 and at most 1")
    return value


def share_text(value: Fraction) -> str:
    """Return a share as the ledger writes it."""
    return f"{value.numerator}/{value.denominator}"


def certificate(text: str, bounds: Bounds) -> str:
    """Read the number of a certificate of ownership."""
    number = _code(plain_certificate(text))
    try:
        check_certificate(number, bounds.today.year, bounds.places)
    except InvalidIdentifier as fault:
        raise Unread(str(fault)) from None
    if OTHER_RIGHTS in number:
        raise Unread(
            f"{OTHER_RIGHTS} 不是所有权证书 {OTHER_RIGHTS} certifies another right, not the ownership"
        )
    return number


def area_cm2(text: str, bounds: Bounds) -> int:
    """Read an area in square metres, to the last digit, as square centimetres."""
    written = _code(text)
    area = int(Decimal(written) * CM2_PER_M2) if _AREA.fullmatch(written) else 0
    if not 0 < area <= AREA_CM2_MAX:
        raise Unread(
            _digits(
                written, "面积须为正数，平方米，至多四位小数 square metres, positive, at most four decimals"
            )
        )
    return area


def use(text: str, bounds: Bounds) -> str:
    """Read what a unit is used for: a code of the ledger or its Chinese word."""
    word = _code(text)
    found = USES.get(USE_WORDS.get(word, word))
    if found is None and word not in USES.values():
        raise Unread(f"用途须为 {'、'.join(USES)} 之一 one of these uses")
    return found or word


def registered_on(text: str, bounds: Bounds) -> str:
    """Read a day, in any of the forms that lead with the year, as an ISO date; the time of day is left out."""
    written = _code(text)
    found = _DATE.fullmatch(written)
    parts = [part for part in found.groups() if part and part not in DATE_MARKS] if found else []
    day = as_date("{:0>4}-{:0>2}-{:0>2}".format(*parts)) if found else None
    if day is None:
        raise Unread(_digits(written, "不是有效日期，应如 2020-01-05 not a valid date like 2020-01-05"))
    if day > bounds.today:
        raise Unread("登记时间在未来 the date of registration lies in the future")
    if day.year < REGISTERED_YEAR_MIN:
        raise Unread(f"早于 {REGISTERED_YEAR_MIN} 年 before {REGISTERED_YEAR_MIN}: no register is as old")
    return day.isoformat()


def _digits(written: str, otherwise: str) -> str:
    """Say what is wrong with a number: first that it lost its digits, if it did."""
    if _SCIENTIFIC.fullmatch(written):
        return "科学计数 scientific notation, in which digits are lost: write the number out"
    return otherwise


def _told(codes: Mapping[str, str]) -> str:
    return "、".join(f"{code} {word}" for code, word in codes.items())
