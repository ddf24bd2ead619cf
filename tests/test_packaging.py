"""The distribution puts one name on an import path, `dengbu`, and every module is loaded under that name alone."""

import ast
import configparser
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dengbu.api import client

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("ledger", "nodes", "api", "scripts")
SOURCES = sorted(path for folder in (*PACKAGES, "tests") for path in (ROOT / folder).rglob("*.py"))
PAGES = sorted(
    [
        *(
            page for page in ROOT.glob("*.md") if page.name != "CHANGELOG.md"
        ),  # it quotes names as they were at the time
        *(ROOT / "docs").rglob("*.*"),
        *(one for one in (ROOT / "scripts").iterdir() if one.suffix in ("", ".sh") and one.is_file()),
        ROOT / ".ci" / "run",
    ]
)
_OUTSIDE = re.compile(
    r"\b(?:from|import) (?:ledger|nodes|api|scripts)\b|-m (?:ledger|nodes|api|scripts)\b(?!/)"
    r"|(?<![\w./-])(?:ledger|nodes|api|scripts)(?:\.[a-z_]\w*)+"
)


def packages() -> list[str]:
    """Return the packages that setup.cfg puts into the distribution."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    return config["options"]["packages"].split()


def outside_names(text: str) -> Iterator[str]:
    """Return the modules of ours that a text names without `dengbu`."""
    for found in _OUTSIDE.findall(text):
        first, *rest = found.split(" ")[-1].split(".")
        if not rest or (ROOT / first / rest[0]).is_dir() or (ROOT / first / f"{rest[0]}.py").is_file():
            yield found


def test_every_folder_is_in_the_distribution() -> None:
    folders = [file.parent for top in PACKAGES for file in (ROOT / top).rglob("__init__.py")]
    assert packages() == sorted("dengbu." + ".".join(one.relative_to(ROOT).parts) for one in folders)


def test_every_folder_of_modules_is_a_package() -> None:
    folders = {path.parent for path in SOURCES if not path.is_relative_to(ROOT / "tests")}
    assert [str(one) for one in sorted(folders) if not (one / "__init__.py").exists()] == []


def test_every_package_says_that_it_is_typed() -> None:
    assert [top for top in PACKAGES if not (ROOT / top / "py.typed").exists()] == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_string_names_a_module_without_dengbu(path: Path) -> None:
    if path == Path(__file__):
        return
    strings = [
        node.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    assert [name for one in strings for name in outside_names(one)] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_names_a_module_without_dengbu(path: Path) -> None:
    assert list(outside_names(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "sample",
    [
        "import ledger",
        "from nodes import store",
        "run: python -m api run",
        "see `ledger.acts`",
        "api.client.bundles",
    ],
)
def test_a_name_without_dengbu_is_caught(sample: str) -> None:
    assert list(outside_names(sample))


@pytest.mark.parametrize(
    "sample", ["ledger.db", "import dengbu.ledger.acts", "scripts/demo", "config.api.host"]
)
def test_other_words_are_left_alone(sample: str) -> None:
    assert list(outside_names(sample)) == []


def test_no_module_is_loaded_under_two_names() -> None:
    names: dict[Path, list[str]] = {}
    for name, module in sorted(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and any(Path(file).resolve().is_relative_to(ROOT / top) for top in PACKAGES):
            names.setdefault(Path(file).resolve(), []).append(name)
    assert names[Path(client.__file__)] == ["dengbu.api.client"]
    assert [found for found in names.values() if len(found) > 1 or not found[0].startswith("dengbu.")] == []


def test_a_project_with_an_api_of_its_own_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "__init__.py").write_text("OWN = True\n")
    program = (
        "import sys, api, dengbu.api.client; "
        "print(api.OWN, api.__file__, [one for one in ('ledger', 'nodes', 'scripts') if one in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split(" ", 2) == ["True", str(tmp_path / "api" / "__init__.py"), "[]\n"]
