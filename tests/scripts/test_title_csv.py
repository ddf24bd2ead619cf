"""Existing titles from CSV: identifiers are checked by their standards, and by the day on which the file is read."""

from pathlib import Path

import pytest

from scripts.city import FIELDS, titles
from scripts.title_csv import read_titles


def written(path: Path, **changed: str) -> Path:
    """A file with one made-up title, some of its fields changed."""
    row = titles(7, 1).__next__()[0] | {"GYFS": "0", "QLBL": ""} | changed
    path.write_text(",".join(FIELDS) + "\n" + ",".join(row[name] for name in FIELDS) + "\n", encoding="utf-8")
    return path


def test_a_sound_title_is_read(tmp_path: Path) -> None:
    found = read_titles(written(tmp_path / "titles.csv"))
    assert (len(found.titles), found.faults) == (1, [])


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"BDCQZH": "粤(2999)惠州市不动产权第0000001号"}, "future"),
        ({"BDCQZH": "粤(2021)惠州市不动产登记证明第0000001号"}, "numbered as"),
        ({"BDCDYH": "441302001001GA00001W00000000"}, "GA"),
        ({"ZJZL": "1", "ZJH": "44130299991231001X"}, "future"),
        ({"ZJZL": "1", "ZJH": "130503670401001"}, "15"),
        ({"ZJZL": "7", "ZJH": "91441300MA9000011T"}, "check character"),
    ],
)
def test_a_wrong_identifier_is_named_by_line_and_column(
    tmp_path: Path, changed: dict[str, str], says: str
) -> None:
    found = read_titles(written(tmp_path / "titles.csv", **changed))
    assert found.titles == []
    (fault,) = found.faults
    assert (fault.line, fault.column) == (2, next(name for name in changed if name != "ZJZL"))
    assert says in fault.message
