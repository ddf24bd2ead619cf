"""A local network comes up whole and goes down without a trace: no process, no port, no file."""

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from dengbu.api.client import ApiError, Client, NotFound, Unavailable, Unreachable, VerificationError
from dengbu.scripts.net import devnet, homes
from dengbu.scripts.net.devnet import Devnet
from dengbu.scripts.net.homes import AUDITOR, OFFICER, SCOPES, SYSTEM, DevnetError
from dengbu.scripts.net.processes import started_at
from tests.pausing import pause, resume
from tests.scripts.command import dengbu
from tests.waiting import until


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Devnet]:
    """One running network for this file; a test that stops a node starts it again."""
    made = Devnet.create(tmp_path_factory.mktemp("net") / "net")
    with made:
        made.start()
        yield made


def refuses_connections(url: str) -> bool:
    parts = urlsplit(url)
    with socket.socket() as probe:
        return probe.connect_ex((str(parts.hostname), int(parts.port or 0))) != 0


def processes_about(directory: Path) -> list[int]:
    """Return the ids of processes whose command line names the directory."""
    return [
        each.pid
        for each in psutil.process_iter(["cmdline"])
        if str(directory) in " ".join(each.info["cmdline"] or ()) and each.pid != os.getpid()
    ]


def _is_founded(client: Client) -> bool:
    try:
        return client.log.checkpoint().size >= 1
    except NotFound:  # the quorum's cosignatures have not come round yet
        return False


def test_four_nodes_are_ready_and_agree(net: Devnet) -> None:
    heads = set()
    for id in net.members:
        with net.client(id) as client:
            assert client.health().ready
            until(lambda client=client: _is_founded(client), f"{id} has the genesis, cosigned")  # type: ignore[misc]
            head = client.log.checkpoint()
            heads.add((head.size, head.root))
    assert len(heads) == 1


def test_net_json_says_what_another_shell_needs(net: Devnet) -> None:
    found = json.loads((net.directory / "net.json").read_text())
    assert [node["role"] for node in found["nodes"]] == ["registry", "tax", "bank", "bank"]
    for node in found["nodes"]:
        assert started_at(node["pid"]) == node["started"]
        assert Path(node["home"]).is_dir()
        keys = [Path(found["clients"][node["id"]][scope]) for scope in SCOPES]
        assert all(key.stat().st_mode & 0o077 == 0 for key in keys)
        assert len({key.read_bytes() for key in keys}) == len(SCOPES)
    assert Path(found["policy"]).read_text().startswith("log ")
    assert Path(found["genesis"]).exists()
    assert (net.directory / "passphrase").stat().st_mode & 0o077 == 0


def test_each_key_has_the_one_scope_that_its_user_needs(net: Devnet) -> None:
    """What only an officer and what only an auditor may see is refused to the other two, at every node."""
    case = "/v1/cases/441302-20260101-000001/private?purpose=review"  # there is none: an officer is told so
    told = {OFFICER: (404, 403), SYSTEM: (403, 403), AUDITOR: (403, 200)}
    for id, member in net.members.items():
        rows = json.loads((net.home(id) / "clients.json").read_text())
        assert [row["scopes"] for row in rows] == [[scope] for scope in SCOPES]
        assert len({row["officer"] for row in rows}) == len(SCOPES), member
        for scope, (private, log) in told.items():
            with net.client(id, scope) as client:
                assert (status(client, case), status(client, "/v1/access-log")) == (private, log), (id, scope)


def status(client: Client, path: str) -> int:
    try:
        client.get(path)
    except ApiError as refusal:
        return refusal.status
    return 200


def test_a_scope_is_picked_after_the_institution_and_an_unknown_one_is_named(
    net: Devnet, tmp_path: Path
) -> None:
    where = ("--net", str(net.directory), "--as")
    log = ("get", "/v1/access-log")
    assert dengbu(*log, *where, "bank-a/auditor", home=tmp_path).returncode == 0
    refused = dengbu(*log, *where, "bank-a", home=tmp_path)
    assert refused.returncode == 1
    assert "auditor" in refused.stdout + refused.stderr
    unknown = dengbu(*log, *where, "bank-a/director", home=tmp_path)
    assert unknown.returncode in (1, 2)
    assert "officer, system, auditor" in unknown.stderr
    assert "Traceback" not in unknown.stderr


