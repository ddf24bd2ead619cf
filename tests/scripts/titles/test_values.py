"""A cell is read in any form that has one meaning, and refused if it may have lost digits."""

import re
import time
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from dengbu.ledger.law import documents
from dengbu.ledger.law.identifiers import InvalidIdentifier, check_identity
from dengbu.ledger.log.encoding import canonical
from dengbu.scripts.titles import values
from dengbu.scripts.titles.faults import HIDDEN, masked, shown
from dengbu.scripts.titles.values import Bounds, Unread
from tests.scripts.titles.files import BOUNDS


@pytest.mark.parametrize(
    "text",
    [
        "2020-01-05",
        "2020-1-5",
        "2020/1/5",
        "2020/01/05",
        "2020.1.5",
        "20200105",
        "2020年1月5日",
        "2020年01月05日",
        "２０２０年１月５日",
        "２０２０－０１－０５",
        "2020-01-05 00:00:00",
        "2020-01-05T08:30:00.000",
        "2020/1/5 8:30",
        "20200105 23:59:59",
        "2020年1月5日 08:30",
    ],
)
def test_a_day_is_read_in_any_form_that_leads_with_the_year(text: str) -> None:
    assert values.registered_on(text, BOUNDS) == "2020-01-05"


@pytest.mark.parametrize(
    "text",
    [
        "2021-02-30",
        "2021-02-29",
        "2021-13-01",
        "2021-00-10",
        "20210230",
        "2021年2月30日",
        "05/01/2020",
        "1/5/2020",
        "5-1-20",
        "2020-01/05",
        "2020-01",
        "2020年1月",
        "2020",
        "202015",
        "2020-01-05 24:00:00",
        "2020-01-05 08:60",
        "2020-01-05 08:30+09:00",
        "2020-01-05T08:30Z",
        "2020-01-05x",
        "2020-01-05 上午",
        "43835",
        "0000-00-00",
        "2.0200105E+07",
        "二〇二〇年一月五日",
        "٢٠٢٠-٠١-٠٥",
        "2026-11-23",
        "9999-12-31",
        "1948-12-31",
    ],
)
def test_a_day_that_is_none_or_cannot_be_meant_is_not_read(text: str) -> None:
    with pytest.raises(Unread):
        values.registered_on(text, BOUNDS)


def test_today_is_a_day_of_registration_and_tomorrow_is_not() -> None:
    bounds = Bounds(date(2024, 2, 29))
    assert values.registered_on("2024-02-29", bounds) == "2024-02-29"
    assert values.registered_on("1949-10-01", bounds) == "1949-10-01"
    with pytest.raises(Unread, match="future"):
        values.registered_on("2024-03-01", bounds)


@pytest.mark.parametrize(
    ("text", "cm2"),
    [("120.5", 1_205_000), ("0.0001", 1), ("100000000", 10**12), ("１２", 120_000), ("089.5", 895_000)],
)
def test_an_area_is_read_to_the_last_digit(text: str, cm2: int) -> None:
    assert values.area_cm2(text, BOUNDS) == cm2


@pytest.mark.parametrize(
    "text",
    [
        *"1e999999 1E999 1E5 1e3 1_000 1,000 +5 -5 5. .5 NaN inf 0 0.0000 0.00001 100000000.0001 999999999".split(),
        *"89.5㎡ 89.5平方米 八十九 ٨٩ 0x10 1/2 5% ½".split(),
        "9" * 5000,
        "100." + "0" * 40 + "1",
        "89 5",
    ],
)
def test_an_area_that_is_not_digits_is_never_rounded_and_never_guessed(text: str) -> None:
    with pytest.raises(Unread):
        values.area_cm2(text, BOUNDS)


@pytest.mark.parametrize("code", [*documents.KINDS, "0", "8", "98", "100"])
def test_the_kinds_of_document_are_those_of_the_ledger(code: str) -> None:
    try:
        check_identity(code, "1")
        known = True
    except InvalidIdentifier as fault:
        known = "no such kind" not in fault.en
    if known:
        assert values.document_kind(code, BOUNDS) == code
    else:
        with pytest.raises(Unread):
            values.document_kind(code, BOUNDS)


@pytest.mark.parametrize(
    ("read", "sound", "odd"),
    [
        (values.area_cm2, "102", ["10²", "10\u00a02", "1₀2", "①02", "10½", "10㎡", "𝟏02"]),
        (values.share, "1/5", ["⅕", "1/⁵", "1⁄5", "①/5"]),
        (values.mode, "1", ["①", "¹", "⒈", "⑴"]),
        (values.document_kind, "1", ["①", "¹", "❶"]),
        (values.document_number, "E12345678", ["E1234567⑧", "E1234567⁸", "ℰ12345678", "Ⅴ1", "ß1", "ı1"]),
        (values.document_number, "441302190001010019", ["44130219000101001⑨", "44130219000101001⁹"]),
        (values.unit_code, "441302001001GB00001F00010001", ["441302001001GB00001F0001000①"]),
        (
            values.certificate,
            "粤(2020)惠州市不动产权第0000001号",
            [
                "粤(2020)惠州市不动产权第000000¹号",
                "粤⑴惠州市不动产权第0000001号",
                "粤(2020)惠州市不动產权第000000①号",
            ],
        ),
        (values.registered_on, "2020-01-05", ["2020-01-0⁵", "2020年1⽉5日", "2020年①月5日", "2020㋀5日"]),
        (values.use, "住宅", ["⒈", "㊑"]),
    ],
)
def test_full_width_is_read_and_no_other_variant_is_taken_for_a_digit_or_letter(
    read: Callable[[str, Bounds], Any], sound: str, odd: list[str]
) -> None:
    wide = sound.translate({n: n + 0xFEE0 for n in range(0x21, 0x7F)})
    assert read(f"{wide}\u3000", BOUNDS) == read(sound, BOUNDS)
    for text in odd:
        with pytest.raises(Unread):
            read(text, BOUNDS)


