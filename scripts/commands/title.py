"""`dengbu title import`: imports existing titles from a CSV file with the national register database's fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import click

from dengbu.scripts.exits import EXIT_ERROR, EXIT_OK, EXIT_REFUSED, EXIT_UNREACHABLE, EXIT_UNVERIFIED
from dengbu.scripts.failures import Explained, explain, reason_line
from dengbu.scripts.session import Session, remote
from dengbu.scripts.story.narrator import Narrator
from dengbu.scripts.titles.importing import Report, Result, State, import_titles
from dengbu.scripts.titles.title_csv import Titles, read_titles

SHOWN_MAX = 100
STATES = {
    State.IMPORTED: "已导入 imported",
    State.ALREADY: "此前已导入 already there",
    State.REFUSED: "账本不予办理 refused by the ledger",
    State.NOT_TAKEN: "节点未受理 not taken by the node",
    State.UNKNOWN: "结果未知 outcome unknown",
    State.UNSENT: "未发送 not sent",
}


@click.group("title")
def command() -> None:
    """存量登记数据 Existing titles: import them.

    \b
    示例 Example:
      dengbu title import titles.csv --as hz-registry
    """


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@remote
def import_file(session: Session, file: Path) -> None:
    """导入 CSV Import every title of a CSV file; if the file has a mistake, nothing is sent.

    The command waits for the outcome of each title. Titles that were not imported are listed by line and unit, with
    every reason; exit 5 if the ledger refused any, 4 if the outcome of any is unknown. Importing the same file again
    continues where this run ended; a corrected row is tried again.

    \b
    字段 Fields: BDCDYH ZL QLRMC ZJZL ZJH GYFS QLBL BDCQZH JZMJ GHYT DJSJ
    示例 Example:
      dengbu title import titles.csv --as hz-registry
    """
    session.say_writer()
    found = read_titles(file)
    if found.faults:
        shown = [{"line": one.line, "column": one.column, "message": one.message} for one in found.faults]
        session.show({"imported": 0, "faults": shown}, _first(map(str, found.faults), len(found.faults)))
        click.echo(f"{len(found.faults)} 处错误，未导入 mistakes, nothing imported", err=True)
        raise SystemExit(EXIT_ERROR)
    with Narrator(as_json=False).progress("导入", "importing", len(found.titles)) as step:
        report = import_titles(session.client, found.titles, step)
    failure = explain(report.failure) if report.failure is not None else None
    code = _exit_code(report, failure)
    left = [result for result in report.results if not result.registered]
    for line in _first((f"{file}:{_left_line(found, result)}" for result in left), len(left)):
        session.say(line)
    if failure is not None:
        session.say(f"error: {failure.message}" + (f"\nhint: {failure.hint}" if failure.hint else ""))
    counted = {str(state): count for state, count in report.counts.items()}
    listed = {"titles": [_left(file, found, result) for result in left], "failure": _failure(failure)}
    session.show(
        {**counted, "faults": [], **listed, "exit": code},
        [f"{text}: {report.counts[state]}" for state, text in STATES.items()],
    )
    raise SystemExit(code)


def _exit_code(report: Report, failure: Explained | None) -> int:
    """Return the exit code: an unverified log comes first, then a refusal, the run's failure, an unknown outcome."""
    if failure is not None and failure.exit_code == EXIT_UNVERIFIED:
        return EXIT_UNVERIFIED
    if report.counts[State.REFUSED]:
        return EXIT_REFUSED
    if failure is not None:
        return failure.exit_code
    if report.counts[State.UNKNOWN]:
        return EXIT_UNREACHABLE
    return EXIT_ERROR if report.counts[State.NOT_TAKEN] else EXIT_OK


def _left_line(found: Titles, result: Result) -> str:
    """Describe, for people to read, a title that was not imported: line, unit, state, reasons."""
    entry = "" if result.index is None else f" (第 {result.index} 条 entry {result.index})"
    why = "; ".join(_reasons(result))
    return (
        f"{found.lines[result.unit]} {result.unit} {STATES[result.state]}{entry}{': ' + why if why else ''}"
    )


def _reasons(result: Result) -> Iterator[str]:
    yield from map(reason_line, result.reasons)
    explained = explain(result.problem) if result.problem is not None else None
    if explained is not None:
        yield explained.message


def _left(file: Path, found: Titles, result: Result) -> dict[str, Any]:
    """Describe the same for --json."""
    return {
        "file": str(file),
        "line": found.lines[result.unit],
        "unit": result.unit,
        "state": str(result.state),
        "index": result.index,
        "reasons": [dict(reason) for reason in result.reasons],
        "problem": result.problem.problem if result.problem is not None else None,
    }


def _failure(failure: Explained | None) -> dict[str, Any] | None:
    if failure is None:
        return None
    return {"code": failure.code, "message": failure.message, "hint": failure.hint}


def _first(lines: Iterable[str], count: int) -> Iterator[str]:
    """Yield the first SHOWN_MAX lines, and a line saying how many more there are."""
    yield from islice(lines, SHOWN_MAX)
    if count > SHOWN_MAX:
        yield f"… 另有 {count - SHOWN_MAX} 项，见 --json and {count - SHOWN_MAX} more: --json lists all"
