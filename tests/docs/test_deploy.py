"""docs/deploy.md names only commands, options, checks and figures that exist, and its units are well-formed."""

import configparser
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import msgspec
import pytest

from dengbu.nodes.home.rate_limits import BURST_MAX, DEFAULTS, PER_MINUTE_MAX, RateLimits
from dengbu.nodes.peer_server.channels import MEMBER_CONNECTIONS_MAX, STRANGER_S, STRANGERS_MAX
from dengbu.nodes.peer_server.lanes import Lane
from dengbu.scripts.cli import cli
from tests.docs.manual import COMMAND, DOCUMENT, ENGINE, UNITS, blocks, moved

TEXT = DOCUMENT.read_text(encoding="utf-8")
SERVICES = ("dengbu-node.service", "dengbu-engine.service")
_SHELL = re.compile(r"^```sh.*?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`(dengbu [^`]+)`")
VARIABLES = {
    "ID": "bank-a",
    "ROLE": "bank",
    "ADDRESS": "10.0.0.1",
    "NAME_ZH": "a",
    "NAME_EN": "b",
    "FILE": "f",
    "DAY": "d",
}


def commands() -> list[list[str]]:
    """Return every call of `dengbu` in the document, as words."""
    found = []
    shell = "".join(_SHELL.findall(TEXT)).replace("\\\n", " ")
    lines = [*re.findall(rf"{COMMAND} [^)|>#\n]*", shell), *_INLINE.findall(TEXT)]
    for line in lines:
        for name, value in VARIABLES.items():
            line = line.replace(f"${name}", value)
        words = shlex.split(line)
        found.append(["dengbu" if words[0] == COMMAND else words[0], *words[1:]])
    return found


def resolve(words: list[str]) -> str | None:
    """Let the command parse its words without running anything; return the command's name."""
    command: click.Command = cli
    context = click.Context(cli)
    rest = words[1:]
    while isinstance(command, click.Group) and not rest[0].startswith("-"):
        _, found, rest = command.resolve_command(context, rest)
        assert found is not None
        command, context = found, click.Context(found, parent=context)
    command.make_parser(context).parse_args(rest)
    return command.name


def test_the_limits_shown_are_the_defaults_and_their_ranges() -> None:
    shown = re.search(r"^```toml limits\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    assert shown is not None
    assert msgspec.convert(tomllib.loads(shown[1])["limits"], RateLimits) == DEFAULTS
    assert f"`burst` is 1 to {BURST_MAX}, `per_minute` 1 to {PER_MINUTE_MAX};" in TEXT
    assert f"`burst` 1–{BURST_MAX}，`per_minute` 1–{PER_MINUTE_MAX}；" in TEXT


def test_there_are_commands_to_check() -> None:
    found = commands()
    assert {resolve(words) for words in found} >= {
        "init",
        "propose",
        "sign-genesis",
        "join",
        "engine",
        "backup",
        "audit",
        "head",
    }


@pytest.mark.parametrize("words", commands(), ids=lambda words: " ".join(words)[:60])
def test_every_command_is_one_that_exists(words: list[str]) -> None:
    resolve(words)


@pytest.mark.parametrize(
    "words",
    [
        ["dengbu", "node", "found", "--net", "x"],
        ["dengbu", "backup", "--from", "x", "--to", "y"],
        ["dengbu", "log", "heads"],
        ["dengbu", "log", "head", "--nod", "x"],
    ],
)
def test_a_command_that_does_not_exist_would_be_found(words: list[str]) -> None:
    with pytest.raises((SystemExit, click.ClickException)):
        resolve(words)


@pytest.mark.parametrize("name", blocks())
def test_every_block_is_shell(name: str) -> None:
    done = subprocess.run(["bash", "-n"], input=blocks()[name], text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_is_well_formed(name: str) -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None, comment_prefixes="#")
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(UNITS / name, encoding="utf-8")
    assert unit.sections() == ["Unit", "Service", "Install"]
    service = unit["Service"]
    assert (service["User"], service["Restart"], service["NoNewPrivileges"]) == ("dengbu", "always", "yes")
    assert service["ProtectSystem"] == "strict"
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"
    assert "time-sync.target" in unit["Unit"]["After"]


def test_the_engine_follows_its_node() -> None:
    text = (UNITS / "dengbu-engine.service").read_text(encoding="utf-8")
    assert "\nRequires=dengbu-node.service\n" in text
    assert re.search(r"^After=.*dengbu-node\.service", text, re.MULTILINE)


def test_what_the_node_unit_starts_exists() -> None:
    text = (UNITS / "dengbu-node.service").read_text(encoding="utf-8")
    (line,) = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
    words = shlex.split(line)
    assert words[0] == COMMAND
    assert resolve(["dengbu", *words[1:]]) == "run"
    assert [words[at + 1] for at, word in enumerate(words) if word == "--authority"] == [
        "${AUTHORITY}",
        "127.0.0.1:8017",
    ]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for name in SERVICES:
        text = (UNITS / name).read_text(encoding="utf-8").replace(ENGINE, sys.executable)
        (tmp_path / name).write_text(text.replace(COMMAND, sys.executable), encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", *(str(tmp_path / name) for name in SERVICES)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_places_of_the_document_are_moved_and_nothing_else(tmp_path: Path) -> None:
    text = moved(blocks()["check"], tmp_path)
    assert f"{tmp_path}/var/lib/dengbu/node/policy.txt" in text
    assert "/opt/dengbu" not in text
    assert "http://127.0.0.1:8017" in text


def test_files_that_the_document_names_are_there() -> None:
    for link in re.findall(r"\]\(([a-z./-]+)\)", TEXT):
        assert (DOCUMENT.parent / link).exists(), link


def test_the_limits_of_the_peer_port_are_those_of_the_code() -> None:
    text = " ".join(TEXT.split())
    for said in (
        f"{Lane.WAIT.share} waits, {Lane.READ.share} reads and {MEMBER_CONNECTIONS_MAX} connections at once",
        f"are {STRANGERS_MAX} together, have {STRANGER_S:.0f} seconds",
        f"同时 最多 {Lane.WAIT.share} 个等待、{Lane.READ.share} 个读取、{MEMBER_CONNECTIONS_MAX} 条连接",
        f"共 {STRANGERS_MAX} 条，{STRANGER_S:.0f} 秒内",
    ):
        assert said in text, said
