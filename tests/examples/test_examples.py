"""The examples do what they say on a real network, and when something is amiss they end as they say."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dengbu.api.client import Rejected, verify_file
from dengbu.scripts.net.homes import OFFICER
from tests.scripts.small_town import WAIT_S, SmallTown, person, small_town

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
DEADLINE_S = 120
LINES_MAX = 90
REFUSED, UNVERIFIED, FAILED = 5, 3, 1


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallTown]:
    made = small_town(tmp_path_factory.mktemp("examples"))
    with made.net:
        yield made


def run(
    town: SmallTown, name: str, id: str, *arguments: str, url: str | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run an example as its institution does, against that institution's own node."""
    id, _, scope = id.partition("/")
    keys = ("--key", str(town.net.client_key(id, scope or OFFICER)), "--policy", str(town.net.policy_path))
    command = [sys.executable, str(EXAMPLES / name), "--url", url or town.net.url(id), *keys, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S, check=False)


def loan(town: SmallTown, directory: Path, name: str, **changed: Any) -> Path:
    """Return the file of a loan on a title that was just imported."""
    title = town.title()
    persons = [person(one) for one in title["holders"]]
    content = {
        "loan": name,
        "certificate": title["certificate"],
        "amount_fen": 80_000_000,
        "mortgagors": persons,
    }
    path = directory / f"{name}.json"
    path.write_text(json.dumps({**content, **changed}, ensure_ascii=False), encoding="utf-8")
    return path


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_an_example_is_short_and_uses_the_sdk_alone(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= LINES_MAX
    imported = [node.module for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)]
    assert [name for name in imported if name and name.startswith("dengbu")] == ["dengbu.api.client"]


# ---- a bank -----------------------------------------------------------------------------------------------------------


def test_a_bank_registers_a_mortgage_and_keeps_its_receipt(town: SmallTown, tmp_path: Path) -> None:
    path = loan(town, tmp_path, "loan-1")
    done = run(town, "bank.py", "bank-a/system", str(path))
    assert done.returncode == 0, done.stderr
    assert "受理 accepted: 441302-" in done.stdout
    assert "登簿 entered: 粤(" in done.stdout
    receipt = verify_file(path.with_suffix(".tlog-proof"), town.net.policy_path)
    assert (receipt.type, receipt.outcome) == ("case.enter", "entered")

    again = run(
        town, "bank.py", "bank-a/system", str(path)
    )  # as after a crash: the same case, the same entry
    assert (again.returncode, again.stdout) == (0, done.stdout)


def test_a_bank_learns_that_a_person_decides(town: SmallTown, tmp_path: Path) -> None:
    path = loan(town, tmp_path, "loan-9")
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "mortgagors": []}))
    done = run(town, "bank.py", "bank-a/system", str(path))
    assert done.returncode == 1
    assert "waits for a person" in done.stderr
    assert not path.with_suffix(".tlog-proof").exists()


def test_a_bank_learns_why_its_mortgage_is_refused(town: SmallTown, tmp_path: Path) -> None:
    path = loan(town, tmp_path, "loan-2")
    content = json.loads(path.read_text())
    with town.net.client("hz-registry") as registry:
        title = registry.certificates.get(content["certificate"])
    assert title.unit is not None
    town.net.admit_court("court-x")
    seizure = {"unit": title.unit, "document": "(2026)粤1302执9号", "until": "2028-06-30"}
    assert town.net.court_event("court-x", "court.seize", seizure).final
    done = run(town, "bank.py", "bank-a/system", str(path))
    assert done.returncode == REFUSED, done.stderr
    assert "refused: seized" in done.stderr
    assert not path.with_suffix(".tlog-proof").exists()


def test_a_bank_is_told_of_an_unknown_certificate_and_of_a_node_that_is_away(
    town: SmallTown, tmp_path: Path
) -> None:
    unknown = loan(town, tmp_path, "loan-3", certificate="粤(2026)惠州市不动产权第9999999号")
    done = run(town, "bank.py", "bank-a/system", str(unknown))
    assert done.returncode == FAILED
    assert "NotFound" in done.stderr
    away = run(town, "bank.py", "bank-a/system", str(unknown), url="http://127.0.0.1:9")
    assert away.returncode == FAILED
    assert "Unreachable" in away.stderr
    missing = run(town, "bank.py", "bank-a/system", str(tmp_path / "none.json"))
    assert missing.returncode == FAILED
    assert "none.json" in missing.stderr


# ---- a tax bureau -----------------------------------------------------------------------------------------------------


