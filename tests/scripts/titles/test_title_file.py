"""Existing titles from a file: each mistake is named by line, column and value, and a title is read whole or not at all."""

import gc
import random
from pathlib import Path

import pytest

from dengbu.api.body_size import BODY_BYTES_MAX
from dengbu.api.client.transport import encoded
from dengbu.ledger.register.shapes import HOLDERS_MAX
from dengbu.scripts.titles.city import FIELDS, person, titles
from dengbu.scripts.titles.faults import SHOWN_CHARACTERS_MAX
from dengbu.scripts.titles.values import Bounds
from tests.scripts.titles.files import BOUNDS, TODAY, begins, of_rows, places, read, row, rows, written


@pytest.mark.parametrize("raw", ["", written(rows(1)), "\xff"])
@pytest.mark.parametrize("collecting", [True, False])
def test_garbage_is_collected_afterwards_as_before(tmp_path: Path, raw: str, collecting: bool) -> None:
    (gc.enable if collecting else gc.disable)()
    try:
        read(tmp_path / "t.csv", raw)
        assert gc.isenabled() == collecting
    finally:
        gc.enable()


def test_a_sound_title_is_read(tmp_path: Path) -> None:
    found = of_rows(tmp_path / "t.csv", row())
    assert (len(found.titles), found.faults, found.rows) == (1, [], 1)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"BDCQZH": "粤(2999)惠州市不动产权第0000001号"}, "future"),
        ({"BDCQZH": "粤(2021)惠州市不动产登记证明第0000001号"}, "numbered as"),
        ({"BDCQZH": "粤(2021)惠州市不动产证明第0000001号"}, "not the ownership"),
        ({"BDCQZH": "粤房地权证惠州字第0000001号"}, "looks like"),
        ({"BDCDYH": "441302001001GA00001W00000000"}, "GA"),
        ({"BDCDYH": "441302001001GB00000F00010001"}, "00001"),
        ({"BDCDYH": "441302001001gb00001F00010001"}, "capital"),
        ({"BDCDYH": "441303001001GB00001F00010001"}, "441303"),
        ({"BDCDYH": "110101001001GB00001F00010001"}, "110101"),
        ({"ZJH": "44130299991231001X"}, "future"),
        ({"ZJH": "130503670401001"}, "15"),
        ({"ZJZL": "7", "ZJH": "91441300MA9000011T"}, "check character"),
        ({"ZJZL": "3", "ZJH": "E" * 41}, "40"),
        ({"ZJZL": "3", "ZJH": "4.41302E+17"}, "scientific"),
        ({"ZJZL": "8"}, "kinds"),
        ({"ZJZL": "身份"}, "kinds"),
        ({"GYFS": "3"}, "single"),
        ({"GYFS": "其他共有"}, "single"),
        ({"GYFS": "1"}, "two rows"),
        ({"GYFS": "2", "QLBL": "1/2"}, "two rows"),
        ({"QLBL": "1/2"}, "by shares"),
        ({"GHYT": "住房"}, "uses"),
        ({"GHYT": "10"}, "uses"),
        ({"DJSJ": "2026-11-23"}, "future"),
        ({"DJSJ": "1899-12-30"}, "1949"),
        ({"JZMJ": "=SUM(A1)"}, "formula"),
        ({"JZMJ": "1E5"}, "scientific"),
        ({"JZMJ": "1E999"}, "scientific"),
        ({"JZMJ": "1,234.5"}, "square metres"),
        ({"ZL": "=HYPERLINK(1)"}, "formula"),
        ({"ZL": "路" * 201}, "200"),
        ({"QLRMC": "陈" * 101}, "100"),
        ({"QLRMC": "Zoe\u0301"}, "normal form"),
        ({"QLRMC": "\uf92c"}, "normal form"),
        ({"QLRMC": "陈\u200b文"}, "U+200B"),
        ({"QLRMC": "陈\ufeff文"}, "U+FEFF"),
        ({"QLRMC": "陈\ufffd"}, "U+FFFD"),
        ({"QLRMC": "陈\u202e文"}, "U+202E"),
        ({"ZL": "麦地路\x00"}, "U+0000"),
        ({"ZL": "麦地\t路"}, "U+0009"),
        *(({name: ""}, "empty") for name in FIELDS if name != "QLBL"),
    ],
)
def test_a_fault_is_named_by_line_unit_column_and_value(
    tmp_path: Path, changed: dict[str, str], says: str
) -> None:
    other = rows(2)[1]
    found = of_rows(tmp_path / "t.csv", other, row(**changed))
    assert [title["unit"] for title in found.titles] == [other["BDCDYH"]]
    (fault,) = found.faults
    column = list(changed)[-1] if changed.get("GYFS") != "2" else "GYFS"
    assert (fault.line, fault.column, fault.unit) == (3, column, row(**changed)["BDCDYH"])
    assert says in fault.message
    value = changed[column].strip()
    if column == "ZJH":
        assert (
            fault.value == "*" * (min(len(value), SHOWN_CHARACTERS_MAX) - 4) + value[-4:]
            if value
            else not fault.value
        )
    elif value.isprintable() and "\ufffd" not in value and len(value) <= SHOWN_CHARACTERS_MAX:
        assert fault.value == value
    assert str(fault).count("\n") == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"ZJH": "441302190001010018"},
        {"ZJZL": "9", "QLRMC": "441302190001010019"},
        {"BDCDYH": "441302190001010019"},
        {"ZL": "441302190001010019" + "路" * 200},
        {"GYFS": "441302190001010019"},
        {"QLBL": "441302190001010019"},
        {"DJSJ": "441302190001010019"},
        {"JZMJ": "91441300MA9000011R"},
        {"GHYT": "130503670401001"},
    ],
)
def test_no_fault_repeats_an_identity_number_wherever_it_stands(
    tmp_path: Path, changed: dict[str, str]
) -> None:
    found = of_rows(tmp_path / "t.csv", row(**changed))
    assert found.faults
    for number in ("441302190001010018", "441302190001010019", "91441300MA9000011R", "130503670401001"):
        for fault in found.faults:
            assert number[:-4] not in f"{fault} {fault.value} {fault.unit}"


