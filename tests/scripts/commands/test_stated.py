"""What institutions state by themselves, by command, on a network with a court: what the ledger then holds, and what it refuses."""

import json
from collections.abc import Iterator

import click
import pytest

from dengbu.api.client import verify_file
from dengbu.api.client.kinds import form, types
from dengbu.api.shapes import schemas
from dengbu.scripts.commands.stated_lists import court_list, show_payloads
from tests.scripts.command import dengbu
from tests.scripts.commands.person import Person
from tests.scripts.small_town import SmallTown, small_town, written

COURT, REGISTRY = "hz-court", "hz-registry"
UNKNOWN = "441302001001GB09999F00010001"
PAPER, OTHER_PAPER, LATER_PAPER = "(2026)粤13执1号", "(2026)粤13执2号", "(2027)粤13执1号"
UNTIL, LATER = "2027-12-31", "2028-12-31"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallTown]:
    """Five running nodes, of which one is a court's."""
    made = small_town(tmp_path_factory.mktemp("town"))
    with made.net:
        made.net.admit_court(COURT)
        made.net.start([COURT])
        yield made


def unit_at(someone: Person, code: str) -> dict:
    """A unit as the registry sees it."""
    return someone.json(REGISTRY, "unit", "show", code)


def seized(someone: Person, unit: str, paper: str = PAPER, until: str = UNTIL) -> dict:
    """Seize a unit; the result of the entry."""
    asked = ("court", "seize", unit, "--document", paper, "--until", until)
    result: dict = someone.json(COURT, *asked)["result"]
    return result


def test_a_court_seizes_waits_renews_and_releases(town: SmallTown, someone: Person) -> None:
    unit = town.title()["unit"]
    first = seized(someone, unit)
    assert (first["unit"], first["status"]) == (unit, "effective")
    second = seized(someone, unit, OTHER_PAPER)
    assert (second["status"], second["waiting_behind"]) == ("waiting", 1)
    waiting = someone.json(COURT, "court", "list", "--unit", unit, "--status", "waiting")["items"]
    assert [(one["id"], one["document"]) for one in waiting] == [(second["seizure"], OTHER_PAPER)]
    someone.run(COURT, "court", "renew", first["seizure"], "--document", LATER_PAPER, "--until", LATER)
    (held, _) = unit_at(someone, unit)["seizures"]
    assert (held["id"], held["document"], held["until"]) == (first["seizure"], LATER_PAPER, LATER)
    text = someone.run(COURT, "court", "release", first["seizure"], "--document", LATER_PAPER).stdout
    assert "已记载 recorded" in text
    assert f"effective: {second['seizure']}" in text
    (left,) = unit_at(someone, unit)["seizures"]
    assert (left["id"], left["status"]) == (second["seizure"], "effective")
    assert second["seizure"] in someone.run(REGISTRY, "court", "list", "--status", "effective").stdout
    gone = someone.json(REGISTRY, "court", "list", "--unit", unit, "--status", "released")["items"]
    assert [one["id"] for one in gone] == [first["seizure"]]


def test_the_officer_who_states_it_is_on_the_log(town: SmallTown, someone: Person) -> None:
    unit = town.title()["unit"]
    asked = ("court", "seize", unit, "--document", PAPER, "--until", UNTIL, "--id", "seize-once")
    once = someone.json(COURT, *asked, "--save", "seized.tlog-proof")
    assert someone.json(COURT, *asked)["index"] == once["index"], "the same id again changes nothing"
    policy = ("--policy", str(town.net.policy_path))
    done = dengbu("receipt", "verify", "seized.tlog-proof", *policy, "--json", home=someone.home)
    proved = json.loads(done.stdout)
    assert (proved["type"], proved["actor"], proved["id"]) == ("court.seize", COURT, "seize-once")
    receipt = verify_file(someone.home / "seized.tlog-proof", town.net.policy_path)
    body = receipt.verified.entry.envelope.body
    assert (body.officer, body.office) == ("judge-01", "chamber-01")


