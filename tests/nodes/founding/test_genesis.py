"""Founding a network: homes, keys, a genesis that all sign, and the policy by which receipts are verified."""

import json
from pathlib import Path

import pytest

from dengbu.ledger.log.envelope import parse_envelope
from dengbu.ledger.log.keys import key_id, verify
from dengbu.ledger.log.trust import parse_policy
from dengbu.nodes.founding import genesis
from dengbu.nodes.founding.genesis import GenesisError, quorum
from dengbu.nodes.home import keystore
from dengbu.nodes.home.config import ConfigError, read_config
from tests.scripts.command import here

NET = "huizhou.example/2026"
FOUNDERS = (
    ("hz-registry", "registry"),
    ("hz-tax", "tax"),
    ("bank-a", "bank"),
    ("bank-b", "bank"),
)


@pytest.fixture(scope="module")
def passphrase(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("secret") / "passphrase"
    path.write_text("a passphrase for tests\n")
    return path


def init(home: Path, institution: str, role: str, passphrase: Path) -> int:
    return here(
        "node", "init", "--home", str(home), "--institution", institution, "--role", role, "--name-zh", "演示",
         "--name-en", "Demo", "--passphrase-file", str(passphrase), "--kdf-ops", "2", "--kdf-mem-mib", "64"
    )  # fmt: skip


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory, passphrase: Path) -> list[Path]:
    base = tmp_path_factory.mktemp("homes")
    for institution, role in FOUNDERS:
        assert init(base / institution, institution, role, passphrase) == 0
    made = [base / institution for institution, _ in FOUNDERS]
    arguments = [*map(str, made), "--net", NET, "--passphrase-file", str(passphrase)]
    outputs = ["--out", str(base / "genesis.json"), "--policy-out", str(base / "policy.txt")]
    assert here("node", "genesis", *arguments, *outputs) == 0
    return made


def test_every_founder_has_signed_the_same_genesis(homes: list[Path]) -> None:
    raws = {(home / "genesis.json").read_bytes() for home in homes}
    assert raws == {(homes[0].parent / "genesis.json").read_bytes()}
    envelope = parse_envelope(raws.pop())
    assert (envelope.body.type, envelope.body.net, envelope.body.actor) == (
        "network.genesis",
        NET,
        "hz-registry",
    )
    governance = {}
    for institution in envelope.body.data["institutions"]:
        for key in institution["keys"]:
            if key["cls"] == "governance":
                governance[key_id("Ed25519", bytes.fromhex(key["public"]))] = bytes.fromhex(key["public"])
    assert sorted(governance) == [sig.key for sig in envelope.sigs]
    assert all(verify(governance[sig.key], envelope.signed_bytes(sig.key), sig.raw) for sig in envelope.sigs)


def test_the_genesis_names_every_public_key_once(homes: list[Path]) -> None:
    data = parse_envelope((homes[0] / "genesis.json").read_bytes()).body.data
    publics = [key["public"] for one in data["institutions"] for key in one["keys"]]
    assert len(set(publics)) == len(publics)
    classes = {one["id"]: sorted(key["cls"] for key in one["keys"]) for one in data["institutions"]}
    assert classes["bank-a"] == ["cosign", "envelope", "event", "governance", "node"]
    assert classes["hz-registry"] == ["cosign", "envelope", "event", "governance", "log", "node"]


def test_the_policy_is_the_network_s(homes: list[Path]) -> None:
    trust = parse_policy((homes[0] / "policy.txt").read_text())
    assert trust.log.name == NET
    assert sorted(trust.witnesses) == sorted(institution for institution, _ in FOUNDERS)
    assert {witness.name for witness in trust.witnesses.values()} == {f"{NET}/{one}" for one, _ in FOUNDERS}
    assert [group.needed for group in trust.groups.values()] == [3]


def test_each_home_is_configured_for_the_others(homes: list[Path]) -> None:
    configs = {home.name: read_config(home) for home in homes}
    for name, config in configs.items():
        assert config.member.institution == name
        assert config.orderer.sequencer == "hz-registry"
        assert config.publishes == (name == "hz-registry")
        for peer, url in config.endpoints.peers.items():
            assert url == f"http://{configs[peer].endpoints.peer.host}:{configs[peer].endpoints.peer.port}"
    ports = [
        port
        for config in configs.values()
        for port in (config.endpoints.api.port, config.endpoints.peer.port)
    ]
    assert len(set(ports)) == len(ports)


