"""Titles of acts and which are taxed, from the catalogue, for programs that show acts to persons.

Nothing else in the client imports it: the client shows no titles.
"""

from dengbu.ledger.catalogue import ACTS


def title(tag: str) -> str:
    """Return the title of an act, Chinese before English, or its tag if this software does not know the act."""
    kind = ACTS.get(tag)
    return tag if kind is None else f"{kind.title.zh} {kind.title.en}"


def is_taxed(tag: str) -> bool:
    """Return whether an act waits for its taxes; false if this software does not know the act."""
    kind = ACTS.get(tag)
    return kind is not None and kind.taxed


def tags() -> tuple[str, ...]:
    """Return the tags of all acts, in the order of the catalogue."""
    return tuple(ACTS)
