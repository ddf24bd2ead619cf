"""Reads existing titles from a CSV file with the field names of the national register database (TD/T 1066).

There is one row for each holder; rows with the same BDCDYH are one title. The whole file is checked before anything is
sent, so a title is imported whole or not at all, and every mistake is named by line and column. Line numbers are those
an editor shows, counted where a row begins, however many lines its quoted fields take.
"""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from dengbu.ledger.advisory.rates import CM2_PER_M2
from dengbu.ledger.law.identifiers import (
    InvalidIdentifier,
    check_certificate,
    check_identity,
    check_unit_code,
    plain_certificate,
)
from dengbu.ledger.register.shapes import AREA_CM2_MAX, LOCATION_CHARACTERS_MAX, NAME_CHARACTERS_MAX
from dengbu.scripts.wording import BEIJING

REQUIRED = ("BDCDYH", "ZL", "QLRMC", "ZJZL", "ZJH", "GYFS", "QLBL", "BDCQZH", "JZMJ", "GHYT", "DJSJ")
SHARED = ("ZL", "GYFS", "BDCQZH", "JZMJ", "GHYT", "DJSJ")  # the same in every row of one title
BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # written by spreadsheets
WHOLE = ("", "1/1", "1", "100%")  # the values QLBL may have where nobody holds a share
MODES = {"0": "single", "1": "joint", "2": "shares"}
USES = {
    "住宅": "dwelling",
    "商业": "shop",
    "办公": "office",
    "工业": "industrial",
    "车位": "parking",
    "其他": "other",
}
AREA = re.compile(r"\d{1,9}(\.\d{1,4})?", re.ASCII)  # square metres
SHARE = re.compile(r"(\d{1,9})/(\d{1,9})", re.ASCII)


@dataclass(frozen=True)
class Fault:
    """One mistake: the line on which its row begins (from 1), the column, and what is wrong, Chinese then English."""

    line: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"第 {self.line} 行 line {self.line}, {self.column}: {self.message}"


@dataclass
class Titles:
    """The content of a file: titles ready to submit, the line on which each unit begins, and every fault found."""

    titles: list[dict[str, Any]] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def read_titles(path: Path) -> Titles:
    """Read and check a whole file; leave out titles with a faulty row, and list the faults."""
    found = Titles()
    raw = path.read_bytes().removeprefix(BYTE_ORDER_MARK)
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        line = sum(1 for _ in _lines(raw[: error.start].decode() + "?"))
        found.faults.append(Fault(line, "-", "不是 UTF-8 编码 not UTF-8: save the file as CSV UTF-8"))
        return found
    (head_line, header), *rows = _rows(text, found.faults) or [(1, [])]
    found.faults.extend(_header_faults(head_line, header))
    if found.faults:
        return found
    groups: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for line, cells in rows:
        if any(cells[len(header) :]):
            found.faults.append(
                Fault(line, "-", f"多于表头的 {len(header)} 列 more cells than the header has")
            )
        row = dict.fromkeys(REQUIRED, "") | dict(zip(header, cells, strict=False))
        groups.setdefault(row["BDCDYH"], []).append((line, row))
    found.faults.extend(_repeated_certificates(groups))
    today = datetime.now(BEIJING).date()
    for code, of_unit in groups.items():
        found.faults.extend(_faults(code, of_unit, today))
    bad_lines = {fault.line for fault in found.faults}
    for code, of_unit in groups.items():
        if not any(line in bad_lines for line, _ in of_unit):
            found.titles.append(_title(code, [row for _, row in of_unit]))
            found.lines[code] = of_unit[0][0]
    found.faults.sort(key=lambda fault: (fault.line, fault.column))
    return found


def _lines(text: str) -> io.StringIO:
    """Split lines as an editor does, at a line feed, a carriage return or both, and nowhere else."""
    return io.StringIO(text, newline="")


def _rows(text: str, faults: list[Fault]) -> list[tuple[int, list[str]]]:
    """Return each row's line number and stripped cells, without empty rows; add a fault if the text is not CSV."""
    reader = csv.reader(_lines(text), strict=True)
    rows, begins = [], 1
    try:
        for cells in reader:
            if cells:
                rows.append((begins, [cell.strip() for cell in cells]))
            begins = reader.line_num + 1
    except csv.Error as error:
        faults.append(Fault(begins, "-", f"CSV 格式错误 not valid CSV in the row that begins here: {error}"))
    return rows


def _header_faults(line: int, header: list[str]) -> Iterable[Fault]:
    for name in REQUIRED:
        if name not in header:
            yield Fault(line, name, "缺少此列 this column is missing")
        elif header.count(name) > 1:
            yield Fault(line, name, "此列重复 this column appears more than once")


