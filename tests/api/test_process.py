"""`dengbu node run` as a process: ready line, requests over a socket, a clean end on SIGTERM, clear errors."""

import json
import secrets
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import requests

from dengbu.api.client import Client
from dengbu.api.serving import DESCRIPTORS
from dengbu.ledger.log.keys import Signer
from dengbu.nodes.founding.addresses import free_ports
from dengbu.nodes.founding.genesis import Address, found, init
from dengbu.nodes.home.config import Endpoint
from tests.api.town import HOST, KDF, NET, PASSPHRASE
from tests.waiting import WAIT_S_MAX


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home of a registry that is a network by itself."""
    place = tmp_path / "hz-registry"
    keystore, _ = init(place, ("hz-registry", "registry", "测试登记", "Test registry"), PASSPHRASE, **KDF)
    address = Address(*(Endpoint(HOST, port) for port in free_ports(2)))
    found({place: keystore}, NET, {"hz-registry": address})
    (tmp_path / "passphrase").write_bytes(PASSPHRASE + b"\n")
    return place


def _command(home: Path, *more: str) -> list[str]:
    secret = str(home.parent / "passphrase")
    return [
        sys.executable,
        "-m",
        "dengbu.scripts",
        "node",
        "run",
        "--home",
        str(home),
        "--passphrase-file",
        secret,
        *more,
    ]


def _client_key(home: Path) -> Signer:
    signer = Signer(secrets.token_bytes(32))
    row = {"key": signer.key_id, "public": signer.public.hex(), "officer": "o-1", "office": "c-1"}
    (home / "clients.json").write_text(json.dumps([{**row, "scopes": ["officer", "auditor"]}]))
    return signer


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_when_it_is_ready_serves_and_ends_cleanly(home: Path, number: signal.Signals) -> None:
    signer, ready_file = _client_key(home), home.parent / "ready.json"
    process = subprocess.Popen(
        _command(home, "--ready-file", str(ready_file)), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert ready["ready"] is True
        assert json.loads(ready_file.read_bytes()) == ready
        with Client(ready["api"], key=signer, policy=home / "policy.txt") as client:
            assert [each.id for each in client.institutions.list()] == ["hz-registry"]
            assert client.receipts.get(0).type == "network.genesis"
            assert client.log.checkpoint().size == 1
        answer = requests.get(ready["api"] + "/healthz", timeout=WAIT_S_MAX)
        assert answer.text == "ok\n"
        assert "Server" not in answer.headers
        stream = requests.get(ready["api"] + "/v1/events", timeout=WAIT_S_MAX)
        assert stream.status_code == 401
        process.send_signal(number)
        _, errors = process.communicate(timeout=WAIT_S_MAX)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, errors.decode()
    lines = [json.loads(line) for line in errors.splitlines()]
    assert {"http.request", "node.stopped"} <= {line["event"] for line in lines}


MOST = psutil.Process().rlimit(psutil.RLIMIT_NOFILE)[1]


@pytest.mark.parametrize("hard", [4096, MOST])
def test_more_connections_than_the_systems_first_limit_are_answered(home: Path, hard: int) -> None:
    """A shell's first limit here is 256 open files; 400 idle connections leave room for one more request."""
    line = f'ulimit -Sn 256 && ulimit -Hn {hard} && exec "$@"'
    process = subprocess.Popen(["sh", "-c", line, "sh", *_command(home)], stdout=subprocess.PIPE)
    idle: list[socket.socket] = []
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert psutil.Process(process.pid).rlimit(psutil.RLIMIT_NOFILE) == (min(DESCRIPTORS, hard), hard)
        port = int(ready["api"].rpartition(":")[2])
        for _ in range(400):
            idle.append(socket.create_connection((HOST, port), timeout=WAIT_S_MAX))
        assert requests.get(ready["api"] + "/healthz", timeout=WAIT_S_MAX).text == "ok\n"
    finally:
        for one in idle:
            one.close()
        process.kill()
        process.wait()


def test_a_wrong_passphrase_or_home_is_said_and_exits_1(home: Path, tmp_path: Path) -> None:
    (home.parent / "passphrase").write_text("wrong\n")
    wrong = subprocess.run(_command(home), capture_output=True, timeout=WAIT_S_MAX, check=False)
    assert wrong.returncode == 1
    assert b"error: " in wrong.stderr
    assert b"Traceback" not in wrong.stderr
    missing = subprocess.run(_command(tmp_path / "no"), capture_output=True, timeout=WAIT_S_MAX, check=False)
    assert missing.returncode == 1
    assert b"Traceback" not in missing.stderr
