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
        (("--price", "-1", "--area", "1"), "'-1' 须为数字 must be a number, 0.01 至 to 90071992547409.91"),
        (("--price", "0", "--area", "1"), "0.01 至 to"),
        (("--price", "NaN", "--area", "1"), "'NaN'"),
        (("--price", "x", "--area", "1"), "must be a number"),
        (("--price", "1E2", "--area", "1"), "'1E2'"),
        (("--price", "1E999", "--area", "1"), "'1E999'"),
        (("--price", "１", "--area", "1"), "'１'"),
        (("--price", "90071992547409.92", "--area", "1"), "to 90071992547409.91"),
        (("--price", "9" * 5000, "--area", "1"), "with at most 2 decimals"),
        (("--price", "1.00" + "0" * 40 + "1", "--area", "1"), "with at most 2 decimals"),
        (("--price", "1", "--area", "0"), "0.0001 至 to 100000000,"),
        (("--price", "1", "--area", "0.00001"), "with at most 4 decimals"),
        (("--price", "1", "--area", "1", "--cost", "-1"), "0 至 to 90071992547409.91"),
        (("--price", "1", "--area", "1", "--use", "dwellling"), "'dwelling', 'shop'"),
        (("--price", "1", "--area", "1", "--cause", "sold"), "'sale', 'gift'"),
        (
            ("--price", "1", "--area", "1", "--cause", "inheritance", "--seller", "enterprise"),
            "seller: person",
        ),
        (("--price", "1", "--area", "1", "--on", "9999-12-31"), "must lie between 2016-05-01"),
        (("--price", "1", "--area", "1", "--on", "2016-04-30"), "must lie between 2016-05-01"),
        (
            ("--price", "1", "--area", "1", "--on", "2026-03-01", "--held-since", "2026-03-02"),
            "must not be after the day of the contract, 2026-03-01",
        ),
        (("--price", "1", "--area", "1", "--on", "2026-02-30"), "is not a date"),
        (
            ("--price", "1", "--area", "1", "--held-since", "1800-01-01"),
            "1800-01-01 早于 is before 1949-10-01",
        ),
        ((*SHOP, "--sole-home"), "--seller enterprise has no home"),
        (
            HOME,
            "增值税 VAT: 缺少转让方取得日期 it needs the day on which the seller acquired the unit (--held-since)",
        ),
        (SHOP[:6], "个人所得税 income tax: 缺少转让方原值 it needs what the unit cost the seller (--cost)"),
        (("--price", "1", "--area", "1", "--vat-included"), "without VAT"),
        (("--price", "1", "--area", "1", "--relief", "third-home"), "third-home"),
    ],
)
def test_wrong_numbers_are_named(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    done = dengbu("tax", "calc", *arguments, home=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr


def test_a_tax_that_the_table_does_not_have_is_named(tmp_path: Path) -> None:
    shop = (*SHOP[:6], "--cost", "4000000")
    done = dengbu("tax", "calc", *shop, home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "无法测算 cannot be told: 增值税 VAT: 税率表无此情形" in done.stdout
    said = json.loads(dengbu("tax", "calc", *shop, "--json", home=tmp_path).stdout)
    assert {one["tax"]: one["missing"] for one in said["untold"]} == {"vat": None, "lvat": None}
    assert not {line["tax"] for line in said["lines"]} & {one["tax"] for one in said["untold"]}


def test_where_every_tax_is_told_none_is_named(tmp_path: Path) -> None:
    assert "无法测算" not in dengbu("tax", "calc", *HOME, *HELD, home=tmp_path).stdout
    assert json.loads(dengbu("tax", "calc", *HOME, *HELD, "--json", home=tmp_path).stdout)["untold"] == []