def test_status_from_another_shell(net: Devnet, tmp_path: Path) -> None:
    done = dengbu("net", "status", "--net", str(net.directory), "--json", home=tmp_path)
    shown = json.loads(done.stdout)
    assert done.returncode == 0
    assert shown["agree"] is True
    assert [row["ready"] for row in shown["nodes"]] == [True] * 4
    text = dengbu("net", "status", "--net", str(net.directory), home=tmp_path).stdout
    assert text.count("就绪 ready") == 4


def test_a_killed_node_is_seen_and_comes_back_with_the_same_log(net: Devnet, tmp_path: Path) -> None:
    with net.client("bank-b") as client:
        before = client.log.checkpoint()
    assert dengbu("net", "kill", "bank-b", "--net", str(net.directory), home=tmp_path).returncode == 0
    other = Devnet.load(net.directory)
    assert not other.member("bank-b").running
    with other.client("bank-b", timeouts=(1, 1)) as client, pytest.raises(Unreachable):
        client.log.checkpoint()
    assert "已停止 stopped" in dengbu("net", "status", "--net", str(net.directory), home=tmp_path).stdout
    assert dengbu("net", "kill", "bank-b", "--net", str(net.directory), home=tmp_path).returncode == 1
    net.members = other.members
    net.start()
    with net.client("bank-b", head_file=tmp_path / "head") as client:
        assert client.log.checkpoint().size >= before.size


def test_an_unknown_node_is_named_with_those_there_are(net: Devnet, tmp_path: Path) -> None:
    done = dengbu("net", "logs", "bank-z", "--net", str(net.directory), home=tmp_path)
    assert done.returncode == 1
    assert "hz-registry" in done.stderr


def test_logs_are_shown(net: Devnet, tmp_path: Path) -> None:
    done = dengbu("net", "logs", "hz-tax", "-n", "3", "--net", str(net.directory), home=tmp_path)
    assert done.returncode == 0
    assert 1 <= len(done.stdout.splitlines()) <= 3


def test_a_directory_holds_one_network(net: Devnet) -> None:
    with pytest.raises(DevnetError, match="a network is in"):
        Devnet.create(net.directory)


def test_up_and_down_leave_nothing(tmp_path: Path) -> None:
    directory = tmp_path / "state" / "dengbu" / "net"
    environ = {"XDG_STATE_HOME": str(tmp_path / "state")}
    up = dengbu("net", "up", "--banks", "1", "--json", home=tmp_path, environ=environ)
    assert up.returncode == 0, up.stderr
    nodes = json.loads(up.stdout)["nodes"]
    made = Devnet.load(directory)
    try:
        assert all(made.member(node["id"]).running for node in nodes)
        again = dengbu("net", "up", "--json", home=tmp_path, environ=environ)
        assert [node["pid"] for node in json.loads(again.stdout)["nodes"]] == [node["pid"] for node in nodes]
        down = dengbu("net", "down", "--remove", "--json", home=tmp_path, environ=environ)
        assert down.returncode == 0, down.stderr
        assert json.loads(down.stdout) == {
            "stopped": [node["id"] for node in nodes],
            "killed": [],
            "removed": True,
            "left": [],
        }
    finally:
        made.stop()
    assert not directory.exists()
    assert processes_about(directory) == []
    assert all(
        refuses_connections(url) for member in made.members.values() for url in (member.url, member.peer)
    )
    assert dengbu("net", "down", home=tmp_path, environ=environ).returncode == 1


def test_a_network_that_cannot_start_is_taken_down_again(tmp_path: Path) -> None:
    net = Devnet.create(tmp_path / "net", banks=1)
    (net.home("bank-a") / "node.toml").write_text("institution = 7\n")
    net.layout.log("bank-a").write_text("of an earlier start\n" * 3)
    with pytest.raises(DevnetError, match="bank-a") as caught:
        net.start()
    assert "of an earlier start" not in str(caught.value)
    assert "node.toml" in str(caught.value)
    assert processes_about(tmp_path / "net") == []
    assert [member.running for member in net.members.values()] == [False] * 3


