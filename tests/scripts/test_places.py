"""`dengbu` in other places: terminals and file systems of GBK, GB18030 or C, folders with blanks and Chinese in their names."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dengbu.api.client import new_key
from tests.ledger.small_log import POLICY, SmallLog
from tests.scripts.command import ROOT
from tests.waiting import WAIT_S_MAX

STORY_S_MAX = 3 * WAIT_S_MAX  # the whole story, on a busy machine

CHARMAPS = ("GBK", "GB18030")
LOCALES = ("C", *(f"zh_CN.{charmap}" for charmap in CHARMAPS))
ENCODING = {"C": "utf-8"} | {f"zh_CN.{charmap}": charmap.lower() for charmap in CHARMAPS}


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of locales that this machine need not have installed."""
    folder = tmp_path_factory.mktemp("locales")
    for charmap in CHARMAPS:
        command = ["localedef", "-i", "zh_CN", "-f", charmap, str(folder / f"zh_CN.{charmap}")]
        try:
            done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
        except FileNotFoundError:
            pytest.skip("no localedef here: locales of Chinese encodings cannot be made")
        if not (folder / f"zh_CN.{charmap}").exists():
            pytest.skip(f"localedef has no source of zh_CN.{charmap}: {done.stderr[:200]}")
    return folder


class Terminal:
    """A person at a terminal of some encoding, in a folder with a blank and Chinese in its name."""

    def __init__(self, locale: str, locales: Path, place: Path) -> None:
        self.encoding = ENCODING[locale]
        self.variables = {
            name: value for name, value in os.environ.items() if not name.startswith(("DENGBU_", "LC_"))
        }
        self.variables |= {
            "LC_ALL": locale,
            "LOCPATH": str(locales),
            "PYTHONPATH": str(ROOT),
            "HOME": str(place),
        }
        self.place = os.fsencode(place) + b"/" + "我的 档案".encode(self.encoding)
        os.mkdir(self.place)

    def file(self, name: str, raw: bytes) -> str:
        """Put a file there; its name."""
        with open(self.place + b"/" + name.encode(self.encoding), "xb") as file:
            file.write(raw)
        return name

    def dengbu(self, *arguments: str, stdin: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
        """Type a command: its words in the terminal's own encoding."""
        words = [one.encode(self.encoding) for one in arguments]
        return subprocess.run(
            [sys.executable, "-m", "dengbu.scripts", *words],
            input=stdin,
            capture_output=True,
            cwd=self.place,
            env=self.variables,
            timeout=STORY_S_MAX,
            check=False,
        )


@pytest.fixture(params=LOCALES)
def terminal(request: pytest.FixtureRequest, made: Path, tmp_path: Path) -> Terminal:
    return Terminal(request.param, made, tmp_path)


def test_the_locale_is_the_one_that_is_asked_for(terminal: Terminal) -> None:
    asked = subprocess.run(
        [sys.executable, "-c", "import sys; print(sys.getfilesystemencoding())"],
        capture_output=True,
        encoding="ascii",
        env=terminal.variables,
        check=True,
    )
    assert asked.stdout.strip() == terminal.encoding


def test_help_is_readable(terminal: Terminal) -> None:
    done = terminal.dengbu("--help")
    assert done.returncode == 0
    assert "登簿" in done.stdout.decode(terminal.encoding)


def test_a_receipt_of_a_chinese_name_is_verified(terminal: Terminal) -> None:
    receipt = terminal.file("抵押 回执.tlog-proof", SmallLog(7).receipt(4))
    policy = terminal.file("会签规则.txt", POLICY.encode())
    done = terminal.dengbu("receipt", "verify", receipt, "--policy", policy)
    assert done.returncode == 0, done.stderr
    assert "核验通过" in done.stdout.decode(terminal.encoding)


def test_json_is_utf_8_for_whoever_reads_it(terminal: Terminal) -> None:
    receipt = terminal.file("回执.tlog-proof", SmallLog(7).receipt(4))
    policy = terminal.file("会签规则.txt", POLICY.encode())
    done = terminal.dengbu("receipt", "verify", receipt, "--policy", policy, "--json")
    assert json.loads(done.stdout.decode("utf-8"))["verified"] is True
    failed = terminal.dengbu("receipt", "verify", "没有", "--policy", policy, "--json")
    assert "没有" in json.loads(failed.stdout.decode("utf-8"))["error"]["message"]


def test_a_file_of_json_is_utf_8_and_another_is_refused_with_a_clear_error(terminal: Terminal) -> None:
    new_key(Path(os.fsdecode(terminal.place)) / "outlet.key")
    there = ("--url", "http://127.0.0.1:1", "--key", "outlet.key")
    asked = json.dumps(
        {"district": "441302", "channel": "outlet", "acts": [{"scope": "主债权"}]}, ensure_ascii=False
    )
    good, bad = terminal.file("申请.json", asked.encode()), terminal.file("旧 申请.json", asked.encode("gbk"))
    assert terminal.dengbu("case", "apply", good, *there).returncode == 4
    assert terminal.dengbu("case", "apply", "-", *there, stdin=asked.encode()).returncode == 4
    done = terminal.dengbu("case", "apply", bad, *there)
    assert done.returncode == 1
    assert "不是 JSON" in done.stderr.decode(terminal.encoding)
    assert b"Traceback" not in done.stderr


def test_a_character_that_the_terminal_lacks_ends_nothing(terminal: Terminal) -> None:
    done = terminal.dengbu("doctor")
    assert done.returncode in (0, 1)
    assert b"Traceback" not in done.stderr
    assert "python" in done.stdout.decode(terminal.encoding)


def test_the_whole_story_is_told_at_a_terminal_of_gbk(made: Path, tmp_path: Path) -> None:
    terminal = Terminal("zh_CN.GBK", made, tmp_path)
    done = terminal.dengbu("demo", "--units", "20")
    assert done.returncode == 0, done.stderr.decode(terminal.encoding, errors="replace")
    assert "全部完成" in done.stderr.decode(terminal.encoding)
