"""A seeded city: titles of a made-up Huizhou, with the field names of the national register database.

The same seed gives the same bytes. Every person was born before 1909 and every name is drawn from lists, so that no row
can be a living person's. The GB 11643 numbers have valid check characters, as the intake rules demand.
"""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dengbu.ledger.law.identifiers import citizen_check, organisation_check, uscc_check
from dengbu.scripts.titles.columns import COLUMNS

DISTRICT = "441302"
ZONE = "001001"  # of cadastre and parcels 地籍区, 地籍子区
SERIAL = 4_000_000  # of the first certificate
FIELDS = tuple(column.name for column in COLUMNS)

SURNAMES = "陈李张黄何林刘吴曾叶钟罗邓梁杨廖谢徐温朱邱江胡古赖骆严范姚彭"
GIVEN = "文志建国华明伟丽芳秀英玉兰海燕春梅德荣光辉少平水生金凤仕良瑞祥月娥"
ROADS = (
    "麦地路",
    "下埔路",
    "演达大道",
    "环城西路",
    "南坛南路",
    "鹅岭北路",
    "江北文华路",
    "东平大道",
    "惠州大道",
    "龙丰路",
)
ESTATES = ("湖畔居", "东江苑", "西枝江畔", "鹅城花园", "丰湖雅居", "红花湖庭", "合江府", "朝京门里")
FIRMS = ("合江实业", "鹅城置业", "丰湖贸易", "西枝科技", "朝京物流")
DOORS_PER_BUILDING = 8
JOINT_PERCENT = 18
SHARES_PERCENT = 7
FIRM_PERCENT = 5
# Line -> field and value: an identity number with a wrong check character, parcel 0, the 30th of February.
SPOILED = {
    2: ("ZJH", "441302190001010000"),
    5: ("BDCDYH", "441302001001GB00000F00010001"),
    9: ("DJSJ", "2021-02-30"),
}
SHOP_PERCENT = 6


@dataclass(frozen=True)
class Party:
    """A holder in a title: name, kind of identity document (ZJZL) and its number (ZJH)."""

    name: str
    id_type: str
    id_no: str


def person(rng: random.Random) -> Party:
    """Make up a natural person, born 1890 to 1908, with a valid citizen identity number."""
    name = rng.choice(SURNAMES) + "".join(rng.sample(GIVEN, rng.choice((1, 2, 2))))
    born = f"{rng.randint(1890, 1908)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
    body = f"{DISTRICT}{born}{rng.randint(1, 999):03}"
    return Party(name, "1", body + citizen_check(body))


def firm(rng: random.Random) -> Party:
    """Make up an enterprise with a valid unified social credit code."""
    organisation = f"MA9{rng.randint(0, 99999):05}"
    body = "91441300" + organisation + organisation_check(organisation)
    return Party(f"惠州{rng.choice(FIRMS)}有限公司", "7", body + uscc_check(body))


def unit_code(n: int, zone: str = ZONE) -> str:
    """Return the code of the n-th unit (from 0) of a zone: one building on each parcel, eight doors in each building."""
    building, door = divmod(n, DOORS_PER_BUILDING)
    parcel = 1 + building
    return f"{DISTRICT}{zone}GB{parcel:05}F0001{door + 1:04}"


def titles(seed: int, count: int, zone: str = ZONE, serial: int = SERIAL) -> Iterator[list[dict[str, str]]]:
    """Yield the rows of each title in turn: one row for each holder, with the fields of FIELDS."""
    rng = random.Random(seed)  # noqa: S311  (a made-up city, not a key)
    for n in range(count):
        yield _title(rng, n, unit_code(n, zone), serial + n)


def _title(rng: random.Random, n: int, unit: str, serial: int) -> list[dict[str, str]]:
    building, door = divmod(n, DOORS_PER_BUILDING)
    holders, mode, shares = _holders(rng)
    year = rng.randint(2015, 2025)
    shop = rng.randrange(100) < SHOP_PERCENT
    common = {
        "BDCDYH": unit,
        "ZL": f"惠州市惠城区{ROADS[building % len(ROADS)]}{1 + building}号"
        f"{ESTATES[building % len(ESTATES)]}1栋{1 + door // 2}0{1 + door % 2}室",
        "GYFS": mode,
        "BDCQZH": f"粤({year})惠州市不动产权第{serial:07}号",
        "JZMJ": f"{rng.randint(38, 168)}.{rng.randint(0, 99):02}",
        "GHYT": "商业" if shop else "住宅",
        "DJSJ": f"{year}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
    }
    return [
        {**common, "QLRMC": who.name, "ZJZL": who.id_type, "ZJH": who.id_no, "QLBL": share}
        for who, share in zip(holders, shares, strict=True)
    ]


def _holders(rng: random.Random) -> tuple[list[Party], str, list[str]]:
    """Make up holders, their mode of ownership (GYFS 0 single, 1 joint, 2 by shares) and a share (QLBL) for each."""
    draw = rng.randrange(100)
    if draw < FIRM_PERCENT:
        return [firm(rng)], "0", [""]
    if draw < FIRM_PERCENT + JOINT_PERCENT:
        return [person(rng), person(rng)], "1", ["", ""]
    if draw < FIRM_PERCENT + JOINT_PERCENT + SHARES_PERCENT:
        return [person(rng) for _ in range(3)], "2", ["1/3", "1/3", "1/3"]
    return [person(rng)], "0", [""]


def write_csv(path: Path, seed: int, count: int) -> int:
    """Write the city to a CSV file (UTF-8 with a BOM, as spreadsheets expect); return the number of rows."""
    rows = [row for title in titles(seed, count) for row in title]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, FIELDS)
        writer.writeheader()
        writer.writerows(rows)
    return len(rows)


def spoil(path: Path, spoiled: Path) -> None:
    """Copy a city's CSV with three mistakes of the kind a clerk makes, as SPOILED lists them."""
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    header = lines[0].split(",")
    for line, (field, value) in SPOILED.items():
        cells = lines[line - 1].split(",")
        cells[header.index(field)] = value
        lines[line - 1] = ",".join(cells)
    spoiled.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
