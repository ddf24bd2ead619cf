"""Writes which rows of a file were not imported, and why, for whoever corrects the file."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from dengbu.scripts.titles.columns import column_of_rule
from dengbu.scripts.titles.faults import NO_COLUMN, masked, shown
from dengbu.scripts.titles.stage import create, rows_of

JSON = ".json"
FORMULA = ("=", "+", "-", "@")  # a spreadsheet would work out a cell that begins so


@dataclass(frozen=True)
class Left:
    """A row that was not imported: where it stands, the column and value it failed by, its state, and the reason."""

    file: str
    line: int
    unit: str
    column: str
    value: str
    state: str
    reason: str


def column_and_value(title: Mapping[str, Any], reasons: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """Return the column that the first of the ledger's reasons is about, and what the title has there."""
    column = column_of_rule(reasons[0].get("code")) if reasons else None
    if column is None:
        return NO_COLUMN, ""
    values = list(dict.fromkeys(row[column.name] for row in rows_of(title)))
    return column.name, ", ".join(map(masked if column.name == "ZJH" else shown, values))


def write_report(path: Path, left: Sequence[Left]) -> None:
    """Write a report, as a JSON array or as CSV, by the suffix; with nothing left it has no rows."""
    with create(path) as file:
        if path.suffix.lower() == JSON:
            json.dump([asdict(one) for one in left], file, ensure_ascii=False, indent=1)
            return
        writer = csv.writer(file)
        writer.writerow([field.name for field in fields(Left)])
        writer.writerows([_inert(value) for value in asdict(one).values()] for one in left)


def _inert(value: Any) -> Any:
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) and text != NO_COLUMN else value
