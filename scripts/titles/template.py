"""Writes a sample file: every column explained, and rows that import as they stand, of people who never lived.

In a CSV file the explanation stands above the header, in rows that the reader leaves out; in an .xlsx on a sheet of its
own.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from dengbu.scripts.titles import city
from dengbu.scripts.titles.columns import COLUMNS, Column
from dengbu.scripts.titles.stage import create

COMMENT = "#"  # begins a row that explains a column
SEED, UNITS = 20, 40  # among which there is one of each mode
# No made-up city has these, nor those of the columns' examples: the sample imports beside a city, too.
ZONE, SERIAL = "001999", 9_000_001
SHEET, EXPLAINED = "titles", "说明 columns"
HEADS = ("列 column", "表头 headers", "说明", "explanation", "例 example", "必填 required")
WIDTH_CHARACTERS = 30
TEXT_FORMAT = "@"


def sample_rows() -> Iterator[list[str]]:
    """Yield the header and the sample rows: the columns' examples, then a title of each other mode of ownership."""
    yield [column.name for column in COLUMNS]
    yield [column.example for column in COLUMNS]
    others = list(city.titles(SEED, UNITS, ZONE, SERIAL))[1:]
    for mode in ("1", "2"):
        title = next(rows for rows in others if rows[0]["GYFS"] == mode)
        yield from ([row[column.name] for column in COLUMNS] for row in title)


def explained(column: Column) -> tuple[str, ...]:
    """Return what HEADS ask of a column."""
    required = "是 yes" if column.required else "否 no"
    return (column.name, "、".join(column.headers), column.zh, column.en, column.example, required)


def write_csv(file: TextIO) -> None:
    """Write the sample as CSV."""
    writer = csv.writer(file)
    for column in COLUMNS:
        name, headers, zh, en, *_ = explained(column)
        writer.writerow([f"{COMMENT} {name} ({headers}): {zh} {en}"])
    writer.writerows(sample_rows())


def write_file(path: Path) -> None:
    """Write the sample as a CSV file, as spreadsheets open it."""
    with create(path) as file:
        write_csv(file)


def write_xlsx(path: Path) -> None:
    """Write the sample as an .xlsx file, every cell of it text."""
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    for name, rows in (
        (SHEET, list(sample_rows())),
        (EXPLAINED, [list(HEADS), *(list(explained(column)) for column in COLUMNS)]),
    ):
        sheet = book.create_sheet(name)
        for place in range(1, len(rows[0]) + 1):
            column = sheet.column_dimensions[get_column_letter(place)]
            column.width, column.number_format = WIDTH_CHARACTERS, TEXT_FORMAT
        for row in rows:
            sheet.append(row)
    book.save(path)
