"""A person at an institution, who types commands in a folder of their own."""

import json
from pathlib import Path
from subprocess import CompletedProcess

from tests.scripts.command import dengbu
from tests.scripts.small_town import SmallTown


class Person:
    """A person at an institution, with a folder of their own."""

    def __init__(self, town: SmallTown, home: Path) -> None:
        self.town, self.home = town, home

    def run(self, id: str, *arguments: str, code: int = 0) -> "CompletedProcess[str]":
        """Run a command as an institution; it must end with this exit code."""
        done = dengbu(*arguments, "--net", str(self.town.net.directory), "--as", id, home=self.home)
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    def json(self, id: str, *arguments: str, code: int = 0) -> dict:
        """Return the object that a command prints."""
        found = json.loads(self.run(id, *arguments, "--json", code=code).stdout)
        assert isinstance(found, dict)
        return found

    def entries(self, *kind: str) -> list[dict]:
        """Return the final events of a type, as the registry's node has them."""
        found: list[dict] = self.json("hz-registry", "event", "list", "--type", *kind, "-n", "1000")["items"]
        return found
