"""An .xlsx file as cities have them: what a spreadsheet did to a value is said, and is not guessed."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from time import process_time
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook, load_workbook

from dengbu.scripts.titles.city import FIELDS
from dengbu.scripts.titles.sheet import CHUNK_BYTES, PARTS_BYTES_MAX, _areas
from dengbu.scripts.titles.table import Form
from dengbu.scripts.titles.title_file import Titles, read_titles
from tests.scripts.titles.files import BOUNDS, begins, cells_of, places, read, row, rows, sheet, written


def of_cells(path: Path, cells: list[list[Any]], form: Form | None = None) -> Titles:
    return read_titles(sheet(path / "t.xlsx", cells), BOUNDS, form or Form())


def changed(**cells: Any) -> list[list[Any]]:
    """A sheet of one title of which some cells are these values."""
    found = cells_of(rows(1))
    for name, value in cells.items():
        found[1][FIELDS.index(name)] = value
    return found


def test_a_sheet_of_text_is_the_same_as_a_csv_file(tmp_path: Path) -> None:
    found = of_cells(tmp_path, cells_of(rows(5)))
    assert found.titles == read(tmp_path / "t.csv", written(rows(5))).titles
    assert (len(found.titles), found.rows, found.read_as) == (5, 5, "xlsx [Sheet1]")


@pytest.mark.parametrize(
    ("cells", "member", "value"),
    [
        ({"DJSJ": date(2020, 1, 5)}, "registered_on", "2020-01-05"),
        ({"DJSJ": datetime(2020, 1, 5, 8, 30)}, "registered_on", "2020-01-05"),  # noqa: DTZ001  (a sheet has no zones)
        ({"DJSJ": 20200105}, "registered_on", "2020-01-05"),
        ({"DJSJ": "2020年1月5日"}, "registered_on", "2020-01-05"),
        ({"JZMJ": 89}, "area_cm2", 890_000),
        ({"JZMJ": 89.12}, "area_cm2", 891_200),
        ({"JZMJ": 0.1 + 0.2}, "area_cm2", 3_000),  # shown as 0.3: a sheet keeps 15 digits
        ({"JZMJ": 100000000}, "area_cm2", 10**12),
        ({"GYFS": 0}, "mode", "single"),
        ({"QLBL": 1}, "mode", "single"),
        ({"ZL": "麦地路\n1号"}, "location", "麦地路 1号"),
        ({"ZL": " 麦地路 \r\n\n 1号 "}, "location", "麦地路 1号"),
        ({"ZL": "麦地路_x000D_\n1号"}, "location", "麦地路 1号"),
    ],
)
def test_what_a_column_takes_is_read(tmp_path: Path, cells: dict[str, Any], member: str, value: Any) -> None:
    found = of_cells(tmp_path, changed(**cells))
    assert found.faults == []
    assert found.titles[0][member] == value


@pytest.mark.parametrize(
    ("cells", "says", "value"),
    [
        ({"ZJH": 441302190001010019}, "lost", "*" * 14 + "9984"),
        ({"ZJH": 4.41302e17}, "lost", "*" * 14 + "0000"),
        ({"ZJH": 12345678}, "leading zeros", "****5678"),
        ({"ZJH": "4.41302E+17"}, "scientific", "*******E+17"),
        ({"JZMJ": 1e20}, "square metres", "1" + "0" * 20),
        ({"JZMJ": 0.00001}, "square metres", "0.00001"),
        ({"JZMJ": -5}, "square metres", "-5"),
        ({"JZMJ": "1E5"}, "scientific", "1E5"),
        ({"JZMJ": "=A1*2"}, "formula", "=A1*2"),
        ({"JZMJ": "#N/A"}, "error", "#N/A"),
        ({"JZMJ": date(2020, 1, 5)}, "date", "2020-01-05"),
        ({"JZMJ": True}, "bool", "True"),
        ({"QLBL": date(2026, 1, 2)}, "date", "2026-01-02"),
        ({"DJSJ": 43835}, "valid date", "43835"),
        ({"DJSJ": 43835.5}, "valid date", "43835.5"),
        ({"DJSJ": date(1900, 1, 1)}, "1949", "1900-01-01"),
        ({"DJSJ": time(8, 30)}, "time", "08:30:00"),
        ({"DJSJ": timedelta(days=2)}, "timedelta", "2 days, 0:00:00"),
        ({"QLRMC": 12}, "number", "12"),
        ({"QLRMC": "=B2"}, "formula", "=B2"),
        ({"BDCQZH": 2020}, "number", "2020"),
        ({"ZL": "麦地路\u200b"}, "U+200B", "麦地路<U+200B>"),
        ({"ZL": None}, "empty", ""),
    ],
)
def test_what_a_spreadsheet_did_is_named_with_what_stands_there(
    tmp_path: Path, cells: dict[str, Any], says: str, value: str
) -> None:
    found = of_cells(tmp_path, changed(**cells))
    assert found.titles == []
    (fault,) = found.faults
    assert (fault.line, fault.column, fault.value) == (2, *cells, value)
    assert says in fault.message


def test_a_share_typed_as_a_percentage_is_read(tmp_path: Path) -> None:
    one, two = rows(2)
    both = [
        one | {"GYFS": "2"},
        one | {"GYFS": "2", "QLRMC": two["QLRMC"], "ZJH": two["ZJH"], "ZJZL": two["ZJZL"]},
    ]
    cells = cells_of(both)
    cells[1][FIELDS.index("QLBL")], cells[2][FIELDS.index("QLBL")] = 0.25, "75%"
    (title,) = of_cells(tmp_path, cells).titles
    assert [holder["share"] for holder in title["holders"]] == ["1/4", "3/4"]


def test_rows_have_the_numbers_that_the_sheet_shows(tmp_path: Path) -> None:
    head, one, two = cells_of(rows(2))
    bad = list(two)
    bad[FIELDS.index("JZMJ")] = "0"
    found = of_cells(tmp_path, [[], ["# 说明"], [], head, [], one, [None, " "], [], bad])
    assert (begins(found), places(found)) == ([6], [(9, "JZMJ")])


def test_merged_cells_are_named_and_not_filled(tmp_path: Path) -> None:
    one, two, three = rows(3)
    path = sheet(tmp_path / "t.xlsx", cells_of([one, two, three]))
    book = load_workbook(path)
    book.active.merge_cells("B2:B3")
    book.active.merge_cells("N2:N900")  # where there is nothing of ours
    book.save(path)
    found = read_titles(path, BOUNDS)
    assert {(fault.line, fault.column) for fault in found.faults} == {(2, "ZL"), (3, "ZL")}
    assert all("B2:B3" in fault.message for fault in found.faults)
    assert found.faults[0].value == one["ZL"]
    assert [title["unit"] for title in found.titles] == [three["BDCDYH"]]


def test_merged_cells_are_seen_however_they_are_quoted(tmp_path: Path) -> None:
    path = sheet(tmp_path / "t.xlsx", cells_of(rows(2)))
    merged = b"</sheetData><mergeCells count='1'><mergeCell ref='B2:B3'/></mergeCells>"
    replaced(path, tmp_path / "u.xlsx", b"</sheetData>", merged)
    assert places(read_titles(tmp_path / "u.xlsx", BOUNDS)) == [(2, "ZL"), (3, "ZL")]


@pytest.mark.parametrize("number", [b"1E999", b"-1E999"])
@pytest.mark.parametrize("column", ["JZMJ", "ZJH", "DJSJ"])
def test_a_number_beyond_all_numbers_is_a_fault_of_its_cell(
    tmp_path: Path, column: str, number: bytes
) -> None:
    path = sheet(tmp_path / "t.xlsx", [*changed(**{column: 987654}), cells_of(rows(2))[2]])
    replaced(path, tmp_path / "u.xlsx", b"<v>987654</v>", b"<v>" + number + b"</v>")
    found = read_titles(tmp_path / "u.xlsx", BOUNDS)
    assert (places(found), len(found.titles)) == ([(2, column)], 1)
    assert "beyond" in found.faults[0].message


@pytest.mark.parametrize("text", ["NaN", "INF", "-inf", "1.#QNAN", "1e", "12 3", "--"])
@pytest.mark.parametrize("column", ["JZMJ", "DJSJ"])
def test_a_cell_that_holds_no_number_is_one_fault_and_the_rest_is_read(
    tmp_path: Path, text: str, column: str
) -> None:
    some = rows(3)
    cells = [*cells_of(some), *cells_of([some[2] | {"BDCDYH": "441302001001GB00009F00010009"}])[1:]]
    cells[2][FIELDS.index(column)] = 987654
    path = sheet(tmp_path / "t.xlsx", cells)
    replaced(path, tmp_path / "u.xlsx", b"<v>987654</v>", f"<v>{text}</v>".encode())
    found = read_titles(tmp_path / "u.xlsx", BOUNDS)
    assert [
        (one.line, one.column, one.value, one.unit) for one in found.faults if one.column != "BDCQZH"
    ] == [(3, column, text, some[1]["BDCDYH"])]
    assert found.rows == 4
    assert "number" in found.faults[0].message


def test_a_cell_that_breaks_the_parser_otherwise_is_named_by_its_line(tmp_path: Path) -> None:
    path = sheet(tmp_path / "t.xlsx", [*changed(), changed(JZMJ=987654)[1]])
    replaced(path, tmp_path / "u.xlsx", b't="n"><v>987654</v>', b't="s"><v>987654</v>')
    assert places(read_titles(tmp_path / "u.xlsx", BOUNDS)) == [(3, "-")]


def replaced(path: Path, other: Path, before: bytes, after: bytes) -> None:
    """Copy a workbook with these bytes of its sheet replaced."""
    with ZipFile(path) as old, ZipFile(other, "w") as new:
        for name in old.namelist():
            raw = old.read(name)
            assert name != "xl/worksheets/sheet1.xml" or before in raw
            new.writestr(name, raw.replace(before, after))


def test_a_merged_title_above_the_header_is_left_out(tmp_path: Path) -> None:
    path = sheet(tmp_path / "t.xlsx", [["惠州市存量登记数据"], *cells_of(rows(2))])
    book = load_workbook(path)
    book.active.merge_cells("A1:K1")
    book.save(path)
    found = read_titles(path, BOUNDS)
    assert (found.faults, begins(found)) == ([], [3, 4])


def test_many_merged_cells_are_all_seen(tmp_path: Path) -> None:
    """More than fit into one piece of the file, so that one name is cut by the end of a piece."""
    whole = sheet(tmp_path / "t.xlsx", cells_of(rows(1)))
    far = "".join(f'<mergeCell ref="XA{line}:XB{line}"/>' for line in range(3, 60_003))
    assert len(far) > CHUNK_BYTES
    with ZipFile(whole) as old, ZipFile(tmp_path / "many.xlsx", "w") as new:
        for name in old.namelist():
            raw = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                merged = f'<mergeCells>{far}<mergeCell ref="J2:J3"/></mergeCells>'
                raw = raw.replace(b"</sheetData>", b"</sheetData>" + merged.encode())
            new.writestr(name, raw)
    assert places(read_titles(tmp_path / "many.xlsx", BOUNDS)) == [(2, "GHYT")]
    for shift in range(40):
        xml = b"<x>" + b" " * (CHUNK_BYTES - 3 - shift) + b'<mergeCell ref="J2:J3"/>' + b" " * CHUNK_BYTES
        with ZipFile(tmp_path / "part.zip", "w") as new:
            new.writestr("part", xml)
        with (tmp_path / "part.zip").open("rb") as file:
            assert [area.name for area in _areas(file, "part")] == ["J2:J3"]


def test_tags_without_an_end_are_looked_through_once(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "part.zip", "w") as new:
        new.writestr("part", b"<mergeCell " * (CHUNK_BYTES // 11))
    began = process_time()
    with (tmp_path / "part.zip").open("rb") as file:
        assert list(_areas(file, "part")) == []
    assert process_time() - began < 2


def test_the_sheet_is_the_first_or_the_one_that_is_named(tmp_path: Path) -> None:
    book = Workbook()
    book.active.title = "说明"
    page = book.create_sheet("数据")
    for line in cells_of(rows(2)):
        page.append(line)
    book.save(tmp_path / "t.xlsx")
    assert places(read_titles(tmp_path / "t.xlsx", BOUNDS)) == [(1, "-")]
    assert len(read_titles(tmp_path / "t.xlsx", BOUNDS, Form(sheet="数据")).titles) == 2
    (fault,) = read_titles(tmp_path / "t.xlsx", BOUNDS, Form(sheet="别的")).faults
    assert all(name in fault.message for name in ("别的", "说明", "数据"))


@pytest.mark.parametrize("form", [Form(encoding="gbk"), Form(delimiter=";")])
def test_a_sheet_has_neither_encoding_nor_delimiter(tmp_path: Path, form: Form) -> None:
    assert places(of_cells(tmp_path, cells_of(rows(1)), form)) == [(1, "-")]


def test_a_file_of_text_has_no_sheets(tmp_path: Path) -> None:
    assert places(read(tmp_path / "t.csv", written([row()]), Form(sheet="Sheet1"))) == [(1, "-")]


def test_an_old_or_encrypted_sheet_is_named(tmp_path: Path) -> None:
    (fault,) = read(tmp_path / "t.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)).faults
    assert ".xlsx" in fault.message


def test_a_workbook_that_unpacks_to_more_than_the_limit_is_not_unpacked(tmp_path: Path) -> None:
    whole = sheet(tmp_path / "t.xlsx", cells_of(rows(1)))
    with ZipFile(whole, "a", ZIP_DEFLATED) as book, book.open("xl/media/x", "w", force_zip64=True) as part:
        for _ in range(PARTS_BYTES_MAX // CHUNK_BYTES):
            part.write(bytes(CHUNK_BYTES))
    assert whole.stat().st_size < 4 * CHUNK_BYTES
    (fault,) = read_titles(whole, BOUNDS).faults
    assert str(PARTS_BYTES_MAX) in fault.message


@pytest.mark.parametrize("more", [0, 1])
@pytest.mark.parametrize("column", ["ZL", "附记"])
def test_a_cell_of_more_characters_than_a_sheet_has_is_a_fault(
    tmp_path: Path, column: str, more: int
) -> None:
    cells = changed()
    place = FIELDS.index("ZL")
    cells[0][place], cells[1][place] = column, "路" * 32_767
    path = sheet(tmp_path / "t.xlsx", cells)
    with ZipFile(path) as old, ZipFile(tmp_path / "u.xlsx", "w") as new:  # openpyxl cuts a longer one
        for name in old.namelist():
            raw = old.read(name)
            new.writestr(name, raw.replace("路路".encode(), "路路路".encode(), more))
    found = read_titles(tmp_path / "u.xlsx", BOUNDS)
    says = {fault.message for fault in found.faults if "that a cell may have" in fault.message}
    assert len(says) == (more and column == "ZL")


def test_a_sheet_is_known_by_its_bytes_and_not_by_its_name(tmp_path: Path) -> None:
    path = sheet(tmp_path / "t.xlsx", cells_of(rows(1))).rename(tmp_path / "t.csv")
    assert len(read_titles(path, BOUNDS).titles) == 1
    assert len(read(tmp_path / "u.xlsx", written([row()])).titles) == 1


def test_a_damaged_sheet_is_a_fault_wherever_it_is_cut_or_changed(tmp_path: Path) -> None:
    whole = sheet(tmp_path / "t.xlsx", cells_of(rows(3))).read_bytes()
    for end in range(4, len(whole), 97):
        found = read(tmp_path / "cut.xlsx", whole[:end])
        assert (found.titles, len(found.faults)) == ([], 1)
    for place in range(4, len(whole), 61):
        read(tmp_path / "changed.xlsx", whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
