"""Identifiers: every valid and invalid example of the standards, and why the invalid ones are invalid."""

from datetime import date

import pytest

from dengbu.ledger.law import identifiers
from dengbu.ledger.law.identifiers import InvalidIdentifier

UNIT_CODES = """441302001001GB00001F00010001 441303004012GB00123F00120345 441322010003JC00007F00010001
441323002004GX00020W00000000 441324001005JA00003W00000000 441302007002GB00088F99990001 441322003001GE00011L00000001
441323020001GH00002W00000000""".split()
BAD_UNIT_CODES = {
    "441302001001GB00001F0001000": "28",
    "440106001001GB00001F00010001": "440106",
    "441302001001KB00001F00010001": "KB",
    "441302001001GA00001W00000000": "GA",
    "441302001001GB00000F00010001": "00001",
    "441302001001GB00001W00010001": "zeros",
    "441302001001GB00001F00000001": "0001",
    "441302001001GB00001H00010001": "fixture feature H",
    "441302001001gb00001F00010001": "capital",
    "441302001001JH00001W00000000": "JH",
    "441302001001GB00001F0001000O": "digits",
    "441302001001GB00001L00000000": "00000001",
    "４41302001001GB00001F0001000": "28",
    "": "28",
}
CITIZENS = """11010519491231002X 440524188001010014 441302189103071017 441303190402292025 441322189912310319
441323190808164483 441324189610100159""".split()
BAD_CITIZENS = {
    "441302189103071010": "check character",
    "44130218910307101": "18 characters, not 17",
    "44130218911307101X": "not a date of birth",
    "110105194912310021": "check character",
    "441302190102291016": "not a date of birth",
    "1101051949123100 2X": "18 characters, not 19",
    "110105194912310 2X": "character 16 ",
    "441302189103071O17": "character 16 ",
    "４41302189103071017": "character 1 ",
    "44130218910307101A": "character 18 ",
    "11010519491231002x": "character 18 ",
    "441302184903071017": "not a date of birth",
    "130503670401001": "15 characters have not been valid since 2013",
    "": "18 characters, not 0",
}
CREDIT_CODES = """91110000600037341L 91350100M000100Y43 91110108551385082Q 914403001922038216 9144030071526726XG
91330100799655058B 91441300195971850Y 91441300MA9000011R 12441300MB9X00074B 93441323MA90000X31 N2441322MF90000286
Y1441300MJ900009XK""".split()
BAD_CREDIT_CODES = {
    "91441300MA9000011T": "check character of the unified",
    "91441300MA9000011": "18 characters, not 17",
    "9I441300MA9000011R": "character 2 .*I O S V Z",
    "91441300AM9000011R": "check character of the organisation",
    "91441300MAO000011R": "character 11 .*I O S V Z",
    "914413O0MA9000011R": "character 7 .*only digits",
    "91441300ma9000011r": "character 9 .*capital",
    "95441300MA9000011D": "95",
    "91441300MA9000012W": "check character of the organisation",
    "Z1441300MA9000011R": "character 1 ",
    "441302189103071017": "44",
}
CERTIFICATES = [
    "粤(2021)惠州市不动产权第0000001号",
    "粤(2024)惠州市不动产权第4012345号",
    "粤(2023)惠州市不动产证明第0001234号",
    "粤(2022)博罗县不动产权第0030007号",
    "粤(2026)龙门县不动产证明第0009999号",
    "粤（2026）惠州市不动产权第0000001号",
]
BAD_CERTIFICATES = {
    "粤(2021)惠州市不动产权第000001号": "seven digits",
    "粤(2014)惠州市不动产权第0000001号": "2015 or later",
    "京(2021)惠州市不动产权第0000001号": "not a certificate of this network",
    "粤(2021)广州市不动产权第0000001号": "not a certificate of this network",
    "粤(2021)惠州市不动产登记证明第0000001号": "numbered as 不动产证明",
    "粤(2021)惠州市不动产权第0000000号": "from 0000001",
    "粤(21)惠州市不动产权第0000001号": "four digits",
    "粤()惠州市不动产权第0000001号": "four digits",
    "粤(2021)惠州市不动产权第000000１号": "seven digits",
    "粤房地权证惠州字第1100000001号": "looks like",
    "": "looks like",
}


@pytest.mark.parametrize("code", UNIT_CODES)
def test_a_unit_code_is_taken(code: str) -> None:
    identifiers.check_unit_code(code)


@pytest.mark.parametrize(("code", "fault"), BAD_UNIT_CODES.items())
def test_a_wrong_unit_code_is_refused_with_its_fault(code: str, fault: str) -> None:
    with pytest.raises(InvalidIdentifier, match=fault):
        identifiers.check_unit_code(code)


@pytest.mark.parametrize("number", CITIZENS)
def test_a_citizen_id_is_taken(number: str) -> None:
    identifiers.check_citizen_id(number)
    identifiers.check_identity("1", number.lower())


