"""Each example of each help is typed, on a real network, and what the ledger then holds is compared; none is left out."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pytest

from dengbu.scripts.net import homes
from tests.scripts.help_examples import Stage, examples, understood
from tests.scripts.small_town import small_town, written

COURT, REGISTRY, TAX, BANK = "hz-court", "hz-registry", "hz-tax", "bank-a"
SAMPLE = "441302001999GB00001F00010001"  # of `title template`
UNIT, CERTIFICATE = "441302001001GB00001F00010001", "粤(2025)惠州市不动产权第4000004号"
RIGHT, CASE, SALE = f"R-{UNIT}-1", "441302-20261122-000001", "441302-20261122-000002"
PAPER, ZEROS = "(2026)粤13执1号", "0" * 64
URL = "http://127.0.0.1:8017"
DOCUMENT = "--document '(2026)粤13执1号'"
# Examples that are typed in other tests, or not at all, each with the reason.
ELSEWHERE = {
    "dengbu demo": "tests/scripts/story",
    "dengbu demo --keep --net ./net --units 5000": "tests/docs/test_readme.py, of fewer units",
    "dengbu demo --keep --open --port-base 8100": "opens a browser",
    "dengbu demo --engine cometbft": "tests/scripts/story",
    "dengbu net up": "tests/scripts/net, in a folder of the test",
    "dengbu net up --banks 3": "tests/scripts/net",
    "dengbu net up --net ./net --banks 2": "tests/scripts/net",
    "dengbu net up --net ./net --port-base 8100": "tests/scripts/net",
    "dengbu net up --net ./bft --engine cometbft": "tests/scripts/net",
    "dengbu net down --remove": "tests/scripts/net",
    "dengbu net kill hz-tax": "tests/scripts/net",
    "dengbu net kill hz-tax && dengbu net up": "tests/scripts/net",
    "dengbu net logs hz-registry -f": "follows without an end; tests/scripts/net",
    (
        "dengbu node join --home ./home --genesis genesis.json --listen "
        "bank-c=10.0.0.5:8017:8018 --peer hz-registry=http://10.0.0.1:8018"
    ): "other machines: tests/faults/test_hosts.py",
    ("dengbu node run --home ./home --passphrase-file pass"): "runs without an end; every network of a test",
    (
        "dengbu node accept-access-log --home ./home --passphrase-file pass"
    ): "tests/scripts/test_access_log.py",
    "dengbu node engine --home ./home": "tests/faults/test_hosts.py",
    (
        "dengbu node genesis --net trial --passphrase-file pass homes/hz-registry homes/hz-tax homes/bank-a"
    ): "every network of a test",
    "dengbu node measure --events 3000 --json": "a measurement: tests/nodes/test_measure.py",
    (
        "dengbu node propose --net huizhou-2026 --out proposal.json hz-registry.request.json "
        "bank-a.request.json"
    ): "tests/faults/test_hosts.py",
    (
        "dengbu node propose --net xihu-2026 --county 330106 --province 浙 --place 杭州市 --out p.json "
        "*.request.json"
    ): "tests/nodes/founding/test_founding.py",
    (
        "dengbu node sign-genesis --home ./home --passphrase-file pass --out signed.json proposal.json"
    ): "tests/faults/test_hosts.py",
    (
        "dengbu node init --home ./home --institution bank-c --role bank --name-zh 示范银行 "
        '--name-en "Demo Bank" --passphrase-file pass'
    ): "test_governance.py",
    (
        "dengbu node init --home ./home --institution bank-c --role bank --name-zh 示范银行 "
        '--name-en "Demo Bank"'
    ): "test_commands.py",
    ("dengbu title import titles.xlsx --as hz-registry/system --stage checked.csv"): "tests/scripts/titles",
    "dengbu title template -o titles.xlsx": "tests/scripts/titles",
    'eval "$(dengbu completion bash)"': "tests/scripts/test_help.py",
    "DENGBU_LANG=en dengbu config show --origin": "tests/scripts/test_settings.py",
    "dengbu bench": "a measurement",
    "dengbu bench --seconds 30 --json": "a measurement",
    "dengbu bench --engine cometbft": "a measurement",
    (
        "dengbu keys sign admit-court.json --home ./home --class governance -o admit-court.signed.json"
    ): "with a setting for the passphrase: test_settings.py",
}


@pytest.mark.parametrize("example", examples())
def test_every_example_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, example: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DENGBU_KEY_PASSPHRASE_FILE", "pass")
    if example.startswith("eval "):
        example = example.removeprefix('eval "$(').removesuffix(')"')
    assert understood(example)


def test_an_example_that_is_none_is_found() -> None:
    for wrong in ("dengbu court seize", "dengbu case list --state lost", "dengbu tax assess"):
        with pytest.raises(click.UsageError):
            understood(wrong)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Five running nodes, and a folder with the files that the examples name."""
    place = tmp_path_factory.mktemp("examples")
    town = small_town(place)
    home = place / "here"
    home.mkdir()
    with town.net:
        town.net.admit_court(COURT)
        town.net.start([COURT])
        (home / "net").symlink_to(town.net.directory, target_is_directory=True)
        (home / "home").symlink_to(town.net.home(TAX), target_is_directory=True)
        (home / "pass").symlink_to(town.net.layout.passphrase)
        (home / "policy.txt").symlink_to(town.net.policy_path)
        made = Stage(town, home, {URL: town.net.url(REGISTRY)})
        yield made


