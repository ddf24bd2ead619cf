"""Founding a network whose founders sit apart: no home leaves its machine, and nobody signs what was not handed in."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from dengbu.ledger.log.encoding import canonical
from dengbu.ledger.log.envelope import parse_envelope
from dengbu.ledger.log.trust import parse_policy
from dengbu.ledger.rules.rule_sets import NEWEST
from dengbu.nodes.engines.cometbft import files
from dengbu.nodes.founding import founding, genesis
from dengbu.nodes.home.config import COMETBFT, Endpoint, read_config
from tests.scripts.command import here

NET = "huizhou-2026"
FOUNDERS = {"hz-registry": "registry", "hz-tax": "tax", "bank-a": "bank", "bank-b": "bank"}
HOSTS = {name: f"10.0.0.{place}" for place, name in enumerate(FOUNDERS, 1)}


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("secret") / "passphrase"
    path.write_text("a passphrase for tests\n")
    return path


def init(home: Path, name: str, role: str, secret: Path, engine: str = COMETBFT) -> Path:
    done = here(
        "node", "init", "--home", str(home), "--institution", name, "--role", role, "--name-zh", "演示", "--name-en",
         "Demo", "--engine", engine, "--passphrase-file", str(secret), "--kdf-ops", "2", "--kdf-mem-mib", "64"
    )  # fmt: skip
    assert done == 0
    return home


def join(home: Path, file: Path) -> int:
    name = home.name
    peers = [part for one, host in HOSTS.items() for part in ("--peer", f"{one}=http://{host}:8018")]
    engines = [part for one, host in HOSTS.items() for part in ("--engine-peer", f"{one}={host}:26656")]
    listen = ["--listen", f"{name}={HOSTS[name]}:8017:8018", "--api", "127.0.0.1:8017"]
    engine = ["--engine-listen", f"{name}={HOSTS[name]}:26656:26657"]
    return here(
        "node", "join", "--home", str(home), "--genesis", str(file), *listen, *engine, *peers, *engines
    )


Sign = Callable[[str, Path, Path], int]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, secret: Path) -> Path:
    """Four homes as first made, and the proposal; tests work on copies."""
    base = tmp_path_factory.mktemp("made")
    homes = [init(base / name, name, role, secret) for name, role in FOUNDERS.items()]
    requests = [str(home / "request.json") for home in homes]
    assert here("node", "propose", "--net", NET, "--out", str(base / "proposal.json"), *requests) == 0
    return base


@pytest.fixture
def base(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "apart")
    return tmp_path / "apart"


@pytest.fixture
def sign(base: Path, secret: Path) -> Sign:
    def signed(name: str, file: Path, out: Path) -> int:
        home = ["--home", str(base / name), "--passphrase-file", str(secret)]
        return here("node", "sign-genesis", *home, "--out", str(out), str(file))

    return signed


def all_sign(base: Path, sign: Sign) -> Path:
    file = base / "proposal.json"
    for name in ("bank-b", "hz-tax", "hz-registry", "bank-a"):
        assert sign(name, file, base / f"by-{name}.json") == 0
        file = base / f"by-{name}.json"
    return file


def test_four_homes_apart_found_one_network(
    base: Path, sign: Sign, capsys: pytest.CaptureFixture[str]
) -> None:
    file = all_sign(base, sign)
    assert "all have signed" in capsys.readouterr().err
    for name in FOUNDERS:
        assert join(base / name, file) == 0
        assert "is a founder" in capsys.readouterr().err
    homes = [base / name for name in FOUNDERS]
    assert {(home / "genesis.json").read_bytes() for home in homes} == {file.read_bytes()}
    assert len({(home / files.FOLDER / files.GENESIS).read_bytes() for home in homes}) == 1
    assert len({(home / "policy.txt").read_bytes() for home in homes}) == 1
    trust = parse_policy((homes[0] / "policy.txt").read_text())
    assert sorted(trust.witnesses) == sorted(FOUNDERS)
    assert [group.needed for group in trust.groups.values()] == [3]


def test_each_home_knows_the_other_three_and_not_itself(base: Path, sign: Sign) -> None:
    file = all_sign(base, sign)
    for name, host in HOSTS.items():
        assert join(base / name, file) == 0
        config = read_config(base / name)
        assert config.endpoints.api == Endpoint("127.0.0.1", 8017)
        assert config.endpoints.peer == Endpoint(host, 8018)
        others = set(FOUNDERS) - {name}
        assert set(config.endpoints.peers) == others
        assert config.orderer.cometbft is not None
        assert set(config.orderer.cometbft.peers) == others
        text = (base / name / files.FOLDER / files.CONFIG).read_text()
        assert all((f"@{HOSTS[one]}:26656" in text) == (one != name) for one in FOUNDERS)


def test_what_is_founded_apart_is_what_would_be_founded_together(base: Path, sign: Sign) -> None:
    body = parse_envelope(all_sign(base, sign).read_bytes()).body
    requests = [genesis.read_request(base / name) for name in FOUNDERS]
    same = genesis.propose(NET, requests, genesis.default_policy(requests))
    assert body.data == same["data"]
    assert (body.net, body.actor, body.id) == (NET, "hz-registry", "genesis")


def test_who_has_other_rules_than_the_proposal_does_not_sign(
    base: Path, sign: Sign, capsys: pytest.CaptureFixture[str]
) -> None:
    file = base / "proposal.json"
    body = json.loads(file.read_bytes())
    own = body["data"]["policy"]["rule_set"]
    assert own == NEWEST.hash
    file.write_bytes(file.read_bytes().replace(own.encode(), b"f" * 64))
    assert sign("bank-a", file, base / "signed.json") != 0
    told = capsys.readouterr().err
    assert "没有现行规则集" in told
    assert "f" * 64 in told
    assert not (base / "signed.json").exists()


def test_no_secret_leaves_a_home(base: Path, sign: Sign) -> None:
    file = all_sign(base, sign)
    for name in FOUNDERS:
        seeds = [
            json.loads((base / name / files.FOLDER / one).read_bytes())
            for one in (files.VOTE_KEY, files.LINK_KEY)
        ]
        for one in seeds:
            assert one["priv_key"]["value"].encode() not in file.read_bytes()


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_genesis_that_not_all_have_signed_is_not_joined(
    base: Path, sign: Sign, count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    file = base / "proposal.json"
    for name in list(FOUNDERS)[:count]:
        assert sign(name, file, base / f"by-{name}.json") == 0
        file = base / f"by-{name}.json"
    capsys.readouterr()
    assert join(base / "bank-a", file) == 1
    said = capsys.readouterr().err
    missing = said.rpartition("by: ")[2].strip().split(", ")
    assert sorted(missing) == sorted(list(FOUNDERS)[count:])
    assert not (base / "bank-a" / "genesis.json").exists()


def changed(file: Path, change: Callable[[dict[str, object]], None]) -> Path:
    value = json.loads(file.read_bytes())
    change(value.get("body", value))
    other = file.with_name("changed.json")
    other.write_bytes(canonical(value))
    return other


def test_a_founder_does_not_sign_keys_that_are_not_his(
    base: Path, sign: Sign, capsys: pytest.CaptureFixture[str]
) -> None:
    def swap(body: dict[str, object]) -> None:
        institutions = body["data"]["institutions"]  # type: ignore[index]
        mine = next(one for one in institutions if one["id"] == "bank-a")
        theirs = next(one for one in institutions if one["id"] == "bank-b")
        mine["keys"], theirs["keys"] = theirs["keys"], mine["keys"]

    assert sign("bank-a", changed(base / "proposal.json", swap), base / "signed.json") == 1
    assert "does not hold the request of bank-a" in capsys.readouterr().err
    assert not (base / "signed.json").exists()


def test_who_is_not_in_the_proposal_does_not_sign_it(base: Path, sign: Sign, secret: Path) -> None:
    init(base / "bank-c", "bank-c", "bank", secret)
    assert sign("bank-c", base / "proposal.json", base / "signed.json") == 1


def test_nobody_signs_twice(base: Path, sign: Sign, capsys: pytest.CaptureFixture[str]) -> None:
    assert sign("bank-a", base / "proposal.json", base / "once.json") == 0
    assert sign("bank-a", base / "once.json", base / "twice.json") == 1
    assert "still missing: bank-b, hz-registry, hz-tax" in capsys.readouterr().err


def test_a_genesis_changed_after_it_was_signed_is_not_joined(
    base: Path, sign: Sign, capsys: pytest.CaptureFixture[str]
) -> None:
    def weaken(body: dict[str, object]) -> None:
        body["data"]["policy"]["holidays"] = ["2027-01-01"]  # type: ignore[index]

    assert join(base / "bank-a", changed(all_sign(base, sign), weaken)) == 1
    assert "bad-signature" in capsys.readouterr().err
    assert not (base / "bank-a" / "genesis.json").exists()


def test_a_proposal_that_lay_too_long_is_not_signed(
    base: Path, sign: Sign, capsys: pytest.CaptureFixture[str]
) -> None:
    def age(body: dict[str, object]) -> None:
        body["not_after"] = 1_795_305_600_000 - 10**12

    assert sign("bank-a", changed(base / "proposal.json", age), base / "signed.json") == 1
    assert "propose again" in capsys.readouterr().err


def test_three_voters_are_too_few_and_the_last_signature_says_so(
    tmp_path: Path, secret: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    three = list(FOUNDERS.items())[:3]
    homes = {name: init(tmp_path / name, name, role, secret) for name, role in three}
    file = tmp_path / "proposal.json"
    requests = [str(home / "request.json") for home in homes.values()]
    assert here("node", "propose", "--net", NET, "--out", str(file), *requests) == 0
    results = []
    for name, home in homes.items():
        out = tmp_path / f"by-{name}.json"
        signing = ["--home", str(home), "--passphrase-file", str(secret), "--out", str(out)]
        results.append(here("node", "sign-genesis", *signing, str(file)))
        file = out
    assert results == [0, 0, 1]
    assert "the genesis is not valid" in capsys.readouterr().err


def test_another_city_is_founded_with_its_own_counties_and_places(made: Path, tmp_path: Path) -> None:
    requests = [str(made / name / "request.json") for name in FOUNDERS]
    out = tmp_path / "p.json"
    ours = (
        "--county",
        "330106",
        "--county",
        "330108",
        "--province",
        "浙",
        "--place",
        "杭州市",
        "--place",
        "西湖区",
    )
    assert here("node", "propose", "--net", NET, "--out", str(out), *ours, *requests) == 0
    policy = json.loads(out.read_bytes())["data"]["policy"]
    assert {name: value for name, value in policy.items() if name not in AS_EVERYWHERE} == {
        "districts": ["330106", "330108"],
        "certificate_prefix": "浙",
        "certificate_place": "杭州市",
        "counties": ["330106", "330108"],
        "known_provinces": ["浙"],
        "known_places": ["杭州市", "西湖区"],
    }


AS_EVERYWHERE = {"version", "governance_quorum", "witness_quorum", "witnesses", "rule_set"}


@pytest.mark.parametrize(
    ("where", "code"),
    [
        (("--county", "330106"), 2),
        (("--province", "浙", "--place", "杭州市"), 2),
        (("--county", "33010", "--province", "浙", "--place", "杭州市"), 1),
        (("--county", "330106", "--province", "浙", "--place", "杭" * 33), 1),
    ],
)
def test_places_that_no_policy_may_name_are_not_proposed(
    made: Path, tmp_path: Path, where: tuple[str, ...], code: int
) -> None:
    requests = [str(made / name / "request.json") for name in FOUNDERS]
    assert here("node", "propose", "--net", NET, "--out", str(tmp_path / "p.json"), *where, *requests) == code
    assert not (tmp_path / "p.json").exists()


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b'{"body":{},"sigs":[]}', b"not json"])
def test_what_is_no_proposal_is_refused(base: Path, sign: Sign, raw: bytes) -> None:
    (base / "other.json").write_bytes(raw)
    assert sign("bank-a", base / "other.json", base / "signed.json") == 1


def test_an_event_that_is_no_genesis_is_refused(base: Path, sign: Sign) -> None:
    def other(body: dict[str, object]) -> None:
        body["type"] = "policy.set"

    assert sign("bank-a", changed(base / "proposal.json", other), base / "signed.json") == 1


def test_nothing_is_written_over(base: Path, sign: Sign) -> None:
    (base / "there.json").write_text("kept")
    assert sign("bank-a", base / "proposal.json", base / "there.json") == 1
    assert (base / "there.json").read_text() == "kept"


def test_a_proposal_tells_who_has_signed(base: Path, sign: Sign) -> None:
    assert sign("bank-a", base / "proposal.json", base / "once.json") == 0
    lines = str(founding.read((base / "once.json").read_bytes())).splitlines()
    assert [line[0] for line in lines] == ["+", "-", "-", "-"]
    assert [line.split()[1] for line in lines] == ["bank-a", "bank-b", "hz-registry", "hz-tax"]
