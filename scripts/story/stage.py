"""The stage that the scenes share: the network, its clients, the imported titles, the kept receipts."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from dengbu.api.client import Case, Client, Deal, NotFound, Rejected
from dengbu.scripts.net.devnet import Devnet
from dengbu.scripts.net.homes import OFFICER, RECEIPTS
from dengbu.scripts.net.processes import wait_until
from dengbu.scripts.story.narrator import Narrator

REGISTRY, TAX, BANK_A, BANK_B, COURT = "hz-registry", "hz-tax", "bank-a", "bank-b", "hz-court"
WAIT_S = 20.0
T = TypeVar("T", Case, Deal)


class StoryFailed(Exception):
    """Something in the story did not turn out as the rules say."""


@dataclass
class Story:
    """The state that the scenes share: the network, a client for each institution, imported titles, kept receipts."""

    net: Devnet
    say: Narrator
    seed: int
    titles_count: int
    folder: Path
    titles: list[dict[str, Any]] = field(init=False, default_factory=list)
    kept: list[Path] = field(init=False, default_factory=list)
    rng: random.Random = field(init=False, default_factory=random.Random)

    def client(self, institution: str, scope: str = OFFICER) -> Client:
        """Return a client of an institution's own node, with the key of its officer, its system or its auditor."""
        return self.net.client(institution, scope)

    def keep(self, name: str, raw: bytes) -> Path:
        """Keep a receipt as a file; return its path."""
        receipts = self.folder / RECEIPTS
        receipts.mkdir(exist_ok=True)
        path = receipts / f"{name}.tlog-proof"
        path.write_bytes(raw)
        self.kept.append(path)
        return path

    def title(self, wanted: Callable[[Mapping[str, Any]], bool]) -> dict[str, Any]:
        """Take the first fitting title that has not been taken yet. Raises StoryFailed if there is none."""
        for place, title in enumerate(self.titles):
            if wanted(title):
                return self.titles.pop(place)
        raise StoryFailed("no fitting title in the city; import more units")


@dataclass(frozen=True)
class Deeds:
    """The two titles that the story leaves to look at, each with its case: one mortgaged, one sold."""

    mortgaged: Mapping[str, Any]
    sold: Mapping[str, Any]


def single_dwelling(title: Mapping[str, Any]) -> bool:
    """Return whether a title is of a dwelling that one natural person holds alone."""
    return title["mode"] == "single" and title["use"] == "dwelling" and title["holders"][0]["id_type"] == "1"


def person_of(holder: Mapping[str, Any]) -> dict[str, Any]:
    """Return a holder in the form of a private part."""
    return {name: holder[name] for name in ("name", "id_type", "id_no")}


def final(found: T) -> T:
    """Return a case or deal after an act. Raises StoryFailed unless a quorum has cosigned the outcome."""
    if found.outcome is None or not found.outcome.final:
        raise StoryFailed(f"not final within {WAIT_S:.0f} s: {found}")
    return found


def arrived(client: Client, case: str) -> None:
    """Wait until the client's own node has a case: it is final with a quorum, and the rest follow a moment later.

    Raises StoryFailed after WAIT_S seconds.
    """

    def is_there() -> bool:
        try:
            return client.cases.get(case).number == case
        except NotFound:
            return False

    if not wait_until(is_there, WAIT_S):
        raise StoryFailed(f"case {case} has not arrived within {WAIT_S:.0f} s")


def refused(story: Story, attempt: Callable[[], Any], expected: set[str], keep: str) -> None:
    """Try something that the rules must refuse for at least these reasons, and keep the receipt of the refusal.

    Raises StoryFailed if it is accepted, or refused without one of the reasons.
    """
    try:
        attempt()
    except Rejected as refusal:
        names = {reason["name"] for reason in refusal.reasons}
        if not expected <= names:
            raise StoryFailed(f"expected {sorted(expected)}, was refused for {sorted(names)}") from refusal
        story.say.line(
            f"不予办理，{len(names)} 项理由：",
            f"refused for {len(names)} reason(s), entered in the log as such:",
        )
        story.say.reasons(refusal.reasons)
        if refusal.receipt is not None:
            story.keep(keep, refusal.receipt.raw)
        return
    raise StoryFailed(f"expected a refusal for {sorted(expected)}, but it was accepted")