def _next_title(stage: Stage) -> dict:
    """Take the next title: the examples' unit, right and certificate are its own from now on."""
    title = stage.town.title()
    named = {UNIT: title["unit"], RIGHT: title["right"], CERTIFICATE: title["certificate"]}
    stage.words |= named
    return title


def _shown(stage: Stage, of: str) -> Any:
    """The examples' unit as the registry sees it: one of its members."""
    with stage.town.net.client(REGISTRY) as client:
        return getattr(client.units.get(stage.words[UNIT]), of)


def _today(days: int = 0) -> str:
    return (datetime.now(UTC) + timedelta(hours=8, days=days)).date().isoformat()


def test_titles(stage: Stage) -> None:
    stage.play("dengbu title template -o titles.csv")
    stage.play("dengbu title import titles.csv --as hz-registry/system")
    with stage.town.net.client(REGISTRY) as client:
        there = {unit for one in client.events(type="title.import-batch", follow=False) for unit in one.units}
    assert SAMPLE in there
    assert not there & {one["unit"] for one in stage.town.titles}


def test_a_court(stage: Stage) -> None:
    _next_title(stage)
    stage.words["2028-11-21"] = _today(700)
    seize = f"dengbu court seize {UNIT} {DOCUMENT} --until 2028-11-21 --as hz-court"
    stage.words["S-31"] = stage.result(seize)["seizure"]
    (held,) = _shown(stage, "seizures")
    assert (held["document"], held["until"], held["status"]) == (PAPER, _today(700), "effective")
    stage.words["2028-11-21"] = _today(800)
    stage.play(f"dengbu court renew S-31 {DOCUMENT} --until 2028-11-21 --as hz-court")
    assert _shown(stage, "seizures")[0]["until"] == _today(800)
    assert stage.words["S-31"] in stage.play("dengbu court list --as hz-court").stdout
    stage.play("dengbu court list --status waiting --as hz-registry")
    assert stage.words["S-31"] not in stage.play("dengbu event list --type mark.set --as hz-registry").stdout
    assert stage.words[UNIT] in stage.play("dengbu event list --type court.seize --as hz-registry").stdout
    stage.play(f"dengbu court release S-31 {DOCUMENT} --as hz-court")
    assert _shown(stage, "seizures") == ()
    order = f"dengbu court order {UNIT} --right {RIGHT} {DOCUMENT} --mode single --holder {ZEROS} 1/1 --as hz-court"
    stage.words["O-34"] = stage.result(order)["order"]
    assert _shown(stage, "orders")[0]["holders"] == [{"ref": ZEROS, "share": "1/1"}]
    stage.play(f"dengbu court revoke-order O-34 {DOCUMENT} --as hz-court")
    assert _shown(stage, "orders") == ()
    _next_title(stage)
    stage.play(f"dengbu court pre-seize {UNIT} --debtor {ZEROS} {DOCUMENT} --until 2028-11-21 --as hz-court")
    assert _shown(stage, "seizures")[0]["debtor"] == ZEROS


