"""`dengbu tax calc` and `dengbu tax check`: the taxes of a transfer by the rate table, which decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

import click

from dengbu.ledger.advisory.calculator import Line, NotCalculable, Transfer, calculate, may_claim
from dengbu.ledger.advisory.rates import CM2_PER_M2, RELIEFS
from dengbu.scripts.session import Session, local, remote, table
from dengbu.scripts.wording import BEIJING

FEN_PER_YUAN = 100
TAXES = {
    "deed": "契税 deed tax",
    "vat": "增值税 VAT",
    "iit": "个人所得税 income tax",
    "lvat": "土地增值税 land VAT",
    "stamp-buyer": "印花税(受让方) stamp, buyer",
    "stamp-seller": "印花税(转让方) stamp, seller",
}
HEADS = (
    "税种 tax",
    "计税依据(元) base",
    "税率 rate",
    "测算(元) calculated",
    "核定(元) assessed",
    "依据 basis",
)
NOTE = "测算仅供参考，以税务机关核定为准 an estimate: the tax bureau assesses"
NOT_CLAIMABLE = "不符合所申请的税收减免条件，按一般税率测算 the conditions of the relief are not met; the general rate is shown"
KINDS = click.Choice(["person", "enterprise"])


class Scaled(click.ParamType):
    """A decimal number that is a whole number of a smaller unit: yuan in fen, square metres in cm2."""

    def __init__(self, name: str, scale: int) -> None:
        self.name = name
        self._scale = scale

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the whole number of the smaller unit."""
        if isinstance(value, int):
            return value
        try:
            scaled = Decimal(value) * self._scale
        except InvalidOperation:
            self.fail(f"{value!r} 不是数字 is not a number", param, ctx)
        if not scaled.is_finite() or scaled < 0 or scaled != scaled.to_integral_value():
            self.fail(
                f"{value!r} 须为非负数，且小数位数不得过多 must not be negative, nor finer than 1/{self._scale}",
                param,
                ctx,
            )
        return int(scaled)


class Day(click.ParamType):
    """An ISO date."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} 不是日期 is not a date, YYYY-MM-DD", param, ctx)


YUAN, SQUARE_METRES = Scaled("yuan", FEN_PER_YUAN), Scaled("m2", CM2_PER_M2)


@click.command("calc")
@click.option("--price", type=YUAN, required=True, help="成交价格(元) price in yuan, without VAT.")
@click.option("--vat-included", is_flag=True, help="价格含增值税 the price includes VAT.")
@click.option("--area", type=SQUARE_METRES, required=True, help="建筑面积(平方米) square metres.")
@click.option("--on", type=Day(), help="合同日期 day of the contract, today if not given.")
@click.option("--use", default="dwelling", show_default=True, help="用途 use of the unit.")
@click.option("--cause", default="sale", show_default=True, help="原因 cause: sale, gift, inheritance...")
@click.option("--buyer", type=KINDS, default="person", show_default=True, help="受让方 buyer.")
@click.option("--seller", type=KINDS, default="person", show_default=True, help="转让方 seller.")
@click.option("--relief", type=click.Choice(list(RELIEFS)), help="契税减免 relief from deed tax.")
@click.option("--held-since", type=Day(), help="转让方取得日期 when the seller acquired the unit.")
@click.option("--sole-home", is_flag=True, help="转让方家庭唯一住房 the seller's only home.")
@click.option("--cost", type=YUAN, help="转让方原值(元) what it cost the seller, to tax the gain.")
@local
def calc(
    session: Session,
    price: int,
    vat_included: bool,
    area: int,
    on: date | None,
    use: str,
    cause: str,
    buyer: Any,
    seller: Any,
    relief: str | None,
    held_since: date | None,
    sole_home: bool,
    cost: int | None,
) -> None:
    """测算 Estimate the taxes of a transfer by the rate table; needs no node.

    \b
    示例 Examples:
      dengbu tax calc --price 1200000 --area 98 --relief only-home --held-since 2023-11-20
      dengbu tax calc --price 5000000 --area 200 --use shop --buyer enterprise --seller enterprise
    """
    day = on or datetime.now(BEIJING).date()
    asked = Transfer(
        day, price, area, use, cause, buyer, seller, vat_included, relief, held_since, sole_home, cost
    )
    try:
        lines = calculate(asked)
    except NotCalculable as fault:
        raise click.UsageError(str(fault)) from fault
    warnings = [] if may_claim(asked) else [NOT_CLAIMABLE]
    shown = [_line(line) for line in lines]
    for warning in warnings:
        session.say(f"注意 warning: {warning}")
    session.show({"lines": shown, "warnings": warnings}, [*_table(shown), NOTE])


@click.command("check")
@click.argument("case")
@remote
def check(session: Session, case: str) -> None:
    """比对 Compare a case's assessment with the rate table (tax, registry); it reads the payloads, which is logged.

    \b
    示例 Example:
      dengbu tax check 441302-20261122-000002 --as hz-tax
    """
    with session.client() as client:
        found = client.tax.check(case)
    lines = [*_table(found["lines"])] if found["lines"] else []
    session.show(found, [*lines, *warning_lines(found["warnings"]), NOTE])


def warning_lines(warnings: Sequence[Mapping[str, str]]) -> list[str]:
    """Return warnings as lines of text."""
    return [
        f"注意 warning: {TAXES.get(one['where'], one['where'])}: {one['detail_zh']} {one['detail_en']}"
        for one in warnings
    ]


def _line(line: Line) -> dict[str, Any]:
    return {
        "tax": line.tax,
        "base_fen": line.base_fen,
        "rate": str(line.row.rate),
        "due_fen": line.due_fen,
        "basis_zh": line.row.zh,
        "basis_en": line.row.en,
        "sure": line.row.sure,
    }


def _table(lines: Sequence[dict[str, Any]]) -> list[str]:
    rows = [
        (
            TAXES[one["tax"]],
            _yuan(one["base_fen"]),
            f"{float(Fraction(one['rate']) * 100):g} %",
            _yuan(one["due_fen"]),
            _yuan(one.get("assessed_fen")),
            one["basis_zh"],
        )
        for one in lines
    ]
    return table(rows, HEADS)


def _yuan(fen: int | None) -> str:
    return "" if fen is None else f"{fen // FEN_PER_YUAN:,}.{fen % FEN_PER_YUAN:02}"
