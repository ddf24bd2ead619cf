"""The client remembers the log it has seen: going back or forking is an alarm, in memory and across runs."""

import functools
from pathlib import Path
from typing import Any

import pytest

from dengbu.api.client import Client, FeedItem, VerificationError, tilereader
from dengbu.api.client.models import build
from tests.api.client.scripted import Reply, Scripted, problem
from tests.ledger.small_log import COSIGNERS, SmallLog, decision
from tests.ledger.small_log import LOG as LOG_KEY

SIZES = (1, 2, 3, 7, 8, 255, 256, 257, 300)


@functools.cache
def log(size: int) -> SmallLog:
    """Return the log of this many entries; it is the same object every time, so tests must not change it."""
    return SmallLog(size)


def forked(size: int, at: int) -> SmallLog:
    """Return a log in which one leaf differs, signed by everyone: what a colluding quorum could show."""
    other = SmallLog(0)
    for index, leaf in enumerate(log(size).leaves):
        other.add(leaf if index != at else leaf.replace(b"441302", b"441303"))
    return other


@pytest.mark.parametrize("old", SIZES)
def test_a_log_that_grows_is_accepted(node: Scripted, policy: Path, old: int) -> None:
    with Client(node.url, policy=policy) as client:
        node.show(log(old))
        assert client.log.checkpoint().size == old
        node.show(log(301))
        assert client.log.checkpoint().size == 301
        assert client.log.checkpoint().size == 301


@pytest.mark.parametrize(("old", "new"), [(2, 1), (300, 299), (257, 256)])
def test_going_back_is_a_rollback(node: Scripted, policy: Path, old: int, new: int) -> None:
    with Client(node.url, policy=policy) as client:
        node.show(log(old))
        client.log.checkpoint()
        node.show(log(new))
        with pytest.raises(VerificationError) as caught:
            client.log.checkpoint()
    assert caught.value.code == "rollback"


@pytest.mark.parametrize(("old", "new", "at"), [(5, 5, 4), (5, 9, 0), (5, 9, 4), (256, 300, 255), (8, 16, 3)])
def test_another_past_is_a_fork(node: Scripted, policy: Path, old: int, new: int, at: int) -> None:
    with Client(node.url, policy=policy) as client:
        node.show(log(old))
        client.log.checkpoint()
        node.show(forked(new, at))
        with pytest.raises(VerificationError) as caught:
            client.log.checkpoint()
        assert caught.value.code == "fork"
        node.show(log(new))
        assert client.log.checkpoint().size == new


def test_honest_tiles_do_not_save_a_forked_head(node: Scripted, policy: Path) -> None:
    with Client(node.url, policy=policy) as client:
        node.show(log(5))
        client.log.checkpoint()
        node.show(forked(9, 2), tree=log(9))
        with pytest.raises(VerificationError, match="does not continue"):
            client.log.checkpoint()


def test_the_head_is_remembered_across_runs(node: Scripted, policy: Path, tmp_path: Path) -> None:
    file = tmp_path / "head"
    node.show(log(9))
    with Client(node.url, policy=policy, head_file=file) as client:
        client.log.checkpoint()
    node.show(log(8))
    with (
        Client(node.url, policy=policy, head_file=file) as client,
        pytest.raises(VerificationError, match="went back"),
    ):
        client.log.checkpoint()
    assert file.read_bytes() == log(9).note()


def test_a_forged_memory_is_refused(node: Scripted, policy: Path, tmp_path: Path) -> None:
    file = tmp_path / "head"
    file.write_bytes(log(9).note().replace(b"\n9\n", b"\n8\n"))
    with pytest.raises(VerificationError):
        Client(node.url, policy=policy, head_file=file)


def test_a_head_with_two_cosignatures_is_refused(node: Scripted, policy: Path) -> None:
    node.on("GET /v1/checkpoint", Reply(body=log(5).note(COSIGNERS[:2])))
    with Client(node.url, policy=policy) as client, pytest.raises(VerificationError, match="quorum"):
        client.log.checkpoint()


