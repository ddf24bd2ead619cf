"""`dengbu title`: imports existing titles from a file with the national register database's columns."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import combinations, islice
from pathlib import Path
from typing import Any

import click

from dengbu.api.client import NoPolicy
from dengbu.scripts.exits import EXIT_ERROR, EXIT_OK, EXIT_REFUSED, EXIT_UNREACHABLE, EXIT_UNVERIFIED
from dengbu.scripts.failures import Explained, explain, reason_line
from dengbu.scripts.session import Input, Output, Session, local, reading, remote, table, writing
from dengbu.scripts.settings import NoNode
from dengbu.scripts.story.narrator import Narrator
from dengbu.scripts.titles import template
from dengbu.scripts.titles.columns import COLUMNS
from dengbu.scripts.titles.districts import Territory, territory_of
from dengbu.scripts.titles.encodings import AUTO, ENCODINGS
from dengbu.scripts.titles.importing import Result, Run, Sent, State
from dengbu.scripts.titles.kept import Kept
from dengbu.scripts.titles.report import JSON, Left, column_and_value, write_report
from dengbu.scripts.titles.stage import CSV, JSON_LINES, Preview, preview, write_titles
from dengbu.scripts.titles.table import DELIMITERS, Form
from dengbu.scripts.titles.title_file import Titles, bounds_of_today, read_titles

SHOWN_MAX = 100
IGNORED_NAMED_MAX = 20
XLSX = ".xlsx"
FAULTY = "faulty"  # the state of a row with a fault
STATES = {
    State.IMPORTED: "已导入 imported",
    State.ALREADY: "此前已导入 already there",
    State.REFUSED: "账本不予办理 refused by the ledger",
    State.NOT_TAKEN: "节点未接收 not taken by the node",
    State.UNKNOWN: "结果未知 outcome unknown",
    State.UNSENT: "未发送 not sent",
}
FIELDS = "\n".join(f"  {column.name:<7} {column.headers[0]}: {column.en}" for column in COLUMNS)
IMPORT_HELP = f"""导入存量权利 Import every title of a CSV or .xlsx file; if the file has a mistake, nothing is sent.

Encoding (UTF-8, UTF-16, GBK, GB18030) and delimiter are found out; name them where the file can be read in two ways.
Everything that the ledger would refuse and a file can show is found before anything is sent. The command waits for
the outcome of each title. Titles are sent in batches, each of which the ledger enters whole or refuses whole; if it
refuses one, the titles that it names are reported and the others are sent again without them. Titles that were not
imported are listed by line and unit, with every reason; exit 5 if the ledger refused any, 4 if the outcome of any is
unknown. Importing the same file again continues where this run ended; a corrected row is tried again. --receipts keeps
the receipt of each entry and a list of which entry holds which row. A sample file: dengbu title template.

\b
字段 Columns, by these names or the usual Chinese headers:
{FIELDS}

\b
示例 Example:
  dengbu title import titles.csv --as hz-registry/system
  dengbu title import titles.xlsx --as hz-registry/system --stage checked.csv
