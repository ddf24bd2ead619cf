"""`dengbu title import`: existing titles from a CSV file of the national register database's fields."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from scripts.cli import EXIT_ERROR
from scripts.importing import import_titles
from scripts.narrator import Narrator
from scripts.session import Session, remote
from scripts.title_csv import read_titles

FAULTS_SHOWN_MAX = 100


@click.group("title")
def command() -> None:
    """存量登记数据 Existing titles.

    \b
    示例 Example:
      dengbu title import titles.csv --as hz-registry
    """


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@remote
def import_file(session: Session, file: Path) -> None:
    """导入 CSV Import every title of a CSV file; with one mistake in the file nothing is imported.

    \b
    字段 Fields: BDCDYH ZL QLRMC ZJZL ZJH GYFS QLBL BDCQZH JZMJ GHYT DJSJ
    示例 Example:
      dengbu title import titles.csv --as hz-registry
    """
    found = read_titles(file)
    if found.faults:
        shown = [{"line": one.line, "column": one.column, "message": one.message} for one in found.faults]
        session.show({"imported": 0, "faults": shown}, map(str, found.faults[:FAULTS_SHOWN_MAX]))
        Console(stderr=True).print(
            f"{len(found.faults)} 处错误, 未导入 {len(found.faults)} mistakes, nothing imported"
        )
        raise SystemExit(EXIT_ERROR)
    with Narrator(as_json=False).progress("导入", "importing", len(found.titles)) as step:
        import_titles(session.client, found.titles, step)
    session.show({"imported": len(found.titles), "faults": []}, [f"已导入 imported {len(found.titles)}"])
