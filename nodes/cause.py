"""Per-thread logging context: the request, its caller and its case.

A thread that finishes a request's deferred work runs under `resumed(cause)`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

Cause = Mapping[str, str]  # names of log fields and their values
NONE: Cause = {}

_current: ContextVar[Cause] = ContextVar("cause", default=NONE)


def current() -> Cause:
    """Return this thread's logging context; empty if there is none."""
    return _current.get()


def set_cause(cause: Cause) -> None:
    """Set this thread's logging context."""
    _current.set(cause)


def add(**fields: str) -> None:
    """Add fields to this thread's logging context."""
    _current.set({**_current.get(), **fields})


@contextmanager
def resumed(cause: Cause) -> Iterator[None]:
    """Use another logging context inside the block."""
    token = _current.set(cause)
    try:
        yield
    finally:
        _current.reset(token)
