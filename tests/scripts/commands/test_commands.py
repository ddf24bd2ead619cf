"""The command against real node processes, as officers use it."""

import json
import re
from collections.abc import Iterator

import pytest

from dengbu.scripts.bench.load import Load
from tests.scripts.command import dengbu
from tests.scripts.commands.person import Person
from tests.scripts.engine_tests import EVERY_ENGINE
from tests.scripts.small_town import SmallTown, person, small_town, written
from tests.waiting import WAIT_S_MAX


@pytest.fixture(scope="module", params=EVERY_ENGINE)
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallTown]:
    """Four running nodes and a few titles."""
    made = small_town(tmp_path_factory.mktemp("town"), request.param)
    with made.net:
        yield made


def test_an_applicant_sees_why_a_case_waits_and_why_it_was_refused(town: SmallTown, someone: Person) -> None:
    asked = town.mortgage(town.title()) | {"private": {}}
    file = written(someone.home, "bare.json", asked)
    number = someone.json("bank-a", "case", "apply", file)["number"]
    with town.net.client("bank-a") as bank:
        left = bank.cases.wait(number, timeout=WAIT_S_MAX, unless=lambda case: bool(case.handed_over))
    assert left.state == "accepted"
    shown = someone.run("bank-a", "case", "show", number).stdout
    assert "转人工 to a person 申报材料未列明当事人" in shown
    assert "[parties-missing]" in shown
    said = someone.run("hz-registry", "case", "suspend", number, "--item", "survey-report").stdout
    assert re.search(r"已记载 recorded    第 (\d+) 条 entry \1, ", said)
    shown = someone.run("bank-a", "case", "show", number).stdout
    assert re.search("中止 suspended     等待补正材料 papers are asked for, 自 since 20", shown)
    assert "补正 asked for     survey-report" in shown
    found = someone.json("bank-a", "case", "show", number)
    assert found["suspended_at"] > found["applied_at"]
    someone.run("hz-registry", "case", "resume", number)
    said = someone.run("hz-registry", "case", "review", number).stdout
    assert "审核 review        审核中 in review" in said
    assert "已记载 recorded" in said
    ground = ("--ground", "REG-22", "ownership-dispute")
    said = someone.run("hz-registry", "case", "refuse", number, *ground, "--save", "no.tlog-proof").stdout
    verified = dengbu(
        "receipt", "verify", "no.tlog-proof", "--policy", str(town.net.policy_path), home=someone.home
    )
    shown = someone.run("bank-a", "case", "show", number).stdout
    for text in (said, verified.stdout, shown):
        assert "理由 ground        REG-22 ownership-dispute" in text
    grounds = [{"law": "REG-22", "text_code": "ownership-dispute"}]
    assert someone.json("bank-a", "case", "show", number)["grounds"] == grounds
    watched = someone.run("bank-a", "case", "watch", number, "--until-decided").stdout
    steps = [line.split()[3] for line in watched.splitlines() if "case." in line]
    assert steps == [
        f"case.{step}" for step in ("apply", "hand-over", "suspend", "resume", "review", "refuse")
    ]
    assert "不予办理 refused" in watched
    someone.run("bank-a", "case", "watch", "441302-20200101-000001", "--until-decided", code=1)


def test_cases_are_listed_newest_first(town: SmallTown, someone: Person) -> None:
    def apply(name: str) -> str:
        asked = town.mortgage(town.title()) | {"private": {}}
        return str(someone.json("bank-a", "case", "apply", written(someone.home, name, asked))["number"])

    older, newer = apply("older.json"), apply("newer.json")
    listed = [one["number"] for one in someone.json("bank-a", "case", "list", "--mine")["items"]]
    assert listed[:2] == [newer, older]
    last = someone.json("bank-a", "case", "list", "-n", "1")["items"]
    assert [one["number"] for one in last] == [newer]
    with town.net.client("hz-registry") as registry:
        first = registry.get("/v1/cases", order="newest", limit=1)
        second = registry.get("/v1/cases", order="newest", limit=1, cursor=first["next_cursor"])
        every = [case.number for case in registry.cases.list()]
        assert [case.number for case in registry.cases.list(order="newest")] == every[::-1]
    assert [first["items"][0]["number"], second["items"][0]["number"]] == [newer, older]


