"""docs/titles.md is what the table of columns says: a clerk reads the page, the reader reads by the table."""

from dengbu.ledger.events.titles import RULES
from dengbu.ledger.law.verdict import Code, name
from dengbu.scripts.commands.title import command
from dengbu.scripts.docs import titlesdoc
from dengbu.scripts.titles.columns import COLUMNS


def test_the_page_is_not_stale() -> None:
    stale = "run: python -m dengbu.scripts.docs.titlesdoc > docs/titles.md"
    assert titlesdoc.PAGE.read_text(encoding="utf-8") == titlesdoc.document(), stale


def test_the_page_shows_every_column_header_and_rule() -> None:
    page = titlesdoc.document()
    for column in COLUMNS:
        assert f"| `{column.name}` |" in page
        assert all(header in page for header in column.headers)
    for rule in RULES:
        assert (f"`{name(rule.code)}`" in page) == (rule.code is not Code.MORTGAGEE_UNKNOWN)


def test_every_option_that_the_page_names_is_one() -> None:
    named = {word.strip("`,.，。；、") for word in titlesdoc.HEAD.split() if word.startswith("`--")}
    options = {one for each in command.commands["import"].params for one in each.opts}
    assert named
    assert {word.partition("`")[0] for word in named} <= options
