"""Files of text as a city has them: every encoding with every delimiter, and what can be read in two ways is not guessed."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dengbu.scripts.titles.city import FIELDS, titles
from dengbu.scripts.titles.columns import COLUMNS
from dengbu.scripts.titles.encodings import CHUNK_BYTES, MARKS
from dengbu.scripts.titles.table import ROWS_ABOVE_MAX, Form
from dengbu.scripts.titles.title_file import read_titles
from tests.scripts.titles.files import (
    BOUNDS,
    DELIMITERS,
    WAYS,
    Row,
    begins,
    cells_of,
    encoded,
    places,
    read,
    row,
    rows,
    sheet,
    written,
)

CHINESE = {column.name: column.headers[0] for column in COLUMNS}
LAST = {column.name: column.headers[-1] for column in COLUMNS}
LOWER = {name: name.lower() for name in FIELDS}
HEADERS = {
    "national": {},
    "lower": LOWER,
    "Chinese": CHINESE,
    "other": LAST,
    "mixed": {**LOWER, "ZL": "座 落"},
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("delimiter", DELIMITERS)
@pytest.mark.parametrize("headers", HEADERS)
def test_every_encoding_delimiter_and_header_is_found_out(
    tmp_path: Path, way: str, delimiter: str, headers: str
) -> None:
    one, two = rows(2)
    some = [one | {"ZL": '惠州市, "麦地"; 路\t1号'.replace("\t", "")}, two]
    expected = read(tmp_path / "plain.csv", written(some)).titles
    raw = encoded(written(some, delimiter=DELIMITERS[delimiter], headers=HEADERS[headers]), way)
    found = read(tmp_path / "t.csv", raw)
    assert (found.faults, found.titles, len(found.titles)) == ([], expected, 2)
    name = "gbk" if way == "gb18030" else way.partition(" ")[0]
    assert found.read_as == f"{name} [{delimiter}]"
    named = read(tmp_path / "t.csv", raw, Form(way.partition(" ")[0], delimiter))
    assert named.titles == expected


def test_what_gbk_lacks_is_gb18030(tmp_path: Path) -> None:
    raw = encoded(written([row(QLRMC="𠮷䶮")]), "gb18030")
    found = read(tmp_path / "t.csv", raw)
    assert (found.read_as, found.titles[0]["holders"][0]["name"]) == ("gb18030 [,]", "𠮷䶮")
    assert places(read(tmp_path / "t.csv", raw, Form("gbk"))) == [(2, "-")]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("named", ["utf-8", "gbk", "gb18030", "utf-16"])
def test_an_encoding_that_is_named_and_is_not_the_files_is_refused(
    tmp_path: Path, way: str, named: str
) -> None:
    text = written(rows(3))
    found = read(tmp_path / "t.csv", encoded(text, way), Form(named))
    if named == way.partition(" ")[0] or {named, way} == {"gbk", "gb18030"}:
        assert len(found.titles) == 3
    else:
        assert (found.titles, len(found.faults) > 0) == ([], True)


# ---- two readings ---------------------------------------------------------------------------------------------------


def both(text: str) -> bytes:
    """Bytes of UTF-8 that GB18030 reads, too, as other characters."""
    raw = text.encode()
    assert raw.decode("gb18030") != text
    return raw


def test_a_file_that_reads_in_two_ways_is_shown_in_both(tmp_path: Path) -> None:
    header = ",".join(FIELDS)
    raw = header.encode() + b"\n" + both("U1,中文,文中,1,x,0,,c,1,u,d\n")
    found = read(tmp_path / "t.csv", raw)
    (fault,) = found.faults
    assert (fault.line, found.titles) == (2, [])
    assert "中文" in fault.message
    assert "中文".encode().decode("gb18030") in fault.message
    assert "--encoding" in fault.message
    for named in ("utf-8", "gb18030"):
        assert read(tmp_path / "t.csv", raw, Form(named)).read_as == f"{named} [,]"


def test_a_gbk_file_that_reads_as_utf8_is_shown_in_both(tmp_path: Path) -> None:
    name = b"\xc4\xa3\xcc\xb8"  # two characters of GBK, and two letters of other scripts
    raw = ",".join(FIELDS).encode() + b"\nU1,x," + name + b",1,x,0,,c,1,u,d\n"
    (fault,) = read(tmp_path / "t.csv", raw).faults
    assert name.decode("gbk") in fault.message
    assert name.decode("utf-8") in fault.message


@pytest.mark.parametrize(
    ("header", "use", "certificate"), [("坐落", "x", "x"), ("ZL", "住宅", "x"), ("ZL", "x", "不动产权")]
)
def test_a_word_of_such_a_file_decides(tmp_path: Path, header: str, use: str, certificate: str) -> None:
    one = row(ZL="中文", QLRMC="文中", GHYT=use, BDCQZH=certificate)
    raw = both(written([one], headers={"ZL": header}))
    assert read(tmp_path / "t.csv", raw).read_as == "utf-8 [,]"


def test_a_word_that_is_cut_by_the_end_of_a_piece_is_seen(tmp_path: Path) -> None:
    head = (",".join(FIELDS) + "\n").encode()
    for before in range(6):
        fill = "x" * (CHUNK_BYTES - len(head) - before)
        found = read(tmp_path / "t.csv", head + both(f"{fill}不动产权中文"))
        assert found.read_as == "utf-8 [,]"


# ---- what is no text ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("name", [b"", b"\xe9\xba\xa6", b"12", b"1234567"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_byte_that_is_no_text_is_named_by_its_line(
    tmp_path: Path, before: bytes, name: bytes, newline: str
) -> None:
    one, two = rows(2)
    raw = before + written([one], newline=newline).encode() + name + b"\xff," + written([two]).encode()
    (fault,) = read(tmp_path / "t.csv", raw).faults
    assert (fault.line, "UTF-8" in fault.message.upper()) == (3, True)


def test_a_byte_after_many_is_named_by_its_line(tmp_path: Path) -> None:
    many = written(rows(1) * 20_000, newline="\r\n").encode("gbk")
    assert len(many) > 2 * CHUNK_BYTES
    (fault,) = read(tmp_path / "t.csv", many + b"\xff\xff\n").faults
    assert (fault.line, "GB18030" in fault.message) == (20_002, True)


def test_a_line_end_that_is_cut_by_the_end_of_a_piece_is_one(tmp_path: Path) -> None:
    for shift in range(3):
        raw = b"x" * (CHUNK_BYTES - 2 + shift) + b"\r\n" + b"\xe9\xff"
        assert read(tmp_path / "t.csv", raw, Form("utf-8")).faults[0].line == 2


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("headers", [{}, CHINESE])
def test_utf16_without_its_mark_is_read_where_it_is_named(
    tmp_path: Path, codec: str, headers: dict[str, str]
) -> None:
    raw = written(rows(3), headers=headers).encode(codec)
    assert read(tmp_path / "t.csv", raw).titles == []
    found = read(tmp_path / "t.csv", raw, Form("utf-16"))
    assert (found.faults, found.titles) == ([], read(tmp_path / "u.csv", written(rows(3))).titles)
    for other in (raw[:-1], "登记".encode(codec), b"\0\0" * 8, b""):
        (fault,) = read(tmp_path / "t.csv", other, Form("utf-16")).faults
        assert "byte order mark" in fault.message


@pytest.mark.parametrize("way", ["utf-16 little", "utf-16 big"])
def test_half_a_character_of_utf16_is_named(tmp_path: Path, way: str) -> None:
    raw = encoded(written(rows(2)), way)
    (fault,) = read(tmp_path / "t.csv", raw[:-5]).faults
    assert (fault.line, "utf-16" in fault.message) == (3, True)


@pytest.mark.parametrize("way", WAYS)
def test_a_file_cut_at_any_byte_raises_nothing(tmp_path: Path, way: str) -> None:
    raw = encoded(written(rows(2), headers=CHINESE), way)
    whole = read(tmp_path / "t.csv", raw)
    assert len(whole.titles) == 2
    for end in range(len(raw)):
        found = read(tmp_path / "t.csv", raw[:end])
        assert found.titles[:-1] == whole.titles[: len(found.titles) - 1] if found.titles else found.faults


@pytest.mark.parametrize("way", ["gbk", "utf-8", "utf-16 little"])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damaged_bytes_raise_nothing(
    way: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    raw = bytearray(encoded(written(rows(2)), way))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    read(tmp_path_factory.getbasetemp() / "damaged.csv", bytes(raw))


@settings(max_examples=200, deadline=None)
@given(
    raw=st.one_of(st.binary(max_size=200), st.text(max_size=100).map(str.encode)),
    mark=st.sampled_from([b"", *MARKS]),
)
def test_any_bytes_raise_nothing(raw: bytes, mark: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    found = read(tmp_path_factory.getbasetemp() / "any.csv", mark + raw)
    assert found.titles == []
    assert found.faults


# ---- delimiters -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", ["，", "；"])
def test_full_width_delimiters_are_named_and_not_read(tmp_path: Path, delimiter: str) -> None:
    for headers in ({}, CHINESE):
        raw = written(rows(1), delimiter=delimiter, headers=headers)
        (fault,) = read(tmp_path / "t.csv", raw).faults
        assert (fault.line, delimiter in fault.message) == (1, True)


def test_a_location_with_other_delimiters_is_left_whole(tmp_path: Path) -> None:
    place = "麦地路, 1号; 2栋，3室；4楼"
    for delimiter in DELIMITERS.values():
        (title,) = read(tmp_path / "t.csv", written([row(ZL=place)], delimiter=delimiter)).titles
        assert title["location"] == place


def test_a_delimiter_that_is_named_is_the_only_one(tmp_path: Path) -> None:
    raw = written(rows(1), delimiter=";")
    found = read(tmp_path / "t.csv", raw, Form(delimiter=","))
    assert {fault.line for fault in found.faults} == {1}
    assert "this column is missing" in found.faults[0].message


def test_a_title_and_explanations_above_the_header_are_left_out(tmp_path: Path) -> None:
    above = "惠州市存量登记数据,,,\n\n制表,张三,2026-01-05\n" + "# 坐落 说明\n" * (ROWS_ABOVE_MAX - 2)
    found = read(tmp_path / "t.csv", above + written(rows(2)))
    assert (len(found.titles), found.faults, found.header_line) == (2, [], ROWS_ABOVE_MAX + 2)
    assert min(begins(found)) == ROWS_ABOVE_MAX + 3
    found = read(tmp_path / "t.csv", "# 坐落 说明\n" + above + written(rows(2)))
    assert (found.titles, {fault.line for fault in found.faults}) == ([], {1})


@pytest.mark.parametrize(
    "above", ["权利人,坐落", "制表: 张三,权利人,坐落,2026年,第 1 页", "坐落,权利人\n用途,份额,权利人"]
)
def test_a_title_with_words_of_the_header_is_not_taken_for_it(tmp_path: Path, above: str) -> None:
    found = read(tmp_path / "t.csv", f"{above}\n" + written(rows(2), headers=CHINESE))
    assert (len(found.titles), found.faults, found.header_line) == (2, [], above.count("\n") + 2)


def test_a_title_that_stands_above_the_header_is_not_lost(tmp_path: Path) -> None:
    """A file that was sorted with its header: what came above it is data, and is no explanation."""
    header, *lines = written(rows(3)).splitlines()
    for place in (1, 2, 3):
        found = read(tmp_path / "t.csv", "\n".join([*lines[:place], header, *lines[place:]]))
        assert (found.titles, {fault.line for fault in found.faults}) == ([], {1})


def test_a_header_that_stands_again_is_a_row_with_faults(tmp_path: Path) -> None:
    header, *lines = written(rows(2)).splitlines()
    found = read(tmp_path / "t.csv", "\n".join([header, lines[0], header, lines[1]]))
    assert ({fault.line for fault in found.faults}, len(found.titles)) == ({3}, 2)


def test_where_no_row_is_the_header_the_first_counts_as_it(tmp_path: Path) -> None:
    for raw in ("one\ntwo\n", "# one\n", "\n".join(written(rows(2)).splitlines()[1:])):
        found = read(tmp_path / "t.csv", raw)
        assert {(fault.line, "missing" in fault.message) for fault in found.faults} == {(1, True)}


def test_a_column_of_row_numbers_is_no_comment(tmp_path: Path) -> None:
    lines = written(rows(2)).splitlines()
    raw = "\n".join([f"#,{lines[0]}", f"1,{lines[1]}", f"#2,{lines[2]}"])
    found = read(tmp_path / "t.csv", raw)
    assert (len(found.titles), found.ignored) == (2, ("#",))


# ---- a city ---------------------------------------------------------------------------------------------------------

DAYS: dict[str, Callable[[str], str]] = {
    "iso": str,
    "slash": lambda day: "/".join(str(int(part)) for part in day.split("-")),
    "dot": lambda day: day.replace("-", "."),
    "compact": lambda day: day.replace("-", ""),
    "Chinese": lambda day: "{}年{}月{}日".format(*(int(part) for part in day.split("-"))),
    "time": lambda day: f"{day} 08:30:00.0",
    "hour": lambda day: f"{day.replace('-', '/')} 8:30",
}
NAMES = st.text("陈李欧阳·ABz", min_size=1, max_size=12).map(str.strip).filter(bool)
WORDS = {
    "ZJZL": {"1": "身份证", "7": "营业执照"},
    "GYFS": {"0": "单独所有", "1": "共同共有", "2": "按份共有"},
}


def in_words(one: Row) -> Row:
    """A row with Chinese words for codes and full-width digits."""
    wide = str.maketrans({chr(n): chr(n + 0xFEE0) for n in range(0x30, 0x3A)})
    words = {name: WORDS[name][one[name]] for name in WORDS}
    return (
        one
        | words
        | {name: one[name].translate(wide) for name in ("BDCDYH", "ZJH", "JZMJ", "QLBL", "BDCQZH")}
    )


@settings(max_examples=120, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    count=st.integers(1, 6),
    names=st.lists(NAMES, min_size=18, max_size=18),
    way=st.sampled_from([*WAYS, "xlsx"]),
    delimiter=st.sampled_from(sorted(DELIMITERS)),
    headers=st.sampled_from(sorted(HEADERS)),
    days=st.sampled_from(sorted(DAYS)),
    worded=st.booleans(),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    order=st.randoms(use_true_random=False),
)
def test_a_city_reads_back_as_the_same_titles_however_it_is_written(
    tmp_path_factory: pytest.TempPathFactory, **drawn: object
) -> None:
    seed, count, names, way, delimiter, headers, days, worded, newline, order = drawn.values()
    folder = tmp_path_factory.getbasetemp()
    made = [one for of_one in titles(seed, count) for one in of_one]  # type: ignore[arg-type]
    for one, name in zip(made, names, strict=False):  # type: ignore[call-overload]
        one["QLRMC"] = name
    expected = read(folder / "plain.csv", written(made)).titles
    assert len(expected) == count
    other = [in_words(one) if worded else one for one in made]
    other = [one | {"DJSJ": DAYS[days](one["DJSJ"])} for one in other]  # type: ignore[index]
    order.shuffle(other)  # type: ignore[attr-defined]
    if way == "xlsx":
        cells = cells_of(other)
        cells[0] = [HEADERS[headers].get(name, name) for name in FIELDS]  # type: ignore[index]
        found = read_titles(sheet(folder / "t.xlsx", cells), BOUNDS)
    else:
        text = written(other, delimiter=DELIMITERS[delimiter], headers=HEADERS[headers], newline=newline)  # type: ignore[index,arg-type]
        found = read(folder / "t.csv", encoded(text, way))  # type: ignore[arg-type]
    assert found.faults == []
    assert sorted(map(in_order, found.titles), key=str) == sorted(map(in_order, expected), key=str)


def in_order(title: dict[str, object]) -> dict[str, object]:
    """A title with its holders in an order of their own."""
    return title | {"holders": sorted(title["holders"], key=str)}  # type: ignore[call-overload]


def test_a_field_beyond_the_limit_of_a_row_is_a_fault(tmp_path: Path) -> None:
    found = read(tmp_path / "t.csv", written([row(ZL="路" * (csv.field_size_limit() + 1))]))
    assert places(found) == [(2, "-")]
