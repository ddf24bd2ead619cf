"""`dengbu stats`: how many cases there were and how long they took, by act, office, channel and district."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import click

from dengbu.ledger.advisory.efficiency import ACT, GROUPINGS
from dengbu.scripts.reports import report_option, show_report
from dengbu.scripts.session import Session, remote, table

MINUTE_MS = 60_000
HOUR_MS, DAY_MS = 60 * MINUTE_MS, 24 * 60 * MINUTE_MS
COUNTS = ("accepted", "turned_away", "entered", "refused", "withdrawn", "open", "shared_papers")
TIMES = ("total_time", "registry_time", "tax_time")
SHARES = (
    "within_promise",
    "within_statute",
    "first_time",
    "automatic",
    "overrides",
    "with_shared_papers",
    "cross_district",
    "rated",
    "good",
)


@click.command("stats")
@click.option("--from", "start", metavar="DATE", help="自该日起 from this day, for example 2026-11-01.")
@click.option("--to", "end", metavar="DATE", help="至该日止 to this day, itself included.")
@click.option(
    "--by",
    "by",
    type=click.Choice(GROUPINGS),
    multiple=True,
    default=(ACT,),
    show_default=True,
    help="分组 group by; may be repeated.",
)
@report_option
@remote
def command(
    session: Session, start: str | None, end: str | None, by: tuple[str, ...], out: str | None
) -> None:
    """效能 Show the efficiency of a period, counted from the log: numbers, times, shares, and the three 100 % targets.

    \b
    示例 Examples:
      dengbu stats --as hz-registry
      dengbu stats --from 2026-11-01 --to 2026-11-30 --by office --by channel --as hz-registry
      dengbu stats -o november.json --as hz-registry
    """
    with session.client() as client:
        found = client.stats(start=start, end=end, by=tuple(dict.fromkeys(by)))
    show_report(session, found, list(_lines(found)), out)


def _lines(found: Any) -> Iterator[str]:
    whole, formulas = found["all"], found["formulas"]
    days = f"{found['from'] or ''} – {found['to'] or ''}"
    yield f"期间 period {days}   条目 entries {found['entries']}"
    yield ""
    rows: list[Sequence[Any]] = [(name, whole[name], formulas[name]["zh"]) for name in COUNTS]
    rows += [(name, _times(whole[name]), formulas[name]["zh"]) for name in TIMES]
    rows += [(name, _share(whole[name]), formulas[name]["zh"]) for name in SHARES]
    rows += [(name, _share(one), formulas[name]["zh"]) for name, one in found["coverage"].items()]
    yield from table(rows, ("指标 figure", "数值 value", "算法 formula"))
    scores = "  ".join(f"{score}: {count}" for score, count in sorted(whole["ratings"].items()))
    yield f"\n好差评 ratings  {scores}\n"
    yield from table([_row(found["by"], one) for one in found["groups"]], (*found["by"], *_HEADS))


_HEADS = (
    "受理 accepted",
    "登簿 entered",
    "均时 mean",
    "P50",
    "P90",
    "登记 registry",
    "完税 tax",
    "承诺内 in time",
)


def _row(by: Sequence[str], one: Any) -> tuple[Any, ...]:
    time = one["total_time"]
    return (
        *(one["key"][name] for name in by),
        one["accepted"],
        one["entered"],
        _long(time["mean_ms"]),
        _long(time["p50_ms"]),
        _long(time["p90_ms"]),
        _long(one["registry_time"]["mean_ms"]),
        _long(one["tax_time"]["mean_ms"]),
        _share(one["within_promise"]),
    )


def _share(share: Any) -> str:
    """Format a share, like 3/4 (75.0 %), rounded only for reading; "-" if there is nothing to share."""
    if share["share"] is None:
        return "-"
    value = Fraction(share["share"]) * 1000
    return f"{share['count']}/{share['of']} ({round(value) // 10}.{round(value) % 10} %)"


def _times(times: Any) -> str:
    return "  ".join(f"{name} {_long(times[f'{name}_ms'])}" for name in ("mean", "p50", "p90"))


def _long(value: str | int | None) -> str:
    """Format milliseconds, which may be a fraction, for people to read: rounded to a tenth of the unit shown."""
    if value is None:
        return "-"
    length = Fraction(value)
    unit, name = next(
        (
            (unit, name)
            for unit, name in ((DAY_MS, "d"), (HOUR_MS, "h"), (MINUTE_MS, "min"))
            if length >= unit
        ),
        (1000, "s"),
    )
    tenths = round(length * 10 / unit)
    return f"{tenths // 10}.{tenths % 10} {name}"
