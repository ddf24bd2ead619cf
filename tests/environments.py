"""Environments made offline from a wheel of this checkout: each holds what its extras ask for, and nothing else.

Dependencies are linked from the environment that runs the tests, as the installed metadata say.
"""

import importlib.metadata
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("ledger", "nodes", "api", "scripts", "setup.cfg", "pyproject.toml", "README.md", "LICENSE")
DEADLINE_S = 120


def build_wheel(folder: Path) -> Path:
    """Build a wheel of the sources as they are, from a copy, so that nothing is left among them."""
    source = folder / "source"
    source.mkdir()
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, source)
    _pip("wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", str(folder), str(source))
    (wheel,) = folder.glob("dengbu-*.whl")
    return wheel


def make(folder: Path, wheel: Path, extras: Iterable[str]) -> Path:
    """Make an environment with the wheel and what its extras ask for; return its folder of programs."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, timeout=DEADLINE_S)
    _pip("--python", str(folder / "bin" / "python"), "install", "--no-deps", str(wheel))
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site = folder / "lib" / version / "site-packages"
    for name in sorted(_needed("dengbu", frozenset(extras), set())):
        for top in _tops(name):
            (site / top.name).symlink_to(top)
    return folder / "bin"


def _needed(name: str, extras: frozenset[str], seen: set[str]) -> set[str]:
    """Return the distributions that a distribution requires, directly or through others."""
    for text in importlib.metadata.requires(name) or ():
        one = Requirement(text)
        wanted = one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in ("", *extras))
        other = canonicalize_name(one.name)
        if wanted and other not in seen:
            seen.add(other)
            _needed(other, frozenset(one.extras), seen)
    return seen


def _tops(name: str) -> Iterator[Path]:
    """Yield the files and folders in site-packages that belong to a distribution."""
    files = importlib.metadata.files(name) or ()
    site = Path(sysconfig.get_path("purelib"))
    for top in sorted({file.parts[0] for file in files} - {"..", "__pycache__"}):
        yield site / top


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input"]
    at = next(place for place, word in enumerate(arguments) if word in ("wheel", "install"))
    before, (verb, *rest) = arguments[:at], arguments[at:]
    done = subprocess.run(
        [*command, *before, verb, "--no-index", *rest],
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
