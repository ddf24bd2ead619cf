"""The rate limit on reading personal data, for one key over all routes."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from dengbu.api.edge.spending import spend_personal_read

View = TypeVar("View", bound=Callable[..., Any])

_ATTRIBUTE = "dengbu_personal"


def personal(view: View) -> View:
    """Declare that a route reads personal data: each call takes one of the caller's reads.

    The view then raises Problem too-many-requests when none is left.
    """

    @wraps(view)
    def counted(*args: Any, **kwargs: Any) -> Any:
        spend_personal_read()
        return view(*args, **kwargs)

    setattr(counted, _ATTRIBUTE, True)
    return cast(View, counted)


def is_personal(view: Any) -> bool:
    """Return whether a view function reads personal data."""
    return bool(getattr(view, _ATTRIBUTE, False))