def _faults(code: str, rows: list[tuple[int, dict[str, str]]], today: date) -> Iterable[Fault]:
    first_line, first = rows[0]
    yield from _checked(first_line, "BDCDYH", check_unit_code, code)
    yield from _checked(
        first_line, "BDCQZH", lambda number: check_certificate(number, today.year), first["BDCQZH"]
    )
    yield from _plain_faults(first_line, first)
    for line, row in rows:
        if not 0 < len(row["QLRMC"]) <= NAME_CHARACTERS_MAX:
            yield Fault(
                line,
                "QLRMC",
                f"权利人名称须为 1 至 {NAME_CHARACTERS_MAX} 字 1 to {NAME_CHARACTERS_MAX} characters",
            )
        yield from _checked(
            line, "ZJH", lambda number, row=row: check_identity(row["ZJZL"], number, today), row["ZJH"]
        )
        for column in SHARED:
            if row[column] != first[column]:
                yield Fault(
                    line,
                    column,
                    f"与第 {first_line} 行同一单元不一致 differs from line {first_line} of the same unit",
                )
    yield from _share_faults(rows)


def _checked(line: int, column: str, check: Any, value: str) -> Iterable[Fault]:
    try:
        check(value)
    except InvalidIdentifier as error:
        yield Fault(line, column, str(error))


def _plain_faults(line: int, row: dict[str, str]) -> Iterable[Fault]:
    if not 0 < len(row["ZL"]) <= LOCATION_CHARACTERS_MAX:
        yield Fault(
            line,
            "ZL",
            f"坐落须为 1 至 {LOCATION_CHARACTERS_MAX} 字 1 to {LOCATION_CHARACTERS_MAX} characters",
        )
    if row["GHYT"] not in USES:
        yield Fault(line, "GHYT", f"用途须为 {'、'.join(USES)} 之一 one of these uses")
    try:
        if date.fromisoformat(row["DJSJ"]).isoformat() != row["DJSJ"]:
            raise ValueError
    except ValueError:
        yield Fault(line, "DJSJ", "不是有效日期 YYYY-MM-DD not a valid date")
    if _area_cm2(row["JZMJ"]) is None:
        yield Fault(
            line,
            "JZMJ",
            "面积须为正数，单位平方米，至多四位小数 square metres, positive, at most four decimals",
        )


def _share_faults(rows: list[tuple[int, dict[str, str]]]) -> Iterable[Fault]:
    line, first = rows[0]
    mode = MODES.get(first["GYFS"])
    if mode is None:
        yield Fault(line, "GYFS", "须为 0 单独、1 共同、2 按份 0 single, 1 joint or 2 by shares")
    elif mode == "single" and len(rows) != 1:
        yield Fault(
            rows[1][0], "GYFS", "单独所有只能有一个权利人 a single holder, but the unit has several rows"
        )
    elif mode != "single" and len(rows) < 2:
        yield Fault(line, "GYFS", "共有须有两个以上权利人 co-ownership needs at least two rows")
    elif mode == "shares":
        yield from _fraction_faults(rows)
    else:
        for each, row in rows:
            if row["QLBL"] not in WHOLE:
                yield Fault(
                    each, "QLBL", "只有按份共有才有份额 only co-owners by shares (GYFS 2) hold a share"
                )


def _fraction_faults(rows: list[tuple[int, dict[str, str]]]) -> Iterable[Fault]:
    total = Fraction(0)
    for line, row in rows:
        share = _fraction(row["QLBL"])
        if share is None:
            yield Fault(
                line, "QLBL", "份额须为 0 到 1 之间的分数，如 1/3 a fraction between 0 and 1, like 1/3"
            )
            return
        total += share
    if total != 1:
        yield Fault(rows[0][0], "QLBL", f"份额之和为 {total}，须为 1 the shares sum to {total}, not 1")


def _fraction(text: str) -> Fraction | None:
    found = SHARE.fullmatch(text)
    if found is None or not int(found[2]):
        return None
    share = Fraction(int(found[1]), int(found[2]))
    return share if 0 < share < 1 else None


def _area_cm2(text: str) -> int | None:
    if not AREA.fullmatch(text):
        return None
    area = int(Decimal(text) * CM2_PER_M2)
    return area if 0 < area <= AREA_CM2_MAX else None


def _repeated_certificates(groups: dict[str, list[tuple[int, dict[str, str]]]]) -> Iterable[Fault]:
    seen: dict[str, int] = {}
    for rows in groups.values():
        line, first = rows[0]
        earlier = seen.setdefault(plain_certificate(first["BDCQZH"]), line)
        if earlier != line:
            yield Fault(
                line, "BDCQZH", f"与第 {earlier} 行证号重复 the same certificate as in line {earlier}"
            )


def _title(code: str, rows: list[dict[str, str]]) -> dict[str, Any]:
    first = rows[0]
    mode = MODES[first["GYFS"]]
    return {
        "unit": code,
        "use": USES[first["GHYT"]],
        "area_cm2": _area_cm2(first["JZMJ"]),
        "certificate": first["BDCQZH"],
        "registered_on": first["DJSJ"],
        "mode": mode,
        "location": first["ZL"],
        "holders": [
            {
                "name": row["QLRMC"],
                "id_type": row["ZJZL"],
                "id_no": row["ZJH"].upper(),
                "share": str(_fraction(row["QLBL"])) if mode == "shares" else "1/1",
            }
            for row in rows
        ],
    }
