"""Reads a sheet of an .xlsx file row by row, numbered as the sheet shows them.

What a spreadsheet did to a value is not guessed: a formula, a merged cell or an error is handed on as what cannot be
read, with what stands there. openpyxl is the extra `sheets`, and is loaded when there is a sheet to read.
"""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from dengbu.scripts.titles.cells import DIGITS_KEPT, Cell, Day, Number, Wrong, one_line
from dengbu.scripts.titles.faults import NO_COLUMN, Fault, NotRead

XLSX, OLD_XLS = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"  # how a file of each kind begins
CHUNK_BYTES = 2**20
TAG_BYTES_MAX = 256  # of a tag that names merged cells
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell [^<>]*?ref=[\"']([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})[\"']")
CARRIAGE_RETURN = "_x000D_"  # as a sheet may write it
CELL_CHARACTERS_MAX = 32_767  # as the format has it
PARTS_BYTES_MAX = 2**30  # of a workbook, unpacked: a few bytes may unpack to any number
_NUMBER, _FORMULA, _ERROR = "n", "f", "e"  # openpyxl's data types
_NO_NUMBER = "x"  # ours, for text that stands where a number should

Rows = Generator[tuple[int, list[Cell]], None, None]


@dataclass(frozen=True)
class _Area:
    """Merged cells: the area as the sheet names it, and its rows and columns, from 1."""

    name: str
    lines: range
    places: range


def kind_of(path: Path) -> bytes | None:
    """Return how a file begins if it is a spreadsheet; None if it is text."""
    with path.open("rb") as file:
        start = file.read(len(XLSX))
    return start if start in (XLSX, OLD_XLS) else None


def open_sheet(path: Path, kind: bytes, name: str | None) -> tuple[str, Rows]:
    """Return the name of the sheet asked for, or of the first, and its rows. Raises NotRead."""
    if kind == OLD_XLS:
        raise NotRead(
            Fault(1, NO_COLUMN, "旧格式 .xls 或加密文件 an old .xls or an encrypted file: save it as .xlsx")
        )
    from openpyxl import load_workbook

    file = path.open("rb")  # the library judges a path by its suffix, which says nothing
    try:
        size = _unpacked(file)
        if size > PARTS_BYTES_MAX:
            raise NotRead(
                Fault(
                    1,
                    NO_COLUMN,
                    f"解压后 {size} 字节，超过上限 {PARTS_BYTES_MAX} unpacked it has {size} bytes, over the limit of "
                    f"{PARTS_BYTES_MAX}: split it, or save it as .csv",
                )
            )
        book = load_workbook(file, read_only=True)
    except NotRead:
        file.close()
        raise
    except Exception as error:  # whatever the parsers of a damaged file raise
        file.close()
        raise _damaged(error) from error
    names = [one.title for one in book.worksheets]
    wanted = name if name is not None else next(iter(names), None)
    if wanted not in names:
        file.close()
        raise NotRead(
            Fault(
                1,
                NO_COLUMN,
                f"没有工作表 {wanted}，只有 {'、'.join(names)} no such sheet; the file has these",
            )
        )
    return wanted, _rows(file, book, wanted)


def _unpacked(file: BinaryIO) -> int:
    """Return how many bytes the parts of a workbook say they have; no reader takes more of them."""
    with zipfile.ZipFile(file) as archive:
        return sum(part.file_size for part in archive.infolist())


def _damaged(error: Exception, line: int = 1) -> NotRead:
    return NotRead(
        Fault(line, NO_COLUMN, f"不是完好的 .xlsx not a sound .xlsx: {type(error).__name__} {error}".rstrip())
    )