def test_a_row_with_several_mistakes_has_them_all(tmp_path: Path) -> None:
    found = of_rows(tmp_path / "t.csv", row(JZMJ="0", DJSJ="2021-02-30", ZJH="1"))
    assert places(found) == [(2, "DJSJ"), (2, "JZMJ"), (2, "ZJH")]


def test_the_districts_are_those_of_the_policy_and_not_of_the_code(tmp_path: Path) -> None:
    elsewhere = row(BDCDYH="441303001001GB00001F00010001")
    for districts, count in ((("441302",), 0), (("441303",), 1), (None, 1), ((), 0)):
        found = of_rows(tmp_path / "t.csv", elsewhere, bounds=Bounds(TODAY, districts))
        assert len(found.titles) == count


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_are_those_of_an_editor(tmp_path: Path, newline: str) -> None:
    long = f"惠州市惠城区{newline}麦地路一号 {newline} {newline}二楼"
    four = rows(4)
    four[0]["ZL"] = long
    four[2] |= {"ZL": long, "JZMJ": "0"}
    four[3]["JZMJ"] = "0"
    lines = written(four, newline=newline).split(newline)
    raw = newline.join([*lines[:5], "", " , , ", *lines[5:]])
    found = read(tmp_path / "t.csv", raw)
    assert begins(found) == [2, 8]
    assert [fault.line for fault in found.faults] == [9, 13]
    assert found.titles[0]["location"] == "惠州市惠城区 麦地路一号 二楼"


@pytest.mark.parametrize("mark", ["\u2028", "\x85", "\x0b", "\x0c", "\x1c"])
def test_nothing_else_ends_a_line_and_none_of_it_is_let_in(tmp_path: Path, mark: str) -> None:
    one, two = rows(2)
    found = of_rows(tmp_path / "t.csv", one | {"ZL": f"麦地路{mark}一号"}, two | {"JZMJ": "0"})
    assert places(found) == [(2, "ZL"), (3, "JZMJ")]


