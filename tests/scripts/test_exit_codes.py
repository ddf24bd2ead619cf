"""The table of exit codes, row by row, with real processes."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from dengbu.api.client import new_key
from tests.api.client.scripted import Reply, problem, says, scripted
from tests.ledger.small_log import COSIGNERS, POLICY, SmallLog
from tests.scripts.command import ROOT, dengbu
from tests.waiting import WAIT_S_MAX, until

LOG = SmallLog(7)
CASE, KEY = "441302-20261122-000001", "outlet.key"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory with a client key, a policy, an honest receipt and tampered ones."""
    new_key(tmp_path / KEY)
    (tmp_path / "policy.txt").write_text(POLICY)
    (tmp_path / "good.tlog-proof").write_bytes(LOG.receipt(4))
    (tmp_path / "refused.tlog-proof").write_bytes(LOG.receipt(2))
    (tmp_path / "bad.tlog-proof").write_bytes(LOG.receipt(4).replace(b"\nindex 4\n", b"\nindex 3\n"))
    (tmp_path / "two.tlog-proof").write_bytes(LOG.receipt(4).replace(LOG.note(), LOG.note(COSIGNERS[:2])))
    return tmp_path


def dead_url() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@pytest.mark.parametrize(
    ("file", "code", "said"),
    [
        ("good.tlog-proof", 0, "核验通过 verified: 第 4 条"),
        ("refused.tlog-proof", 0, "不予办理 refused"),
        ("bad.tlog-proof", 3, "error:"),
        ("two.tlog-proof", 3, "quorum"),
        ("policy.txt", 3, "error:"),
        ("missing", 1, "无法读取"),
    ],
)
def test_receipt_verify(place: Path, file: str, code: int, said: str) -> None:
    done = dengbu("receipt", "verify", file, "--policy", "policy.txt", home=place)
    assert (done.returncode, said in done.stdout + done.stderr) == (code, True), done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("log", "head"),
        ("receipt", "get", "4"),
        ("certificate", "verify", "x"),
        ("receipt", "verify", "good.tlog-proof"),
    ],
    ids=" ".join,
)
def test_without_a_policy_nothing_has_failed_verification(place: Path, command: tuple[str, ...]) -> None:
    with scripted() as node:
        node.on("GET /v1/checkpoint", Reply(200, LOG.note()))
        where = () if command[:2] == ("receipt", "verify") else ("--url", node.url)
        done = dengbu(*command, *where, home=place)
    assert done.returncode == 2, done.stderr
    assert "give --policy" in done.stderr
    assert "no-policy" not in done.stderr


def test_a_verified_receipt_is_readable_facts_in_json(place: Path) -> None:
    done = dengbu("receipt", "verify", "good.tlog-proof", "--policy", "policy.txt", "--json", home=place)
    facts = json.loads(done.stdout)
    assert facts["verified"] is True
    assert (facts["index"], facts["outcome"], facts["case"]) == (4, "accepted", "441302-20261122-000004")
    assert len(facts["cosigners"]) == 3


def test_a_failure_with_json_is_one_object(place: Path) -> None:
    done = dengbu("receipt", "verify", "bad.tlog-proof", "--policy", "policy.txt", "--json", home=place)
    said = json.loads(done.stdout)
    assert (done.returncode, said["exit"]) == (3, 3)
    assert said["error"]["code"]
    assert said["error"]["message"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("receipt", "verify", "good.tlog-proof"),
        ("receipt", "verify"),
        ("case", "list"),
        ("case", "list", "--state", "lost", "--url", "http://127.0.0.1:1"),
        ("tax", "assess", "441302-20261122-000001", "deed", "--url", "http://127.0.0.1:1"),
        ("get", "v1/checkpoint", "--url", "http://127.0.0.1:1"),
        ("nonsense",),
        ("case", "list", "--url", "http://127.0.0.1:1", "--lang", "fr"),
    ],
)
def test_wrong_usage_is_2(place: Path, arguments: tuple[str, ...]) -> None:
    done = dengbu(*arguments, home=place)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("error: ")


