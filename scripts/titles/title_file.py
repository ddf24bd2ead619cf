"""Reads existing titles from a file with the columns of `dengbu.scripts.titles.columns`.

There is one row for each holder; rows with the same BDCDYH are one title, wherever they stand. The whole file is
checked before anything is sent, so a title is imported whole or not at all, and every mistake is named by line, column
and value. What one cell shows, its column checks; here is what several together show: that the rows of a unit agree,
that the holders fit how they own (the ledger's shares-sum), that nobody holds twice (holder-repeated), and that no
certificate stands for two units (certificate-used).
"""

import gc
import json
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from dengbu.api.body_size import BODY_BYTES_MAX
from dengbu.ledger.law.identifiers import InvalidIdentifier, check_identity
from dengbu.ledger.register.shapes import HOLDERS_MAX
from dengbu.scripts.titles.cells import Cell, text_of
from dengbu.scripts.titles.columns import COLUMNS, OF_TITLE, Column, column_of
from dengbu.scripts.titles.districts import Territory
from dengbu.scripts.titles.drafts import Checked, Draft, Drafts, title_of
from dengbu.scripts.titles.faults import HIDDEN, NO_COLUMN, Fault, NotRead, masked, shown
from dengbu.scripts.titles.table import Form, Table, open_table
from dengbu.scripts.titles.values import Bounds, Unread, plain
from dengbu.scripts.wording import BEIJING

UNIT, NAME, KIND, NUMBER, MODE, SHARE, CERTIFICATE = (
    "BDCDYH",
    "QLRMC",
    "ZJZL",
    "ZJH",
    "GYFS",
    "QLBL",
    "BDCQZH",
)
AS_SENT = Form()
RECURRING_MAX = 2**16  # texts of a column whose values are kept
_NEW = object()  # no value: the cell was not read before
_OF_TITLE = tuple(column.name for column in OF_TITLE)
_MODE = _OF_TITLE.index(MODE)


@dataclass
class Titles:
    """The content of a file: titles ready to submit, and every fault found.

    `ignored` are the headers that are no column of ours, and `read_as` says how the file was read. What stands above the
    header is left out.
    """

    titles: Checked = field(default_factory=lambda: Checked(Drafts()))
    faults: list[Fault] = field(default_factory=list)
    header_line: int = 1
    rows: int = 0
    ignored: tuple[str, ...] = ()
    read_as: str = ""


def bounds_of_today(territory: Territory | None = None) -> Bounds:
    """Return what a file is checked against today, in China, and in a network's territory if that is known."""
    today = datetime.now(BEIJING).date()
    return Bounds(today) if territory is None else Bounds(today, territory.districts, territory.places)


def read_titles(path: Path, bounds: Bounds, form: Form = AS_SENT) -> Titles:
    """Read and check a whole file; leave out titles with a faulty row, and list the faults in the order of their lines."""
    found = Titles()
    collecting = gc.isenabled()
    gc.disable()  # a million rows make no circles, and looking for them takes a fifth of the time
    try:
        table = open_table(path, form)
        found.read_as = table.read_as
        _read(table, bounds, found)
    except NotRead as error:
        found.faults.append(error.fault)
    finally:
        if collecting:
            gc.enable()
    found.faults.sort(key=lambda fault: (fault.line, fault.column))
    return found


def _read(table: Table, bounds: Bounds, found: Titles) -> None:
    with closing(table.rows) as rows:
        head_line, header = next(rows, (1, []))
        if not header:
            raise NotRead(Fault(1, NO_COLUMN, "文件为空 the file is empty"))
        found.header_line = head_line
        places = _places(head_line, [text_of(cell) for cell in header], found)
        if found.faults:
            return
        reader = _Reader(places, len(header), bounds, found)
        try:
            for line, cells in rows:
                found.rows += 1
                reader.row(line, cells)
        finally:
            reader.finish()
    if not found.rows:
        raise NotRead(Fault(head_line, NO_COLUMN, "只有表头 there are no rows below the header"))


def _places(line: int, header: list[str], found: Titles) -> dict[str, int]:
    """Return where each column stands; add a fault for each that is missing or stands more than once."""
    places: dict[str, list[int]] = {column.name: [] for column in COLUMNS}
    ignored = []
    for place, name in enumerate(header):
        column = column_of(name)
        if column is not None:
            places[column.name].append(place)
        elif name:
            ignored.append(shown(name))
    found.ignored = tuple(ignored)
    for column in COLUMNS:
        if column.required and not places[column.name]:
            found.faults.append(
                Fault(
                    line, column.name, f"缺少此列 {column.headers[0]} this column is missing from the header"
                )
            )
        elif len(places[column.name]) > 1:
            names = ", ".join(header[place] for place in places[column.name])
            found.faults.append(
                Fault(line, column.name, "此列重复 this column appears more than once", value=shown(names))
            )
    return {name: of[0] for name, of in places.items() if of}


