"""Writes titles that were read and checked, before they are sent, and counts what a person looks at first."""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from dengbu.ledger.advisory.rates import CM2_PER_M2
from dengbu.scripts.titles.columns import COLUMNS
from dengbu.scripts.titles.faults import masked
from dengbu.scripts.titles.values import MODES, USES

CSV, JSON_LINES = ".csv", ".jsonl"
FIRST_TITLES = 5
NEW = ".new"  # ends the name of a file that is being written
_MODE_CODES = {mode: code for code, mode in MODES.items()}
_USE_WORDS = {use: word for word, use in USES.items()}


@dataclass(frozen=True)
class Preview:
    """What a file holds: how many titles, how many in each district and of each use, and the first of them, masked."""

    titles: int
    districts: dict[str, int]
    uses: dict[str, int]
    first: list[dict[str, str]]


def preview(titles: Sequence[Mapping[str, Any]]) -> Preview:
    """Return what to look at before titles are sent."""
    districts: Counter[str] = Counter()
    uses: Counter[str] = Counter()
    for title in titles:
        districts[title["unit"][:6]] += 1
        uses[title["use"]] += 1
    shown = islice(titles, FIRST_TITLES)
    first = [{**row, "ZJH": masked(row["ZJH"])} for title in shown for row in rows_of(title)]
    return Preview(len(titles), dict(sorted(districts.items())), dict(sorted(uses.items())), first)


def write_titles(path: Path, titles: Sequence[Mapping[str, Any]]) -> None:
    """Write titles as they would be sent: a CSV file that reads back as the same titles, or else a JSON object a line."""
    with create(path) as file:
        if path.suffix.lower() == CSV:
            writer = csv.DictWriter(file, [column.name for column in COLUMNS])
            writer.writeheader()
            writer.writerows(row for title in titles for row in rows_of(title))
        else:
            file.writelines(json.dumps(title, ensure_ascii=False) + "\n" for title in titles)


@contextmanager
def create(path: Path) -> Iterator[TextIO]:
    """Open a new file for its owner alone, which takes the place of what stands there once it is written whole.

    A CSV file begins with the mark that spreadsheets look for.
    """
    place = Path(os.path.realpath(path))  # a link stays one
    number, name = tempfile.mkstemp(NEW, place.name + ".", place.parent)  # readable by its owner alone
    try:
        encoding = "utf-8-sig" if path.suffix.lower() == CSV else "utf-8"
        with os.fdopen(number, "w", encoding=encoding, newline="") as file:
            yield file
        os.replace(name, place)
    except BaseException:
        os.unlink(name)
        raise


def rows_of(title: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Yield the rows of a title, one for each holder, with the columns of a file."""
    whole, rest = divmod(title["area_cm2"], CM2_PER_M2)
    for holder in title["holders"]:
        yield {
            "BDCDYH": title["unit"],
            "ZL": title["location"],
            "QLRMC": holder["name"],
            "ZJZL": holder["id_type"],
            "ZJH": holder["id_no"],
            "GYFS": _MODE_CODES[title["mode"]],
            "QLBL": holder["share"] if title["mode"] == "shares" else "",
            "BDCQZH": title["certificate"],
            "JZMJ": f"{whole}.{rest:04}",
            "GHYT": _USE_WORDS[title["use"]],
            "DJSJ": title["registered_on"],
        }