def test_marks_errors_and_losses(stage: Stage) -> None:
    _next_title(stage)
    stage.words["K-36"] = stage.result(f"dengbu mark set {UNIT} --kind freeze {DOCUMENT} --as hz-court")[
        "mark"
    ]
    assert stage.words["K-36"] in stage.play(f"dengbu mark list {UNIT} --as hz-registry").stdout
    stage.play(f"dengbu mark lift K-36 {DOCUMENT} --as hz-court")
    assert _shown(stage, "marks") == ()
    told = stage.result(f"dengbu fault tell {UNIT} --right {RIGHT} --as hz-registry")
    stage.words["F-38"] = told["fault"]
    stage.play("dengbu fault announce F-38 --as hz-registry", code=5)  # the holder has his thirty days
    loss = stage.result(f"dengbu loss announce {UNIT} --right {RIGHT} --as hz-registry")
    assert loss["unit"] == stage.words[UNIT]
    data = {"unit": stage.words[UNIT], "kind": "freeze", "document": PAPER}
    written(stage.home, "admit-court.json", {"type": "mark.set", "data": data})
    stage.play(
        "dengbu keys sign admit-court.json --home ./home --passphrase-file pass -o admit-court.signed.json"
    )
    assert json.loads((stage.home / "admit-court.signed.json").read_text())["body"]["actor"] == TAX
    raw = json.dumps({"type": "mark.set", "data": data}).encode()
    (stage.home / "mark.signed.json").write_bytes(homes.sign(stage.town.net.layout, COURT, raw, "event"))
    stage.play("dengbu event submit mark.signed.json --as hz-registry")
    assert [one["kind"] for one in _shown(stage, "marks")] == ["freeze"]


def _entered(stage: Stage, act: dict) -> str:
    """Apply at the registry for an act that a person enters; the case's number."""
    asked = {"district": "441302", "channel": "counter", "acts": [act]}
    with stage.town.net.client(REGISTRY) as client:
        case = client.cases.apply(**asked, wait=20)
        return str(client.cases.enter(str(case.number), wait=20).number)


def test_notices_and_objections(stage: Stage) -> None:
    title = _next_title(stage)
    about = {"unit": title["unit"], "right": title["right"]}
    noted = {
        "act": "objection.note",
        **about,
        "objector": "b" * 64,
        "ground": "wrong",
        "refused": True,
        "shown": True,
    }
    case = _entered(stage, noted)
    (held,) = _shown(stage, "objections")
    stage.words[f"O-{CASE}-1"] = held["id"]
    assert case in held["id"]
    assert held["id"] in stage.play(f"dengbu objection list {UNIT} --as hz-registry").stdout
    stage.play(f"dengbu objection suit O-{CASE}-1 {DOCUMENT} --as hz-registry")
    assert _shown(stage, "objections")[0]["suit"] == PAPER
    title = _next_title(stage)
    promised = {"act": "notice.set", "unit": title["unit"], "right": title["right"], "kind": "sale"}
    _entered(stage, {**promised, "beneficiary": "c" * 64, "consent": title["refs"]})
    (held,) = _shown(stage, "notices")
    stage.words |= {f"N-{CASE}-1": held["id"], "2026-11-22": _today()}
    assert held["id"] in stage.play(f"dengbu notice list {UNIT} --as hz-registry").stdout
    stage.play(f"dengbu notice ripen N-{CASE}-1 --on 2026-11-22 --as hz-registry")
    assert _shown(stage, "notices")[0]["ripe_on"] == _today()


