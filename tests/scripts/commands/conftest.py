"""A network and a person at it, for the tests of commands; a file that needs another network has a `town` of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scripts.commands.person import Person
from tests.scripts.small_town import SmallTown, small_town


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallTown]:
    """Four running nodes."""
    made = small_town(tmp_path_factory.mktemp("town"))
    with made.net:
        yield made


@pytest.fixture
def someone(town: SmallTown, tmp_path: Path) -> Person:
    """Return a person with an empty folder."""
    return Person(town, tmp_path)
