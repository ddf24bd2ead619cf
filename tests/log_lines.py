"""The lines of a node's log, as its process would write them."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from dengbu.api.edge.logs import JsonLines

Line = dict[str, object]


class Written(logging.Handler):
    """Keeps every line."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonLines())
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record's line."""
        self.texts.append(self.format(record))

    @property
    def lines(self) -> list[Line]:
        """All lines so far."""
        return [json.loads(text) for text in self.texts]

    def of(self, **wanted: object) -> list[Line]:
        """The lines with these fields."""
        return [line for line in self.lines if wanted.items() <= line.items()]


@contextmanager
def written_lines() -> Iterator[Written]:
    """Everything that is logged meanwhile, from INFO on."""
    handler, root = Written(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield handler
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
