"""`--engine cometbft` on a machine with no CometBFT, with another version of it, and with the right one."""

import json
from pathlib import Path
from typing import get_args

import pytest
import requests

from dengbu.nodes.home.config import Engine
from dengbu.scripts.bench.report import ORDER_AIMS
from dengbu.scripts.net.devnet import Devnet
from dengbu.scripts.net.engines import ENGINES, INSTALL, VARIABLE, cometbft
from tests.scripts.command import dengbu
from tests.scripts.engine_tests import EVERY_ENGINE, needs_cometbft
from tests.waiting import WAIT_S_MAX

COMMANDS = (("net", "up"), ("demo",), ("bench",))


def test_an_engine_that_nodes_know_can_be_started_and_is_tested() -> None:
    tested = [one if isinstance(one, str) else one.values[0] for one in EVERY_ENGINE]
    assert list(get_args(Engine)) == list(ENGINES) == list(ORDER_AIMS) == tested


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_without_the_program_it_says_how_to_install_it(tmp_path: Path, command: tuple[str, ...]) -> None:
    done = dengbu(
        *command, "--engine", "cometbft", home=tmp_path, environ={"DENGBU_COMETBFT": str(tmp_path / "none")}
    )
    assert done.returncode == 2
    assert INSTALL in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.rglob("net.json"))


def test_another_version_is_not_used(tmp_path: Path) -> None:
    other = tmp_path / "cometbft"
    other.write_text("#!/bin/sh\necho 0.38.17\n")
    other.chmod(0o700)
    done = dengbu("net", "up", "--engine", "cometbft", home=tmp_path, environ={"DENGBU_COMETBFT": str(other)})
    assert done.returncode == 2
    assert "0.38.17" in done.stderr
    assert INSTALL in done.stderr


@needs_cometbft
def test_up_status_logs_and_down(tmp_path_factory: pytest.TempPathFactory) -> None:
    tmp_path = tmp_path_factory.mktemp("up")  # a socket's path may have at most 107 bytes
    environ = {"XDG_STATE_HOME": str(tmp_path / "state")}
    directory = tmp_path / "state" / "dengbu" / "net"
    up = dengbu("net", "up", "--engine", "cometbft", "--json", home=tmp_path, environ=_with_engine(environ))
    assert up.returncode == 0, up.stderr
    made = Devnet.load(directory)
    try:
        assert all(member.complete for member in made.members.values())
        status = dengbu("net", "status", "--json", home=tmp_path, environ=environ)
        shown = json.loads(status.stdout)
        assert shown["agree"] is True
        assert [node["ready"] for node in shown["nodes"]] == [True] * 4
        logs = dengbu("net", "logs", "hz-tax", "--engine", home=tmp_path, environ=environ)
        assert "Started node" in logs.stdout
        asked = requests.get(f"http://{made.member('hz-tax').rpc}/net_info", timeout=WAIT_S_MAX).json()
        assert asked["result"]["n_peers"] == "3"
    finally:
        down = dengbu("net", "down", "--remove", "--json", home=tmp_path, environ=environ)
    assert down.returncode == 0, down.stderr
    assert not any(member.complete for member in made.members.values())
    assert not directory.exists()


def _with_engine(environ: dict[str, str]) -> dict[str, str]:
    return {**environ, VARIABLE: str(cometbft())}
