"""Decisions of the network by command: proposed, signed one after the other, looked at, submitted; keys; restored homes."""

import json
import shutil
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from dengbu.api.client.kinds import newest_rule_set
from tests.scripts.command import dengbu
from tests.scripts.commands.person import Person
from tests.scripts.small_town import SmallTown, written

REGISTRY, TAX, BANK_A, BANK_B = "hz-registry", "hz-tax", "bank-a", "bank-b"


def home_of(town: SmallTown, id: str) -> tuple[str, ...]:
    """The options of a command that works in an institution's home."""
    return ("--home", str(town.net.home(id)), "--passphrase-file", str(town.net.layout.passphrase))


def here(someone: Person, *arguments: str, code: int = 0) -> "CompletedProcess[str]":
    """Run a command that asks no node."""
    done = dengbu(*arguments, home=someone.home)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def signed(someone: Person, file: str, *institutions: str) -> str:
    """Have institutions sign a proposal one after the other; the name of the file that the last one made."""
    for n, id in enumerate(institutions, 1):
        out = f"{Path(file).stem.partition('.')[0]}.{id}.{n}.json"
        here(someone, "governance", "sign", file, *home_of(someone.town, id), "-o", out)
        file = out
    return file


def test_a_rotation_that_was_cut_short_is_taken_up(town: SmallTown, someone: Person) -> None:
    rotate = ("keys", "rotate", "cosign", *home_of(town, BANK_B))
    keystore = town.net.home(BANK_B) / "keystore.json"
    before = keystore.read_bytes()
    town.net.stop([BANK_B])
    try:
        # its own node is down: nothing is sent, nothing is lost
        someone.run(BANK_B, *rotate, code=4)
        assert keystore.read_bytes() == before
    finally:
        town.net.start([BANK_B])
    dead = ("--url", "http://127.0.0.1:1", "--key", str(town.net.client_key(BANK_B)))
    here(someone, *rotate, *dead, code=4)
    made = (town.net.home(BANK_B) / "keystore.next.json").read_bytes()
    assert keystore.read_bytes() == before
    other = ("keys", "rotate", "event", *home_of(town, BANK_B))
    assert "under way" in someone.run(BANK_B, *other, code=1).stderr
    told = someone.json(BANK_B, *rotate)
    assert keystore.read_bytes() == made
    assert Path(told["kept"]).read_bytes() == before
    town.net.stop([BANK_B])
    town.net.start([BANK_B])
    with town.net.client(REGISTRY) as client:
        assert client.institutions.policy().version == 1, "no vote has changed the policy"
        text = client.institutions.policy_text()
    new = next(line for line in text.splitlines() if f"/{BANK_B}" in line)
    assert new not in town.net.policy_path.read_text(encoding="utf-8"), "whoever verifies needs the new one"
    town.net.policy_path.write_text(text, encoding="utf-8")
    # its cosignature counts again: without it there is no quorum
    town.net.stop([BANK_A])
    try:
        assert len(town.title()["refs"]) == 1
        assert "cosigned" in someone.run(REGISTRY, "log", "head").stdout
    finally:
        town.net.start([BANK_A])