def _number(stage: Stage, name: str, file: str, asked: dict, example: str) -> str:
    """Write an application, type the example that applies for it, and let `name` be its case from now on."""
    written(stage.home, file, asked)
    done = stage.play(example)
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("案件 case")][:1]
    stage.words[name] = line.split()[2]
    return stage.words[name]


def test_a_mortgage(stage: Stage) -> None:
    title = _next_title(stage)
    town, net = stage.town, stage.town.net
    _number(
        stage,
        CASE,
        "mortgage.json",
        town.mortgage(title),
        "dengbu case apply mortgage.json --id loan-2026-000123 --as bank-a",
    )
    again = stage.town.mortgage(_next_title(stage))
    written(stage.home, "mortgage.json", again)
    assert "可秒批" in stage.play("dengbu case check mortgage.json --as bank-a").stdout
    stage.words |= {UNIT: title["unit"], RIGHT: title["right"], CERTIFICATE: title["certificate"]}
    assert stage.words[CASE] in stage.play("dengbu event show bank-a/loan-2026-000123 --as bank-a").stdout
    stage.play(f"dengbu case watch {CASE} --until-decided --as bank-a")
    assert json.loads(stage.play(f"dengbu case show {CASE} --as bank-a --json").stdout)["state"] == "entered"
    stage.play(f"dengbu case rate {CASE} 5 --as bank-a")
    stage.play(f"dengbu case clock {CASE} --as hz-registry")
    receipt = stage.home / f"{stage.words[CASE]}.tlog-proof"
    stage.play(f"dengbu receipt get {CASE} --as bank-a")
    receipt.rename(stage.home / "mortgage.tlog-proof")
    stage.play("dengbu receipt verify mortgage.tlog-proof --policy policy.txt")
    with net.client(BANK) as client:
        stage.words["receipt get 42"] = f"receipt get {client.cases.get(stage.words[CASE]).applied}"
    stage.play("dengbu receipt get 42 -o entry-42.tlog-proof --as bank-a")
    (held,) = _shown(stage, "mortgages")
    for example in ("--as bank-a", "--status active --as bank-a", f"--unit {UNIT} --as hz-registry"):
        assert held["id"] in stage.play(f"dengbu mortgage list {example}").stdout
    stage.play(f"dengbu payload show {CASE} --purpose review --as hz-registry")
    assert "review" in stage.play("dengbu payload log --as hz-registry/auditor").stdout
    with net.client(REGISTRY) as client:
        parts = client.get(f"/v1/cases/{stage.words[CASE]}/private", purpose="review")["items"]
    stage.words[ZEROS] = next(one["commitment"] for one in parts if one["name"] == "parties")
    stage.play(f"dengbu payload erase {ZEROS} --ground subject-request --as hz-registry")
    del stage.words[ZEROS]
    with net.client(REGISTRY) as client:
        parts = client.get(f"/v1/cases/{stage.words[CASE]}/private", purpose="review")["items"]
    assert {one["name"]: one["state"] for one in parts} == {"parties": "erased", "terms": "present"}