class _Place(NamedTuple):
    """A column, where it stands, and the values of the cells read so far, if they are few and recur."""

    column: Column
    name: str
    place: int
    known: dict[Cell, Any]


class _Reader:
    """Reads row after row into drafts, and makes titles of them at the end."""

    def __init__(self, places: dict[str, int], width: int, bounds: Bounds, found: Titles) -> None:
        every = [_Place(one, one.name, places[one.name], {}) for one in COLUMNS if one.name in places]
        self._every = every
        self._of_title = [one for one in every if one.column.of_title]
        self._of_holder = [one for one in every if not one.column.of_title]
        self._unit = places[UNIT]
        self._width = width
        self._bounds = bounds
        self._found = found
        self._drafts = Drafts()
        found.titles = Checked(self._drafts)
        self._last: list[Cell] = []  # what the row before says of its title

    def row(self, line: int, cells: list[Cell]) -> None:
        """Read a row. What it says of its title is read once if the row before says the same."""
        if _is_padding(cells):
            why = "只有控制字符，如 ^Z 或 NUL nothing but controls, such as ^Z or NUL: remove this line"
            self._found.faults.append(Fault(line, NO_COLUMN, why, value=shown("".join(map(text_of, cells)))))
            return
        if len(cells) < self._width:
            cells = [*cells, *[""] * (self._width - len(cells))]
        of_title = [cells[one.place] for one in self._of_title]
        repeats = of_title == self._last
        self._last = of_title
        unit = plain(text_of(cells[self._unit]))
        row, faults = self._values(line, unit, cells, self._of_holder if repeats else self._every)
        draft = self._drafts.get(unit)
        if draft is None:
            draft = Draft(line, tuple([row.get(name) for name in _OF_TITLE]))
            self._drafts.put(unit, draft)
            if CERTIFICATE in row:
                faults.extend(self._certificate(line, unit, row[CERTIFICATE]))
        elif not repeats:
            faults.extend(_differences(draft, line, unit, row, self._of_title, cells))
        if faults:
            draft.sound = False
            self._found.faults.extend(faults)
        else:
            draft.holders.append((line, row[NAME], row[KIND], row[NUMBER], row.get(SHARE)))

    def finish(self) -> None:
        """Check each title as a whole, and take the sound ones."""
        self._found.faults.extend(self._found.titles.check(_whole_faults))

    def _values(
        self, line: int, unit: str, cells: list[Cell], places: list[_Place]
    ) -> tuple[dict[str, Any], list[Fault]]:
        """Return the values of a row by column, without those that cannot be read, and a fault for each of these."""
        row: dict[str, Any] = {}
        faults: list[Fault] = []
        if len(cells) > self._width and any(cells[self._width :]):
            extra = next(text_of(cell) for cell in cells[self._width :] if cell)
            why = f"多于表头的 {self._width} 列 more cells than the header has"
            faults.append(Fault(line, NO_COLUMN, why, shown(unit), shown(extra)))
        hidden = _has_hidden(cells)
        for column, name, place, known in places:
            cell = cells[place]
            value = known.get(cell, _NEW)
            if value is _NEW:
                try:
                    if hidden:
                        _check_visible(text_of(cell))
                    value = column.read(cell, self._bounds)
                except Unread as error:
                    faults.append(_fault(line, column, unit, cell, str(error)))
                    continue
                if column.recurs and len(known) < RECURRING_MAX:
                    known[cell] = value
            row[name] = value
        if KIND in row and NUMBER in row:
            try:
                check_identity(row[KIND], row[NUMBER], self._bounds.today)
            except InvalidIdentifier as error:
                faults.append(Fault(line, NUMBER, str(error), shown(unit), masked(row[NUMBER])))
        return row, faults

    def _certificate(self, line: int, unit: str, number: str) -> Iterator[Fault]:
        earlier = self._drafts.certificate(number, line)
        if earlier != line:
            why = f"与第 {earlier} 行证号重复 the same certificate as in line {earlier}"
            yield Fault(line, CERTIFICATE, why, shown(unit), number)


