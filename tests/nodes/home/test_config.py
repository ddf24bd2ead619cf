"""The configuration is closed: an unknown word is named with its place and the nearest known word."""

import dataclasses
import json
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from dengbu.ledger.log.keys import key_id
from dengbu.nodes.home.config import (
    Beside,
    Config,
    ConfigError,
    Endpoint,
    Endpoints,
    Member,
    Orderer,
    read_clients,
    read_config,
    write_config,
)
from dengbu.nodes.home.keystore import FILE_NAME as KEYSTORE_FILE

CONFIG = Config(
    Member("bank-a", "bank", "huizhou.example/2026"),
    Endpoints(
        api=Endpoint("127.0.0.1", 8017),
        peer=Endpoint("127.0.0.1", 0),
        peers={"hz-registry": "http://127.0.0.1:9001", "hz-tax": "https://tax.example:9002"},
    ),
    Orderer("hz-registry"),
)


def write(home: Path, old: str = "", new: str = "") -> None:
    write_config(home, CONFIG)
    path = home / "node.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write(tmp_path)
    assert read_config(tmp_path) == CONFIG
    assert not CONFIG.publishes


def test_a_home_is_not_configured_twice(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(FileExistsError):
        write_config(tmp_path, CONFIG)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('institution = "bank-a"', 'institutoin = "bank-a"', "institutoin: .*did you mean institution"),
        ("port = 8017", "prot = 8017", r"api\.prot: .*did you mean api\.port"),
        ("port = 8017", 'port = "8017"', r"api\.port: .*Expected `int`, got `str`"),
        ("port = 8017", "port = true", r"api\.port: .*Expected `int`, got `bool`"),
        ("port = 8017", "port = 65536", r"api\.port: .*0 to 65535"),
        ("port = 8017", "port = -1", r"api\.port"),
        ('role = "bank"\n', "", "role: .*missing"),
        ('sequencer = "hz-registry"', 'sequencer = "hz-registri"', "sequencer: .*did you mean hz-registry"),
        ('"http://127.0.0.1:9001"', '"127.0.0.1:9001"', r"peers\.hz-registry: .*URL"),
        ('"http://127.0.0.1:9001"', "9001", r"peers\.hz-registry: .*URL"),
        ("desk = true", "desk = 1", "desk: .*Expected `bool`, got `int`"),
        ('engine = "sequencer"', 'engine = "sequencr"', "engine: .*Invalid enum value 'sequencr'"),
        ("[peers]", "[peers", "not TOML"),
        ("[peers]", "passphrase = 'x'\n[peers]", r"peer\.passphrase: .*unknown key"),
    ],
)
def test_each_mistake_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    write(tmp_path, old, new)
    with pytest.raises(ConfigError, match=said) as caught:
        read_config(tmp_path)
    assert str(tmp_path / "node.toml") in str(caught.value)


def test_a_planned_stop_is_a_height(tmp_path: Path) -> None:
    table = '\n[cometbft]\np2p = "h:1"\nrpc = "h:2"\n{}\n[cometbft.peers]\n'
    engine = 'desk = true\nengine = "cometbft"'
    for place, (line, good) in enumerate([("", True), ("stop_after = 7", True), ("stop_after = 0", False)]):
        home = tmp_path / str(place)
        home.mkdir()
        write(home)
        path = home / "node.toml"
        text = path.read_text().replace('engine = "sequencer"\ndesk = true', engine)
        path.write_text(text + table.format(line))
        if good:
            assert read_config(home).orderer.cometbft.stop_after == (7 if line else None)  # type: ignore[union-attr]
        else:
            with pytest.raises(ConfigError, match="stop_after"):
                read_config(home)


def test_all_values_that_cannot_be_are_named_at_once(tmp_path: Path) -> None:
    write(tmp_path, "port = 8017", "port = 65536")
    path = tmp_path / "node.toml"
    path.write_text(path.read_text().replace('"http://127.0.0.1:9001"', '"127.0.0.1:9001"'))
    with pytest.raises(ConfigError) as caught:
        read_config(tmp_path)
    assert "api.port: 须为" in str(caught.value)
    assert "peers.hz-registry: 须为" in str(caught.value)


def test_names_and_words_of_any_kind_are_written_and_read(tmp_path: Path) -> None:
    name = 'a.b "c" \\ 甲\n'
    config = dataclasses.replace(
        CONFIG,
        endpoints=dataclasses.replace(
            CONFIG.endpoints, peers={**CONFIG.endpoints.peers, name: "http://10.0.0.1:1"}
        ),
        orderer=Orderer("hz-registry", Beside(Endpoint("h", 1), Endpoint("h", 2), {name: "h:3"})),
    )
    write_config(tmp_path, config)
    assert read_config(tmp_path) == config


def test_a_missing_home_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="dengbu node init"):
        read_config(tmp_path)


def test_a_home_with_keys_and_no_network_is_not_told_to_make_keys(tmp_path: Path) -> None:
    """To follow "init" there, its operator would move the keys away."""
    (tmp_path / KEYSTORE_FILE).touch()
    with pytest.raises(ConfigError, match="dengbu node join or dengbu node genesis") as told:
        read_config(tmp_path)
    assert "node init" not in str(told.value)


PUBLIC = bytes(SigningKey(bytes(32)).verify_key)
ROW = {
    "key": key_id("Ed25519", PUBLIC),
    "public": PUBLIC.hex(),
    "officer": "o-17",
    "office": "counter-3",
    "scopes": ["officer"],
}


def clients(tmp_path: Path, rows: object) -> Path:
    path = tmp_path / "clients.json"
    path.write_text(json.dumps(rows))
    return path


def test_clients_are_read_by_key(tmp_path: Path) -> None:
    found = read_clients(clients(tmp_path, [ROW]))
    assert found[ROW["key"]].officer == "o-17"  # type: ignore[index]
    assert found[ROW["key"]].public == PUBLIC  # type: ignore[index]


def test_an_office_may_be_absent(tmp_path: Path) -> None:
    for row in ({**ROW, "office": None}, {name: value for name, value in ROW.items() if name != "office"}):
        assert next(iter(read_clients(clients(tmp_path, [row])).values())).office is None


def test_no_file_is_no_client(tmp_path: Path) -> None:
    assert read_clients(tmp_path / "clients.json") == {}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({}, "must be a list"),
        (["x"], r"\[0\]: .*Expected `object`, got `str`"),
        ([ROW, ROW], r"\[1\]: .*twice"),
        ([{**ROW, "scopes": ["root"]}], r"\[0\]\.scopes"),
        ([{**ROW, "scopes": []}], r"\[0\]\.scopes"),
        ([{**ROW, "public": "00" * 32}], r"\[0\]\.public"),
        ([{**ROW, "public": "zz"}], r"\[0\]\.public"),
        ([{**ROW, "key": "0" * 64}], r"\[0\]\.key"),
        ([{**ROW, "offcer": "x"}], r"\[0\]: offcer: .*did you mean officer"),
        ([{"key": ROW["key"]}], r"\[0\]: public: .*missing"),
    ],
)
def test_each_client_mistake_is_named(tmp_path: Path, rows: object, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read_clients(clients(tmp_path, rows))