"""


@click.group("title")
def command() -> None:
    """存量登记数据 Existing titles: import them, and a sample of a file.

    \b
    示例 Example:
      dengbu title template -o titles.csv
      dengbu title import titles.csv --as hz-registry/system
    """


@command.command("import", help=IMPORT_HELP)
@click.argument("file", type=Input(path_type=Path))
@click.option("--encoding", type=click.Choice(ENCODINGS), default=AUTO, help="编码 encoding of the file.")
@click.option(
    "--delimiter",
    type=click.Choice((AUTO, *DELIMITERS)),
    default=AUTO,
    help="分隔符 what stands between cells.",
)
@click.option("--sheet", metavar="NAME", help="工作表 sheet of an .xlsx file (the first).")
@click.option(
    "--stage",
    type=Output(path_type=Path),
    help="只核对并写出，不发送 write the checked titles (.csv or .jsonl) and a preview; send nothing.",
)
@click.option(
    "--report",
    type=Output(path_type=Path),
    help="未导入的行 write each row that was not imported, and why (.csv or .json).",
)
@click.option(
    "--receipts",
    type=click.Path(file_okay=False, path_type=Path),
    help="回执 folder that keeps each entry's receipt, and entries.csv: which entry holds which row.",
)
@remote
def import_file(
    session: Session,
    file: Path,
    encoding: str,
    delimiter: str,
    sheet: str | None,
    stage: Path | None,
    report: Path | None,
    receipts: Path | None,
) -> None:
    """Import the titles of a file."""
    _check_suffix("--stage", stage, (CSV, JSON_LINES))
    _check_suffix("--report", report, (CSV, JSON))
    _check_apart({"FILE": file, "--stage": stage, "--report": report})
    if stage is None:
        session.say_writer()
    run = _Import(session, file, report)
    run.read(Form(encoding, delimiter, sheet), must_reach_node=stage is None, must_prove=receipts is not None)
    if run.found.faults:
        run.end_with_faults()
    if stage is not None:
        with writing(stage):
            write_titles(stage, run.found.titles)
        run.end_staged(stage)
    run.send(receipts)


@command.command("template")
@click.option(
    "-o",
    "--out",
    type=Output(path_type=Path),
    help="写入文件 .csv or .xlsx file to write (CSV to standard output).",
)
@click.option("--xlsx", is_flag=True, help="只写 .xlsx write no file but an .xlsx, which needs -o.")
@local
def write_template(session: Session, out: Path | None, xlsx: bool) -> None:
    """样表 Write a sample file with every column explained, whose rows import as they stand.

    \b
    示例 Example:
      dengbu title template -o titles.csv
      dengbu title template -o titles.xlsx
    """
    if xlsx and out is None:
        raise click.UsageError("--xlsx 须与 -o 同用 --xlsx needs -o FILE")
    _check_suffix("-o", out, (XLSX,) if xlsx else (CSV, XLSX))
    if out is not None and out.exists():
        raise click.ClickException(f"文件已存在 {out} exists already, perhaps filled in; choose another name")
    if out is not None:
        with writing(out):
            (template.write_xlsx if out.suffix.lower() == XLSX else template.write_file)(out)
        session.say(f"样表 sample: {out}")
    if session.as_json:
        heads = ("name", "headers", "zh", "en", "example", "required")
        columns = [{name: getattr(column, name) for name in heads} for column in COLUMNS]
        session.show({"file": out, "columns": columns})
    elif out is None:
        template.write_csv(sys.stdout)


class _Import:
    """One import: what was read, what became of it, and how both are told, in the one shape that --json has."""

    def __init__(self, session: Session, file: Path, report: Path | None) -> None:
        self._session = session
        self._file = file
        self._report = report
        self._write_report(
            []
        )  # no old one stays, and one that cannot be written is known before anything is sent
        self._territory: Territory | None = None
        self.found = Titles()
        self._left: list[Left] = []
        self._results: list[Result] = []  # of those left
        self._counts = dict.fromkeys(State, 0)

    def read(self, form: Form, *, must_reach_node: bool, must_prove: bool) -> None:
        """Read and check the file against the network's policy. Raises NoPolicy if nothing could prove a receipt."""
        try:
            with self._session.client() as client:
                if must_prove and client.policy is None:
                    raise NoPolicy
                self._territory = territory_of(client)
        except NoNode:
            if must_reach_node:
                raise
        if self._territory is None:
            self._session.say(
                "未核对县区 districts are not checked: no node with a policy is named (--as, or --url and --policy)"
            )
        with reading(self._file):
            self.found = read_titles(self._file, bounds_of_today(self._territory), form)
        if self.found.read_as:
            self._session.say(
                f"读作 read as {self.found.read_as}, 表头在第 {self.found.header_line} 行 the header is on line "
                f"{self.found.header_line}, {self.found.rows} 行 rows"
            )
        if self.found.ignored:
            named = ", ".join(self.found.ignored[:IGNORED_NAMED_MAX])
            more = len(self.found.ignored) - IGNORED_NAMED_MAX
            rest = f" … 另有 {more} 列 and {more} more" if more > 0 else ""
            self._session.say(f"忽略的列 columns left out: {named}{rest}")

    def end_with_faults(self) -> None:
        """Tell the faults; nothing was sent."""
        faults = self.found.faults
        left = [
            Left(
                file=str(self._file),
                line=one.line,
                unit=one.unit,
                column=one.column,
                value=one.value,
                state=FAULTY,
                reason=one.message,
            )
            for one in faults
        ]
        lines = _first((f"{self._file}: {fault}" for fault in faults), len(faults))
        self._session.say(f"{len(faults)} 处错误，未导入 mistakes, nothing imported")
        self._end(EXIT_ERROR, left, lines, faults=list(map(asdict, left)))

    def end_staged(self, stage: Path) -> None:
        """Show what was written; nothing was sent."""
        shown = preview(self.found.titles)
        self._end(EXIT_OK, [], _preview_lines(stage, shown), staged={"file": str(stage), **asdict(shown)})

    def send(self, receipts: Path | None) -> None:
        """Send the titles, keep their receipts if that was asked for, and tell what became of each not imported."""
        kept = None
        if receipts is not None:
            with writing(receipts):
                kept = Kept(receipts)
        run = Run(self._session.client)
        with Narrator(as_json=False).progress("导入", "importing", len(self.found.titles)) as step:
            for sent in run.import_titles(self.found.titles):
                self._take(sent)
                if kept is not None and receipts is not None:
                    with writing(receipts):
                        kept.add(sent, self.found.titles.line_of)
                step(len(sent.results))
        self._end_sent(explain(run.failure) if run.failure is not None else None, receipts)

    def _take(self, sent: Sent) -> None:
        for title, result in zip(sent.titles, sent.results, strict=True):
            self._counts[result.state] += 1
            if not result.registered:
                self._results.append(result)
                self._left.append(self._of(title, result))

    def _end_sent(self, failure: Explained | None, receipts: Path | None) -> None:
        for line in _first(map(_left_line, self._left, self._results), len(self._left)):
            self._session.say(line)
        if failure is not None:
            self._session.say(
                f"error: {failure.message}" + (f"\nhint: {failure.hint}" if failure.hint else "")
            )
        listed = [
            {**asdict(one), **_answer(result)} for one, result in zip(self._left, self._results, strict=True)
        ]
        lines = [f"{text}: {self._counts[state]}" for state, text in STATES.items()]
        if receipts is not None:
            lines.append(f"回执 receipts: {receipts}")
        counts = {str(state): count for state, count in self._counts.items()}
        told = {"titles": listed, "failure": _failure(failure), "receipts": receipts, **counts}
        self._end(_exit_code(self._counts, failure), self._left, lines, **told)

    def _of(self, title: Mapping[str, Any], result: Result) -> Left:
        column, value = column_and_value(title, result.reasons)
        line = self.found.titles.line_of(result.unit)
        reason = "; ".join(_reasons(result)) or STATES[result.state]
        return Left(
            file=str(self._file),
            line=line,
            unit=result.unit,
            column=column,
            value=value,
            state=str(result.state),
            reason=reason,
        )

    def _write_report(self, left: list[Left]) -> None:
        if self._report is not None:
            with writing(self._report):
                write_report(self._report, left)

    def _end(self, code: int, left: list[Left], lines: Iterable[str], **told: Any) -> None:
        """Write the report, print the outcome, and exit."""
        self._write_report(left)
        counts = {str(state): 0 for state in State} | {str(State.UNSENT): len(self.found.titles)}
        read = {
            "file": str(self._file),
            "read_as": self.found.read_as,
            "header_line": self.found.header_line,
            "rows": self.found.rows,
            "ignored": list(self.found.ignored),
            "districts": self._territory.districts if self._territory is not None else None,
        }
        rest: dict[str, Any] = {"faults": [], "titles": [], "failure": None, "staged": None, "receipts": None}
        self._session.show({**read, **counts, **rest, **told, "exit": code}, lines)
        raise SystemExit(code)


