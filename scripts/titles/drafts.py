"""Titles on the way from rows: what was read of each unit so far, wherever its rows stand in the file.

A large file is never held in memory. From `HELD_MAX` units on, what was read goes to a database in a temporary file that
SQLite makes for this process alone and deletes as soon as it is open, since it holds personal data.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from operator import eq
from typing import Any, SupportsIndex, overload

import orjson

from dengbu.ledger.register.co_ownership import WHOLE
from dengbu.scripts.titles.faults import Fault
from dengbu.scripts.titles.values import share_text

HELD_MAX = 10_000  # units in memory
CACHE_KIB = 32_768  # of the database
_SCHEMA = f"""
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -{CACHE_KIB};
CREATE TABLE drafts (unit TEXT PRIMARY KEY, line INTEGER NOT NULL, draft BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE certificates (number TEXT PRIMARY KEY, line INTEGER NOT NULL) STRICT, WITHOUT ROWID;
"""

Holder = tuple[int, str, str, str, Fraction | None]  # line, name, kind and number of the document, share


@dataclass(slots=True)
class Draft:
    """A title on the way: its first line, what its rows share, in the order of OF_TITLE, and its holders."""

    line: int
    shared: tuple[Any, ...]
    holders: list[Holder] = field(default_factory=list)
    sound: bool = True

    def to_bytes(self) -> bytes:
        """Return the draft as it is stored."""
        holders = [(*one[:4], None if one[4] is None else share_text(one[4])) for one in self.holders]
        return orjson.dumps((self.line, self.shared, holders, self.sound))

    @classmethod
    def from_bytes(cls, raw: bytes) -> "Draft":
        """Return the draft that `to_bytes` turned into these bytes."""
        line, shared, holders, sound = orjson.loads(raw)
        made = [(*one[:4], None if one[4] is None else Fraction(one[4])) for one in holders]
        return cls(line, tuple(shared), made, sound)


class Drafts:
    """The drafts of a file by unit, and the line on which each certificate first stands."""

    def __init__(self, held_max: int = HELD_MAX) -> None:
        self._held_max = held_max
        self._held: dict[str, Draft] = {}
        self._certificates: dict[str, int] = {}
        self._spilled: sqlite3.Connection | None = None

    def get(self, unit: str) -> Draft | None:
        """Return what was read of a unit, to be added to; None before its first row."""
        found = self._held.get(unit)
        if found is not None or self._spilled is None:
            return found
        row = self._spilled.execute("SELECT draft FROM drafts WHERE unit = ?", (unit,)).fetchone()
        if row is None:
            return None
        found = Draft.from_bytes(row[0])
        self.put(unit, found)
        return found

    def line(self, unit: str) -> int:
        """Return the line on which a unit of the file begins."""
        if self._spilled is None or unit in self._held:
            return self._held[unit].line
        (line,) = self._spilled.execute("SELECT line FROM drafts WHERE unit = ?", (unit,)).fetchone()
        return int(line)

    def put(self, unit: str, draft: Draft) -> None:
        """Hold a draft, from now on in memory."""
        if len(self._held) >= self._held_max:
            self._spill()
        self._held[unit] = draft

    def certificate(self, number: str, line: int) -> int:
        """Return the line on which a certificate first stands, which is this one if it is new."""
        earlier = self._certificates.get(number)
        if earlier is None and self._spilled is not None:
            row = self._spilled.execute(
                "SELECT line FROM certificates WHERE number = ?", (number,)
            ).fetchone()
            earlier = row and int(row[0])
        if earlier is None:
            earlier = self._certificates[number] = line
        return earlier

    def __iter__(self) -> Iterator[tuple[str, Draft]]:
        """Iterate over units and drafts in the order of their first lines; nothing may be put meanwhile."""
        if self._spilled is None:
            yield from self._held.items()
            return
        self._spill()
        for unit, raw in self._spilled.execute("SELECT unit, draft FROM drafts ORDER BY line, unit"):
            yield unit, Draft.from_bytes(raw)

    def _spill(self) -> None:
        """Write what is held to the database, in the order of its keys."""
        if self._spilled is None:
            self._spilled = sqlite3.connect("", isolation_level=None)
            self._spilled.executescript(_SCHEMA)
        rows = ((unit, one.line, one.to_bytes()) for unit, one in sorted(self._held.items()))
        self._spilled.execute("BEGIN")
        self._spilled.executemany("INSERT OR REPLACE INTO drafts VALUES (?, ?, ?)", rows)
        self._spilled.executemany(
            "INSERT INTO certificates VALUES (?, ?)", sorted(self._certificates.items())
        )
        self._spilled.execute("COMMIT")
        self._held, self._certificates = {}, {}


class Checked(Sequence[dict[str, Any]]):
    """The titles of a file that nothing speaks against, in the order of their first lines, each made when it is asked for."""

    def __init__(self, drafts: Drafts) -> None:
        self._drafts = drafts
        self._faulty: set[str] = set()  # sound row by row, but not as a whole
        self._count = 0

    def check(self, faults_of: Callable[[str, Draft], list[Fault]]) -> Iterator[Fault]:
        """Look at each title as a whole; yield the faults, and leave out the titles that have any."""
        for unit, draft in self._drafts:
            if not draft.sound:
                continue
            found = faults_of(unit, draft)
            if found:
                self._faulty.add(unit)
                yield from found
            else:
                self._count += 1

    def line_of(self, unit: str) -> int:
        """Return the line on which a unit begins."""
        return self._drafts.line(unit)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for unit, draft in self._drafts:
            if draft.sound and unit not in self._faulty:
                yield title_of(draft)

    def __eq__(self, other: object) -> bool:
        """Whether these are the same titles in the same order."""
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(eq, self, other))

    __hash__ = None  # type: ignore[assignment]

    @overload
    def __getitem__(self, place: SupportsIndex) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, place: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, place: SupportsIndex | slice) -> dict[str, Any] | list[dict[str, Any]]:
        return list(self)[place]


def title_of(draft: Draft) -> dict[str, Any]:
    """Return a title as it is submitted."""
    unit, location, mode, certificate, area_cm2, use, registered_on = draft.shared
    return {
        "unit": unit,
        "use": use,
        "area_cm2": area_cm2,
        "certificate": certificate,
        "registered_on": registered_on,
        "mode": mode,
        "location": location,
        "holders": [
            {
                "name": name,
                "id_type": kind,
                "id_no": number,
                "share": share_text(share) if mode == "shares" and share is not None else WHOLE,
            }
            for _, name, kind, number, share in draft.holders
        ],
    }
