"""How a case is handled, beyond its record: why a person decides, since when it waits, and on what grounds it was refused."""

from dengbu.api.edge.encoding import Json
from dengbu.api.edge.state import state
from dengbu.ledger.register.records import REFUSED, Case
from dengbu.nodes.private.findings import WORDS


def handling(case: Case) -> Json:
    """Return `doubts` of the automatic desk in words, `suspended_at` (ms UTC) and `grounds` of an officer's refusal."""
    return {
        "doubts": [_in_words(code) for code in case.handed_over],
        "suspended_at": _suspended_at(case) if case.suspended else None,
        "grounds": _grounds(case) if case.state == REFUSED else [],
    }


def _in_words(code: str) -> Json:
    """Return a doubt in both languages; a code that this version does not know stands for itself."""
    title_zh, title_en = WORDS.get(code, (code, code))
    return {"code": code, "title_zh": title_zh, "title_en": title_en}


def _suspended_at(case: Case) -> int:
    feed = state().node.ledger.feed(-1, case=case.number)
    return max(one.time for one in feed if one.envelope.body.type == "case.suspend" and not one.is_refused)


def _grounds(case: Case) -> list[Json]:
    entry = state().node.ledger.entry(case.decided) if case.decided is not None else None
    return list(entry.envelope.body.data.get("grounds", [])) if entry is not None else []