def test_only_a_signed_draft_is_submitted(town: SmallTown, someone: Person) -> None:
    file = written(someone.home, "sale.json", town.sale(town.title()))
    done = someone.run("hz-registry", "case", "submit", file, code=1)
    assert "is no application signed by case draft" in done.stderr


def test_who_acts_on_a_case_is_not_its_applicant(town: SmallTown, someone: Person) -> None:
    file = written(someone.home, "bare.json", town.mortgage(town.title()) | {"private": {}})
    number = someone.json("bank-a", "case", "apply", file)["number"]
    entered = ("case", "enter", number, "--wait", "0", "--id", "enter-once")
    assert "申请机构" not in someone.run("hz-registry", *entered).stdout
    someone.run("bank-a", "case", "watch", number, "--until-decided")
    assert "已记载 recorded" in someone.run("bank-a", "case", "rate", number, "5").stdout


def test_a_mortgage_at_an_outlet(town: SmallTown, someone: Person) -> None:
    title = town.title()
    file = written(someone.home, "mortgage.json", town.mortgage(title))
    text = someone.run(
        "bank-a", "case", "apply", file, "--id", "loan-1", "--save", "accepted.tlog-proof"
    ).stdout
    assert "回执已核验并保存" in text
    again = someone.json("bank-a", "case", "apply", file, "--id", "loan-1")
    number = again["number"]
    assert "已受理 accepted" in someone.run("bank-a", "event", "show", "bank-a/loan-1").stdout
    someone.run("bank-a", "event", "show", "bank-a/loan-2", code=1)
    someone.run("bank-a", "event", "show", "loan-1", code=2)
    assert number in text
    assert "已登簿" in someone.run("bank-a", "case", "watch", number, "--until-decided").stdout
    someone.run("bank-a", "receipt", "get", number, "-o", "entered.tlog-proof")
    policy = ("--policy", str(town.net.policy_path))
    for receipt in ("accepted.tlog-proof", "entered.tlog-proof"):
        done = dengbu("receipt", "verify", receipt, *policy, home=someone.home)
        assert done.returncode == 0
        assert number in done.stdout
    assert [
        item["number"]
        for item in someone.json("bank-a", "case", "list", "--state", "entered", "--mine")["items"]
    ]
    shown = someone.json("bank-a", "case", "show", number)
    assert (shown["state"], shown["actor"]) == ("entered", "bank-a")
    assert someone.json("bank-a", "unit", "show", title["unit"])["flags"]["mortgaged"] is True
    assert "有抵押 mortgaged" in someone.run("bank-b", "unit", "show", title["unit"]).stdout
    coming = someone.run("hz-registry", "unit", "show", title["unit"], "--at", "9998-12-31", code=2)
    assert "is a day to come" in coming.stderr
    owned = ("unit", "show", title["unit"], "--valid")
    assert someone.json("hz-registry", *owned, "9999-12-30")["valid"]["right"]["status"] == "current"
    assert "1999-12-31 无 none" in someone.run("hz-registry", *owned, "1999-12-31").stdout
    history = someone.json("hz-registry", "unit", "history", title["unit"])["items"]
    assert [item["type"] for item in history] == ["title.import", "case.apply", "case.enter"]


