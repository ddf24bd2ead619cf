"""A file of any size is read in bounded memory: what does not fit goes to a database without a name, and comes back as it was."""

import os
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from dengbu.scripts.titles import drafts
from dengbu.scripts.titles.drafts import Checked, Draft, Drafts
from tests.scripts.titles.files import Row, begins, places, read, rows, written

HELD = 5


def of(path: Path, some: list[Row], monkeypatch: pytest.MonkeyPatch, held: int) -> Any:
    """What is read of these rows with so many units in memory."""
    monkeypatch.setattr(drafts.Drafts.__init__, "__defaults__", (held,))
    return read(path, written(some))


@pytest.mark.parametrize("seed", range(6))
def test_a_file_that_does_not_fit_into_memory_reads_as_one_that_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Rows of a unit stand anywhere, some units and certificates twice, some rows with a mistake."""
    rng = random.Random(seed)
    some = [*rows(40), *_shared(rows(52)[40:])]
    for _ in range(4):
        one = rng.choice(some)
        one |= rng.choice([{"JZMJ": "0"}, {"BDCQZH": some[0]["BDCQZH"]}, {"GYFS": "1"}, {"ZL": ""}])
    rng.shuffle(some)
    whole = of(tmp_path / "t.csv", some, monkeypatch, 1_000)
    small = of(tmp_path / "t.csv", some, monkeypatch, HELD)
    assert small.faults == whole.faults
    assert small.titles == whole.titles
    assert begins(small) == begins(whole)
    assert list(small.titles) == list(small.titles), "they can be read as often as one likes"
    assert small.titles != whole.titles[1:]


def _shared(some: list[Row]) -> list[Row]:
    """Each unit held by two, in shares."""
    found = []
    for one, other in zip(some[::2], some[1::2], strict=True):
        found.append(one | {"GYFS": "2", "QLBL": "1/3"})
        found.append(one | {"GYFS": "2", "QLBL": "2/3"} | {name: other[name] for name in ("ZJH", "QLRMC")})
    return found


def test_a_draft_is_the_same_when_it_comes_back() -> None:
    draft = Draft(
        7,
        ("u", None, 12),
        [(7, "陈文", "1", "441302", Fraction(1, 3)), (8, "x", "2", "y", None)],
        sound=False,
    )
    assert Draft.from_bytes(draft.to_bytes()) == draft


def test_a_certificate_of_long_ago_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    some = rows(4 * HELD)
    some[-1] |= {"BDCQZH": some[0]["BDCQZH"]}
    found = of(tmp_path / "t.csv", some, monkeypatch, HELD)
    assert places(found) == [(1 + len(some), "BDCQZH")]
    assert "line 2" in found.faults[0].message


def test_what_is_written_to_the_disk_has_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SQLITE_TMPDIR", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    held = Drafts(HELD)
    for n in range(20_000):
        held.put(f"u{n}", Draft(n, ("陈文" * 100,)))
    assert len(list(held)) == 20_000
    assert os.listdir(tmp_path) == []
    assert len(Checked(held)) == 0, "nothing is a title before it was looked at as a whole"