def _rows(file: BinaryIO, book: Any, name: str) -> Rows:
    sheet, line = book[name], 0
    try:
        areas = sorted(_areas(file, sheet._worksheet_path), key=lambda one: one.lines.start, reverse=True)
        open_: list[_Area] = []  # those that reach the row
        for line, cells in _parsed(book, sheet):
            while areas and areas[-1].lines.start <= line:
                open_.append(areas.pop())
            open_ = [one for one in open_ if line in one.lines]
            row: list[Cell] = [""] * max((cell["column"] for cell in cells), default=0)
            for cell in cells:
                row[cell["column"] - 1] = _cell(cell["value"], cell["data_type"], cell["column"], open_)
            for place in {place for area in open_ for place in area.places if place <= len(row)}:
                row[place - 1] = row[place - 1] or _cell(None, _NUMBER, place, open_)
            if any(row):
                yield line, row
    except GeneratorExit:
        raise
    except Exception as error:  # as above
        raise _damaged(error, line + 1) from error
    finally:
        file.close()


def _parsed(book: Any, sheet: Any) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Yield the number and the cells of each row that the sheet has; what is no number, such as NaN, keeps its text.

    openpyxl itself gives up the whole sheet at such a cell, and trusts the sheet's own word on how large it is.
    """
    from openpyxl.worksheet._reader import WorkSheetParser

    class Parser(WorkSheetParser):
        def parse_cell(self, element: Any) -> dict[str, Any]:
            before = self.col_counter
            try:
                return dict(super().parse_cell(element))
            except ValueError:
                if element.get("t", _NUMBER) != _NUMBER:
                    raise
            self.col_counter = before
            element.set("t", _ERROR)
            return {**super().parse_cell(element), "data_type": _NO_NUMBER}

    with sheet._get_source() as source:
        parser = Parser(
            source,
            sheet._shared_strings,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        yield from parser.parse()


def _areas(file: BinaryIO, part: str) -> Iterator[_Area]:
    """Yield each merged area; they stand below the rows, where openpyxl's streaming reader does not look."""
    from openpyxl.utils import range_boundaries

    with zipfile.ZipFile(file) as archive, archive.open(part) as xml:
        before = b""
        while chunk := xml.read(CHUNK_BYTES):
            text, end = before + chunk, 0
            for tag in _MERGED.finditer(text):
                end = tag.end()
                name = tag[1].decode()
                first, top, last, bottom = (corner or 0 for corner in range_boundaries(name))
                yield _Area(name, range(top, bottom + 1), range(first, last + 1))
            before = text[max(end, len(text) - TAG_BYTES_MAX) :]


def _cell(value: Any, kind: str, place: int, areas: list[_Area]) -> Cell:
    for area in areas:
        if place in area.places:
            why = f"合并单元格 {area.name} merged cells: unmerge and fill them"
            return Wrong("" if value is None else str(value), why)
    if value is None:
        return ""
    if isinstance(value, str):
        return _text(kind, value)
    if isinstance(value, datetime):
        return Day(value.date().isoformat())
    if isinstance(value, date):
        return Day(value.isoformat())
    if isinstance(value, int | float) and not isinstance(value, bool):
        if math.isfinite(value):
            return _number(value)
        return Wrong(str(value), "数值过大 a number beyond all that a spreadsheet holds")
    return Wrong(str(value), f"单元格类型 {type(value).__name__} 无法读取 cannot be read: store it as text")


def _text(kind: str, value: str) -> Cell:
    if kind == _FORMULA:
        return Wrong(value, "公式 a formula: put the value in its place")
    if kind == _NO_NUMBER:
        return Wrong(value, "不是数值 not a number, though the cell is one of a number")
    if kind == _ERROR:
        return Wrong(value, "公式错误 an error of the spreadsheet")
    if len(value) > CELL_CHARACTERS_MAX:
        why = f"多于 {CELL_CHARACTERS_MAX} 字 more characters than the {CELL_CHARACTERS_MAX} that a cell may have"
        return Wrong(value[:CELL_CHARACTERS_MAX], why)
    return one_line(value.replace(CARRIAGE_RETURN, "\r"))


def _number(value: float) -> Cell:
    """Return a number with the digits that a spreadsheet keeps; one that it can only show as a power is cut short."""
    if isinstance(value, int) or abs(value) >= 10**DIGITS_KEPT:
        return Number(format(value, "d" if isinstance(value, int) else ".0f"))
    return Number(format(Decimal(format(value, f".{DIGITS_KEPT}g")), "f"))
