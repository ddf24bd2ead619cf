"""Logs as JSON lines on stderr: event names and allow-listed fields, never names, identity numbers or bodies."""

import logging
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from dengbu.api.edge.encoding import dumps
from dengbu.nodes import logging_context

LOGGER = logging.getLogger("dengbu.api")

# Only these may be logged: any other field is a programming error, found by the first test.
FIELDS = (
    "request_id",
    "method",
    "route",
    "status",
    "duration_ms",
    "problem",
    "institution",
    "role",
    "version",
    "size",
    "index",
    "api",
    "peer",
    "error",
    "where",
    "trouble",
    "evidence",
    "kind",
    "height",
    "broken",
    "rows",
    "bytes",
    "caller",
    "officer",
    "case",
    "actor",
    "event_id",
    "type",
    "code",
    "why",
    "witness",
    "commitment",
    "ahead_s",
)


def event(name: str, level: int = logging.INFO, **fields: object) -> None:
    """Log one event. Raises ValueError for a field that may not be logged."""
    unknown = fields.keys() - set(FIELDS)
    if unknown:
        raise ValueError(f"not a log field: {sorted(unknown)}")
    LOGGER.log(level, name, extra=fields)


def where(error: BaseException) -> str:
    """Return file and line where an error arose, without its message, which may hold what a person typed."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return ""
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}"


class JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC), level, event, and the fields that may be logged: those of its context (request,
    caller, case) and those of the record.

    The arguments of a message are left out: they could be anything a person typed.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line for a record."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line: dict[str, Any] = {
            "time": f"{stamp}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": str(record.msg),
        }
        found = {**logging_context.current(), **record.__dict__}
        line |= {name: found[name] for name in FIELDS if name in found}
        if record.exc_info and record.exc_info[1] is not None:
            line |= {"error": type(record.exc_info[1]).__name__, "where": where(record.exc_info[1])}
        return dumps(line).decode()


def install() -> None:
    """Send every logger of the process to stderr as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
