"""No option of any command takes another option for its value."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from dengbu.scripts.cli import cli
from dengbu.scripts.session import Output
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
    types = one.type.types if isinstance(one.type, click.Tuple) else [one.type] * max(one.nargs, 1)
    return [str(each.choices[0]) if isinstance(each, click.Choice) else "1" for each in types]


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


WRITING = {
    f"{' '.join(words)} {one.opts[-1]}": (words, command, one)
    for words, command in leaves(cli)
    for one in command.params
    if isinstance(one.type, click.Path)
    and one.name in ("out", "save", "report", "stage", "policy_out", "ready_file")
}


@pytest.mark.parametrize("name", WRITING)
def test_a_file_that_cannot_be_written_is_a_usage_error_before_anything_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    words, command, option = WRITING[name]
    assert isinstance(option.type, Output), name
    monkeypatch.chdir(tmp_path)
    line = [*words, "--json"]
    for each in command.params:
        if each.required and each is not option:
            line += [each.opts[-1]] * isinstance(each, click.Option) + sound(each)
    code = here(*line, option.opts[-1], "absent/file")
    said = json.loads(capsys.readouterr().out)
    assert (code, said["error"]["code"]) == (2, "usage"), said
    assert "there is no folder absent" in said["error"]["message"], said
    assert list(tmp_path.iterdir()) == []


def test_every_option_that_names_a_file_says_whether_it_is_read_or_written() -> None:
    plain = [
        f"{' '.join(words)} {one.opts[-1]}"
        for words, command in leaves(cli)
        for one in command.params
        if type(one.type) is click.Path and one.type.file_okay and one.name != "net"
    ]
    assert plain == []
    assert len(WRITING) > 20
