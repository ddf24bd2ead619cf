import base64
import json
import stat
import tomllib
from pathlib import Path

import pytest

from dengbu.ledger.register.members import Voter
from dengbu.nodes.engines.cometbft import files
from tests.worlds import signer

VOTERS = (Voter("bank-a", "k", signer("bank-a", "vote").public.hex(), 10),)


def test_keys_are_written_once_and_for_this_user_alone(tmp_path: Path) -> None:
    offered = files.make_keys(tmp_path)
    assert [one["cls"] for one in offered] == ["vote", "link"]
    folder = tmp_path / files.FOLDER
    for path in (files.VOTE_KEY, files.LINK_KEY, files.VOTE_STATE):
        assert stat.S_IMODE((folder / path).stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        files.make_keys(tmp_path)


def test_the_public_half_that_is_offered_is_that_of_the_file(tmp_path: Path) -> None:
    vote, link = files.make_keys(tmp_path)
    folder = tmp_path / files.FOLDER
    kept = json.loads((folder / files.VOTE_KEY).read_bytes())
    assert base64.b64decode(kept["pub_key"]["value"]).hex() == vote["public"]
    assert base64.b64decode(kept["priv_key"]["value"])[32:].hex() == vote["public"]
    assert bytes.fromhex(kept["address"]) == files.address(bytes.fromhex(vote["public"]))
    node = json.loads((folder / files.LINK_KEY).read_bytes())
    assert base64.b64decode(node["priv_key"]["value"])[32:].hex() == link["public"]


def test_an_address_is_the_beginning_of_the_keys_hash() -> None:
    """The example is CometBFT's own test vector of SHA-256 truncated to 20 bytes: crypto/tmhash of b"testing"."""
    assert (
        files.address(b"testing").hex()
        == "cf80cd8aed482d5d1527d7dc72fceff84e6326592848447d2dc0b0e87dfc9a90"[:40]
    )


def test_the_genesis_has_the_same_bytes_wherever_it_is_made() -> None:
    one = files.genesis("net", 1_795_305_600_123, VOTERS)
    assert one == files.genesis("net", 1_795_305_600_123, VOTERS)
    made = json.loads(one)
    assert made["genesis_time"] == "2026-11-22T00:00:00.123Z"
    assert made["initial_height"] == "2"
    assert made["validators"][0]["power"] == "10"
    assert made["consensus_params"]["abci"]["vote_extensions_enable_height"] == "0"


def test_the_configuration_closes_the_doors() -> None:
    text = files.config(
        "bank-a", Path("/h/engine.sock"), "10.0.0.3:26656", "127.0.0.1:26657", {"ab" * 20: "10.0.0.1:26656"}
    )
    made = tomllib.loads(text)
    assert made["filter_peers"] is True
    assert made["p2p"]["pex"] is False
    assert made["p2p"]["persistent_peers"] == f"{'ab' * 20}@10.0.0.1:26656"
    assert made["rpc"]["unsafe"] is True, "the node has it dial, and it listens on loopback alone"
    assert made["rpc"]["laddr"] == "tcp://127.0.0.1:26657"
    assert made["proxy_app"] == "unix:///h/engine.sock"
    assert made["consensus"]["create_empty_blocks"] is False
    assert made["consensus"]["create_empty_blocks_interval"] == f"{files.HEARTBEAT_S}s"


def test_without_keys_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(files.NotSetUp, match="node init --engine cometbft"):
        files.write(tmp_path, b"{}", "")
    assert not (tmp_path / files.FOLDER).exists()
