"""A version with a date in CHANGELOG.md is one that was released, and each release left its log behind."""

import re
from pathlib import Path

from tests.vectors.release import FOLDER

CHANGELOG = Path(__file__).resolve().parents[2] / "CHANGELOG.md"
_DATED = re.compile(r"^## \[([0-9.]+)\] - \d{4}-\d\d-\d\d$", re.MULTILINE)


def test_each_dated_version_has_its_log_and_each_log_its_version() -> None:
    dated = _DATED.findall(CHANGELOG.read_text(encoding="utf-8"))
    assert "0.1.0" in dated
    assert sorted(dated) == sorted(kept.name.removesuffix(".json.xz") for kept in FOLDER.glob("*.json.xz"))
