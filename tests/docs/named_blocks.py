"""The code blocks of a page that have a name: a block begins with ```LANGUAGE NAME."""

import re
from pathlib import Path

_BLOCK = re.compile(r"^```[a-z]+ ([a-z-]+)$\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def named_blocks(page: Path) -> dict[str, str]:
    """The text of each named block of a page."""
    found = _BLOCK.findall(page.read_text(encoding="utf-8"))
    assert len({name for name, _ in found}) == len(found), "two blocks have one name"
    return dict(found)
