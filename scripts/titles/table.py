"""Reads the rows of a file of text or of a sheet: the number that an editor or the sheet shows, and the cells.

The encoding is that of `dengbu.scripts.titles.encodings`, the delimiter the one that makes most known
headers. A row is numbered by the line on which it begins, however many lines its quoted cells take.
"""

import csv
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from dengbu.scripts.titles import sheet
from dengbu.scripts.titles.cells import Cell, one_line, text_of
from dengbu.scripts.titles.columns import column_of
from dengbu.scripts.titles.encodings import AUTO, Reading, readings
from dengbu.scripts.titles.faults import NO_COLUMN, Fault, NotRead, shown

DELIMITERS = {",": ",", ";": ";", "tab": "\t"}  # as a person names them
FULL_WIDTH = "，；"  # no program writes them between cells, and addresses hold them
HEADERS_MIN = 2  # of ours in a row that is the header
ROWS_ABOVE_MAX = 20  # above the header
CELLS_ABOVE_MAX = 3  # in such a row

Rows = Generator[tuple[int, list[Cell]], None, None]


@dataclass(frozen=True)
class Form:
    """How a file is to be read, as far as a person says so."""

    encoding: str = AUTO
    delimiter: str = AUTO  # or of DELIMITERS
    sheet: str | None = None


@dataclass(frozen=True)
class Table:
    """The rows of a file that are not blank, the header first, and how they are read: the words of `dengbu title`."""

    read_as: str
    rows: Rows


def open_table(path: Path, form: Form) -> Table:
    """Open a file. Raises NotRead, as do its rows, where the file stops making sense."""
    kind = sheet.kind_of(path)
    if kind is not None:
        if (form.encoding, form.delimiter) != (AUTO, AUTO):
            raise NotRead(
                Fault(
                    1,
                    NO_COLUMN,
                    "电子表格没有编码和分隔符 a spreadsheet has neither an encoding nor a delimiter",
                )
            )
        name, rows = sheet.open_sheet(path, kind, form.sheet)
        return Table(f"xlsx [{name}]", _from_header(rows))
    if form.sheet is not None:
        raise NotRead(Fault(1, NO_COLUMN, "不是 .xlsx，没有工作表 not an .xlsx, so it has no sheets"))
    found = readings(path, form.encoding)
    if len(found) > 1:
        found = _undecided(path, found, form)
    delimiter = _delimiter(path, found[0], form)
    name = next(name for name, char in DELIMITERS.items() if char == delimiter)
    return Table(f"{found[0].encoding} [{name}]", _from_header(_rows(path, found[0], delimiter)))


def _rows(path: Path, reading: Reading, delimiter: str) -> Rows:
    begins = 1
    with reading.open(path) as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        try:
            for raw in reader:
                cells: list[Cell] = [cell.strip() for cell in raw]
                if reader.line_num > begins:  # only then does a cell hold a line end
                    cells = [one_line(cell) for cell in raw]
                if any(cells):
                    yield begins, cells
                begins = reader.line_num + 1
        except csv.Error as error:
            raise NotRead(
                Fault(begins, NO_COLUMN, f"CSV 格式错误 not valid CSV in the row that begins here: {error}")
            ) from None


def _from_header(rows: Rows) -> Rows:
    """Leave out what stands above the header: a title or an explanation, rows of a few cells each.

    The header is the row with the most headers among the first ones; where no row looks like it, the first one counts as it.
    """
    above: list[tuple[int, list[Cell]]] = []
    known: list[int] = []  # headers of ours in each of them
    with closing(rows):
        for line, cells in rows:
            above.append((line, cells))
            known.append(_headers(cells))
            wide = sum(text_of(cell) != "" for cell in cells) > CELLS_ABOVE_MAX
            if len(above) > ROWS_ABOVE_MAX or (wide and known[-1] < HEADERS_MIN):
                break
        most = max(known, default=0)
        yield from above[known.index(most) if most >= HEADERS_MIN else 0 :]
        yield from rows


def _delimiter(path: Path, reading: Reading, form: Form) -> str:
    if form.delimiter != AUTO:
        return DELIMITERS[form.delimiter]
    known = {char: _known(path, reading, char) for char in (*DELIMITERS.values(), *FULL_WIDTH)}
    best = max(known, key=lambda char: known[char])
    if best in FULL_WIDTH and known[best] > 1:
        raise NotRead(
            Fault(
                1,
                NO_COLUMN,
                f"以全角 {best} 分隔 cells are separated by a full-width {best}: separate them by a half-width one",
            )
        )
    return best if best not in FULL_WIDTH else ","


def _known(path: Path, reading: Reading, delimiter: str) -> int:
    """Return how many headers of the first row are known if it is cut at this delimiter."""
    with closing(_from_header(_rows(path, reading, delimiter))) as rows:
        try:
            _, cells = next(rows, (1, []))
        except NotRead:
            return 0
    return _headers(cells)


def _headers(cells: list[Cell]) -> int:
    """Return how many cells are headers of ours."""
    return sum(column_of(text_of(cell)) is not None for cell in cells)


def _undecided(path: Path, found: tuple[Reading, ...], form: Form) -> tuple[Reading, ...]:
    """Raise NotRead with the first cell in which two readings differ; return one of them if none does."""
    one, other = found
    delimiter = _delimiter(path, one, form)
    with closing(_rows(path, one, delimiter)) as first, closing(_rows(path, other, delimiter)) as second:
        for (line, cells), (_, others) in zip_longest(first, second, fillvalue=(0, [])):
            for this, that in zip_longest(cells, others, fillvalue=""):
                if this != that:
                    raise NotRead(
                        Fault(
                            line,
                            NO_COLUMN,
                            f"可按两种编码读出: {one.encoding} 读作 {shown(text_of(this))}, {other.encoding} 读作 "
                            f"{shown(text_of(that))}; 请用 --encoding 指明 it can be read in two encodings, as shown: "
                            "name one by --encoding",
                        )
                    )
    return (one,)
