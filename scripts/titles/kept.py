"""Keeps what proves an import: the receipt of each entry, and a list that says which entry holds which row of the file.

Both are on the disk before the next batch is reported, so that they outlast a run that is broken off.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from pathlib import Path

from dengbu.scripts.titles.importing import Sent

LIST = "entries.csv"
HEAD = ("index", "state", "line", "unit")
SUFFIX = ".tlog-proof"


class Kept:
    """A folder of receipts, of this run and earlier ones. Raises OSError if it cannot be written."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._list = (folder / LIST).open("a", encoding="utf-8", newline="")
        self._rows = csv.writer(self._list)
        if not self._list.tell():
            self._rows.writerow(HEAD)

    def add(self, sent: Sent, line_of: Callable[[str], int]) -> None:
        """Keep the receipts of a batch, and a row for each of its titles that an entry is about."""
        for receipt in sent.receipts:
            with (self._folder / f"{receipt.index}{SUFFIX}").open("wb") as file:
                file.write(receipt.raw)
                file.flush()
                os.fsync(file.fileno())
        for result in sent.results:
            if result.index is not None:
                self._rows.writerow((result.index, result.state, line_of(result.unit), result.unit))
        self._list.flush()
        os.fsync(self._list.fileno())

    def close(self) -> None:
        """Close the list."""
        self._list.close()
