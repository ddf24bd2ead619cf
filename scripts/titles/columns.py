"""The columns of a file of titles: the one table from which the reader, the help, the page and the template are made.

Names are those of the national register database (TD/T 1066); a header may also be one of the Chinese names. `rules`
are the ledger's rules that a column's check helps to meet, so that nothing is sent which they would refuse.
"""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from dengbu.ledger.law import documents
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register.shapes import HOLDERS_MAX, LOCATION_CHARACTERS_MAX, NAME_CHARACTERS_MAX
from dengbu.ledger.rules.act import OWNERSHIP
from dengbu.scripts.titles import values
from dengbu.scripts.titles.cells import DIGITS_KEPT, Cell, Day, Number, Wrong
from dengbu.scripts.titles.values import Bounds, Unread


@dataclass(frozen=True)
class Column:
    """A column: its names, what it holds, and how a cell of it is read.

    `of_title` columns are the same in every row of a title. A column that `recurs` has few values, each in
    many rows. `cells` are the kinds of cells that it takes besides text.
    """

    name: str
    headers: tuple[str, ...]  # the first is the usual one
    zh: str
    en: str
    example: str
    parse: Callable[[str, Bounds], Any]
    required: bool = True
    of_title: bool = True
    recurs: bool = False
    cells: tuple[type, ...] = ()
    rules: tuple[Code, ...] = ()

    def read(self, cell: Cell, bounds: Bounds) -> Any:
        """Return the value of a cell in the ledger's form. Raises Unread."""
        text = cell if isinstance(cell, str) else self._text(cell)
        if not text and self.required:
            raise Unread("此格为空 the cell is empty")
        if text[:1] == "=":
            raise Unread("公式 a formula: put the value in its place")
        return self.parse(text, bounds)

    def _text(self, cell: Number | Day | Wrong) -> str:
        if isinstance(cell, Wrong):
            raise Unread(cell.why)
        if isinstance(cell, self.cells):
            return cell.text
        if isinstance(cell, Day):
            raise Unread("被表格软件改成了日期 the spreadsheet made a date of it: store it as text")
        if len(cell.text) > DIGITS_KEPT:
            raise Unread(
                f"以数字保存，第 {DIGITS_KEPT} 位以后已丢失 stored as a number, of which the digits after the "
                f"{DIGITS_KEPT}th are lost: store it as text and type it anew"
            )
        raise Unread(
            "以数字保存，可能丢失前导零 stored as a number, without its leading zeros: store it as text"
        )


