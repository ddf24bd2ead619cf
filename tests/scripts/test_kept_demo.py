"""A kept demo ends with a page by which a newcomer plays every role: each command runs as printed, in its order."""

import json
import os
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import requests

from dengbu.api.client import verify_file
from dengbu.scripts.net.devnet import Devnet
from dengbu.scripts.net.homes import LOOPBACK, SCOPES
from dengbu.scripts.story.afterwards import INDENT
from tests.scripts.command import dengbu
from tests.waiting import WAIT_S_MAX

UNITS = "20"


class Kept:
    """The output of a demo that was kept, in a folder whose name has a blank and Chinese in it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.place = home / "我的 net"
        self.done = dengbu("demo", "--keep", "--units", UNITS, "--net", str(self.place), home=home)
        assert self.done.returncode == 0, self.done.stderr
        self.lines = self.done.stdout.splitlines()
        self.commands = [line.removeprefix(INDENT) for line in self.lines if line.startswith(INDENT)]
        self.net = Devnet.load(self.place)

    def told(self, label: str) -> str:
        """What the page says after a label."""
        found = [re.match(rf"  \S+ {label} +(.*)", line) for line in self.lines]
        (line,) = [one[1] for one in found if one and not one[1].endswith(":")]
        return str(line)

    def command(self, *words: str) -> str:
        """The one printed command that has these words in this order."""
        order = re.compile(".*".join(map(re.escape, words)))
        (line,) = [line for line in self.commands if order.search(" ".join(shlex.split(line)))]
        return line

    def run(self, line: str) -> "subprocess.CompletedProcess[str]":
        """Give a line to a shell, as a person does who copies it."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DENGBU_", "XDG_"))}
        environ = {**kept, "HOME": str(self.home)}
        return subprocess.run(
            ["sh", "-c", line],
            capture_output=True,
            text=True,
            cwd=self.home,
            env=environ,
            timeout=WAIT_S_MAX,
            check=False,
        )


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    made = Kept(tmp_path_factory.mktemp("kept"))
    yield made
    if made.place.exists():
        made.net.stop()


def test_what_the_page_names_is_there(kept: Kept) -> None:
    assert kept.told("network") == str(kept.place)
    assert verify_file(Path(kept.told("receipts")) / "mortgage.tlog-proof", kept.told("policy"))
    keys = {path.name for path in Path(kept.told("client keys")).iterdir()}
    assert keys == {f"{id}.{scope}.key" for id in kept.net.members for scope in SCOPES}
    for member in kept.net.members.values():
        assert member.running
        assert member.name_zh in requests.get(member.url, timeout=WAIT_S_MAX).text


def test_a_newcomer_plays_every_role_by_the_printed_commands_alone(kept: Kept) -> None:
    asked = kept.commands
    assert len(asked) == len(set(asked)) >= 20
    said: dict[str, str] = {}

    def play(upto: str) -> None:
        """Run the commands in their order, from where it stopped, up to the one with these words."""
        last = kept.command(*upto.split())
        for line in asked[len(said) : asked.index(last) + 1]:
            done = kept.run(line)
            assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
            said[line] = done.stdout

    def told_by(*words: str) -> str:
        return said[kept.command(*words)]

    _at_the_bank(kept, play, told_by)
    _at_the_bureau_and_the_registry(kept, play, told_by)
    play("get /v1/access-log")
    for receipt in ("mortgage", "sale"):
        assert "核验通过 verified" in told_by(
            "receipt", "verify", f"{kept.place}/receipts/{receipt}.tlog-proof"
        )
    rows = json.loads(told_by("get", "/v1/access-log"))["items"]
    assert rows, "the auditor's command shows nobody"
    assert "涉税 deal          DECLARED" in told_by("case", "apply", "sale.json")
    play("net down --remove")
    assert "已停止 stopped: hz-registry" in said[asked[-3]]
    assert not kept.place.exists()
    left = [one for one in psutil.process_iter(["cmdline"]) if str(kept.place) in (one.info["cmdline"] or ())]
    assert left == []


