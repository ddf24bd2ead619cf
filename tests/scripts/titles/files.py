"""Files of made-up titles as cities have them: any encoding, delimiter and format, with real bytes."""

import codecs
import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from dengbu.scripts.titles.city import FIELDS, titles
from dengbu.scripts.titles.table import Form
from dengbu.scripts.titles.title_file import Titles, read_titles
from dengbu.scripts.titles.values import Bounds

TODAY = date(2026, 11, 22)
BOUNDS = Bounds(TODAY, ("441302",))
SEED = 7
# encoding as a person names it -> the mark before the text, and Python's codec
WAYS = {
    "utf-8": (b"", "utf-8"),
    "utf-8 with mark": (codecs.BOM_UTF8, "utf-8"),
    "utf-16 little": (codecs.BOM_UTF16_LE, "utf-16-le"),
    "utf-16 big": (codecs.BOM_UTF16_BE, "utf-16-be"),
    "gbk": (b"", "gbk"),
    "gb18030": (b"", "gb18030"),
}
DELIMITERS = {",": ",", ";": ";", "tab": "\t"}

Row = dict[str, str]


def rows(count: int, seed: int = SEED) -> list[Row]:
    """One row each of as many sound titles with a single holder."""
    return [made[0] | {"GYFS": "0", "QLBL": ""} for made in titles(seed, count)]


def row(**changed: str) -> Row:
    """The row of a sound title, with changes."""
    return rows(1)[0] | changed


def written(
    found: Sequence[Mapping[str, str]],
    *,
    delimiter: str = ",",
    headers: Mapping[str, str] | None = None,
    newline: str = "\r\n",
) -> str:
    """The text of a file with these rows; `headers` gives columns other names than the national ones."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=newline)
    writer.writerow([(headers or {}).get(name, name) for name in FIELDS])
    writer.writerows([one[name] for name in FIELDS] for one in found)
    return text.getvalue()


def encoded(text: str, way: str) -> bytes:
    mark, codec = WAYS[way]
    return mark + text.encode(codec)


def read(path: Path, raw: bytes | str, form: Form | None = None, bounds: Bounds = BOUNDS) -> Titles:
    """What is read of a file with these bytes, or this text in UTF-8."""
    path.write_bytes(raw.encode() if isinstance(raw, str) else raw)
    return read_titles(path, bounds, form or Form())


def of_rows(path: Path, *found: Row, bounds: Bounds = BOUNDS) -> Titles:
    """What is read of a file with these rows."""
    return read(path, written(found), bounds=bounds)


def places(found: Titles) -> list[tuple[int, str]]:
    """Where the faults are."""
    return [(fault.line, fault.column) for fault in found.faults]


def sheet(path: Path, cells: Sequence[Sequence[Any]], name: str = "Sheet1") -> Path:
    """An .xlsx file with one sheet of these cells, below which the caller may add more."""
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = name
    for line in cells:
        page.append(list(line))
    book.save(path)
    return path


def cells_of(found: Sequence[Mapping[str, str]]) -> list[list[Any]]:
    """The header and rows of titles as cells of text."""
    return [list(FIELDS), *[[one[name] for name in FIELDS] for one in found]]


def begins(found: Titles) -> list[int]:
    """Return the lines on which the titles begin."""
    return [found.titles.line_of(title["unit"]) for title in found.titles]
