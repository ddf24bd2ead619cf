"""Reading the register by command: certificates, mortgages, searches, worklists, and reports kept in files."""

import json

from tests.scripts.command import dengbu
from tests.scripts.commands.person import Person
from tests.scripts.small_town import SmallTown, written

REGISTRY, TAX, BANK_A, BANK_B = "hz-registry", "hz-tax", "bank-a", "bank-b"
NO_UNIT = "441302001001GB09999F00010001"


def mortgaged(someone: Person) -> dict:
    """A title that bank-a has a mortgage on, with the certificate of that."""
    title = someone.town.title()
    file = written(someone.home, "loan.json", someone.town.mortgage(title))
    number = someone.json(BANK_A, "case", "apply", file)["number"]
    someone.run(BANK_A, "case", "watch", number, "--until-decided")
    (held,) = someone.json(REGISTRY, "unit", "show", title["unit"])["mortgages"]
    return {**title, "mortgage": held["id"], "mortgage_certificate": held["certificate"], "case": number}


def test_a_certificate_is_shown_and_verified_until_its_right_ends(someone: Person) -> None:
    title = mortgaged(someone)
    shown = someone.json(BANK_A, "certificate", "show", title["certificate"])
    assert (shown["unit"], shown["right"], shown["kind"]) == (title["unit"], title["right"], "ownership")
    own = ("certificate", "verify", title["mortgage_certificate"])
    proved = someone.json(BANK_A, *own, "--save", "issued.tlog-proof")
    assert (proved["issued"], proved["in_force"]) == (True, True)
    assert (someone.home / "issued.tlog-proof").exists()
    assert someone.json(REGISTRY, "certificate", "verify", title["certificate"])["issued"] is True
    acts = [{"act": "mortgage.discharge", "mortgage": title["mortgage"]}]
    to = {"to": [BANK_A, REGISTRY]}
    asked = {
        "district": "441302",
        "channel": "outlet",
        "acts": acts,
        "private": {"claim": {"value": {"settled": True}, **to}},
    }
    number = someone.json(BANK_A, "case", "apply", written(someone.home, "paid.json", asked))["number"]
    if someone.json(REGISTRY, "case", "show", number)["state"] == "accepted":
        dengbu_enter = ("case", "enter", number)
        done = dengbu(
            *dengbu_enter, "--net", str(someone.town.net.directory), "--as", REGISTRY, home=someone.home
        )
        assert done.returncode in (0, 1, 5), done.stderr  # the desk may have been quicker
    someone.run(BANK_A, "case", "watch", number, "--until-decided")
    ended = someone.json(BANK_A, *own, code=3)
    assert (ended["issued"], ended["in_force"]) == (True, False)


def test_a_certificate_that_is_none_is_1(someone: Person) -> None:
    someone.run(REGISTRY, "certificate", "show", "粤(2025)惠州市不动产权第9999999号", code=1)
    someone.run(REGISTRY, "certificate", "verify", "nonsense", code=1)


def test_a_bank_lists_its_own_mortgages_and_of_others_sees_the_rank(someone: Person) -> None:
    title = mortgaged(someone)
    listed = someone.json(BANK_A, "mortgage", "list", "--status", "active")["items"]
    assert title["mortgage"] in [one["id"] for one in listed]
    assert title["mortgage"] not in someone.run(BANK_B, "mortgage", "list").stdout
    (own,) = someone.json(BANK_A, "mortgage", "list", "--unit", title["unit"])["items"]
    assert (own["id"], own["rank"]) == (title["mortgage"], 1)
    assert someone.json(BANK_B, "mortgage", "list", "--unit", title["unit"])["items"] == []
    assert "forbidden" in someone.run(REGISTRY, "mortgage", "list", code=1).stderr


def test_the_register_is_searched_by_certificate_unit_and_person(town: SmallTown, someone: Person) -> None:
    title = town.title()
    by_unit = someone.json(REGISTRY, "search", "--unit", title["unit"])
    assert by_unit["unit"]["right"]["certificate"] == title["certificate"]
    by_number = someone.json(REGISTRY, "search", "--certificate", title["certificate"])
    assert (by_number["unit"]["code"], by_number["certificate"]["status"]) == (title["unit"], "current")
    holder = {name: title["holders"][0][name] for name in ("id_type", "id_no")}
    person = written(someone.home, "person.json", holder)
    asked = ("search", "--unit", title["unit"], "--person")
    assert someone.json(REGISTRY, *asked, person)["holds"] is True
    assert "权利人 holder  是 yes" in someone.run(REGISTRY, *asked, person).stdout
    other = town.titles[-1]["holders"][0]
    stranger = written(someone.home, "other.json", {name: other[name] for name in ("id_type", "id_no")})
    assert someone.json(REGISTRY, *asked, stranger)["holds"] is False
    assert "forbidden" in someone.run(BANK_A, *asked, person, code=1).stderr
    someone.run(REGISTRY, *asked, written(someone.home, "empty.json", {}), code=2)
    someone.run(REGISTRY, *asked, "absent.json", code=1)
    someone.run(REGISTRY, "search", code=2)
    someone.run(REGISTRY, "search", "--unit", title["unit"], "--certificate", title["certificate"], code=2)
    someone.run(REGISTRY, "search", "--unit", NO_UNIT, code=1)


