"""The examples of every command's help, and how they are typed on a network of a test."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import CompletedProcess

import click

from dengbu.scripts.cli import cli
from tests.scripts.command import dengbu
from tests.scripts.small_town import SmallTown

_HEAD = re.compile(r"示例 Examples?:\n")
_COMMENT = re.compile(r" {3,}\S*[\u4e00-\u9fff].*$")


def walked(command: click.Command = cli, *words: str) -> Iterator[tuple[str, click.Command]]:
    """Every command and group with its full name, all the way down; `dengbu` itself is ""."""
    yield " ".join(words), command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            each = command.get_command(context, name)
            assert each is not None
            yield from walked(each, *words, name)


def examples() -> dict[str, str]:
    """Each example as it is printed, without the words that explain it, and the command in whose help it stands first."""
    found: dict[str, str] = {}
    for name, command in walked():
        text = _HEAD.split(command.help or "")
        for line in re.sub(r"\\\n\s*", "", text[1]).split("\f")[0].splitlines() if len(text) > 1 else ():
            example = " ".join(_COMMENT.sub("", line.rstrip()).split())
            if example and "dengbu " in example:
                found.setdefault(example, name)
    return found


def understood(example: str) -> list[click.Context]:
    """Parse an example as the command line does, in the folder where it is typed; raises click.UsageError."""
    contexts = []
    for part in example.split(" && "):
        words = shlex.split(part)
        while words[0] != "dengbu":  # a variable that is set for the command
            assert "=" in words.pop(0)
        command: click.Command = cli
        rest, name = words[1:], "dengbu"
        while isinstance(command, click.Group):
            name, found = rest[0], command.get_command(click.Context(command), rest.pop(0))
            assert found is not None, part
            command = found
        contexts.append(command.make_context(name, rest))
    return contexts


@dataclass
class Stage:
    """A network on which examples are typed; `words` are what stands in place of the examples' own numbers."""

    town: SmallTown
    home: Path
    words: dict[str, str] = field(default_factory=dict)
    left: set[str] = field(default_factory=lambda: set(examples()))

    def play(self, example: str, code: int = 0) -> "CompletedProcess[str]":
        """Type an example with this network's numbers; it must be one, and end with this exit code."""
        assert example in examples(), f"no help shows: {example}"
        typed = example
        for old in sorted(self.words, key=len, reverse=True):
            typed = typed.replace(old, self.words[old])
        done = dengbu(
            *shlex.split(typed)[1:],
            home=self.home,
            environ={"DENGBU_NET": str(self.town.net.directory)},
        )
        assert done.returncode == code, f"{typed}\n{done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr
        self.left.discard(example)
        return done

    def result(self, example: str) -> dict:
        """Type an example, and return what came of it: the lines `result` as names and values."""
        lines = self.play(example).stdout.splitlines()
        return dict(
            line.split(maxsplit=2)[2].split(": ", 1) for line in lines if line.startswith("产生 result")
        )
