"""Identity documents 身份证件: their kinds (ZJZL), and the one form in which a person's document is compared.

`1`, `01` and 身份证 are one kind, and a number is the same with blanks, in full width or with the hyphen that is printed on an
organisation's code. What is a person to one node is the same person to all.
"""

import re
import unicodedata
from collections.abc import Mapping

ID_CARD, ORGANISATION_CODE, BUSINESS_LICENCE = "1", "6", "7"
KINDS: Mapping[str, str] = {
    ID_CARD: "身份证",
    "2": "港澳台身份证",
    "3": "护照",
    "4": "户口簿",
    "5": "军官证",
    ORGANISATION_CODE: "组织机构代码",
    BUSINESS_LICENCE: "营业执照",
    "99": "其他",
}
OTHER_WORDS: Mapping[str, str] = {
    "居民身份证": ID_CARD,
    "公民身份证": ID_CARD,
    "士兵证": "5",
    "军官证(士兵证)": "5",
    "组织机构代码证": ORGANISATION_CODE,
    "统一社会信用代码": BUSINESS_LICENCE,
    "统一社会信用代码证": BUSINESS_LICENCE,
    "其它": "99",
}
OF_PERSONS, OF_ORGANISATIONS = (ID_CARD, "2", "3", "4", "5"), (ORGANISATION_CODE, BUSINESS_LICENCE)
_CODE_OF = {**{code: code for code in KINDS}, **{word: code for code, word in KINDS.items()}, **OTHER_WORDS}
_LEADING_ZEROS = re.compile(r"0+(?=[0-9])")
_BLANKS = re.compile(r"[^\S\n]+")  # a line break is left, for whoever frames lines to refuse
_HYPHENATED = (
    ID_CARD,
    ORGANISATION_CODE,
    BUSINESS_LICENCE,
)  # by their standards the hyphen is no part of them


def plain(text: str) -> str:
    """Return a text in the form used for comparison: NFKC, without invisible characters, stripped, in upper case."""
    seen = "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf")
    return seen.strip().upper()


def document_kind(text: str) -> str | None:
    """Return the code of a kind of document, given by its code or a Chinese word; None if there is no such kind."""
    return _CODE_OF.get(_LEADING_ZEROS.sub("", plain(text)))


def bare(number: str) -> str:
    """Return a number in plain form without the blanks inside it."""
    return _BLANKS.sub("", plain(number))


def normal(kind: str, number: str) -> tuple[str, str]:
    """Return kind and number as they are compared; a kind that is unknown stays as it was written, in plain form."""
    code = document_kind(kind) or plain(kind)
    text = bare(number)
    return code, text.replace("-", "") if code in _HYPHENATED else text