def test_no_file_but_the_keystore_holds_a_secret(homes: list[Path], passphrase: Path) -> None:
    secret = keystore.read_passphrase(passphrase)
    opened = keystore.load(homes[0] / keystore.FILE_NAME, secret)
    for path in homes[0].iterdir():
        raw = path.read_bytes()
        assert secret not in raw
        assert opened.holder_key.hex().encode() not in raw
        assert bytes(opened.envelope).hex().encode() not in raw


def test_a_network_is_not_founded_twice(homes: list[Path], passphrase: Path) -> None:
    before = (homes[0] / "genesis.json").read_bytes()
    arguments = [*map(str, homes), "--net", NET, "--passphrase-file", str(passphrase)]
    assert here("node", "genesis", *arguments) == 1
    assert (homes[0] / "genesis.json").read_bytes() == before


def test_keys_are_not_made_twice(homes: list[Path], passphrase: Path) -> None:
    before = (homes[2] / "keystore.json").read_bytes()
    assert init(homes[2], "bank-a", "bank", passphrase) == 1
    assert (homes[2] / "keystore.json").read_bytes() == before


def test_a_wrong_passphrase_founds_nothing(tmp_path: Path, homes: list[Path]) -> None:
    (tmp_path / "wrong").write_text("wrong\n")
    arguments = [*map(str, homes), "--net", NET, "--passphrase-file", str(tmp_path / "wrong")]
    assert here("node", "genesis", *arguments) == 1


def request(institution: str, role: str) -> genesis.Request:
    value = {"id": institution, "role": role, "name_zh": "甲", "name_en": "A", "keys": []}
    return genesis.convert(value, genesis.Request)


@pytest.mark.parametrize(
    "founders",
    [
        [("a", "bank"), ("b", "bank")],
        [("a", "registry"), ("b", "registry")],
        [("a", "registry"), ("a", "bank")],
        [],
    ],
)
def test_a_network_needs_one_registry_and_distinct_names(founders: list[tuple[str, str]]) -> None:
    requests = [request(*founder) for founder in founders]
    with pytest.raises(GenesisError):
        genesis.propose(NET, requests, genesis.default_policy(requests))


def test_a_later_member_joins_with_its_own_files(tmp_path: Path, homes: list[Path], passphrase: Path) -> None:
    home = tmp_path / "bank-c"
    assert init(home, "bank-c", "bank", passphrase) == 0
    files = ["--genesis", str(homes[0] / "genesis.json"), "--policy", str(homes[0] / "policy.txt")]
    listen = ["--listen", "bank-c=127.0.0.1:8101:8102"]
    assert here("node", "join", "--home", str(home), *files, *listen) == 0
    with pytest.raises(ConfigError, match="sequencer"):
        read_config(home)  # no peer was named, so nobody would order its events
    (home / "node.toml").unlink()
    (home / "genesis.json").unlink()
    (home / "policy.txt").unlink()
    peer = ["--peer", "hz-registry=http://127.0.0.1:9001"]
    assert here("node", "join", "--home", str(home), *files, *listen, *peer) == 0
    assert read_config(home).endpoints.peers == {"hz-registry": "http://127.0.0.1:9001"}


def test_what_init_prints_is_the_request(
    tmp_path: Path, passphrase: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert init(tmp_path / "h", "hz-court", "court", passphrase) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((tmp_path / "h" / "request.json").read_text())
    assert printed["role"] == "court"


@pytest.mark.parametrize(("members", "needed"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 4), (7, 5), (10, 7)])
def test_the_quorum_leaves_no_room_for_two_histories(members: int, needed: int) -> None:
    assert quorum(members) == needed
    faulty = (members - 1) // 3
    assert 2 * needed - members > faulty
    assert 2 * (needed - 1) - members <= faulty


@pytest.mark.parametrize("arguments", [[], ["init"], ["nonsense"], ["genesis", "--listen", "x"]])
def test_wrong_usage_ends_with_two(arguments: list[str]) -> None:
    assert here("node", *arguments) == 2