def test_an_unreachable_node_is_4(place: Path) -> None:
    done = dengbu("case", "list", "--url", dead_url(), home=place)
    assert done.returncode == 4
    assert "cannot reach" in done.stderr
    assert "hint: " in done.stderr


def test_a_silent_node_is_4(place: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        done = dengbu("case", "list", "--url", url, "--timeout", "0.3", home=place)
    assert done.returncode == 4, done.stderr


def test_a_refusal_is_5_with_every_reason(place: Path) -> None:
    reasons = [
        {
            "code": 5001,
            "name": "tax-not-cleared",
            "law": ["DTL-11"],
            "title_zh": "税款未结清",
            "title_en": "Tax is due",
        },
        {
            "code": 3001,
            "name": "unit-seized",
            "law": ["IR-29"],
            "title_zh": "单元被查封",
            "title_en": "Seized",
            "at": {"act": 2},
        },
    ]
    with scripted() as node:
        node.on(
            "POST /v1/cases/441302-20261122-000001/review", problem(422, "tax-not-cleared", reasons=reasons)
        )
        asked = ("case", "review", CASE, "--url", node.url, "--key", KEY)
        done = dengbu(*asked, home=place)
        again = dengbu(*asked, "--json", home=place)
    assert done.returncode == 5
    for part in ("5001", "tax-not-cleared", "DTL-11", "税款未结清", "3001", "IR-29] 第 2 项登记行为 act 2"):
        assert part in done.stderr
    assert json.loads(again.stdout)["error"]["problem"]["reasons"] == reasons


@pytest.mark.parametrize(
    ("asked", "arguments"),
    [
        (f"/v1/cases/{CASE}/review", ("case", "review", CASE)),
        (f"/v1/cases/{CASE}/tax/refund", ("tax", "refund", CASE)),
        (f"/v1/cases/{CASE}/tax/clear", ("tax", "clear", CASE, "--voucher", "deed", "D-1", "payment")),
    ],
)
def test_what_is_not_final_in_time_is_4_and_not_shown_as_done(
    place: Path, asked: str, arguments: tuple[str, ...]
) -> None:
    pending = {"status": "pending", "actor": "hz-tax", "id": "k-1"}
    with scripted() as node:
        # The node shows what it has committed, although no quorum has cosigned it.
        node.on(f"GET /v1/deals/{CASE}", says({"case": CASE, "state": "CLEARED", "version": 1}))
        node.on(f"GET /v1/cases/{CASE}", says({"number": CASE, "state": "entered"}))
        node.on(f"POST {asked}", says(pending, 202))
        node.on("GET /v1/events/hz-tax/k-1", says(pending))
        common = (*arguments, "--id", "k-1", "--url", node.url, "--key", KEY)
        waited = dengbu(*common, "--wait", "0.2", home=place)
        sent = dengbu(*common, "--wait", "0", home=place)
        facts = dengbu(*common, "--wait", "0", "--json", home=place)
    assert waited.returncode == 4
    assert "not final within 0.2 s" in waited.stderr
    assert "k-1" in waited.stderr
    assert (sent.returncode, facts.returncode) == (0, 0)
    assert "等待会签 waiting for the quorum" in sent.stdout
    assert (json.loads(facts.stdout)["state"], json.loads(facts.stdout)["outcome"]["id"]) == (
        "pending",
        "k-1",
    )
    assert "CLEARED" not in waited.stdout + sent.stdout + facts.stdout


@pytest.mark.parametrize(
    ("status", "code", "exit_code"),
    [
        (404, "not-found", 1),
        (403, "forbidden", 1),
        (412, "precondition-failed", 1),
        (429, "too-many-requests", 1),
        (500, "internal", 1),
        (503, "unavailable", 4),
    ],
)
def test_problems(place: Path, status: int, code: str, exit_code: int) -> None:
    with scripted() as node:
        headers = {"Retry-After": "60"} if status in (429, 503) else {}
        node.on("GET /v1/x", problem(status, code, headers=headers))
        done = dengbu("get", "/v1/x", "--url", node.url, home=place)
    assert done.returncode == exit_code
    assert code in done.stderr


def test_a_request_of_the_wrong_form_says_where(place: Path) -> None:
    errors = [
        {"in": "body", "pointer": "#/acts/0/kind", "detail": "Invalid enum value 'biggest'"},
        {"in": "body", "pointer": "#/acts/1/holders/0/share", "detail": "not a share"},
    ]
    with scripted() as node:
        node.on("GET /v1/x", problem(422, "invalid-request", errors=errors))
        done = dengbu("get", "/v1/x", "--url", node.url, home=place)
    assert done.returncode == 1
    assert "  位置 at #/acts/0/kind: Invalid enum value 'biggest'\n" in done.stderr
    assert "  位置 at #/acts/1/holders/0/share: not a share\n" in done.stderr


def test_no_hint_repeats_what_the_message_says(place: Path) -> None:
    """A problem without a detail of its own gives its advice as detail, too."""
    advice = "核对编号；您的机构无权查看的内容同样显示为未找到。"
    with scripted() as node:
        node.on("GET /v1/x", problem(404, "not-found", detail=advice, action=advice))
        node.on("GET /v1/y", problem(404, "not-found", detail="没有此案件", action=advice))
        same = dengbu("get", "/v1/x", "--url", node.url, home=place)
        other = dengbu("get", "/v1/y", "--url", node.url, home=place)
    assert same.stderr.count(advice) == 1
    assert f"hint: {advice}\n" in other.stderr


def test_a_blocked_request_says_what_the_own_checks_found(place: Path) -> None:
    problems = [
        {"code": "name", "where": "#/private/0", "detail_zh": "姓名不符", "detail_en": "the name differs"},
        {
            "code": "share",
            "where": "441302001001GB00001F00010001",
            "detail_zh": "份额不符",
            "detail_en": "shares",
        },
    ]
    with scripted() as node:
        node.on(f"POST /v1/cases/{CASE}/review", problem(409, "blocked", problems=problems))
        done = dengbu("case", "review", CASE, "--url", node.url, "--key", KEY, home=place)
    assert done.returncode == 1, done.stderr
    assert "  位置 at #/private/0: 姓名不符 the name differs\n" in done.stderr
    assert "  位置 at 441302001001GB00001F00010001: 份额不符 shares\n" in done.stderr


def test_an_own_policy_that_is_none_is_1_and_no_evidence(place: Path) -> None:
    (place / "own.txt").write_text("quorum none\n")
    done = dengbu("receipt", "verify", "good.tlog-proof", "--policy", "own.txt", home=place)
    assert done.returncode == 1, done.stderr
    assert "own.txt is not a policy" in done.stderr
    assert "hint: 请向本机构索取 policy.txt" in done.stderr
    assert "evidence" not in done.stderr


@pytest.mark.parametrize("url", ["nourl", "ftp://a", "http://[::1", "http://a:99999", ""])
def test_what_is_no_url_is_2(place: Path, url: str) -> None:
    done = dengbu("case", "list", "--url", url, home=place)
    assert done.returncode == 2, done.stderr
    assert f"not the URL of a node: {url!r}" in done.stderr


def test_what_is_no_url_in_a_setting_is_2(place: Path) -> None:
    done = dengbu("doctor", home=place, environ={"DENGBU_URL": "nourl"})
    assert done.returncode == 2, done.stderr
    assert "not the URL of a node: 'nourl'" in done.stderr


@pytest.mark.parametrize("net", ["policy.txt", "policy.txt/below", "/proc/nope"])
@pytest.mark.parametrize("words", [("net", "up"), ("net", "status"), ("demo", "--keep")], ids=" ".join)
def test_where_no_network_can_be_is_1(place: Path, net: str, words: tuple[str, ...]) -> None:
    done = dengbu(*words, "--net", net, home=place)
    assert done.returncode == 1, done.stderr
    assert net in done.stderr
    assert "Traceback" not in done.stderr


def test_a_lying_node_is_3(place: Path) -> None:
    with scripted() as node:
        node.show(LOG)
        node.on("GET /v1/receipts/4", says({"trust": "me"}))
        done = dengbu("receipt", "get", "4", "--url", node.url, "--policy", "policy.txt", home=place)
        assert done.returncode == 3
        assert not (place / "4.tlog-proof").exists()
        assert (
            dengbu("receipt", "get", "5", "--url", node.url, "--policy", "policy.txt", home=place).returncode
            == 0
        )
    assert dengbu("receipt", "verify", "5.tlog-proof", "--policy", "policy.txt", home=place).returncode == 0


def test_an_interrupt_is_130(place: Path) -> None:
    with scripted() as node:
        node.on("GET /v1/events", says({"items": [], "next_after": -1, "head": 0}))
        command = [sys.executable, "-m", "dengbu.scripts", "case", "watch", "--url", node.url]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            until(lambda: node.asked, "it has asked")
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=WAIT_S_MAX)
        finally:
            process.kill()
    assert process.returncode == 130
    assert b"Traceback" not in err


