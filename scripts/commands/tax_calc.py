"""`dengbu tax calc` and `dengbu tax check`: the taxes of a transfer by the rate table, which decides nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, get_args

import click

from dengbu.ledger.advisory.calculator import (
    Line,
    NotCalculable,
    Transfer,
    Untold,
    calculate,
    may_claim,
    untold,
)
from dengbu.ledger.advisory.rates import PERSON, RELIEFS, SINCE, Kind
from dengbu.ledger.law.uses import DWELLING
from dengbu.ledger.log.encoding import INT_MAX
from dengbu.ledger.register.shapes import AREA_CM2_MAX
from dengbu.ledger.rules.taxes import REQUIRED
from dengbu.scripts.session import Session, local, remote, table
from dengbu.scripts.titles.values import USES
from dengbu.scripts.wording import BEIJING

FEN_PER_YUAN = 100
FEN_DECIMALS, CM2_DECIMALS = 2, 4  # of an amount in yuan, and of an area in square metres
DIGITS_MAX = 16  # before the point: more than any amount or area of the ledger has
CAUSES = list(dict.fromkeys(cause for cause, _ in REQUIRED))
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
HELD_SINCE_MIN = date(1949, 10, 1)  # no title of today is older than the People's Republic
NOTE = "测算仅供参考，以税务机关核定为准 an estimate: the tax bureau assesses"
MISSING = {
    "held_since": "缺少转让方取得日期 it needs the day on which the seller acquired the unit (--held-since)",
    "cost_fen": "缺少转让方原值 it needs what the unit cost the seller (--cost)",
    None: "税率表无此情形 the table has no row for this use, cause and seller",
}
NOT_CLAIMABLE = "不符合所申请的税收减免条件，按一般税率测算 the conditions of the relief are not met; the general rate is shown"
KINDS = click.Choice(get_args(Kind))


class Scaled(click.ParamType):
    """A decimal number that is a whole number of a smaller unit: yuan in fen, square metres in cm2."""

    def __init__(self, name: str, decimals: int, least: int, most: int) -> None:
        self.name = name
        self._decimals, self._least, self._most = decimals, least, most
        self._form = re.compile(rf"([0-9]{{1,{DIGITS_MAX}}})(?:\.([0-9]{{1,{decimals}}}))?")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the whole number of the smaller unit."""
        if isinstance(value, int):
            return value
        read = self._form.fullmatch(value)
        scaled = -1 if read is None else int(read[1] + (read[2] or "").ljust(self._decimals, "0"))
        if not self._least <= scaled <= self._most:
            self.fail(
                f"{value!r} 须为数字 must be a number, {self._shown(self._least)} 至 to {self._shown(self._most)}, "
                f"小数至多 {self._decimals} 位 with at most {self._decimals} decimals",
                param,
                ctx,
            )
        return scaled

    def _shown(self, scaled: int) -> str:
        return f"{Decimal(scaled).scaleb(-self._decimals).normalize():f}"


class Day(click.ParamType):
    """An ISO date."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} 不是日期 is not a date, YYYY-MM-DD", param, ctx)


PRICE, COST = Scaled("yuan", FEN_DECIMALS, 1, INT_MAX), Scaled("yuan", FEN_DECIMALS, 0, INT_MAX)
SQUARE_METRES = Scaled("m2", CM2_DECIMALS, 1, AREA_CM2_MAX)


@click.command("calc")
@click.option("--price", type=PRICE, required=True, help="成交价格(元) price in yuan, without VAT.")
@click.option("--vat-included", is_flag=True, help="价格含增值税 the price includes VAT.")
@click.option("--area", type=SQUARE_METRES, required=True, help="建筑面积(平方米) square metres.")
@click.option("--on", type=Day(), help="合同日期 day of the contract, today if not given.")
@click.option(
    "--use",
    type=click.Choice(list(USES.values())),
    default=DWELLING,
    show_default=True,
    help="用途 use of the unit.",
)
@click.option("--cause", type=click.Choice(CAUSES), default="sale", show_default=True, help="原因 cause.")
@click.option("--buyer", type=KINDS, default=PERSON, show_default=True, help="受让方 buyer.")
@click.option("--seller", type=KINDS, default=PERSON, show_default=True, help="转让方 seller.")
@click.option("--relief", type=click.Choice(list(RELIEFS)), help="契税减免 relief from deed tax.")
@click.option("--held-since", type=Day(), help="转让方取得日期 when the seller acquired the unit.")
@click.option("--sole-home", is_flag=True, help="转让方家庭唯一住房 the seller's only home.")
@click.option("--cost", type=COST, help="转让方原值(元) what it cost the seller, to tax the gain.")
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
    today = datetime.now(BEIJING).date()
    day = on or today
    _check(day, today, held_since, cause, seller)
    if sole_home and seller != PERSON:
        raise click.UsageError(
            "--sole-home 只适用于自然人转让方 is of a natural person: --seller " + f"{seller} has no home"
        )
    asked = Transfer(
        on=day,
        price_fen=price,
        area_cm2=area,
        use=use,
        cause=cause,
        buyer=buyer,
        seller=seller,
        vat_included=vat_included,
        relief=relief,
        held_since=held_since,
        sole_home=sole_home,
        cost_fen=cost,
    )
    _show(session, asked)


def _show(session: Session, asked: Transfer) -> None:
    """Print the taxes of a transfer. Raises UsageError if the table cannot tell them, or needs more to tell one of them."""
    try:
        lines = calculate(asked)
    except NotCalculable as fault:
        raise click.UsageError(str(fault)) from fault
    warnings = [] if may_claim(asked) else [NOT_CLAIMABLE]
    shown = [_line(line) for line in lines]
    left = [_untold(one) for one in untold(asked)]
    if lacking := [f"{TAXES[one['tax']]}: {one['detail']}" for one in left if one["missing"]]:
        raise click.UsageError("; ".join(lacking))
    for warning in warnings:
        session.say(f"注意 warning: {warning}")
    told = [
        *_table(shown),
        *(f"无法测算 cannot be told: {TAXES[one['tax']]}: {one['detail']}" for one in left),
    ]
    session.show({"lines": shown, "untold": left, "warnings": warnings}, [*told, NOTE])


def _check(day: date, today: date, held_since: date | None, cause: str, seller: str) -> None:
    """Raise UsageError for days or parties that no transfer can have, or that the tables do not reach back to."""
    if not date.fromisoformat(SINCE) <= day <= today:
        raise click.UsageError(f"--on {day} 须为 must lie between {SINCE} 至 and {today}, today")
    if held_since is not None and held_since > day:
        raise click.UsageError(
            f"--held-since {held_since} 不得晚于合同日期 must not be after the day of the contract, {day}"
        )
    if held_since is not None and held_since < HELD_SINCE_MIN:
        raise click.UsageError(f"--held-since {held_since} 早于 is before {HELD_SINCE_MIN}")
    if (cause, seller) not in REQUIRED:
        sellers = ", ".join(one for of, one in REQUIRED if of == cause)
        raise click.UsageError(f"--cause {cause} 的转让方只能为 takes only this seller: {sellers}")


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


def _untold(one: Untold) -> dict[str, Any]:
    return {"tax": one.tax, "missing": one.missing, "detail": MISSING[one.missing]}


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
