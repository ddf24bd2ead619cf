"""Existing titles from CSV: identifiers are checked against their standards and against the day of reading."""

from pathlib import Path

import pytest

from dengbu.scripts.titles.city import FIELDS, titles
from dengbu.scripts.titles.title_csv import read_titles


def written(path: Path, **changed: str) -> Path:
    """Write a file with one made-up title, some of its fields changed."""
    row = titles(7, 1).__next__()[0] | {"GYFS": "0", "QLBL": ""} | changed
    path.write_text(",".join(FIELDS) + "\n" + ",".join(row[name] for name in FIELDS) + "\n", encoding="utf-8")
    return path


def test_a_sound_title_is_read(tmp_path: Path) -> None:
    found = read_titles(written(tmp_path / "titles.csv"))
    assert (len(found.titles), found.faults) == (1, [])


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"BDCQZH": "粤(2999)惠州市不动产权第0000001号"}, "future"),
        ({"BDCQZH": "粤(2021)惠州市不动产登记证明第0000001号"}, "numbered as"),
        ({"BDCDYH": "441302001001GA00001W00000000"}, "GA"),
        ({"ZJZL": "1", "ZJH": "44130299991231001X"}, "future"),
        ({"ZJZL": "1", "ZJH": "130503670401001"}, "15"),
        ({"ZJZL": "7", "ZJH": "91441300MA9000011T"}, "check character"),
    ],
)
def test_a_wrong_identifier_is_named_by_line_and_column(
    tmp_path: Path, changed: dict[str, str], says: str
) -> None:
    found = read_titles(written(tmp_path / "titles.csv", **changed))
    assert found.titles == []
    (fault,) = found.faults
    assert (fault.line, fault.column) == (2, next(name for name in changed if name != "ZJZL"))
    assert says in fault.message


def of_rows(path: Path, *lines: str, before: bytes = b"", newline: str = "\n") -> Path:
    """Write a file with these lines under the header."""
    path.write_bytes(before + newline.join([",".join(FIELDS), *lines, ""]).encode())
    return path


def row(place: int, **changed: str) -> str:
    """Return the single line of a sound title, the one at this place in the made-up city."""
    (cells, *_) = list(titles(7, place + 1))[place]
    cells = cells | {"GYFS": "0", "QLBL": ""} | changed
    return ",".join(cells[name] for name in FIELDS)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_lines_are_those_of_an_editor(tmp_path: Path, newline: str) -> None:
    long = f'"惠州市惠城区{newline}麦地路一号{newline}{newline}二楼"'
    rows = [row(0, ZL=long), "", row(1), row(2, ZL=long, JZMJ="0"), row(3, JZMJ="0")]
    found = read_titles(of_rows(tmp_path / "titles.csv", *rows, newline=newline))
    assert list(found.lines.values()) == [2, 7]
    assert [fault.line for fault in found.faults] == [8, 12]
    text = (tmp_path / "titles.csv").read_text(encoding="utf-8").split("\n")  # carriage returns are gone
    assert ",0," in "".join(text[8 - 1 : 11])
    assert ",0," in text[12 - 1]
    (first, _) = found.titles
    assert first["location"].split(newline) == ["惠州市惠城区", "麦地路一号", "", "二楼"]


@pytest.mark.parametrize("mark", ["\u2028", "\x85", "\x0b", "\x0c", "\x1c"])
def test_nothing_else_ends_a_line(tmp_path: Path, mark: str) -> None:
    found = read_titles(of_rows(tmp_path / "titles.csv", row(0, ZL=f"麦地路{mark}一号"), row(1, JZMJ="0")))
    assert [fault.line for fault in found.faults] == [3]
    assert [one["location"] for one in found.titles] == [f"麦地路{mark}一号"]


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("name", [b"", b"\xe9\xba\xa6", b"12", b"1234567"])
def test_a_byte_that_is_no_text_is_named_by_its_line(tmp_path: Path, before: bytes, name: bytes) -> None:
    path = of_rows(tmp_path / "titles.csv", row(0), before=before)
    path.write_bytes(path.read_bytes() + name + b"\xff," + row(1).encode())
    (fault,) = read_titles(path).faults
    assert (fault.line, "UTF-8" in fault.message) == (3, True)


