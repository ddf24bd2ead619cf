"""Writes docs/titles.md from the table of columns: `python -m dengbu.scripts.docs.titlesdoc > docs/titles.md`."""

import sys
from collections.abc import Iterator
from pathlib import Path

from dengbu.api.body_size import BODY_BYTES_MAX
from dengbu.api.client.titles import TITLES_MAX
from dengbu.ledger.law.identifiers import HUIZHOU
from dengbu.ledger.law.verdict import name
from dengbu.ledger.log.envelope import ENVELOPE_BYTES_MAX
from dengbu.scripts.titles.columns import COLUMNS
from dengbu.scripts.titles.drafts import HELD_MAX
from dengbu.scripts.titles.encodings import AUTO, ENCODINGS
from dengbu.scripts.titles.sheet import PARTS_BYTES_MAX
from dengbu.scripts.titles.table import CELLS_ABOVE_MAX, DELIMITERS, ROWS_ABOVE_MAX

PAGE = Path(__file__).resolve().parents[2] / "docs" / "titles.md"
HEAD = f"""# 存量数据文件 Files of existing titles

本页由列表生成，不得手改：`python -m dengbu.scripts.docs.titlesdoc > docs/titles.md`。

`dengbu title template` 写出样表，`dengbu title import FILE --stage checked.csv` 只核对不发送，`dengbu title import FILE`
导入。文件有一处错误即全不发送；账本会拒绝而文件看得出的，发送前即指出行、列、值和原因。未导入的行可用 `--report` 写出。
同一文件再次导入，从上次结束处继续。

This page is generated from the table of columns; nobody edits it by hand. `dengbu title template` writes a sample,
`dengbu title import FILE --stage checked.csv` checks and sends nothing, `dengbu title import FILE` imports. A file with one
mistake is not sent at all; what the ledger would refuse and a file can show is named by line, column, value and reason before
anything is sent. `--report` writes the rows that were not imported. The same file imported again goes on where it ended.

- 编码 encodings: {", ".join(f"`{one}`" for one in ENCODINGS if one != AUTO)}. 自动识别；
  两种编码都读得通而结果不同的文件不猜，列出两种读法，由 `--encoding` 指明。
  They are found out; a file that reads in two of them is not guessed at: both readings are shown, and
  `--encoding` names one.
- 分隔符 delimiters: {" ".join(f"`{one}`" for one in DELIMITERS)}, 由表头识别或由 `--delimiter` 指明。
  Found out from the header, or named.
- 电子表格 spreadsheets: `.xlsx` (附加组件 `sheets` the extra), 第一张工作表或 `--sheet`。
  公式、合并单元格、以数字保存的证件号不读；解压后超过 {PARTS_BYTES_MAX // 2**20} MiB 的文件不读。
  The first sheet or the one named; formulas, merged cells and document numbers stored as numbers are not read, nor is a
  file that unpacks to over {PARTS_BYTES_MAX // 2**20} MiB.
- 全角字符按半角读；其他变体字符 (`10²`、`①`) 不读。无字节序标记的 UTF-16 须由 `--encoding` 指明。
  Full-width characters are read as half-width ones, other variants (`10²`, `①`) are not. UTF-16 without its byte order mark is
  named by `--encoding`.
- 一个单元的全部内容至多 {BODY_BYTES_MAX} 字节。 A title has at most {BODY_BYTES_MAX} bytes, all its holders together.
- 不动产单元可属的县区、证号的省份简称和地名，依网络现行政策 (`counties`、`known_provinces`、`known_places`)；政策未列的为惠州市
  ({"、".join(HUIZHOU.counties)}; {"、".join(HUIZHOU.provinces)}; {"、".join(HUIZHOU.names)})。
  The counties in which units may lie, and the provinces and places in numbers of certificates, are those of the policy in force;
  where it names none, those of Huizhou.
- 权利成批发送，一批一条，至多 {TITLES_MAX} 个单元 (每个单元一份隐私材料；事件至多 {ENVELOPE_BYTES_MAX} 字节)。
  一批全部记载或全部不予记载；账本不予记载的一批，所列单元写入报告，其余另成一批再发。
  Titles are sent in batches of at most {TITLES_MAX}, one entry each (every title has a private part; an event has at most
  {ENVELOPE_BYTES_MAX} bytes). A batch is entered whole or refused whole; of a refused one the titles that the ledger names are
  reported, and the others are sent again as a batch of their own.
- `--receipts DIR` 保存每条的回执和 `entries.csv` (条目、状态、行、单元)。
  It keeps the receipt of each entry, and a list of index, state, line and unit.
- 核对时占用的内存有限：超过 {HELD_MAX} 个单元的文件，已读部分存入无名临时文件，命令结束即消失。
  A file of over {HELD_MAX} units is checked with the help of a temporary file that has no name and is gone with the command.
- 各行中含列名最多的为表头。其上可有标题和说明，至多 {ROWS_ABOVE_MAX} 行，每行至多 {CELLS_ABOVE_MAX} 格，不读。
  空行略过，不认识的列略过并列出。
  The header is the row with the most of the names below. Above it there may be a title and explanations, at most
  {ROWS_ABOVE_MAX} rows of at most {CELLS_ABOVE_MAX} cells, which are not read. Blank rows are left out; so are columns that are
  not listed here, and they are named.
- 县区依网络现行政策核对，须给出节点和自己的会签规则副本。 Districts are checked against the policy in force, if a node and your
  copy of policy.txt are named.
"""


def document() -> str:
    """The whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield HEAD
    yield "| 列 column | 表头 headers | 内容 content | 例 example | 必填 required | 对应的账本规则 rules it helps to meet |"
    yield "|---|---|---|---|---|---|"
    for column in COLUMNS:
        required = "是 yes" if column.required else "否 no"
        rules = ", ".join(f"`{name(code)}`" for code in column.rules)
        headers, example = "、".join(column.headers), f"`{column.example}`" if column.example else ""
        yield f"| `{column.name}` | {headers} | {column.zh}<br>{column.en} | {example} | {required} | {rules} |"


if __name__ == "__main__":
    sys.stdout.write(document())
