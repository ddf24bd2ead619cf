"""Every command says what it does in two languages, with an example; showing help loads nothing."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from dengbu.scripts.cli import COMMANDS, cli
from tests.scripts.command import ROOT, dengbu


def commands(command: click.Command = cli, *words: str) -> Iterator[tuple[str, click.Command]]:
    """Return every command and subcommand with its full name, all the way down."""
    if words:
        yield " ".join(words), command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            each = command.get_command(context, name)
            assert each is not None
            yield from commands(each, *words, name)


ALL = dict(commands())
SOURCES = sorted(
    path for room in ("nodes", "api", "scripts", "examples") for path in (ROOT / room).rglob("*.py")
)
_NAMED = re.compile(r"\bdengbu ([a-z][a-z-]*(?: [a-z][a-z-]*)?)")


@pytest.mark.parametrize("name", ALL)
def test_every_command_documents_itself(name: str) -> None:
    text = ALL[name].get_help(
        click.Context(ALL[name], info_name=name, parent=click.Context(cli, info_name="dengbu"))
    )
    assert "示例 Example" in text
    assert f"dengbu {name.split()[0]}" in text
    assert any("\u4e00" <= each <= "\u9fff" for each in text), "Chinese first"


def named(source: str) -> set[str]:
    """Return the commands that the text literals of a source name: `dengbu` and the lower-case words behind it."""
    texts = [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)]
    found = [_NAMED.findall(text) for text in texts if isinstance(text, str)]
    return {words for one in found for words in one}


def is_a_command(words: str) -> bool:
    """Whether words after `dengbu` name a command; words after one that has no subcommands are arguments or prose."""
    first, second = (*words.split(), "")[:2]
    command = ALL.get(first)
    return command is not None and (
        not second or not isinstance(command, click.Group) or f"{first} {second}" in ALL
    )


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_that_a_text_names_exists(path: Path) -> None:
    assert [words for words in named(path.read_text(encoding="utf-8")) if not is_a_command(words)] == []


@pytest.mark.parametrize("text", ["run: dengbu nod init", "dengbu node inti", "`dengbu serve`"])
def test_a_command_that_does_not_exist_is_caught(text: str) -> None:
    assert [words for words in named(repr(text)) if not is_a_command(words)]


@pytest.mark.parametrize("name", ALL)
def test_every_option_says_what_it_is_for(name: str) -> None:
    options = [each for each in ALL[name].params if isinstance(each, click.Option)]
    assert [each.name for each in options if not each.help] == []


@pytest.mark.parametrize("name", [name for name, each in ALL.items() if not isinstance(each, click.Group)])
def test_every_leaf_can_print_json(name: str) -> None:
    assert any("--json" in each.opts for each in ALL[name].params)


def test_help_lists_every_command_and_exit_code(tmp_path: Path) -> None:
    done = dengbu("--help", home=tmp_path)
    assert done.returncode == 0
    for name in COMMANDS:
        assert f"\n  {name} " in done.stdout
    for code in (0, 1, 2, 3, 4, 5, 130):
        assert f"\n    {code} " in done.stdout


def test_help_loads_neither_client_nor_libraries() -> None:
    source = (
        "import sys\nfrom dengbu.scripts.cli import cli\n"
        "cli.main(['--help'], prog_name='dengbu', standalone_mode=False)\n"
        "heavy = ('dengbu.api.client', 'dengbu.ledger', 'requests', 'rich', 'nacl')\n"
        "print('loaded:', [name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert "loaded: []" in done.stdout


@pytest.mark.parametrize("module", ["dengbu.api.client", "dengbu.scripts.commands.case"])
def test_the_client_loads_no_web_framework_and_no_rules(module: str) -> None:
    """Every command pays for what it loads; the rules are loaded by what judges, arranges or titles acts."""
    source = (
        f"import sys, {module}\n"
        "heavy = ('flask', 'werkzeug', 'marshmallow', 'dengbu.nodes', 'dengbu.ledger.catalogue')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_version_names_the_protocol(tmp_path: Path) -> None:
    done = dengbu("--version", home=tmp_path)
    assert "dengbu-event/v1" in done.stdout
    assert "rule set" in done.stdout


def test_an_unknown_command_is_a_usage_error_with_a_hint(tmp_path: Path) -> None:
    done = dengbu("cas", home=tmp_path)
    assert done.returncode == 2
    assert "error:" in done.stderr
    assert "hint:" in done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(tmp_path: Path, shell: str) -> None:
    done = dengbu("completion", shell, home=tmp_path)
    assert done.returncode == 0
    assert "_DENGBU_COMPLETE" in done.stdout