def test_a_unit_and_its_certificate(stage: Stage) -> None:
    title = _next_title(stage)
    for more in ("--as hz-registry", "--at 2026-06-30 --as hz-registry", "--as bank-a --json"):
        if "2026-06-30" in more:
            stage.words["--at 2026-06-30"] = f"--at {_today()}"
        stage.play(f"dengbu unit show {UNIT} {more}")
    stage.play(f"dengbu unit show {UNIT} --valid 2019-06-30 --as hz-registry")
    stage.play(f"dengbu unit history {UNIT} --as hz-registry")
    shown = stage.play(f"dengbu certificate show '{CERTIFICATE}' --as bank-a").stdout
    assert title["unit"] in shown
    stage.play(f"dengbu certificate verify '{CERTIFICATE}' --as hz-registry")
    stage.play(f"dengbu search --unit {UNIT} --as hz-registry")
    stage.play(f"dengbu search --certificate '{CERTIFICATE}' --as hz-registry")
    person = {name: title["holders"][0][name] for name in ("id_type", "id_no")}
    written(stage.home, "person.json", person)
    found = stage.play(f"dengbu search --unit {UNIT} --person person.json --as hz-registry").stdout
    assert "是 yes" in found
    ref = stage.play(f"dengbu certificate reference {UNIT} --person person.json --as hz-registry").stdout
    assert ref.strip() == title["refs"][0]


def test_cases_that_persons_decide(stage: Stage) -> None:
    town = stage.town
    apply = "dengbu case apply application.json --as bank-a --save accepted.tlog-proof"

    def doubtful() -> str:
        asked = {**town.mortgage(town.title()), "private": {}}
        (stage.home / "accepted.tlog-proof").unlink(missing_ok=True)
        return _number(stage, CASE, "application.json", asked, apply)

    number = doubtful()
    assert number in stage.play("dengbu case worklist --as hz-registry").stdout
    assert number in stage.play("dengbu case list --state accepted --as hz-registry").stdout
    stage.play("dengbu get /v1/worklists/registry --as hz-registry")
    stage.play("dengbu case overdue --as hz-registry")
    stage.play(f"dengbu case suspend {CASE} --item survey-report --item seal --as hz-registry")
    stage.play(f"dengbu case resume {CASE} --as bank-a")
    stage.play(f"dengbu case review {CASE} --as hz-registry")
    stage.play(f"dengbu case enter {CASE} --as hz-registry")
    doubtful()
    stage.play(f"dengbu case refuse {CASE} --ground REG-22 ownership-dispute --as hz-registry")
    doubtful()
    stage.play(f"dengbu case withdraw {CASE} --as bank-a")
    doubtful()
    stage.play(f"dengbu case enter {CASE} --save sale.tlog-proof --as hz-registry")
    with town.net.client(REGISTRY) as client:
        assert client.cases.get(stage.words[CASE]).state == "entered"


def _sale(stage: Stage, mortgaged: bool = True) -> dict:
    title = stage.town.title()
    while title["holders"][0]["id_type"] != "1":  # a person sells
        title = stage.town.title()
    asked = stage.town.sale(title)
    loan = {
        "act": "mortgage.set",
        "unit": title["unit"],
        "mortgagee": BANK,
        "kind": "ordinary",
        "no_transfer": False,
    }
    buyer = [one["ref"] for one in asked["acts"][0]["holders"]]
    return {
        **asked,
        "acts": [*asked["acts"], {**loan, "consent": buyer}] if mortgaged else asked["acts"],
        "title": title,
    }