COLUMNS = (
    Column(
        "BDCDYH",
        ("不动产单元号", "不动产单元代码", "不动产单元编码"),
        "不动产单元代码, 28 位 (GB/T 37346); 一个权利人一行，同一单元的各行为同一权利",
        "the unit's code of 28 characters (GB/T 37346); one row for each holder, and the rows of a unit are one title",
        "441302001999GB00001F00010001",
        values.unit_code,
        rules=(Code.BAD_UNIT_CODE, Code.NOT_COMPETENT, Code.UNIT_REGISTERED),
    ),
    Column(
        "ZL",
        ("坐落", "座落", "不动产坐落", "房屋坐落", "房地坐落"),
        f"坐落，至多 {LOCATION_CHARACTERS_MAX} 字",
        f"where the unit lies, at most {LOCATION_CHARACTERS_MAX} characters",
        "惠州市惠城区麦地路1号湖畔居1栋101室",
        values.location,
    ),
    Column(
        "QLRMC",
        ("权利人名称", "权利人", "权利人姓名", "权利人姓名或名称"),
        f"权利人姓名或名称，至多 {NAME_CHARACTERS_MAX} 字; 每个单元至多 {HOLDERS_MAX} 人",
        f"the holder's name, at most {NAME_CHARACTERS_MAX} characters; a unit has at most {HOLDERS_MAX} holders",
        "陈文",
        values.holder_name,
        of_title=False,
    ),
    Column(
        "ZJZL",
        ("证件种类", "证件类型", "权利人证件种类", "权利人证件类型"),
        "证件种类: " + "、".join(f"{code} {word}" for code, word in documents.KINDS.items()),
        "the kind of identity document, by code or Chinese word",
        "1",
        values.document_kind,
        recurs=True,
        of_title=False,
        cells=(Number,),
    ),
    Column(
        "ZJH",
        ("证件号", "证件号码", "权利人证件号", "权利人证件号码"),
        "证件号，校验位须相符; 在表格中须为文本格式",
        "the number of the document, with its check character; in a spreadsheet it is stored as text",
        "441302190001010019",
        values.document_number,
        of_title=False,
        rules=(Code.HOLDER_REPEATED,),
    ),
    Column(
        "GYFS",
        ("共有方式", "共有情况"),
        "共有方式: 0 单独所有、1 共同共有、2 按份共有",
        "how the holders own: 0 single, 1 joint, 2 by shares",
        "0",
        values.mode,
        recurs=True,
        cells=(Number,),
    ),
    Column(
        "QLBL",
        ("权利比例", "共有份额", "份额", "共有比例"),
        "份额，只在按份共有时填写，如 1/3 或 50%, 合计为 1",
        "the share, of co-owners by shares alone, like 1/3 or 50 %; the shares of a unit add up to 1",
        "",
        values.share,
        recurs=True,
        required=False,
        of_title=False,
        cells=(Number,),
        rules=(Code.SHARES_SUM,),
    ),
    Column(
        "BDCQZH",
        ("不动产权证号", "不动产权证书号", "不动产权证书号码", "权证号"),
        "不动产权证号，如例",
        "the number of the certificate of ownership",
        "粤(2020)惠州市不动产权第9000001号",
        values.certificate,
        rules=(Code.BAD_CERTIFICATE, Code.CERTIFICATE_USED),
    ),
    Column(
        "JZMJ",
        ("建筑面积", "建筑面积(平方米)", "建筑面积(m2)", "面积(平方米)"),
        "建筑面积，平方米，至多四位小数",
        "the floor area in square metres, at most four decimals",
        "89.50",
        values.area_cm2,
        recurs=True,
        cells=(Number,),
    ),
    Column(
        "GHYT",
        ("规划用途", "房屋用途", "用途"),
        "规划用途: " + "、".join(f"{word} {code}" for word, code in values.USES.items()),
        "the planned use, by Chinese word or the ledger's code",
        "住宅",
        values.use,
        recurs=True,
    ),
    Column(
        "DJSJ",
        ("登记时间", "登记日期", "登簿时间", "登簿日期"),
        "登记时间: 2020-01-05、2020/1/5、20200105、2020年1月5日，可带时刻",
        "the day of registration, year first, with or without the time of day",
        "2020-01-05",
        values.registered_on,
        recurs=True,
        cells=(Number, Day),
        rules=(Code.BAD_DATE,),
    ),
)
OF_TITLE = tuple(column for column in COLUMNS if column.of_title)


def _key(header: str) -> str:
    return "".join(unicodedata.normalize("NFKC", header).split()).upper()


_BY_HEADER = {_key(name): column for column in COLUMNS for name in (column.name, *column.headers)}


def column_of(header: str) -> Column | None:
    """Return the column that a header names: the national name in any case, or a Chinese one; None if it is not ours."""
    return _BY_HEADER.get(_key(header))


def column_of_rule(code: int | None) -> Column | None:
    """Return the column that one of the ledger's rules is about; None if it is about no single column."""
    return next((column for column in COLUMNS if code in column.rules), None)


def words() -> Iterator[str]:
    """Yield the Chinese words that stand in a file of titles: one of them shows that an encoding is the right one."""
    yield OWNERSHIP
    for column in COLUMNS:
        yield from column.headers
    for known in (values.USES, values.USE_WORDS, values.MODE_WORDS, documents.OTHER_WORDS):
        yield from known
    yield from documents.KINDS.values()
