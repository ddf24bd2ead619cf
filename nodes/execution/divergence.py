"""Where two nodes disagree: the first differing entry, and the first differing field in it."""

from typing import Any

import orjson

VALUE_CHARS_MAX = 400  # of each side in the message


class Diverged(Exception):
    """This node, executing the same event, would have written a different entry. The node must stop.

    `field` is a JSON pointer into the entry; `ours` and `theirs` are the two values there (None: absent).
    """

    def __init__(self, index: int, field: str, ours: Any, theirs: Any) -> None:
        super().__init__(index, field, ours, theirs)
        self.index = index
        self.field = field
        self.ours = ours
        self.theirs = theirs

    def __str__(self) -> str:
        return (
            f"账本分歧 entries differ, first at index {self.index}, field {self.field or '/'}: "
            f"ours {_short(self.ours)}, theirs {_short(self.theirs)}. "
            "Stop, keep both ledgers, compare software versions and run `dengbu audit --home DIR` on both nodes."
        )


def first_difference(ours: Any, theirs: Any, field: str = "") -> tuple[str, Any, Any] | None:
    """Return the first place, in key order, where two JSON values differ: JSON pointer, our value, their value.

    None if they are equal.
    """
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted({**ours, **theirs}):
            found = first_difference(ours.get(key), theirs.get(key), f"{field}/{key}")
            if found:
                return found
        return None
    if isinstance(ours, list) and isinstance(theirs, list):
        for place in range(max(len(ours), len(theirs))):
            left, right = (side[place] if place < len(side) else None for side in (ours, theirs))
            found = first_difference(left, right, f"{field}/{place}")
            if found:
                return found
        return None
    return None if type(ours) is type(theirs) and ours == theirs else (field, ours, theirs)


def compare_leaves(index: int, ours: bytes, theirs: bytes) -> None:
    """Raise `Diverged` naming the first differing field, unless the two leaves are the same bytes.

    The decision's `register` digest is compared last: it differs whenever a change does, and says least.
    """
    if ours == theirs:
        return
    left, right = orjson.loads(ours), orjson.loads(theirs)
    digests = left["decision"].pop("register", None), right["decision"].pop("register", None)
    found = first_difference(left, right) or ("/decision/register", *digests)
    raise Diverged(index, *found)


def _short(value: Any) -> str:
    text = orjson.dumps(value, default=str).decode()
    return text if len(text) <= VALUE_CHARS_MAX else text[:VALUE_CHARS_MAX] + "..."