def test_a_policy_is_drafted_signed_by_a_quorum_and_takes_effect(town: SmallTown, someone: Person) -> None:
    before = someone.json(BANK_A, "policy", "show")
    assert (before["governance_quorum"], before["active"], before["version"]) == (3, 4, 1)
    someone.run(REGISTRY, "policy", "draft", "limit_days=3", 'holidays=["2027-01-01"]', "-o", "faster.json")
    nobody = someone.json(BANK_A, "governance", "show", "faster.json")
    assert (nobody["signed"], nobody["missing"], nobody["needed"]) == ([], 3, 3)
    one = signed(someone, "faster.json", TAX)
    text = someone.run(BANK_A, "governance", "show", one).stdout
    assert "policy.limit_days: 5 → 3" in text
    assert "已签 signed    hz-tax\n" in text
    assert "尚缺 missing   2 " in text
    assert "too few signatures" in someone.run(REGISTRY, "governance", "submit", one, code=1).stderr
    assert someone.json(BANK_A, "policy", "show")["version"] == 1
    assert someone.entries("policy.set") == [], "nothing was sent"
    enough = signed(someone, one, REGISTRY, BANK_A)
    listed = someone.json(REGISTRY, "governance", "list", ".")["items"]
    assert {Path(item["file"]).name: item["missing"] for item in listed}[enough] == 0
    assert someone.json(REGISTRY, "governance", "submit", enough)["result"] == {"policy": 2}
    after = someone.json(BANK_B, "policy", "show")
    assert (after["version"], after["limit_days"], after["holidays"]) == (2, 3, ["2027-01-01"])
    again = someone.run(REGISTRY, "governance", "submit", enough)  # the same event, the same entry
    assert "已记载 recorded" in again.stdout
    assert len(someone.entries("policy.set")) == 1


def test_a_draft_names_the_newest_rule_set(someone: Person) -> None:
    someone.run(REGISTRY, "policy", "draft", "rule_set=newest", "-o", "next.json")
    drafted = json.loads((someone.home / "next.json").read_text(encoding="utf-8"))
    assert drafted["data"]["policy"]["rule_set"] == newest_rule_set()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (("limit_days",), "limit_days=3"),
        (("limit_dayz=3",), "limit_dayz"),
        (('limit_days="soon"',), "limit_days"),
        (("limit_days=3", "limit_days=4"), "twice"),
        ((), "FIELD=VALUE"),
    ],
)
def test_a_draft_of_no_policy_writes_nothing(someone: Person, changes: tuple[str, ...], said: str) -> None:
    assert said in someone.run(REGISTRY, "policy", "draft", *changes, "-o", "out.json", code=2).stderr
    assert not (someone.home / "out.json").exists()


def test_a_policy_that_the_ledger_refuses_is_refused_with_its_reason(someone: Person) -> None:
    someone.run(REGISTRY, "policy", "draft", "limit_days=31", "-o", "slow.json")
    enough = signed(someone, "slow.json", REGISTRY, TAX, BANK_A)
    assert "policy-invalid" in someone.run(REGISTRY, "governance", "submit", enough, code=5).stderr


def test_signatures_that_do_not_count_are_not_counted(town: SmallTown, someone: Person) -> None:
    here(
        someone,
        "governance",
        "propose",
        "institution.suspend",
        BANK_B,
        "--reason",
        "left",
        "-o",
        "leave.json",
    )
    one = signed(someone, "leave.json", TAX)
    here(someone, "governance", "sign", one, *home_of(town, TAX), "-o", "twice.json", code=1)
    here(someone, "keys", "sign", one, *home_of(town, BANK_A), "--class", "event", "-o", "event-key.json")
    shown = someone.json(REGISTRY, "governance", "show", "event-key.json")
    assert (shown["signed"], shown["missing"], len(shown["unknown"])) == ([TAX], 2, 1)
    someone.run(REGISTRY, "governance", "show", "absent.json", code=1)
    (someone.home / "none.json").write_text("[]")
    assert "is not a proposal" in someone.run(REGISTRY, "governance", "show", "none.json", code=1).stderr
    assert "is not running" not in someone.run(REGISTRY, "governance", "list", ".").stdout
    someone.run(REGISTRY, "governance", "list", "absent", code=1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("institution.suspend",), "INSTITUTION"),
        (("institution.suspend", "bank-b"), "--reason"),
        (("institution.suspend", "Bank B!", "--reason", "left"), "institution"),
        (("key.revoke", "nonsense", "--reason", "lost"), "key"),
        (("key.replace", "0" * 64, "--key", "queen", "Ed25519", "0" * 64), "--key"),
        (("key.replace", "0" * 64, "--key", "event", "Ed25519"), "--key"),
    ],
)
def test_a_proposal_of_the_wrong_shape_is_not_written(
    someone: Person, arguments: tuple[str, ...], said: str
) -> None:
    done = here(someone, "governance", "propose", *arguments, "-o", "out.json", code=2)
    assert said.lower() in done.stderr.lower()
    assert not (someone.home / "out.json").exists()


