"""Installing `dengbu` alone gives the rules and the SDK; each extra adds its part, and a missing one is named."""

import ast
import configparser
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dengbu.scripts import extras
from tests import environments

Make = Callable[..., Path]
DEADLINE_S = 120
KDF = ("--kdf-ops", "2", "--kdf-mem-mib", "64")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return environments.build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the programs of an environment without extras."""
    return environments.make(tmp_path_factory.mktemp("bare") / "venv", wheel, ())


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a bank's project with packages of its own that have the names of our folders."""
    for name in ("api", "nodes", "ledger", "scripts"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("OWN = True\n")
    return tmp_path


def run(*command: str | Path, cwd: Path) -> "subprocess.CompletedProcess[str]":
    """Run a program as a user of that environment would, in a folder that is also his home."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DENGBU_", "XDG_", "PYTHON", "VIRTUAL_ENV"))
    }
    return subprocess.run(
        command, cwd=cwd, env={**kept, "HOME": str(cwd)}, capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )  # fmt: skip


def test_without_extras_the_sdk_works_beside_packages_of_the_same_names(bare: Path, project: Path) -> None:
    program = """
import importlib.util, sys, api
import dengbu.api.client, dengbu.ledger.transition, dengbu.ledger.admission
from dengbu.api.client import Client, new_key
signer = new_key("outlet.key")
with Client("http://127.0.0.1:9", key=signer) as client:
    assert client.cases
print(api.OWN, [one for one in ("nodes", "ledger", "scripts") if one in sys.modules])
extra = ("flask", "waitress", "marshmallow", "sqlite_utils", "click", "rich", "psutil", "google")
print([one for one in extra if importlib.util.find_spec(one)])
"""
    done = run(bare / "python", "-c", program, cwd=project)
    assert (done.stdout.splitlines(), done.stderr) == (["True []", "[]"], "")


def test_without_extras_the_sdk_is_typed(bare: Path, project: Path) -> None:
    (project / "filing.py").write_text(
        "from dengbu.api.client import Client\n\n"
        'with Client("http://127.0.0.1:8017") as bank:\n'
        "    reveal_type(bank.log.checkpoint().size)\n"
        "    bank.cases.get(17)\n"
    )
    mypy = Path(sys.executable).with_name("mypy")
    done = run(mypy, "--strict", "--python-executable", bare / "python", "filing.py", cwd=project)
    assert 'Revealed type is "builtins.int"' in done.stdout or 'Revealed type is "int"' in done.stdout
    errors = [line for line in done.stdout.splitlines() if ": error: " in line]
    assert [line for line in errors if "arg-type" not in line] == []
    assert len(errors) == 1


@pytest.mark.parametrize("arguments", [("--version",), ("case", "list")])
def test_the_command_without_its_extra_names_it(
    bare: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    done = run(bare / "dengbu", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    said, hint = done.stderr.splitlines()
    assert said.startswith("error: 未安装附加组件 cli")
    assert "the extra cli" in said
    assert hint == 'hint: pip install "dengbu[cli]"'


def test_the_command_without_its_extra_says_so_as_json(bare: Path, tmp_path: Path) -> None:
    done = run(bare / "dengbu", "case", "list", "--json", cwd=tmp_path)
    told = json.loads(done.stdout)
    assert (done.returncode, told["exit"], told["error"]["code"]) == (2, 2, "missing-extra")
    assert told["error"]["hint"] == 'pip install "dengbu[cli]"'


def test_each_part_works_with_its_extra_and_names_it_without(wheel: Path, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "pass").write_text("a passphrase for tests\n")
    secret = ("--passphrase-file", "pass")
    who = ("--institution", "hz-registry", "--role", "registry", "--name-zh", "甲", "--name-en", "A")
    init = ("node", "init", "--home", "home", *who, *secret, *KDF)

    programs = environments.make(tmp_path / "cli", wheel, ("cli",))
    shown = run(programs / "dengbu", "config", "show", "--json", cwd=folder)
    assert shown.returncode == 0, shown.stderr
    serve = ("node", "run", "--home", "home", *secret)
    alone = run(programs / "dengbu", *serve, cwd=folder)
    assert (alone.returncode, "the extra node" in alone.stderr) == (2, True), alone.stderr
    assert 'pip install "dengbu[node]"' in alone.stderr
    doctor = json.loads(run(programs / "dengbu", "doctor", "--json", cwd=folder).stdout)
    (packages,) = [one for one in doctor["checks"] if one["name"] == "packages"]
    assert (packages["state"], packages["hint"]) == ("ok", 'pip install "dengbu[node,cometbft,sheets]"')
    (folder / "titles.xlsx").write_bytes(b"PK\x03\x04")
    sheet = run(programs / "dengbu", "title", "import", "titles.xlsx", "--stage", "checked.csv", cwd=folder)
    assert (sheet.returncode, "the extra sheets" in sheet.stderr) == (2, True), sheet.stderr
    assert 'pip install "dengbu[sheets]"' in sheet.stderr

    programs = environments.make(tmp_path / "node", wheel, ("cli", "node"))
    made = run(programs / "dengbu", *init, cwd=folder)
    assert made.returncode == 0, made.stderr
    founded = run(programs / "dengbu", "node", "genesis", "--net", "extras-2026", *secret, "home", cwd=folder)
    assert founded.returncode == 0, founded.stderr
    with subprocess.Popen(
        [programs / "dengbu", *serve], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as node:
        assert node.stdout is not None
        assert json.loads(node.stdout.readline())["ready"] is True
        node.terminate()
    assert node.returncode == 0
    config = folder / "home" / "node.toml"
    engine = '[cometbft]\np2p = "127.0.0.1:1"\nrpc = "127.0.0.1:2"\n[cometbft.peers]\n'
    config.write_text(config.read_text().replace('engine = "sequencer"', 'engine = "cometbft"') + engine)
    beside = run(programs / "dengbu", *serve, cwd=folder)
    assert (beside.returncode, "the extra cometbft" in beside.stderr) == (2, True), beside.stderr
    assert 'pip install "dengbu[cometbft]"' in beside.stderr


def test_a_module_is_known_by_the_extras_that_bring_it() -> None:
    assert extras.extras_with("flask_smorest") == ["node"]
    assert extras.extras_with("google.protobuf.message") == ["cometbft"]
    assert extras.extras_with("click") == ["cli", "node"]
    assert extras.extras_with("openpyxl.utils") == ["sheets"]
    for other in ("requests", "nacl", "dengbu.ledger.nothing", "pytest", None):
        assert extras.extras_with(other) == [], (
            "a module that no extra brings is a bug, and its traceback helps"
        )


def test_the_installed_metadata_are_those_of_setup_cfg() -> None:
    config = configparser.ConfigParser()
    config.read(environments.ROOT / "setup.cfg", encoding="utf-8")
    lists = {extras.BASE: config["options"]["install_requires"], **config["options.extras_require"]}
    named = {
        extra: [re.split(r"[<>=~!]", line)[0] for line in lists[extra].split()]
        for extra in (extras.BASE, *extras.OURS)
    }
    assert extras.requirements() == named
    assert set(config["options.extras_require"]) == {*extras.OURS, "dev"}


# What the modules of a room may import besides the base: the extras that its users install.
BRINGING = {
    "ledger": (),
    "api/client": (),
    "nodes": ("node",),
    "nodes/engines/cometbft": ("node", "cometbft"),
    "api": ("node",),
    "scripts": ("cli",),
    "scripts/titles": ("cli", "sheets"),
    "examples": (),
    "tests": (*extras.OURS, "dev"),
}
DISTRIBUTIONS = {"google": "protobuf", "nacl": "pynacl", "yaml": "pyyaml"}  # of modules with another name
OURS_AND_MADE = ("dengbu", "tests", "dengbu_node_client")  # the last one a test generates


def imported(path: Path) -> set[str]:
    """Return the distributions of the modules that a file imports, wherever in it, besides Python's and ours."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [str(node.module)]
        found |= {name.partition(".")[0] for name in names}
    others = found - set(sys.stdlib_module_names) - set(OURS_AND_MADE)
    return {DISTRIBUTIONS.get(name, name.replace("_", "-")) for name in others}


def room_of(path: Path) -> str:
    """Return the innermost room of BRINGING that a file is in."""
    folders = [str(one) for one in path.relative_to(environments.ROOT).parents]
    return next(one for one in folders if one in BRINGING)


@pytest.mark.parametrize("room", BRINGING)
def test_what_a_room_imports_is_declared_for_it(room: str) -> None:
    config = configparser.ConfigParser()
    config.read(environments.ROOT / "setup.cfg", encoding="utf-8")
    lists = [
        config["options"]["install_requires"],
        *(config["options.extras_require"][extra] for extra in BRINGING[room]),
    ]
    declared = {re.split(r"[<>=~!]", line)[0].strip() for lines in lists for line in lines.splitlines()}
    files = [path for path in (environments.ROOT / room).rglob("*.py") if room_of(path) == room]
    assert files
    assert {name for path in files for name in imported(path)} - declared == set()


def test_a_module_that_another_brings_along_is_noticed(tmp_path: Path) -> None:
    source = tmp_path / "one.py"
    source.write_text(
        "import json\n\ndef late():\n    from jinja2.sandbox import x\n    import google.protobuf\n"
    )
    assert imported(source) == {"jinja2", "protobuf"}