def test_a_quote_that_never_ends_is_named_where_its_row_begins(tmp_path: Path) -> None:
    lines = written(rows(4)).split("\r\n")
    lines[2] = lines[2].replace("惠州市惠城区", '"惠州市惠城区', 1)
    found = read(tmp_path / "t.csv", "\n".join(lines))
    (fault,) = found.faults
    assert (fault.line, "CSV" in fault.message) == (3, True)


@pytest.mark.parametrize("end", ["\x1a", "\x00" * 700, "\x1a\r\n\x00"])
def test_what_an_old_program_puts_at_the_end_is_one_clear_fault(tmp_path: Path, end: str) -> None:
    found = read(tmp_path / "t.csv", written(rows(2)) + end)
    assert {fault.column for fault in found.faults} == {"-"}
    assert len(found.faults) == len(end.split("\r\n"))
    assert "^Z" in found.faults[0].message
    assert len(found.titles) == 2
    found = read(tmp_path / "t.csv", written(rows(2)).rstrip("\r\n") + end.strip("\r\n")[:1])
    assert places(found) == [(3, "DJSJ")]


def test_cells_beyond_the_header_are_not_dropped_in_silence(tmp_path: Path) -> None:
    lines = written(rows(2)).split("\r\n")
    found = read(tmp_path / "t.csv", "\n".join([lines[0], lines[1] + ",,", lines[2] + ",1/2"]))
    assert places(found) == [(3, "-")]
    assert found.faults[0].value == "1/2"


def test_a_row_that_ends_early_lacks_what_it_does_not_hold(tmp_path: Path) -> None:
    lines = written(rows(2)).split("\r\n")
    found = read(tmp_path / "t.csv", "\n".join([lines[0], lines[1], lines[2].rpartition(",")[0]]))
    assert places(found) == [(3, "DJSJ")]


# ---- the header -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("again", ["JZMJ", "jzmj", "建筑面积", " 建筑面积 （㎡）"])
def test_a_column_that_stands_twice_under_whatever_name_is_no_choice(tmp_path: Path, again: str) -> None:
    lines = written(rows(1)).split("\r\n")
    found = read(tmp_path / "t.csv", f"{lines[0]},{again}\n{lines[1]},9\n")
    assert places(found) == [(1, "JZMJ")]
    assert again.strip() in found.faults[0].value
    assert not found.titles


@pytest.mark.parametrize("name", [name for name in FIELDS if name != "QLBL"])
def test_a_column_that_is_missing_is_named(tmp_path: Path, name: str) -> None:
    found = read(tmp_path / "t.csv", written(rows(1), headers={name: "别的"}))
    assert places(found) == [(1, name)]
    assert found.ignored == ("别的",)


def test_shares_may_be_missing_where_nobody_holds_one(tmp_path: Path) -> None:
    assert len(read(tmp_path / "t.csv", written(rows(2), headers={"QLBL": "附记"})).titles) == 2
    both = next(of_one for of_one in titles(7, 60) if of_one[0]["GYFS"] == "2")
    found = read(tmp_path / "t.csv", written(both, headers={"QLBL": "附记"}))
    assert {fault.column for fault in found.faults} == {"QLBL"}


def test_columns_that_are_not_ours_are_named_once(tmp_path: Path) -> None:
    lines = written(rows(3)).split("\r\n")
    lines = [lines[0] + ",抵押,备注,", *(line + ",有,无," for line in lines[1:4])]
    found = read(tmp_path / "t.csv", "\n".join(lines))
    assert (len(found.titles), found.ignored) == (3, ("抵押", "备注"))


@pytest.mark.parametrize("raw", ["", "\n \n", ",,,\n", "\ufeff"])
def test_an_empty_file_is_a_mistake(tmp_path: Path, raw: str) -> None:
    (fault,) = read(tmp_path / "t.csv", raw).faults
    assert (fault.line, "empty" in fault.message) == (1, True)


@pytest.mark.parametrize("more", ["", "\n\n , ,\n"])
def test_a_header_without_rows_is_a_mistake(tmp_path: Path, more: str) -> None:
    (fault,) = read(tmp_path / "t.csv", written([]) + more).faults
    assert (fault.line, "no rows" in fault.message) == (1, True)


# ---- what several cells show ----------------------------------------------------------------------------------------