def test_an_institution_is_proposed_by_its_request_and_admitted(town: SmallTown, someone: Person) -> None:
    who = ("--institution", "bank-c", "--role", "bank", "--name-zh", "示范银行", "--name-en", "Demo Bank")
    cheap = ("--kdf-ops", "2", "--kdf-mem-mib", "64", "--passphrase-file", str(town.net.layout.passphrase))
    here(someone, "node", "init", "--home", "home", *who, *cheap)
    here(someone, "governance", "propose", "institution.admit", "home/request.json", "-o", "admit.json")
    (someone.home / "empty.json").write_text("{}")
    here(someone, "governance", "propose", "institution.admit", "empty.json", "-o", "x.json", code=1)
    enough = signed(someone, "admit.json", REGISTRY, TAX, BANK_B)
    someone.run(REGISTRY, "governance", "submit", enough)
    members = {one["id"]: one["status"] for one in someone.json(BANK_A, "governance", "members")["items"]}
    assert members["bank-c"] == "active"
    assert someone.json(BANK_A, "policy", "show")["active"] == 5
    assert "bank-c" in someone.run(BANK_A, "governance", "members").stdout


@pytest.mark.parametrize("cls", ["event", "governance"])
def test_a_key_of_a_running_node_is_rotated(town: SmallTown, someone: Person, cls: str) -> None:
    rotate = ("keys", "rotate", cls, *home_of(town, TAX))
    told = someone.json(TAX, *rotate)
    assert told["institution"] == TAX
    keys = {
        key["id"]: key.get("until")
        for one in someone.json(BANK_A, "governance", "members")["items"]
        if one["id"] == TAX
        for key in one["keys"]
        if key["cls"] == cls
    }
    assert keys[told["new"]] is None
    assert keys[told["old"]] is not None
    kept = Path(told["kept"])
    assert kept.stat().st_mode & 0o077 == 0
    assert not (town.net.home(TAX) / "keystore.next.json").exists()
    town.net.stop([TAX])
    town.net.start([TAX])
    if cls == "event":  # what the node signs counts: the ledger judges it
        file = written(someone.home, "sale.json", town.sale(town.title()))
        number = someone.json(REGISTRY, "case", "apply", file)["number"]
        assert someone.json(TAX, "tax", "assess", number, "deed=due", "iit=due")["state"] == "ASSESSED"
    else:
        someone.run(REGISTRY, "policy", "draft", "limit_days=4", "-o", "next.json")
        one = signed(someone, "next.json", TAX)
        assert someone.json(REGISTRY, "governance", "show", one)["signed"] == [TAX]


def test_a_client_key_comes_and_goes_while_the_node_runs(town: SmallTown, someone: Person) -> None:
    home, at = ("--home", str(town.net.home(BANK_A))), ("--url", town.net.url(BANK_A), "--key", "outlet.key")
    made = here(someone, "keys", "new", "outlet.key", "--officer", "officer-02", "--json").stdout
    row = json.loads(made)
    (someone.home / "row.json").write_text(made, encoding="utf-8")
    assert "signature-refused" in here(someone, "policy", "show", *at, code=1).stderr
    here(someone, "keys", "admit", "row.json", *home)
    assert "规则集 rule set" in here(someone, "policy", "show", *at).stdout
    assert row["key"] in here(someone, "keys", "clients", *home).stdout
    assert "is listed twice" in here(someone, "keys", "admit", "row.json", *home, code=1).stderr
    (someone.home / "other.json").write_text(json.dumps({**row, "key": "0" * 64}), encoding="utf-8")
    assert "is not the key id" in here(someone, "keys", "admit", "other.json", *home, code=1).stderr
    here(someone, "keys", "admit", "absent.json", *home, code=1)
    assert json.loads(here(someone, "keys", "retire", row["key"], *home, "--json").stdout) == row
    assert "signature-refused" in here(someone, "policy", "show", *at, code=1).stderr
    assert "no client key" in here(someone, "keys", "retire", row["key"], *home, code=1).stderr
    assert someone.json(BANK_A, "policy", "show")["active"] >= 4, "the other keys stay"


