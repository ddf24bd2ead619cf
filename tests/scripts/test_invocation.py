"""A printed command can be copied: it names the program as this shell finds it, and quotes what a shell would split."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from dengbu.api.client import new_key
from dengbu.scripts import invocation
from tests.scripts.command import dengbu

SCRIPT = Path(sys.executable).with_name("dengbu")


def test_a_program_on_the_path_is_called_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{SCRIPT.parent}{os.pathsep}{os.environ['PATH']}")
    assert invocation.command("net", "up") == "dengbu net up"


def test_a_program_in_a_folder_below_is_called_by_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.chdir(SCRIPT.parents[1])
    assert invocation.command("net", "up") == "bin/dengbu net up"


def test_another_program_of_that_name_is_not_taken_for_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "dengbu"
    other.write_text("#!/bin/sh\nexit 1\n")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert shlex.split(invocation.command("net")) == [str(SCRIPT), "net"]


@pytest.mark.parametrize("word", ["a b", "粤(2026)第0000001号", "it's", "$HOME", "*", "", "a\nb"])
def test_a_shell_gives_each_word_back(word: str) -> None:
    line = invocation.command(word).removeprefix(invocation.command()).strip(" ")
    done = subprocess.run(["sh", "-c", f"printf %s {line}"], capture_output=True, text=True, check=True)
    assert done.stdout == word


NO_NODE = ("--url", "http://127.0.0.1:1", "--key")


@pytest.mark.parametrize(
    ("arguments", "help_"),
    [
        (("cas",), ("--help",)),
        (("case", "apply"), ("case", "apply", "--help")),
        (("case", "list", "--net", "my net"), ("net", "up", "--net", "my net")),
        (("case", "list", *NO_NODE, "my.key"), ("doctor",)),
        (("case", "list", *NO_NODE, "no.key"), ("keys", "new", "client.key")),
    ],
    ids=lambda words: " ".join(words),
)
def test_what_is_said_to_help_can_be_run_without_a_dengbu_on_the_path(
    tmp_path: Path, arguments: tuple[str, ...], help_: tuple[str, ...]
) -> None:
    new_key(tmp_path / "my.key")
    (tmp_path / "no.key").write_text("{}")
    (tmp_path / "no.key").chmod(0o600)
    done = dengbu(*arguments, home=tmp_path, environ={"PATH": "/usr/bin:/bin"})
    assert done.returncode in (1, 2, 4)
    assert shlex.join([str(SCRIPT), *help_]) in done.stderr
