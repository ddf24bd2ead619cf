"""Types made ready before any thread uses them.

msgspec looks through a type when it first converts to it, and two threads that are first at once crash the process
(seen with msgspec 0.22 on CPython 3.11). So modules that define types, or gather them, end with `ready()`: an import
is done by one thread.
"""

from collections.abc import Iterator
from typing import Any

import msgspec


def ready() -> None:
    """Have msgspec look through every type defined so far."""
    for kind in _below(msgspec.Struct):
        if kind.__module__.partition(".")[0] != msgspec.__name__:
            msgspec.json.Decoder(kind)


def _below(kind: type[Any]) -> Iterator[type[Any]]:
    kinds: list[type[Any]] = type.__subclasses__(kind)
    for one in kinds:
        yield one
        yield from _below(one)
