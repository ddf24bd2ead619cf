"""The table `[limits]`: closed, with a range for every number."""

import dataclasses
from pathlib import Path

import pytest

from dengbu.nodes.home.config import ConfigError, read_config, write_config
from dengbu.nodes.home.rate_limits import DEFAULTS, SYSTEM_WRITES, Rate, RateLimits
from tests.nodes.home.test_config import CONFIG


def with_limits(home: Path, text: str) -> Path:
    write_config(home, CONFIG)
    path = home / "node.toml"
    path.write_text(path.read_text() + text)
    return path


def test_without_the_table_there_are_the_defaults(tmp_path: Path) -> None:
    path = with_limits(tmp_path, "")
    assert "limits" not in path.read_text()
    assert read_config(tmp_path).limits == DEFAULTS


def test_one_rate_is_set_and_the_others_stay(tmp_path: Path) -> None:
    with_limits(tmp_path, "[limits]\nofficer_writes = { burst = 10, per_minute = 5 }\n")
    limits = read_config(tmp_path).limits
    assert limits.officer_writes == Rate(burst=10, per_minute=5)
    assert limits.system_writes == SYSTEM_WRITES


def test_what_is_written_is_read(tmp_path: Path) -> None:
    config = dataclasses.replace(CONFIG, limits=RateLimits(officer_personal_reads=Rate(1, 600_000)))
    write_config(tmp_path, config)
    assert read_config(tmp_path) == config


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "officer_writes = { burst = 0, per_minute = 5 }",
            r"limits\.officer_writes\.burst: 须为 1 至 100000 must be 1 to 100000, not 0",
        ),
        (
            "system_writes = { burst = 100001, per_minute = 5 }",
            r"limits\.system_writes\.burst: .*1 to 100000",
        ),
        (
            "system_personal_reads = { burst = 1, per_minute = 600001 }",
            r"limits\.system_personal_reads\.per_minute: .*1 to 600000",
        ),
        ("officer_personal_reads = { burst = 1, per_minute = -1 }", r"per_minute: .*1 to 600000"),
        ("officer_writes = { burst = 1 }", r"limits\.officer_writes\.per_minute: .*missing"),
        (
            "officer_writes = { burst = 1.5, per_minute = 1 }",
            r"limits\.officer_writes\.burst: .*Expected `int`",
        ),
        ("officer_writes = 600", r"limits\.officer_writes: .*Expected `object`"),
        (
            "officer_write = { burst = 1, per_minute = 1 }",
            r"limits\.officer_write: .*did you mean limits\.officer_writes",
        ),
        ("officer_writes = { burst = 1, per_minut = 1 }", r"per_minut: .*did you mean .*per_minute"),
    ],
)
def test_each_mistake_is_named_with_file_key_and_range(tmp_path: Path, text: str, said: str) -> None:
    path = with_limits(tmp_path, f"[limits]\n{text}\n")
    with pytest.raises(ConfigError, match=said) as caught:
        read_config(tmp_path)
    assert str(path) in str(caught.value)
