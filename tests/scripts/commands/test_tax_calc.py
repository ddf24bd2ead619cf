"""`dengbu tax calc`: the worked examples, in yuan, without a node, and what it says about wrong numbers."""

import json
from pathlib import Path

import pytest

from tests.scripts.command import dengbu

HOME = ("--price", "1200000", "--area", "98", "--relief", "only-home", "--on", "2026-11-20")
HELD = ("--held-since", "2023-11-20")
SHOP = (
    "--price",
    "5000000",
    "--area",
    "200",
    "--use",
    "shop",
    "--buyer",
    "enterprise",
    "--seller",
    "enterprise",
)


def test_the_worked_examples(tmp_path: Path) -> None:
    for arguments, expected in (
        ((*HOME, *HELD), {"deed": 1_200_000, "vat": 0, "iit": 1_200_000}),
        (
            ("--price", "1030000", "--vat-included", "--area", "150", "--relief", "only-home", "--on", "2026-11-20",
             "--held-since", "2025-11-20"),
            {"deed": 1_500_000, "vat": 3_000_000},
        ),
        (SHOP, {"deed": 15_000_000, "stamp-buyer": 250_000, "stamp-seller": 250_000}),
    ):  # fmt: skip
        done = dengbu("tax", "calc", *arguments, "--json", home=tmp_path)
        assert done.returncode == 0, done.stderr
        found = {line["tax"]: line["due_fen"] for line in json.loads(done.stdout)["lines"]}
        assert {tax: found[tax] for tax in expected} == expected


def test_a_person_reads_yuan_and_that_the_bureau_decides(tmp_path: Path) -> None:
    done = dengbu("tax", "calc", *HOME, *HELD, home=tmp_path)
    assert "12,000.00" in done.stdout
    assert "以税务机关核定为准" in done.stdout


def test_a_relief_that_may_not_be_claimed_is_a_warning(tmp_path: Path) -> None:
    done = dengbu("tax", "calc", *SHOP, "--relief", "only-home", home=tmp_path)
    assert done.returncode == 0
    assert "conditions of the relief are not met" in done.stderr
    assert "150,000.00" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--price", "1.234", "--area", "1"), "1.234"),
        (("--price", "-1", "--area", "1"), "negative"),
        (("--price", "NaN", "--area", "1"), "NaN"),
        (("--price", "x", "--area", "1"), "is not a number"),
        (("--price", "1", "--area", "1", "--on", "2026-02-30"), "is not a date"),
        (("--price", "1", "--area", "1", "--vat-included"), "without VAT"),
        (("--price", "1", "--area", "1", "--relief", "third-home"), "third-home"),
    ],
)
def test_wrong_numbers_are_named(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    done = dengbu("tax", "calc", *arguments, home=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
