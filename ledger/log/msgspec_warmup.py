"""Warming up msgspec types before several threads use them.

msgspec inspects a type when it first converts to it, and two threads doing so at the same time crash the process
(seen with msgspec 0.22 on CPython 3.11). Modules that define or gather types therefore end with `ready()`, because
a module is imported by one thread only.
"""

from collections.abc import Iterator
from typing import Any

import msgspec


def ready() -> None:
    """Make msgspec inspect every type defined so far."""
    for kind in _below(msgspec.Struct):
        if kind.__module__.partition(".")[0] != msgspec.__name__:
            msgspec.json.Decoder(kind)


def _below(kind: type[Any]) -> Iterator[type[Any]]:
    kinds: list[type[Any]] = type.__subclasses__(kind)
    for one in kinds:
        yield one
        yield from _below(one)