def test_a_folder_with_somebodys_files_takes_no_network(tmp_path: Path) -> None:
    place = tmp_path / "mine"
    place.mkdir()
    (place / "thesis.txt").write_text("x")
    for command in (("net", "up"), ("demo", "--keep")):
        done = dengbu(*command, "--net", str(place), home=tmp_path)
        assert done.returncode == 1
        assert f"{place} is not empty (thesis.txt)" in done.stderr
    assert [one.name for one in place.iterdir()] == ["thesis.txt"]
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(DevnetError, match="cannot make a network"):
        Devnet.create(file)
    assert file.read_text() == "x"


def test_only_what_the_network_keeps_is_removed_with_it(tmp_path: Path) -> None:
    net = Devnet.create(tmp_path / "net", banks=1)
    (net.directory / "thesis.txt").write_text("x")
    done = dengbu("net", "down", "--remove", "--net", str(net.directory), home=tmp_path)
    assert done.returncode == 0
    assert "thesis.txt" in done.stdout
    assert [one.name for one in net.directory.iterdir()] == ["thesis.txt"]


def test_a_network_that_cannot_be_made_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(homes, "CHEAP_KDF", ("--kdf-ops", "none"))
    with pytest.raises(DevnetError, match="could not make keys"):
        Devnet.create(tmp_path / "net", banks=1)
    assert list(tmp_path.iterdir()) == []


def test_a_temporary_network_is_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Devnet.create(banks=1) as net:
        assert net.directory.parent == tmp_path
        assert net.directory.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_recycled_process_id_is_not_signalled(tmp_path: Path) -> None:
    net = Devnet.create(tmp_path / "net", banks=1)
    found = json.loads((net.directory / "net.json").read_text())
    mine = started_at(os.getpid())
    assert mine is not None
    for node in found["nodes"]:
        node["pid"], node["started"] = os.getpid(), mine - 1
    (net.directory / "net.json").write_text(json.dumps(found))
    assert Devnet.load(net.directory).stop() == []
    assert dengbu("net", "down", "--net", str(net.directory), home=tmp_path).returncode == 0


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"nodes": [{"id": 1}], "seed": 0}'])
def test_a_damaged_net_json_is_said_to_be_damaged(tmp_path: Path, text: str) -> None:
    (tmp_path / "net.json").write_text(text)
    with pytest.raises(DevnetError, match="damaged"):
        Devnet.load(tmp_path)


@pytest.mark.parametrize("banks", [0, 9, -1])
def test_too_few_or_too_many_banks(tmp_path: Path, banks: int) -> None:
    with pytest.raises(DevnetError, match="banks"):
        Devnet.create(tmp_path / "net", banks=banks)
    assert not (tmp_path / "net").exists()


def test_a_client_with_another_networks_policy_believes_nothing(net: Devnet, tmp_path: Path) -> None:
    other = Devnet.create(tmp_path / "other", banks=1)
    with net.client("bank-a") as client:
        note = client.log.checkpoint().note
    from dengbu.api.client.heads import verify_head
    from dengbu.api.client.receipts import load_policy

    with pytest.raises(VerificationError):
        verify_head(note, load_policy(other.policy_path))


def test_an_event_that_no_quorum_has_cosigned_is_not_said_to_be_done(
    net: Devnet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devnet, "READY_S", 1.0)
    held = [id for id in net.members if id != "hz-registry"]
    seizure = {"unit": "441302001001GB00001F00010001", "document": "(2026)粤1302执1号", "until": "2999-06-30"}
    for id in held:
        pause(net, id)
    try:
        with pytest.raises((DevnetError, Unavailable), match=r"not final within|unavailable"):
            net.court_event("hz-tax", "court.seize", seizure)
    finally:
        for id in held:
            resume(net, id)
