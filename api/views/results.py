"""What became of an event, as the API shows it."""

from typing import Any

from dengbu.api.edge.errors import titles
from dengbu.ledger.law.verdict import name as code_name
from dengbu.ledger.log.entry import Entry
from dengbu.nodes.answers import Final, Pending, TurnedAway

Json = dict[str, Any]


def reasons(decision: Json) -> list[Json]:
    """Return the reasons of a refusal, each with its title in both languages."""
    found = []
    for reason in decision.get("reasons", ()):
        title_zh, title_en = titles(reason["name"])
        found.append({**reason, "title_zh": title_zh, "title_en": title_en})
    return found


def receipt_url(index: int) -> str:
    """Return the path of the receipt of an entry."""
    return f"/v1/receipts/{index}"


def event_url(actor: str, event_id: str) -> str:
    """Return the path of the result of an event."""
    return f"/v1/events/{actor}/{event_id}"


def pending(found: Pending) -> Json:
    """Return the result of an event that is not final yet."""
    return {"status": "pending", "actor": found.actor, "id": found.event_id}


def turned_away(found: TurnedAway) -> Json:
    """Return the result of an event that can no longer enter the log: its code, as in a problem, and no index."""
    code = code_name(found.why.code)
    title_zh, title_en = titles(code)
    return {
        "status": "turned-away",
        "actor": found.actor,
        "id": found.event_id,
        "code": code,
        "number": int(found.why.code),
        "title_zh": title_zh,
        "title_en": title_en,
        "detail": found.why.detail,
    }


def final(entry: Entry) -> Json:
    """Return the result of a final event; `reasons` only if it was refused, `result` only if there is one."""
    decision = entry.decision
    body: Json = {
        "status": "final",
        "actor": entry.envelope.body.actor,
        "id": entry.envelope.body.id,
        "index": entry.index,
        "height": entry.height,
        "time": entry.time,
        "outcome": decision["outcome"],
        "receipt": receipt_url(entry.index),
    }
    if decision["outcome"] == "refused":
        body["reasons"] = reasons(decision)
    if "result" in decision:
        body["result"] = decision["result"]
    return body


def outcome(found: Pending | Final | TurnedAway) -> Json:
    """Return the result of an event: pending, final, or turned away."""
    if isinstance(found, TurnedAway):
        return turned_away(found)
    return pending(found) if isinstance(found, Pending) else final(found.entry)