def test_a_number_that_is_read_is_the_one_that_the_node_compares() -> None:
    """Whatever stands beside the letter of a passport, the number goes on the log as it is written, or not at all."""
    for number in range(0x11_0000):
        char = chr(number)
        try:
            read = values.document_number(f"E{char}1", BOUNDS)
        except Unread:
            continue
        as_written, as_read = documents.normal("3", f"E{char}1"), documents.normal("3", read)
        assert as_written == as_read == ("3", read), f"U+{number:04X}"


def test_words_stand_for_codes() -> None:
    for code, word in documents.KINDS.items():
        assert values.document_kind(word, BOUNDS) == code
    assert values.document_kind("军官证（士兵证）", BOUNDS) == "5"
    assert [values.mode(word, BOUNDS) for word in ("0", "１", "按份共有")] == ["single", "joint", "shares"]
    assert [values.use(word, BOUNDS) for word in ("住宅", "其它", "shop")] == ["dwelling", "other", "shop"]


@pytest.mark.parametrize(("pattern", "form"), [(values.INERT, "NFC"), (values.PLAIN, "NFKC")])
def test_what_is_left_as_it_is_is_normal_in_the_ledgers_eyes(pattern: re.Pattern[str], form: str) -> None:
    """No character of the short way changes under the form, alone or by one beside it, so that nobody asks in vain."""
    ucd = unicodedata.ucd_3_2_0
    inert = {chr(n) for n in range(0x11_0000) if pattern.fullmatch(chr(n))}
    assert {"路", "1"} < inert
    for data in (ucd, unicodedata):
        assert all(data.normalize(form, char) == char and not data.combining(char) for char in inert)
    composed = (ucd.decomposition(chr(n)).split() for n in range(0x11_0000))
    seconds = {chr(int(parts[1], 16)) for parts in composed if len(parts) == 2 and parts[0][0] != "<"}
    assert not seconds & inert
    canonical("".join(sorted(inert)))


def test_every_control_and_every_mark_without_width_is_hidden() -> None:
    """Save those that belong to a script, such as the Arabic number signs, and the tags of flags."""
    kinds = {"Cc", "Zl", "Zp", "Cf"}
    seen = [
        chr(n) for n in range(0x10000) if unicodedata.category(chr(n)) in kinds and not HIDDEN.match(chr(n))
    ]
    assert {unicodedata.name(char).split()[0] for char in seen} <= {"ARABIC", "SYRIAC"}
    for char in "\u200b\u200c\u200d\ufeff\u2060\u00ad\u202a\u202e\u3164\ufffd\x00\x7f\x9f":
        assert HIDDEN.match(char)
    for char in "路Aa1·　（é\u3000𠮷":
        assert not HIDDEN.match(char)


@pytest.mark.parametrize(
    ("number", "seen"),
    [
        ("441302190001010019", "*" * 14 + "0019"),
        ("E12345678", "*****5678"),
        ("1234", "****"),
        ("1", "*"),
        ("", ""),
        ("E" * 500, "*" * 56 + "EEEE"),
    ],
)
def test_a_number_is_masked_but_for_its_end(number: str, seen: str) -> None:
    assert masked(number) == seen


@pytest.mark.parametrize("number", ["1" + "0" * 20, "9" * 16, "9876543210987654321098765", "20200105083000"])
def test_a_long_number_that_is_nobodys_is_shown(number: str) -> None:
    assert shown(number) == number
    assert shown(f"第{number}号") == f"第{number}号"


@pytest.mark.parametrize(
    "number",
    [
        "441302190001010019",
        "441302190013990019",
        "130503670401001",
        "13050367040100",
        "44130219000101001",
        "7441302190001010019",
    ],
)
def test_a_number_that_may_be_somebodys_is_not(number: str) -> None:
    wide = number.translate({n: n + 0xFEE0 for n in range(0x30, 0x3A)})
    assert (number[:-4] in shown(number), wide[:-4] in shown(wide)) == (len(number) < 15,) * 2


def test_a_long_value_is_cut_before_it_is_looked_through() -> None:
    """And no number in it is cut so that it is no longer known as one."""
    began = time.process_time()
    for text in ("1" * 2**25, "A" * 2**25, "1A" * 2**24):
        assert len(shown(text)) <= 61
    assert time.process_time() - began < 0.5
    for before in range(45, 64):
        seen = shown("路" * before + "441302190001010019" + "路" * 100)
        assert "4413021900" not in seen
        assert not before <= 45 or "0019" in seen or "*" in seen


def test_a_value_is_shown_on_one_line_and_not_without_end() -> None:
    assert shown("a\nb\u200b") == "a<U+000A>b<U+200B>"
    assert len(shown("路" * 10_000)) == 61
    assert shown("441302001001GB00001F00010001") == "441302001001GB00001F00010001"
    assert shown("粤(2020)惠州市不动产权第0000001号") == "粤(2020)惠州市不动产权第0000001号"
    for before in ("陈文 ", "ID", "身份证", "7-"):
        for after in ("", "陈", "Y", "-1"):
            assert shown(f"{before}441302190001010019{after}") == before + "*" * 14 + f"0019{after}"
    assert shown("４４１３０２１９０００１０１００１Ｘ") == "*" * 14 + "００１Ｘ"
    assert shown("130503670401001") == "*" * 11 + "1001"
