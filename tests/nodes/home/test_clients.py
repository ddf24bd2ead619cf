"""Client keys come and go while a node runs; a file that cannot be read shuts nobody out."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from dengbu.ledger.log.keys import Signer
from dengbu.nodes.home.clients import Clients, admit, listed, retire
from dengbu.nodes.home.config import ConfigError, read_clients


def row(n: int, **more: Any) -> dict[str, Any]:
    """The row of a made-up client key."""
    signer = Signer(bytes([n]) * 32)
    return {
        "key": signer.key_id,
        "public": signer.public.hex(),
        "officer": f"officer-{n}",
        "scopes": ["officer"],
        **more,
    }


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "clients.json"
    admit(found, row(1))
    found.chmod(0o640)
    return found


def test_a_key_is_accepted_from_its_admission_to_its_retirement(path: Path) -> None:
    clients = Clients(path, read_clients(path))
    assert clients.get(row(2)["key"]) is None
    admit(path, row(2, office="hall-1"))
    found = clients.get(row(2)["key"])
    assert found is not None
    assert (found.officer, found.office) == ("officer-2", "hall-1")
    assert retire(path, row(1)["key"]) == row(1)
    assert clients.get(row(1)["key"]) is None
    assert clients.get(row(2)["key"]) == found
    assert [one["key"] for one in listed(path)] == [row(2)["key"]]
    assert path.stat().st_mode & 0o777 == 0o640
    path.unlink()
    assert clients.get(row(2)["key"]) is None


def test_a_file_that_cannot_be_read_leaves_the_keys_as_they_were(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clients = Clients(path, read_clients(path))
    path.write_text("[")
    with caplog.at_level(logging.ERROR):
        assert clients.get(row(1)["key"]) is not None
        assert clients.get(row(1)["key"]) is not None
    assert [one.getMessage() for one in caplog.records] == ["clients.unreadable"]
    path.write_text(json.dumps([row(3)]))
    assert clients.get(row(3)["key"]) is not None
    assert clients.get(row(1)["key"]) is None


@pytest.mark.parametrize(
    "wrong",
    [row(1), {}, row(2, scopes=["king"]), row(2, key="0" * 64), row(2, public="00" * 32), row(2, more=1)],
)
def test_what_is_no_row_or_is_there_already_changes_nothing(path: Path, wrong: dict[str, Any]) -> None:
    before = path.read_bytes()
    with pytest.raises(ConfigError, match=r"clients\.json: "):
        admit(path, wrong)
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == ["clients.json"]


def test_a_key_that_is_not_there_is_not_retired(path: Path) -> None:
    with pytest.raises(ConfigError, match="no client key"):
        retire(path, row(2)["key"])
    assert len(listed(path)) == 1
    assert listed(path.with_name("absent.json")) == []
