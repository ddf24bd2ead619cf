"""Per-thread logging context: the request, its caller and its case.

A thread that finishes a request's deferred work runs under `resumed(context)`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

LogContext = Mapping[str, str]  # names of log fields and their values
NONE: LogContext = {}

_current: ContextVar[LogContext] = ContextVar("logging_context", default=NONE)


def current() -> LogContext:
    """Return this thread's logging context; empty if there is none."""
    return _current.get()


def set_context(context: LogContext) -> None:
    """Set this thread's logging context."""
    _current.set(context)


def add(**fields: str) -> None:
    """Add fields to this thread's logging context."""
    _current.set({**_current.get(), **fields})


@contextmanager
def resumed(context: LogContext) -> Iterator[None]:
    """Use another logging context inside the block."""
    token = _current.set(context)
    try:
        yield
    finally:
        _current.reset(token)
