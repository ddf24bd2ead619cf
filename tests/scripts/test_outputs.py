"""Files that a command writes: what cannot be written is said before anything is sent, or without hiding what was done."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from dengbu.api.client import new_key
from tests.api.client.scripted import Scripted, says, scripted
from tests.ledger.small_log import POLICY, SmallLog, body, decision
from tests.scripts.command import dengbu

LOG = SmallLog(7)
CASE = "441302-20261122-000004"
FULL = "/dev/full"  # can be opened, but every write to it fails


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory with a client key, a policy, an application, and a file that is not a folder."""
    new_key(tmp_path / "outlet.key")
    (tmp_path / "policy.txt").write_text(POLICY)
    (tmp_path / "asked.json").write_text(
        json.dumps({"district": "441302", "channel": "outlet", "acts": body(4)["data"]["acts"]})
    )
    (tmp_path / "folder").mkdir()
    return tmp_path


@pytest.fixture
def node() -> Iterator[Scripted]:
    """A node that enters the application of the small log's entry 4, and signs drafts."""
    said = {"status": "final", "actor": "bank-a", "id": "event-4", "index": 4, "height": 1, "time": 1}
    with scripted() as made:
        made.show(LOG)
        made.on(
            "POST /v1/cases",
            says({**said, "outcome": decision(4)["outcome"], "result": decision(4)["result"]}, 201),
        )
        made.on(f"GET /v1/cases/{CASE}", says({"number": CASE, "state": "accepted", "actor": "bank-a"}))
        made.on("POST /v1/drafts", says({"signed": "by bank-a"}))
        yield made


def asking(node: Scripted) -> tuple[str, ...]:
    return ("--url", node.url, "--key", "outlet.key", "--policy", "policy.txt")


APPLY = ("case", "apply", "asked.json", "--id", "event-4", "--save")
DRAFT = ("case", "draft", "asked.json", "-o")
GET = ("receipt", "get", "4", "-o")


@pytest.mark.parametrize("arguments", [APPLY, DRAFT, GET], ids=lambda given: " ".join(given[:2]))
@pytest.mark.parametrize("target", ["absent/x", "folder", "policy.txt/x"])
def test_what_cannot_be_written_is_said_before_anything_is_sent(
    place: Path, node: Scripted, arguments: tuple[str, ...], target: str
) -> None:
    done = dengbu(*arguments, target, *asking(node), home=place)
    assert done.returncode == 2, done.stderr
    assert arguments[-1] in done.stderr
    assert node.asked == []


def test_a_receipt_that_was_not_kept_hides_no_case(place: Path, node: Scripted) -> None:
    done = dengbu(*APPLY, FULL, *asking(node), home=place)
    assert done.returncode == 1, done.stderr
    assert f"案件 case          {CASE}" in done.stdout
    assert f"案件 case {CASE}: 已受理 accepted, 但回执未能保存 but the receipt was not kept" in done.stderr
    assert FULL in done.stderr
    assert "Traceback" not in done.stderr


def test_in_json_the_error_names_the_case(place: Path, node: Scripted) -> None:
    done = dengbu(*APPLY, FULL, *asking(node), "--json", home=place)
    said = json.loads(done.stdout)
    assert (done.returncode, said["exit"]) == (1, 1)
    assert CASE in said["error"]["message"]


@pytest.mark.parametrize("arguments", [DRAFT, GET], ids=lambda given: " ".join(given[:2]))
def test_a_full_disk_is_1(place: Path, node: Scripted, arguments: tuple[str, ...]) -> None:
    done = dengbu(*arguments, FULL, *asking(node), home=place)
    assert done.returncode == 1, done.stderr
    assert f"cannot write {FULL}" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_what_can_be_written_is_kept(place: Path, node: Scripted) -> None:
    done = dengbu(*APPLY, "folder/kept", *asking(node), home=place)
    assert done.returncode == 0, done.stderr
    assert (place / "folder" / "kept").read_bytes() == LOG.receipt(4)
    assert CASE in done.stdout
