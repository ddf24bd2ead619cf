"""`dengbu config`: the settings, and where each comes from."""

from __future__ import annotations

import click

from dengbu.scripts.session import Session, remote, table
from dengbu.scripts.settings import KNOWN, LOCAL_FILE, user_file


@click.group("config")
def command() -> None:
    """配置 Settings: flag, then DENGBU_*, then ./dengbu.toml, then the user's config.toml, then the default.

    \b
    示例 Example:
      dengbu config show --origin
    """


@command.command("show")
@click.option("--origin", is_flag=True, help="来源 where each value was found.")
@remote
def show(session: Session, origin: bool) -> None:
    """查看 Show every setting with its value; with --origin also where it was found.

    \b
    示例 Example:
      DENGBU_LANG=en dengbu config show --origin
    """
    rows = [
        (name, value.value, *((value.origin,) if origin else ()), KNOWN[name].about)
        for name, value in session.values.items()
    ]
    heads = ("设置 setting", "值 value", *(("来源 origin",) if origin else ()), "说明 about")
    facts = {
        name: {"value": value.value, "origin": value.origin} if origin else value.value
        for name, value in session.values.items()
    }
    session.show(facts, [*table(rows, heads), "", f"文件 files: {LOCAL_FILE}, {user_file()}"])
