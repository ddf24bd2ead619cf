"""`dengbu title` without a network: the sample file, what is staged, what is reported, and the one shape of --json."""

import csv
import json
import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from dengbu.api.client import new_key
from dengbu.ledger.law.verdict import Code
from dengbu.scripts.commands.title import command
from dengbu.scripts.titles.city import write_csv
from dengbu.scripts.titles.columns import COLUMNS
from dengbu.scripts.titles.report import Left, column_and_value, write_report
from dengbu.scripts.titles.stage import create, preview, write_titles
from dengbu.scripts.titles.template import EXPLAINED, SHEET
from dengbu.scripts.titles.title_file import read_titles
from tests.api.client.scripted import Scripted, problem, says, scripted
from tests.scripts.command import dengbu
from tests.scripts.titles.files import BOUNDS, cells_of, encoded, of_rows, read, row, rows, sheet, written

JSON_MEMBERS = {
    "file", "read_as", "header_line", "rows", "ignored", "districts", "faults", "titles", "failure", "staged", "receipts",
    "exit",
    "imported", "already", "refused", "not_taken", "unknown", "unsent",
}  # fmt: skip


def key_file(home: Path) -> Path:
    """A key of a counter."""
    if not (home / "counter.key").exists():
        new_key(home / "counter.key")
    return home / "counter.key"