def test_an_application_is_tried_before_it_is_made(town: SmallTown, someone: Person) -> None:
    asked = town.mortgage(town.title())
    size = someone.json("bank-a", "log", "head")["size"]
    file = written(someone.home, "try.json", asked)
    found = someone.json("bank-a", "case", "check", file)
    assert (found["handling"], found["doubts"], found["reasons"]) == ("automatic", [], [])
    text = someone.run("bank-a", "case", "check", file).stdout
    assert "可秒批" in text
    assert "未作申请 nothing was applied for" in text
    del asked["private"]["terms"]
    text = someone.run("bank-a", "case", "check", written(someone.home, "try.json", asked)).stdout
    assert "转人工" in text
    assert "terms-missing 申报材料缺少担保债权的数额" in text
    asked["acts"][0]["right"] = "R-9"
    text = someone.run("bank-a", "case", "check", written(someone.home, "try.json", asked), code=5).stdout
    assert "不予办理" in text
    assert "right-unknown" in text
    asked["acts"] = [{"act": "mortgage.set"}]
    done = someone.run("bank-a", "case", "check", written(someone.home, "try.json", asked), code=1)
    assert "#/acts" in done.stderr
    someone.run("hz-tax", "case", "check", file, code=1)
    assert someone.json("bank-a", "log", "head")["size"] == size


def test_how_cases_went_and_what_the_applicant_says(town: SmallTown, someone: Person) -> None:
    asked = {**town.mortgage(town.title()), "shared": ["id-card", "marriage"]}
    number = someone.json("bank-a", "case", "apply", written(someone.home, "loan.json", asked))["number"]
    someone.run("bank-a", "case", "rate", number, "6", code=2)
    someone.run("bank-a", "case", "watch", number, "--until-decided")
    before = someone.json("hz-registry", "stats")["all"]
    assert someone.json("bank-a", "case", "rate", number, "5")["rating"] == 5
    assert "case-rated" in someone.run("bank-a", "case", "rate", number, "4", code=5).stderr
    found = someone.json("hz-registry", "stats", "--by", "act", "--by", "channel")
    assert found["all"]["ratings"]["5"] == before["ratings"]["5"] + 1
    assert found["all"]["shared_papers"] >= 2
    assert {"act": "mortgage.set", "channel": "outlet"} in [one["key"] for one in found["groups"]]
    text = someone.run("hz-registry", "stats", "--by", "office").stdout
    assert found["formulas"]["within_promise"]["zh"] in text
    assert f"{found['all']['rated']['count']}/{found['all']['rated']['of']} (" in text
    assert someone.json("hz-registry", "stats", "--to", "2020-01-01")["all"]["entered"] == 0
    someone.run("hz-registry", "stats", "--from", "2026-02-30", code=1)


def test_a_sale_with_tax(town: SmallTown, someone: Person) -> None:
    file = written(someone.home, "sale.json", town.sale(town.title()))
    number = someone.json("hz-registry", "case", "apply", file)["number"]
    refused = someone.run("hz-registry", "case", "enter", number, code=5).stderr
    assert "tax-not-cleared" in refused
    assert "契税未完税" in refused
    assert number in someone.run("hz-tax", "tax", "list").stdout
    gates = ("deed=due", "iit=due", "lvat=none")
    assert someone.json("hz-tax", "tax", "assess", number, *gates)["state"] == "ASSESSED"
    voucher = (
        "--voucher",
        "deed",
        "344010260000000011",
        "payment",
        "--voucher",
        "iit",
        "344010260000000012",
        "exemption",
    )
    assert someone.json("hz-tax", "tax", "clear", number, *voucher)["state"] == "CLEARED"
    someone.run("hz-registry", "case", "review", number)
    entered = someone.json("hz-registry", "case", "enter", number, "--save", "sale.tlog-proof")
    assert entered["state"] == "entered"