def of_holders(count: int, **changed: str) -> list[dict[str, str]]:
    """A unit with as many holders."""
    rng = random.Random(5)
    people = {one.id_no: one for one in (person(rng) for _ in range(2 * count))}
    return [
        row(**changed) | {"QLRMC": one.name, "ZJZL": one.id_type, "ZJH": one.id_no}
        for one in list(people.values())[:count]
    ]


def test_rows_of_a_unit_are_one_title_wherever_they_stand(tmp_path: Path) -> None:
    one, two = of_holders(2, GYFS="1")
    found = of_rows(tmp_path / "t.csv", one, *rows(3)[1:], two)
    assert found.faults == []
    assert [len(title["holders"]) for title in found.titles] == [2, 1, 1]
    assert found.titles.line_of(one["BDCDYH"]) == 2


def test_the_same_said_in_other_words_is_no_difference(tmp_path: Path) -> None:
    one, two = of_holders(2, GYFS="1", DJSJ="2020-01-05", JZMJ="89.5")
    other = {
        "GYFS": "共同共有",
        "DJSJ": "2020年1月5日",
        "JZMJ": "８９.50",
        "BDCDYH": two["BDCDYH"].replace("0", "０"),
    }
    found = of_rows(tmp_path / "t.csv", one, two | other)
    assert (found.faults, len(found.titles)) == ([], 1)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("ZL", "另一条路1号"),
        ("GYFS", "2"),
        ("BDCQZH", "粤(2020)惠州市不动产权第0000009号"),
        ("JZMJ", "89.51"),
        ("GHYT", "商业"),
        ("DJSJ", "2020-01-06"),
    ],
)
@pytest.mark.parametrize("between", [0, 2])
def test_rows_of_a_unit_that_differ_are_no_title(
    tmp_path: Path, column: str, value: str, between: int
) -> None:
    one, two = of_holders(2, GYFS="1", JZMJ="89.5", DJSJ="2020-01-05", GHYT="住宅")
    found = of_rows(tmp_path / "t.csv", one, *rows(3)[1 : 1 + between], two | {column: value})
    assert places(found) == [(3 + between, column)]
    assert found.faults[0].value == value
    assert "line 2" in found.faults[0].message
    assert len(found.titles) == between


def test_a_holder_stands_once_in_a_unit(tmp_path: Path) -> None:
    one, two = of_holders(2, GYFS="1")
    found = of_rows(tmp_path / "t.csv", one, two, one | {"QLRMC": "别名"})
    assert places(found) == [(4, "ZJH")]
    assert "line 2" in found.faults[0].message
    same = one["ZJH"].translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"}).replace("X", "x")
    assert places(of_rows(tmp_path / "t.csv", one, two, one | {"ZJH": same, "ZJZL": "身份证"})) == [
        (4, "ZJH")
    ]


@pytest.mark.parametrize("more", [0, 1])
def test_a_unit_has_so_many_holders_and_no_more(tmp_path: Path, more: int) -> None:
    found = of_rows(tmp_path / "t.csv", *of_holders(HOLDERS_MAX + more, GYFS="1"))
    assert places(found) == [(2 + HOLDERS_MAX, "BDCDYH")] * more
    assert len(found.titles) == 1 - more


