"""Why a log line is written: the request, its caller and its case, for the lines of its thread and for what it set going.

A thread that takes up what a request has left behind resumes that request's cause for as long as it works on it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

Cause = Mapping[str, str]  # names of log fields and their values
NONE: Cause = {}

_current: ContextVar[Cause] = ContextVar("cause", default=NONE)


def current() -> Cause:
    """Return the cause of what this thread does now; empty if nobody asked for it."""
    return _current.get()


def set_cause(cause: Cause) -> None:
    """Say what this thread works for from now on."""
    _current.set(cause)


def add(**fields: str) -> None:
    """Say more about what this thread works for."""
    _current.set({**_current.get(), **fields})


@contextmanager
def resumed(cause: Cause) -> Iterator[None]:
    """Work for another cause inside."""
    token = _current.set(cause)
    try:
        yield
    finally:
        _current.reset(token)
