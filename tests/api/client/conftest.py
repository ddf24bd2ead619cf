"""A scripted node for each test, and a policy file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.client.scripted import Scripted, scripted
from tests.ledger.small_log import POLICY


@pytest.fixture
def node() -> Iterator[Scripted]:
    """A node that answers what the test tells it to."""
    with scripted() as script:
        yield script


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """The policy file of the small log."""
    path = tmp_path / "policy.txt"
    path.write_text(POLICY)
    return path