def test_a_mortgaged_home_is_sold_by_three_institutions_in_one_case(town: SmallTown, someone: Person) -> None:
    title = town.title()
    file = written(someone.home, "old.json", town.mortgage(title))
    case = someone.json("bank-a", "case", "apply", file)["number"]
    someone.run("bank-a", "case", "watch", case, "--until-decided")
    (old,) = someone.json("hz-registry", "unit", "show", title["unit"])["mortgages"]
    asked = town.sale(title)
    buyer = [one["ref"] for one in asked["acts"][0]["holders"]]
    loan = {"act": "mortgage.set", "unit": title["unit"], "mortgagee": "bank-b", "kind": "ordinary"}
    asked["acts"] += [
        {**loan, "no_transfer": False, "consent": buyer},
        {"act": "mortgage.discharge", "mortgage": old["id"]},
    ]
    file = written(someone.home, "sale.json", asked)
    bundle = ("--bundle", "sale-paying-off", "--id", "sold-1")
    someone.run("hz-registry", "case", "draft", file, *bundle, "-o", "one.json")
    alone = someone.run("hz-registry", "case", "submit", "one.json", code=5).stderr
    assert "mortgagee-did-not-sign" in alone
    assert "not-mortgagee" in alone
    bundle = ("--bundle", "sale-paying-off", "--id", "sold-2")
    someone.run("hz-registry", "case", "draft", file, *bundle, "-o", "one.json")
    someone.run("bank-a", "case", "countersign", "one.json", "-o", "two.json")
    someone.run("bank-b", "case", "countersign", "two.json", "-o", "three.json")
    number = someone.json("hz-registry", "case", "submit", "three.json")["number"]
    assert someone.json("hz-tax", "tax", "assess", number, "deed=due", "iit=due")["state"] == "ASSESSED"
    vouchers = ("--voucher", "deed", "D-77", "exemption", "--voucher", "iit", "I-77", "exemption")
    assert someone.json("hz-tax", "tax", "clear", number, *vouchers)["state"] == "CLEARED"
    assert someone.json("hz-registry", "case", "enter", number)["state"] == "entered"
    shown = someone.json("hz-registry", "unit", "show", title["unit"])
    assert [one["ref"] for one in shown["right"]["holders"]] == buyer
    assert [(one["mortgagee"], one["rank"]) for one in shown["mortgages"]] == [("bank-b", 1)]


def test_what_the_bench_files_is_entered_at_once(town: SmallTown, someone: Person) -> None:
    titles = [town.title() for _ in range(2)]
    asked = [
        {
            "unit": one["unit"],
            "right": one["right"],
            "holder": person(one["holders"][0]),
            "ref": one["refs"][0],
        }
        for one in titles
    ]
    banks = [
        {"id": bank, "url": town.net.url(bank), "key": str(town.net.client_key(bank)), "used": 0}
        for bank in ("bank-a", "bank-b")
    ]
    plan = {"titles": asked, "clients": 2, "seconds": 30, "rate": None, "banks": banks}
    plan["prefix"] = f"few-{town.used}"
    done = Load(plan).run()
    assert (len(done["latencies_ms"]), done["rejects"]) == (4, [])
    assert done["used"] == {"bank-a": 2, "bank-b": 2}
    assert 0 < done["ran_out_s"] < plan["seconds"]
    units = {one["unit"] for one in asked}
    with town.net.client("hz-registry") as client:
        cases = [str(one.number) for one in client.cases.list(act="mortgage.set") if units >= set(one.units)]
        assert [client.cases.wait(one, timeout=20).state for one in cases] == ["entered"] * 4


def test_a_case_is_withdrawn_or_refused(town: SmallTown, someone: Person) -> None:
    file = written(someone.home, "sale.json", town.sale(town.title()))
    number = someone.json("hz-registry", "case", "apply", file)["number"]
    assert someone.json("hz-registry", "case", "withdraw", number)["state"] == "withdrawn"
    number = someone.json("hz-registry", "case", "apply", file)["number"]
    done = someone.json("hz-registry", "case", "refuse", number, "--ground", "IR-22", "ownership-dispute")
    assert done["state"] == "refused"


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"district": "441302"}', '{"district": 1, "channel": "c", "acts": [], "x": 1}']
)
def test_an_application_that_is_none_is_not_sent(someone: Person, content: str) -> None:
    (someone.home / "bad.json").write_text(content)
    done = dengbu(
        "case",
        "apply",
        "bad.json",
        "--net",
        str(someone.town.net.directory),
        "--as",
        "bank-a",
        home=someone.home,
    )
    assert done.returncode in (1, 2)
    assert "error: " in done.stderr


