"""README's five minutes run as printed: its commands in a shell, its Python against the network that they leave."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from dengbu.scripts.net.devnet import Devnet
from tests.waiting import WAIT_S_MAX

ROOT = Path(__file__).resolve().parents[2]
SECTION = re.search(
    r"^## Five minutes$(.*?)^## ", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S
)
UNITS = "--units 20"  # a smaller city than the demo's own, so that the test is quick


def commands() -> list[str]:
    """The commands of the first two blocks: what comes after them installs something."""
    assert SECTION is not None
    return [
        line.strip()
        for line in SECTION[1].partition("With CometBFT")[0].splitlines()
        if line.startswith("    ")
    ]


def snippet() -> str:
    """The Python of the section."""
    assert SECTION is not None
    (found,) = re.findall(r"^```python$\n(.*?)^```$", SECTION[1], re.M | re.S)
    return str(found)


class Clone:
    """A folder like a clone that was set up already: nothing here reaches for the network outside."""

    def __init__(self, place: Path) -> None:
        self.place = place
        (place / ".venv").symlink_to(sys.prefix, target_is_directory=True)
        (place / "scripts").mkdir()
        demo = (ROOT / "scripts" / "demo").read_text(encoding="utf-8")
        last = demo.splitlines()[-1]
        assert last.startswith("exec .venv/bin/dengbu demo ")
        (place / "scripts" / "demo").write_text(f"#!/bin/sh\n{last} {UNITS}\n")
        (place / "scripts" / "demo").chmod(0o755)

    def run(self, *command: str) -> str:
        """Run a command in the folder; its output."""
        environ = {
            name: value for name, value in os.environ.items() if not name.startswith(("DENGBU_", "XDG_"))
        }
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            cwd=self.place,
            env={**environ, "HOME": str(self.place)},
            timeout=WAIT_S_MAX,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    with ExitStack() as stack:
        yield Clone(tmp_path)
        if (tmp_path / "net" / "net.json").exists():
            stack.callback(Devnet.load(tmp_path / "net").stop)


def test_the_five_minutes(clone: Clone) -> None:
    demo, *looking, last = commands()
    assert demo.startswith("scripts/demo --keep")
    clone.run("sh", "-c", demo)
    said = [clone.run("sh", "-c", line) for line in looking]
    assert any("就绪 ready" in one for one in said)
    assert any("mortgage.set" in one or "case.enter" in one for one in said)
    page = re.search(r"http://127\.0\.0\.1:\d+", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert page is not None
    assert "不动产登记" in requests.get(page[0], timeout=WAIT_S_MAX).text
    number = clone.run(".venv/bin/python", "-c", snippet()).strip()
    assert re.fullmatch(r"粤\(\d{4}\)惠州市不动产证明第\d{7}号", number)
    assert clone.run(".venv/bin/python", "-c", snippet()).strip() == number  # the key makes it idempotent
    clone.run("sh", "-c", last)
    assert not (clone.place / "net").exists()
