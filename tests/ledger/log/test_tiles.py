"""Tiles: paths in one spelling, geometry, bundles, and the public log of fifteen entries."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dengbu.ledger.log.checkpoint import parse_body
from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.merkle import Frontier, NodeId, leaf_hash
from dengbu.ledger.log.note import open_note, parse_vkey
from dengbu.ledger.log.tiles import (
    N_MAX,
    Tile,
    bundle,
    entries_path,
    parse_path,
    split_bundle,
    tile_nodes,
    tile_path,
    tile_width,
)
from tests.vectors_dir import public_vectors


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.none() | st.integers(0, 63), st.integers(0, N_MAX), st.none() | st.integers(1, 255))
def test_paths_read_back(level: int | None, n: int, width: int | None) -> None:
    path = entries_path(n, width) if level is None else tile_path(level, n, width)
    assert parse_path(path) == Tile(level, n, width)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000/001",
        "tile/0/x001",
        "tile/0/001/001",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/000\n",
        "tile/0/\u0660\u0660\u0660",
        "tile/entries/x999/x999/x999/x999/x999/999",
        "tile/x/000",
        "tile/0/" + "x001/" * 40 + "000",
        "../tile/0/000",
    ],
)
def test_other_paths_are_refused(path: str) -> None:
    with pytest.raises(Malformed, match="tile-path"):
        parse_path(path)


def test_bundles_read_back() -> None:
    leaves = [b"", b"x", b"y" * 65_535]
    assert split_bundle(bundle(leaves)) == leaves
    assert split_bundle(b"") == []
    assert len(split_bundle(bundle([b"z"] * 256))) == 256


def test_a_damaged_bundle_is_refused() -> None:
    raw = bundle([b"one", b"three"])
    whole = (0, 5, len(raw))
    for end in range(len(raw)):
        if end not in whole:
            with pytest.raises(Malformed, match="bundle"):
                split_bundle(raw[:end])
    with pytest.raises(Malformed, match="256"):
        split_bundle(bundle([b"z"] * 257))


def test_an_entry_beyond_two_length_bytes_cannot_be_bundled() -> None:
    with pytest.raises(OverflowError):
        bundle([bytes(65_536)])


# --- public vectors ---


def vectors() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(public_vectors("tiles/tessera_testlog.json").read_text())
    return found


def test_public_paths() -> None:
    for one in vectors()["path_encoding"]:
        level = None if one["level"] == "entries" else one["level"]
        assert parse_path(one["path"]) == Tile(level, one["index"], one["width"])


def test_public_sizes() -> None:
    size, expected = 70_000, vectors()["size_70000"]
    assert tile_width(size, 0, expected["full_level0"] - 1) == 256
    assert tile_width(size, 0, expected["full_level0"]) == expected["partial_level0"]
    assert tile_width(size, 0, expected["full_level0"] + 1) == 0
    assert tile_width(size, 1, expected["full_level1"]) == expected["partial_level1"]
    assert tile_width(size, 2, 0) == expected["partial_level2"]
    assert tile_width(size, 3, 0) == 0


def test_the_public_log() -> None:
    found = vectors()
    verifier = parse_vkey(found["log_vkey"])
    hashes: dict[NodeId, bytes] = {}
    frontier = Frontier()
    roots = [frontier.root()]
    entries = [text.encode() for text in found["entries_utf8"]]
    for entry in entries:
        for level, index, value in frontier.append(leaf_hash(entry)):
            hashes[level, index] = value
        roots.append(frontier.root())
    for path, content in found["tiles_hex"].items():
        tile, raw = parse_path(path), bytes.fromhex(content)
        assert tile.width is not None
        if tile.level is None:
            assert split_bundle(raw) == entries[: tile.width]
            assert bundle(entries[: tile.width]) == raw
        else:
            assert raw == b"".join(hashes[node] for node in tile_nodes(tile.level, tile.n, tile.width))
    for note in found["checkpoints"].values():
        head = parse_body(open_note(note.encode(), [verifier]).text)
        assert head.root == roots[head.size], base64.b64encode(head.root)