def test_a_court_orders_a_transfer_and_takes_it_back(town: SmallTown, someone: Person) -> None:
    title = town.title()
    holder = ("--holder", "a" * 64, "1/1")
    asked = (
        "court",
        "order",
        title["unit"],
        "--right",
        title["right"],
        "--document",
        PAPER,
        "--mode",
        "single",
    )
    order = someone.json(COURT, *asked, *holder)["result"]["order"]
    (held,) = unit_at(someone, title["unit"])["orders"]
    assert (held["id"], held["document"], held["holders"]) == (
        order,
        PAPER,
        [{"ref": "a" * 64, "share": "1/1"}],
    )
    assert "order-repeated" in someone.run(COURT, *asked, *holder, code=5).stderr
    half = ("--holder", "a" * 64, "1/2")
    assert "shares-sum" in someone.run(COURT, *asked[:5], "--document", "2", *asked[7:], *half, code=5).stderr
    someone.run(COURT, "court", "revoke-order", order, "--document", OTHER_PAPER)
    assert unit_at(someone, title["unit"])["orders"] == []
    again = someone.run(COURT, "court", "revoke-order", order, "--document", OTHER_PAPER, code=5)
    assert "order-ended" in again.stderr


def test_a_presold_unit_is_seized_before_anybody_registers_it(someone: Person) -> None:
    unit = "441302001001GB00777F00010001"
    asked = ("court", "pre-seize", unit, "--debtor", "b" * 64, "--document", PAPER, "--until", UNTIL)
    assert someone.json(COURT, *asked)["result"]["kind"] == "pre-seizure"
    (held,) = unit_at(someone, unit)["seizures"]
    assert (held["debtor"], held["kind"]) == ("b" * 64, "pre-seizure")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("court", "seize", UNKNOWN, "--document", PAPER, "--until", UNTIL), 5, "unit-unknown"),
        (("court", "renew", "S-999999", "--document", PAPER, "--until", UNTIL), 5, "seizure-unknown"),
        (("court", "release", "S-999999", "--document", PAPER), 5, "seizure-unknown"),
        (("court", "revoke-order", "O-999999", "--document", PAPER), 5, "order-unknown"),
        (("court", "pre-seize", "0" * 28, "--debtor", "b" * 64, "--document", PAPER, "--until", UNTIL), 5, "bad-unit-code"),
        (("mark", "lift", "K-999999", "--document", PAPER), 5, "mark-unknown"),
        (("objection", "suit", "O-1-1", "--document", PAPER), 5, "objection-unknown"),
        # what the shape shows is said before anything is sent
        (("court", "seize", UNKNOWN, "--document", PAPER, "--until", "tomorrow"), 2, "until"),
        (("court", "pre-seize", UNKNOWN, "--debtor", "someone", "--document", PAPER, "--until", UNTIL), 2, "debtor"),
        (("mark", "set", UNKNOWN, "--kind", "rumour", "--document", PAPER), 2, "--kind"),
        (("court", "seize", UNKNOWN, "--until", UNTIL), 2, "--document"),
        (("court", "order", UNKNOWN, "--right", "R-1", "--document", PAPER, "--mode", "single"), 2, "--holder"),
    ],
    ids=lambda given: " ".join(given[:2]) if isinstance(given, tuple) else None,
)  # fmt: skip
def test_what_is_refused(someone: Person, arguments: tuple[str, ...], code: int, said: str) -> None:
    before = len(someone.entries(f"{arguments[0]}.{arguments[1]}"))
    assert said in someone.run(COURT, *arguments, code=code).stderr
    assert len(someone.entries(f"{arguments[0]}.{arguments[1]}")) == before + (code == 5)


