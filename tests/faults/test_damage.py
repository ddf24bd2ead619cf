"""One member is damaged: its register edited, its engine's log cut, its disk full, its clock wrong. The others go on."""

import base64
import errno
import json
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from dengbu.ledger.log.keys import SEED_BYTES
from dengbu.nodes.engines.cometbft import files
from dengbu.scripts.net.engines import cometbft
from dengbu.scripts.net.processes import end, spawn, started_at
from tests.faults.scene import FOUNDERS, Scene, Work
from tests.nodes.audit.test_startup import with_operators_hands
from tests.scripts.engine_tests import needs_cometbft
from tests.waiting import until

pytestmark = needs_cometbft
WHO = "bank-b"
DISK_MIB = 96
FILL_BYTES = 2**16


@pytest.mark.parametrize("left", ["nothing", "half", "all but a byte"])
def test_the_engines_write_ahead_log_is_cut(town: Scene, left: str) -> None:
    with Work(town, f"wal-{left.replace(' ', '-')}") as work:
        work.more(2)
        town.net.kill(WHO)
        log = town.net.home(WHO) / files.FOLDER / "data" / "cs.wal" / "wal"
        size = log.stat().st_size
        assert size > 1_000
        os.truncate(log, {"nothing": 0, "half": size // 2, "all but a byte": size - 1}[left])
        town.net.start([WHO])
        work.more(2)
    work.check()


@pytest.mark.parametrize("seconds", [600, -600])
def test_a_nodes_clock_is_ten_minutes_off(town: Scene, seconds: int) -> None:
    """Order and time come from blocks. The node notices that it is off, and does not cosign what it cannot check."""
    net = town.net
    net.stop([WHO])
    town.start_as(WHO, "tests.faults.skewed", str(seconds))
    with Work(town, f"clock{seconds}", ("bank-a",)) as work:
        work.more(6, ("bank-a",))
        until(lambda: not town.checks(WHO)["clock"]["ok"], "it finds out")
        assert town.checks(WHO)["clock"]["value"]["off_s"] in range(seconds - 5, seconds + 6)
        until(lambda: town.checks("hz-tax")["clock"]["value"]["against"], "the others compare as well")
        assert all(town.checks(id)["clock"]["ok"] for id in FOUNDERS if id != WHO)
    work.check()
    entries = town.agree()
    assert len(entries) > 0
    kept = list((net.home(WHO) / "evidence").glob("*-ahead.json"))
    assert len(kept) == (seconds < 0), "to a clock that is behind, the log is ahead: once"
    if seconds < 0:
        assert WHO in town.checks("hz-registry")["away"]["value"], "it alone does not cosign"
    net.stop([WHO])
    for path in kept:
        path.unlink()
    net.start([WHO])
    until(lambda: WHO not in town.checks("hz-registry")["away"]["value"], "it cosigns again")


def test_an_engine_that_is_no_members_is_not_let_in(town: Scene, tmp_path: Path) -> None:
    """The engine has the genesis and knows where all members are, but its key is not on the register."""
    stranger = tmp_path / "stranger"
    files.make_keys(stranger)
    theirs = town.net.home("hz-tax") / files.FOLDER
    (stranger / files.FOLDER / files.GENESIS).write_bytes((theirs / files.GENESIS).read_bytes())
    peers = {node_id(town.net.home(id)): town.net.member(id).p2p for id in FOUNDERS}
    config = files.config("stranger", tmp_path / "none.sock", "127.0.0.1:0", "127.0.0.1:0", peers)
    config = config.replace(f'proxy_app = "unix://{tmp_path / "none.sock"}"', 'proxy_app = "noop"')
    (stranger / files.FOLDER / files.CONFIG).write_text(config)
    log = tmp_path / "stranger.log"
    process = spawn([str(cometbft()), "start", "--home", str(stranger / files.FOLDER)], log)
    mine = node_id(stranger)
    try:
        with Work(town, "stranger") as work:
            until(
                lambda: log.read_text().count("Error dialing peer") >= 4 or _refused(log),
                "it tries, and is refused",
            )
            work.more(2)
            # a link that earlier tests cut comes back by itself, with a growing pause between tries
            until(
                lambda: all(len(_linked(town, id)) >= len(FOUNDERS) - 1 for id in FOUNDERS),
                "all members are linked",
            )
            for id in FOUNDERS:
                assert mine not in _linked(town, id)
                assert len(_linked(town, id)) == len(FOUNDERS) - 1
        work.check()
    finally:
        end([(process.pid, started_at(process.pid) or 0)], 5)
        process.wait()


def _linked(town: Scene, id: str) -> set[str]:
    return {one["node_info"]["id"] for one in town.rpc(id, "net_info")["peers"]}


def _refused(log: Path) -> bool:
    return "EOF" in log.read_text() or "reset" in log.read_text()


def node_id(home: Path) -> str:
    """Return the id by which CometBFTs know the one beside a node; it is made from the link key."""
    pair = json.loads((home / files.FOLDER / files.LINK_KEY).read_text())["priv_key"]["value"]
    return files.address(base64.b64decode(pair)[SEED_BYTES:]).hex()


def test_a_full_disk_stops_one_member_until_there_is_room(town: Scene) -> None:
    net, home = town.net, town.net.home(WHO)
    net.stop([WHO])
    kept = home.with_name("kept")
    shutil.move(home, kept)
    home.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(home)],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        shutil.copytree(kept, home, dirs_exist_ok=True)
        if mounted.returncode:
            pytest.skip(f"no small disk can be made here: {mounted.stderr.strip() or 'mount failed'}")
        net.start([WHO])
        filler = home / "filler"
        with Work(town, "full") as work:
            work.more(2)
            # CometBFT then orders nothing and may stay alive: an operator has to start it again.
            _fill(filler)
            until(lambda: not net.member(WHO).complete or town.trouble(WHO), "it says so, or ends")
            work.more(2, ("bank-a",))
            filler.unlink()
            net.stop([WHO])
            net.start([WHO])
            work.more(2)
        work.check()
    finally:
        net.stop([WHO])
        if not mounted.returncode:
            subprocess.run(["umount", "-l", str(home)], check=True)
        shutil.rmtree(home)
        shutil.move(kept, home)
        # What the node did on the small disk is lost: it comes back from the old copy, and catches up.
        net.start([WHO])


def _fill(path: Path) -> None:
    """Write until there is no room for one more byte."""
    with path.open("wb", buffering=0) as file:
        for size in (FILL_BYTES, 1):
            try:
                while file.write(b"\0" * size):
                    pass
            except OSError as fault:
                if fault.errno != errno.ENOSPC:
                    raise


def test_a_register_edited_under_a_running_node_halts_it_and_it_alone(town: Scene) -> None:
    title = town.town.title()
    town.agree()
    town.net.stop([WHO])
    town.net.start([WHO])  # so that the node must read the row again
    _edit_right(town.net.home(WHO), title["unit"])
    with Work(town, "edited", ("bank-a",)) as work:
        with town.net.client("bank-a") as client:
            case = client.cases.apply(key="on-the-edited", wait=20, **town.town.mortgage(title, "bank-a"))
            assert client.cases.wait(case, timeout=20).state == "entered"
        until(lambda: _is_out(town), "it stops")
        work.more(2, ("bank-a",))
        until(lambda: WHO in town.checks("hz-tax")["away"]["value"], "the others name it")
    work.check(tuple(id for id in FOUNDERS if id != WHO))
    log = town.net.layout.log(WHO).read_text()
    assert "log.contradicted" in log or "cometbft.proposal-rejected" in log


def _is_out(town: Scene) -> bool:
    return not town.net.member(WHO).complete or "账本分歧" in str(town.trouble(WHO))


def _edit_right(home: Path, unit: str) -> None:
    """Do what anyone with the file and SQLite can do: say that a right has ended."""
    with closing(sqlite3.connect(home / "ledger.db", timeout=10)) as database:
        (value,) = database.execute(
            "SELECT value FROM register WHERE tbl = 'right' AND unit = ?", (unit,)
        ).fetchone()
    edited = json.loads(value) | {"status": "ended"}
    said = json.dumps(edited, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    with_operators_hands(
        home,
        f"UPDATE register SET value = '{said}' WHERE tbl = 'right' AND unit = '{unit}'",  # noqa: S608
    )