def test_a_title_that_no_node_takes_is_a_fault(tmp_path: Path) -> None:
    """The longest names of as many holders as a unit has are more than a request holds; what just fits is read."""
    many = [one | {"QLRMC": "陈" * 100} for one in of_holders(HOLDERS_MAX, GYFS="1")]
    found = of_rows(tmp_path / "t.csv", *many, *rows(2)[1:])
    assert places(found) == [(2, "BDCDYH")]
    assert str(BODY_BYTES_MAX) in found.faults[0].message
    assert [title["unit"] for title in found.titles] == [rows(2)[1]["BDCDYH"]]
    over = int(found.faults[0].value) - BODY_BYTES_MAX
    taken, given = -(-over // 3), -over % 3
    for n in range(taken):
        many[n % len(many)]["QLRMC"] = many[n % len(many)]["QLRMC"][:-1]
    many[0]["QLRMC"] += "A" * given
    (title,) = of_rows(tmp_path / "t.csv", *many).titles
    assert len(encoded(title)) == BODY_BYTES_MAX
    many[0]["QLRMC"] += "A"
    (fault,) = of_rows(tmp_path / "t.csv", *many).faults
    assert fault.value == str(BODY_BYTES_MAX + 1)


def test_one_certificate_in_two_writings_is_one(tmp_path: Path) -> None:
    one, two, three = rows(3)
    wide = one["BDCQZH"].replace("(", "（").replace(")", "）").replace("2", "２")
    found = of_rows(tmp_path / "t.csv", one, two | {"BDCQZH": wide}, three)
    assert places(found) == [(3, "BDCQZH")]
    assert "line 2" in found.faults[0].message


def test_a_single_holder_is_one(tmp_path: Path) -> None:
    assert places(of_rows(tmp_path / "t.csv", *of_holders(2))) == [(3, "GYFS")]


@pytest.mark.parametrize(
    ("shares", "faults"),
    [
        (("1/2", "1/2"), []),
        (("1/3", "66.666667%"), [(2, "QLBL")]),
        (("33%", "67%"), []),
        (("0.25", "3/4"), []),
        (("１/２", "５０％"), []),
        (("2/4", "0.5"), []),
        (("1/3", "1/3"), [(2, "QLBL")]),
        (("1/1", "1/2"), [(2, "QLBL")]),
        (("1/2", ""), [(3, "QLBL")]),
        (("1/2", "0"), [(3, "QLBL")]),
        (("1/2", "1/0"), [(3, "QLBL")]),
        (("1/2", "-1/2"), [(3, "QLBL")]),
        (("1/2", "3/2"), [(3, "QLBL")]),
        (("1/2", "150%"), [(3, "QLBL")]),
        (("1/2", "1 月 2 日"), [(3, "QLBL")]),
        (("1/2", "5E-1"), [(3, "QLBL")]),
        (("1/2", "1" * 5000 + "/2"), [(3, "QLBL")]),
        (("1/2", "1/" + "3" * 5000), [(3, "QLBL")]),
    ],
)
def test_shares_are_exact_and_make_one(
    tmp_path: Path, shares: tuple[str, str], faults: list[tuple[int, str]]
) -> None:
    both = [one | {"QLBL": share} for one, share in zip(of_holders(2, GYFS="2"), shares, strict=True)]
    found = of_rows(tmp_path / "t.csv", *both)
    assert places(found) == faults
    assert len(found.titles) == (not faults)


def test_a_share_of_who_holds_alone_is_not_made_the_whole(tmp_path: Path) -> None:
    some = [one | {"QLBL": share} for one, share in zip(rows(4), ("1/2", "1/1", "100%", "1"), strict=True)]
    assert places(of_rows(tmp_path / "t.csv", *some)) == [(2, "QLBL")]


def test_what_is_read_is_in_the_form_of_the_ledger(tmp_path: Path) -> None:
    found = of_rows(
        tmp_path / "t.csv",
        row(
            BDCDYH="４４1302001001ＧB00001F00010001",
            ZJZL="居民身份证",
            ZJH="44130219000101001９",
            GYFS="单独所有",
            BDCQZH="粤（２０20）惠州市不动产权第0000001号",
            JZMJ="１２０．5",
            GHYT="成套住宅",
            DJSJ="2020年1月5日 08:30:00",
            QLRMC=" 陈文 ",
        ),
    )
    assert found.faults == []
    (title,) = found.titles
    assert title == {
        "unit": "441302001001GB00001F00010001",
        "use": "dwelling",
        "area_cm2": 1_205_000,
        "certificate": "粤(2020)惠州市不动产权第0000001号",
        "registered_on": "2020-01-05",
        "mode": "single",
        "location": row()["ZL"],
        "holders": [{"name": "陈文", "id_type": "1", "id_no": "441302190001010019", "share": "1/1"}],
    }


def test_bounds_are_given_and_not_asked_of_a_clock(tmp_path: Path) -> None:
    assert places(of_rows(tmp_path / "t.csv", row(DJSJ="2026-11-22"))) == []
    early = Bounds(TODAY.replace(year=2014), BOUNDS.districts)
    assert {column for _, column in places(of_rows(tmp_path / "t.csv", row(), bounds=early))} == {
        "BDCQZH",
        "DJSJ",
    }
