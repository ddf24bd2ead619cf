"""Writes docs/commands.md from the commands themselves: `python -m dengbu.scripts.commandsdoc > docs/commands.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from dengbu.api.client.kinds import form, types
from dengbu.scripts.cli import cli
from dengbu.scripts.reach import OPERATIONS, command_of

PAGE = Path(__file__).resolve().parents[1] / "docs" / "commands.md"
EXAMPLE = "示例 Example"
HEAD = """# 命令一览 The commands

本页由命令自身生成，不得手改：`python -m dengbu.scripts.commandsdoc > docs/commands.md`。每条命令的选项见 `dengbu ... --help`。

This page is generated from the commands; nobody edits it by hand. `dengbu ... --help` shows the options of each. Every command has
`--json`; what writes takes `--as ID` (or `--url` with `--key`) and says as whom it writes if a setting and no option does.
"""
EVENTS = """
## 事件与命令 Types of events and their commands

签署事件另有通用办法：`dengbu keys sign` 与 `dengbu event submit`。无命令者由节点自行作出。
Any event can also be sealed by `dengbu keys sign` and submitted by `dengbu event submit`. Where there is no command, a node sends
it by itself.

| 类型 type | 名称 title | 命令 command |
|---|---|---|"""
ROUTES = """
## 接口与命令 Operations of the API and their commands

`dengbu get PATH` 可读取任何一项 reads any of those that read.

| 操作 operation | 命令 command |
|---|---|"""


def leaves(group: click.Group, *words: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield the words of every command that does something, and the command, in the order of the help."""
    context = click.Context(group)
    for name in group.list_commands(context):
        each = group.get_command(context, name)
        if isinstance(each, click.Group):
            yield from leaves(each, *words, name)
        elif each is not None:
            yield (*words, name), each


def document() -> str:
    """The whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield HEAD
    yield "| 命令 command | 作用 what it does |\n|---|---|"
    for words, command in leaves(cli):
        yield f"| `dengbu {' '.join(words)}` | {_about(command)} |"
    yield EVENTS
    for name in types():
        found = command_of(form(name))
        yield f"| `{name}` | {form(name).zh} {form(name).en} | {f'`dengbu {found}`' if found else '-'} |"
    yield ROUTES
    for operation, found in OPERATIONS.items():
        yield f"| `{operation}` | `dengbu {found}` |"


def _about(command: click.Command) -> str:
    """Return the first paragraph of a command's help, in one line of a table."""
    text = (command.help or "").partition("\n\n")[0].partition("\f")[0]
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(document())