def run(home: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    if "--url" in arguments:
        arguments = (*arguments, "--key", str(key_file(home)))
    done = dengbu("title", *arguments, home=home)
    assert "Traceback" not in done.stderr
    return done


def told(home: Path, code: int, *arguments: str) -> dict[str, Any]:
    """What `title import` says with --json, which must be one object of the one shape."""
    done = run(home, "import", *arguments, "--json")
    assert done.returncode == code, done.stdout + done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    assert set(said) == JSON_MEMBERS
    assert said["exit"] == code
    return said


# ---- the sample -----------------------------------------------------------------------------------------------------


def test_the_sample_imports_as_it_stands(tmp_path: Path) -> None:
    assert run(tmp_path, "template", "-o", "t.csv").returncode == 0
    assert run(tmp_path, "template", "--xlsx", "-o", "t.xlsx").returncode == 0
    (tmp_path / "out.csv").write_text(run(tmp_path, "template").stdout, encoding="utf-8")
    (tmp_path / "gbk.csv").write_bytes((tmp_path / "out.csv").read_text(encoding="utf-8").encode("gbk"))
    found = [read_titles(tmp_path / name, BOUNDS) for name in ("t.csv", "t.xlsx", "out.csv", "gbk.csv")]
    assert [one.faults for one in found] == [[]] * 4
    assert [title["mode"] for title in found[0].titles] == ["single", "joint", "shares"]
    assert all(one.titles == found[0].titles for one in found)
    assert [one.ignored for one in found] == [()] * 4


def test_a_sample_is_of_no_city_and_takes_the_place_of_no_file(tmp_path: Path) -> None:
    assert run(tmp_path, "template", "-o", "t.csv").returncode == 0
    mine = {(title["unit"], title["certificate"]) for title in read_titles(tmp_path / "t.csv", BOUNDS).titles}
    write_csv(tmp_path / "city.csv", 1, 2_000)
    theirs = read_titles(tmp_path / "city.csv", BOUNDS).titles
    for place in (0, 1):
        kept = {(title["unit"], title["certificate"])[place] for title in theirs}
        assert not kept & {one[place] for one in mine}
    (tmp_path / "t.csv").write_text("filled in")
    for arguments in (("-o", "t.csv"), ("--json", "-o", "t.csv")):
        done = run(tmp_path, "template", *arguments)
        assert done.returncode == 1
        assert "exists already" in done.stdout + done.stderr
    assert (tmp_path / "t.csv").read_text() == "filled in"


def test_the_sample_explains_every_column(tmp_path: Path) -> None:
    text = run(tmp_path, "template").stdout
    run(tmp_path, "template", "--xlsx", "-o", "t.xlsx")
    book = load_workbook(tmp_path / "t.xlsx", read_only=True)
    assert book.sheetnames == [SHEET, EXPLAINED]
    lines = [[cell or "" for cell in line] for line in book[EXPLAINED].iter_rows(values_only=True)]
    book.close()
    for column, line in zip(COLUMNS, lines[1:], strict=True):
        assert f"# {column.name} " in text
        assert line[:5] == [column.name, "、".join(column.headers), column.zh, column.en, column.example]
        assert all(part in text for part in (*column.headers, column.zh, column.en))
    said = json.loads(run(tmp_path, "template", "--json").stdout)
    assert [one["name"] for one in said["columns"]] == [column.name for column in COLUMNS]


def test_the_help_lists_every_column() -> None:
    text = command.commands["import"].help or ""
    assert all(f"{column.name:<7} {column.headers[0]}: {column.en}" in text for column in COLUMNS)


def test_a_sheet_is_not_written_to_a_terminal(tmp_path: Path) -> None:
    done = run(tmp_path, "template", "--xlsx")
    assert (done.returncode, "-o" in done.stderr) == (2, True)


# ---- staged ---------------------------------------------------------------------------------------------------------


def city(folder: Path) -> list[dict[str, Any]]:
    """Titles of every mode and use, and with areas to the last digit."""
    some = rows(8)
    for one, area, use in zip(
        some, ("0.0001", "89", "89.5", "100000000"), ("车位", "工业", "其他", "办公"), strict=False
    ):
        one |= {"JZMJ": area, "GHYT": use}
    found = read(folder / "city.csv", written([*some, *_with_shares()])).titles
    assert {title["mode"] for title in found} == {"single", "shares"}
    return found


def _with_shares() -> list[dict[str, str]]:
    one, other = rows(10)[8:]
    return [
        one | {"GYFS": "2", "QLBL": "1/3"},
        one | {"GYFS": "2", "QLBL": "2/3"} | {n: other[n] for n in ("ZJH", "QLRMC")},
    ]


def test_what_is_staged_as_csv_reads_back_as_the_same_titles(tmp_path: Path) -> None:
    titles = city(tmp_path)
    write_titles(tmp_path / "staged.csv", titles)
    assert read_titles(tmp_path / "staged.csv", BOUNDS).titles == titles
    write_titles(tmp_path / "staged.jsonl", titles)
    lines = (tmp_path / "staged.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == titles
    for name in ("staged.csv", "staged.jsonl"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_a_preview_counts_and_shows_no_identity_number(tmp_path: Path) -> None:
    titles = city(tmp_path)
    shown = preview(titles)
    assert shown.districts == {"441302": len(titles)}
    assert shown.uses == {
        use: sum(title["use"] == use for title in titles)
        for use in sorted({title["use"] for title in titles})
    }
    assert len({one["BDCDYH"] for one in shown.first}) == 5
    assert [one["ZJH"][-4:] for one in shown.first] == [
        title["holders"][0]["id_no"][-4:] for title in titles[:5]
    ]
    assert not any(title["holders"][0]["id_no"][:-4] in str(shown) for title in titles)


def test_a_file_is_staged_without_a_node_and_nothing_is_sent(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(encoded(written(rows(7)), "gbk"))
    said = told(tmp_path, 0, "t.csv", "--stage", "s.csv", "--report", "r.csv")
    assert (said["unsent"], said["imported"], said["rows"], said["districts"]) == (7, 0, 7, None)
    assert (said["staged"]["file"], said["staged"]["titles"]) == ("s.csv", 7)
    assert len(read_titles(tmp_path / "s.csv", BOUNDS).titles) == 7
    assert (tmp_path / "r.csv").read_text(encoding="utf-8-sig").splitlines() == [
        "file,line,unit,column,value,state,reason"
    ]
    done = run(tmp_path, "import", "t.csv", "--stage", "s.jsonl")
    assert done.returncode == 0
    assert "gbk" in done.stderr
    assert "districts are not checked" in done.stderr
    assert "checked, not sent: 7" in done.stdout
    assert "441302 7" in done.stdout


def test_a_file_with_a_mistake_is_not_staged(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(written([*rows(2), rows(3)[2] | {"JZMJ": "=A1"}]), encoding="utf-8")
    said = told(tmp_path, 1, "t.csv", "--stage", "s.csv", "--report", "r.json")
    assert (said["unsent"], said["staged"]) == (2, None)
    assert not (tmp_path / "s.csv").exists()
    (fault,) = said["faults"]
    assert fault == json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))[0]
    assert {name: fault[name] for name in ("file", "line", "unit", "column", "value", "state")} == {
        "file": "t.csv",
        "line": 4,
        "unit": rows(3)[2]["BDCDYH"],
        "column": "JZMJ",
        "value": "=A1",
        "state": "faulty",
    }
    done = run(tmp_path, "import", "t.csv", "--stage", "s.csv")
    assert (done.returncode, "t.csv: " in done.stdout, "line 4, JZMJ [=A1]" in done.stdout) == (1, True, True)


def test_options_that_the_file_does_not_fit_are_mistakes(tmp_path: Path) -> None:
    sheet(tmp_path / "t.xlsx", cells_of(rows(1)))
    for more in (("--encoding", "gbk"), ("--delimiter", "tab"), ("--sheet", "none")):
        assert told(tmp_path, 1, "t.xlsx", "--stage", "s.csv", *more)["faults"]
    assert told(tmp_path, 0, "t.xlsx", "--stage", "s.csv", "--sheet", "Sheet1")["read_as"] == "xlsx [Sheet1]"


def test_columns_that_are_left_out_are_named(tmp_path: Path) -> None:
    head, *lines = written(rows(2)).splitlines()
    (tmp_path / "t.csv").write_text(
        "\n".join([f"{head},抵押情况", *(f"{line},无" for line in lines)]), encoding="utf-8"
    )
    assert told(tmp_path, 0, "t.csv", "--stage", "s.csv")["ignored"] == ["抵押情况"]
    assert "抵押情况" in run(tmp_path, "import", "t.csv", "--stage", "s.csv").stderr


@pytest.mark.parametrize(
    ("option", "name"),
    [
        ("--stage", "s.xlsx"),
        ("--stage", "s.json"),
        ("--stage", "s"),
        ("--report", "r.xlsx"),
        ("--report", "r.txt"),
        ("--report", "/dev/null"),
    ],
)
def test_a_file_is_written_in_the_form_of_its_suffix_or_not_at_all(
    tmp_path: Path, option: str, name: str
) -> None:
    (tmp_path / "t.csv").write_text(written(rows(1)), encoding="utf-8")
    done = run(tmp_path, "import", "t.csv", option, name)
    assert (done.returncode, option in done.stderr) == (2, True)
    assert [one.name for one in tmp_path.glob("[rs]*")] == []


def test_a_sample_is_written_in_the_form_of_its_suffix(tmp_path: Path) -> None:
    assert run(tmp_path, "template", "-o", "t.XLSX").returncode == 0
    assert read_titles(tmp_path / "t.XLSX", BOUNDS).read_as == f"xlsx [{SHEET}]"
    for arguments in (("-o", "u.xls"), ("-o", "u"), ("--xlsx", "-o", "u.csv")):
        assert run(tmp_path, "template", *arguments).returncode == 2
    assert not list(tmp_path.glob("u*"))


def test_wrong_settings_are_no_missing_node(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(written(rows(1)), encoding="utf-8")
    (tmp_path / "dengbu.toml").write_text('ulr = "http://127.0.0.1:1"\n', encoding="utf-8")
    done = run(tmp_path, "import", "t.csv", "--stage", "s.csv")
    assert (done.returncode, "did you mean url" in done.stderr) == (2, True)
    assert not (tmp_path / "s.csv").exists()


def test_many_columns_that_are_left_out_are_counted(tmp_path: Path) -> None:
    head, *lines = written(rows(2)).splitlines()
    extra = "".join(f",c{n:03}" for n in range(500))
    (tmp_path / "t.csv").write_text("\n".join([head + extra, *lines]), encoding="utf-8")
    said = run(tmp_path, "import", "t.csv", "--stage", "s.csv").stderr
    assert ("c019" in said, "c020" in said, "and 480 more" in said) == (True, False, True)


def test_a_file_that_cannot_be_read_is_named_with_the_reason(tmp_path: Path) -> None:
    arguments = ("title", "import", "/dev/stdin", "--stage", "s.csv")
    done = dengbu(*arguments, home=tmp_path, stdin=written(rows(1)))
    assert (done.returncode, "cannot read /dev/stdin" in done.stderr) == (1, True)
    assert "None" not in done.stderr


def test_without_a_node_nothing_is_imported(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(written(rows(1)), encoding="utf-8")
    done = run(tmp_path, "import", "t.csv")
    assert (done.returncode, "--url" in done.stderr) == (2, True)


@pytest.mark.parametrize("option", ["--stage", "--report"])
def test_a_place_that_cannot_be_written_is_known_before_anything_is_sent(
    tmp_path: Path, node: Scripted, option: str
) -> None:
    (tmp_path / "t.csv").write_text(written(rows(1)), encoding="utf-8")
    done = run(tmp_path, "import", "t.csv", "--url", node.url, option, "absent/r.csv")
    assert (done.returncode, "there is no folder absent" in done.stderr) == (2, True)
    assert not [asked for asked in node.asked if asked.method == "POST"]
    assert run(tmp_path, "template", "-o", "absent/t.csv").returncode == 2


def test_receipts_need_a_policy_to_prove_them(tmp_path: Path, node: Scripted) -> None:
    (tmp_path / "t.csv").write_text(written(rows(1)), encoding="utf-8")
    done = run(tmp_path, "import", "t.csv", "--url", node.url, "--receipts", "kept")
    assert (done.returncode, "policy" in done.stderr) == (2, True)
    assert not [asked for asked in node.asked if asked.method == "POST"]
    assert not (tmp_path / "kept").exists()


def test_a_report_of_an_earlier_run_does_not_stay(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("old", encoding="utf-8")
    assert run(tmp_path, "import", "absent.csv", "--stage", "s.csv", "--report", "r.csv").returncode == 1
    assert "old" not in (tmp_path / "r.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "options", [("--report", "{}"), ("--stage", "{}"), ("--report", "r.csv", "--stage", "./r.csv")]
)
@pytest.mark.parametrize("name", ["t.csv", "./t.csv", "link.csv", "twin.csv"])
def test_no_file_is_written_over_another_of_the_same_command(
    tmp_path: Path, node: Scripted, options: tuple[str, ...], name: str
) -> None:
    source = tmp_path / "t.csv"
    source.write_text(written(rows(2)), encoding="utf-8")
    (tmp_path / "link.csv").symlink_to(source)
    os.link(source, tmp_path / "twin.csv")
    done = run(tmp_path, "import", "t.csv", "--url", node.url, *(one.format(name) for one in options))
    assert (done.returncode, "same file" in done.stderr) == (2, True)
    assert source.read_text(encoding="utf-8") == written(rows(2)).replace("\r\n", "\n")
    assert not (tmp_path / "r.csv").exists()
    assert not node.asked


def test_what_is_written_takes_its_place_whole_or_not_at_all(tmp_path: Path) -> None:
    """A place that others could read is one's own afterwards, what fails leaves what was there, and a link stays."""
    place = tmp_path / "r.csv"
    place.write_text("old", encoding="utf-8")
    place.chmod(0o644)
    (tmp_path / "link.csv").symlink_to(place)
    with pytest.raises(ZeroDivisionError), create(tmp_path / "link.csv") as file:
        file.write(str(1 // 0))
    assert place.read_text(encoding="utf-8") == "old"
    with create(tmp_path / "link.csv") as file:
        file.write("new")
        assert place.read_text(encoding="utf-8") == "old"
    assert (tmp_path / "link.csv").is_symlink()
    assert (place.read_text(encoding="utf-8-sig"), stat.S_IMODE(place.stat().st_mode)) == ("new", 0o600)
    assert {one.name for one in tmp_path.iterdir()} == {"r.csv", "link.csv"}


# ---- the report -----------------------------------------------------------------------------------------------------


@pytest.fixture
def node() -> Iterator[Scripted]:
    """A registry's node that refuses every title, as its certificate is used."""
    reason = {"code": int(Code.CERTIFICATE_USED), "name": "certificate-used", "law": ["REG-10"]}
    reason |= {"at": {"titles": [1, 2, 3]}}
    with scripted() as script:
        script.on("GET /v1/events", says({"items": [], "next_after": 4, "head": 5}))
        script.on(
            "POST /v1/title-batches",
            problem(422, "certificate-used", outcome="refused", index=6, reasons=[reason]),
        )
        yield script


def test_what_the_ledger_refused_is_reported_by_its_row(tmp_path: Path, node: Scripted) -> None:
    some = rows(3)
    (tmp_path / "t.csv").write_text(written(some), encoding="utf-8")
    for name in ("r.csv", "r.json"):
        said = told(tmp_path, 5, "t.csv", "--url", node.url, "--report", name)
        assert (said["refused"], said["unsent"], said["faults"]) == (3, 0, [])
        assert [one["index"] for one in said["titles"]] == [6] * 3
    left = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert [(one["line"], one["unit"], one["column"], one["value"]) for one in left] == [
        (line, one["BDCDYH"], "BDCQZH", one["BDCQZH"]) for line, one in enumerate(some, 2)
    ]
    assert all("certificate-used" in one["reason"] for one in left)
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [{**one, "line": int(one["line"])} for one in csv.DictReader(file)] == left


def test_a_file_with_a_mistake_is_never_sent(tmp_path: Path, node: Scripted) -> None:
    (tmp_path / "t.csv").write_text(written([*rows(2), row(JZMJ="0")]), encoding="utf-8")
    assert told(tmp_path, 1, "t.csv", "--url", node.url)["unsent"] == 1
    assert not [asked for asked in node.asked if asked.method == "POST"]


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@x"])
def test_a_report_is_no_program(tmp_path: Path, value: str) -> None:
    left = [
        Left("t.csv", 2, "", "JZMJ", value, "faulty", "x"),
        Left("t.csv", 3, "", "-", "", "faulty", value),
    ]
    write_report(tmp_path / "r.csv", left)
    assert (tmp_path / "r.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))[1:]
    assert not [cell for line in lines for cell in line if cell[:1] in "=+-@" and cell not in ("", "-")]
    assert lines[0][4] == f"'{value}"
    write_report(tmp_path / "r.json", left)
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))[0]["value"] == value
    assert stat.S_IMODE((tmp_path / "r.json").stat().st_mode) == 0o600


def test_a_refusal_is_about_a_column_of_the_file(tmp_path: Path) -> None:
    (title,) = of_rows(tmp_path / "t.csv", row()).titles
    for code, place in (
        (Code.CERTIFICATE_USED, ("BDCQZH", title["certificate"])),
        (Code.UNIT_REGISTERED, ("BDCDYH", title["unit"])),
        (Code.BAD_DATE, ("DJSJ", title["registered_on"])),
        (Code.HOLDER_REPEATED, ("ZJH", "*" * 14 + title["holders"][0]["id_no"][-4:])),
        (Code.MORTGAGEE_UNKNOWN, ("-", "")),
    ):
        assert column_and_value(title, [{"code": int(code)}]) == place
    assert column_and_value(title, []) == ("-", "")