def _check_suffix(option: str, path: Path | None, known: tuple[str, ...]) -> None:
    """Raise UsageError if a file to write has another suffix than the forms in which it can be written."""
    if path is not None and path.suffix.lower() not in known:
        raise click.UsageError(f"{option} 的后缀须为 must end in {', '.join(known)}: {path}")


def _check_apart(paths: Mapping[str, Path | None]) -> None:
    """Raise UsageError if two of these paths lead to the same file, of which one would be written over."""
    for (name, path), (other, another) in combinations(paths.items(), 2):
        if path is not None and another is not None and _is_same(path, another):
            raise click.UsageError(
                f"{name} 与 {other} 是同一文件 {name} and {other} are the same file: {path}"
            )


def _is_same(path: Path, other: Path) -> bool:
    if os.path.realpath(path) == os.path.realpath(other):
        return True
    try:
        return path.samefile(other)
    except OSError:  # one of them is not there
        return False


def _exit_code(counts: Mapping[State, int], failure: Explained | None) -> int:
    """Return the exit code: an unverified log comes first, then a refusal, the run's failure, an unknown outcome."""
    if failure is not None and failure.exit_code == EXIT_UNVERIFIED:
        return EXIT_UNVERIFIED
    if counts[State.REFUSED]:
        return EXIT_REFUSED
    if failure is not None:
        return failure.exit_code
    if counts[State.UNKNOWN]:
        return EXIT_UNREACHABLE
    return EXIT_ERROR if counts[State.NOT_TAKEN] else EXIT_OK