def _fault(line: int, column: Column, unit: str, cell: Cell, why: str) -> Fault:
    text = text_of(cell)
    return Fault(line, column.name, why, shown(unit), masked(text) if column.name == NUMBER else shown(text))


def _has_hidden(cells: list[Cell]) -> bool:
    """Return whether any cell of a row holds what cannot be seen; one look at all of them together."""
    try:
        text = "".join(cells)  # type: ignore[arg-type]
    except TypeError:  # a sheet's numbers and days are among them
        text = "".join(map(text_of, cells))
    return HIDDEN.search(text) is not None


def _is_padding(cells: list[Cell]) -> bool:
    """Return whether a row holds nothing but what cannot be seen, as the end of an old file does."""
    if not HIDDEN.match(text_of(cells[0])):
        return False
    return all(not HIDDEN.sub("", text_of(cell)).strip() for cell in cells)


def _check_visible(text: str) -> None:
    found = HIDDEN.search(text)
    if found is not None:
        name = unicodedata.name(found[0], "CONTROL")
        raise Unread(f"含不可见字符 a character that cannot be seen: U+{ord(found[0]):04X} {name}")


def _differences(
    draft: Draft, line: int, unit: str, row: dict[str, Any], places: list[_Place], cells: list[Cell]
) -> Iterator[Fault]:
    for one, value in zip(places, draft.shared, strict=True):
        here = row.get(one.column.name)
        if here != value and here is not None and value is not None:
            why = f"与第 {draft.line} 行同一单元不一致 differs from line {draft.line} of the same unit"
            yield _fault(line, one.column, unit, cells[one.place], why)


def _whole_faults(unit: str, draft: Draft) -> list[Fault]:
    return [] if _is_plain(draft) else [*_holder_faults(unit, draft), *_size_faults(title_of(draft), draft)]


def _is_plain(draft: Draft) -> bool:
    """Return whether one holder has the whole and no share is written, as in most titles."""
    return draft.shared[_MODE] == "single" and len(draft.holders) == 1 and draft.holders[0][-1] is None


def _holder_faults(unit: str, draft: Draft) -> Iterator[Fault]:
    mode, lines = draft.shared[_MODE], [one[0] for one in draft.holders]
    if len(lines) > HOLDERS_MAX:
        why = f"权利人多于 {HOLDERS_MAX} 人 more than {HOLDERS_MAX} holders"
        yield Fault(lines[HOLDERS_MAX], UNIT, why, unit, str(len(lines)))
    seen: dict[tuple[str, str], int] = {}
    for line, _, kind, number, _ in draft.holders:
        earlier = seen.setdefault((kind, number), line)
        if earlier != line:
            why = f"与第 {earlier} 行为同一权利人 the same holder as in line {earlier}"
            yield Fault(line, NUMBER, why, unit, masked(number))
    if mode == "single" and len(lines) != 1:
        why = "单独所有只能有一个权利人 a single holder, but the unit has several rows"
        yield Fault(lines[1], MODE, why, unit, "0")
    elif mode != "single" and len(lines) < 2:
        why = "共有须有两个以上权利人 co-ownership needs at least two rows"
        yield Fault(lines[0], MODE, why, unit, "1" if mode == "joint" else "2")
    elif mode == "shares":
        yield from _share_faults(unit, draft)
    else:
        for line, *_, share in draft.holders:
            if share not in (None, 1):
                why = "只有按份共有才有份额 only co-owners by shares (GYFS 2) hold a share"
                yield Fault(line, SHARE, why, unit, str(share))


def _size_faults(title: dict[str, Any], draft: Draft) -> Iterator[Fault]:
    size = len(json.dumps(title, ensure_ascii=False).encode())
    if size > BODY_BYTES_MAX:
        why = f"超过节点所接收的 {BODY_BYTES_MAX} 字节 a node takes at most {BODY_BYTES_MAX} bytes of a title"
        yield Fault(draft.line, UNIT, why, title["unit"], str(size))


def _share_faults(unit: str, draft: Draft) -> Iterator[Fault]:
    shares = [share for *_, share in draft.holders]
    for line, *_, share in draft.holders:
        if share is None:
            why = "按份共有须写明份额 a co-owner by shares (GYFS 2) needs a share"
            yield Fault(line, SHARE, why, unit)
    total = sum((share for share in shares if share is not None), Fraction(0))
    if None not in shares and total != 1:
        why = f"份额之和为 {total}，须为 1 the shares sum to {total}, not 1"
        yield Fault(draft.line, SHARE, why, unit, str(shares[0]))
