"""What an exception means to the person who gave the command: message, hint, exit code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dengbu.api.client import (
    ApiError,
    DengbuError,
    NoPolicy,
    NotAUrl,
    NotSuchData,
    OutcomeUnknown,
    Rejected,
    Unavailable,
    Unreachable,
    VerificationError,
)
from dengbu.api.client.keys import NotAKeyFile
from dengbu.scripts.exits import EXIT_ERROR, EXIT_REFUSED, EXIT_UNREACHABLE, EXIT_UNVERIFIED, EXIT_USAGE
from dengbu.scripts.invocation import command
from dengbu.scripts.net.engines import EngineMissing
from dengbu.scripts.net.homes import DevnetError, NodeDown
from dengbu.scripts.operating import Damaged, NotDone
from dengbu.scripts.settings import SettingsError
from dengbu.scripts.titles.importing import NotImported

EXIT_CODES: tuple[tuple[type[Exception], int], ...] = (
    (NoPolicy, EXIT_USAGE),  # nothing was verified, and nothing has failed verification
    (VerificationError, EXIT_UNVERIFIED),
    (Rejected, EXIT_REFUSED),
    (Unreachable, EXIT_UNREACHABLE),
    (OutcomeUnknown, EXIT_UNREACHABLE),
    (Unavailable, EXIT_UNREACHABLE),
    (NotAUrl, EXIT_USAGE),
    (NotSuchData, EXIT_USAGE),
    (SettingsError, EXIT_USAGE),
    (EngineMissing, EXIT_USAGE),
    (NodeDown, EXIT_UNREACHABLE),
    (DevnetError, EXIT_ERROR),
    (NotImported, EXIT_ERROR),
    (Damaged, EXIT_UNVERIFIED),
    (NotDone, EXIT_ERROR),
    (DengbuError, EXIT_ERROR),
)


POLICY_NEEDED = (
    "须给出 --policy；请从本机构取得，不要向被核验的节点索取 give --policy, from your own institution,"
    " not from the node that is verified"
)
# What helps with an error of the SDK, which knows no commands.
HELPFUL: tuple[tuple[type[Exception], tuple[str, ...]], ...] = (
    (Unreachable, ("doctor",)),
    (NotAKeyFile, ("keys", "new", "client.key")),
)


@dataclass(frozen=True)
class Explained:
    """An error in words, with the code the process exits with."""

    message: str
    hint: str
    exit_code: int
    code: str
    more: dict[str, Any] = field(default_factory=dict)


def explain(error: Exception) -> Explained | None:
    """Explain an error; return None for an unforeseen one, which is a bug whose traceback helps."""
    for kind, exit_code in EXIT_CODES:
        if isinstance(error, kind):
            name = str(getattr(error, "code", "") or type(error).__name__.lower())
            message, hint = _message(error), _hint(error)
            return Explained(message, "" if hint in message else hint, exit_code, name, _more(error))
    return None


def _hint(error: Exception) -> str:
    """Return what to do, with the command that helps as this shell runs it."""
    if isinstance(error, NoPolicy):
        return ""  # the message says it, and the SDK's hint is for programs
    hint = str(getattr(error, "hint", ""))
    words = next((words for kind, words in HELPFUL if isinstance(error, kind)), None)
    return hint if words is None else f"{hint}: {command(*words)}"


def _message(error: Exception) -> str:
    if isinstance(error, NoPolicy):
        return POLICY_NEEDED
    if not isinstance(error, Rejected):
        return "\n".join([str(error), *_places(error)])
    lines = [f"账本不予办理 the ledger refused ({len(error.reasons)} 项理由 reasons):"]
    lines += [f"  {reason_line(reason)}{_act(reason)}" for reason in error.reasons]
    if error.index is not None:
        lines.append(f"  已记为第 {error.index} 条 entered in the log as entry {error.index}")
    return "\n".join(lines)


def reason_line(reason: Mapping[str, Any]) -> str:
    """Return a reason of a refusal in one line: number, name, title in both languages, articles."""
    title = " ".join(str(reason.get(name, "")) for name in ("title_zh", "title_en")).strip()
    return f"{reason.get('code')} {reason.get('name')} {title} [{', '.join(reason.get('law', ()))}]"


def _act(reason: dict[str, Any]) -> str:
    """Say which act of the case a reason is about; empty if it is about none."""
    nth = (reason.get("at") or {}).get("act")
    return "" if nth is None else f" 第 {nth} 项登记行为 act {nth}"


def _places(error: Exception) -> list[str]:
    """Return a line for each place in the request that is wrong, and for each finding of the institution's own checks."""
    if not isinstance(error, ApiError):
        return []
    wrong = [
        f"  位置 at {one.get('pointer')}: {one.get('detail')}" for one in error.problem.get("errors", ())
    ]
    found = [
        f"  位置 at {one.get('where')}: {one.get('detail_zh')} {one.get('detail_en')}"
        for one in error.problem.get("problems", ())
    ]
    return wrong + found


def _more(error: Exception) -> dict[str, Any]:
    if isinstance(error, ApiError):
        return {"problem": error.problem}
    return {"id": error.id} if isinstance(error, OutcomeUnknown) and error.id else {}