def _left_line(left: Left, result: Result) -> str:
    """Describe, for people to read, a title that was not imported: line, unit, state, reasons."""
    entry = "" if result.index is None else f" (第 {result.index} 条 entry {result.index})"
    why = "; ".join(_reasons(result))
    return f"{left.file}:{left.line} {left.unit} {STATES[result.state]}{entry}{': ' + why if why else ''}"


def _reasons(result: Result) -> Iterator[str]:
    yield from map(reason_line, result.reasons)
    explained = explain(result.problem) if result.problem is not None else None
    if explained is not None:
        yield explained.message


def _answer(result: Result) -> dict[str, Any]:
    """Describe for --json what the ledger or the node said of a title."""
    return {
        "index": result.index,
        "reasons": [dict(reason) for reason in result.reasons],
        "problem": result.problem.problem if result.problem is not None else None,
    }


def _failure(failure: Explained | None) -> dict[str, Any] | None:
    if failure is None:
        return None
    return {"code": failure.code, "message": failure.message, "hint": failure.hint}


def _preview_lines(stage: Path, shown: Preview) -> Iterator[str]:
    yield f"已核对，未发送 checked, not sent: {shown.titles} 个单元 titles -> {stage}"
    yield "县区 districts: " + ", ".join(f"{code} {count}" for code, count in shown.districts.items())
    yield "用途 uses: " + ", ".join(f"{use} {count}" for use, count in shown.uses.items())
    yield from table([list(row.values()) for row in shown.first], [column.name for column in COLUMNS])


def _first(lines: Iterable[str], count: int) -> Iterator[str]:
    """Yield the first SHOWN_MAX lines, and a line saying how many more there are."""
    yield from islice(lines, SHOWN_MAX)
    if count > SHOWN_MAX:
        yield f"… 另有 {count - SHOWN_MAX} 项，见 --json and {count - SHOWN_MAX} more: --json lists all"