def test_a_closed_pipe_is_no_traceback(place: Path) -> None:
    command = f"{sys.executable} -m dengbu.scripts config show | head -c 1"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, check=False)
    assert b"Traceback" not in done.stderr
    assert b"Exception" not in done.stderr


def test_no_colour_where_nobody_looks_or_wants_it(place: Path) -> None:
    done = dengbu("nonsense", home=place, environ={"NO_COLOR": "1"})
    assert "\x1b" not in done.stderr + done.stdout


def test_a_key_file_that_is_none_is_1_and_names_it(place: Path) -> None:
    (place / "some.key").write_text("{}")
    (place / "some.key").chmod(0o600)
    done = dengbu("keys", "show", "some.key", home=place)
    assert done.returncode == 1
    assert "some.key" in done.stderr


def test_a_key_is_shown_without_its_secret(place: Path) -> None:
    signer = new_key(place / "my.key")
    done = dengbu("keys", "show", "my.key", "--json", home=place)
    assert json.loads(done.stdout) == {"kid": signer.key_id, "public": signer.public.hex()}
    seed = json.loads((place / "my.key").read_text())["seed"]
    assert seed not in done.stdout


NOWHERE = ("--url", "http://127.0.0.1:1", "--key", KEY)


@pytest.mark.parametrize(
    "arguments",
    [
        ("receipt", "verify", "absent", "--policy", "policy.txt"),
        ("receipt", "verify", "good.tlog-proof", "--policy", "absent"),
        ("keys", "show", "absent"),
        ("keys", "sign", "absent", "--home", "home", "--passphrase-file", "pass"),
        ("case", "list", "--url", "http://127.0.0.1:1", "--key", "absent"),
        ("case", "list", "--url", "http://127.0.0.1:1", "--policy", "absent"),
        ("case", "apply", "absent", *NOWHERE),
        ("case", "draft", "absent", "-o", "out", *NOWHERE),
        ("case", "countersign", "absent", "-o", "out", *NOWHERE),
        ("case", "submit", "absent", *NOWHERE),
        ("tax", "assess", "441302-20261122-000001", "deed=due", "--private", "absent", *NOWHERE),
        ("audit", "--home", "absent"),
        ("backup", "--home", "absent", "--to", "copy"),
        ("node", "run", "--home", "absent", "--passphrase-file", "absent"),
        ("node", "engine", "--home", "absent"),
        ("node", "propose", "absent", "--net", "net", "--out", "out"),
        ("net", "status", "--net", "absent"),
        ("restore", "--from", "absent", "--home", "home"),
        ("governance", "propose", "institution.admit", "absent", "-o", "out"),
        ("governance", "sign", "absent", "--home", "home", "--passphrase-file", "pass", "-o", "out"),
        ("governance", "show", "absent", *NOWHERE),
        ("governance", "list", "absent", *NOWHERE),
        ("governance", "submit", "absent", *NOWHERE),
        ("event", "submit", "absent", *NOWHERE),
        ("case", "resume", "441302-20261122-000001", "--private", "absent", *NOWHERE),
        ("search", "--unit", "441302001001GB00001F00010001", "--person", "absent", *NOWHERE),
        ("keys", "admit", "absent", "--home", "home"),
        ("keys", "retire", "0" * 64, "--home", "absent"),
        ("keys", "clients", "--home", "absent"),
        ("keys", "rotate", "event", "--home", "home", "--passphrase-file", "absent", *NOWHERE),
    ],
    ids=" ".join,
)
def test_a_missing_file_is_1_everywhere_and_is_named(place: Path, arguments: tuple[str, ...]) -> None:
    done = dengbu(*arguments, home=place)
    assert done.returncode == 1, done.stderr
    assert "absent" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (
            (
                "tax",
                "clear",
                "441302-20261122-000001",
                "--voucher",
                "deed",
                "344010260000000001",
                "--as",
                "hz-tax",
            ),
            "--voucher",
        ),
        (
            ("case", "refuse", "441302-20261122-000001", "--ground", "REG-22", "--as", "hz-registry"),
            "--ground",
        ),
        (("case", "suspend", "441302-20261122-000001", "--item", "--as", "hz-registry"), "--item"),
        (("case", "list", "--act", "--mine", "--as", "bank-a"), "--act"),
        (("unit", "show", "441302001001GB00001F00010001", "--at", "--as=bank-a"), "--at"),
    ],
    ids=lambda given: given if isinstance(given, str) else None,
)
def test_an_option_never_takes_the_next_one_for_its_value(
    place: Path, arguments: tuple[str, ...], option: str
) -> None:
    done = dengbu(*arguments, home=place)
    assert done.returncode == 2, done.stderr
    assert option in done.stderr or "unexpected extra argument" in done.stderr