def test_the_log_is_audited_from_outside_and_at_home(town: SmallTown, someone: Person) -> None:
    head = someone.json("bank-b", "log", "head")
    assert len(head["cosigners"]) >= 3
    report = someone.json("bank-b/auditor", "log", "audit")
    assert report["ok"] is True
    assert report["checked"] >= head["size"]
    town.net.stop(["bank-b"])
    try:
        local = dengbu("audit", "--home", str(town.net.home("bank-b")), home=someone.home)
        assert local.returncode == 0, local.stdout + local.stderr
        someone.run("bank-b", "log", "head", code=4)
    finally:
        town.net.start(["bank-b"])


def test_any_path_can_be_read(someone: Person) -> None:
    assert someone.json("hz-registry", "get", "/version")["role"] == "registry"
    assert someone.run("hz-registry", "get", "/v1/checkpoint").stdout.startswith("dengbu-local\n")
    someone.run("hz-registry", "get", "/v1/units/nonsense", code=1)


def test_doctor_finds_the_network_well(someone: Person) -> None:
    report = someone.json("hz-registry", "doctor")
    found = {check["name"]: check["state"] for check in report["checks"]}
    assert report["ok"] is True
    assert {found[name] for name in someone.town.net.members} <= {"ok", "warn"}
    assert {"python", "sqlite", "clock", "ports", "disk", "packages"} <= set(found)


def test_an_event_is_signed_by_several_institutions(town: SmallTown, someone: Person) -> None:
    file = written(
        someone.home,
        "event.json",
        {"type": "institution.suspend", "data": {"institution": "bank-b", "reason": "test"}},
    )
    secret = ("--passphrase-file", str(town.net.layout.passphrase))
    for n, id in enumerate(("hz-registry", "hz-tax")):
        out = f"signed-{n}.json"
        done = dengbu(
            "keys", "sign", file, "--home", str(town.net.home(id)), *secret, "-o", out, home=someone.home
        )
        assert done.returncode == 0, done.stderr
        file = out
    sealed = json.loads((someone.home / file).read_text())
    assert len(sealed["sigs"]) == 2
    assert sealed["body"]["actor"] == "hz-registry"
    twice = dengbu("keys", "sign", file, "--home", str(town.net.home("hz-tax")), *secret, home=someone.home)
    assert twice.returncode == 1


def test_a_wrong_passphrase_signs_nothing(town: SmallTown, someone: Person) -> None:
    (someone.home / "wrong").write_text("wrong\n")
    file = written(someone.home, "event.json", {"type": "policy.set", "data": {}})
    home = str(town.net.home("hz-tax"))
    done = dengbu(
        "keys",
        "sign",
        file,
        "--home",
        home,
        "--passphrase-file",
        "wrong",
        "-o",
        "out.json",
        home=someone.home,
    )
    assert done.returncode == 1
    assert not (someone.home / "out.json").exists()


def test_a_new_key_prints_its_row_for_the_node(someone: Person) -> None:
    done = dengbu("keys", "new", "outlet.key", "--scope", "system", "--json", home=someone.home)
    row = json.loads(done.stdout)
    assert sorted(row) == ["key", "office", "officer", "public", "scopes"]
    assert row["scopes"] == ["system"]
    assert dengbu("keys", "new", "outlet.key", home=someone.home).returncode == 1


def test_a_home_is_made(someone: Person) -> None:
    (someone.home / "pass").write_text("a long enough passphrase\n")
    who = ("--institution", "bank-c", "--role", "bank", "--name-zh", "示范银行", "--name-en", "Demo Bank")
    done = dengbu("node", "init", "--home", "home", *who, "--passphrase-file", "pass", home=someone.home)
    assert done.returncode == 0, done.stderr
    assert (someone.home / "home" / "keystore.json").stat().st_mode & 0o077 == 0
    assert json.loads(done.stdout)["id"] == "bank-c"