def test_a_seizure_twice_by_one_paper_or_for_too_long_is_refused(town: SmallTown, someone: Person) -> None:
    unit = town.title()["unit"]
    seized(someone, unit)
    asked = ("court", "seize", unit, "--document")
    twice = someone.run(COURT, *asked, PAPER, "--until", UNTIL, code=5).stderr
    assert "seizure-repeated" in twice
    assert "已记为第" in twice
    assert (
        "seizure-term-too-long"
        in someone.run(COURT, *asked, OTHER_PAPER, "--until", "2040-01-01", code=5).stderr
    )
    assert (
        "seizure-term-past" in someone.run(COURT, *asked, OTHER_PAPER, "--until", "2020-01-01", code=5).stderr
    )
    both = someone.run(COURT, *asked, PAPER, "--until", "2020-01-01", code=5).stderr
    assert both.count("error: ") == 1
    assert "seizure-repeated" in both
    assert "seizure-term-past" in both


@pytest.mark.parametrize("who", [REGISTRY, "hz-tax", "bank-a", f"{COURT}/system", f"{COURT}/auditor"])
def test_only_an_officer_of_a_court_seizes(town: SmallTown, someone: Person, who: str) -> None:
    before = len(someone.entries("court.seize"))
    asked = ("court", "seize", town.titles[0]["unit"], "--document", PAPER, "--until", UNTIL)
    assert "forbidden" in someone.run(who, *asked, code=1).stderr
    assert len(someone.entries("court.seize")) == before


def test_nobody_seizes_without_saying_as_whom_or_where_no_node_runs(town: SmallTown, someone: Person) -> None:
    asked = ("court", "seize", UNKNOWN, "--document", PAPER, "--until", UNTIL)
    assert dengbu(*asked, "--net", str(town.net.directory), home=someone.home).returncode == 2
    nowhere = ("--url", "http://127.0.0.1:1", "--key", str(town.net.client_key(COURT)))
    assert dengbu(*asked, *nowhere, home=someone.home).returncode == 4
    town.net.stop([COURT])
    try:
        assert "is not running" in someone.run(COURT, *asked, code=4).stderr
    finally:
        town.net.start([COURT])


def test_what_was_only_sent_is_not_shown_as_done(town: SmallTown, someone: Person) -> None:
    unit = town.title()["unit"]
    town.net.stop(["bank-a", "bank-b"])  # no quorum: it is taken, and not final
    try:
        asked = ("mark", "set", unit, "--kind", "freeze", "--document", PAPER)
        sent = someone.run(REGISTRY, *asked, "--wait", "0", "--id", "freeze-1")
        assert "等待会签 waiting for the quorum" in sent.stdout
        waited = someone.run(REGISTRY, *asked, "--wait", "0.5", "--id", "freeze-1", code=4)
        assert "freeze-1" in waited.stderr
        assert "recorded" not in sent.stdout + waited.stdout
    finally:
        town.net.start(["bank-a", "bank-b"])
    assert someone.json(REGISTRY, *asked, "--id", "freeze-1")["status"] == "final"
    (held,) = unit_at(someone, unit)["marks"]
    assert (held["kind"], held["document"]) == ("freeze", PAPER)


def test_a_mark_is_lifted_by_who_set_it_alone(town: SmallTown, someone: Person) -> None:
    unit = town.title()["unit"]
    asked = ("mark", "set", unit, "--kind", "dispute", "--document", PAPER)
    mark = someone.json(COURT, *asked)["result"]["mark"]
    assert "mark-repeated" in someone.run(COURT, *asked, code=5).stderr
    assert mark in someone.run(REGISTRY, "mark", "list", unit).stdout
    lift = ("mark", "lift", mark, "--document", OTHER_PAPER)
    assert "not-who-marked" in someone.run(REGISTRY, *lift, code=5).stderr
    someone.run(COURT, *lift)
    assert someone.json(REGISTRY, "mark", "list", unit)["items"] == []
    assert "mark-ended" in someone.run(COURT, *lift, code=5).stderr
    someone.run(
        COURT, *asked[:4], "dispute", "--document", "3", "--until", UNTIL, code=5
    )  # a dispute has no last day


