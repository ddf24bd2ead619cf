"""Titles imported from a CSV file into a real network: each title's report says what became of it."""

import csv
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from dengbu.api.client import Client, load_key, verify_file
from dengbu.api.client.titles import TITLES_MAX
from dengbu.ledger.events.titles import units_in
from dengbu.ledger.register.records import Unit
from dengbu.nodes.store.reads import Reads
from dengbu.scripts.net.homes import AUDITOR, SYSTEM
from dengbu.scripts.titles import city
from dengbu.scripts.titles.districts import territory_of
from dengbu.scripts.titles.importing import NotImported, import_all
from dengbu.scripts.titles.title_file import bounds_of_today, read_titles
from tests.scripts.command import ROOT, dengbu
from tests.scripts.engine_tests import EVERY_ENGINE
from tests.scripts.small_town import SmallTown, small_town
from tests.waiting import WAIT_S_MAX, until

REGISTRY = "hz-registry"
SEED = 11
UNITS = 4_000
STATES = ("imported", "already", "refused", "not_taken", "unknown", "unsent")

Rows = list[dict[str, str]]


@dataclass
class Counter:
    """A registry's counter with a folder, and titles that no test has used."""

    town: SmallTown
    fresh: Iterator[Rows] = field(default_factory=lambda: city.titles(SEED, UNITS))
    entered: Rows = field(default_factory=list)

    def titles(self, count: int) -> list[Rows]:
        """Return the rows of this many fresh titles."""
        return [next(self.fresh) for _ in range(count)]

    def refused(self, home: Path, rows: Rows) -> Rows:
        """The same title with a certificate that stands for another unit, which no file can show."""
        if not self.entered:
            (self.entered,) = self.titles(1)
            write(home / "entered.csv", [self.entered])
            assert counts(self.json(home, "entered.csv", 0)) == {"imported": 1}
        return changed(rows, BDCQZH=self.entered[0]["BDCQZH"])

    def run(self, home: Path, name: str) -> "subprocess.CompletedProcess[str]":
        """Import a file as a clerk does."""
        done = dengbu("title", "import", name, *self.to_registry, home=home)
        assert "Traceback" not in done.stderr
        return done

    def json(self, home: Path, name: str, code: int, *more: str) -> dict[str, Any]:
        """Import a file with --json; the command must end with this code, and its output must say so."""
        done = dengbu("title", "import", name, "--json", *self.to_registry, *more, home=home)
        assert done.returncode == code, done.stdout + done.stderr
        said: dict[str, Any] = json.loads(done.stdout)
        assert said["exit"] == code
        return said

    @property
    def to_registry(self) -> tuple[str, ...]:
        return ("--net", str(self.town.net.directory), "--as", f"{REGISTRY}/{SYSTEM}")

    def registered(self, titles: Sequence[Rows]) -> list[bool]:
        """Return for each unit whether the register has a right on it, read from the registry's database."""
        with Reads(self.town.net.home(REGISTRY)) as reads:
            found = [reads.get(Unit, code_of(rows)) for rows in titles]
        return [unit is not None and unit.right is not None for unit in found]

    def entries(self, start: int) -> list[str]:
        """Return the units of the titles that the entries from an index on have imported."""
        with self.town.net.client(REGISTRY, AUDITOR) as registry:
            found = [one for one in registry.log.entries(start) if one.decision["outcome"] != "refused"]
        return [unit for one in found for unit in units_in(one.envelope.body.data)]

    def size(self) -> int:
        with self.town.net.client(REGISTRY) as registry:
            return registry.log.checkpoint().size