def test_keys_that_cannot_be_rotated(town: SmallTown, someone: Person) -> None:
    for cls in ("log", "node", "envelope", "vote"):
        assert (
            "CLASS" in someone.run(REGISTRY, "keys", "rotate", cls, *home_of(town, REGISTRY), code=2).stderr
        )
    (someone.home / "wrong").write_text("wrong\n")
    wrong = ("--home", str(town.net.home(TAX)), "--passphrase-file", "wrong")
    someone.run(TAX, "keys", "rotate", "event", *wrong, code=1)
    assert not (town.net.home(TAX) / "keystore.next.json").exists()


def test_a_home_is_restored_from_its_backup_and_runs(town: SmallTown, someone: Person) -> None:
    home = town.net.home(BANK_A)
    here(someone, "backup", "--home", str(home), "--to", "copy")
    town.title()  # something is entered after the backup
    done = here(someone, "restore", "--from", "copy", "--home", str(home), code=1)
    assert "is not empty" in done.stderr
    town.net.stop([BANK_A])
    home.rename(home.with_name("lost"))
    told = json.loads(here(someone, "restore", "--from", "copy", "--home", str(home), "--json").stdout)
    assert told["size"] > 0
    assert home.stat().st_mode & 0o077 == 0
    town.net.start([BANK_A])
    assert someone.json(BANK_A, "log", "head")["size"] >= told["size"]
    town.title()
    assert json.loads(here(someone, "audit", "--home", str(home), "--json").stdout)["ok"] is True


def test_a_damaged_backup_restores_nothing(town: SmallTown, someone: Person) -> None:
    here(someone, "backup", "--home", str(town.net.home(TAX)), "--to", "copy")
    shutil.copytree(someone.home / "copy", someone.home / "short")
    (someone.home / "short" / "keystore.json").unlink()
    assert "keystore.json" in here(someone, "restore", "--from", "short", "--home", "new", code=1).stderr
    import sqlite3

    with sqlite3.connect(someone.home / "copy" / "ledger.db") as database:
        for (trigger,) in list(database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")):
            database.execute(f'DROP TRIGGER "{trigger}"')
        database.execute(
            "UPDATE register SET value = replace(value, 'active', 'retire') WHERE tbl = 'institution'"
        )
    database.close()
    done = here(someone, "restore", "--from", "copy", "--home", "new", code=3)
    assert "damaged" in done.stderr
    assert not (someone.home / "new").exists()
    assert not (someone.home / "new.restoring").exists()
    here(someone, "restore", "--from", "absent", "--home", "new", code=1)


def test_an_institution_is_suspended_last(town: SmallTown, someone: Person) -> None:
    enough = _suspended(someone, "leave.json")
    someone.run(BANK_A, "governance", "submit", enough)
    members = {one["id"]: one["status"] for one in someone.json(BANK_A, "governance", "members")["items"]}
    assert members["bank-c"] == "suspended"
    assert "institution-not-active" in _again(someone)


def _suspended(someone: Person, file: str) -> str:
    """Propose that bank-c is suspended, and have it signed by enough; return the signed file."""
    propose = ("governance", "propose", "institution.suspend", "bank-c", "--reason", "left", "-o", file)
    here(someone, *propose)
    return signed(someone, file, REGISTRY, TAX, BANK_A)


def _again(someone: Person) -> str:
    enough = _suspended(someone, "again.json")
    return someone.run(BANK_A, "governance", "submit", enough, code=5).stderr