def test_a_head_the_log_key_has_not_signed_is_refused(node: Scripted, policy: Path) -> None:
    note = log(5).note(COSIGNERS)
    mine = next(
        line
        for line in note.split(b"\n")
        if LOG_KEY.verifier.name.encode() + b" " in line and b"\xe2" in line
    )
    node.on("GET /v1/checkpoint", Reply(body=note.replace(mine + b"\n", b"")))
    with Client(node.url, policy=policy) as client, pytest.raises(VerificationError):
        client.log.checkpoint()


@pytest.mark.parametrize("kept", [tilereader.INNER_MAX, 2])
def test_entries_are_proved_one_by_one(
    node: Scripted, policy: Path, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    monkeypatch.setattr(tilereader, "INNER_MAX", kept)
    shown = log(300)
    node.show(shown)
    with Client(node.url, policy=policy) as client:
        assert [entry.raw for entry in client.log.entries()] == shown.leaves
        assert [entry.index for entry in client.log.entries(254, 258)] == [254, 255, 256, 257]


def test_an_entry_that_is_not_in_the_tree_is_refused(node: Scripted, policy: Path) -> None:
    changed = SmallLog(9)
    changed.leaves[4] = changed.leaves[4].replace(b"441302", b"441303")
    node.show(changed)
    with Client(node.url, policy=policy) as client, pytest.raises(VerificationError, match="entry 4"):
        list(client.log.entries())


@pytest.mark.parametrize("body", [b"", b"\x00\x05abc", b"\x00\x00"])
def test_a_damaged_bundle_is_refused(node: Scripted, policy: Path, body: bytes) -> None:
    node.show(log(9))
    node.on("GET /v1/tile/entries/000.p/9", Reply(body=body))
    with Client(node.url, policy=policy) as client, pytest.raises(VerificationError):
        list(client.log.entries())


def test_a_full_tile_may_have_taken_the_place_of_a_partial_one(node: Scripted, policy: Path) -> None:
    node.show(log(5))
    with Client(node.url, policy=policy) as client:
        client.log.checkpoint()
        node.show(log(9))
        grown = log(256)
        node.on("GET /v1/tile/0/000.p/9", problem(404, "not-found"))
        node.on("GET /v1/tile/0/000", Reply(body=b"".join(grown.read([(0, index) for index in range(256)]))))
        assert client.log.checkpoint().size == 9


def line(number: int, **members: Any) -> FeedItem:
    """Return the line of the feed that an honest node shows for an entry of the small log."""
    told = decision(number)
    said = {"type": "case.apply", "actor": "bank-a", "id": f"event-{number}", "outcome": told["outcome"]}
    rest = {"reasons": told.get("reasons", []), "result": told.get("result", {})}
    return build(FeedItem, {"index": number, **said, **rest, **members})


def test_lines_of_the_feed_are_proved_by_their_entries(node: Scripted, policy: Path) -> None:
    shown = log(300)
    node.show(shown)
    lines = [line(number) for number in (3, 4, 5, 257, 299, 300)]
    with Client(node.url, policy=policy) as client:
        proved = list(client.log.prove(lines))
        assert list(client.log.prove([])) == []
    assert [item for item, _ in proved] == lines[:-1], "the last lies beyond the head"
    assert [entry.raw for _, entry in proved] == [shown.leaves[item.index] for item, _ in proved]


@pytest.mark.parametrize(
    "lie",
    [
        {"type": "case.enter"},
        {"actor": "bank-b"},
        {"id": "event-4"},
        {"outcome": "accepted"},
        {"reasons": []},
        {"reasons": [{"code": 3002, "name": "other", "law": []}]},
        {"result": {"case": "441302-20261122-000009"}},
    ],
)
def test_a_line_that_tells_otherwise_than_its_entry_is_a_lie(
    node: Scripted, policy: Path, lie: dict[str, Any]
) -> None:
    node.show(log(9))
    with Client(node.url, policy=policy) as client, pytest.raises(VerificationError, match="other-event"):
        list(client.log.prove([line(4), line(5, **lie)]))