@pytest.mark.parametrize(("number", "fault"), BAD_CITIZENS.items())
def test_a_wrong_citizen_id_is_refused_with_its_fault(number: str, fault: str) -> None:
    with pytest.raises(InvalidIdentifier, match=fault):
        identifiers.check_citizen_id(number)


def test_a_birth_in_the_future_is_refused_when_a_day_is_given() -> None:
    number = "44130220991231001X"
    identifiers.check_citizen_id(number)
    with pytest.raises(InvalidIdentifier, match="future"):
        identifiers.check_citizen_id(number, date(2026, 11, 22))
    identifiers.check_citizen_id("441302189103071017", date(2026, 11, 22))


@pytest.mark.parametrize("code", CREDIT_CODES)
def test_a_credit_code_is_taken(code: str) -> None:
    identifiers.check_identity("7", code)


@pytest.mark.parametrize(("code", "fault"), BAD_CREDIT_CODES.items())
def test_a_wrong_credit_code_is_refused_with_its_fault(code: str, fault: str) -> None:
    with pytest.raises(InvalidIdentifier, match=fault):
        identifiers.check_uscc(code)


@pytest.mark.parametrize(
    ("check", "good"),
    [(identifiers.check_citizen_id, CITIZENS), (identifiers.check_uscc, CREDIT_CODES)],
    ids=["citizen", "credit"],
)
def test_one_wrong_digit_is_always_noticed(check: "object", good: list[str]) -> None:
    for number in good:
        for place, char in enumerate(number):
            other = "1" if char != "1" else "2"
            with pytest.raises(InvalidIdentifier):
                check(number[:place] + other + number[place + 1 :])  # type: ignore[operator]


@pytest.mark.parametrize("number", CERTIFICATES)
def test_a_certificate_number_is_taken(number: str) -> None:
    identifiers.check_certificate(number)


@pytest.mark.parametrize(("number", "fault"), BAD_CERTIFICATES.items())
def test_a_wrong_certificate_number_is_refused_with_its_fault(number: str, fault: str) -> None:
    with pytest.raises(InvalidIdentifier, match=fault):
        identifiers.check_certificate(number)


def test_a_certificate_of_a_year_to_come_is_refused_when_the_year_is_given() -> None:
    number = "粤(2027)惠州市不动产权第0000001号"
    identifiers.check_certificate(number)
    identifiers.check_certificate(number, 2027)
    with pytest.raises(InvalidIdentifier, match="future"):
        identifiers.check_certificate(number, 2026)


@pytest.mark.parametrize("number", [*BAD_CITIZENS, "44130220991231001X"])
def test_a_message_speaks_both_languages_and_never_repeats_a_persons_number(number: str) -> None:
    with pytest.raises(InvalidIdentifier) as refused:
        identifiers.check_citizen_id(number, date(2026, 11, 22))
    said = refused.value
    assert any("\u4e00" <= char <= "\u9fff" for char in said.zh)
    assert said.en.isascii()
    assert all(piece not in str(said) for piece in (number[6:14], number[:6]) if piece)


@pytest.mark.parametrize(
    ("check", "wrong"),
    [
        *((identifiers.check_unit_code, code) for code in BAD_UNIT_CODES),
        *((identifiers.check_uscc, code) for code in BAD_CREDIT_CODES),
        *((identifiers.check_certificate, number) for number in BAD_CERTIFICATES),
        (identifiers.check_organisation_code, "MA900001-2"),
    ],
    ids=lambda given: getattr(given, "__name__", given),
)
def test_every_message_speaks_both_languages(check: "object", wrong: str) -> None:
    with pytest.raises(InvalidIdentifier) as refused:
        check(wrong)  # type: ignore[operator]
    said = refused.value
    assert any("\u4e00" <= char <= "\u9fff" for char in said.zh)
    assert said.en[:3].isascii(), "an example of a number may stand in the sentence, Chinese words may not"
    assert len(said.en.split()) > 3
    assert str(said) == f"{said.zh} {said.en}"


@pytest.mark.parametrize(("id_type", "number"), [("3", ""), ("3", "x" * 41), ("8", "A"), ("", "A")])
def test_other_documents_have_a_known_kind_and_a_number(id_type: str, number: str) -> None:
    identifiers.check_identity("3", "E12345678")
    with pytest.raises(InvalidIdentifier):
        identifiers.check_identity(id_type, number)


@pytest.mark.parametrize("code", ["MA900001-1", "MA9000011", "00000001-9"])
def test_an_organisation_code_is_taken_with_or_without_its_hyphen(code: str) -> None:
    identifiers.check_identity("6", code)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("MA900001-2", "check character"),
        ("MA90001-1", "nine"),
        ("ma900001-1", "nine"),
        ("MA9000-011", "nine"),
        ("", "nine"),
        ("MA900001--1", "nine"),
    ],
)
def test_what_is_no_organisation_code_is_told(code: str, fault: str) -> None:
    with pytest.raises(InvalidIdentifier, match=fault):
        identifiers.check_identity("6", code)