def test_what_waits_is_listed_and_a_deal_is_shown(town: SmallTown, someone: Person) -> None:
    file = written(someone.home, "sale.json", town.sale(town.title()))
    number = someone.json(REGISTRY, "case", "apply", file)["number"]
    assert number in [one["case"] for one in someone.json(TAX, "tax", "worklist")["items"]]
    deal = someone.json(TAX, "tax", "show", number)
    assert (deal["case"], deal["version"]) == (number, 0)
    someone.run(TAX, "tax", "show", "441302-20200101-000001", code=1)
    assert "forbidden" in someone.run(BANK_A, "tax", "worklist", code=1).stderr
    assert number in [one["number"] for one in someone.json(REGISTRY, "case", "worklist")["items"]]
    assert number not in someone.run(BANK_A, "case", "worklist").stdout
    someone.run(TAX, "case", "worklist", code=1)
    clock = someone.json(REGISTRY, "case", "clock", number)
    assert (clock["case"], clock["used"], clock["overdue"]) == (number, 0, False)
    assert "工作日 days        0/5" in someone.run(REGISTRY, "case", "clock", number).stdout


def test_reports_are_kept_in_files(town: SmallTown, someone: Person) -> None:
    found = someone.json(REGISTRY, "stats", "-o", "efficiency.json")
    assert json.loads((someone.home / "efficiency.json").read_text(encoding="utf-8")) == found
    text = someone.run(REGISTRY, "stats", "-o", "efficiency.txt").stdout
    assert (someone.home / "efficiency.txt").read_text(encoding="utf-8") == text
    someone.run(f"{BANK_A}/auditor", "log", "audit", "-o", "audit.json")
    assert json.loads((someone.home / "audit.json").read_text(encoding="utf-8"))["ok"] is True
    done = dengbu("audit", "--home", str(town.net.home(BANK_A)), "-o", "home.txt", home=someone.home)
    assert done.returncode == 0
    assert "审计通过" in (someone.home / "home.txt").read_text(encoding="utf-8")
    someone.run(REGISTRY, "stats", "-o", "absent/efficiency.json", code=2)
    assert "cannot write /dev/full" in someone.run(REGISTRY, "stats", "-o", "/dev/full", code=1).stderr


def test_a_read_that_names_nobody_says_as_whom_it_is_made(town: SmallTown, someone: Person) -> None:
    done = dengbu("policy", "show", "--net", str(town.net.directory), home=someone.home)
    assert done.returncode == 0
    assert "as hz-registry, the first member" in done.stderr
    assert "first member" not in someone.run(BANK_A, "policy", "show").stderr


def test_events_are_listed_by_type_and_by_unit(town: SmallTown, someone: Person) -> None:
    title = town.title()
    listed = someone.json(REGISTRY, "event", "list", "--unit", title["unit"])["items"]
    assert [one["type"] for one in listed] == ["title.import"]
    assert len(someone.json(REGISTRY, "event", "list", "-n", "2")["items"]) == 2
    after = str(listed[0]["index"])
    assert someone.json(REGISTRY, "event", "list", "--unit", title["unit"], "--after", after)["items"] == []
    assert title["unit"] not in someone.run(BANK_B, "event", "list", "--type", "title.import").stdout


def test_an_event_that_was_sealed_by_hand_is_submitted(town: SmallTown, someone: Person) -> None:
    unit = town.title()["unit"]
    data = {"unit": unit, "kind": "freeze", "document": "(2026)粤13执1号"}
    file = written(someone.home, "mark.json", {"type": "mark.set", "data": data})
    secret = ("--home", str(town.net.home(REGISTRY)), "--passphrase-file", str(town.net.layout.passphrase))
    done = dengbu("keys", "sign", file, *secret, "--class", "event", "-o", "signed.json", home=someone.home)
    assert done.returncode == 0, done.stderr
    mark = someone.json(REGISTRY, "event", "submit", "signed.json")["result"]["mark"]
    assert [one["id"] for one in someone.json(REGISTRY, "mark", "list", unit)["items"]] == [mark]
    someone.run(REGISTRY, "event", "submit", file, code=1)
    someone.run(REGISTRY, "event", "submit", "absent", code=1)
