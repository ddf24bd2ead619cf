"""Asks the log in which districts the registry of a network is competent, and which counties and places it knows."""

from __future__ import annotations

from dataclasses import dataclass

from dengbu.api.client import Client, VerificationError
from dengbu.ledger.law.identifiers import HUIZHOU, Places

TYPE, GENESIS, REFUSED = "policy.set", "network.genesis", "refused"


@dataclass(frozen=True)
class Territory:
    """What a policy says of places: the registry's districts, and where units and certificates may be from."""

    districts: tuple[str, ...]
    places: Places


def territory_of(client: Client) -> Territory | None:
    """Return what the policy in force says of places, as its receipt proves; None without a policy to prove it by.

    Raises DengbuError. A node that keeps a later policy back shows an older one; the ledger judges by the latest.
    """
    if client.policy is None:
        return None
    later = [item for item in client.events(type=TYPE, follow=False) if item.outcome != REFUSED]
    receipt = client.receipts.get(later[-1].index if later else 0)
    if receipt.type != (TYPE if later else GENESIS) or receipt.outcome == REFUSED:
        raise VerificationError(
            "policy", f"第 {receipt.index} 条不是现行政策 entry {receipt.index} is no policy: {receipt.type}"
        )
    policy = receipt.verified.entry.envelope.body.data["policy"]
    places = Places(
        policy.get("counties", HUIZHOU.counties),
        policy.get("known_provinces", HUIZHOU.provinces),
        policy.get("known_places", HUIZHOU.names),
    )
    return Territory(tuple(policy["districts"]), places)