def test_a_bureau_assesses_and_clears_and_nothing_is_entered_before(town: SmallTown) -> None:
    with town.net.client("hz-registry") as registry:
        case = registry.cases.apply(**town.sale(town.title()), key="sale-1", wait=WAIT_S).number
        assert case is not None
        listed = run(town, "tax_bureau.py", "hz-tax", "list")
        assert f"{case} DECLARED 未完税 due: -" in listed.stdout, listed.stderr

        assessed = run(town, "tax_bureau.py", "hz-tax", "assess", case, '{"deed": 1800000, "iit": 1200000}')
        assert (assessed.returncode, f"{case} ASSESSED" in assessed.stdout) == (0, True), assessed.stderr
        with pytest.raises(Rejected):
            registry.cases.enter(case, wait=WAIT_S)
        listed = run(town, "tax_bureau.py", "hz-tax", "list")
        assert f"{case} ASSESSED 未完税 due: deed, iit" in listed.stdout
        assert "refused: tax-not-cleared, iit-not-cleared" in listed.stdout

        paid = json.dumps(
            {"deed": ["344010260000000001", 1_800_000], "iit": ["344010260000000002", 1_200_000]}
        )
        cleared = run(town, "tax_bureau.py", "hz-tax", "clear", case, paid)
        assert (cleared.returncode, f"{case} CLEARED" in cleared.stdout) == (0, True), cleared.stderr
        assert registry.cases.enter(case, wait=WAIT_S).state == "entered"
        assert case not in run(town, "tax_bureau.py", "hz-tax", "list").stdout


def test_a_bureau_is_refused_a_clearance_that_was_not_assessed(town: SmallTown) -> None:
    with town.net.client("hz-registry") as registry:
        case = registry.cases.apply(**town.sale(town.title()), key="sale-2", wait=WAIT_S).number
    assert case is not None
    early = run(town, "tax_bureau.py", "hz-tax", "clear", case, '{"deed": ["344010260000000003", 1]}')
    assert early.returncode == FAILED
    assert "not assessed yet" in early.stderr
    assert run(town, "tax_bureau.py", "hz-tax", "assess", case, '{"deed": 18, "iit": 12}').returncode == 0
    other = run(town, "tax_bureau.py", "hz-tax", "clear", case, '{"lvat": ["344010260000000003", 1]}')
    assert other.returncode == REFUSED, other.stderr
    assert "不予办理 refused: " in other.stderr
    wrong = run(town, "tax_bureau.py", "hz-tax", "assess", "441302-20260101-999999", "{}")
    assert wrong.returncode == FAILED
    assert "NotFound" in wrong.stderr


# ---- an auditor -------------------------------------------------------------------------------------------------------


def test_an_auditor_follows_the_log_and_judges_it_anew(town: SmallTown, tmp_path: Path) -> None:
    path, head = loan(town, tmp_path, "loan-4"), str(tmp_path / "head.note")
    first = run(town, "auditor.py", "bank-b/auditor", "--head", head, "--whole")
    assert first.returncode == 0, first.stderr
    assert "一致 consistent: 0 -> " in first.stdout
    assert "  0 network.genesis" in first.stdout
    assert "全部属实 all " in first.stdout

    assert run(town, "bank.py", "bank-a/system", str(path)).returncode == 0
    kept = str(path.with_suffix(".tlog-proof"))
    then = run(town, "auditor.py", "bank-b/auditor", "--head", head, "--receipt", kept)
    assert then.returncode == 0, then.stderr
    assert "network.genesis" not in then.stdout
    assert "case.apply bank-a accepted" in then.stdout
    assert "回执属实 receipt stands: " in then.stdout


def test_an_auditor_finds_a_receipt_that_was_changed(town: SmallTown, tmp_path: Path) -> None:
    path, head = loan(town, tmp_path, "loan-5"), str(tmp_path / "head.note")
    assert run(town, "bank.py", "bank-a/system", str(path)).returncode == 0
    kept = path.with_suffix(".tlog-proof")
    index = f"index {verify_file(kept, town.net.policy_path).index}\n"
    kept.write_text(kept.read_text().replace(index, "index 1\n"))
    found = run(town, "auditor.py", "bank-b/auditor", "--head", head, "--receipt", str(kept))
    assert found.returncode == UNVERIFIED, found.stderr
    assert "VerificationError" in found.stderr
    assert "receipt stands" not in found.stdout


def test_an_auditor_finds_a_log_that_is_not_the_one_of_its_last_run(town: SmallTown, tmp_path: Path) -> None:
    head = tmp_path / "head.note"
    assert run(town, "auditor.py", "bank-b/auditor", "--head", str(head)).returncode == 0
    note = head.read_text().splitlines(keepends=True)
    head.write_text("".join([note[0], f"{int(note[1]) + 1}\n", *note[2:]]))
    assert run(town, "auditor.py", "bank-b/auditor", "--head", str(head)).returncode == UNVERIFIED