def test_a_quote_that_never_ends_is_named_where_its_row_begins(tmp_path: Path) -> None:
    found = read_titles(of_rows(tmp_path / "titles.csv", row(0), row(1, ZL='"麦地路'), row(2), row(3)))
    (fault,) = found.faults
    assert (fault.line, "CSV" in fault.message) == (3, True)


def test_cells_beyond_the_header_are_not_dropped_in_silence(tmp_path: Path) -> None:
    found = read_titles(of_rows(tmp_path / "titles.csv", row(0) + ",,", row(1) + ",1/2"))
    assert [(fault.line, fault.column) for fault in found.faults] == [(3, "-")]


def test_a_column_that_stands_twice_is_no_choice(tmp_path: Path) -> None:
    (tmp_path / "titles.csv").write_text(
        ",".join([*FIELDS, "JZMJ"]) + "\n" + row(0) + ",9\n", encoding="utf-8"
    )
    assert [(fault.line, fault.column) for fault in read_titles(tmp_path / "titles.csv").faults] == [
        (1, "JZMJ")
    ]


def test_a_share_of_who_holds_alone_is_not_made_the_whole(tmp_path: Path) -> None:
    rows = [row(0, QLBL="1/2"), row(1, QLBL="1/1"), row(2, QLBL="100%")]
    found = read_titles(of_rows(tmp_path / "titles.csv", *rows))
    assert [(fault.line, fault.column) for fault in found.faults] == [(2, "QLBL")]


@pytest.mark.parametrize(
    "area",
    [
        "1e999999",
        "9" * 5000,
        "1_000",
        "１２",
        "1e3",
        "+5",
        "5.",
        ".5",
        "NaN",
        "0",
        "0.00001",
        "100." + "0" * 40 + "1",
    ],
)
def test_an_area_is_digits_and_is_never_rounded(tmp_path: Path, area: str) -> None:
    found = read_titles(of_rows(tmp_path / "titles.csv", row(0, JZMJ=area)))
    assert [(fault.line, fault.column) for fault in found.faults] == [(2, "JZMJ")]


@pytest.mark.parametrize(
    "share", ["1" * 5000 + "/2", "1/" + "3" * 5000, "1/0", "0/1", "３/４", "1/1", "-1/2"]
)
def test_a_share_is_digits_over_digits(tmp_path: Path, share: str) -> None:
    unit = next(titles(7, 1))[0]["BDCDYH"]
    rows = [row(0, GYFS="2", QLBL=share), row(0, GYFS="2", QLBL="1/2")]
    found = read_titles(of_rows(tmp_path / "titles.csv", *rows))
    assert unit not in found.lines
    assert [(fault.line, fault.column) for fault in found.faults] == [(2, "QLBL")]


@pytest.mark.parametrize(("area", "cm2"), [("120.5", 1_205_000), ("0.0001", 1), ("100000000", 10**12)])
def test_an_area_is_read_to_the_last_digit(tmp_path: Path, area: str, cm2: int) -> None:
    (title,) = read_titles(of_rows(tmp_path / "titles.csv", row(0, JZMJ=area))).titles
    assert title["area_cm2"] == cm2


def test_one_certificate_in_two_writings_is_one(tmp_path: Path) -> None:
    narrow = next(titles(7, 1))[0]["BDCQZH"]
    wide = narrow.replace("(", "（").replace(")", "）")
    found = read_titles(of_rows(tmp_path / "titles.csv", row(0), row(1, BDCQZH=wide)))
    assert [(fault.line, fault.column) for fault in found.faults] == [(3, "BDCQZH")]


def test_an_empty_file_lacks_every_column(tmp_path: Path) -> None:
    (tmp_path / "titles.csv").write_bytes(b"")
    assert {fault.column for fault in read_titles(tmp_path / "titles.csv").faults} == set(FIELDS)