def _at_the_bank(kept: Kept, play: Callable[[str], None], told_by: Callable[..., str]) -> None:
    """A mortgage is tried and made; what the ledger then holds is what the commands said."""
    play("unit show --as bank-b")
    certificate = json.loads(told_by("get", "/v1/certificates/", "--as bank-a"))
    assert "可秒批" in told_by("case", "check")
    assert re.search(
        "已受理|已登簿", told_by("case", "apply", "mortgage.json")
    )  # the desk may be the faster one
    assert "flags only" in told_by("unit", "show", kept.told("mortgaged"), "--as bank-b")
    with kept.net.client("bank-a") as bank:
        assert bank.cases.wait(bank.cases.list(mine=True).__next__(), timeout=WAIT_S_MAX).state == "entered"
        assert bank.units.get(certificate["unit"]).flags["mortgaged"] is True


def _at_the_bureau_and_the_registry(
    kept: Kept, play: Callable[[str], None], told_by: Callable[..., str]
) -> None:
    """The sale waits for its tax, is cleared and entered."""
    number = kept.command("tax", "assess").split()[3]
    with kept.net.client("hz-registry") as registry:
        assert registry.cases.get(number).state == "accepted"
        play("tax clear")
        assert number in told_by("tax", "list")
        assert registry.tax.deal(number).state == "CLEARED"
        play("receipt get")
        assert registry.cases.get(number).state == "entered"
    assert "抵押 mortgage  1 " in told_by("unit", "show", kept.told("mortgaged"), "--as hz-registry")
    assert "case.enter" in told_by("unit", "history", kept.told("sold"))


@pytest.mark.parametrize("option", [("--net", "somewhere"), ("--open",)], ids=" ".join)
def test_what_only_a_kept_network_can_use_is_refused_without_it(
    tmp_path: Path, option: tuple[str, ...]
) -> None:
    done = dengbu("demo", *option, home=tmp_path)
    assert done.returncode == 2
    assert "--keep" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_network_that_is_there_is_kept_and_the_message_says_how_to_go_on(tmp_path: Path) -> None:
    place = tmp_path / "net"
    Devnet.create(place)  # down, as after a restart of the machine
    done = dengbu("demo", "--keep", "--net", str(place), home=tmp_path)
    assert done.returncode == 1
    assert f"net up --net {place}" in done.stderr
    assert f"net down --remove --net {place}" in done.stderr
    assert (place / "net.json").exists()
    assert dengbu("net", "status", "--net", str(place), home=tmp_path).returncode == 4
    asked = dengbu("unit", "show", "1", "--as", "bank-a", "--net", str(place), home=tmp_path)
    assert asked.returncode == 4
    assert f"net up --net {place}" in asked.stderr
    assert dengbu("net", "down", "--remove", "--net", str(place), home=tmp_path).returncode == 0
    assert not place.exists()


def test_ports_are_counted_from_a_base_and_a_busy_one_is_one_clear_line(tmp_path: Path) -> None:
    base = 20_000 + os.getpid() % 20_000
    net = Devnet.create(tmp_path / "first", port_base=base)
    assert [one for member in net.members.values() for one in member.places] == [
        f"{LOOPBACK}:{base + n}" for n in range(2 * len(net.members))
    ]
    with net:
        net.start()
        net.admit_court("hz-court")
        assert net.url("hz-court") == f"http://{LOOPBACK}:{base + 8}"
        other = tmp_path / "second"
        done = dengbu("net", "up", "--port-base", str(base), "--net", str(other), home=tmp_path)
    assert done.returncode == 1
    assert f"error: 端口被占用 {LOOPBACK}:{base} is in use" in done.stderr
    assert len(done.stderr.splitlines()) <= 2
    assert not (other / "net.json").exists()


def test_a_network_stays_as_it_was_made(tmp_path: Path) -> None:
    place = tmp_path / "net"
    Devnet.create(place, banks=1)
    done = dengbu("net", "up", "--banks", "3", "--net", str(place), home=tmp_path)
    assert done.returncode == 1
    assert f"net up --net {place}" in done.stderr
    assert list(Devnet.load(place).members) == ["hz-registry", "hz-tax", "bank-a"]