def test_sales_and_their_taxes(stage: Stage) -> None:
    clear = f"dengbu tax clear {SALE} --voucher deed 344010260000000001 payment --as hz-tax"
    asked = _sale(stage, mortgaged=False)
    del asked["title"]
    stage.words["2026-11-22"] = _today()
    _number(
        stage,
        SALE,
        "sale.json",
        asked,
        "dengbu case apply sale.json --as hz-registry",
    )
    assert stage.words[SALE] in stage.play("dengbu tax worklist --as hz-tax").stdout
    stage.play("dengbu case list --state accepted --act transfer --as hz-registry")
    stage.play(f"dengbu tax check {SALE} --as hz-tax")
    stage.play(f"dengbu tax assess {SALE} deed=due iit=due lvat=none --as hz-tax")
    assert stage.words[SALE] in stage.play("dengbu tax list --state ASSESSED --as hz-tax").stdout
    stage.play("dengbu tax list --state ASSESSED --as hz-tax --json")
    stage.play(clear)
    with stage.town.net.client(TAX) as client:
        iit = [{"tax": "iit", "number": "344010260000000002", "kind": "payment"}]
        client.tax.clear(stage.words[SALE], iit, wait=20)
    assert "CLEARED" in stage.play(f"dengbu tax show {SALE} --as hz-tax").stdout
    stage.play(f"dengbu tax refund-request {SALE} --ground contract-rescinded --as hz-tax")
    stage.play(f"dengbu tax refund-decline {SALE} --as hz-tax")
    stage.play(f"dengbu tax overpayment {SALE} --tax deed --paid-on 2026-11-22 --as hz-tax")
    stage.play(f"dengbu tax refund-request {SALE} --ground contract-rescinded --as hz-tax")
    stage.play(f"dengbu tax refund {SALE} --as hz-tax")
    with stage.town.net.client(TAX) as client:
        assert client.tax.deal(stage.words[SALE]).state == "REFUNDED"


def test_a_sale_that_is_claimed_back(stage: Stage) -> None:
    net = stage.town.net
    asked = _sale(stage, mortgaged=False)
    del asked["title"]
    with net.client(REGISTRY) as registry:
        stage.words[SALE] = str(registry.cases.apply(**asked, wait=20).number)
    stage.play(f"dengbu tax assess {SALE} deed=due iit=due lvat=none --as hz-tax")
    vouchers = [{"tax": tax, "number": f"{tax}-9", "kind": "exemption"} for tax in ("deed", "iit")]
    with net.client(TAX) as tax, net.client(REGISTRY) as registry:
        tax.tax.clear(stage.words[SALE], vouchers, wait=20)
        assert registry.cases.enter(stage.words[SALE], wait=20).state == "entered"
    stage.play(f"dengbu tax clawback {SALE} --ground use-changed --as hz-tax")
    stage.play(f"dengbu tax clawback-paid {SALE} --voucher 344010260000000009 --as hz-tax")
    stage.play("dengbu tax calc --price 1200000 --area 98 --relief only-home --held-since 2023-11-20")
    stage.play("dengbu tax calc --price 5000000 --area 200 --use shop --buyer enterprise --seller enterprise")


def test_an_application_that_several_sign(stage: Stage) -> None:
    asked = _sale(stage)
    title = asked.pop("title")
    with stage.town.net.client(BANK) as bank:
        case = bank.cases.apply(**stage.town.mortgage(title), wait=20)
        bank.cases.wait(str(case.number), timeout=20)
    with stage.town.net.client(REGISTRY) as registry:
        (old,) = registry.units.get(title["unit"]).mortgages
    asked["acts"].append({"act": "mortgage.discharge", "mortgage": old["id"]})
    written(stage.home, "sale.json", asked)
    stage.play("dengbu case draft sale.json --bundle sale-paying-off -o sale.signed.json --as hz-registry")
    stage.play("dengbu case countersign sale.signed.json -o sale.both.json --as bank-a")
    assert "已受理 accepted" in stage.play("dengbu case submit sale.both.json --as hz-registry").stdout