def test_a_tax_that_is_given_twice_is_not_assessed(place: Path) -> None:
    done = dengbu("tax", "assess", "441302-20261122-000001", "deed=due", "deed=none", *NOWHERE, home=place)
    assert done.returncode == 2
    assert "deed=due deed=none" in done.stderr


def test_a_voucher_that_is_given_twice_is_not_sent(place: Path) -> None:
    twice = ("--voucher", "deed", "D-1", "payment", "--voucher", "deed", "D-1", "exemption")
    done = dengbu("tax", "clear", CASE, *twice, *NOWHERE, home=place)
    assert done.returncode == 2, done.stderr
    assert "twice: deed D-1" in done.stderr
    other = (
        "--voucher",
        "deed",
        "D-1",
        "part",
        "--voucher",
        "deed",
        "D-2",
        "part",
        "--voucher",
        "iit",
        "D-1",
        "payment",
    )
    assert dengbu("tax", "clear", CASE, *other, *NOWHERE, home=place).returncode == 4


WRITES = (
    ("case", "review", "441302-20261122-000001"),
    ("case", "enter", "441302-20261122-000001"),
    ("case", "withdraw", "441302-20261122-000001"),
    ("case", "resume", "441302-20261122-000001"),
    ("tax", "assess", "441302-20261122-000001", "deed=due"),
    ("tax", "refund", "441302-20261122-000001"),
    ("court", "seize", "441302001001GB00001F00010001", "--document", "1", "--until", "2027-12-31"),
    ("mark", "lift", "K-1", "--document", "1"),
    ("payload", "erase", "0" * 64, "--ground", "subject-request"),
)


@pytest.mark.parametrize("arguments", WRITES, ids=" ".join)
def test_nobody_writes_without_saying_as_whom(place: Path, arguments: tuple[str, ...]) -> None:
    done = dengbu(*arguments, "--url", "http://127.0.0.1:1", home=place)
    assert done.returncode == 2
    assert "--as" in done.stderr


@pytest.mark.parametrize("arguments", WRITES, ids=" ".join)
def test_a_default_that_says_who_writes_is_said_aloud(place: Path, arguments: tuple[str, ...]) -> None:
    (place / "dengbu.toml").write_text('key = "outlet.key"\n')
    done = dengbu(*arguments, "--url", "http://127.0.0.1:1", "--json", home=place)
    assert done.returncode == 4
    assert "writing as outlet.key (dengbu.toml)" in done.stderr
    assert json.loads(done.stdout)["exit"] == 4
