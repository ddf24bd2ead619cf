"""docs/deploy.md as tests use it: its shell blocks by name, and its units, moved to the folders of a test.

A block of the document begins with ```sh NAME. It runs as written; only the places /opt/dengbu, /etc/dengbu,
/var/lib/dengbu, /var/backups/dengbu and the programs are where the test has them.
"""

import shlex
import sys
from pathlib import Path

from tests.docs.named_blocks import named_blocks

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs/deploy.md"
UNITS = ROOT / "docs/deploy"
PLACES = ("/etc/dengbu", "/var/lib/dengbu", "/var/backups/dengbu")
COMMAND, ENGINE = "/opt/dengbu/.venv/bin/dengbu", "/usr/local/bin/cometbft"


def blocks() -> dict[str, str]:
    """The named shell blocks of the document."""
    return named_blocks(DOCUMENT)


def moved(text: str, machine: Path, engine: str = ENGINE) -> str:
    """Return text of the document with its paths moved under a machine's folder."""
    programs = {COMMAND: f"{sys.executable} -m dengbu.scripts", ENGINE: engine}
    places = {place: f"{machine}{place}" for place in PLACES}
    for place, there in (programs | places).items():
        text = text.replace(place, there)
    return text.replace("/opt/dengbu", str(ROOT))


def start_command(unit: str, machine: Path, engine: str, variables: dict[str, str]) -> list[str]:
    """Return the command that a unit starts."""
    lines = (UNITS / unit).read_text(encoding="utf-8").splitlines()
    (line,) = [one.removeprefix("ExecStart=") for one in lines if one.startswith("ExecStart=")]
    for name, value in variables.items():
        line = line.replace(f"${{{name}}}", value)
    return shlex.split(moved(line, machine, engine))