def test_what_the_members_decide(stage: Stage) -> None:
    propose = "dengbu governance propose institution.suspend bank-b --reason"
    stage.play(f"{propose} left -o suspend.json")
    stage.play(f"{propose} left-the-network -o suspend.json")
    stage.play(f"{propose} left-the-network -o proposal.json")
    sign = "dengbu governance sign suspend.json --home ./home --passphrase-file pass -o suspend.1.json"
    stage.play(sign)
    shown = stage.play("dengbu governance show suspend.1.json --as hz-registry").stdout
    assert "已签 signed    hz-tax" in shown
    (stage.home / "proposals").mkdir()
    raw = (stage.home / "suspend.1.json").read_bytes()
    (stage.home / "proposals" / "suspend.1.json").write_bytes(raw)
    assert "suspend.1.json" in stage.play("dengbu governance list proposals --as hz-registry").stdout
    for id in (REGISTRY, BANK):
        raw = homes.sign(stage.town.net.layout, id, raw, "governance")
    (stage.home / "suspend.3.json").write_bytes(raw)
    key = f"--key event Ed25519 {ZEROS}"
    for example in (
        f"key.add bank-b {key}",
        f"key.replace {ZEROS} {key}",
        f"key.revoke {ZEROS} --reason left-the-network",
    ):
        stage.play(f"dengbu governance propose {example} -o proposal.json")
    request = stage.town.net.home(COURT) / "request.json"
    (stage.home / "request.json").write_bytes(request.read_bytes())
    stage.play("dengbu governance propose institution.admit request.json -o admit.json")
    stage.play("dengbu policy draft limit_days=3 -o faster.json")
    stage.play("dengbu policy draft limit_days=3 -o faster.json --as hz-registry")
    stage.play("dengbu policy draft 'holidays=[\"2027-01-01\"]' -o holidays.json --as hz-registry")
    stage.play("dengbu policy show --as bank-a")
    stage.play("dengbu policy show --as bank-a --json")
    stage.play("dengbu governance members --as bank-a")
    stage.play("dengbu governance submit suspend.3.json --as hz-registry")
    with stage.town.net.client(REGISTRY) as client:
        status = {one.id: one.status for one in client.institutions.list()}
    assert status["bank-b"] == "suspended"


def test_a_home_and_its_keys(stage: Stage) -> None:
    stage.play("dengbu backup --home ./home --to ./copy")
    stage.play("dengbu restore --from ./copy --home ./restored")
    assert (stage.home / "restored" / "ledger.db").exists()
    stage.play("dengbu audit --home ./net/homes/bank-b")
    stage.play("dengbu audit --home ./net/homes/bank-a")
    stage.play("dengbu keys new outlet.key")
    stage.play("dengbu keys show outlet.key --json")
    (stage.home / "outlet.key").unlink()
    made = stage.play("dengbu keys new outlet.key --officer outlet-system --office outlet-01 --scope system")
    (stage.home / "outlet.json").write_text(made.stdout, encoding="utf-8")
    stage.play("dengbu keys admit outlet.json --home ./home")
    key = json.loads(made.stdout)["key"]
    assert key in stage.play("dengbu keys clients --home ./home").stdout
    stage.words[ZEROS] = key
    stage.play(f"dengbu keys retire {ZEROS} --home ./home")
    del stage.words[ZEROS]
    assert key not in stage.play("dengbu keys clients --home ./home").stdout
    stage.play("dengbu keys rotate event --home ./home --passphrase-file pass --as hz-tax")


def test_the_log_the_figures_and_the_machine(stage: Stage) -> None:
    stage.play("dengbu case list --as hz-registry")
    stage.play("dengbu net status")
    stage.play("dengbu net status --json")
    stage.play("dengbu log head --as bank-a")
    stage.play("dengbu log audit --as bank-a/auditor")
    stage.play("dengbu log audit -o audit.json --as bank-a/auditor")
    stage.play(f"dengbu log head --url {URL} --policy policy.txt")
    stage.play(f"dengbu get /v1/checkpoint --url {URL}")
    stage.play("dengbu stats --as hz-registry")
    stage.play("dengbu stats --from 2026-11-01 --to 2026-11-30 --by office --by channel --as hz-registry")
    stage.play("dengbu stats -o november.json --as hz-registry")
    stage.play("dengbu event types")
    stage.play("dengbu config show --origin")
    stage.play("dengbu doctor --json", code=0)


def test_no_example_is_left_out(stage: Stage) -> None:
    assert stage.left == set(ELSEWHERE)
