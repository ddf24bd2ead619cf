"""Identity documents: one person is written in many ways, and compared in one."""

import pytest

from dengbu.ledger.law.documents import KINDS, OTHER_WORDS, document_kind, normal, plain
from dengbu.ledger.law.identifiers import InvalidIdentifier, check_identity

CITIZEN = "44130219050505009X"


@pytest.mark.parametrize(
    "kind", ["1", "01", "001", " 1 ", "１", "身份证", "居民身份证", "公民身份证", "1\u200b"]
)
@pytest.mark.parametrize(
    "number",
    [
        CITIZEN,
        CITIZEN.lower(),
        f" {CITIZEN}\t",
        "441302 19050505 009X",
        "441302-19050505-009X",
        "４４１３０２１９０５０５０５００９Ｘ",
        "4413021905\u200b0505009X",
        "\ufeff44130219050505009x",
        "441302\u300019050505\u00a0009X",
    ],
)
def test_one_citizen_is_one_person_however_written(kind: str, number: str) -> None:
    assert normal(kind, number) == ("1", CITIZEN)
    check_identity(*normal(kind, number))


def test_every_kind_has_a_code_and_a_word_and_each_word_one_code() -> None:
    for code, word in KINDS.items():
        assert document_kind(code) == document_kind(word) == document_kind(f"0{code}") == code
    for word, code in OTHER_WORDS.items():
        assert document_kind(word) == code
        assert word not in KINDS.values()


@pytest.mark.parametrize("kind", ["", "0", "00", "8", "100", "1a", "身份", "10"])
def test_another_kind_is_none_and_stays_refused(kind: str) -> None:
    assert document_kind(kind) is None
    code, number = normal(kind, "A1")
    assert code == plain(kind)
    with pytest.raises(InvalidIdentifier, match="no such kind"):
        check_identity(code, number)


def test_the_hyphen_is_no_part_of_a_citizens_or_organisations_number_and_is_one_of_others() -> None:
    assert normal("组织机构代码", "71780014-5") == normal("6", "717800145") == ("6", "717800145")
    assert normal("7", "91441300-MA4UL5-FY9K")[1] == "91441300MA4UL5FY9K"
    assert normal("3", "E1-2") != normal("3", "E12")


def test_a_line_break_stays_for_whoever_frames_lines_to_refuse() -> None:
    assert "\n" in normal("3", "E1\nE2")[1]
