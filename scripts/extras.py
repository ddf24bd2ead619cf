"""The dependencies that each extra brings, by the installed metadata, and the words for an extra that is missing."""

from __future__ import annotations

import importlib.metadata
import re

DISTRIBUTION = "dengbu"
BASE = ""  # what is installed without an extra
OURS = ("cli", "node", "cometbft", "sheets")
# "name>=1,<2" or 'name>=1,<2; extra == "node"'
_REQUIREMENT = re.compile(r"""([A-Za-z0-9._-]+)[^;]*(?:; extra == ["']([a-z]+)["'])?""")
_MODULES = {"google": "protobuf", "nacl": "pynacl"}  # module -> distribution, where the names differ


def requirements() -> dict[str, list[str]]:
    """Return the names of the distributions that each extra brings, and under BASE those that every installation has."""
    found: dict[str, list[str]] = {name: [] for name in (BASE, *OURS)}
    for text in importlib.metadata.requires(DISTRIBUTION) or ():
        match = _REQUIREMENT.fullmatch(text)
        if match and (match[2] or BASE) in found:
            found[match[2] or BASE].append(_plain(match[1]))
    return found


def missing(extra: str) -> list[str]:
    """Return the distributions that an extra brings and that are not installed."""
    return [name for name in requirements()[extra] if not _installed(name)]


def extras_with(module: str | None) -> list[str]:
    """Return the extras that bring a module that could not be imported; empty if none does."""
    top = (module or "").partition(".")[0]
    name = _plain(_MODULES.get(top, top))
    return [extra for extra, names in requirements().items() if extra != BASE and name in names]


def told(module: str | None, extras: list[str]) -> tuple[str, str]:
    """Return message and hint for a module that is missing because its extra is not installed."""
    zh, en = " 或 ".join(extras), " or ".join(extras)
    message = f"未安装附加组件 {zh}(缺少模块 {module}) the extra {en} is not installed: no module {module}"
    return message, f'pip install "{DISTRIBUTION}[{extras[0]}]"'


def _installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _plain(name: str) -> str:
    """Return a distribution's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()
