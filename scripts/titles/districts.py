"""Asks the log in which districts the registry of a network is competent."""

from __future__ import annotations

from dengbu.api.client import Client, VerificationError

TYPE, GENESIS, REFUSED = "policy.set", "network.genesis", "refused"


def districts_of(client: Client) -> tuple[str, ...] | None:
    """Return the districts that the policy in force names, as its receipt proves; None without a policy to prove it by.

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
    return tuple(receipt.verified.entry.envelope.body.data["policy"]["districts"])
