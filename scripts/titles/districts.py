"""Asks the log in which districts the registry of a network is competent."""

from __future__ import annotations

from dengbu.api.client import Client

TYPE, REFUSED = "policy.set", "refused"


def districts_of(client: Client) -> tuple[str, ...] | None:
    """Return the districts that the policy in force names, as its entry proves; None without a policy to prove it by.

    Raises DengbuError. A node that keeps a later policy back shows an older one; the ledger judges by the latest.
    """
    if client.policy is None:
        return None
    later = [item for item in client.events(type=TYPE, follow=False) if item.outcome != REFUSED]
    entry = next((entry for _, entry in client.log.prove(later[-1:])), None)
    if entry is None:
        entry = next(client.log.entries(0, 1))
    return tuple(entry.envelope.body.data["policy"]["districts"])
