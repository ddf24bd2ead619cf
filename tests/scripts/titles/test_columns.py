"""The one table of columns, held against the ledger: what it would refuse and a file can show is found before it is sent."""

import hashlib
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dengbu.api.shapes import schemas
from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.events.titles import RULES
from dengbu.ledger.law.verdict import Code
from dengbu.scripts.titles.city import person, titles
from dengbu.scripts.titles.columns import COLUMNS, column_of, column_of_rule
from dengbu.scripts.titles.values import Bounds
from tests.scripts.titles.files import TODAY, Row, of_rows, read, row, rows, written
from tests.worlds import DISTRICT, codes, world

BOUNDS = Bounds(TODAY, (DISTRICT,))
OTHER = person(random.Random(9))
BOTH = {"QLRMC": OTHER.name, "ZJH": OTHER.id_no}


def test_the_names_are_those_of_the_city_and_each_stands_for_one_column() -> None:
    assert set(next(titles(1, 1))[0]) == {column.name for column in COLUMNS}
    names = [name for column in COLUMNS for name in (column.name, *column.headers)]
    for column in COLUMNS:
        for name in (column.name, column.name.lower(), *column.headers):
            assert column_of(name) is column
            assert column_of(f" {name}\u3000") is column
    assert len(names) == len(set(names))
    assert column_of("") is None
    assert column_of("坐落(旧)") is None


def as_event(title: Mapping[str, Any]) -> dict[str, Any]:
    """The event's data as the registry's node makes it: a reference in place of each person."""
    holders = [
        {
            "ref": hashlib.sha256(f"{one['id_type']} {one['id_no']}".encode()).hexdigest(),
            "share": one["share"],
        }
        for one in title["holders"]
    ]
    right = {name: title[name] for name in ("mode", "certificate", "registered_on")} | {"holders": holders}
    return {"unit": title["unit"], "use": title["use"], "area_cm2": title["area_cm2"], "right": right}


def test_every_rule_of_the_import_is_some_columns() -> None:
    """A rule that is added to the event is answered for here, or stays outside what a file can show."""
    assert {code for column in COLUMNS for code in column.rules} == {rule.code for rule in RULES} - {
        Code.MORTGAGEE_UNKNOWN  # no column has mortgages
    }
    for rule in RULES:
        column = column_of_rule(rule.code)
        assert (column is None) == (rule.code is Code.MORTGAGEE_UNKNOWN)


# Rule -> the rows of a file that break it, and the change of a sound event that does the same.
BROKEN: dict[Code, tuple[list[Row], dict[str, Any]]] = {
    Code.BAD_UNIT_CODE: (
        [row(BDCDYH="441302001001GA00001F00010001")],
        {"unit": "441302001001GA00001F00010001"},
    ),
    Code.NOT_COMPETENT: (
        [row(BDCDYH="441303001001GB00001F00010001")],
        {"unit": "441303001001GB00001F00010001"},
    ),
    Code.UNIT_REGISTERED: ([row(), row(JZMJ="1")], {}),
    Code.BAD_CERTIFICATE: (
        [row(BDCQZH="粤(2027)惠州市不动产权第0000001号")],
        {"certificate": "粤(2027)惠州市不动产权第0000001号"},
    ),
    Code.CERTIFICATE_USED: (
        [rows(2)[0], rows(2)[1] | {"BDCQZH": rows(2)[0]["BDCQZH"]}],
        {"unit": rows(2)[1]["BDCDYH"]},
    ),
    Code.BAD_DATE: ([row(DJSJ="2026-11-23")], {"registered_on": "2026-11-23"}),
    Code.HOLDER_REPEATED: (
        [row(GYFS="1"), row(GYFS="1", **BOTH), row(GYFS="1")],
        {"mode": "joint", "holders": 3},
    ),
    Code.SHARES_SUM: (
        [row(GYFS="2", QLBL="1/3"), row(GYFS="2", QLBL="1/3", **BOTH)],
        {"mode": "shares"},
    ),
}


@pytest.mark.parametrize("code", BROKEN)
def test_what_a_rule_would_refuse_is_found_in_the_file_in_its_column(tmp_path: Path, code: Code) -> None:
    bad, change = BROKEN[code]
    town, sound = world(), read(tmp_path / "sound.csv", written([row()]), bounds=BOUNDS).titles[0]
    if code in (Code.UNIT_REGISTERED, Code.CERTIFICATE_USED):
        assert town.do("hz-registry", "title.import", as_event(sound)).outcome == "recorded"
    holders = [sound["holders"][0]] * change.get("holders", 1)
    data = as_event(sound | change | {"holders": holders})
    assert code.name.lower().replace("_", "-") in codes(town.do("hz-registry", "title.import", data))

    found = of_rows(tmp_path / "t.csv", *bad, bounds=BOUNDS)
    assert found.faults
    if code is Code.UNIT_REGISTERED:  # two rows of a unit are one title, or differ
        assert "same unit" in found.faults[0].message
    else:
        assert {code in column_of(fault.column).rules for fault in found.faults} == {True}  # type: ignore[union-attr]
    assert len(found.titles) == (code is Code.CERTIFICATE_USED)


def test_what_is_read_is_recorded_by_the_ledger_and_let_in_by_the_node(tmp_path: Path) -> None:
    town = world()
    made = [one for of_one in titles(3, 60) for one in of_one]
    found = read(tmp_path / "t.csv", written(made), bounds=BOUNDS)
    assert (found.faults, len(found.titles)) == ([], 60)
    for title in found.titles:
        assert schemas.TitleIn().load(title)
        assert town.do("hz-registry", "title.import", as_event(title)).outcome == "recorded"


@pytest.mark.parametrize(
    ("column", "longest", "member"),
    [("QLRMC", "陈" * 100, "name"), ("ZL", "路" * 200, "location"), ("ZJH", "E" * 40, "id_no")],
)
def test_the_longest_that_is_read_is_the_longest_that_the_node_takes(
    tmp_path: Path, column: str, longest: str, member: str
) -> None:
    for text, sound in ((longest, True), (longest + longest[0], False)):
        changed = row(ZJZL="3", **{column: text}) if column == "ZJH" else row(**{column: text})
        assert len(of_rows(tmp_path / "t.csv", changed, bounds=BOUNDS).titles) == sound
        title = read(tmp_path / "sound.csv", written([row()]), bounds=BOUNDS).titles[0]
        holder = title["holders"][0]
        title |= {"location": text} if member == "location" else {"holders": [holder | {member: text}]}
        assert (not schemas.TitleIn().validate(title)) == sound


def test_a_title_of_another_form_is_not_admitted(tmp_path: Path) -> None:
    """The ledger's types stand behind the reader: what it let through by mistake would be no entry either."""
    title = read(tmp_path / "t.csv", written([row()]), bounds=BOUNDS).titles[0]
    for wrong in ({"area_cm2": 0}, {"area_cm2": 10**12 + 1}, {"use": "住宅"}, {"registered_on": "2020/1/5"}):
        with pytest.raises(NotAdmitted):
            world().do("hz-registry", "title.import", as_event(title | wrong))
