"""No option of any command takes another option for its value."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from dengbu.scripts.cli import cli
from tests.scripts.command import here


def leaves(group: click.Group, *words: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield the words of every command that does something, and the command."""
    context = click.Context(group)
    for name in group.list_commands(context):
        each = group.get_command(context, name)
        assert each is not None
        if isinstance(each, click.Group):
            yield from leaves(each, *words, name)
        else:
            yield (*words, name), each


def values() -> Iterator[tuple[tuple[str, ...], click.Command, click.Option, str]]:
    """Yield every option that takes a value, once for each form of writing it."""
    for words, command in leaves(cli):
        for one in command.params:
            if isinstance(one, click.Option) and not one.is_flag and not one.count:
                yield from ((words, command, one, form) for form in one.opts)


CASES = {f"{' '.join(words)} {form}": (words, command, one, form) for words, command, one, form in values()}


def sound(one: click.Parameter) -> list[str]:
    """A value that a required parameter takes, as often as it takes one."""
    text = one.type.choices[0] if isinstance(one.type, click.Choice) else "1"
    return [str(text)] * max(one.nargs, 1)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("swallowed", ["--json", "-h"])
def test_an_option_never_takes_another_for_its_value(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    swallowed: str,
) -> None:
    words, command, option, form = CASES[name]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(subprocess, "Popen", None)  # a network that is made by mistake starts no processes
    line = [*words, "--json"]
    for each in command.params:
        if each.required and each is not option:
            line += [each.opts[-1]] * isinstance(each, click.Option) + sound(each)
    code = here(*line, form, *[swallowed] * option.nargs)
    said = json.loads(capsys.readouterr().out)
    assert (code, said["error"]["code"]) == (2, "usage"), said
    assert form in said["error"]["message"] or option.opts[-1] in said["error"]["message"], said
    assert list(tmp_path.iterdir()) == []


def test_the_tree_was_walked() -> None:
    assert {"title import --report", "title import --stage", "case apply --save"} <= set(CASES)