@pytest.fixture(scope="module", params=EVERY_ENGINE)
def counter(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """Four running nodes."""
    made = small_town(tmp_path_factory.mktemp("town"), request.param, titles=1)
    with made.net:
        yield Counter(made)


def write(path: Path, titles: Sequence[Rows]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, city.FIELDS)
        writer.writeheader()
        writer.writerows(row for rows in titles for row in rows)


def changed(rows: Rows, **fields: str) -> Rows:
    return [row | fields for row in rows]


def code_of(rows: Rows) -> str:
    return rows[0]["BDCDYH"]


def counts(said: dict[str, Any]) -> dict[str, int]:
    """Return the counts that are not zero."""
    return {state: said[state] for state in STATES if said[state]}


def test_a_refused_title_is_named_and_a_corrected_one_goes_in(counter: Counter, tmp_path: Path) -> None:
    titles = counter.titles(5)
    write(tmp_path / "t.csv", [counter.refused(tmp_path, titles[0]), *titles[1:]])
    done = counter.run(tmp_path, "t.csv")
    assert done.returncode == 5, done.stdout + done.stderr
    for part in ("t.csv:2 ", code_of(titles[0]), "certificate-used", "证", "REG-10"):
        assert part in done.stderr
    assert "imported: 4\n" in done.stdout
    assert "ledger: 1\n" in done.stdout
    assert counter.registered(titles) == [False, True, True, True, True]

    write(tmp_path / "t.csv", titles)
    assert counts(counter.json(tmp_path, "t.csv", 0)) == {"imported": 1, "already": 4}
    assert all(counter.registered(titles))

    size = counter.size()
    assert counts(counter.json(tmp_path, "t.csv", 0)) == {"already": 5}
    assert counter.size() == size


def test_a_title_of_another_district_is_found_by_the_policy_of_the_network(
    counter: Counter, tmp_path: Path
) -> None:
    with counter.town.net.client(REGISTRY, AUDITOR) as registry:
        (genesis,) = registry.log.entries(0, 1)
        territory = territory_of(registry)
        assert territory is not None
        assert territory.districts == tuple(genesis.envelope.body.data["policy"]["districts"])
    with Client(counter.town.net.url(REGISTRY), key=load_key(counter.town.net.client_key(REGISTRY))) as other:
        assert territory_of(other) is None
    sound, elsewhere = counter.titles(2)
    write(tmp_path / "t.csv", [sound, changed(elsewhere, BDCDYH="441309" + code_of(elsewhere)[6:])])
    said = counter.json(tmp_path, "t.csv", 1)
    assert [(one["line"], one["column"]) for one in said["faults"]] == [(2 + len(sound), "BDCDYH")]
    assert counter.registered([sound]) == [False]


def test_a_refused_title_is_judged_anew_each_time_it_is_sent(counter: Counter, tmp_path: Path) -> None:
    (rows,) = counter.titles(1)
    write(tmp_path / "t.csv", [counter.refused(tmp_path, rows)])
    first, second = (counter.json(tmp_path, "t.csv", 5)["titles"] for _ in range(2))
    assert [one["name"] for one in second[0]["reasons"]] == ["certificate-used"]
    assert second[0]["index"] > first[0]["index"]
    write(tmp_path / "t.csv", [rows])
    assert counts(counter.json(tmp_path, "t.csv", 0)) == {"imported": 1}


def test_a_row_that_changed_after_it_was_entered_is_refused(counter: Counter, tmp_path: Path) -> None:
    (rows,) = counter.titles(1)
    write(tmp_path / "t.csv", [rows])
    assert counts(counter.json(tmp_path, "t.csv", 0)) == {"imported": 1}
    for content in ({"JZMJ": "77.7"}, {"ZL": "惠州市惠城区另一条路1号"}):  # of these the second stays private
        write(tmp_path / "t.csv", [changed(rows, **content)])
        said = counter.json(tmp_path, "t.csv", 5)
        assert counts(said) == {"refused": 1}
        assert "unit-registered" in [one["name"] for one in said["titles"][0]["reasons"]]
    write(tmp_path / "t.csv", [rows])
    assert counts(counter.json(tmp_path, "t.csv", 0)) == {"already": 1}


def test_a_refused_title_in_the_middle_of_many(counter: Counter, tmp_path: Path) -> None:
    before, (bad,), after = counter.titles(60), counter.titles(1), counter.titles(60)
    before[0] = changed(before[0], ZL="惠州市惠城区\n麦地路一号\n二楼")
    titles = [*before, counter.refused(tmp_path, bad), *after]
    write(tmp_path / "t.csv", titles)
    said = counter.json(tmp_path, "t.csv", 5)
    assert counts(said) == {"imported": 120, "refused": 1}
    (left,) = said["titles"]
    text = (tmp_path / "t.csv").read_text(encoding="utf-8-sig").split("\n")
    assert text[left["line"] - 1].startswith(code_of(bad))
    assert (left["file"], left["unit"], left["state"]) == ("t.csv", code_of(bad), "refused")
    assert {"code", "name", "law", "title_zh", "title_en"} <= set(left["reasons"][0])
    with counter.town.net.client(REGISTRY) as registry:
        assert registry.receipts.get(left["index"]).outcome == "refused"
    assert counter.registered(titles) == [True] * 60 + [False] + [True] * 60


def test_who_needs_every_title_is_told_of_one_that_is_not_there(counter: Counter, tmp_path: Path) -> None:
    titles = counter.titles(2)
    write(tmp_path / "t.csv", [titles[0], counter.refused(tmp_path, titles[1])])
    known: list[int] = []
    with pytest.raises(NotImported, match=r"1 of 2 .*certificate-used"):
        import_all(
            lambda: counter.town.net.client(REGISTRY),
            read_titles(tmp_path / "t.csv", bounds_of_today()).titles,
            known.append,
        )
    assert sum(known) == 2


def test_a_node_that_dies_on_the_way_loses_nothing(counter: Counter, tmp_path: Path) -> None:
    titles = counter.titles(30 * TITLES_MAX)
    write(tmp_path / "t.csv", titles)
    began, net = counter.size(), counter.town.net
    command = [sys.executable, "-m", "dengbu.scripts", "title", "import", str(tmp_path / "t.csv"), "--json"]
    process = subprocess.Popen(
        [*command, *counter.to_registry, "--receipts", str(tmp_path / "kept")],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        until(lambda: counter.size() > began + 10, "some batches are in")
        net.kill(REGISTRY, ("node",))
        out, err = process.communicate(timeout=WAIT_S_MAX)
    finally:
        process.kill()
        net.start([REGISTRY])
    assert process.returncode == 4, out + err
    said = json.loads(out)
    assert said["failure"]["message"]
    assert said["imported"] > 0
    assert said["unsent"] > 0
    assert sum(counts(said).values()) == len(titles)
    left = {one["unit"] for one in said["titles"]}
    assert len(left) == len(titles) - said["imported"]
    assert all(counter.registered([rows for rows in titles if code_of(rows) not in left]))
    assert len(list((tmp_path / "kept").glob("*.tlog-proof"))) >= said["imported"] // TITLES_MAX

    again = counter.json(tmp_path, "t.csv", 0, "--receipts", "kept")
    assert again["already"] >= said["imported"]
    assert again["imported"] + again["already"] == len(titles)
    assert all(counter.registered(titles))
    entered = counter.entries(began)
    assert sorted(entered) == sorted(map(code_of, titles)), "every title is in the log, and none twice"


def test_each_row_is_listed_with_the_entry_that_proves_it(counter: Counter, tmp_path: Path) -> None:
    titles = counter.titles(TITLES_MAX + 5)
    titles[3] = counter.refused(tmp_path, titles[3])
    write(tmp_path / "t.csv", titles)
    said = counter.json(tmp_path, "t.csv", 5, "--receipts", "kept")
    assert (said["receipts"], counts(said)) == ("kept", {"imported": len(titles) - 1, "refused": 1})
    with (tmp_path / "kept" / "entries.csv").open(encoding="utf-8", newline="") as file:
        listed = list(csv.DictReader(file))
    text = (tmp_path / "t.csv").read_text(encoding="utf-8-sig").split("\n")
    assert [one["unit"] for one in listed] == [code_of(rows) for rows in titles]
    for one in listed:
        assert text[int(one["line"]) - 1].startswith(one["unit"])
        receipt = verify_file(tmp_path / "kept" / f"{one['index']}.tlog-proof", counter.town.net.policy_path)
        assert one["unit"] in [title["unit"] for title in receipt.data["titles"]]
        assert (receipt.outcome == "refused") == (one["state"] == "refused")
    last = f"kept/{listed[-1]['index']}.tlog-proof"
    policy = ("--policy", str(counter.town.net.policy_path))
    done = dengbu("receipt", "verify", last, *policy, home=tmp_path)
    assert done.returncode == 0
    assert "title.import-batch" in done.stdout
    assert f"titles {sum(one['index'] == listed[-1]['index'] for one in listed)}" in done.stdout
    assert listed[-1]["unit"] in done.stdout


def test_the_log_with_batches_audits_clean_at_every_member(counter: Counter) -> None:
    with counter.town.net.client("bank-b", AUDITOR) as bank:
        report = bank.log.audit()
    assert report.fault is None
    assert report.checked > 10
