"""docs/commands.md is what `dengbu --help` says, all the way down; each type of event and each operation has its command."""

import re
from pathlib import Path

import click
import pytest

from dengbu.api.client.kinds import form, types
from dengbu.api.shapes import examples
from dengbu.scripts import commandsdoc
from dengbu.scripts.cli import COMMANDS, cli
from dengbu.scripts.reach import EVENTS, OPERATIONS, command_of
from tests.scripts.command import ROOT, dengbu
from tests.test_tidy import SOURCES

LEAVES = {" ".join(words): command for words, command in commandsdoc.leaves(cli)}
# Types of events that a node sends by itself, and no person.
OF_NODES = {"vote.report", "case.hand-over"}
PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_the_page_is_not_stale() -> None:
    stale = "run: python -m dengbu.scripts.commandsdoc > docs/commands.md"
    assert commandsdoc.PAGE.read_text(encoding="utf-8") == commandsdoc.document(), stale


def test_the_page_has_every_command_that_the_help_shows(tmp_path: Path) -> None:
    page = commandsdoc.PAGE.read_text(encoding="utf-8")
    shown = dengbu("--help", home=tmp_path).stdout
    assert set(re.findall(r"^  ([a-z]+) {2,}\S", shown, re.M)) == set(COMMANDS)
    listed = re.findall(r"^\| `dengbu ([a-z .-]+)` \|", page, re.M)
    assert listed == list(LEAVES)


@pytest.mark.parametrize("name", [name for name in COMMANDS if isinstance(cli.commands, dict)])
def test_the_help_of_a_group_shows_its_commands(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    for sub in getattr(command, "commands", {}):
        assert f"\n  {sub} " in command.get_help(click.Context(command, info_name=name))


def test_every_type_of_event_has_a_command_that_is_one() -> None:
    reached = {name: command_of(form(name)) for name in types()}
    assert {name for name, command in reached.items() if not command} == OF_NODES
    assert [command for command in reached.values() if command and command not in LEAVES] == []
    assert set(EVENTS) <= set(types())


def test_every_operation_has_a_command_that_is_one() -> None:
    assert set(OPERATIONS) == set(examples.OPERATIONS)  # which tests/api compares with the document
    assert [command for command in OPERATIONS.values() if command not in LEAVES] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_a_page_names_is_one(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"(?:`|/bin/)dengbu ((?:[a-z][a-z.-]*)(?: [a-z][a-z.-]*)*)", text)
    unknown = [words for words in named if not _is_command(words.split())]
    assert unknown == []


def _is_command(words: list[str]) -> bool:
    """Whether the words begin with those of a command or of a group, or are options of none."""
    names = [leaf.split() for leaf in LEAVES]
    return any(words[: len(name)] == name or name[: len(words)] == words for name in names)


def test_the_sources_were_found() -> None:
    assert SOURCES
    assert len(LEAVES) > 80
