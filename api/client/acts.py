"""What acts are called: the words of the catalogue, for programs that show acts to persons.

It loads the rules, which nothing else of the client needs; so nothing else of the client imports it.
"""

from dengbu.ledger.catalogue import ACTS


def title(tag: str) -> str:
    """What an act is called, Chinese before English; of an act that this software does not know, its tag."""
    kind = ACTS.get(tag)
    return tag if kind is None else f"{kind.title.zh} {kind.title.en}"
