"""Facts in words for people at a terminal: Chinese first, English second."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from dengbu.api.client import Outcome, Receipt

BEIJING = timezone(timedelta(hours=8))
OUTCOMES = {
    "accepted": "已受理 accepted",
    "entered": "已登簿 entered in the register",
    "recorded": "已记载 recorded",
    "refused": "不予办理 refused",
    "withdrawn": "已撤回 withdrawn",
    "pending": "等待会签 waiting for the quorum",
}

WAITS = {
    "requisition": "等待补正材料 papers are asked for",
    "announcement": "公告期间 an announcement runs",
    "inspection": "实地查看 an inspection on site",
    "verification": "向有关单位核实 another institution verifies",
}


def moment(ms: int | None) -> str:
    """Return a block time (ms UTC) as the clock in Beijing shows it; empty for None."""
    return (
        ""
        if ms is None
        else datetime.fromtimestamp(ms // 1000, UTC).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S+08:00")
    )


def event_lines(outcome: Outcome) -> Iterator[str]:
    """Yield a few lines about what became of an event."""
    yield f"事件 event         {outcome.actor}/{outcome.id}"
    if outcome.turned_away:
        yield "结果 result        未入账 turned away: there will be no entry; sign and submit it again under another id"
        yield f"理由 reason        {outcome.number} {outcome.code} {outcome.title_zh} {outcome.title_en}"
        yield f"说明 detail        {outcome.detail}"
    elif outcome.final:
        yield f"结果 result        {OUTCOMES.get(str(outcome.outcome), outcome.outcome)}"
        yield f"条目 entry         第 {outcome.index} 条 entry {outcome.index}, {moment(outcome.time)}"
        for reason in outcome.reasons:
            yield f"理由 reason        {reason['code']} {reason['name']} {reason['title_zh']} {reason['title_en']}"
    else:
        yield f"结果 result        {OUTCOMES[outcome.status]}"


def result_lines(outcome: Outcome) -> Iterator[str]:
    """Yield what came of a final event: the numbers of what it made, and the like."""
    for name, value in _result(outcome.result):
        yield f"产生 result        {name}: {value}"


def receipt_facts(receipt: Receipt) -> dict[str, Any]:
    """Return what a verified receipt proves, for --json."""
    checkpoint = receipt.verified.checkpoint
    return {
        "verified": True,
        "index": receipt.index,
        "time": receipt.time,
        "type": receipt.type,
        "actor": receipt.actor,
        "id": receipt.id,
        "outcome": receipt.outcome,
        "case": receipt.case,
        "result": dict(receipt.result),
        "reasons": [dict(reason) for reason in receipt.reasons],
        "grounds": [dict(ground) for ground in _grounds(receipt)],
        "checkpoint": {"origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.hex()},
        "cosigners": [{"name": name, "time": seconds} for name, seconds in receipt.cosigners],
    }


def receipt_lines(receipt: Receipt) -> Iterator[str]:
    """Yield what a verified receipt proves, line by line."""
    checkpoint = receipt.verified.checkpoint
    number = f" 案件 case {receipt.case}" if receipt.case else ""
    outcome = OUTCOMES.get(receipt.outcome, receipt.outcome)
    yield f"核验通过 verified: 第 {receipt.index} 条 entry {receipt.index}, {outcome}{number}"
    yield f"时间 time          {moment(receipt.time)}"
    yield f"事件 event         {receipt.type} ({receipt.actor}/{receipt.id})"
    if titles := receipt.data.get("titles"):
        yield f"权利 titles        {len(titles)} 个单元 titles {len(titles)}: {' '.join(one['unit'] for one in titles)}"
    for name, value in _result(receipt.result):
        yield f"结果 result        {name}: {value}"
    for reason in receipt.reasons:
        places = reason.get("at", {}).get("titles")
        where = f" 第 {'、'.join(map(str, places))} 个 titles" if places else ""
        yield f"理由 reason        {reason['code']} {reason['name']} [{', '.join(reason['law'])}]{where}"
    for ground in _grounds(receipt):
        yield f"理由 ground        {ground['law']} {ground['text_code']}"
    root = checkpoint.root.hex()[:16]
    yield f"检查点 checkpoint  {checkpoint.origin}, {checkpoint.size} 条 entries, 根 root {root}…"
    for name, seconds in receipt.cosigners:
        yield f"会签 cosigned      {name}, {moment(seconds * 1000)}"
    yield "说明 note          证明当时结果，不证明现在有效 proves what was decided then, not what is in force"


def _grounds(receipt: Receipt) -> Sequence[Mapping[str, Any]]:
    """Return the grounds on which an officer refused a case."""
    return tuple(receipt.data["grounds"]) if receipt.type == "case.refuse" else ()


def _result(result: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in sorted(result.items()):
        if isinstance(value, list):
            for each in value:
                yield (
                    name,
                    " ".join(str(each[part]) for part in sorted(each)) if isinstance(each, dict) else each,
                )
        else:
            yield name, value