def test_errors_and_losses_are_told_and_announced(town: SmallTown, someone: Person) -> None:
    title = town.title()
    about = (title["unit"], "--right", title["right"])
    fault = someone.json(REGISTRY, "fault", "tell", *about)["result"]["fault"]
    early = someone.run(REGISTRY, "fault", "announce", fault, code=5)
    assert "period-running" in early.stderr, "the holder has his thirty days"
    assert "fault-unknown" in someone.run(REGISTRY, "fault", "announce", "F-999999", code=5).stderr
    loss = someone.json(REGISTRY, "loss", "announce", *about)["result"]
    assert loss["unit"] == title["unit"]
    assert [one["result"] for one in someone.entries("loss.announce", "--unit", title["unit"])] == [loss]
    wrong = (title["unit"], "--right", "R-nobody-1")
    assert "right-unknown" in someone.run(REGISTRY, "loss", "announce", *wrong, code=5).stderr
    assert "forbidden" in someone.run(COURT, "loss", "announce", *about, code=1).stderr


def test_personal_data_is_read_logged_and_erased(town: SmallTown, someone: Person) -> None:
    title = town.title()
    file = written(someone.home, "mortgage.json", town.mortgage(title))
    case = someone.json("bank-a", "case", "apply", file)["number"]
    asked = ("payload", "show", case, "--purpose", "subject-request")
    shown = someone.json(REGISTRY, *asked)["items"]
    parts = {one["name"]: one["commitment"] for one in shown}
    assert {one["state"] for one in shown} == {"present"}
    assert title["holders"][0]["name"] in someone.run(REGISTRY, *asked).stdout
    someone.run(REGISTRY, "payload", "show", case, code=2)
    someone.run(f"{REGISTRY}/system", *asked, code=1)
    rows = someone.json(f"{REGISTRY}/auditor", "payload", "log")["items"]
    assert [(one["case"], one["purpose"], one["officer"]) for one in rows][-2:] == [
        (case, "subject-request", "officer-01")
    ] * 2
    erase = ("payload", "erase", parts["parties"], "--ground", "subject-request")
    assert "forbidden" in someone.run("bank-a", *erase, code=1).stderr
    assert someone.json(REGISTRY, *erase)["result"] == {"erased": 1}
    after = {one["name"]: (one["state"], one["value"]) for one in someone.json(REGISTRY, *asked)["items"]}
    assert after["parties"] == ("erased", None)
    assert after["terms"][0] == "present"
    assert "already-erased" in someone.run(REGISTRY, *erase, code=5).stderr
    twice = ("payload", "erase", "c" * 64, "c" * 64, "--ground", "subject-request")
    assert "commitment-repeated" in someone.run(REGISTRY, *twice, code=5).stderr
    someone.run(REGISTRY, "payload", "erase", "nonsense", "--ground", "subject-request", code=2)
    someone.run(REGISTRY, "payload", "erase", "--ground", "subject-request", code=2)


def test_every_command_of_a_statement_can_be_asked_for_help(someone: Person) -> None:
    for type_ in types():
        prefix, _, verb = type_.partition(".")
        if prefix in ("court", "mark", "notice", "objection", "fault", "loss", "payload"):
            shown = dengbu(prefix, verb, "--help", home=someone.home).stdout
            assert form(type_).zh in shown
            assert f"dengbu {prefix} {verb} " in shown


def test_the_choices_of_an_option_are_those_that_the_api_takes() -> None:
    (purpose,) = [one for one in show_payloads.params if one.name == "purpose"]
    (status,) = [one for one in court_list.params if one.name == "status"]
    assert isinstance(purpose.type, click.Choice)
    assert isinstance(status.type, click.Choice)
    assert sorted(purpose.type.choices) == sorted(schemas.PURPOSES)
    assert tuple(status.type.choices) == schemas.SEIZURE_STATES
